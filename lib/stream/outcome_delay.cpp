#include "stream/outcome_delay.hpp"

#include <algorithm>

namespace arrivald::stream {

void OutcomeDelay::note(Instant at, Instant received) {
  const auto delay = std::max(Duration{}, received - at);
  if (delay > longest_) return;
  seconds_[next_] = static_cast<std::uint16_t>(delay / std::chrono::seconds(1));
  if (++next_ == seconds_.size()) next_ = 0;
  if (known_ < seconds_.size()) ++known_;
}

std::optional<Duration> OutcomeDelay::nineInTen() const {
  if (known_ < kEnough) return std::nullopt;
  auto sorted = seconds_;
  const auto rank = sorted.begin() + 9 * known_ / 10;
  std::nth_element(sorted.begin(), rank, sorted.begin() + known_);
  return std::chrono::seconds(*rank);
}

}  // namespace arrivald::stream
