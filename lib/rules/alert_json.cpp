// How an alert is written down. Every reader takes what it knows and leaves the rest at its default.
#include <nlohmann/json.hpp>

#include "rules/alert.hpp"

namespace arrivald::rules {
namespace {

using nlohmann::json;

void put(json& to, const char* field, Instant value) { to[field] = unixMilliseconds(value); }
void put(json& to, const char* field, const std::optional<Instant>& value) {
  if (value) put(to, field, *value);
}
template <class T>
void put(json& to, const char* field, const std::optional<T>& value) {
  if (value) to[field] = *value;
}

bool get(const json& from, const char* field, std::int64_t& value) {
  const auto found = from.find(field);
  if (found == from.end() || !found->is_number_integer()) return false;
  value = found->get<std::int64_t>();
  return true;
}
void get(const json& from, const char* field, int& value) {
  if (std::int64_t wide = 0; get(from, field, wide) && wide >= 0 && wide <= 1'000'000)
    value = static_cast<int>(wide);
}
void get(const json& from, const char* field, Instant& value) {
  if (std::int64_t wide = 0; get(from, field, wide)) value = fromUnixMilliseconds(wide);
}
void get(const json& from, const char* field, Duration& value) {
  if (std::int64_t wide = 0; get(from, field, wide)) value = Duration(wide);
}
void get(const json& from, const char* field, double& value) {
  const auto found = from.find(field);
  if (found != from.end() && found->is_number()) value = found->get<double>();
}
void get(const json& from, const char* field, bool& value) {
  const auto found = from.find(field);
  if (found != from.end() && found->is_boolean()) value = found->get<bool>();
}
void get(const json& from, const char* field, std::string& value) {
  const auto found = from.find(field);
  if (found != from.end() && found->is_string()) value = found->get<std::string>();
}
void get(const json& from, const char* field, Severity& value) {
  std::string text;
  get(from, field, text);
  value = severityNamed(text).value_or(value);
}
template <class T>
void get(const json& from, const char* field, std::optional<T>& value) {
  if (!from.contains(field)) return;
  T inner{};
  get(from, field, inner);
  value = inner;
}

json toJson(const Evidence& evidence) {
  json to = json::object();
  to["kind"] = evidence.kind;
  if (evidence.input) to["input"] = name(*evidence.input);
  to["value"] = evidence.value;
  to["threshold"] = evidence.threshold;
  put(to, "bound", evidence.bound);
  put(to, "usual", evidence.usual);
  put(to, "chance", evidence.chance);
  put(to, "score", evidence.score);
  to["n"] = evidence.n;
  to["failures"] = evidence.failures;
  to["window"] = evidence.window.count();
  to["lag"] = evidence.lag.count();
  if (evidence.source) to["source"] = name(*evidence.source);
  to["error"] = evidence.error;
  to["basis"] = static_cast<int>(evidence.basis);
  return to;
}

Evidence evidenceFrom(const json& parent, const char* field) {
  Evidence evidence;
  const auto found = parent.find(field);
  if (found == parent.end() || !found->is_object()) return evidence;
  const json& from = *found;
  get(from, "kind", evidence.kind);
  std::string text;
  get(from, "input", text);
  evidence.input = inputNamed(text);
  get(from, "value", evidence.value);
  get(from, "threshold", evidence.threshold);
  get(from, "bound", evidence.bound);
  get(from, "usual", evidence.usual);
  get(from, "chance", evidence.chance);
  get(from, "score", evidence.score);
  get(from, "n", evidence.n);
  get(from, "failures", evidence.failures);
  get(from, "window", evidence.window);
  get(from, "lag", evidence.lag);
  text.clear();
  get(from, "source", text);
  evidence.source = sourceNamed(text);
  get(from, "error", evidence.error);
  int basis = static_cast<int>(evidence.basis);
  get(from, "basis", basis);
  if (basis <= static_cast<int>(Basis::events)) evidence.basis = static_cast<Basis>(basis);
  return evidence;
}

}  // namespace

std::string toJson(const Alert& alert) {
  json to = json::object();
  to["meaning"] = alert.meaning;
  to["state"] = name(alert.state);
  to["severity"] = name(alert.severity);
  put(to, "since", alert.since);
  put(to, "started_at", alert.startedAt);
  put(to, "fired_at", alert.firedAt);
  put(to, "resolved_at", alert.resolvedAt);
  put(to, "last_bad", alert.lastBad);
  put(to, "unknown_since", alert.unknownSince);
  put(to, "quiet_since", alert.quietSince);
  to["evidence"] = toJson(alert.evidence);
  to["worst"] = toJson(alert.worst);
  to["worst_severity"] = name(alert.worstSeverity);
  to["episode"] = alert.episode;
  to["changes"] = alert.changes;
  to["notified"] = alert.notified;
  to["notified_severity"] = name(alert.notifiedSeverity);
  to["notified_share"] = alert.notifiedShare;
  put(to, "notified_at", alert.notifiedAt);
  to["reminders"] = alert.reminders;
  put(to, "reminder_due", alert.reminderDue);
  json flips = json::array();
  for (const Instant flip : alert.flips) flips.push_back(unixMilliseconds(flip));
  to["flips"] = std::move(flips);
  to["flapping"] = alert.flapping;
  to["muted_by"] = alert.mutedBy;
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
  get(from, "fired_at", alert.firedAt);
  get(from, "resolved_at", alert.resolvedAt);
  get(from, "last_bad", alert.lastBad);
  get(from, "unknown_since", alert.unknownSince);
  get(from, "quiet_since", alert.quietSince);
  alert.evidence = evidenceFrom(from, "evidence");
  alert.worst = evidenceFrom(from, "worst");
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
