#include "stream/failure_clusters.hpp"

#include <algorithm>

#include "stream/fingerprint.hpp"

namespace arrivald::stream {
namespace {

// Batches come within a few minutes: what is single by then stays so, but for batches that were tried again.
constexpr Duration kSettled = std::chrono::minutes(10);
// Failures added within this are one entry, unless a flush lies between.
constexpr Duration kTogether = std::chrono::seconds(1);

}  // namespace

void FailureClusters::add(std::string_view domain, std::uint16_t group, Instant at, Instant added) {
  added = std::max(added, flushed_ + std::chrono::milliseconds(1));
  const auto end = std::chrono::floor<std::chrono::minutes>(at) + std::chrono::minutes(1);
  const Key key{end, fingerprintOf({domain})};
  if (entries_ >= kMaxEntries) makeRoom();
  auto& cluster = clusters_[key];
  cluster.group = group;
  if (!cluster.entries.empty()) {
    auto& last = cluster.entries.back();
    if (last.added > flushed_ && added - last.added < kTogether) {
      ++last.failures;
      return;
    }
  }
  cluster.entries.push_back({added, 1});
  ++entries_;
}

FailureClusters::Clusters::iterator FailureClusters::forget(Clusters::iterator cluster) {
  entries_ -= cluster->second.entries.size();
  return clusters_.erase(cluster);
}

void FailureClusters::makeRoom() {
  const auto settled = clusters_.rbegin()->first.minute - kSettled;
  for (auto at = clusters_.begin(); at != clusters_.end() && at->first.minute < settled;)
    at = at->second.single() ? forget(at) : std::next(at);
  // A tenth at once, so that this is rare.
  while (entries_ > kMaxEntries - kMaxEntries / 10) forget(clusters_.begin());
}

void FailureClusters::flush(Instant now) {
  flushed_ = now;
  while (!clusters_.empty() && clusters_.begin()->first.minute <= now - kKept) forget(clusters_.begin());
}

std::vector<FailureClusters::Excess> FailureClusters::beyond(std::int64_t max,
                                                             std::optional<std::uint16_t> group) const {
  std::vector<Excess> all;
  for (const auto& [key, cluster] : clusters_) {
    if (group && cluster.group != *group) continue;
    std::int64_t left = max;
    for (const auto& entry : cluster.entries) {
      const auto counted = std::min(left, entry.failures);
      left -= counted;
      if (entry.failures > counted) all.push_back({key.minute, entry.added, entry.failures - counted});
    }
  }
  return all;
}

void FailureClusters::shift(Duration step) {
  Clusters moved;
  for (auto& [key, cluster] : clusters_) {
    for (auto& entry : cluster.entries) entry.added += step;
    moved.emplace_hint(moved.end(), Key{key.minute + step, key.domain}, std::move(cluster));
  }
  clusters_ = std::move(moved);
  if (flushed_ != Instant{}) flushed_ += step;
}

}  // namespace arrivald::stream
