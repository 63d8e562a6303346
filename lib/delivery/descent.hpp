// Descent: whether answers below what was counted of a day are its truth.
//
// A running total that falls proves that a total was wrong: those before, as after a lie that lasted, or this
// one, as of a replica that lags. Answers that stay below and rise are what there is to go by, whichever it
// was: the windows then hold what was counted up to some time before, and what answers gained since. After a
// lag that puts mail later than it was; none is in them twice.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <vector>

#include "base/instant.hpp"
#include "delivery/metric.hpp"

namespace arrivald::delivery {

/// The totals of a day in one answer.
struct Shown {
  Instant at;
  Counts totals;
  friend bool operator==(const Shown&, const Shown&) = default;
};

/// The memory of one subject. Not stored: after a restart the answers are counted anew.
class Descent {
 public:
  /// So many answers, none lower than the one before, of which so many rise, with the first and the last this
  /// far apart; fewer where they come slowly.
  static constexpr unsigned kReads = 5, kRises = 3;
  static constexpr Duration kApart = std::chrono::minutes(4);
  static constexpr unsigned kSlowReads = 3, kSlowRises = 2;
  static constexpr Duration kSlowApart = std::chrono::minutes(10);
  /// Answers remembered, the first one and the latest.
  static constexpr std::size_t kKept = 64;

  /// One answer about `day`, of which `level` was counted; of what it lacks the answer before holds. Whether
  /// the answers up to this one are the truth.
  bool note(Date day, const Counts& level, Counts totals, Instant at);
  /// The answers in a row that were below, oldest first.
  const std::vector<Shown>& shown() const { return shown_; }
  void reset();
  void shift(Duration step);

 private:
  Date day_{};
  std::vector<Shown> shown_;
  unsigned reads_ = 0, rises_ = 0;
};

}  // namespace arrivald::delivery
