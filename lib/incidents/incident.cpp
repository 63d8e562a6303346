#include "incidents/incident.hpp"

#include <algorithm>
#include <array>

namespace arrivald::incidents {
namespace {

constexpr std::array<std::string_view, 5> kStates{"open", "quiet", "resolved", "ended", "merged"};

}  // namespace

std::string_view name(State state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<State> stateNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kStates, wanted);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<State>(found - kStates.begin());
}

Incident* Followed::find(std::int64_t number) {
  const auto found = std::ranges::find(incidents, number, &Incident::number);
  return found == incidents.end() ? nullptr : &*found;
}

const Incident* Followed::find(std::int64_t number) const {
  const auto found = std::ranges::find(incidents, number, &Incident::number);
  return found == incidents.end() ? nullptr : &*found;
}

void shift(Followed& followed, Duration step) {
  const auto move = [step](auto&... instants) { ((instants += step), ...); };
  const auto moveKnown = [step](auto&... instants) { ((instants ? void(*instants += step) : void()), ...); };
  const auto moveSilence = [&](Silence& one) {
    move(one.created);
    if (!one.atTimes) move(one.begin, one.end);
  };
  for (Incident& one : followed.incidents) {
    move(one.since, one.openedAt, one.began, one.lastBad, one.rootSince);
    moveKnown(one.goodSince, one.endedAt, one.countedTo, one.statisticsSince, one.statisticsUntil);
    for (Hour& hour : one.hours) move(hour.begin);
    for (Instant& at : one.reopenings) move(at);
    if (one.notified) {
      move(one.notified->openedAt, one.notified->last);
      moveKnown(one.notified->rootAt, one.notified->worseAt, one.notified->advised.otherSince,
                one.notified->advised.correctedAt);
    }
    if (one.acknowledged) move(one.acknowledged->at, one.acknowledged->until);
    if (one.silenced) {
      move(one.silenced->since);
      moveSilence(one.silenced->by);
    }
  }
  for (Unexplained& one : followed.unexplained) move(one.since);
  for (Silence& one : followed.silences) moveSilence(one);
  for (Held& one : followed.held) move(one.since);
}

bool isAcknowledged(const Incident& incident, Instant now) {
  if (!incident.acknowledged || !isLive(incident.state)) return false;
  const Acknowledged& known = *incident.acknowledged;
  const bool wider = contains(incident.root, known.root) && !contains(known.root, incident.root);
  return now < known.until && incident.worstSeverity <= known.severity && !wider &&
         (incident.reopenings.empty() || incident.reopenings.back() <= known.at);
}

}  // namespace arrivald::incidents
