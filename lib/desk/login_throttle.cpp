#include "desk/login_throttle.hpp"

#include <algorithm>
#include <vector>

namespace arrivald::desk {

void LoginThrottle::load() {
  for (auto& row : table_.all()) {
    Key key{row.user, row.from};
    pairs_.insert_or_assign(std::move(key), std::move(row));
  }
}

void LoginThrottle::shift(Duration step) {
  for (auto& [key, row] : pairs_) {
    row.last += step;
    row.lockedUntil += step;
  }
  for (auto& [address, failures] : addresses_)
    for (auto& failure : failures) failure += step;
}

LoginThrottle::Wait LoginThrottle::wait(const std::string& user, const std::string& from) const {
  const auto now = clock_.now();
  const auto address = addresses_.find(from);
  if (address != addresses_.end() && address->second.size() >= kAddressFailures) {
    const auto until = address->second.front() + kAddressWindow;
    if (until > now) return {Wait::Of::address, until - now};
  }
  const auto pair = pairs_.find({user, from});
  if (pair != pairs_.end() && pair->second.lockedUntil > now)
    return {Wait::Of::user, pair->second.lockedUntil - now};
  return {};
}

void LoginThrottle::failed(const std::string& user, const std::string& from) {
  makeRoom();
  const auto now = clock_.now();
  auto& recent = addresses_[from];
  recent.push_back(now);
  while (recent.size() > kAddressFailures) recent.pop_front();

  auto& row = pairs_[{user, from}];
  row.user = user;
  row.from = from;
  // A day without a failure is a new beginning.
  if (now - row.last > kMaxWait + kFirstWait) row.failures = 0;
  row.last = now;
  ++row.failures;
  if (row.failures % kFailures == 0) {
    auto wait = kFirstWait;
    for (auto round = row.failures / kFailures; round > 1 && wait < kMaxWait; --round) wait *= 2;
    row.lockedUntil = now + std::min(wait, kMaxWait);
  }
  static_cast<void>(database_.transact([&] { table_.put(row); }));
}

void LoginThrottle::succeeded(const std::string& user, const std::string& from) { forget({user, from}); }

bool LoginThrottle::isKept(const std::string& user) const {
  const auto first = pairs_.lower_bound(Key(user, ""));
  return first != pairs_.end() && first->first.first == user;
}

std::size_t LoginThrottle::unlock(const std::string& user) {
  std::vector<Key> keys;
  for (const auto& [key, row] : pairs_)
    if (key.first == user) keys.push_back(key);
  std::size_t waiting = 0;
  for (const auto& key : keys) {
    if (pairs_.at(key).lockedUntil > clock_.now()) ++waiting;
    addresses_.erase(key.second);
    forget(key);
  }
  return waiting;
}

void LoginThrottle::forget(const Key& key) {
  if (pairs_.erase(key) == 0) return;
  static_cast<void>(database_.transact([&] { table_.remove(key.first, key.second); }));
}

void LoginThrottle::makeRoom() {
  const auto now = clock_.now();
  std::erase_if(addresses_, [&](const auto& one) { return now - one.second.back() > kAddressWindow; });
  const auto earlier = [](const auto& a, const auto& b) { return a.second.back() < b.second.back(); };
  if (addresses_.size() >= kMaxKept)
    addresses_.erase(std::min_element(addresses_.begin(), addresses_.end(), earlier));
  if (pairs_.size() < kMaxKept) return;
  const auto oldest = std::min_element(pairs_.begin(), pairs_.end(), [](const auto& a, const auto& b) {
    return a.second.last < b.second.last;
  });
  forget(Key(oldest->first));
}

}  // namespace arrivald::desk
