#include "delivery/lag.hpp"

#include <algorithm>

#include "delivery/descent.hpp"
#include "delivery/window.hpp"

namespace arrivald::delivery {

bool Lag::note(const Series& past, const Missing& missing, Instant at) {
  const bool isFew =
      std::ranges::all_of(allMetrics(), [&](Metric metric) { return missing.counts[metric] <= kFew; });
  if (isFew && !until_) return false;
  const auto last = past.lastRead();
  if (!last) return false;
  const auto passage = past.passed(missing.counts, missing.told, *last - kDeepest);
  if (!passage) return false;
  if (!until_) {
    const auto depth = std::min(at - passage->from, kDeepest);
    until_ = at + depth + depth / 2 + kGrace;
  }
  shown_ = passage->from;
  if (!passage->isSteep)
    inside_.reset();
  else if (staysInside(passage->from, passage->to - passage->from, missing.counts, at))
    return false;
  return at <= *until_;
}

// Whether answers rise inside a step for longer than a replica that goes on would.
bool Lag::staysInside(Instant step, Duration length, const Counts& missing, Instant at) {
  const auto isLess = [&](Metric metric) { return missing[metric] < inside_->missing[metric]; };
  if (!inside_ || inside_->step != step)
    inside_ = Inside{step, at, missing, 0, 0};
  else if (std::ranges::any_of(allMetrics(), isLess))
    ++inside_->rises;
  inside_->missing = missing;
  ++inside_->reads;
  const auto stays = at - inside_->first;
  return stays > 2 * length && ((inside_->reads >= Descent::kReads && inside_->rises >= Descent::kRises &&
                                 stays >= Descent::kApart) ||
                                (inside_->reads >= Descent::kSlowReads &&
                                 inside_->rises >= Descent::kSlowRises && stays >= Descent::kSlowApart));
}

void Lag::shift(Duration step) {
  if (until_) *until_ += step;
  if (inside_) inside_->step += step, inside_->first += step;
  shown_ += step;
}

}  // namespace arrivald::delivery
