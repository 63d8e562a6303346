#include "watch/event_json.hpp"

#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "causes/texts.hpp"
#include "notify/catalogue.hpp"
#include "notify/job_words.hpp"
#include "sendgrid/events.hpp"
#include "suppression/advice.hpp"

namespace arrivald::watch {

using nlohmann::ordered_json;

namespace {

void addCause(ordered_json& row, const causes::Cause& cause) {
  row["cause"] = std::string(causes::name(cause.causeClass));
  row["cause_ja"] = causes::describe(cause, Language::japanese).headline;
  row["cause_en"] = causes::describe(cause, Language::english).headline;
}

// The list that such an event puts the address on.
std::optional<suppression::List> wishOf(stream::EventKind kind) {
  switch (kind) {
    case stream::EventKind::spamReport:
      return suppression::List::spamReports;
    case stream::EventKind::unsubscribe:
      return suppression::List::unsubscribes;
    case stream::EventKind::groupUnsubscribe:
      return suppression::List::groupUnsubscribes;
    default:
      return std::nullopt;
  }
}

// What follows from the recipient's wish, for whoever reads the answer.
void addWish(ordered_json& row, suppression::List list, const notify::Catalogue& words) {
  row["follows"] = words.text("cli.trace.follows." + std::string(name(list)));
}

ordered_json rowOf(const FoundEvent& event) {
  ordered_json row{{"at", toIso(event.at)},
                   {"event", stream::name(event.kind)},
                   {"account", event.account},
                   {"message_id", event.messageId}};
  if (!event.smtpId.empty()) row["smtp_id"] = event.smtpId;
  if (!event.email.empty()) row["email"] = event.email;
  row["domain"] = event.domain;
  row["domain_group"] = event.domainGroup;
  if (!event.categories.empty()) row["categories"] = event.categories;
  if (!event.status.empty()) row["status"] = event.status;
  if (!event.reply.empty()) row["reply"] = event.reply;
  if (event.cause) addCause(row, *event.cause);
  return row;
}

ordered_json rowOf(const ListedEntry& listed, const notify::Catalogue& words) {
  const auto& entry = listed.entry.entry;
  const auto list = std::string(name(listed.entry.list));
  ordered_json row{{"list", list},
                   {"title", words.text("list." + list)},
                   {"account", listed.entry.account},
                   {"email", entry.email},
                   {"created", toIso(entry.created)}};
  if (listed.entry.removed) row["removed"] = toIso(*listed.entry.removed);
  if (!entry.status.empty()) row["status"] = entry.status;
  if (!entry.reason.empty()) row["reply"] = entry.reason;
  if (listed.cause) addCause(row, *listed.cause);
  if (!listed.doubt.empty()) row["doubt"] = listed.doubt;
  if (suppression::isWish(listed.entry.list) && !listed.entry.removed) addWish(row, listed.entry.list, words);
  return row;
}

void addEvents(ordered_json& out, const Result<FoundEvents>& found, const std::string& error) {
  if (!found) out["error"] = error;
  out["complete"] = found && found->complete;
  auto& rows = out["events"] = ordered_json::array();
  if (!found) return;
  for (const auto& event : found->rows) rows.push_back(rowOf(event));
  if (found->otherKinds.empty()) return;
  auto& others = out["other_events"] = ordered_json::object();
  for (const auto& [kind, n] : found->otherKinds) others[std::string(stream::name(kind))] = n;
}

std::string dumped(const ordered_json& json) {
  return escapeUnprintable(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

}  // namespace

std::string foundEventsJson(const EventFilter& filter, const Result<FoundEvents>& found) {
  ordered_json out;
  out["asked"] = filter.of;
  addEvents(out, found, found ? std::string() : found.error().text);
  return dumped(out);
}

std::string tracedJson(const EventFilter& filter, const Traced& traced) {
  const auto& words = notify::Catalogue::of(traced.language);
  ordered_json out;
  out["asked"] = filter.of;
  out["language"] = traced.language == Language::japanese ? "ja" : "en";
  out["event_stream"] = traced.eventStream;
  addEvents(out, traced.events,
            traced.events ? std::string() : notify::errorWords(words, traced.events.error()));
  for (std::size_t i = 0; traced.events && i < traced.events->rows.size(); ++i) {
    const auto kind = traced.events->rows[i].kind;
    out["events"][i]["title"] = words.text("cli.event." + std::string(stream::name(kind)));
    if (const auto wish = wishOf(kind)) addWish(out["events"][i], *wish, words);
    if (i < traced.doubts.size() && !traced.doubts[i].empty()) out["events"][i]["doubt"] = traced.doubts[i];
  }
  auto& lists = out["lists"] = ordered_json::array();
  for (const auto& listed : traced.lists) lists.push_back(rowOf(listed, words));
  out["not_searched"] = traced.notSearched;
  return dumped(out);
}

std::string malformedEventsJson(const Result<std::vector<store::MalformedEvent>>& events, Language language) {
  const auto& words = notify::Catalogue::of(language);
  ordered_json out;
  if (!events) out["error"] = notify::errorWords(words, events.error());
  auto& rows = out["malformed_events"] = ordered_json::array();
  if (events)
    for (const auto& one : *events)
      rows.push_back({{"received", toIso(one.received)},
                      {"account", one.account},
                      {"why", words.say(sendgrid::malformedReason(one.why))},
                      {"raw", one.raw}});
  return dumped(out);
}

}  // namespace arrivald::watch
