// Index: the known entries of one list, in 8 bytes each, and the changes that a crawl finds.
//
// Pure; not thread-safe. A crawl passes page after page; memory and database writes grow with the number of
// changes, not with the length of the list.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/instant.hpp"
#include "suppression/entry.hpp"

namespace arrivald::suppression {

class Index {
 public:
  /// Restores what the store held, in any order; ends a crawl in progress.
  void restore(std::vector<std::uint64_t> fingerprints);

  std::size_t size() const { return known_.size() + fresh_.size() - stale_.size(); }
  bool contains(std::uint64_t fingerprint) const;

  /// Removes known entries from `page`, leaving the new ones, which are known from now on. For incremental
  /// reads by time, which find new entries but cannot find removed ones. Entries of a mailbox that is known
  /// by another fingerprint (its time, its spelling or its group is another one) are moved to `met`: only who
  /// has the addresses can tell whether each is a known entry, for sawAgain(), or one more, for admit().
  void add(List list, std::vector<Entry>& page, std::vector<Entry>& met);

  /// As add(), for a list whose entries are known from a complete crawl. What may be a fault of this one
  /// answer is left out until it comes again, kHeldFor later: a bounce or block without a reply, a time that
  /// cannot be (see hasTime()). Those without a usable time that are believed are no news and are moved to
  /// `old`. With `compared`, known entries are moved to `met`, too.
  enum class Known : std::uint8_t { dropped, compared };
  void add(List list, std::vector<Entry>& page, Instant now, std::vector<Entry>& old, std::vector<Entry>& met,
           Known known = Known::dropped);

  /// The entry of this fingerprint is listed, as the crawl or another read has seen.
  void sawAgain(std::uint64_t fingerprint);
  /// A known entry has another fingerprint from now on, since its time is another one.
  void replace(std::uint64_t fingerprint, std::uint64_t with);
  /// Takes an entry of a known mailbox that is none of the known ones.
  void admit(std::uint64_t fingerprint);
  /// Whether to admit it: once it has come again kHeldFor later, or kManyHeldFor, where such entries are most
  /// of the list; those are no news, and it says `known` of them. An entry without a usable time is never
  /// taken. While it waits, the crawl has seen all entries of the mailbox.
  enum class Admission : std::uint8_t { waits, known, news };
  Admission judge(List list, const Entry& entry, Instant now);

  /// Whether what `mark` stands for came before, at least kHeldFor ago; remembers it otherwise.
  bool isConfirmed(std::uint64_t mark, Instant now) { return isConfirmed(mark, now, kHeldFor); }
  static constexpr Duration kHeldFor = std::chrono::minutes(3);
  static constexpr Duration kManyHeldFor = std::chrono::hours(2);
  /// Entries that wait until they come again.
  std::size_t held() const { return held_.size(); }
  /// The wall clock was set by `step`.
  void shift(Duration step);

  /// A full crawl: beginCrawl(), crawled() for each page, then finishCrawl(). Entries that add() finds
  /// meanwhile are not taken as removed.
  void beginCrawl();
  /// As add(); also marks the entries as seen by the crawl.
  void crawled(List list, std::vector<Entry>& page, std::vector<Entry>& met);
  /// Removes and returns the entries that were known when the crawl began and that neither it nor one before
  /// has seen that began kDoubtedFor earlier, or kFallDoubtedFor where it missed most of the list: what makes
  /// an answer incomplete lasts for minutes, and while a list shrinks its pages shift, and a crawl passes
  /// over live entries. Only for a crawl that was complete and whose pages did not shift; otherwise call
  /// abandonCrawl(). `began`: when this crawl did. `unreadable`: how many entries came without an address.
  /// Where they may be all that was not seen, nothing is concluded. With `Missed::doubted` none is removed
  /// yet: what it has not seen either stays suspect.
  enum class Missed : std::uint8_t { removed, doubted };
  std::vector<std::uint64_t> finishCrawl(Instant began, std::size_t unreadable = 0,
                                         Missed missed = Missed::removed);
  /// What finishCrawl() would remove, so that single ones can be asked for first: sawAgain() says of one that
  /// it is listed. Sorted; without a crawl nothing.
  std::vector<std::uint64_t> missed(Instant began, std::size_t unreadable = 0) const;
  /// Whether the crawl has seen entries that the one before it missed: one of the two was incomplete.
  bool contradicts() const;
  bool crawling() const { return crawling_; }
  void abandonCrawl();
  /// Entries that the last crawl did not see, nor any read since.
  std::size_t suspects() const { return suspects_.size(); }
  /// Whether a crawl that begins now could decide on suspects. Crawls that contradict each other make it ever
  /// later, up to kDoubtedAtMost: a provider that answers so takes its time.
  bool mayDecide(Instant now) const;
  static constexpr Duration kDoubtedFor = std::chrono::minutes(15);
  static constexpr Duration kFallDoubtedFor = std::chrono::hours(2);
  static constexpr Duration kDoubtedAtMost = std::chrono::hours(4);

 private:
  /// Leaves the entries of `page` for which `isNew(entry, fingerprint)` holds, of those that are not known.
  template <typename IsNew>
  void addIf(List list, std::vector<Entry>& page, std::vector<Entry>& met, Known which, IsNew isNew);
  /// Whether an entry of the fingerprint's mailbox is known.
  bool hasMailbox(std::uint64_t fingerprint) const;
  bool isConfirmed(std::uint64_t mark, Instant now, Duration after);
  bool isStale(std::uint64_t fingerprint) const;
  struct Suspect {
    std::uint64_t print = 0;
    Instant since{};  ///< when the first crawl began that missed it
  };
  Duration doubtedFor(std::size_t missing) const;
  std::size_t unseen() const;
  bool mayBeUnreadable(std::size_t unreadable) const;
  /// Of known_, which crawls have missed for long enough; the others stay suspect, or become so.
  std::vector<bool> decided(Instant began) const;
  void clear(std::uint64_t fingerprint);
  /// Merges fresh_ into known_, and takes stale_ out of it.
  void settle();
  /// Rebuilds buckets_ and shift_; to be called whenever known_ has changed.
  void indexKnown();
  /// The first position in known_ whose fingerprint is not less than `fingerprint`.
  std::size_t placeOf(std::uint64_t fingerprint) const;
  std::vector<std::uint64_t> known_;  // sorted
  std::vector<std::uint64_t> fresh_;  // sorted, small; merged into known_ when it grows
  std::vector<std::uint64_t> stale_;  // of known_, sorted, small: these are known no more
  std::vector<bool> seen_;            // by position in known_; empty unless crawling_
  bool crawling_ = false;
  std::vector<Suspect> suspects_;          // sorted
  unsigned contradictions_ = 0;            // of crawls, in a row
  Instant undecidedUntil_{};               // crawls that began earlier decide on no suspect
  std::map<std::uint64_t, Instant> held_;  // since when
  std::optional<Instant> manyAt_;          // when most of the list waited last
  /// buckets_[b] is the position in known_ of the first fingerprint f with f >> shift_ >= b.
  std::vector<std::uint32_t> buckets_ = {0, 0, 0};
  unsigned shift_ = 63;
  std::vector<std::uint64_t> prints_;  // of the current page; a member so that its memory is reused
};

}  // namespace arrivald::suppression
