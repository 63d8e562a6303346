#include "suppression/index.hpp"

#include <algorithm>

namespace arrivald::suppression {
namespace {

constexpr std::size_t kSettleAt = 4096;

}  // namespace

void Index::restore(std::vector<std::uint64_t> fingerprints) {
  known_ = std::move(fingerprints);
  std::sort(known_.begin(), known_.end());
  known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
  fresh_.clear();
  abandonCrawl();
}

bool Index::contains(std::uint64_t fingerprint) const {
  return std::binary_search(known_.begin(), known_.end(), fingerprint) ||
         std::binary_search(fresh_.begin(), fresh_.end(), fingerprint);
}

void Index::settle() {
  if (fresh_.empty()) return;
  std::vector<std::uint64_t> merged;
  merged.reserve(size());
  std::merge(known_.begin(), known_.end(), fresh_.begin(), fresh_.end(), std::back_inserter(merged));
  known_ = std::move(merged);
  fresh_.clear();
}

void Index::add(List list, std::vector<Entry>& page) {
  std::erase_if(page, [&](const Entry& entry) {
    const auto print = fingerprint(list, entry.email, entry.created);
    const auto known = std::lower_bound(known_.begin(), known_.end(), print);
    if (known != known_.end() && *known == print) {
      if (crawling_) seen_[static_cast<std::size_t>(known - known_.begin())] = true;
      return true;
    }
    const auto place = std::lower_bound(fresh_.begin(), fresh_.end(), print);
    if (place != fresh_.end() && *place == print) return true;
    fresh_.insert(place, print);
    return false;
  });
  // Positions in known_ mean something while a crawl is on, so the merge waits for its end; a first crawl,
  // which finds everything new, is merged as it goes, since there was nothing to be missed.
  if (fresh_.size() >= kSettleAt && (!crawling_ || seen_.empty())) settle();
}

void Index::beginCrawl() {
  settle();
  seen_.assign(known_.size(), false);
  crawling_ = !known_.empty();
}

void Index::crawled(List list, std::vector<Entry>& page) { add(list, page); }

std::vector<std::uint64_t> Index::finishCrawl() {
  std::vector<std::uint64_t> removed;
  if (crawling_) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (seen_[i]) {
        known_[kept++] = known_[i];
      } else {
        removed.push_back(known_[i]);
      }
    }
    known_.resize(kept);
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
