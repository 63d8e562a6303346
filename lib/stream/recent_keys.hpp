// RecentKeys: which keys were seen within a horizon, exactly, in 8 bytes a key and the room for growth.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::stream {

/// A key is remembered from the hour it was added for at least the horizon, and at most two hours longer. Of
/// 64 bits of a key 56 are kept, so among N remembered ones a new key is mistaken for a seen one with a
/// chance of N / 2^56: of 10 million in 7 · 10^9 cases once. Memory: 8 B a slot, tables between 3/8 and 3/4
/// full: 11 to 22 B a key. 256 tables grow one by one, so that none makes the loop wait. Pure; not
/// thread-safe.
class RecentKeys {
 public:
  explicit RecentKeys(Duration horizon = std::chrono::hours(26));

  /// Rounded up to hours, between 1 and 199.
  void setHorizon(Duration horizon);
  bool contains(std::uint64_t key, Instant now) const;
  /// False if it was known. `seen` is when it was seen; one older than the horizon is not kept.
  bool add(std::uint64_t key, Instant seen);
  /// Has the processor fetch where the key is or would be.
  void prefetch(std::uint64_t key) const;
  void remove(std::uint64_t key);
  /// Forgets what is too old in a slice of the tables: all of them in 256 calls. Call a few times a minute.
  void age(Instant now);
  std::size_t size() const { return size_; }
  std::size_t bytes() const;

 private:
  struct Table {
    std::vector<std::uint64_t> slots;  // 0: free; upper 56 bits of the key, lower 8 of the hour
    std::size_t used = 0;
  };
  static std::uint64_t slotOf(std::uint64_t key, std::int64_t hour);
  static std::int64_t hourOf(Instant at);
  bool expired(std::uint64_t slot, std::int64_t hour) const;
  static std::size_t find(const Table& table, std::uint64_t key);
  static void erase(Table& table, std::size_t at);
  static void grow(Table& table);

  std::int64_t hours_ = 0;
  std::array<Table, 256> tables_;
  std::size_t next_ = 0;  // to be aged
  std::size_t size_ = 0;
};

}  // namespace arrivald::stream
