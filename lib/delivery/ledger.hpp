// Ledger: turns the provider's totals of calendar days into increments of time.
//
// The provider answers "so many on that day so far". Each (subject, metric, date) is a counter of its own
// that begins at 0; late mail raises earlier days, corrections lower them, rows vanish and come back. What
// the windows need is how much came between two reads.
//
// A day is followed once reads without a hole between their days have asked for it. What a followed day shows
// beyond what it showed before is new mail, and a row that appears on one began at zero, if the day is newer
// than all rows so far or other subjects had theirs. A day that is not followed (from before the first read,
// or passed over while we were away) is a baseline when it is seen: what it holds came at a time nobody
// knows. To lose nothing after a downtime, ask from firstDayToAsk() on.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "delivery/statistics.hpp"

namespace arrivald::delivery {

/// One kind of read of one account: all its subjects come in one answer, so they share its times.
struct Source {
  std::string account;
  Dimension dimension = Dimension::account;
  friend auto operator<=>(const Source&, const Source&) = default;
};

/// One successful read.
struct Read {
  Source source;
  Instant at;
  Date firstDay;  ///< the days asked for, both ends included
  Date lastDay;
  std::vector<SubjectTotals> totals;
  /// The answer names every subject that has mail (account, mailbox providers): one that is not named has
  /// none, and one that appears among others that were read before has been at zero until then. Otherwise a
  /// subject seen for the first time is a baseline, however new it looks: a name may have been added to those
  /// asked for, and the gain of one read is not worth a burst that never was.
  bool namesAll = false;
  /// Where subjects are asked for by name: those names, whether the answer holds them or not. Subjects of the
  /// source that are not among them were not read. Empty: all known ones were.
  std::vector<std::string> asked = {};
};

/// What one subject gained between two reads.
struct Increment {
  Subject subject;
  Instant from;  ///< the previous read of the source; equal to `to` at the first sight, which gains nothing
  Instant to;
  Counts counts;             ///< never negative
  unsigned corrections = 0;  ///< metrics that the provider lowered; they gained nothing and lost nothing
  friend bool operator==(const Increment&, const Increment&) = default;
};

/// The total of a subject's day as last seen. A plain row for the store.
struct Cell {
  Subject subject;
  Date date;
  Counts counts;
  Counts highWater;           ///< what a row held that was believed to be gone, until it shows numbers again
  unsigned missingReads = 0;  ///< reads in a row that lacked the row or had it all zero, since it was not
  friend bool operator==(const Cell&, const Cell&) = default;
};

class Ledger {
 public:
  /// A row that vanishes or turns zero is believed after this many reads in a row.
  static constexpr unsigned kConfirmations = 3;
  /// Days older than this are forgotten: the daily re-read goes back 30 days.
  static constexpr std::chrono::days kKeptDays{35};

  /// Subjects of one source; a flood of names is not followed beyond that.
  static constexpr std::size_t kMaxSubjects = 20'000;

  /// The days of a source that are followed, both ends included.
  struct DaysAsked {
    Date oldest;
    Date newest;
    friend bool operator==(const DaysAsked&, const DaysAsked&) = default;
  };

  struct Changes {
    std::vector<Increment> increments;                ///< one for every subject that was read, ascending
    std::vector<Cell> changed;                        ///< cells to store
    std::vector<std::pair<Subject, Date>> forgotten;  ///< cells to delete
    /// Nothing heard of for kKeptDays: no longer known here; windows and totals may be forgotten as well.
    std::vector<Subject> removed;
    std::size_t beyondLimit = 0;  ///< names left out because of kMaxSubjects
  };

  /// Books one read. Reads of one source must come in order of `at`; an older one is ignored (an empty
  /// booking). So is a first read that holds no row at all: from nothing one cannot tell zero from a mishap.
  Changes apply(const Read& read);

  /// The first day that the next read of a source should ask for: `usual`, or after a downtime as many days
  /// before the last one read, so that no day is passed over; at most kKeptDays before `today`.
  Date firstDayToAsk(const Source& source, Date usual, Date today) const;

  std::optional<Instant> lastRead(const Source& source) const;
  /// The day's totals as last seen, ascending by date.
  std::vector<Cell> cells(const Subject& subject) const;
  std::vector<Subject> subjects() const;

  /// Puts back what the store held.
  void restore(const Cell& cell);
  void restoreRead(const Source& source, Instant at, DaysAsked days);
  /// To be stored with the time of the last read.
  std::optional<DaysAsked> daysAsked(const Source& source) const;

  /// The wall clock was set: times of reads move with it.
  void shift(Duration step);

 private:
  struct Day {
    Counts counts;
    Counts highWater;
    unsigned missingReads = 0;
  };
  struct ReadTime {
    Instant at;
    DaysAsked days;
  };
  using Days = std::map<Date, Day>;
  using Rows = std::map<Date, Counts>;  // of one subject in one answer
  // Days of which answers held a row, whoever's: on such a day, and on one newer than all of them, a subject
  // without a row has no mail; on another day the answer lacked something.
  struct DaysAnswered {
    Date newest = Date::min();
    std::uint64_t bits = 0;  // by days back from the newest
    bool zeroUntilNow(Date date) const;
  };
  DaysAnswered daysAnswered(const Source& source) const;
  std::map<Subject, Rows> rowsOf(const Read& read, std::size_t& beyondLimit) const;
  static void applyRows(const Rows& rows, const DaysAnswered& answered, Date followedFrom, Days& days,
                        Increment& increment, Changes& changes);
  static void holdMissing(const Read& read, const Rows& rows, Days& days, Increment& increment,
                          Changes& changes);
  void forgetBefore(const Read& read, Date oldest, Changes& changes);

  std::map<Subject, Days> days_;
  std::map<Source, ReadTime> reads_;
};

}  // namespace arrivald::delivery
