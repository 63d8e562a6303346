// Index: which entries of one list are known, in 8 bytes each, and what a crawl changes about that.
//
// Pure, loop thread. A crawl hands in page after page; memory and writes grow with the changes, not with the
// list.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "suppression/entry.hpp"

namespace arrivald::suppression {

class Index {
 public:
  /// Puts back what the store held, in any order.
  void restore(std::vector<std::uint64_t> fingerprints);

  std::size_t size() const { return known_.size() + fresh_.size(); }
  bool contains(std::uint64_t fingerprint) const;

  /// Keeps of `page` only entries that were not known, and knows them from now on. For reads by time, which
  /// can add but never tell that something is gone.
  void add(List list, std::vector<Entry>& page);

  /// A full crawl: begin, every page, then finish. Entries that add() learns meanwhile are not held against
  /// it.
  void beginCrawl();
  /// As add(), and remembers what the crawl has seen.
  void crawled(List list, std::vector<Entry>& page);
  /// What was known when the crawl began and was not in it: removed, here too. Only for a crawl that was
  /// complete and whose pages did not shift; otherwise call abandonCrawl().
  std::vector<std::uint64_t> finishCrawl();
  void abandonCrawl();

 private:
  void settle();
  /// Has to be called whenever known_ has changed.
  void indexKnown();
  /// The first position in known_ that is not below it.
  std::size_t placeOf(std::uint64_t fingerprint) const;
  std::vector<std::uint64_t> known_;  // sorted
  std::vector<std::uint64_t> fresh_;  // sorted, small; merged into known_ when it grows
  std::vector<bool> seen_;            // by position in known_, while a crawl is on
  bool crawling_ = false;
  /// Where in known_ the fingerprints that begin with some bits begin, and by how much to shift for these
  /// bits.
  std::vector<std::uint32_t> buckets_ = {0, 0, 0};
  unsigned shift_ = 63;
  std::vector<std::uint64_t> prints_;  // of the page at hand; kept for its room
};

}  // namespace arrivald::suppression
