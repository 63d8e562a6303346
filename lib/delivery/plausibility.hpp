// Plausibility: which totals of a subject are believed at once, and which wait for the next read to confirm
// them. One answer may be wrong by any amount; what it adds would count, and could not be taken back.
//
// Pure, no I/O; not thread-safe.
#pragma once

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
  std::int64_t unanswered = 0;    ///< mails requested before whose outcome is still open
  bool requestsCounted = false;   ///< false: the source has no requests, as mailbox providers may lack them
  std::int64_t greatest() const;  ///< what the metric that gained most gained
};

/// The memory of one subject. Not stored: after a restart jumps are believed until kReads reads have shown
/// what is usual.
class Plausibility {
 public:
  /// No more mail than this is worth a delay.
  static constexpr std::int64_t kSlack = 100;
  /// A jump exceeds the fastest growth so far by this factor.
  static constexpr double kJump = 5;
  static constexpr unsigned kReads = 5;
  /// An answer that was held back can be confirmed by so many later reads.
  static constexpr unsigned kHeldFor = 3;
  /// So many later answers have to confirm it, for two wrong ones may follow each other; one suffices where
  /// it comes this much later.
  static constexpr unsigned kConfirmations = 2;
  static constexpr Duration kLater = std::chrono::minutes(10);

  /// Whether `gain` may be believed at once: its outcomes and drops do not exceed its requests beyond what
  /// earlier days explain, and neither its mail nor its complaints grow much faster than ever before.
  bool isPlausible(const Gain& gain) const;
  /// Whether `gain` is far beyond what was usual of late, be it believed or not.
  bool isStep(const Gain& gain) const;
  void believed(const Gain& gain);
  /// The fastest growth so far, in mails a millisecond.
  struct Pace {
    double mail = 0;
    double complaints = 0;
  };
  Pace fastest() const { return fastest_; }
  /// What was faster turned out to be wrong.
  void slowDownTo(Pace pace) { fastest_ = pace; }

  /// Holds an answer back. One that the last confirmedBy() was about and that it confirms stays held in its
  /// place.
  void hold(Rows rows);
  /// The rows held back, once answers enough confirm them: no total of `rows` is lower. They are believed
  /// then, and held no more. `elapsed`: since the last read.
  std::optional<Rows> confirmedBy(const Rows& rows, Duration elapsed);

 private:
  bool isJump(std::int64_t gained, double fastest, Duration elapsed) const;

  Pace fastest_;
  double recent_ = 0;   // mails a millisecond
  unsigned reads_ = 0;  // that were believed, up to kReads
  Rows held_;
  unsigned heldFor_ = 0;  // reads since that did not confirm it
  unsigned confirmations_ = 0;
  Duration heldSince_{};
  bool confirmedLast_ = false;  // by the last answer
};

}  // namespace arrivald::delivery
