#include "suppression/index.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace arrivald::suppression {
namespace {

// New fingerprints are inserted into a sorted vector one by one, so there must be few; each merge copies
// known_.
constexpr std::size_t kSettleAt = 4096;

}  // namespace

void Index::restore(std::vector<std::uint64_t> fingerprints) {
  known_ = std::move(fingerprints);
  std::sort(known_.begin(), known_.end());
  known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
  indexKnown();
  fresh_.clear();
  suspects_.clear();
  abandonCrawl();
}

bool Index::contains(std::uint64_t fingerprint) const {
  const auto place = placeOf(fingerprint);
  return (place < known_.size() && known_[place] == fingerprint) ||
         std::binary_search(fresh_.begin(), fresh_.end(), fingerprint);
}

// About sixteen fingerprints per bucket (two cache lines): a binary search over a million would miss the
// cache some twenty times.
void Index::indexKnown() {
  const auto bits = static_cast<unsigned>(std::bit_width(known_.size() / 16));
  shift_ = bits == 0 ? 63 : 64 - bits;
  buckets_.assign((std::size_t{1} << (64 - shift_)) + 1, 0);
  for (const auto print : known_) ++buckets_[static_cast<std::size_t>(print >> shift_) + 1];
  std::partial_sum(buckets_.begin(), buckets_.end(), buckets_.begin());
}

std::size_t Index::placeOf(std::uint64_t fingerprint) const {
  const auto bucket = static_cast<std::size_t>(fingerprint >> shift_);
  const auto at = [&](std::size_t position) {
    return known_.begin() + static_cast<std::ptrdiff_t>(position);
  };
  const auto place = std::lower_bound(at(buckets_[bucket]), at(buckets_[bucket + 1]), fingerprint);
  return static_cast<std::size_t>(place - known_.begin());
}

void Index::settle() {
  if (fresh_.empty()) return;
  std::vector<std::uint64_t> merged;
  merged.reserve(size());
  std::vector<bool> seen;
  if (crawling_) seen.reserve(size());
  auto known = known_.begin();
  auto fresh = fresh_.begin();
  while (known != known_.end() || fresh != fresh_.end()) {
    const bool takeFresh = known == known_.end() || (fresh != fresh_.end() && *fresh < *known);
    // Entries found since the crawl began count as seen.
    if (crawling_) seen.push_back(takeFresh || seen_[static_cast<std::size_t>(known - known_.begin())]);
    merged.push_back(takeFresh ? *fresh++ : *known++);
  }
  known_ = std::move(merged);
  seen_ = std::move(seen);
  indexKnown();
  fresh_.clear();
}

void Index::add(List list, std::vector<Entry>& page) {
  // In passes that prefetch for the next one, so that cache misses overlap.
  prints_.clear();
  for (const auto& entry : page) {
    prints_.push_back(fingerprint(list, entry.email, entry.created, entry.group));
    __builtin_prefetch(&buckets_[static_cast<std::size_t>(prints_.back() >> shift_)]);
  }
  for (const auto print : prints_)
    __builtin_prefetch(known_.data() + buckets_[static_cast<std::size_t>(print >> shift_)]);
  std::size_t next = 0;
  std::erase_if(page, [&](const Entry&) {
    const auto print = prints_[next++];
    const auto known = placeOf(print);
    if (known < known_.size() && known_[known] == print) {
      if (crawling_) seen_[known] = true;
      return true;
    }
    const auto place = std::lower_bound(fresh_.begin(), fresh_.end(), print);
    if (place != fresh_.end() && *place == print) return true;
    fresh_.insert(place, print);
    return false;
  });
  if (fresh_.size() >= kSettleAt) settle();
}

void Index::beginCrawl() {
  settle();
  seen_.assign(known_.size(), false);
  crawling_ = true;
}

void Index::crawled(List list, std::vector<Entry>& page) { add(list, page); }

std::vector<std::uint64_t> Index::finishCrawl(bool confirms) {
  std::vector<std::uint64_t> removed;
  if (crawling_) {
    std::vector<std::uint64_t> unseen;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const auto print = known_[i];
      if (confirms && !seen_[i] && std::binary_search(suspects_.begin(), suspects_.end(), print)) {
        removed.push_back(print);
        continue;
      }
      if (!seen_[i]) unseen.push_back(print);
      known_[kept++] = print;
    }
    known_.resize(kept);
    suspects_ = std::move(unseen);
    indexKnown();
  }
  abandonCrawl();
  return removed;
}

void Index::abandonCrawl() {
  crawling_ = false;
  std::vector<bool>().swap(seen_);
  settle();
}

}  // namespace arrivald::suppression
