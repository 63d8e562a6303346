// FailureClusters: failures that come together: of one recipient domain within one minute. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::stream {

/// Of the last 25 hours, in at most 10,000 entries (about 1 MB). When it is full, single failures of past
/// minutes are forgotten first, then the oldest entries. What is forgotten is missing in beyond(), so that
/// more failures count than should, never fewer. Not thread-safe.
class FailureClusters {
 public:
  static constexpr Duration kKept = std::chrono::hours(25);
  static constexpr std::size_t kMaxEntries = 10'000;

  /// One failure that happened at `at` and was added to the counts at `added`.
  void add(std::string_view domain, std::uint16_t group, Instant at, Instant added);
  /// The counts have been moved into the windows: what is added from now on is in the next flush.
  void flush(Instant now);

  /// Failures beyond the first of a domain and minute.
  struct Excess {
    Instant at;     ///< the end of the minute
    Instant added;  ///< to the counts
    std::int64_t failures = 0;
  };
  /// All failures beyond the first `max` of each domain and minute. `group`: of receivers; nothing: all.
  std::vector<Excess> beyond(std::int64_t max, std::optional<std::uint16_t> group) const;

  /// Moves with the wall clock.
  void shift(Duration step);
  std::size_t entries() const { return entries_; }

 private:
  struct Key {
    Instant minute;        // its end
    std::uint64_t domain;  // its fingerprint
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Entry {
    Instant added;
    std::int64_t failures = 0;
  };
  struct Cluster {
    std::uint16_t group = 0;
    std::vector<Entry> entries;  // in the order in which they were added
    bool single() const { return entries.size() == 1 && entries.front().failures == 1; }
  };
  using Clusters = std::map<Key, Cluster>;
  Clusters::iterator forget(Clusters::iterator cluster);
  void makeRoom();

  Clusters clusters_;
  std::size_t entries_ = 0;
  Instant flushed_{};
};

}  // namespace arrivald::stream
