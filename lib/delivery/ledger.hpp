// Ledger: turns the provider's totals per calendar day into increments between two reads.
//
// The provider reports a running total for each day. Each (subject, metric, date) is a counter of its own
// that begins at 0; late events raise the totals of earlier days, corrections lower them, and rows or single
// fields disappear, lag behind and reappear. The windows need to know how much was added between two reads.
// So each metric is followed by itself, and growth is measured against its high-water mark, the greatest
// total of the day so far: whatever answers alternate, the same mail never counts twice. A value that falls
// is believed as the day's total after it stayed lower for kConfirmations reads, but what then grows below
// the mark does not count: nobody can tell a correction from a replica that lags. A genuine correction
// downward thus costs at most its own size, and only on its day.
//
// A day is followed if reads have requested it whose ranges of days overlap or adjoin. On a followed day,
// whatever exceeds the previous total is new mail, and a row that appears began at zero, provided that the
// day is newer than all rows so far or other subjects had rows on it. A day that is not followed (from before
// the first read, or skipped during a downtime) is a baseline when it is first seen: nobody knows when its
// mail was counted. To lose nothing after a downtime, request the days from firstDayToAsk() on.
//
// An answer that shows what there was some time ago (see lag.hpp) changes nothing: the source was not read,
// as it were. Where other subjects of the answer have news, this holds for the subject alone.
//
// What an answer lacks, or lowers below what was counted, is unknown meanwhile, not zero: the increment names
// those metrics as stale. So are all of a subject whose answer is held back. A total above what the requests
// of its day and the open mail of the days before allow is refused: the answer lacks it, as it were. So is
// what all outcomes and drops of an answer add beyond the mail that it adds and that was open before, for
// 25 minutes.
//
// Totals that what was before does not explain wait for later reads to confirm them (see plausibility.hpp):
// until then the subject's answer changes nothing, and one that is denied leaves no trace. What was confirmed
// and is denied by answers that rise from below is taken back (see jumps.hpp): they are the new base, and the
// windows are told what was true. Answers that stay below and rise, whatever they follow, are the base of the
// windows (see descent.hpp): there what they gain counts below the mark, too. The counts for ever have it
// only above the mark.
//
// What is followed is judged against the time of each read, since earlier reads may have had a wrong clock.
// A day that lies more than a day ahead is not followed and has no row: what was read of it while the clock
// was ahead is dropped. A day that was not requested because the clock was behind is a baseline.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "delivery/descent.hpp"
#include "delivery/jumps.hpp"
#include "delivery/lag.hpp"
#include "delivery/plausibility.hpp"
#include "delivery/statistics.hpp"

namespace arrivald::delivery {

/// One kind of read of one account. One response covers all subjects of a source, so they share the times of
/// its reads.
struct Source {
  std::string account;
  Dimension dimension = Dimension::account;
  friend auto operator<=>(const Source&, const Source&) = default;
};

/// One successful read.
struct Read {
  Source source;
  Instant at;
  Date firstDay;  ///< first and last day requested, both included
  Date lastDay;
  std::vector<SubjectTotals> totals;
  /// The response lists every subject that has mail (true for the account and for mailbox providers): a
  /// subject that is not listed has none, and one that appears although other subjects were read before was
  /// at zero until then. If false, a subject seen for the first time is a baseline, even on a followed day:
  /// its name may just have been added to those requested, and its total must not be counted as a burst.
  bool namesAll = false;
  /// Where subjects are requested by name: those names, whether or not the response contains them. Other
  /// subjects of the source were not read. Empty: all known subjects were read.
  std::vector<std::string> asked = {};
};

/// What windows have to forget: of these metrics, what was counted after `since` was wrong.
struct Recount {
  Instant since;
  Metrics metrics;
  Counts gained;  ///< what there was instead, besides the counts of the increment
  friend bool operator==(const Recount&, const Recount&) = default;
};

/// Of the last day with mail, what windows have to forget: of `level` that they hold, up to the last read,
/// only what leads to the answers `shown` is true. These are those up to the last read, at least one.
struct Rebase {
  Counts level;
  std::vector<Shown> shown;
  friend bool operator==(const Rebase&, const Rebase&) = default;
};

/// What one subject gained between two reads.
struct Increment {
  Subject subject;
  Instant from;  ///< the previous read of the source; equal to `to` at the first read, which gains nothing
  Instant to;
  Counts counts;             ///< never negative
  unsigned corrections = 0;  ///< metrics that the provider lowered; each of them counts as unchanged
  /// Metrics of which the answer does not say how much was gained: what there was comes with a later one.
  Metrics stale = {};
  std::optional<Recount> recount = {};
  std::optional<Rebase> rebase = {};
  Counts below = {};  ///< gained below a mark, in a descent: for windows, not for what is counted for ever
  friend bool operator==(const Increment&, const Increment&) = default;
};

/// The total of a subject's day at the last read. A row of the store.
struct Cell {
  Subject subject;
  Date date;
  Counts counts;
  Counts highWater;         ///< of metrics that fell: the greatest value so far, while it is greater; else 0
  unsigned lowerReads = 0;  ///< consecutive reads in which some metric was lower than `counts`
  Metrics descended = {};   ///< metrics below their high-water mark whose gain windows count from `counts` on
  // Of `counts`, kLacking where no answer had the metric since the day became a baseline.
  friend bool operator==(const Cell&, const Cell&) = default;
};

class Windows;

class Ledger {
 public:
  /// A value that falls, or a row that disappears, is believed after this many consecutive reads.
  static constexpr unsigned kConfirmations = 3;
  /// Days older than this are deleted: the daily re-read goes back 30 days.
  static constexpr std::chrono::days kKeptDays{35};

  /// Limit of subjects per source; names beyond it are not followed.
  static constexpr std::size_t kMaxSubjects = 20'000;

  /// The days of a source that are followed, both ends included.
  struct DaysAsked {
    Date oldest;
    Date newest;
    friend bool operator==(const DaysAsked&, const DaysAsked&) = default;
  };

  /// A total that waits for the next answer to confirm it.
  struct Held {
    Subject subject;
    Metric metric = Metric::requests;
    std::int64_t before = 0;  ///< of its day, as believed
    std::int64_t answered = 0;
    std::int64_t jump() const { return answered - before; }
    friend bool operator==(const Held&, const Held&) = default;
  };

  /// A metric that the latest answer has below what was counted, of any subject; the longest fall.
  struct Fall {
    Subject subject;
    std::int64_t from = 0;
    std::int64_t to = 0;
    friend bool operator==(const Fall&, const Fall&) = default;
  };

  /// More of a metric, or of all outcomes and drops together, than mail was requested.
  struct Contradiction {
    Subject subject;
    Metric metric = Metric::delivered;
    std::int64_t total = 0;
    std::int64_t requested = 0;  ///< on the same day
    std::int64_t together = 0;   ///< all outcomes and drops of that day; 0 where the metric alone is too much
    friend bool operator==(const Contradiction&, const Contradiction&) = default;
  };

  struct Changes {
    std::vector<Increment> increments;                ///< one for each subject that was read, sorted
    std::vector<Cell> changed;                        ///< cells to store
    std::vector<std::pair<Subject, Date>> forgotten;  ///< cells to delete
    /// Subjects without a row for kKeptDays: no longer known here; their windows and totals may be deleted
    /// too.
    std::vector<Subject> removed;
    std::vector<Subject> jumped;  ///< whose jumps are others than before: to be stored
    std::size_t beyondLimit = 0;  ///< names ignored because of kMaxSubjects
    Metrics lacking;              ///< that the answer lacked, of any subject
    /// That it has above what requests allow, alone or together, or beyond any number of mails.
    Metrics refused;
    std::optional<Contradiction> contradiction;  ///< the widest one with what was requested
    std::map<Metric, Fall> fallen;
    std::optional<Held> held;  ///< the largest total for which an answer is held back
    /// The answer shows what there was at this earlier read, and changes nothing.
    std::optional<Instant> shows;
  };

  /// Applies one read. Reads of one source must come in order of `at`; one that is not newer than the last is
  /// ignored (no changes). So is a first read without any row, which may be an error at the provider as well
  /// as an account without mail.
  /// `past` has the increments so far: the trail by which answers are known that lag.
  Changes apply(const Read& read, const Windows* past = nullptr);

  /// The first day that the next read of a source should request: `usual`, or, after a downtime, as many days
  /// before the last day read, so that no day is skipped; at most kKeptDays before `today`.
  Date firstDayToAsk(const Source& source, Date usual, Date today) const;

  std::optional<Instant> lastRead(const Source& source) const;
  /// The subject's totals at the last read, ascending by date.
  std::vector<Cell> cells(const Subject& subject) const;
  std::vector<Subject> subjects() const;

  /// Restores what the store held; to be called before the first apply().
  void restore(const Cell& cell);
  void restoreRead(const Source& source, Instant at, DaysAsked days);
  /// What is usual of a subject, as the windows have it; see Plausibility.
  void restoreUsual(const Subject& subject, const Usual& usual);
  /// The jumps of a subject that later answers may deny, ascending; see Jumps.
  std::vector<Jump> jumps(const Subject& subject) const;
  void restoreJumps(const Subject& subject, std::vector<Jump> jumps);
  /// The followed days of a source, to be stored together with lastRead(); empty before the first read.
  std::optional<DaysAsked> daysAsked(const Source& source) const;

  /// Moves the times of reads by a step of the wall clock (positive: forward).
  void shift(Duration step);

 private:
  // How a metric was shown that had been counted higher.
  struct Low {
    std::uint8_t reads = 0;  // answers in a row that were lower than what is believed
    std::uint8_t still = 0;  // answers in a row in which it stood still since it grew
    bool grew = false;  // since it was corrected it may have grown below the mark, so its gain is not known
    friend bool operator==(const Low&, const Low&) = default;
  };
  struct Day {
    Counts counts;
    Counts highWater;
    std::array<Low, kMetricCount> lower{};
    Metrics descended;
    std::int64_t gain(Metric metric, std::int64_t now, Increment& increment);
    std::int64_t gainDescended(Metric metric, std::int64_t now, Increment& increment);
    std::int64_t levelOf(Metric metric) const;
    Counts level() const;
    void descendTo(const Counts& base);
    Cell cell(const Subject& subject, Date date) const;
    friend bool operator==(const Day&, const Day&) = default;
  };
  // The days whose mail counts: those asked for so far, and those that began afterwards.
  struct Followed {
    DaysAsked days{Date::max(), Date::min()};  // none
    // After a step of the clock: the latest day that had begun at the last read, and may not have been asked
    // for.
    Date begun = Date::min();
    bool contains(Date date) const { return date >= days.oldest && (date <= days.newest || date > begun); }
    Followed with(const DaysAsked& asked, bool anyMail) const;
  };
  struct ReadTime {
    Instant at;
    Followed followed;
  };
  using Days = std::map<Date, Day>;
  // The days on which any subject of a source has a row. On such a day, and on one newer than all of them, a
  // subject without a row has no mail; on any other day the response was incomplete.
  struct DaysAnswered {
    Date newest = Date::min();
    std::uint64_t bits = 0;  // bit n: the day n days before the newest
    bool zeroUntilNow(Date date) const;
  };
  // What the answer of one subject is, beside all before it.
  struct Course {
    bool descends = false;
    bool lags = false;
    bool ahead = false;
    std::optional<Jump> denied;  // by the answers up to this one
  };
  std::optional<Jump> jumpDeniedBy(const Read& read, const Rows& rows, const Subject& subject);
  std::map<Subject, Course> coursesOf(const Read& read, const std::map<Subject, Rows>& all,
                                      const Followed& followed, const Windows* past);
  static Missing missingOf(const Read& read, const Rows& rows, const Followed& followed, const Days& days);
  std::optional<Instant> earlierShown(const std::map<Subject, Course>& courses) const;
  DaysAnswered daysAnswered(const Source& source) const;
  Followed followedAt(const Read& read) const;
  std::map<Subject, Rows> rowsOf(const Read& read, Changes& changes) const;
  static void refuse(const Read& read, const Subject& subject, Rows& rows, const Days* days,
                     Changes& changes);
  static void refuseContradictions(const Read& read, const Subject& subject, Rows& rows, const Days* days,
                                   Changes& changes);
  void refuseBeyondMail(Instant at, const Subject& subject, Rows& rows, const DaysAnswered& answered,
                        const Followed& followed, const Windows* past, Changes& changes);
  static Gain gainOf(const Rows& rows, const DaysAnswered& answered, const Followed& followed,
                     const Days& days, Duration elapsed);
  void applyPlausible(const Read& read, const Rows& rows, const DaysAnswered& answered,
                      const Followed& followed, const Course& course, Increment& increment, Changes& changes);
  static void applyRows(const Read& read, const Rows& rows, const DaysAnswered& answered,
                        const Followed& followed, Days& days, Increment& increment, Changes& changes);
  static Metrics expectedOf(const Subject& subject, const Days& days);
  static void noteStale(const Rows& rows, const Days& days, Increment& increment, Changes& changes);
  static Rows shownOf(const Read& read, const Rows& rows, const Days& days);
  bool noteDescent(const Read& read, const Rows& rows, const Subject& subject);
  void descend(Increment& increment, Changes& changes);
  static Rows heightsOf(const Days& days);
  void takeBack(const Read& read, const Rows& rows, const Course& course, Increment& increment,
                Changes& changes);
  void noteStep(const Rows& rows, const DaysAnswered& answered, const Followed& followed, const Gain& gain,
                const Increment& increment, Changes& changes);
  void hold(const Read& read, const Rows& rows, Metric doubtful, Increment& increment, Changes& changes);
  void forgetAhead(const Read& read, Changes& changes);
  void forgetBefore(const Read& read, Date oldest, Changes& changes);

  std::map<Subject, Days> days_;
  std::map<Source, ReadTime> reads_;
  std::map<Subject, Plausibility> plausibility_;
  std::map<Subject, Jumps> jumps_;  // of those that ever jumped
  std::map<Subject, Descent> descents_;
  std::map<Subject, Instant> beyondSince_;  // of those whose outcomes are beyond all mail
  std::map<Subject, Lag> lags_;             // of those that lag
};

}  // namespace arrivald::delivery
