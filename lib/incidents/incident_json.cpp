#include "incidents/incident_json.hpp"

#include <nlohmann/json.hpp>
#include <type_traits>

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

json spelled(const Notified& whole);
void take(const json& from, Notified& whole);
json spelled(const Acknowledged& whole);
void take(const json& from, Acknowledged& whole);
json spelled(const Silence& whole);
void take(const json& from, Silence& whole);
json spelled(const Silenced& whole);
void take(const json& from, Silenced& whole);

// A part of a kind that has no form in rules::fields.
template <class T>
void takeFrom(const json& from, const char* field, T& value) {
  if (const auto found = from.find(field); found != from.end()) take(*found, value);
}

template <class T>
void takeFrom(const json& from, const char* field, std::optional<T>& value) {
  if (const auto found = from.find(field); found != from.end() && found->is_object())
    take(*found, value.emplace());
}

// How it is named in both directions; `E` is const where it is written.
template <class E, class Whole>
concept Of = std::is_same_v<std::remove_const_t<E>, Whole>;

struct Writer {
  json& to;
  template <class T>
  void operator()(const char* field, const T& value) const {
    if constexpr (requires { spelled(value); })
      to[field] = spelled(value);
    else
      put(to, field, value);
  }
};

struct Reader {
  const json& from;
  template <class T>
  void operator()(const char* field, T& value) const {
    if constexpr (requires { take(from, value); })
      takeFrom(from, field, value);
    else
      get(from, field, value);
  }
};

template <class Each, Of<Notified> E>
void eachField(Each each, E& notified) {
  each("opened_at", notified.openedAt);
  each("severity", notified.severity);
  each("root", notified.root);
  each("share", notified.share);
  each("last", notified.last);
  each("root_at", notified.rootAt);
  each("worse_at", notified.worseAt);
  each("reminders", notified.reminders);
  each("closed", notified.closed);
  each("advice", notified.advised.told);
  each("other_advice", notified.advised.other);
  each("other_advice_since", notified.advised.otherSince);
  each("corrected_at", notified.advised.correctedAt);
}

json spelled(const Notified& whole) {
  json to = json::object();
  eachField(Writer{to}, whole);
  return to;
}
void take(const json& from, Notified& whole) { eachField(Reader{from}, whole); }

template <class Each, Of<Acknowledged> E>
void eachField(Each each, E& acknowledged) {
  each("by", acknowledged.by);
  each("why", acknowledged.why);
  each("at", acknowledged.at);
  each("until", acknowledged.until);
  each("severity", acknowledged.severity);
  each("root", acknowledged.root);
}

json spelled(const Acknowledged& whole) {
  json to = json::object();
  eachField(Writer{to}, whole);
  return to;
}
void take(const json& from, Acknowledged& whole) { eachField(Reader{from}, whole); }

template <class Each, Of<Silence> E>
void eachField(Each each, E& silence) {
  each("id", silence.id);
  each("name", silence.name);
  each("incident", silence.incident);
  each("account", silence.match.account);
  each("rule", silence.match.rule);
  each("category", silence.match.category);
  each("receiver", silence.match.receiver);
  each("cause", silence.match.cause);
  each("subject", silence.match.subject);
  each("by", silence.by);
  each("why", silence.why);
  each("created", silence.created);
  each("begin", silence.begin);
  each("end", silence.end);
  each("until_over", silence.untilOver);
  each("at_times", silence.atTimes);
}

json spelled(const Silence& whole) {
  json to = json::object();
  eachField(Writer{to}, whole);
  return to;
}
void take(const json& from, Silence& whole) { eachField(Reader{from}, whole); }

template <class Each, Of<Silenced> E>
void eachField(Each each, E& silenced) {
  each("by", silenced.by);
  each("since", silenced.since);
  each("announced", silenced.announced);
}

json spelled(const Silenced& whole) {
  json to = json::object();
  eachField(Writer{to}, whole);
  return to;
}
void take(const json& from, Silenced& whole) { eachField(Reader{from}, whole); }

// When it was what.
template <class Each, Of<Incident> E>
void eachOfCourse(Each each, E& incident) {
  each("since", incident.since);
  each("opened_at", incident.openedAt);
  each("began", incident.began);
  each("last_bad", incident.lastBad);
  each("good_since", incident.goodSince);
  each("ended_at", incident.endedAt);
  each("mail_ended", incident.mailEnded);
  each("severity", incident.severity);
  each("worst_severity", incident.worstSeverity);
  each("weak", incident.weak);
  each("slow", incident.slow);
  each("stalled", incident.stalled);
  each("joined", incident.joined);
  each("by_alerts", incident.byAlerts);
  each("statistics_since", incident.statisticsSince);
  each("statistics_until", incident.statisticsUntil);
  each("long_share", incident.longShare);
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

std::string toJson(const Incident& incident) {
  json to = json::object();
  put(to, "number", incident.number);
  put(to, "account", incident.account);
  to["root"] = spelled(incident.root);
  to["state"] = name(incident.state);
  eachOfCourse(Writer{to}, incident);
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
  eachOfCourse(Reader{from}, incident);
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
  for (const Flapping& one : followed.flapping)
    to["flapping"].push_back(json::array({spelled(one.key), one.number}));
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
  eachOf(from, "flapping", [&](const json& one) {
    if (!one.is_array() || one.size() != 2) return;
    auto key = keyFrom(one[0]);
    if (!key) return;
    Flapping& flapping = followed.flapping.emplace_back();
    flapping.key = std::move(*key);
    rules::fields::take(one[1], flapping.number);
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
