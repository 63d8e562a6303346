#include "delivery/plausibility.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace arrivald::delivery {
namespace {

// Polls a moment apart, as after a start or beside the daily re-read, tell no pace.
constexpr Duration kShortest = std::chrono::minutes(1);
// After so long, half of the fastest pace is left: a run of last month says nothing about today.
constexpr double kHalfLife = 3 * 24 * 3600e3;
// A step is what exceeds the mean of about so many reads by kSteps, and more mail than kWorth. What took
// longer than kSteep may have grown steadily.
constexpr double kRecentReads = 16;
constexpr double kSteps = 5;
constexpr std::int64_t kWorth = 20;
constexpr Duration kSteep = std::chrono::minutes(30);
// Outcomes may be shown so much earlier than their requests.
constexpr Duration kAhead = std::chrono::minutes(5);
constexpr Duration kDay = std::chrono::hours(24);
// Of outcomes beyond all mail so many are a matter of what is counted first, and this part of what was
// requested meanwhile.
constexpr std::int64_t kBeyondAtLeast = 20;
constexpr std::int64_t kTenth = 10;
// How long a new pace lasts at least once it was confirmed.
constexpr Duration kConfirmed = std::chrono::minutes(3);

double paceOf(std::int64_t gained, Duration elapsed) {
  return static_cast<double>(gained) / static_cast<double>(std::max(elapsed, kShortest).count());
}

// Outcomes where the source has no requests: they follow them.
std::int64_t mailOf(const Gain& gain) {
  return gain.requestsCounted ? gain.counts[Metric::requests] : gain.counts.outcomeEvents();
}

}  // namespace

std::int64_t Gain::greatest() const {
  std::int64_t greatest = 0;
  for (const auto metric : allMetrics()) greatest = std::max(greatest, counts[metric]);
  return greatest;
}

Metric Gain::mostOutcomes() const {
  auto most = Metric::delivered;
  for (const auto metric : allMetrics())
    if ((kOutcomeMetrics | kDropMetrics).contains(metric) && counts[metric] > counts[most]) most = metric;
  return most;
}

void Pace::fade(Duration elapsed) {
  const double left = std::exp2(-static_cast<double>(elapsed.count()) / kHalfLife);
  for (auto& pace : each_) pace *= left;
}

void Pace::note(Metric metric, std::int64_t gained, Duration elapsed) {
  auto& pace = each_[static_cast<std::size_t>(metric)];
  pace = std::max(pace, paceOf(gained, elapsed));
}

void Plausibility::passed(Duration elapsed) {
  usual_.fastest.fade(elapsed);
  for (auto& since : since_) since += elapsed;
  heldSince_ += elapsed;
}

// A gap between reads may hold a day's mail, but no more than days had.
double Plausibility::allowed(Metric metric, const Gain& gain) const {
  const auto since = since_[static_cast<std::size_t>(metric)];
  const auto elapsed = static_cast<double>(std::max(since, kShortest).count());
  const double days = std::max(1.0, elapsed / static_cast<double>(kDay.count()));
  const double ofDays = days * static_cast<double>(gain.ofOneDay[metric]);
  const double fastest = usual_.fastest.of(metric);
  double most = kJump * fastest * elapsed;
  // A pace that was confirmed holds on, however new it is.
  if (reads_ < kReads) return std::max({ofDays, days * static_cast<double>(kUnknownDay), most});
  if (gain.dayKnown)
    most = std::min(most, kJump * (ofDays + fastest * static_cast<double>(kConfirmed.count())));
  return std::max(most, static_cast<double>(kFew));
}

std::optional<Metric> Plausibility::unexplained(const Gain& gain) const {
  const auto& counts = gain.counts;
  const auto requests = counts[Metric::requests];
  const auto answered = std::max(counts.outcomeEvents() + counts.dropped(), counts[Metric::processed]);
  const auto slack = reads_ < kReads
                         ? kUnknownDay
                         : kFew + std::llround(usual_.recent * static_cast<double>(kAhead.count()));
  if (!gain.requestsCounted || answered - requests <= std::max<std::int64_t>(0, gain.unanswered) + slack)
    return std::nullopt;
  const auto most = gain.mostOutcomes();
  return counts[most] > counts[Metric::processed] ? most : Metric::processed;
}

std::int64_t Plausibility::beyondMail(const Gain& gain) const {
  if (reads_ < kReads || !gain.requestsCounted) return 0;
  const auto requests = gain.counts[Metric::requests];
  const auto early = std::llround(usual_.recent * static_cast<double>(kAhead.count()));
  const auto held =
      requests + requests / kTenth + std::max<std::int64_t>(0, gain.unanswered) + kBeyondAtLeast + early;
  return std::max<std::int64_t>(0, gain.counts.outcomeEvents() + gain.counts.dropped() - held);
}

std::optional<Metric> Plausibility::doubtful(const Gain& gain) const {
  // Of several metrics the one that is furthest beyond what is usual.
  std::optional<Metric> worst;
  double most = 1;
  for (const auto metric : allMetrics()) {
    const double factor = static_cast<double>(gain.counts[metric]) / allowed(metric, gain);
    if (factor <= most) continue;
    most = factor;
    worst = metric;
  }
  return worst ? worst : unexplained(gain);
}

void Plausibility::believed(const Gain& gain) {
  for (const auto metric : allMetrics()) {
    auto& since = since_[static_cast<std::size_t>(metric)];
    if (!gain.lacking.contains(metric)) {
      usual_.fastest.note(metric, gain.counts[metric], since);
      since = {};
    }
    since += resumesAfter_;
  }
  resumesAfter_ = {};
  usual_.recent += (paceOf(mailOf(gain), gain.elapsed) - usual_.recent) / kRecentReads;
  reads_ = std::min(reads_ + 1, kReads);
}

void Plausibility::restore(const Usual& usual) {
  usual_ = usual;
  reads_ = kReads;
}

bool Plausibility::isStep(const Gain& gain) const {
  const auto size = gain.greatest();
  return reads_ >= kReads && gain.elapsed <= kSteep && size > kWorth &&
         paceOf(size, gain.elapsed) > kSteps * usual_.recent;
}

void Plausibility::hold(Rows rows, Date firstDay) {
  if (confirmedLast_) return;
  held_ = std::move(rows);
  heldFrom_ = firstDay;
  heldFor_ = confirmations_ = 0;
  heldSince_ = {};
  heldAfter_ = since_;
}

std::optional<Rows> Plausibility::confirmedBy(const Rows& rows, Date firstDay) {
  confirmedLast_ = false;
  if (held_.empty()) return std::nullopt;
  const bool confirms = std::ranges::all_of(held_, [&](const auto& row) {
    if (row.first < firstDay) return true;
    const auto now = rows.find(row.first);
    return std::ranges::all_of(allMetrics(), [&](Metric metric) {
      const auto total = now != rows.end() ? now->second[metric] : 0;
      return total < 0 || row.second[metric] <= total;
    });
  });
  if (!confirms) {
    if (++heldFor_ >= kHeldFor) held_.clear();
    return std::nullopt;
  }
  if (firstDay > heldFrom_) return std::nullopt;
  // Each denial asks for one more: a wrong answer may return.
  if (++confirmations_ < kConfirmations + heldFor_ && (heldSince_ < kLater || heldFor_ > 0)) {
    confirmedLast_ = true;
    return std::nullopt;
  }
  since_ = heldAfter_;
  resumesAfter_ = heldSince_;
  return std::exchange(held_, {});
}

}  // namespace arrivald::delivery
