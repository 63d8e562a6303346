#include "base/clock.hpp"

#include <ctime>

namespace arrivald {
namespace {

Duration read(clockid_t id) {
  timespec value{};
  clock_gettime(id, &value);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(value.tv_sec) +
                                              std::chrono::nanoseconds(value.tv_nsec));
}

}  // namespace

Instant SystemClock::now() const { return Instant(read(CLOCK_REALTIME)); }
Duration SystemClock::sinceBoot() const { return read(CLOCK_BOOTTIME); }

AcceleratedClock::AcceleratedClock(Instant start, double speed)
    : start_(start), speed_(speed), begun_(system_.sinceBoot()) {}

Duration AcceleratedClock::sinceBoot() const {
  const auto real = system_.sinceBoot() - begun_;
  return Duration(static_cast<Duration::rep>(static_cast<double>(real.count()) * speed_));
}

std::chrono::nanoseconds AcceleratedClock::realTime(Duration span) const {
  const auto real = static_cast<double>(std::chrono::nanoseconds(span).count()) / speed_;
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(real) + 1);
}

Duration StepDetector::observe(const Clock& clock) {
  const auto offset = clock.now().time_since_epoch() - clock.sinceBoot();
  const auto step = looked_ ? offset - offset_ : Duration{};
  looked_ = true;
  offset_ = offset;
  return step > tolerance_ || step < -tolerance_ ? step : Duration{};
}

}  // namespace arrivald
