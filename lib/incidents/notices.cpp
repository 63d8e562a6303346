#include "incidents/notices.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "incidents/course.hpp"
#include "rules/probability.hpp"

namespace arrivald::incidents {
namespace {

constexpr double kZ = 1.96;

using What = Notice::Kind;

Duration reminderAfter(int sent, const NoticePolicy& policy) {
  const auto count = static_cast<int>(policy.reminders.size());
  if (sent < count) return policy.reminders[static_cast<std::size_t>(sent)];
  return policy.reminders.back() * (sent - count + 2);
}

bool isWorse(const Incident& incident, const Notified& notified, Instant now, const NoticePolicy& policy) {
  if (notified.share <= 0 || incident.root.family == Family::rule) return false;
  // Late mail grows by itself while its window fills.
  const bool waits = incident.root.family == Family::waiting;
  const auto every = waits ? std::max(policy.worseEvery, incident.window) : policy.worseEvery;
  if (now - notified.worseAt.value_or(notified.openedAt) < every ||
      now - incident.lastBad > policy.remindWithin)
    return false;
  return incident.numbers.share() >= policy.worse * notified.share &&
         rules::wilsonLower(incident.numbers.seen, incident.numbers.mails, kZ) >
             policy.worseBound * notified.share;
}

// Its numbers are those of the time when it had its stream, and an alert of it has told worse since.
bool isOutdated(const Incident& incident, const Notified& notified) {
  return incident.statisticsSince && isFarMore(notified.share, incident.numbers.share());
}

bool isDue(const Incident& incident, const Notified& notified, Instant now, const NoticePolicy& policy) {
  if (isOutdated(incident, notified) || policy.reminders.empty() || isAcknowledged(incident, now) ||
      now - notified.openedAt < reminderAfter(notified.reminders, policy))
    return false;
  return now - incident.lastBad <= policy.remindWithin;
}

// Other kinds of the same mail are news where one is named for the first time, or quite another than before.
// The replies stand in every notification: that they are counted under one name more or fewer is none.
bool areOtherKinds(const Root& root, const Root& before) {
  if (root.kinds.empty()) return false;
  if (before.kinds.empty()) return root.kinds.size() == 1 && root.kinds.front() != Kind::unspecified;
  return std::ranges::none_of(
      root.kinds, [&](Kind kind) { return std::ranges::find(before.kinds, kind) != before.kinds.end(); });
}

// Another name that is worth a notice: one that has lasted.
// How mail waits is no cause.
bool isOtherName(const Root& root, const Root& before) {
  if (root.categories != before.categories || root.receivers != before.receivers ||
      root.family != before.family)
    return true;
  return root.family != Family::waiting && areOtherKinds(root, before);
}

bool isNamedAnew(const Incident& incident, const Notified& notified, Instant now,
                 const NoticePolicy& policy) {
  return isOtherName(incident.root, notified.root) && now - incident.rootSince >= policy.rootLasts &&
         now - notified.last >= policy.rootAfter &&
         (!notified.rootAt || now - *notified.rootAt >= policy.rootEvery);
}

bool changed(std::span<const Change> changes, std::int64_t number, Change::Kind kind) {
  return std::ranges::any_of(
      changes, [&](const Change& change) { return change.kind == kind && change.incident.number == number; });
}

// What is notified of an incident that has been notified before.
std::optional<What> next(const Incident& incident, std::span<const Change> changes, Instant now,
                         const NoticePolicy& policy) {
  const Notified& notified = *incident.notified;
  if (!isLive(incident.state)) {
    if (notified.closed) return std::nullopt;
    return incident.state == State::merged  ? What::merged
           : incident.state == State::ended ? What::ended
                                            : What::resolved;
  }
  if (changed(changes, incident.number, Change::Kind::unstable)) return What::unstable;
  if (incident.worstSeverity > notified.severity && incident.worstSeverity == rules::Severity::critical)
    return notified.closed ? What::reopened : What::critical;
  if (notified.closed) return What::reopened;
  if (incident.unstable || incident.state == State::quiet) return std::nullopt;
  if (isWorse(incident, notified, now, policy)) return What::worse;
  if (isNamedAnew(incident, notified, now, policy))
    return contains(incident.root, notified.root) && !contains(notified.root, incident.root) ? What::spread
                                                                                             : What::renamed;
  if (isDue(incident, notified, now, policy)) return What::reminder;
  return std::nullopt;
}

bool mayOpen(const Incident& incident, Instant now, const NoticePolicy& policy) {
  if (incident.state != State::open) return false;
  return incident.worstSeverity == rules::Severity::critical || now - incident.openedAt >= policy.hold;
}

bool isBad(const Incident& incident, Instant now, const NoticePolicy& policy) {
  return incident.state == State::open && now - incident.lastBad <= policy.remindWithin;
}

// Returns whether it was silenced until this look.
bool setSilenced(Incident& incident, const Silence* by, Instant now) {
  if (by == nullptr) {
    const bool was = incident.silenced.has_value();
    incident.silenced.reset();
    return was;
  }
  if (!incident.silenced) incident.silenced = Silenced{*by, now};
  if (by->end > incident.silenced->by.end) incident.silenced->announced = false;
  incident.silenced->by = *by;
  return false;
}

// A short silence has hardly begun by then.
bool mayAnnounce(const Incident& incident, Instant now, const NoticePolicy& policy) {
  const Silenced& silenced = *incident.silenced;
  return !silenced.announced && silenced.by.end - now <= policy.announce &&
         silenced.by.end - silenced.by.begin > 2 * policy.announce && isBad(incident, now, policy) &&
         !isAcknowledged(incident, now);
}

std::optional<What> afterSilence(const Incident& incident, std::optional<What> kind, Instant now,
                                 const NoticePolicy& policy) {
  if (kind == What::critical || kind == What::reopened || kind == What::unstable) return kind;
  const bool tells = !incident.notified->closed && isBad(incident, now, policy) &&
                     !isAcknowledged(incident, now) && !incident.unstable;
  return tells ? What::unsilenced : kind;
}

void endSilences(Followed& state, Instant now) {
  constexpr Duration kKept = std::chrono::days(3);
  for (Silence& one : state.silences) {
    if (!one.untilOver || !isActive(one, now)) continue;
    const Incident* incident = state.find(one.incident);
    if (incident == nullptr || !isLive(incident->state)) one.end = now;
  }
  std::erase_if(state.silences, [&](const Silence& one) { return now - one.end > kKept; });
}

void mark(Incident& incident, What kind, Instant now, const NoticePolicy& policy) {
  const bool anew = !incident.notified;
  if (anew) incident.notified.emplace();
  Notified& notified = *incident.notified;
  if (anew || kind == What::reopened) {
    notified.openedAt = now;
    notified.severity = incident.worstSeverity;
    notified.share = 0;
    notified.reminders = 0;
    notified.worseAt.reset();
  }
  notified.closed = kind == What::resolved || kind == What::ended || kind == What::merged;
  notified.severity = std::max(notified.severity, incident.worstSeverity);
  notified.share = std::max(notified.share, incident.numbers.share());
  if (!anew && incident.root != notified.root) notified.rootAt = now;
  notified.root = incident.root;
  notified.last = now;
  if (kind == What::worse) notified.worseAt = now;
  // Those that fell due while it was acknowledged are not made up for.
  if (kind == What::reminder) do
      ++notified.reminders;
    while (now - notified.openedAt >= reminderAfter(notified.reminders, policy));
}

}  // namespace

std::string_view name(Notice::Kind kind) {
  constexpr std::array<std::string_view, 14> kNames{
      "opened", "critical", "spread", "renamed",  "worse",        "reminder",   "resolved",
      "ended",  "reopened", "merged", "unstable", "silence_ends", "unsilenced", "corrected"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Notice> notices(Followed& state, std::span<const Change> changes, Instant now,
                            const NoticePolicy& policy) {
  std::vector<Notice> all;
  endSilences(state, now);
  const auto silences = allSilences(state, policy.maintenance);
  for (Incident& incident : state.incidents) {
    const Silence* by = isLive(incident.state) ? silencing(silences, incident, now) : nullptr;
    const bool wasSilenced = setSilenced(incident, by, now);
    if (by != nullptr) {
      if (!mayAnnounce(incident, now, policy)) continue;
      incident.silenced->announced = true;
      all.push_back({What::silenceEnds, now, incident, incident.notified.value_or(Notified{})});
      continue;
    }
    if (incident.byAlerts) continue;
    std::optional<What> kind;
    if (incident.notified)
      kind = next(incident, changes, now, policy);
    else if (mayOpen(incident, now, policy))
      kind = What::opened;
    if (incident.notified && wasSilenced) kind = afterSilence(incident, kind, now, policy);
    if (!kind) continue;
    const Notified before = incident.notified.value_or(Notified{});
    mark(incident, *kind, now, policy);
    all.push_back({*kind, now, incident, before});
  }
  return all;
}

namespace {

// Whether a side or a step other than what was notified is worth a notice by now.
bool isCorrected(const Incident& incident, Instant now, const NoticePolicy& policy) {
  const Notified& notified = *incident.notified;
  const Advised& advised = notified.advised;
  if (incident.state != State::open || incident.unstable || incident.silenced) return false;
  const bool isCounted = !incident.byAlerts && incident.root.family != Family::rule;
  if (isCounted && incident.numbers.seen < policy.adviceFewest) return false;
  return now - *advised.otherSince >= policy.adviceLasts && now - notified.last >= policy.adviceAfter &&
         (!advised.correctedAt || now - *advised.correctedAt >= policy.adviceEvery);
}

}  // namespace

std::vector<Notice> corrections(Followed& state, const std::map<std::int64_t, Advice>& advice,
                                std::span<const std::int64_t> notified, Instant now,
                                const NoticePolicy& policy) {
  std::vector<Notice> all;
  for (Incident& incident : state.incidents) {
    const auto known = advice.find(incident.number);
    if (known == advice.end() || !incident.notified || incident.notified->closed) continue;
    const Advice& present = known->second;
    Advised& advised = incident.notified->advised;
    const bool isTold = std::ranges::find(notified, incident.number) != notified.end();
    if (isTold || advised.told.empty()) advised.told = present.key;
    if (advised.told == present.key || !present.isFounded) {
      advised.other.clear();
      advised.otherSince.reset();
      continue;
    }
    if (advised.other != present.key) {
      advised.other = present.key;
      advised.otherSince = now;
    }
    if (!isCorrected(incident, now, policy)) continue;
    const Notified before = *incident.notified;
    mark(incident, What::corrected, now, policy);
    incident.notified->advised = {.told = present.key, .other = {}, .otherSince = {}, .correctedAt = now};
    all.push_back({What::corrected, now, incident, before});
  }
  return all;
}

void markSilenced(Followed& state, const std::vector<Silence>& maintenance, Instant now) {
  const auto silences = allSilences(state, maintenance);
  for (Incident& incident : state.incidents)
    if (const Silence* by = isLive(incident.state) ? silencing(silences, incident, now) : nullptr)
      setSilenced(incident, by, now);
}

std::vector<Silence> allSilences(const Followed& state, const std::vector<Silence>& maintenance) {
  auto all = state.silences;
  all.insert(all.end(), maintenance.begin(), maintenance.end());
  return all;
}

}  // namespace arrivald::incidents
