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
  stale_.clear();
  suspects_.clear();
  contradictions_ = 0;
  undecidedUntil_ = {};
  held_.clear();
  manyAt_.reset();
  abandonCrawl();
}

bool Index::contains(std::uint64_t fingerprint) const {
  const auto place = placeOf(fingerprint);
  return (place < known_.size() && known_[place] == fingerprint && !isStale(fingerprint)) ||
         std::binary_search(fresh_.begin(), fresh_.end(), fingerprint);
}

bool Index::isStale(std::uint64_t fingerprint) const {
  return !stale_.empty() && std::ranges::binary_search(stale_, fingerprint);
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
  if (fresh_.empty() && stale_.empty()) return;
  std::vector<std::uint64_t> merged;
  merged.reserve(size());
  std::vector<bool> seen;
  if (crawling_) seen.reserve(size());
  auto known = known_.begin();
  auto fresh = fresh_.begin();
  auto stale = stale_.begin();
  while (known != known_.end() || fresh != fresh_.end()) {
    if (known != known_.end() && stale != stale_.end() && *known == *stale) {
      ++known;
      ++stale;
      continue;
    }
    const bool takeFresh = known == known_.end() || (fresh != fresh_.end() && *fresh < *known);
    // Entries found since the crawl began count as seen.
    if (crawling_) seen.push_back(takeFresh || seen_[static_cast<std::size_t>(known - known_.begin())]);
    merged.push_back(takeFresh ? *fresh++ : *known++);
  }
  known_ = std::move(merged);
  seen_ = std::move(seen);
  indexKnown();
  fresh_.clear();
  stale_.clear();
}

template <typename IsNew>
void Index::addIf(List list, std::vector<Entry>& page, std::vector<Entry>& met, Known which, IsNew isNew) {
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
    const bool isKnown = known < known_.size() && known_[known] == print && !isStale(print);
    if (isKnown && crawling_) seen_[known] = true;
    if (isKnown && !crawling_) clear(print);
    if (isKnown || std::ranges::binary_search(fresh_, print)) {
      if (which == Known::compared) met.push_back(std::move(entry));
      return true;
    }
    if (hasMailbox(print)) {
      met.push_back(std::move(entry));
      return true;
    }
    if (!isNew(entry, print)) return true;
    fresh_.insert(std::ranges::lower_bound(fresh_, print), print);
    return false;
  });
  if (fresh_.size() >= kSettleAt) settle();
}

void Index::add(List list, std::vector<Entry>& page, std::vector<Entry>& met) {
  addIf(list, page, met, Known::dropped, [](const Entry&, std::uint64_t) { return true; });
}

void Index::add(List list, std::vector<Entry>& page, Instant now, std::vector<Entry>& old,
                std::vector<Entry>& met, Known which) {
  std::erase_if(held_, [&](const auto& one) { return one.second <= now - kHeldAtMost; });
  std::vector<std::uint64_t> notNews;
  addIf(list, page, met, which, [&](const Entry& entry, std::uint64_t print) {
    const bool isTimeless = !hasTime(entry, now);
    const bool lacksReply = entry.reason.empty() && (list == List::bounces || list == List::blocks);
    if (!isTimeless && !lacksReply) return true;
    if (!isConfirmed(print, now)) return false;
    if (isTimeless) notNews.push_back(print);
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

// The rare entry that is known no more counts as well: whoever asks then looks at the addresses.
bool Index::hasMailbox(std::uint64_t fingerprint) const {
  const auto range = mailboxOf(fingerprint);
  const auto place = placeOf(range.first);
  if (place < known_.size() && known_[place] <= range.last) return true;
  const auto fresh = std::ranges::lower_bound(fresh_, range.first);
  return fresh != fresh_.end() && *fresh <= range.last;
}

void Index::sawAgain(std::uint64_t fingerprint) {
  if (!crawling_) return clear(fingerprint);
  if (const auto place = placeOf(fingerprint); place < known_.size() && known_[place] == fingerprint)
    seen_[place] = true;
}

void Index::clear(std::uint64_t fingerprint) {
  const auto suspect = std::ranges::lower_bound(suspects_, fingerprint, {}, &Suspect::print);
  if (suspect != suspects_.end() && suspect->print == fingerprint) suspects_.erase(suspect);
}

void Index::admit(std::uint64_t fingerprint) {
  if (contains(fingerprint)) return;
  if (isStale(fingerprint)) {
    stale_.erase(std::ranges::lower_bound(stale_, fingerprint));
    sawAgain(fingerprint);
  } else {
    fresh_.insert(std::ranges::lower_bound(fresh_, fingerprint), fingerprint);
  }
  if (fresh_.size() + stale_.size() >= kSettleAt) settle();
}

void Index::replace(std::uint64_t fingerprint, std::uint64_t with) {
  if (!contains(fingerprint)) return;
  const auto fresh = std::ranges::lower_bound(fresh_, fingerprint);
  if (fresh != fresh_.end() && *fresh == fingerprint)
    fresh_.erase(fresh);
  else
    stale_.insert(std::ranges::lower_bound(stale_, fingerprint), fingerprint);
  admit(with);
}

Index::Admission Index::judge(List list, const Entry& entry, Instant now) {
  const auto print = fingerprint(list, entry.email, entry.created, entry.group);
  const auto range = mailboxOf(print);
  if (crawling_)
    for (auto place = placeOf(range.first); place < known_.size() && known_[place] <= range.last; ++place)
      seen_[place] = true;
  if (!hasTime(entry, now)) return Admission::waits;
  // Those that were taken already do not make the others few.
  if (held_.size() >= kMany && 2 * held_.size() > size()) manyAt_ = now;
  const bool many = manyAt_ && now - *manyAt_ <= kManyHeldFor;
  if (!isConfirmed(print, now, many ? kManyHeldFor : kHeldFor)) return Admission::waits;
  return many ? Admission::known : Admission::news;
}

bool Index::isConfirmed(std::uint64_t mark, Instant now, Duration after) {
  const auto since = held_.find(mark);
  if (since == held_.end()) {
    if (held_.size() < kMaxHeld) held_.emplace(mark, now);
    return false;
  }
  if (now - since->second < after) return false;
  held_.erase(since);
  return true;
}

void Index::shift(Duration step) {
  for (auto& [print, since] : held_) since += step;
  for (auto& suspect : suspects_) suspect.since += step;
  undecidedUntil_ += step;
  if (manyAt_) *manyAt_ += step;
}

void Index::beginCrawl() {
  settle();
  seen_.assign(known_.size(), false);
  crawling_ = true;
}

void Index::crawled(List list, std::vector<Entry>& page, std::vector<Entry>& met) { add(list, page, met); }

Duration Index::doubtedFor(std::size_t missing) const {
  const bool fell = missing >= kMany && 2 * missing > size();
  const Duration once = fell ? kFallDoubtedFor : kDoubtedFor;
  return std::min(once * (1 << std::min(contradictions_, 4U)), kDoubtedAtMost);
}

bool Index::mayDecide(Instant now) const {
  const auto wait = doubtedFor(suspects_.size());
  return now >= undecidedUntil_ &&
         std::ranges::any_of(suspects_, [&](const Suspect& one) { return now - one.since >= wait; });
}

std::size_t Index::unseen() const { return static_cast<std::size_t>(std::ranges::count(seen_, false)); }

bool Index::mayBeUnreadable(std::size_t unreadable) const { return unreadable > 0 && unseen() <= unreadable; }

bool Index::contradicts() const {
  return crawling_ && std::ranges::any_of(suspects_, [&](const Suspect& one) {
           const auto place = placeOf(one.print);
           return place < known_.size() && known_[place] == one.print && seen_[place];
         });
}

std::vector<bool> Index::decided(Instant began) const {
  const auto wait = doubtedFor(unseen());
  std::vector<bool> decided(known_.size(), false);
  if (began < undecidedUntil_) return decided;
  auto suspect = suspects_.begin();
  for (std::size_t i = 0; i < known_.size() && suspect != suspects_.end(); ++i) {
    while (suspect != suspects_.end() && suspect->print < known_[i]) ++suspect;
    if (suspect != suspects_.end() && suspect->print == known_[i])
      decided[i] = !seen_[i] && began - suspect->since >= wait;
  }
  return decided;
}

std::vector<std::uint64_t> Index::missed(Instant began, std::size_t unreadable) const {
  std::vector<std::uint64_t> missed;
  if (!crawling_ || mayBeUnreadable(unreadable)) return missed;
  const auto isDecided = decided(began);
  for (std::size_t i = 0; i < known_.size(); ++i)
    if (isDecided[i] && !isStale(known_[i])) missed.push_back(known_[i]);
  return missed;
}

std::vector<std::uint64_t> Index::finishCrawl(Instant began, std::size_t unreadable, Missed missed) {
  std::vector<std::uint64_t> removed;
  if (crawling_ && !stale_.empty()) settle();
  if (crawling_ && !mayBeUnreadable(unreadable)) {
    const bool contradicted = contradicts();
    auto isDecided = decided(began);
    if (missed == Missed::doubted) isDecided.assign(known_.size(), false);
    std::vector<Suspect> unseen;
    auto suspect = suspects_.begin();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const auto print = known_[i];
      if (isDecided[i]) {
        removed.push_back(print);
        continue;
      }
      while (suspect != suspects_.end() && suspect->print < print) ++suspect;
      const bool isKnown = suspect != suspects_.end() && suspect->print == print;
      if (!seen_[i]) unseen.push_back({print, isKnown ? suspect->since : began});
      known_[kept++] = print;
    }
    known_.resize(kept);
    suspects_ = std::move(unseen);
    contradictions_ = contradicted ? contradictions_ + 1 : 0;
    if (contradicted || missed == Missed::doubted) undecidedUntil_ = began + doubtedFor(suspects_.size());
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
