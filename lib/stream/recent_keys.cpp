#include "stream/recent_keys.hpp"

#include <algorithm>

namespace arrivald::stream {
namespace {

constexpr std::uint64_t kKeyBits = ~std::uint64_t{0xFF};
constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
constexpr std::size_t kSmallest = 16;

std::size_t home(std::uint64_t slot, std::size_t room) {
  return static_cast<std::size_t>((slot >> 8) * 0x9E3779B97F4A7C15ULL >> 32) & (room - 1);
}

}  // namespace

RecentKeys::RecentKeys(Duration horizon) { setHorizon(horizon); }

void RecentKeys::setHorizon(Duration horizon) {
  // The hour is stored modulo 256.
  hours_ = std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::hours>(horizon).count() + 1, 2, 200);
}

std::uint64_t RecentKeys::slotOf(std::uint64_t key, std::int64_t hour) {
  const auto bits = key & kKeyBits;
  return (bits == 0 ? std::uint64_t{0x100} : bits) | (static_cast<std::uint64_t>(hour) & 0xFF);
}

std::int64_t RecentKeys::hourOf(Instant at) const {
  return std::chrono::floor<std::chrono::hours>(at.time_since_epoch() - shifted_).count();
}

bool RecentKeys::expired(std::uint64_t slot, std::int64_t hour) const {
  const auto age = static_cast<std::uint8_t>(static_cast<std::uint64_t>(hour) - slot);
  // Ages of 206 and more are negative ones modulo 256, of keys that were seen up to 50 hours after `hour`.
  return age > hours_ && age < 206;
}

std::size_t RecentKeys::find(const Table& table, std::uint64_t key) {
  if (table.slots.empty()) return kNowhere;
  const auto mask = table.slots.size() - 1;
  const auto wanted = slotOf(key, 0) & kKeyBits;
  for (auto at = home(wanted, table.slots.size()); table.slots[at] != 0; at = (at + 1) & mask)
    if ((table.slots[at] & kKeyBits) == wanted) return at;
  return kNowhere;
}

void RecentKeys::prefetch(std::uint64_t key) const {
  const auto& table = tables_[key >> 56];
  if (!table.slots.empty())
    __builtin_prefetch(&table.slots[home(slotOf(key, 0) & kKeyBits, table.slots.size())], 1);
}

bool RecentKeys::contains(std::uint64_t key, Instant now) const {
  const auto& table = tables_[key >> 56];
  const auto at = find(table, key);
  return at != kNowhere && !expired(table.slots[at], hourOf(now));
}

bool RecentKeys::add(std::uint64_t key, Instant seen) {
  auto& table = tables_[key >> 56];
  const auto hour = hourOf(seen);
  if (const auto at = find(table, key); at != kNowhere) {
    if (!expired(table.slots[at], hour)) return false;
    table.slots[at] = slotOf(key, hour);
    return true;
  }
  if (table.slots.empty() || (table.used + 1) * 4 > table.slots.size() * 3) grow(table);
  const auto slot = slotOf(key, hour);
  const auto mask = table.slots.size() - 1;
  auto at = home(slot & kKeyBits, table.slots.size());
  while (table.slots[at] != 0) at = (at + 1) & mask;
  table.slots[at] = slot;
  ++table.used;
  ++size_;
  return true;
}

void RecentKeys::remove(std::uint64_t key) {
  auto& table = tables_[key >> 56];
  if (const auto at = find(table, key); at != kNowhere) {
    erase(table, at);
    --size_;
  }
}

// Moves the following slots back, so that no search ends early (Knuth, vol. 3, 6.4, algorithm R).
void RecentKeys::erase(Table& table, std::size_t at) {
  const auto mask = table.slots.size() - 1;
  auto hole = at;
  for (auto next = (hole + 1) & mask; table.slots[next] != 0; next = (next + 1) & mask) {
    const auto wanted = home(table.slots[next] & kKeyBits, table.slots.size());
    const bool between = hole <= next ? wanted > hole && wanted <= next : wanted > hole || wanted <= next;
    if (between) continue;
    table.slots[hole] = table.slots[next];
    hole = next;
  }
  table.slots[hole] = 0;
  --table.used;
}

void RecentKeys::grow(Table& table) {
  std::vector<std::uint64_t> before(std::max(kSmallest, table.slots.size() * 2), 0);
  before.swap(table.slots);
  const auto mask = table.slots.size() - 1;
  for (const auto slot : before) {
    if (slot == 0) continue;
    auto at = home(slot & kKeyBits, table.slots.size());
    while (table.slots[at] != 0) at = (at + 1) & mask;
    table.slots[at] = slot;
  }
}

void RecentKeys::age(Instant now) {
  auto& table = tables_[next_];
  next_ = (next_ + 1) % tables_.size();
  const auto hour = hourOf(now);
  std::vector<std::uint64_t> kept;
  for (const auto slot : table.slots)
    if (slot != 0 && !expired(slot, hour)) kept.push_back(slot);
  if (kept.size() == table.used) return;
  size_ -= table.used - kept.size();
  std::size_t room = kept.empty() ? 0 : kSmallest;
  while (room != 0 && kept.size() * 4 > room * 3) room *= 2;
  table.slots.assign(room, 0);
  table.slots.shrink_to_fit();
  table.used = kept.size();
  for (const auto slot : kept) {
    auto at = home(slot & kKeyBits, room);
    while (table.slots[at] != 0) at = (at + 1) & (room - 1);
    table.slots[at] = slot;
  }
}

}  // namespace arrivald::stream
