// Ledger: turns the provider's totals of calendar days into increments of time.
//
// The provider answers "so many on that day so far". Each (subject, metric, date) is a counter of its own
// that begins at 0; late mail raises earlier days, corrections lower them, rows vanish and come back. What
// the windows need is how much came between two reads. Pure, no I/O; not thread-safe.
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
  /// The answer names every subject that has mail (mailbox providers), so one that is not named stands at
  /// zero. Otherwise only subjects asked for by name come, and one seen for the first time is a baseline.
  bool namesAll = false;
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
  Counts highWater;  ///< before the last row-wide drop; zero if there was none
  unsigned missingReads =
      0;  ///< reads in a row in which the row was gone or all zero although it was not before
  friend bool operator==(const Cell&, const Cell&) = default;
};

class Ledger {
 public:
  /// A row that vanishes or turns zero is believed after this many reads in a row.
  static constexpr unsigned kConfirmations = 3;
  /// Days older than this are forgotten: the daily re-read goes back 30 days.
  static constexpr std::chrono::days kKeptDays{35};

  /// The days that the reads of a source have asked for so far, both ends included: a row that was not there
  /// then stood at zero.
  struct DaysAsked {
    Date oldest;
    Date newest;
    friend bool operator==(const DaysAsked&, const DaysAsked&) = default;
  };

  struct Booking {
    std::vector<Increment> increments;  ///< one for every subject of the source that is known, ascending
    std::vector<Cell> changed;          ///< cells to store
    std::vector<std::pair<Subject, Date>> forgotten;  ///< cells to delete
  };

  /// Books one read. Reads of one source must come in order of `at`; an older one is ignored (an empty
  /// booking).
  Booking book(const Read& read);

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
  std::map<Subject, std::map<Date, Day>> days_;
  std::map<Source, ReadTime> reads_;
};

}  // namespace arrivald::delivery
