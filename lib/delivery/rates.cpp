#include "delivery/rates.hpp"

namespace arrivald::delivery {
namespace {

std::optional<double> share(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::optional<double> deliveryRate(const Counts& counts) {
  return share(counts[Metric::delivered], counts.outcomes());
}

std::optional<double> failureShare(const Counts& counts) { return share(counts.failed(), counts.outcomes()); }

std::optional<double> deliveryRateByRequest(const Counts& counts) {
  return share(counts[Metric::delivered], counts[Metric::requests]);
}

std::optional<double> deliveryRateLessDrops(const Counts& counts) {
  return share(counts[Metric::delivered], counts[Metric::requests] - counts.dropped());
}

std::optional<double> bounceRate(const Counts& counts) {
  return share(counts[Metric::bounces], counts.outcomes());
}

std::optional<double> blockRate(const Counts& counts) {
  return share(counts[Metric::blocks], counts.outcomes());
}

std::optional<double> dropRate(const Counts& counts) {
  const auto requests = counts[Metric::requests];
  return share(counts.dropped(), requests > 0 ? requests : counts.outcomes() + counts.dropped());
}

std::optional<double> spamReportRate(const Counts& counts) {
  return share(counts[Metric::spamReports], counts[Metric::delivered]);
}

std::int64_t queueEstimate(const Counts& counts) { return counts[Metric::processed] - counts.outcomes(); }

}  // namespace arrivald::delivery
