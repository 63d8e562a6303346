#include "incidents/incident_json.hpp"

#include <nlohmann/json.hpp>

#include "rules/json_fields.hpp"

namespace arrivald::incidents {
namespace {

using rules::AlertKey;
using rules::fields::get;
using rules::fields::json;
using rules::fields::put;

json spelled(const AlertKey& key) {
  return json::array({key.rule, key.subject.account, name(key.subject.dimension), key.subject.name});
}

std::optional<AlertKey> keyFrom(const json& from) {
  std::vector<std::string> parts;
  rules::fields::take(from, parts);
  if (parts.size() != 4) return std::nullopt;
  const auto dimension = delivery::dimensionNamed(parts[2]);
  if (!dimension) return std::nullopt;
  return AlertKey{parts[0], {parts[1], *dimension, parts[3]}};
}

json spelled(const std::vector<AlertKey>& keys) {
  json all = json::array();
  for (const AlertKey& key : keys) all.push_back(spelled(key));
  return all;
}

void take(const json& from, std::vector<AlertKey>& keys) {
  if (!from.is_array()) return;
  for (const json& one : from)
    if (auto key = keyFrom(one)) keys.push_back(std::move(*key));
  std::ranges::sort(keys);
}

json spelled(const Root& root) {
  json to = json::object();
  to["family"] = name(root.family);
  put(to, "categories", root.categories);
  put(to, "receivers", root.receivers);
  std::vector<std::string> kinds;
  for (const Kind kind : root.kinds) kinds.emplace_back(name(kind));
  put(to, "kinds", kinds);
  if (!root.rule.empty()) put(to, "rule", root.rule);
  return to;
}

void take(const json& from, Root& root) {
  std::string family;
  std::vector<std::string> kinds;
  get(from, "family", family);
  root.family = familyNamed(family).value_or(root.family);
  get(from, "categories", root.categories);
  get(from, "receivers", root.receivers);
  get(from, "kinds", kinds);
  for (const std::string& kind : kinds)
    if (const auto known = kindNamed(kind)) root.kinds.push_back(*known);
  get(from, "rule", root.rule);
}

json spelled(const Numbers& numbers) { return json::array({numbers.mails, numbers.seen, numbers.expected}); }

void take(const json& from, Numbers& numbers) {
  if (!from.is_array() || from.size() != 3) return;
  rules::fields::take(from[0], numbers.mails);
  rules::fields::take(from[1], numbers.seen);
  rules::fields::take(from[2], numbers.expected);
}

json spelled(const std::vector<Part>& parts) {
  json all = json::array();
  for (const Part& part : parts) all.push_back(json::array({part.name, spelled(part.numbers)}));
  return all;
}

void take(const json& from, std::vector<Part>& parts) {
  if (!from.is_array()) return;
  for (const json& one : from) {
    if (!one.is_array() || one.size() != 2) continue;
    Part& part = parts.emplace_back();
    rules::fields::take(one[0], part.name);
    take(one[1], part.numbers);
  }
}

json spelled(const std::vector<Hour>& hours) {
  json all = json::array();
  for (const Hour& hour : hours)
    all.push_back(json::array({unixMilliseconds(hour.begin), spelled(hour.numbers)}));
  return all;
}

void take(const json& from, std::vector<Hour>& hours) {
  if (!from.is_array()) return;
  for (const json& one : from) {
    if (!one.is_array() || one.size() != 2) continue;
    Hour& hour = hours.emplace_back();
    rules::fields::take(one[0], hour.begin);
    take(one[1], hour.numbers);
  }
}

json spelled(const Notified& notified) {
  json to = json::object();
  put(to, "opened_at", notified.openedAt);
  put(to, "severity", notified.severity);
  to["root"] = spelled(notified.root);
  put(to, "share", notified.share);
  put(to, "last", notified.last);
  put(to, "root_at", notified.rootAt);
  put(to, "worse_at", notified.worseAt);
  put(to, "reminders", notified.reminders);
  put(to, "closed", notified.closed);
  return to;
}

// A part of a kind that has no form in rules::fields.
template <class T>
void takeFrom(const json& from, const char* field, T& value) {
  if (const auto found = from.find(field); found != from.end()) take(*found, value);
}

void take(const json& from, Notified& notified) {
  get(from, "opened_at", notified.openedAt);
  get(from, "severity", notified.severity);
  takeFrom(from, "root", notified.root);
  get(from, "share", notified.share);
  get(from, "last", notified.last);
  get(from, "root_at", notified.rootAt);
  get(from, "worse_at", notified.worseAt);
  get(from, "reminders", notified.reminders);
  get(from, "closed", notified.closed);
}

json spelled(const Acknowledged& acknowledged) {
  json to = json::object();
  put(to, "by", acknowledged.by);
  put(to, "why", acknowledged.why);
  put(to, "at", acknowledged.at);
  put(to, "until", acknowledged.until);
  put(to, "severity", acknowledged.severity);
  to["root"] = spelled(acknowledged.root);
  return to;
}

void take(const json& from, Acknowledged& acknowledged) {
  get(from, "by", acknowledged.by);
  get(from, "why", acknowledged.why);
  get(from, "at", acknowledged.at);
  get(from, "until", acknowledged.until);
  get(from, "severity", acknowledged.severity);
  takeFrom(from, "root", acknowledged.root);
}

json spelled(const Silence& silence) {
  json to = json::object();
  const auto putText = [&](const char* field, const std::string& text) {
    if (!text.empty()) put(to, field, text);
  };
  put(to, "id", silence.id);
  putText("name", silence.name);
  if (silence.incident != 0) put(to, "incident", silence.incident);
  putText("account", silence.match.account);
  putText("rule", silence.match.rule);
  putText("category", silence.match.category);
  putText("receiver", silence.match.receiver);
  putText("cause", silence.match.cause);
  putText("subject", silence.match.subject);
  putText("by", silence.by);
  putText("why", silence.why);
  put(to, "created", silence.created);
  put(to, "begin", silence.begin);
  put(to, "end", silence.end);
  put(to, "until_over", silence.untilOver);
  put(to, "at_times", silence.atTimes);
  return to;
}

void take(const json& from, Silence& silence) {
  get(from, "id", silence.id);
  get(from, "name", silence.name);
  get(from, "incident", silence.incident);
  get(from, "account", silence.match.account);
  get(from, "rule", silence.match.rule);
  get(from, "category", silence.match.category);
  get(from, "receiver", silence.match.receiver);
  get(from, "cause", silence.match.cause);
  get(from, "subject", silence.match.subject);
  get(from, "by", silence.by);
  get(from, "why", silence.why);
  get(from, "created", silence.created);
  get(from, "begin", silence.begin);
  get(from, "end", silence.end);
  get(from, "until_over", silence.untilOver);
  get(from, "at_times", silence.atTimes);
}

json spelled(const Silenced& silenced) {
  json to = json::object();
  to["by"] = spelled(silenced.by);
  put(to, "since", silenced.since);
  put(to, "announced", silenced.announced);
  return to;
}

void take(const json& from, Silenced& silenced) {
  if (const auto by = from.find("by"); by != from.end() && by->is_object()) take(*by, silenced.by);
  get(from, "since", silenced.since);
  get(from, "announced", silenced.announced);
}

template <class T>
void takeFrom(const json& from, const char* field, std::optional<T>& value) {
  if (const auto found = from.find(field); found != from.end() && found->is_object())
    take(*found, value.emplace());
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

void putCourse(json& to, const Incident& incident) {
  put(to, "since", incident.since);
  put(to, "opened_at", incident.openedAt);
  put(to, "began", incident.began);
  put(to, "last_bad", incident.lastBad);
  put(to, "good_since", incident.goodSince);
  put(to, "ended_at", incident.endedAt);
  put(to, "mail_ended", incident.mailEnded);
  put(to, "severity", incident.severity);
  put(to, "worst_severity", incident.worstSeverity);
  put(to, "weak", incident.weak);
  put(to, "slow", incident.slow);
  put(to, "stalled", incident.stalled);
  put(to, "joined", incident.joined);
  put(to, "by_alerts", incident.byAlerts);
  put(to, "statistics_since", incident.statisticsSince);
  put(to, "statistics_until", incident.statisticsUntil);
  put(to, "long_share", incident.longShare);
}

void getCourse(const json& from, Incident& incident) {
  get(from, "since", incident.since);
  get(from, "opened_at", incident.openedAt);
  get(from, "began", incident.began);
  get(from, "last_bad", incident.lastBad);
  get(from, "good_since", incident.goodSince);
  get(from, "ended_at", incident.endedAt);
  get(from, "mail_ended", incident.mailEnded);
  get(from, "severity", incident.severity);
  get(from, "worst_severity", incident.worstSeverity);
  get(from, "weak", incident.weak);
  get(from, "slow", incident.slow);
  get(from, "stalled", incident.stalled);
  get(from, "joined", incident.joined);
  get(from, "by_alerts", incident.byAlerts);
  get(from, "statistics_since", incident.statisticsSince);
  get(from, "statistics_until", incident.statisticsUntil);
  get(from, "long_share", incident.longShare);
}

}  // namespace

std::string toJson(const Incident& incident) {
  json to = json::object();
  put(to, "number", incident.number);
  put(to, "account", incident.account);
  to["root"] = spelled(incident.root);
  to["state"] = name(incident.state);
  putCourse(to, incident);
  to["members"] = spelled(incident.members);
  put(to, "worst_rule", incident.worstRule);
  to["numbers"] = spelled(incident.numbers);
  put(to, "window", incident.window);
  put(to, "score", incident.score);
  to["worst"] = spelled(incident.worst);
  to["categories"] = spelled(incident.affected.categories);
  to["receivers"] = spelled(incident.affected.receivers);
  to["hours"] = spelled(incident.hours);
  put(to, "counted_to", incident.countedTo);
  if (incident.candidate) to["candidate"] = spelled(*incident.candidate);
  put(to, "candidate_seen", incident.candidateSeen);
  put(to, "root_since", incident.rootSince);
  json reopenings = json::array();
  for (const Instant at : incident.reopenings) reopenings.push_back(unixMilliseconds(at));
  to["reopenings"] = std::move(reopenings);
  put(to, "unstable", incident.unstable);
  put(to, "merged_into", incident.mergedInto);
  if (incident.notified) to["notified"] = spelled(*incident.notified);
  if (incident.acknowledged) to["acknowledged"] = spelled(*incident.acknowledged);
  if (incident.silenced) to["silenced"] = spelled(*incident.silenced);
  return dumped(to);
}

Result<Incident> incidentFromJson(std::string_view text) {
  const json from = json::parse(text, nullptr, false);
  if (!from.is_object()) return Error{Error::Kind::invalid, "a stored incident is not a JSON object"};
  Incident incident;
  std::string state;
  get(from, "state", state);
  const auto known = stateNamed(state);
  if (!known) return Error{Error::Kind::invalid, "a stored incident has no known state"};
  incident.state = *known;
  get(from, "number", incident.number);
  get(from, "account", incident.account);
  takeFrom(from, "root", incident.root);
  getCourse(from, incident);
  takeFrom(from, "members", incident.members);
  get(from, "worst_rule", incident.worstRule);
  takeFrom(from, "numbers", incident.numbers);
  get(from, "window", incident.window);
  get(from, "score", incident.score);
  takeFrom(from, "worst", incident.worst);
  takeFrom(from, "categories", incident.affected.categories);
  takeFrom(from, "receivers", incident.affected.receivers);
  takeFrom(from, "hours", incident.hours);
  get(from, "counted_to", incident.countedTo);
  takeFrom(from, "candidate", incident.candidate);
  get(from, "candidate_seen", incident.candidateSeen);
  get(from, "root_since", incident.rootSince);
  if (const auto found = from.find("reopenings"); found != from.end() && found->is_array())
    for (const json& at : *found) rules::fields::take(at, incident.reopenings.emplace_back());
  get(from, "unstable", incident.unstable);
  get(from, "merged_into", incident.mergedInto);
  takeFrom(from, "notified", incident.notified);
  takeFrom(from, "acknowledged", incident.acknowledged);
  takeFrom(from, "silenced", incident.silenced);
  return incident;
}

namespace {

// Only what there is: most of the time nothing is silenced or held.
void putQuiet(json& to, const Followed& followed) {
  if (followed.lastSilence != 0) put(to, "last_silence", followed.lastSilence);
  for (const Silence& one : followed.silences) to["silences"].push_back(spelled(one));
  for (const Untold& one : followed.untold) to["untold"].push_back(json::array({spelled(one.key), one.told}));
  for (const Held& one : followed.held)
    to["held"].push_back(
        json::array({one.channel, one.conversation, one.notification, unixMilliseconds(one.since)}));
}

template <class Visit>
void eachOf(const json& from, const char* field, Visit visit) {
  const auto found = from.find(field);
  if (found == from.end() || !found->is_array()) return;
  for (const json& one : *found) visit(one);
}

void getQuiet(const json& from, Followed& followed) {
  get(from, "last_silence", followed.lastSilence);
  eachOf(from, "silences", [&](const json& one) {
    if (one.is_object()) take(one, followed.silences.emplace_back());
  });
  eachOf(from, "untold", [&](const json& one) {
    if (!one.is_array() || one.size() != 2) return;
    auto key = keyFrom(one[0]);
    if (!key) return;
    Untold& untold = followed.untold.emplace_back();
    untold.key = std::move(*key);
    rules::fields::take(one[1], untold.told);
  });
  eachOf(from, "held", [&](const json& one) {
    if (!one.is_array() || one.size() != 4) return;
    Held& held = followed.held.emplace_back();
    rules::fields::take(one[0], held.channel);
    rules::fields::take(one[1], held.conversation);
    rules::fields::take(one[2], held.notification);
    rules::fields::take(one[3], held.since);
  });
}

}  // namespace

std::string restToJson(const Followed& followed) {
  json to = json::object();
  put(to, "last_number", followed.lastNumber);
  to["apart"] = spelled(followed.apart);
  json unexplained = json::array();
  for (const Unexplained& one : followed.unexplained)
    unexplained.push_back(json::array({spelled(one.key), unixMilliseconds(one.since), one.number}));
  to["unexplained"] = std::move(unexplained);
  putQuiet(to, followed);
  return dumped(to);
}

Done restFromJson(std::string_view text, Followed& followed) {
  const json from = json::parse(text, nullptr, false);
  if (!from.is_object())
    return Error{Error::Kind::invalid, "what is stored besides incidents is not a JSON object"};
  get(from, "last_number", followed.lastNumber);
  takeFrom(from, "apart", followed.apart);
  getQuiet(from, followed);
  const auto found = from.find("unexplained");
  if (found == from.end() || !found->is_array()) return done();
  for (const json& one : *found) {
    if (!one.is_array() || one.size() != 3) continue;
    auto key = keyFrom(one[0]);
    if (!key) continue;
    Unexplained& unexplained = followed.unexplained.emplace_back();
    unexplained.key = std::move(*key);
    rules::fields::take(one[1], unexplained.since);
    rules::fields::take(one[2], unexplained.number);
  }
  return done();
}

}  // namespace arrivald::incidents
