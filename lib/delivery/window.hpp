// Series and Windows: sums over sliding windows, from minutes to a month.
//
// A series holds a subject's running totals, one mark for each read; the sum of a window is the difference of
// two totals. Marks are thinned as they age: each read for 3 hours, then the last read of each full 5 minutes
// up to 26 hours, and of each full hour up to 32 days; of whole accounts, whose usual traffic is learned, of
// each full quarter hour. A subject that changes at every read, one a minute, takes less than 110 KB, an
// account less than 310 KB, an idle one next to nothing.
//
// A window edge between two marks is interpolated linearly. A sum is thus exact to the reads if the window
// begins within the last 3 hours; otherwise it is off by less than what was counted between the two marks
// around the window's begin: 5 minutes up to 26 hours, an hour beyond. A gap between reads is never thinned
// away: it keeps the marks at both its ends.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "delivery/ledger.hpp"

namespace arrivald::delivery {

/// The sum over a window, and how reliable it is.
struct WindowSum {
  Counts counts;
  Duration window{};
  Duration covered{};     ///< how much of the window lies between the first and the last read
  Duration longestGap{};  ///< the longest interval between two reads that overlaps the window
  Duration tail{};        ///< from the last read to the window's end
  /// True if the window is covered from its beginning, no gap in it is longer than the window, and the last
  /// read is at most `maxAge` before its end. A sum that is not known must not be used: it is neither zero
  /// nor good nor bad.
  bool known = false;
  /// Metrics of which the reads at the window's ends did not say how many there were: their counts must not
  /// be used either.
  Metrics unknown;
  bool knows(Metrics metrics) const { return known && !unknown.intersects(metrics); }
};

/// The running totals at an instant. A row of the store.
struct Mark {
  /// Milliseconds in four bytes: up to 49 days.
  using Gap = std::chrono::duration<std::uint32_t, std::milli>;
  Instant at;
  Gap gap{};  ///< the longest interval between two reads since the previous mark, to within a quarter
  std::array<std::uint32_t, kMetricCount> totals{};  ///< modulo 2^32: only differences have a meaning
  Metrics stale = {};  ///< whose totals are those of an earlier mark: the read did not tell them
  friend bool operator==(const Mark&, const Mark&) = default;
};

class Series {
 public:
  /// How far apart marks older than 26 hours are.
  enum class Grain : std::uint8_t { hour, quarterHour };
  explicit Series(Grain grain = Grain::hour) : grain_(grain) {}

  static constexpr Duration kKept = std::chrono::days(32);
  /// The shortest supported window: gaps up to this long are not distinguished.
  static constexpr Duration kShortestWindow = std::chrono::minutes(5);

  /// What the store has to remove and add to match the series again.
  struct Change {
    std::vector<Instant> removed;
    std::vector<Mark> added;
  };
  /// Adds what was gained from `from` to `to`. The first increment with from == to only marks the beginning
  /// of the series; an increment that does not end after the last mark is ignored.
  /// What the read did not tell of the metrics `stale` comes with a later increment.
  Change add(Instant from, Instant to, const Counts& gained, Metrics stale = {});

  /// Adds what was gained at `at`, which may lie before the last mark: every mark from there on includes it.
  /// What was gained before the first mark is not in any window.
  Change addLate(Instant at, const Counts& gained);

  /// Forgets what was counted of `metrics` after `since`: until the next increment it is not known.
  Change unlearn(Instant since, Metrics metrics);

  /// Puts what answers show in place of what was counted after the time from which they lead on: where what
  /// was counted until then does not exceed them, and they rise since about as fast as among themselves.
  /// Nothing is known of the time between if there is no such time.
  Change rebase(const Counts& level, const std::vector<Shown>& shown);

  /// The sum over (end − window, end]; `end` may lie in the past. It is known only if the last read was at
  /// most `maxAge` before `end`.
  WindowSum sum(Duration window, Instant end, Duration maxAge) const;

  /// `buckets` sums over consecutive intervals of length `each` up to `end`, oldest first; empty for an
  /// interval that is not covered, or of which a metric of `told` is unknown.
  std::vector<std::optional<Counts>> buckets(Duration each, std::size_t buckets, Instant end,
                                             Metrics told = kOutcomeMetrics |
                                                            Metrics{Metric::requests}) const;

  /// The share, from 0 to 1, of what happened at `happened` that sum() has, if add() was given it at the
  /// first mark from `added` on, or addLate() if a mark lies between the two.
  double shareOf(Instant happened, Instant added, Duration window, Instant end) const;

  /// Two marks between which the series was in some state.
  struct Passage {
    Instant from;
    Instant to;
    bool isSteep = false;  ///< inside a step, which is far steeper than the hour around it
  };
  /// Where the series passed, last and later than `since`, through the state from which it gained `missing`
  /// until the last mark, of the metrics `told`; nothing if it never did.
  std::optional<Passage> passed(const Counts& missing, Metrics told, Instant since) const;

  bool empty() const { return marks_.empty(); }
  std::optional<Instant> begin() const;
  std::optional<Instant> lastRead() const;
  /// The read at which any counter was last seen to change.
  std::optional<Instant> lastChange() const;
  /// The read at which this counter was last seen to change.
  std::optional<Instant> lastChange(Metric metric) const;
  const std::vector<Mark>& marks() const { return marks_; }
  /// Mails requested without an outcome or drop at the last mark, beyond those at the quietest mark within
  /// `past` before it: delivered mail that bounced counts twice, so that absolute numbers drift.
  std::int64_t openMail(Duration past) const;
  /// What is usual of it; nothing of a series that has just begun.
  std::optional<Usual> usual() const;

  /// Restores a mark of the store. Marks must come in ascending order; one that does not is ignored.
  void restore(const Mark& mark);
  void shift(Duration step);

 private:
  struct Footing {
    std::size_t mark;  // the last one that stays
    bool leadsOn;      // from its level to the first answer mail came about as fast as since
  };
  Footing footingOf(const Counts& level, const std::vector<Shown>& shown) const;
  Counts levelAt(std::size_t mark, const Counts& level) const;
  bool isSteep(std::size_t earlier, std::size_t later) const;
  void append(const Mark& mark);
  void addStale(WindowSum& sum, Instant end, Metrics stale) const;
  std::optional<double> totalAt(std::size_t metric, Instant at, Duration window) const;
  std::size_t indexAfter(Instant at) const;
  void thin(Instant now, Change& change);
  Grain grain_;
  std::vector<Mark> marks_;
  Instant thinned_{};
};

/// All series, by subject.
class Windows {
 public:
  Series::Change add(const Increment& increment);
  /// Null if the subject has no series. The pointer is valid until forget().
  const Series* find(const Subject& subject) const;
  Series& at(const Subject& subject);
  WindowSum sum(const Subject& subject, Duration window, Instant end, Duration maxAge) const;
  void forget(const Subject& subject) { series_.erase(subject); }
  void shift(Duration step);
  auto begin() const { return series_.begin(); }
  auto end() const { return series_.end(); }

 private:
  std::map<Subject, Series> series_;
};

}  // namespace arrivald::delivery
