#include "incidents/notices.hpp"

#include <algorithm>
#include <array>
#include <optional>

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

bool isDue(const Incident& incident, const Notified& notified, Instant now, const NoticePolicy& policy) {
  if (policy.reminders.empty() || isAcknowledged(incident, now) ||
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
  constexpr std::array<std::string_view, 11> kNames{"opened",   "critical", "spread",   "renamed",
                                                    "worse",    "reminder", "resolved", "ended",
                                                    "reopened", "merged",   "unstable"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Notice> notices(Followed& state, std::span<const Change> changes, Instant now,
                            const NoticePolicy& policy) {
  std::vector<Notice> all;
  for (Incident& incident : state.incidents) {
    if (incident.byAlerts) continue;
    std::optional<What> kind;
    if (incident.notified)
      kind = next(incident, changes, now, policy);
    else if (mayOpen(incident, now, policy))
      kind = What::opened;
    if (!kind) continue;
    const Notified before = incident.notified.value_or(Notified{});
    mark(incident, *kind, now, policy);
    all.push_back({*kind, now, incident, before});
  }
  return all;
}

}  // namespace arrivald::incidents
