// Series and Windows: what happened lately, over any span from minutes to a month.
//
// A series is the running total of everything a subject gained, marked at each read: what a window holds is
// the difference of two totals. Marks are thinned as they age, so a subject that is busy at every read, one a
// minute, takes less than 100 KB and an idle one next to nothing: every read for 3 hours, one in 5 minutes to
// 26 hours, one in an hour to 32 days.
//
// A window edge that falls between two marks takes its share of what lies between by time (linear). A sum is
// thus exact to the reads if it begins within 3 hours, and otherwise off by less than what came between the
// two marks around its old edge: 5 minutes of 3 hours, 1 hour of 26. A time without reads is never thinned
// into its surroundings: it keeps its own two marks.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "delivery/ledger.hpp"

namespace arrivald::delivery {

/// The sum over a window, and how far it can be trusted.
struct WindowSum {
  Counts counts;
  Duration window{};
  Duration covered{};     ///< how much of the window was read
  Duration longestGap{};  ///< the longest span between two reads that overlaps it
  Duration tail{};        ///< from the last read to the window's end
  /// The window is covered from its beginning, no gap in it is longer than itself, and the last read is
  /// recent enough. A sum that is not known says nothing: it is neither zero nor good nor bad.
  bool known = false;
};

/// A running total at an instant. A plain row for the store.
struct Mark {
  /// Up to 49 days in four bytes.
  using Gap = std::chrono::duration<std::uint32_t, std::milli>;
  Instant at;
  Gap gap{};  ///< the longest span between two reads since the mark before, to a quarter
  std::array<std::uint32_t, kMetricCount> totals{};  ///< modulo 2^32: only differences mean something
  friend bool operator==(const Mark&, const Mark&) = default;
};

class Series {
 public:
  static constexpr Duration kKept = std::chrono::days(32);
  /// Shorter windows are not meant to be asked for: gaps up to this long are not told apart.
  static constexpr Duration kShortestWindow = std::chrono::minutes(5);

  /// What the store has to do to be like the series again.
  struct Change {
    std::vector<Instant> removed;
    std::vector<Mark> added;
  };
  /// Adds what was gained from `from` to `to`. The first increment only sets where the series begins.
  Change add(Instant from, Instant to, const Counts& gained);

  /// Adds what was gained at `at`, which is behind the last mark: every mark from then on has it. What was
  /// gained before the first mark is not in any window.
  Change addLate(Instant at, const Counts& gained);

  /// The sum over (end − window, end]; `end` may lie in the past. It is known only if the last read is at
  /// most `maxAge` before `end`.
  WindowSum sum(Duration window, Instant end, Duration maxAge) const;

  /// `buckets` sums of equal length up to `end`, oldest first; nothing for a bucket that is not covered.
  std::vector<std::optional<Counts>> buckets(Duration each, std::size_t buckets, Instant end) const;

  bool empty() const { return marks_.empty(); }
  std::optional<Instant> begin() const;
  std::optional<Instant> lastRead() const;
  /// When a counter last moved, as seen by reading.
  std::optional<Instant> lastChange() const;
  /// When this one did.
  std::optional<Instant> lastChange(Metric metric) const;
  /// The shortest time between two reads of the last 3 hours that both brought something: how finely the
  /// provider updates its numbers. A window should be three times as long at least. Nothing before two such
  /// reads.
  std::optional<Duration> updateInterval() const;
  const std::vector<Mark>& marks() const { return marks_; }

  /// Puts back what the store held; marks must come ascending, one that does not is left out.
  void restore(const Mark& mark);
  void shift(Duration step);

 private:
  void append(const Mark& mark);
  std::size_t indexAfter(Instant at) const;
  void thin(Instant now, Change& change);
  std::vector<Mark> marks_;
  Instant thinned_{};
};

/// All series, by subject.
class Windows {
 public:
  Series::Change add(const Increment& increment);
  /// Null if nothing is known of the subject.
  const Series* find(const Subject& subject) const;
  Series& at(const Subject& subject) { return series_[subject]; }
  WindowSum sum(const Subject& subject, Duration window, Instant end, Duration maxAge) const;
  void forget(const Subject& subject) { series_.erase(subject); }
  void shift(Duration step);
  auto begin() const { return series_.begin(); }
  auto end() const { return series_.end(); }

 private:
  std::map<Subject, Series> series_;
};

}  // namespace arrivald::delivery
