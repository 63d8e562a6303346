// Plausibility: which totals of a subject are believed at once, and which wait for the next read to confirm
// them. One answer may be wrong by any amount; what it adds would count, and could not be taken back.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "base/instant.hpp"
#include "delivery/metric.hpp"

namespace arrivald::delivery {

/// The totals of one subject in one answer, by day; kLacking where it has none.
using Rows = std::map<Date, Counts>;

/// What an answer would add, and what earlier days explain of it.
struct Gain {
  Counts counts;
  Duration elapsed{};             ///< since the last read
  Metrics lacking;                ///< what the answer has not
  std::int64_t unanswered = 0;    ///< mails requested before whose outcome is still open
  bool requestsCounted = false;   ///< false: the source has no requests, as mailbox providers may lack them
  Counts ofOneDay;                ///< the most of each metric on one of the days that are over, …
  bool dayKnown = false;          ///< … if there was mail on any of them
  std::int64_t greatest() const;  ///< what the metric that gained most gained
  Metric mostOutcomes() const;    ///< of outcomes and drops the metric that gained most
};

/// How fast each metric grew at its fastest, in mails a millisecond. What was long ago counts less.
class Pace {
 public:
  /// Time passes.
  void fade(Duration elapsed);
  void note(Metric metric, std::int64_t gained, Duration elapsed);
  void set(Metric metric, double pace) { each_[static_cast<std::size_t>(metric)] = pace; }
  double of(Metric metric) const { return each_[static_cast<std::size_t>(metric)]; }
  friend bool operator==(const Pace&, const Pace&) = default;

 private:
  std::array<double, kMetricCount> each_{};
};

/// What is usual of one subject.
struct Usual {
  Pace fastest;
  double recent = 0;  ///< mails a millisecond in the last minutes
  friend bool operator==(const Usual&, const Usual&) = default;
};

/// The memory of one subject. What is usual is not stored: after a restart it is learned from the windows
/// (restore()), since one answer after it may be wrong, too.
class Plausibility {
 public:
  /// So little is not worth a delay, whatever is usual.
  static constexpr std::int64_t kFew = 2;
  /// A jump exceeds the fastest growth so far, or the most of one day, by this factor.
  static constexpr double kJump = 2;
  /// Until so many reads have shown what is usual, only what exceeds a whole day's mail is a jump, and more
  /// mail than this.
  static constexpr unsigned kReads = 5;
  static constexpr std::int64_t kUnknownDay = 100;
  /// An answer that was held back can be confirmed by so many later reads.
  static constexpr unsigned kHeldFor = 3;
  /// So many later answers have to confirm it, for two wrong ones may follow each other; one suffices where
  /// it comes this much later.
  static constexpr unsigned kConfirmations = 2;
  static constexpr Duration kLater = std::chrono::minutes(10);

  /// An answer comes so long after the last one. To be called first.
  void passed(Duration elapsed);
  /// The metric for which `gain` may not be believed at once, if there is one: it grows much faster than ever
  /// before, or it is an outcome or drop beyond what the requests, and earlier days, explain.
  std::optional<Metric> doubtful(const Gain& gain) const;
  /// How many outcomes and drops `gain` has beyond the mail that it adds, what was open before, and what may
  /// be counted a little earlier than its request; 0 if none, or if that is not known. Unlike what is
  /// doubtful, no later answer makes it true.
  std::int64_t beyondMail(const Gain& gain) const;
  /// Whether `gain` is far beyond what was usual of late, be it believed or not.
  bool isStep(const Gain& gain) const;
  void believed(const Gain& gain);
  const Usual& usual() const { return usual_; }
  /// As it was before what turned out to be wrong, or as the windows have it.
  void restore(const Usual& usual);

  /// Holds an answer back that was asked for from `firstDay` on. One that the last confirmedBy() was about
  /// and that it confirms stays held in its place.
  void hold(Rows rows, Date firstDay);
  /// The rows held back, once answers enough confirm them: no total of `rows` is lower. They are believed
  /// then, and held no more. An answer that was asked for fewer days can deny them only.
  std::optional<Rows> confirmedBy(const Rows& rows, Date firstDay);

 private:
  using Since = std::array<Duration, kMetricCount>;
  double allowed(Metric metric, const Gain& gain) const;
  std::optional<Metric> unexplained(const Gain& gain) const;

  Usual usual_;
  unsigned reads_ = 0;  // that were believed, up to kReads
  Rows held_;
  Date heldFrom_{};
  unsigned heldFor_ = 0;  // reads since that did not confirm it
  unsigned confirmations_ = 0;
  Duration heldSince_{};
  Since since_{};               // the last answer whose metric was believed
  Since heldAfter_{};           // the same, when the answer was held back
  Duration resumesAfter_{};     // from an answer that is confirmed to the one that confirms it
  bool confirmedLast_ = false;  // by the last answer
};

}  // namespace arrivald::delivery
