// Lag: whether an answer below what was counted shows what there was some time ago, as a replica that lags
// shows it, so that it tells nothing new.
//
// Such an answer lies on the trail of the subject: all its numbers at once are those of one moment between
// two reads. A correction of single numbers does not; nor does the truth after a lie, as soon as it goes
// another way: it rises inside the step that the lie was, or has other shares. What corrects all numbers in
// proportion is taken for a lag, but for no longer than a lag so deep takes to end.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <optional>

#include "base/instant.hpp"
#include "delivery/metric.hpp"

namespace arrivald::delivery {

class Series;

/// What of the totals counted an answer does not have.
struct Missing {
  Counts counts;
  Metrics told;        ///< metrics that the answer has for every day asked for
  bool ahead = false;  ///< it exceeds what was counted somewhere: it is news, whatever else is missing
  bool any() const { return !counts.isZero(); }
};

/// The memory of one subject. Not stored: the trail is in the windows.
class Lag {
 public:
  static constexpr Duration kDeepest = std::chrono::hours(3);
  /// A lag is over after half as long again as it is deep, and this.
  static constexpr Duration kGrace = std::chrono::minutes(15);
  /// So few mails may as well be a correction, which costs no more.
  static constexpr std::int64_t kFew = 2;

  /// One answer that is somewhere below what was counted and nowhere above it; `past` has its trail. Whether
  /// it tells nothing new.
  bool note(const Series& past, const Missing& missing, Instant at);
  /// When what the latest answer shows was read.
  Instant shown() const { return shown_; }
  /// Whether it lies inside a step: then others may know better.
  bool isInsideStep() const { return inside_.has_value(); }
  void shift(Duration step);

 private:
  // The answers in a row that are inside one step.
  struct Inside {
    Instant step;
    Instant first;
    Counts missing;  // of the latest
    unsigned reads = 0;
    unsigned rises = 0;
  };
  bool staysInside(Instant step, Duration length, const Counts& missing, Instant at);
  std::optional<Instant> until_;
  Instant shown_;
  std::optional<Inside> inside_;
};

}  // namespace arrivald::delivery
