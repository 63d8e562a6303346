// Latency: how long mail takes, over the last hour and the last day, to within a tenth.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::stream {

/// Buckets grow by 2^(1/4) from one second to 8 days: a percentile is off by at most 9.1 % (half a bucket's
/// ratio).
inline constexpr std::size_t kLatencyBuckets = 80;
std::size_t latencyBucket(Duration latency);
/// The middle of a bucket, geometrically.
Duration latencyOf(std::size_t bucket);

/// Sliding sums: 60 slots of a minute and 24 of an hour, each its own histogram. About 27 KB when full.
class LatencyWindow {
 public:
  /// `at` is when the message was delivered; older than a day is left out.
  void add(Duration latency, Instant at, Instant now);

  struct Summary {
    std::int64_t count = 0;
    std::optional<Duration> median, p95, p99;
  };
  /// Over the last `window`: up to an hour by minutes, beyond by hours.
  Summary over(Duration window, Instant now) const;
  /// The usual share of mail that takes longer than `limit` (to the bucket): of the last day but its last two
  /// hours, which may not be usual. Nothing of fewer than 200 mails.
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
