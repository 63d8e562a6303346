#include "base/timetable.hpp"

#include <algorithm>

namespace arrivald {
namespace {

constexpr Duration kLookAgain = std::chrono::minutes(1);
constexpr Duration kPause = std::chrono::seconds(1);
// Setting the wall clock back by less than this is a correction: the last run is not due again.
constexpr Duration kCorrection = std::chrono::minutes(1);
// Bounds the count, since a clock may be set forward by years.
constexpr std::int64_t kMaxMissed = 1'000;

}  // namespace

Moment momentOf(const Clock& clock) { return {clock.now(), clock.sinceBoot()}; }

void Timetable::dueAtOnce(Moment now) {
  byWall_ = false;
  dueBoot_ = notBefore_ = now.boot;
  looked_ = coveredTo_ = now.wall;
}

void Timetable::dueBySchedule(Moment now, double random) {
  dueAtOnce(now);
  const auto next = schedule_.next(now.wall, random);
  byWall_ = schedule_.isCron();
  dueWall_ = next;
  if (!byWall_) dueBoot_ = now.boot + (next - now.wall);
}

std::optional<Duration> Timetable::left(Moment now) {
  Duration rest{};
  if (byWall_) {
    if (now.wall < looked_ - kCorrection) {
      coveredTo_ = now.wall;
      dueWall_ = schedule_.next(now.wall, 0);
    }
    looked_ = now.wall;
    rest = std::max(dueWall_ - now.wall, notBefore_ - now.boot);
  } else {
    rest = std::max(dueBoot_, notBefore_) - now.boot;
  }
  if (rest <= Duration{}) return std::nullopt;
  return std::min(rest, kLookAgain);
}

Instant Timetable::next(Moment now) const {
  const auto pause = std::max(Duration{}, notBefore_ - now.boot);
  if (byWall_) return std::max(dueWall_, now.wall + pause);
  return now.wall + std::max(pause, dueBoot_ - now.boot);
}

std::int64_t Timetable::missedBy(Moment now) const {
  if (!byWall_) {
    // A retry stands for one run, however late it is.
    if (schedule_.isCron()) return 0;
    return std::max<std::int64_t>(0, (now.boot - dueBoot_) / schedule_.period(now.wall));
  }
  std::int64_t missed = 0;
  for (auto run = schedule_.next(dueWall_, 0); run <= now.wall && missed < kMaxMissed;
       run = schedule_.next(run, 0))
    ++missed;
  return missed;
}

std::int64_t Timetable::started(Moment now) {
  const auto missed = missedBy(now);
  started_ = now;
  looked_ = now.wall;  // so that left() detects a clock step that happens during the run
  return missed;
}

void Timetable::ended(Moment now, double random) {
  byWall_ = schedule_.isCron();
  notBefore_ = now.boot + kPause;
  if (byWall_) {
    // A clock that was set back a little must not make the same run due again.
    const auto start = started_.wall;
    if (start > coveredTo_ || start < coveredTo_ - kCorrection) coveredTo_ = start;
    dueWall_ = schedule_.next(coveredTo_, random);
  } else {
    dueBoot_ = started_.boot + (schedule_.next(started_.wall, random) - started_.wall);
  }
}

void Timetable::tryAgain(Moment now, Duration wait) {
  byWall_ = false;
  dueBoot_ = notBefore_ = now.boot + wait;
}

}  // namespace arrivald
