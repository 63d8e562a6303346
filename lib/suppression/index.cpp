#include "suppression/index.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>
#include <numeric>

namespace arrivald::suppression {
namespace {

// New fingerprints are inserted into a sorted vector one by one, so there must be few; each merge copies
// known_.
constexpr std::size_t kSettleAt = 4096;

// Of more the rest has to come again after some of these were taken or forgotten.
constexpr std::size_t kMaxHeld = 100'000;
// What has not come again by then was a fault of one answer.
constexpr Duration kHeldAtMost = std::chrono::hours(30);
// So many moved entries are many, if they are more than half of the list.
constexpr std::size_t kMany = 20;

}  // namespace

void Index::restore(std::vector<std::uint64_t> fingerprints) {
  known_ = std::move(fingerprints);
  if (!std::is_sorted(known_.begin(), known_.end())) std::sort(known_.begin(), known_.end());
  known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
  indexKnown();
  fresh_.clear();
  suspects_.clear();
  held_.clear();
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

template <typename IsNew>
void Index::addIf(List list, std::vector<Entry>& page, IsNew isNew) {
  // In passes that prefetch for the next one, so that cache misses overlap.
  prints_.clear();
  for (const auto& entry : page) {
    prints_.push_back(fingerprint(list, entry.email, entry.created, entry.group));
    __builtin_prefetch(&buckets_[static_cast<std::size_t>(prints_.back() >> shift_)]);
  }
  for (const auto print : prints_)
    __builtin_prefetch(known_.data() + buckets_[static_cast<std::size_t>(print >> shift_)]);
  std::size_t next = 0;
  std::erase_if(page, [&](Entry& entry) {
    const auto print = prints_[next++];
    const auto known = placeOf(print);
    if (known < known_.size() && known_[known] == print) {
      if (crawling_) seen_[known] = true;
      return true;
    }
    if (std::ranges::binary_search(fresh_, print) || !isNew(entry, print)) return true;
    fresh_.insert(std::ranges::lower_bound(fresh_, print), print);
    return false;
  });
  if (fresh_.size() >= kSettleAt) settle();
}

void Index::add(List list, std::vector<Entry>& page) {
  addIf(list, page, [](const Entry&, std::uint64_t) { return true; });
}

void Index::add(List list, std::vector<Entry>& page, Instant now, std::vector<Entry>& old) {
  std::erase_if(held_, [&](const auto& one) { return one.second <= now - kHeldAtMost; });
  const auto many = held_.size() >= kMany && 2 * held_.size() > size();
  std::vector<std::uint64_t> notNews;
  addIf(list, page, [&](const Entry& entry, std::uint64_t print) {
    const bool isMoved = noteMailbox(print);
    const bool isTimeless = !hasTime(entry, now);
    const bool lacksReply = entry.reason.empty() && (list == List::bounces || list == List::blocks);
    if (!isMoved && !isTimeless && !lacksReply) return true;
    if (isMoved && isTimeless) return false;
    if (!isConfirmed(print, now, isMoved && many)) return false;
    if (isTimeless || (isMoved && many)) notNews.push_back(print);
    return true;
  });
  if (notNews.empty()) return;
  const auto isOld = [&](const Entry& entry) {
    return std::ranges::find(notNews, fingerprint(list, entry.email, entry.created, entry.group)) !=
           notNews.end();
  };
  const auto first = std::stable_partition(page.begin(), page.end(), std::not_fn(isOld));
  old.insert(old.end(), std::move_iterator(first), std::move_iterator(page.end()));
  page.erase(first, page.end());
}

bool Index::noteMailbox(std::uint64_t fingerprint) {
  const auto range = mailboxOf(fingerprint);
  bool found = false;
  for (auto place = placeOf(range.first); place < known_.size() && known_[place] <= range.last; ++place) {
    found = true;
    if (crawling_) seen_[place] = true;
  }
  if (found) return true;
  const auto fresh = std::ranges::lower_bound(fresh_, range.first);
  return fresh != fresh_.end() && *fresh <= range.last;
}

bool Index::isConfirmed(std::uint64_t fingerprint, Instant now, bool many) {
  const auto since = held_.find(fingerprint);
  if (since == held_.end()) {
    if (held_.size() < kMaxHeld) held_.emplace(fingerprint, now);
    return false;
  }
  if (now - since->second < (many ? kManyHeldFor : kHeldFor)) return false;
  held_.erase(since);
  return true;
}

void Index::shift(Duration step) {
  for (auto& [print, since] : held_) since += step;
}

void Index::beginCrawl() {
  settle();
  seen_.assign(known_.size(), false);
  crawling_ = true;
}

void Index::crawled(List list, std::vector<Entry>& page) { add(list, page); }

std::vector<std::uint64_t> Index::finishCrawl(bool confirms, std::size_t unreadable) {
  std::vector<std::uint64_t> removed;
  const auto missed = static_cast<std::size_t>(std::ranges::count(seen_, false));
  if (crawling_ && (unreadable == 0 || missed > unreadable)) {
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
