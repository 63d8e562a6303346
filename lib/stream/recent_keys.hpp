// RecentKeys: the set of keys seen within a horizon, in 8 bytes per slot.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::stream {

/// A key is remembered for at least the horizon and at most two hours longer, counted from the hour in which
/// it was added. 56 of its 64 bits are kept, so among N remembered keys a new one is mistaken for a known one
/// with probability N / 2^56: with 10 million keys, once in 7 · 10^9 look-ups. Memory: 8 B per slot of hash
/// tables that are between 3/8 and 3/4 full, 11 to 22 B per key. The keys are split over 256 tables that grow
/// one at a time, so that no call blocks the loop thread for long. Pure; not
/// thread-safe.
class RecentKeys {
 public:
  explicit RecentKeys(Duration horizon = std::chrono::hours(26));

  /// Rounded up to hours, between 1 and 199.
  void setHorizon(Duration horizon);
  bool contains(std::uint64_t key, Instant now) const;
  /// False if the key was known. `seen` is when it was seen; one older than the horizon is not kept.
  bool add(std::uint64_t key, Instant seen);
  /// Prefetches the key's slot into the CPU cache.
  void prefetch(std::uint64_t key) const;
  void remove(std::uint64_t key);
  /// Removes expired keys from one of the tables: 256 calls cover all. Call it a few times a minute.
  void age(Instant now);
  /// The clock was set by `step`: ages of keys do not change. Constant time.
  void shift(Duration step) { shifted_ += step; }
  std::size_t size() const { return size_; }

 private:
  struct Table {
    std::vector<std::uint64_t> slots;  // 0: free; upper 56 bits of the key, lower 8 of the hour
    std::size_t used = 0;
  };
  static std::uint64_t slotOf(std::uint64_t key, std::int64_t hour);
  /// Hours as they would be counted had the clock never been set.
  std::int64_t hourOf(Instant at) const;
  bool expired(std::uint64_t slot, std::int64_t hour) const;
  static std::size_t find(const Table& table, std::uint64_t key);
  static void erase(Table& table, std::size_t at);
  static void grow(Table& table);

  std::int64_t hours_ = 0;
  Duration shifted_{};  // sum of the steps of the clock
  std::array<Table, 256> tables_;
  std::size_t next_ = 0;  // the next table to age
  std::size_t size_ = 0;
};

}  // namespace arrivald::stream
