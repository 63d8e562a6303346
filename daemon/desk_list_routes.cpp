#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/number.hpp"
#include "base/utf8.hpp"
#include "causes/texts.hpp"
#include "daemon/desk_cause_words.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/ongoing.hpp"
#include "desk/origin.hpp"
#include "desk/permissions.hpp"
#include "notify/catalogue.hpp"
#include "pages/context.hpp"
#include "pages/list_page.hpp"
#include "suppression/list_owner.hpp"

namespace arrivald {

using http::Response;
using pages::Choice;
using suppression::EntryId;
using suppression::Preset;

namespace {

// What stands in the URL of a list beside its query.
constexpr std::array<std::string_view, 5> kListNames = {"n", "filter", "empty_tick", "full_tick",
                                                        "from_link"};

struct Listing {
  desk::Query query;
  Parameters parameters;
  std::vector<EntryId> selected;
};

Choice choiceOf(std::string label, std::string href, bool isCurrent) {
  return {std::move(label), std::move(href), isCurrent ? Choice::State::current : Choice::State::other};
}

void addPeriod(const DeskVisit& visit, const Listing& listing, pages::ListPage& page) {
  const auto& texts = visit.texts();
  const auto& period = listing.query.period;
  page.first = period.first;
  page.last = period.last;
  const auto kept = withoutPeriod(listing.parameters);
  for (const auto preset : {Preset::today, Preset::yesterday, Preset::sevenDays, Preset::month})
    page.presets.push_back(choiceOf(texts.text(fmt::format("period.{}", name(preset))),
                                    hrefOf("/", with(kept, "period", std::string(name(preset)))),
                                    period.preset == preset));
  page.keptForPeriod = kept;
  if (period.preset == Preset::undated) page.dated = pages::ListPage::Dated::no;
  page.widerHref = hrefOf("/", with(kept, "period", "month"));
  addMends(visit, period, page.shell);
}

void addSides(const Listing& listing, const desk::SideCounts& counts, pages::ListPage& page) {
  const auto& chosen = listing.query.filter.side;
  for (const auto side : suppression::kSides) {
    const auto count = counts.now.contains(side) ? counts.now.at(side) : 0;
    const bool isChosen = chosen == side;
    page.sides.push_back(
        {std::string(name(side)), count,
         hrefOf("/", with(listing.parameters, "side", isChosen ? "" : std::string(name(side)))),
         isChosen ? Choice::State::current : Choice::State::other});
  }
  page.total = chosen ? (counts.now.contains(*chosen) ? counts.now.at(*chosen) : 0) : counts.total;
  page.previous =
      chosen ? (counts.before.contains(*chosen) ? counts.before.at(*chosen) : 0) : counts.totalBefore;
}

std::string labelOf(const DeskVisit& visit, const std::string& parameter, const std::string& value) {
  const auto& texts = visit.texts();
  if (parameter == "list") return texts.text("list." + value + ".long");
  if (parameter == "side") return texts.text("side." + value);
  if (parameter == "group") return notify::Catalogue::of(visit.language).groupName(value);
  if (parameter == "gone") return texts.text("filter.gone");
  if (const auto seen = parameter == "seen" ? desk::seenFrom(value) : std::nullopt) {
    const auto shell = shellOf(visit, pages::Tab::none);
    const pages::Dates dates(shell);
    return texts.text("filter.seen", {{"from", dates.time(seen->after)}, {"to", dates.time(seen->until)}});
  }
  const auto cause = parameter == "cause" ? causes::classNamed(value) : std::nullopt;
  return cause ? std::string(causes::shortName(*cause, visit.language)) : value;
}

void addFilters(const RouteParts& parts, const DeskVisit& visit, const Listing& listing,
                const store::EntryCounts& counts, pages::ListPage& page) {
  const auto valueOf = [&](const std::string& name) {
    for (const auto& [parameter, value] : listing.parameters)
      if (parameter == name) return value;
    return std::string();
  };
  const auto add = [&](const std::string& name, const std::vector<std::string>& values) {
    pages::Filter filter{name, {}, valueOf(name)};
    for (const auto& value : values) filter.options.push_back({value, labelOf(visit, name, value)});
    if (!filter.chosen.empty() && std::ranges::find(values, filter.chosen) == values.end())
      filter.options.push_back({filter.chosen, labelOf(visit, name, filter.chosen)});
    page.filters.push_back(std::move(filter));
  };
  std::vector<std::string> lists, causes, groups, accounts;
  for (const auto list : suppression::kLists) lists.emplace_back(name(list));
  for (const auto& [cause, count] : counts.byCause) causes.emplace_back(name(cause));
  for (const auto& [group, count] : counts.byReceivers)
    if (!group.empty()) groups.push_back(group);
  for (const auto& account : visit.config.accounts)
    for (auto& owner : std::as_const(parts.owners).lists().ownersOf(account))
      accounts.push_back(std::move(owner));
  add("list", lists);
  add("cause", causes);
  add("group", groups);
  add("account", accounts);
  page.domain = valueOf("domain");
  if (!valueOf("gone").empty()) page.gone = pages::ListPage::Gone::shown;
  static const std::set<std::string> kFilters = {"list",    "side",   "cause", "group",
                                                 "account", "domain", "gone",  "seen"};
  for (const auto& [parameter, value] : listing.parameters) {
    if (!kFilters.contains(parameter)) {
      page.keptForFilter.emplace_back(parameter, value);
      continue;
    }
    if (parameter == "side" || parameter == "seen") page.keptForFilter.emplace_back(parameter, value);
    page.active.push_back(choiceOf(labelOf(visit, parameter, value),
                                   hrefOf("/", with(listing.parameters, parameter, "")), false));
  }
}

// Entries of an account that is not configured any more stay for a while.
std::string accountText(const DeskVisit& visit, const std::string& account) {
  const auto& all = visit.config.accounts;
  const auto name = suppression::accountOf(account);
  const bool isKnown = std::ranges::any_of(all, [&](const auto& one) { return one.name == name; });
  return isKnown ? account : visit.texts().text("account.removed", {{"account", account}});
}

pages::ListRow rowOf(const DeskVisit& visit, const desk::ListedEntry& entry,
                     const std::optional<desk::Lock>& lock) {
  pages::ListRow row;
  row.id = desk::toText(entry.id);
  row.address = entry.entry.email;
  row.href = "/addresses/e" + row.id;
  row.list = name(entry.list);
  row.account = accountText(visit, entry.account);
  row.side = suppression::isWish(entry.list) ? "theirs" : std::string(name(entry.side));
  const auto words = causeWordsOf(entry, visit.language);
  row.headline = words.headline;
  row.row = words.row;
  row.todo = desk::afterOngoing(entry, words.todo, visit.language);
  row.reply = entry.entry.reason;
  if (entry.cause.ruleId == "model") row.source = pages::ListRow::Source::model;
  row.advice = name(entry.advice);
  if (lock && lock->kind == desk::Lock::Kind::claimed)
    row.claimed = lockText(visit, *lock);
  else if (lock)
    row.lock = lockText(visit, *lock);
  row.created = entry.entry.created;
  row.removed = entry.removed;
  if (entry.list == suppression::List::blocks) row.effect = pages::ListRow::Effect::notStopped;
  row.stoppedSends = entry.stoppedSends;
  return row;
}

void addRows(const RouteParts& parts, const DeskVisit& visit, const Listing& listing, const desk::Page& rows,
             pages::ListPage& page) {
  const auto locks = parts.releases.locks(visit.actor, rows.rows);
  const std::set<EntryId> ticked(listing.selected.begin(), listing.selected.end());
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    page.rows.push_back(rowOf(visit, rows.rows[i], locks ? locks->at(i) : std::nullopt));
    if (ticked.contains(rows.rows[i].id)) page.rows.back().tick = pages::ListRow::Tick::on;
  }
  // How many rows came before is carried along, since pages are found by their first row.
  const auto before =
      std::clamp<std::int64_t>(numberIn<std::int64_t>(visit.query.text("n")).value_or(0), 0, 1'000'000'000);
  page.firstRow = before + 1;
  if (!rows.next.empty()) {
    const auto shown = before + static_cast<std::int64_t>(rows.rows.size());
    page.nextPageHref =
        hrefOf("/", with(with(listing.parameters, "after", rows.next), "n", std::to_string(shown)));
  }
  if (listing.query.after) page.firstPageHref = hrefOf("/", listing.parameters);
}

void addSelection(const RouteParts& parts, const DeskVisit& visit, const Listing& listing,
                  pages::ListPage& page) {
  if (!desk::may(visit.actor, desk::Action::tick) || visit.config.desk->deleteKeys.empty()) return;
  page.ticks = pages::ListPage::Ticks::allowed;
  page.selected = static_cast<std::int64_t>(listing.selected.size());
  // The parts are counted as far as that is quick.
  constexpr std::size_t kCounted = 500;
  if (listing.selected.empty() || listing.selected.size() > kCounted) return;
  const auto entries = parts.entries.find(listing.selected);
  if (!entries) return;
  std::map<suppression::Advice, std::int64_t> counts;
  for (const auto& entry : *entries) ++counts[entry.advice];
  for (const auto& [advice, count] : counts) page.selectedByAdvice.emplace_back(name(advice), count);
}

// One note: the lists cannot be read, nothing can be released, or the largest cause on our own side.
void addWhatFirst(const RouteParts& parts, const DeskVisit& visit, const Listing& listing,
                  const desk::Overview& overview, pages::ListPage& page) {
  const auto& texts = visit.texts();
  pages::Message first;
  const auto unread = within(desk::unreadLists(parts.owners, visit.config), listing.query.filter);
  if (anyMissed(unread))
    page.known = pages::Known::partly;
  else
    page.notes = unreadTexts(unread, parts.entries.zone(), visit.language);
  const auto age = parts.entries.age(visit.config);
  page.crawled = age.read ? age.read : age.crawled;
  const auto& counts = overview.sides;
  const auto own = counts.now.find(suppression::Side::ours);
  if (page.known == pages::Known::partly) {
    first = *unreadMessage(parts, visit, unread, "unread.title");
  } else if (visit.config.desk->deleteKeys.empty()) {
    first.strong = texts.text("read_only");
    first.text = texts.text("read_only.text");
  } else if (own != counts.now.end() && own->second > 0) {
    first.kind = "side.ours";
    first.strong = texts.count("first.ours", own->second);
    auto parameters = with(listing.parameters, "side", "ours");
    auto shown = own->second;
    if (const auto& most = overview.toDo; most && !most->receivers.empty()) {
      shown = most->entries;
      first.text = texts.text("first.group",
                              {{"n", pages::numberText(shown)},
                               {"group", notify::Catalogue::of(visit.language).groupName(most->receivers)}});
      parameters = with(with(parameters, "group", most->receivers), "cause", std::string(name(most->cause)));
    }
    first.href = hrefOf("/", parameters);
    first.link = texts.count("first.show", shown);
  } else {
    return;
  }
  page.whatFirst = std::move(first);
}

// Entries without a date are of no period: they have a place of their own.
void addUndated(const RouteParts& parts, const DeskVisit& visit, const Listing& listing,
                pages::ListPage& page) {
  auto asked = queryAsked(visit.query);
  asked.period = name(Preset::undated);
  asked.from.clear();
  asked.to.clear();
  const auto counts = parts.entries.breakdown(parts.entries.query(asked));
  if (!counts || counts->entries == 0) return;
  page.undated = {visit.texts().count("count.undated", counts->entries),
                  hrefOf("/", with(withoutPeriod(listing.parameters), "period", asked.period)),
                  Choice::State::other};
}

std::vector<EntryId> selectedBy(const RouteParts& parts, const DeskVisit& visit) {
  auto selected = parts.selections.of(visit.actor.user);
  return selected ? std::move(*selected) : std::vector<EntryId>();
}

}  // namespace

Response listPage(const RouteParts& parts, const DeskVisit& visit) {
  Listing listing;
  listing.query = parts.entries.query(queryAsked(visit.query));
  listing.parameters = desk::parametersOf(listing.query);
  listing.selected = selectedBy(parts, visit);
  const auto rows = parts.entries.page(listing.query);
  const auto overview = parts.entries.overview(listing.query);
  if (!rows || !overview) return problemResponse(visit, 503, "problem.unavailable");

  // Its rows have gone meanwhile.
  if (listing.query.after && rows->rows.empty()) return seeOther(hrefOf("/", listing.parameters));

  pages::ListPage page;
  page.shell = shellOf(visit, pages::Tab::list);
  for (const auto* mistake : {"empty_tick", "full_tick"}) {
    if (!visit.query.has(mistake)) continue;
    pages::Message message;
    message.kind = "error";
    message.strong = visit.texts().text(mistake);
    message.urgency = pages::Message::Urgency::alert;
    page.shell.messages.push_back(std::move(message));
  }
  addNotUnderstood(visit, notUnderstood(listing.query, visit.query, kListNames), page.shell);
  addPeriod(visit, listing, page);
  addSides(listing, overview->sides, page);
  addFilters(parts, visit, listing, overview->breakdown, page);
  addRows(parts, visit, listing, *rows, page);
  addOngoing(visit, rows->rows, page.shell);
  addSelection(parts, visit, listing, page);
  if (page.dated == pages::ListPage::Dated::yes) addUndated(parts, visit, listing, page);
  addWhatFirst(parts, visit, listing, *overview, page);
  // What they offer is two kilobytes that most pages are read without.
  if (!visit.query.has("filter"))
    page.filtersHref = hrefOf("/", with(listing.parameters, "filter", "1")) + "#filters";
  page.csvHref = hrefOf("/export.csv", listing.parameters);
  page.xlsxHref = hrefOf("/export.xlsx", listing.parameters);
  const bool byStopped = listing.query.order != store::EntriesTable::Order::newest;
  page.sort = byStopped ? pages::ListPage::Sort::stoppedSends : pages::ListPage::Sort::created;
  page.sortHref = hrefOf("/", with(listing.parameters, "sort", byStopped ? "" : "stopped"));
  return htmlResponse(200, render(page));
}

Response changeSelection(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::tick)) return deniedResponse(parts, visit, "ticks");
  const auto back = desk::localPath(visit.form.text("return"));
  const auto& chosen = visit.form.text("do");
  if (chosen == "clear") {
    if (!parts.selections.clear(visit.actor.user)) return problemResponse(visit, 503, "problem.unavailable");
    return seeOther(back);
  }
  const auto shown = visit.form.pieces("shown");
  const auto changed =
      parts.selections.change(visit.actor.user, shown, chosen == "page" ? shown : visit.form.all("entry"));
  if (!changed) return problemResponse(visit, 503, "problem.unavailable");
  if (chosen == "save") return {204, {}, {}};
  const auto saying = [](const std::string& path, const char* mistake) {
    const auto place = std::min(path.find('#'), path.size());
    return path.substr(0, place) + (path.find('?') < place ? "&" : "?") + mistake + "=1" + path.substr(place);
  };
  const auto& go = visit.form.text("go");
  const auto next = go.empty() ? back : desk::localPath(go);
  if (changed->refused > 0) return seeOther(saying(next, "full_tick"));
  if (!go.empty() || chosen != "release") return seeOther(next);
  if (changed->selected == 0) return seeOther(saying(back, "empty_tick"));
  return draftOf(parts, visit, selectedBy(parts, visit), back);
}

}  // namespace arrivald
