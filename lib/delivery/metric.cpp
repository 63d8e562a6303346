#include "delivery/metric.hpp"

namespace arrivald::delivery {
namespace {

constexpr std::array<std::string_view, kMetricCount> kMetricNames = {
    "requests",          "processed",      "delivered",    "deferred",
    "bounces",           "blocks",         "bounce_drops", "spam_report_drops",
    "unsubscribe_drops", "invalid_emails", "drops",        "spam_reports",
    "unsubscribes",      "opens",          "unique_opens", "clicks",
    "unique_clicks",     "returned"};

}  // namespace

std::string_view name(Metric metric) { return kMetricNames[static_cast<std::size_t>(metric)]; }

std::optional<Metric> metricNamed(std::string_view name) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (kMetricNames[i] == name) return static_cast<Metric>(i);
  return std::nullopt;
}

}  // namespace arrivald::delivery
