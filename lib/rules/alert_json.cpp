// The stored form of an alert. Readers ignore unknown fields and leave missing ones at their defaults.
#include <nlohmann/json.hpp>

#include "rules/alert.hpp"
#include "rules/json_fields.hpp"

namespace arrivald::rules {
namespace {

using fields::get;
using fields::json;
using fields::put;

json evidenceIn(const Evidence& evidence) { return json::parse(toJson(evidence)); }

Evidence evidenceFrom(const json& from, const char* field) {
  const auto found = from.find(field);
  return found == from.end() ? Evidence{} : evidenceFromJson(found->dump());
}

}  // namespace

std::string toJson(const Alert& alert) {
  json to = json::object();
  put(to, "meaning", alert.meaning);
  to["state"] = name(alert.state);
  put(to, "severity", alert.severity);
  put(to, "since", alert.since);
  put(to, "started_at", alert.startedAt);
  put(to, "began_at", alert.beganAt);
  put(to, "fired_at", alert.firedAt);
  put(to, "resolved_at", alert.resolvedAt);
  put(to, "last_bad", alert.lastBad);
  put(to, "unknown_since", alert.unknownSince);
  put(to, "quiet_since", alert.quietSince);
  put(to, "good_since", alert.goodSince);
  to["evidence"] = evidenceIn(alert.evidence);
  to["worst"] = evidenceIn(alert.worst);
  to["notified_evidence"] = evidenceIn(alert.notifiedEvidence);
  put(to, "worst_severity", alert.worstSeverity);
  put(to, "episode", alert.episode);
  put(to, "changes", alert.changes);
  put(to, "notified", alert.notified);
  put(to, "notified_severity", alert.notifiedSeverity);
  put(to, "notified_share", alert.notifiedShare);
  put(to, "notified_at", alert.notifiedAt);
  put(to, "reminders", alert.reminders);
  put(to, "reminder_due", alert.reminderDue);
  json flips = json::array();
  for (const Instant flip : alert.flips) flips.push_back(unixMilliseconds(flip));
  to["flips"] = std::move(flips);
  put(to, "flapping", alert.flapping);
  put(to, "muted_by", alert.mutedBy);
  return to.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Alert> alertFromJson(AlertKey key, std::string_view text) {
  const json from = json::parse(text, nullptr, false);
  if (!from.is_object()) return Error{Error::Kind::invalid, "a stored alert is not a JSON object"};
  Alert alert;
  alert.key = std::move(key);
  std::string state;
  get(from, "state", state);
  const std::optional<AlertState> known = stateNamed(state);
  if (!known) return Error{Error::Kind::invalid, "a stored alert has no known state"};
  alert.state = *known;
  get(from, "meaning", alert.meaning);
  get(from, "severity", alert.severity);
  get(from, "since", alert.since);
  get(from, "started_at", alert.startedAt);
  alert.beganAt = alert.startedAt;
  get(from, "began_at", alert.beganAt);
  get(from, "fired_at", alert.firedAt);
  get(from, "resolved_at", alert.resolvedAt);
  get(from, "last_bad", alert.lastBad);
  get(from, "unknown_since", alert.unknownSince);
  get(from, "quiet_since", alert.quietSince);
  get(from, "good_since", alert.goodSince);
  alert.evidence = evidenceFrom(from, "evidence");
  alert.worst = evidenceFrom(from, "worst");
  alert.notifiedEvidence = evidenceFrom(from, "notified_evidence");
  get(from, "worst_severity", alert.worstSeverity);
  get(from, "episode", alert.episode);
  get(from, "changes", alert.changes);
  get(from, "notified", alert.notified);
  get(from, "notified_severity", alert.notifiedSeverity);
  get(from, "notified_share", alert.notifiedShare);
  get(from, "notified_at", alert.notifiedAt);
  get(from, "reminders", alert.reminders);
  get(from, "reminder_due", alert.reminderDue);
  if (const auto flips = from.find("flips"); flips != from.end() && flips->is_array())
    for (const json& flip : *flips)
      if (flip.is_number_integer() && alert.flips.size() < kFlipsKept)
        alert.flips.push_back(fromUnixMilliseconds(flip.get<std::int64_t>()));
  get(from, "flapping", alert.flapping);
  get(from, "muted_by", alert.mutedBy);
  return alert;
}

}  // namespace arrivald::rules
