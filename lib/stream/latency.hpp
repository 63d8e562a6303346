// Latency: histograms of delivery times over the last hour and the last day.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::stream {

/// Bucket bounds grow by the factor 2^(1/4) from one second to 8 days, so a percentile is off by at most 9.1
/// % (half a bucket, geometrically).
inline constexpr std::size_t kLatencyBuckets = 80;
std::size_t latencyBucket(Duration latency);
/// The geometric middle of a bucket.
Duration latencyOf(std::size_t bucket);

/// Sliding histograms: 60 slots of a minute and 25 of an hour. About 27 KB when full. Pure; not thread-safe.
class LatencyWindow {
 public:
  /// `at` is when the message was delivered; measurements older than a day are ignored.
  void add(Duration latency, Instant at, Instant now);

  struct Summary {
    std::int64_t count = 0;
    std::optional<Duration> median, p95, p99;
  };
  /// Over the last `window`: up to an hour in steps of a minute, beyond in steps of an hour.
  Summary over(Duration window, Instant now) const;
  /// The fraction (0 to 1) of messages that usually take longer than `limit` (to the bucket), over the last
  /// day without its last two hours, which may be unusual. Empty with fewer than 200 messages.
  std::optional<double> usualShareBeyond(Duration limit, Instant now) const;

 private:
  struct Slot {
    std::int64_t stamp = -1;  // minute or hour since 1970
    std::vector<std::uint32_t> counts;
  };
  std::array<Slot, 60> minutes_;
  std::array<Slot, 25> hours_;
};

}  // namespace arrivald::stream
