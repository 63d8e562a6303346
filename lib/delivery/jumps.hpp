// Jumps: steps of one subject's totals that are much steeper than what is usual, and whether later answers
// deny them.
//
// A jump may be a lie that lasted: another account's row, doubled values, a wrong date. Honest answers after
// it lie between the totals before the jump and those after it, and rise. A replica that lags does not look
// like that: it shows totals that the subject passed through at its usual pace, so not inside a jump, or only
// for the few answers in which the jump happened.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <vector>

#include "delivery/plausibility.hpp"

namespace arrivald::delivery {

struct Jump {
  Instant since;          ///< the last read before it
  Rows before;            ///< the totals then, of the days that were read
  Rows after;             ///< the answer that jumped
  std::int64_t size = 0;  ///< of the metric that gained most
  Usual usual;            ///< what was usual until then
  Rows heights = {};      ///< the totals that were taken back with it; empty while it stands
  Rows marks = {};        ///< high-water marks before it: what lies below them is no news after it either
  friend bool operator==(const Jump&, const Jump&) = default;
};

/// The memory of one subject. The jumps are stored, so that a lie that ends or returns after a restart is
/// known; the answers that are about to deny one are counted anew.
class Jumps {
 public:
  /// Answers inside a jump deny it if none is lower than the one before, so many of them rise, and the first
  /// and the last are this far apart.
  static constexpr unsigned kReads = 5;
  static constexpr unsigned kRises = 3;
  static constexpr Duration kApart = std::chrono::minutes(4);
  /// Jumps remembered, the greatest ones, and for how long.
  static constexpr std::size_t kKept = 4;
  static constexpr Duration kKeptFor = std::chrono::hours(48);

  void note(Jump jump);
  /// The jump that the answers up to this one deny. `heights`: the greatest totals believed. It is taken back
  /// then, together with those after it.
  std::optional<Jump> deniedBy(const Rows& shown, const Rows& heights, Instant at);
  /// The total that was taken back and that a jump from `believed` to `now` returns to; 0 if none.
  std::int64_t heightReached(Date date, Metric metric, std::int64_t believed, std::int64_t now) const;
  /// Those remembered, ascending.
  const std::vector<Jump>& all() const { return jumps_; }
  /// Of the store, ascending; at most kKept.
  void restore(std::vector<Jump> jumps);
  void shift(Duration step);

 private:
  std::vector<Jump> jumps_;  // ascending
  // The answers in a row that are inside one jump.
  struct Inside {
    Instant since;  // of the jump
    Instant first;
    Rows latest;
    unsigned reads = 0;
    unsigned rises = 0;
  };
  std::optional<Inside> inside_;
};

}  // namespace arrivald::delivery
