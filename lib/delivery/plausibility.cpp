#include "delivery/plausibility.hpp"

#include <algorithm>
#include <utility>

namespace arrivald::delivery {
namespace {

// Polls a moment apart, as after a start or beside the daily re-read, tell no pace.
constexpr Duration kShortest = std::chrono::minutes(1);
// A step is what exceeds the mean of about so many reads, and more mail than kWorth. What took longer than
// kSteep may have grown steadily.
constexpr double kRecentReads = 16;
constexpr std::int64_t kWorth = 20;
constexpr Duration kSteep = std::chrono::minutes(30);

double paceOf(std::int64_t gained, Duration elapsed) {
  return static_cast<double>(gained) / static_cast<double>(std::max(elapsed, kShortest).count());
}

// Outcomes where the source has no requests: they follow them.
std::int64_t mailOf(const Gain& gain) {
  return gain.requestsCounted ? gain.counts[Metric::requests] : gain.counts.outcomeEvents();
}

std::int64_t complaintsOf(const Gain& gain) {
  return gain.counts[Metric::spamReports] + gain.counts[Metric::unsubscribes];
}

}  // namespace

std::int64_t Gain::greatest() const {
  std::int64_t greatest = 0;
  for (const auto metric : allMetrics()) greatest = std::max(greatest, counts[metric]);
  return greatest;
}

bool Plausibility::isJump(std::int64_t gained, double fastest, Duration elapsed) const {
  return reads_ >= kReads && gained > kSlack && paceOf(gained, elapsed) > kJump * fastest;
}

bool Plausibility::isPlausible(const Gain& gain) const {
  const auto& counts = gain.counts;
  const auto requests = counts[Metric::requests];
  const auto answered = std::max(counts.outcomeEvents() + counts.dropped(), counts[Metric::processed]);
  if (gain.requestsCounted && answered - requests > std::max<std::int64_t>(0, gain.unanswered) + kSlack)
    return false;
  return !isJump(mailOf(gain), fastest_.mail, gain.elapsed) &&
         !isJump(complaintsOf(gain), fastest_.complaints, gain.elapsed);
}

void Plausibility::believed(const Gain& gain) {
  fastest_.mail = std::max(fastest_.mail, paceOf(mailOf(gain), gain.elapsed));
  fastest_.complaints = std::max(fastest_.complaints, paceOf(complaintsOf(gain), gain.elapsed));
  recent_ += (paceOf(mailOf(gain), gain.elapsed) - recent_) / kRecentReads;
  reads_ = std::min(reads_ + 1, kReads);
}

bool Plausibility::isStep(const Gain& gain) const {
  const auto size = gain.greatest();
  return reads_ >= kReads && gain.elapsed <= kSteep && size > kWorth &&
         paceOf(size, gain.elapsed) > kJump * recent_;
}

void Plausibility::hold(Rows rows) {
  if (confirmedLast_) return;
  held_ = std::move(rows);
  heldFor_ = confirmations_ = 0;
  heldSince_ = {};
}

std::optional<Rows> Plausibility::confirmedBy(const Rows& rows, Duration elapsed) {
  confirmedLast_ = false;
  if (held_.empty()) return std::nullopt;
  heldSince_ += elapsed;
  const bool confirms = std::ranges::all_of(held_, [&](const auto& row) {
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
  if (++confirmations_ < kConfirmations && heldSince_ < kLater) {
    confirmedLast_ = true;
    return std::nullopt;
  }
  return std::exchange(held_, {});
}

}  // namespace arrivald::delivery
