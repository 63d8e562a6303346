#include "incidents/apart.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "incidents/course.hpp"
#include "incidents/explain.hpp"

namespace arrivald::incidents {
namespace {

using rules::Alert;
using rules::AlertKey;

// The alerts that an incident has or that wait for one.
std::set<AlertKey> placedIn(const Followed& state) {
  std::set<AlertKey> placed;
  for (const Incident& incident : state.incidents)
    placed.insert(incident.members.begin(), incident.members.end());
  for (const Unexplained& one : state.unexplained) placed.insert(one.key);
  return placed;
}

}  // namespace

void setApart(Followed& state, std::span<const Alert> alerts, std::span<const rules::Change> changes) {
  const auto placed = placedIn(state);
  std::set<AlertKey> apart(state.apart.begin(), state.apart.end());
  for (const Alert& alert : alerts) {
    if (!rules::active(alert.state) || !alert.notified || familyOf(alert) == Family::rule ||
        placed.contains(alert.key))
      continue;
    const bool isNew = std::ranges::any_of(changes, [&](const rules::Change& change) {
      // One that comes and goes begins by saying so.
      return (change.kind == rules::Change::Kind::fired || change.kind == rules::Change::Kind::flapping) &&
             change.alert.key == alert.key;
    });
    if (!isNew) apart.insert(alert.key);
  }
  state.apart.assign(apart.begin(), apart.end());
}

namespace {

const Incident* placeOf(const Followed& state, const AlertKey& key) {
  const auto found = std::ranges::find_if(state.incidents, [&](const Incident& incident) {
    return std::ranges::find(incident.members, key) != incident.members.end();
  });
  return found == state.incidents.end() ? nullptr : &*found;
}

bool waits(const Followed& state, const AlertKey& key) {
  return std::ranges::any_of(state.unexplained, [&](const Unexplained& one) { return one.key == key; });
}

// Long enough that its windows have forgotten what is over.
constexpr Duration kGoesOn = std::chrono::minutes(60);

// Whether it sees bad mail now. One that comes and goes has been notified as that.
bool isBadNow(const Alert& alert, Instant now) {
  return alert.state == rules::AlertState::firing && alert.mutedBy.empty() && !alert.flapping &&
         alert.lastBad == now;
}

rules::Change firedAsOf(Instant now, const Alert& alert, const Incident& incident) {
  rules::Change change;
  change.id =
      toText(alert.key) + "#" + std::to_string(alert.episode) + ".i" + std::to_string(incident.number);
  if (incident.notified) change.id += "-" + std::to_string(unixMilliseconds(incident.notified->last));
  change.at = now;
  change.alert = alert;
  change.reason.evidence = alert.evidence;
  change.reason.worst = alert.worst;
  change.reason.since = alert.beganAt;
  change.reason.detected = alert.startedAt;
  change.reason.lasted = std::max(Duration{0}, now - alert.beganAt);
  return change;
}

const Alert* gravestOf(const Incident& incident, std::span<const Alert> alerts, Instant now) {
  const Alert* gravest = nullptr;
  for (const Alert& alert : alerts)
    if (isBadNow(alert, now) && std::ranges::find(incident.members, alert.key) != incident.members.end() &&
        (gravest == nullptr || alert.severity > gravest->severity))
      gravest = &alert;
  return gravest;
}

void markNotified(Incident& incident, const rules::Change& change) {
  if (!incident.notified || incident.notified->closed) {
    incident.notified.emplace();
    incident.notified->openedAt = change.at;
  }
  Notified& notified = *incident.notified;
  notified.severity = std::max(notified.severity, change.alert.severity);
  notified.root = incident.root;
  notified.last = change.at;
  notified.closed = !isLive(incident.state);
}

// Without its stream an incident keeps the numbers that it had. An alert of it that sees clearly more by the
// statistics is notified in its own words: nobody else would tell.
std::optional<double> moreThanTold(const Incident& incident, const rules::Change& change) {
  constexpr Duration kOneReminder = std::chrono::minutes(30);
  using Kind = rules::Change::Kind;
  if (!incident.statisticsSince || !isLive(incident.state) || !incident.notified) return std::nullopt;
  const bool isReminder = change.kind == Kind::reminded;
  if (change.kind != Kind::fired && change.kind != Kind::worsened && !isReminder) return std::nullopt;
  if (isReminder && change.at - incident.notified->last < kOneReminder) return std::nullopt;
  const auto share = rules::badShare(change.alert.evidence);
  const double known =
      isReminder ? incident.numbers.share() : std::max(incident.notified->share, incident.numbers.share());
  if (!share || !isFarMore(share->value(), known)) return std::nullopt;
  return share->value();
}

Untold* untoldOf(Followed& state, const AlertKey& key) {
  const auto found = std::ranges::find(state.untold, key, &Untold::key);
  return found == state.untold.end() ? nullptr : &*found;
}

bool isSilenced(std::span<const Silence> silences, const AlertKey& key, const Incident* incident,
                Instant now) {
  return silencing(silences, key, now) != nullptr ||
         (incident != nullptr && silencing(silences, *incident, now) != nullptr);
}

// Whether the change is kept from being notified; remembers whether anybody knows of the alert.
bool keepUntold(Followed& state, const rules::Change& change, bool silenced) {
  Untold* known = untoldOf(state, change.alert.key);
  if (change.kind == rules::Change::Kind::resolved) {
    const bool told = known == nullptr || known->told;
    std::erase_if(state.untold, [&](const Untold& one) { return one.key == change.alert.key; });
    return !told;
  }
  if (!silenced) {
    std::erase_if(state.untold, [&](const Untold& one) { return one.key == change.alert.key; });
    return false;
  }
  if (known == nullptr) state.untold.push_back({change.alert.key, change.alert.changes > 1});
  return true;
}

// As it fires when nothing silences it any more.
rules::Change firedAfterSilence(const Alert& alert, Instant now) {
  rules::Change change;
  change.id = toText(alert.key) + "#" + std::to_string(alert.episode) + "." + std::to_string(alert.changes) +
              "-" + std::to_string(unixMilliseconds(now));
  change.kind = rules::Change::Kind::fired;
  change.at = now;
  change.alert = alert;
  change.reason.evidence = alert.evidence;
  change.reason.worst = alert.worst;
  change.reason.since = alert.beganAt;
  change.reason.detected = alert.startedAt;
  change.reason.lasted = std::max(Duration{}, now - alert.beganAt);
  return change;
}

// The incident that an alert is told with, or was until this look; null: it is told by itself.
Incident* incidentOf(const Followed& before, Followed& after, const AlertKey& key) {
  const Incident* place = placeOf(after, key);
  if (place == nullptr) place = placeOf(before, key);
  return place != nullptr ? after.find(place->number) : nullptr;
}

// The number of the incident that an alert was notified with as one that comes and goes; 0: there is none.
// Remembers it, until the alert is told as over or as steady.
std::int64_t flappingNumber(Followed& state, const rules::Change& change, std::int64_t number) {
  using Kind = rules::Change::Kind;
  const auto known = std::ranges::find(state.flapping, change.alert.key, &Flapping::key);
  const auto before = known == state.flapping.end() ? 0 : known->number;
  if (change.kind == Kind::flapping && number != 0) {
    if (known == state.flapping.end())
      state.flapping.push_back({change.alert.key, number});
    else
      known->number = number;
  } else if ((change.kind == Kind::resolved || change.kind == Kind::fired) && known != state.flapping.end()) {
    state.flapping.erase(known);
  }
  return before;
}

// Of the alerts that were kept untold, those that still are bad and that nothing silences any more.
void addAfterSilence(const Followed& before, Followed& after, std::span<const Alert> alerts,
                     std::span<const Silence> silences, Instant now, std::vector<Apart>& notified) {
  constexpr Duration kStillBad = std::chrono::minutes(30);
  std::erase_if(after.untold, [&](const Untold& one) {
    const auto alert = std::ranges::find(alerts, one.key, &Alert::key);
    if (alert == alerts.end() || !rules::active(alert->state)) return true;
    Incident* incident = incidentOf(before, after, one.key);
    if (incident != nullptr && !incident->byAlerts) return true;  // it is told with that
    const bool waits = alert->state != rules::AlertState::firing || now - alert->lastBad > kStillBad ||
                       isSilenced(silences, one.key, incident, now);
    if (waits) return false;
    auto change = firedAfterSilence(*alert, now);
    if (incident != nullptr) markNotified(*incident, change);
    notified.push_back({std::move(change), incident != nullptr ? incident->number : 0});
    return true;
  });
}

}  // namespace

namespace {

// What is open or goes on, and no change has said so.
void notifySilent(Followed& after, std::span<const Alert> alerts, std::span<const Silence> silences,
                  Instant now, std::vector<Apart>& notified) {
  for (Incident& incident : after.incidents) {
    const bool isKnown = incident.notified && !incident.notified->closed;
    if (isKnown || !incident.byAlerts || !isLive(incident.state)) continue;
    const Alert* gravest = gravestOf(incident, alerts, now);
    if (gravest == nullptr || isSilenced(silences, gravest->key, &incident, now)) continue;
    notified.push_back({firedAsOf(now, *gravest, incident), incident.number});
    markNotified(incident, notified.back().change);
  }
  for (const Alert& alert : alerts) {
    if (!isBadNow(alert, now) || familyOf(alert) == Family::rule ||
        isSilenced(silences, alert.key, nullptr, now))
      continue;
    const Incident* place = placeOf(after, alert.key);
    if (place == nullptr || place->notified || isLive(place->state) || !place->endedAt ||
        now - *place->endedAt < kGoesOn)
      continue;
    notified.push_back({firedAsOf(now, alert, *place)});
    std::erase(after.find(place->number)->members, alert.key);
    after.apart.insert(std::ranges::upper_bound(after.apart, alert.key), alert.key);
  }
}

}  // namespace

std::vector<Apart> notifiedApart(const Followed& before, Followed& after, std::span<const Alert> alerts,
                                 std::span<const rules::Change> changes, Instant now,
                                 std::span<const Silence> silences) {
  std::vector<Apart> notified;
  for (const rules::Change& change : changes) {
    const AlertKey& key = change.alert.key;
    if (std::ranges::binary_search(after.apart, key)) {
      if (!keepUntold(after, change, isSilenced(silences, key, nullptr, now))) notified.push_back({change});
      continue;
    }
    const Incident* place = placeOf(after, key);
    if (place == nullptr) place = placeOf(before, key);
    Incident* incident = place != nullptr ? after.find(place->number) : nullptr;
    if (incident == nullptr && (place != nullptr || waits(after, key) || waits(before, key))) continue;
    const auto more = incident != nullptr ? moreThanTold(*incident, change) : std::nullopt;
    if (incident != nullptr && !incident->byAlerts && !more) continue;
    if (incident != nullptr && change.kind == rules::Change::Kind::reminded &&
        isAcknowledged(*incident, change.at))
      continue;
    if (keepUntold(after, change, isSilenced(silences, key, incident, now))) continue;
    if (incident != nullptr) markNotified(*incident, change);
    if (more && !incident->byAlerts) incident->notified->share = std::max(incident->notified->share, *more);
    std::int64_t number = incident != nullptr ? incident->number : 0;
    const auto flapped = flappingNumber(after, change, number);
    if (number == 0 && after.find(flapped) != nullptr) number = flapped;
    Apart& one = notified.emplace_back(Apart{change, number});
    if (change.kind == rules::Change::Kind::resolved && incident != nullptr && isLive(incident->state))
      std::ranges::remove_copy(incident->members, std::back_inserter(one.goOn), change.alert.key);
  }
  addAfterSilence(before, after, alerts, silences, now, notified);
  notifySilent(after, alerts, silences, now, notified);
  std::set<AlertKey> active;
  for (const Alert& alert : alerts)
    if (rules::active(alert.state)) active.insert(alert.key);
  std::erase_if(after.apart, [&](const AlertKey& key) { return !active.contains(key); });
  std::erase_if(after.flapping, [&](const Flapping& one) {
    const auto alert = std::ranges::find(alerts, one.key, &Alert::key);
    return alert == alerts.end() || !alert->flapping;
  });
  return notified;
}

std::vector<Change> release(Followed& state, std::string_view account, Instant now) {
  std::vector<Change> changes;
  for (Incident& incident : state.incidents) {
    if (incident.account != account || !isLive(incident.state)) continue;
    incident.state = State::ended;
    incident.since = now;
    incident.endedAt = now;
    incident.members.clear();
    changes.push_back({Change::Kind::ended, now, incident, {}});
  }
  for (Incident& incident : state.incidents)
    if (incident.account == account) incident.members.clear();
  std::erase_if(state.unexplained,
                [&](const Unexplained& one) { return one.key.subject.account == account; });
  return changes;
}

}  // namespace arrivald::incidents
