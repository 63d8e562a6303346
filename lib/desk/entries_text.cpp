#include "desk/entries_text.hpp"

#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "desk/ongoing.hpp"
#include "notify/catalogue.hpp"

namespace arrivald::desk {

using nlohmann::ordered_json;
using notify::Catalogue;

namespace {

constexpr std::size_t kReplyShown = 500;

/// Lines of text; whatever comes from outside is made printable.
class Lines {
 public:
  Lines(const TimeZone& zone, Language language)
      : zone_(zone), language_(language), words_(Catalogue::of(language)) {}

  void add(std::string_view line) { text_.append(line).append("\n"); }
  void say(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) {
    add(word(key, fillings));
  }
  std::string word(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return words_.text("cli.desk." + std::string(key), fillings);
  }
  /// A word that pages and files use as well.
  std::string shared(std::string_view key) const { return words_.text("desk." + std::string(key)); }
  void addUnread(const std::vector<UnreadList>& unread, const char* title) {
    if (unread.empty()) return;
    add(shared(title));
    for (const auto& text : unreadTexts(unread, zone_, language_)) add("  " + text);
  }
  std::string time(Instant at) const { return suppression::isDated(at) ? zone_.minuteText(at) : "—"; }
  std::string listName(suppression::List list) const {
    return words_.text("desk.list." + std::string(suppression::name(list)));
  }
  void addEntry(const ListedEntry& entry) {
    const causes::MatchContext context{entry.entry.email, suppression::name(entry.list)};
    const auto texts = causes::describeShort(entry.cause, language_, context, entry.acceptedSince);
    auto list = listName(entry.list);
    if (!entry.unsubscribeGroup.empty()) list += ": " + printable(entry.unsubscribeGroup);
    add(time(entry.entry.created) + "  " + oneLine(entry.entry.email, kReplyShown) + "  (" + list + ", " +
        entry.account + ")");
    add("  " + shared("side." + std::string(name(entry.side))) + " · " +
        std::string(causes::shortName(entry.cause, language_)) + ": " + texts.row);
    add("  " + word("next", {{"todo", afterOngoing(entry, texts.todo, language_)}}));
    add("  " + word("release", {{"advice", shared("advice." + std::string(name(entry.advice)))}}));
    if (entry.stoppedSends > 0)
      add("  " + word("stopped", {{"n", words_.number(static_cast<double>(entry.stoppedSends))}}));
  }
  std::string text() && { return std::move(text_); }

 private:
  const TimeZone& zone_;
  Language language_;
  const Catalogue& words_;
  std::string text_;
};

ordered_json jsonOf(const ListedEntry& entry) {
  ordered_json row{
      {"id", toText(entry.id)},
      {"address", entry.entry.email},
      {"list", suppression::name(entry.list)},
      {"account", entry.account},
      {"created",
       suppression::isDated(entry.entry.created) ? ordered_json(toIso(entry.entry.created)) : ordered_json()},
      {"side", name(entry.side)},
      {"cause", causes::name(entry.cause.causeClass)},
      {"advice", name(entry.advice)},
      {"stopped_sends", entry.stoppedSends},
      {"domain", entry.domain},
      {"group", entry.group},
      {"reply", entry.entry.reason}};
  if (entry.incident != 0) row["incident"] = entry.incident;
  if (entry.removed) row["removed"] = toIso(*entry.removed);
  return row;
}

std::string dumped(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string listText(const Query& query, const Page& page, const SideCounts& counts,
                     const std::vector<UnreadList>& unread, const TimeZone& zone, Language language) {
  Lines lines(zone, language);
  for (const auto mend : query.period.mended) lines.say("mended." + std::string(name(mend)));
  for (const auto& parameter : query.ignored) lines.say("ignored", {{"name", parameter}});
  lines.addUnread(unread, "unread.title");
  lines.say("period", {{"from", arrivald::toText(query.period.first)},
                       {"to", arrivald::toText(query.period.last)},
                       {"zone", zone.name()},
                       {"n", std::to_string(counts.total)}});
  for (const auto& [side, entries] : counts.now)
    lines.add("  " + lines.shared("side." + std::string(name(side))) + ": " + std::to_string(entries));
  if (page.rows.empty() && anyMissed(unread))
    lines.add(lines.shared("unread.empty"));
  else if (page.rows.empty())
    lines.say("none");
  for (const auto& entry : page.rows) lines.addEntry(entry);
  if (!page.next.empty()) lines.say("more", {{"place", page.next}});
  return std::move(lines).text();
}

std::string explainText(const AddressAnswer& answer, const TimeZone& zone, Language language) {
  Lines lines(zone, language);
  lines.add(oneLine(answer.address, kReplyShown));
  if (answer.state == MailState::unknown)
    lines.add(lines.shared("state.unknown"));
  else
    lines.say("state." + std::string(name(answer.state)));
  lines.addUnread(answer.unread, "unread.title.answer");
  if (!answer.meantDomain.empty()) lines.say("meant", {{"domain", answer.meantDomain}});
  if (answer.decisive) {
    const auto& entry = answer.entries[*answer.decisive];
    lines.add(answer.text.headline);
    lines.add(answer.text.detail);
    lines.addEntry(entry);
    if (answer.othersListed > 0) lines.say("others", {{"n", std::to_string(answer.othersListed)}});
    if (entry.acceptedSince > 0) lines.say("accepted", {{"n", std::to_string(entry.acceptedSince)}});
    if (!entry.entry.reason.empty())
      lines.say("reply", {{"reply", oneLine(printable(entry.entry.reason), kReplyShown)}});
    lines.say("customer", {{"text", answer.customer.text}});
    if (!answer.customer.byPhone.empty()) lines.add(answer.customer.byPhone);
  }
  for (const auto& cell : answer.lists) {
    auto state = lines.shared(cell.known ? "on.not" : "on.unknown");
    if (cell.entry)
      state = lines.word("on.listed", {{"at", lines.time(answer.entries[*cell.entry].entry.created)}});
    lines.say("on", {{"account", cell.account}, {"list", lines.listName(cell.list)}, {"state", state}});
  }
  if (answer.lastDelivered) lines.say("delivered", {{"at", lines.time(*answer.lastDelivered)}});
  if (answer.maybeHidden) lines.say("hidden");
  lines.say("zone", {{"zone", zone.name()}});
  return std::move(lines).text();
}

std::string listJson(const Query& query, const Page& page, const std::vector<UnreadList>& unread,
                     const TimeZone& zone, Language language) {
  ordered_json json{{"from", toIso(query.period.from)}, {"to", toIso(query.period.to)}};
  auto& rows = json["rows"] = ordered_json::array();
  for (const auto& entry : page.rows) rows.push_back(jsonOf(entry));
  json["next"] = page.next;
  json["unread"] = ordered_json::parse(unreadJson(unread, zone, language));
  return dumped(json);
}

std::string explainJson(const AddressAnswer& answer, const TimeZone& zone, Language language) {
  ordered_json json{{"address", answer.address}, {"state", name(answer.state)}};
  auto& entries = json["entries"] = ordered_json::array();
  for (const auto& entry : answer.entries) entries.push_back(jsonOf(entry));
  auto& lists = json["lists"] = ordered_json::array();
  for (const auto& cell : answer.lists)
    lists.push_back(
        {{"account", cell.account},
         {"list", suppression::name(cell.list)},
         {"listed", cell.known || cell.entry ? ordered_json(cell.entry.has_value()) : ordered_json()}});
  json["unread"] = ordered_json::parse(unreadJson(answer.unread, zone, language));
  return dumped(json);
}

}  // namespace arrivald::desk
