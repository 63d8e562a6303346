#include "watch/event_json.hpp"

#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "causes/texts.hpp"

namespace arrivald::watch {

using nlohmann::ordered_json;

namespace {

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
  if (event.cause) {
    row["cause"] = std::string(causes::name(event.cause->causeClass));
    row["cause_ja"] = causes::describe(*event.cause, Language::japanese).headline;
    row["cause_en"] = causes::describe(*event.cause, Language::english).headline;
  }
  return row;
}

std::string dumped(const ordered_json& json) {
  return escapeUnprintable(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

}  // namespace

std::string foundEventsJson(const EventFilter& filter, const Result<FoundEvents>& found) {
  ordered_json out;
  out["asked"] = filter.of;
  if (!found) out["error"] = found.error().text;
  out["complete"] = found && found->complete;
  auto& rows = out["events"] = ordered_json::array();
  if (found)
    for (const auto& event : found->rows) rows.push_back(rowOf(event));
  return dumped(out);
}

std::string malformedEventsJson(const Result<std::vector<store::MalformedEvent>>& events) {
  ordered_json out;
  if (!events) out["error"] = events.error().text;
  auto& rows = out["malformed_events"] = ordered_json::array();
  if (events)
    for (const auto& one : *events)
      rows.push_back(
          {{"received", toIso(one.received)}, {"account", one.account}, {"why", one.why}, {"raw", one.raw}});
  return dumped(out);
}

}  // namespace arrivald::watch
