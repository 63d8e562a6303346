#include "watch/clock_steps.hpp"

#include <charconv>
#include <string>

namespace arrivald::watch {
namespace {

constexpr std::string_view kLastSeenKey = "last_seen";
constexpr Duration kTolerance = std::chrono::seconds(2);

}  // namespace

Duration ClockSteps::aheadOfClock() {
  const auto stored = meta_.get(kLastSeenKey);
  std::int64_t milliseconds = 0;
  if (stored) std::from_chars(stored->data(), stored->data() + stored->size(), milliseconds);
  const auto ahead = fromUnixMilliseconds(milliseconds) - clock_.now();
  return ahead > kTolerance ? ahead : Duration{};
}

void ClockSteps::remember(Instant now) { meta_.put(kLastSeenKey, std::to_string(unixMilliseconds(now))); }

void ClockSteps::storeMissed() {
  for (const auto& [owner, step] : missed_) owner->storeShift(step);
}

}  // namespace arrivald::watch
