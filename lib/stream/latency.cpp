#include "stream/latency.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald::stream {
namespace {

constexpr double kStepsPerDoubling = 4;

std::int64_t minuteOf(Instant at) {
  return std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count();
}
std::int64_t hourOf(Instant at) {
  return std::chrono::floor<std::chrono::hours>(at.time_since_epoch()).count();
}

template <class Slots>
void put(Slots& slots, std::int64_t stamp, std::size_t bucket) {
  auto& slot = slots[static_cast<std::size_t>(stamp % static_cast<std::int64_t>(slots.size()))];
  if (slot.stamp > stamp) return;  // older than the ring reaches
  if (slot.stamp != stamp) {
    slot.stamp = stamp;
    slot.counts.assign(kLatencyBuckets, 0);
  }
  ++slot.counts[bucket];
}

}  // namespace

std::size_t latencyBucket(Duration latency) {
  const double seconds = static_cast<double>(latency.count()) / 1000;
  if (seconds <= 1) return 0;
  return std::min(kLatencyBuckets - 1, static_cast<std::size_t>(std::log2(seconds) * kStepsPerDoubling) + 1);
}

Duration latencyOf(std::size_t bucket) {
  if (bucket == 0) return std::chrono::milliseconds(500);
  const double seconds = std::exp2((static_cast<double>(bucket) - 0.5) / kStepsPerDoubling);
  return Duration(static_cast<std::int64_t>(seconds * 1000));
}

void LatencyWindow::add(Duration latency, Instant at, Instant now) {
  if (at > now) at = now;
  const auto bucket = latencyBucket(latency);
  if (now - at < std::chrono::hours(1)) put(minutes_, minuteOf(at), bucket);
  if (now - at < std::chrono::hours(24)) put(hours_, hourOf(at), bucket);
}

LatencyWindow::Summary LatencyWindow::over(Duration window, Instant now) const {
  std::array<std::int64_t, kLatencyBuckets> sums{};
  const auto gather = [&](const auto& slots, std::int64_t from, std::int64_t to) {
    for (const auto& slot : slots)
      if (slot.stamp > from && slot.stamp <= to)
        for (std::size_t i = 0; i < kLatencyBuckets; ++i) sums[i] += slot.counts[i];
  };
  if (window <= std::chrono::hours(1))
    gather(minutes_, minuteOf(now) - std::chrono::ceil<std::chrono::minutes>(window).count(), minuteOf(now));
  else
    gather(hours_, hourOf(now) - std::chrono::ceil<std::chrono::hours>(window).count(), hourOf(now));
  Summary summary;
  for (const auto sum : sums) summary.count += sum;
  const auto percentile = [&](double share) -> std::optional<Duration> {
    if (summary.count == 0) return std::nullopt;
    auto left = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(summary.count)));
    for (std::size_t i = 0; i < kLatencyBuckets; ++i) {
      left -= sums[i];
      if (left <= 0) return latencyOf(i);
    }
    return latencyOf(kLatencyBuckets - 1);
  };
  summary.median = percentile(0.5);
  summary.p95 = percentile(0.95);
  summary.p99 = percentile(0.99);
  return summary;
}

std::optional<double> LatencyWindow::usualShareBeyond(Duration limit, Instant now) const {
  constexpr std::int64_t kEnough = 200;
  const auto bucket = latencyBucket(limit);
  std::int64_t all = 0, beyond = 0;
  for (const auto& slot : hours_) {
    if (slot.stamp <= hourOf(now) - 24 || slot.stamp > hourOf(now) - 2) continue;
    for (std::size_t i = 0; i < kLatencyBuckets; ++i) {
      all += slot.counts[i];
      if (i > bucket) beyond += slot.counts[i];
    }
  }
  if (all < kEnough) return std::nullopt;
  return static_cast<double>(beyond) / static_cast<double>(all);
}

}  // namespace arrivald::stream
