#include "delivery/descent.hpp"

#include <algorithm>

namespace arrivald::delivery {
namespace {

bool isAnyLess(const Counts& a, const Counts& b) {
  return std::ranges::any_of(allMetrics(), [&](Metric metric) { return a[metric] < b[metric]; });
}

}  // namespace

bool Descent::note(Date day, const Counts& level, Counts totals, Instant at) {
  const bool goesOn = !shown_.empty() && day == day_;
  const Counts& known = goesOn ? shown_.back().totals : level;
  for (const auto metric : allMetrics())
    if (totals[metric] < 0) totals[metric] = known[metric];
  if (!goesOn || isAnyLess(totals, known) || !isAnyLess(totals, level)) reset();
  if (!isAnyLess(totals, level)) return false;
  day_ = day;
  ++reads_;
  if (!shown_.empty() && isAnyLess(shown_.back().totals, totals)) ++rises_;
  if (shown_.size() >= kKept) shown_.erase(shown_.begin() + 1);
  shown_.push_back({at, totals});
  const Duration apart = at - shown_.front().at;
  return (reads_ >= kReads && rises_ >= kRises && apart >= kApart) ||
         (reads_ >= kSlowReads && rises_ >= kSlowRises && apart >= kSlowApart);
}

void Descent::reset() {
  shown_.clear();
  reads_ = rises_ = 0;
}

void Descent::shift(Duration step) {
  for (auto& one : shown_) one.at += step;
}

}  // namespace arrivald::delivery
