#include "watch/incidents_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/printable.hpp"
#include "notify/incident_words.hpp"

namespace arrivald::watch {

using incidents::Incident;
using nlohmann::ordered_json;

namespace {

ordered_json timeOf(const std::optional<Instant>& at) {
  return at ? ordered_json(toIso(*at)) : ordered_json();
}

ordered_json numbersOf(const incidents::Numbers& numbers) {
  return {{"mails", numbers.mails},
          {"bad", numbers.seen},
          {"expected", numbers.expected},
          {"share", numbers.share()}};
}

ordered_json partsOf(const std::vector<incidents::Part>& parts) {
  auto all = ordered_json::array();
  for (const auto& part : parts) {
    auto one = numbersOf(part.numbers);
    one["name"] = part.name;
    all.push_back(std::move(one));
  }
  return all;
}

ordered_json rootOf(const incidents::Root& root) {
  auto kinds = ordered_json::array();
  for (const auto kind : root.kinds) kinds.push_back(name(kind));
  return {{"family", name(root.family)},
          {"categories", root.categories},
          {"receivers", root.receivers},
          {"kinds", std::move(kinds)}};
}

ordered_json acknowledgedOf(const Incident& incident, Instant now) {
  if (!incidents::isAcknowledged(incident, now)) return {};
  const auto& known = *incident.acknowledged;
  return {{"by", known.by}, {"why", known.why}, {"at", toIso(known.at)}, {"until", toIso(known.until)}};
}

ordered_json silencedOf(const Incident& incident, Instant now) {
  if (!incident.silenced || !incidents::isActive(incident.silenced->by, now)) return {};
  const auto& by = incident.silenced->by;
  ordered_json one;
  if (by.id != 0)
    one = {{"id", by.id}, {"by", by.by}};
  else
    one = {{"maintenance", by.name}};
  one["why"] = by.why;
  one["since"] = toIso(incident.silenced->since);
  one["until"] = toIso(by.end);
  return one;
}

ordered_json incidentOf(const Incident& incident, Instant now, const notify::IncidentWords& words) {
  ordered_json one;
  one["number"] = incident.number;
  one["account"] = incident.account;
  one["state"] = name(incident.state);
  one["severity"] = rules::name(incident.worstSeverity);
  one["headline"] = words.headline(incident);
  one["root"] = rootOf(incident.root);
  one["began"] = toIso(incident.began);
  one["opened"] = toIso(incident.openedAt);
  one["last_bad"] = toIso(incident.lastBad);
  one["ended"] = timeOf(incident.endedAt);
  one["window_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(incident.window).count();
  one["numbers"] = numbersOf(incident.numbers);
  one["worst"] = numbersOf(incident.worst);
  one["acknowledged"] = acknowledgedOf(incident, now);
  one["silenced"] = silencedOf(incident, now);
  one["notified"] = incident.notified ? timeOf(incident.notified->openedAt) : ordered_json();
  one["merged_into"] = incident.mergedInto > 0 ? ordered_json(incident.mergedInto) : ordered_json();
  return one;
}

ordered_json messagesOf(const Owners& owners, const Incident& incident) {
  constexpr std::size_t kMaxMessages = 100;
  auto all = ordered_json::array();
  for (const auto& one : owners.outbox().messagesOf(incident.number, incident.openedAt, kMaxMessages))
    all.push_back({{"channel", one.channel},
                   {"id", one.progress.change},
                   {"title", one.notification.title},
                   {"at", toIso(one.progress.created)},
                   {"state", one.progress.state}});
  return all;
}

std::string dumped(const ordered_json& value) {
  return escapeUnprintable(value.dump(2, ' ', false, ordered_json::error_handler_t::replace)) + '\n';
}

}  // namespace

std::vector<const Incident*> inOrder(const incidents::Followed& followed) {
  std::vector<const Incident*> all;
  for (const auto& incident : followed.incidents) all.push_back(&incident);
  std::ranges::sort(all, [](const Incident* a, const Incident* b) {
    return std::tuple(isLive(a->state), a->number) > std::tuple(isLive(b->state), b->number);
  });
  return all;
}

Error noIncident(std::int64_t number) {
  return Error::of(Error::Kind::notFound,
                   phrase("there is no incident {}; arrivald incidents lists them", number));
}

std::string incidentsJson(const Owners& owners, const config::Config& config, Language language) {
  const auto now = owners.clock().now();
  const notify::IncidentWords words(config.zone, now, language);
  ordered_json out{{"now", toIso(now)}, {"incidents", ordered_json::array()}};
  for (const auto* incident : inOrder(owners.incidents().followed()))
    out["incidents"].push_back(incidentOf(*incident, now, words));
  return dumped(out);
}

Result<std::string> incidentJson(const Owners& owners, const config::Config& config, std::int64_t number,
                                 Language language) {
  const auto* incident = owners.incidents().find(number);
  if (!incident) return noIncident(number);
  const auto now = owners.clock().now();
  auto one = incidentOf(*incident, now, notify::IncidentWords(config.zone, now, language));
  auto& members = one["members"] = ordered_json::array();
  for (const auto& key : incident->members)
    members.push_back({{"rule", key.rule}, {"subject", delivery::toText(key.subject)}});
  one["categories"] = partsOf(incident->affected.categories);
  one["receivers"] = partsOf(incident->affected.receivers);
  auto& hours = one["hours"] = ordered_json::array();
  for (const auto& hour : incident->hours) {
    auto numbers = numbersOf(hour.numbers);
    numbers["begin"] = toIso(hour.begin);
    hours.push_back(std::move(numbers));
  }
  one["messages"] = messagesOf(owners, *incident);
  return dumped(one);
}

}  // namespace arrivald::watch
