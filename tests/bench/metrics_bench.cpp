// What a scrape costs: the whole exposition at 1,000 and 10,000 series, and the same series kept and written
// by prometheus-cpp alone, which is why the many are not.
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>

#include "bench/measure.hpp"
#include "metrics/registry.hpp"
#include "support/manual_clock.hpp"

using namespace arrivald;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

/// Lines that are not comments.
std::size_t seriesIn(const std::string& exposition) {
  std::size_t count = 0;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) count += line[0] == '#' ? 0U : 1U;
  return count;
}

Counts someCounts(std::int64_t seed) {
  Counts counts;
  for (const auto metric : delivery::allMetrics())
    counts[metric] = seed * 37 + static_cast<std::int64_t>(metric) * 1'001;
  return counts;
}

void fill(metrics::Registry& registry, std::size_t categories) {
  for (std::size_t i = 0; i < categories; ++i) {
    auto& series = registry.subject({"main", Dimension::category, "category-" + std::to_string(i)});
    series.add(someCounts(static_cast<std::int64_t>(i)));
    series.setToday(someCounts(static_cast<std::int64_t>(i)));
    for (const Duration window : {Duration(std::chrono::minutes(15)), Duration(std::chrono::hours(1)),
                                  Duration(std::chrono::hours(24))}) {
      delivery::WindowSum sum;
      sum.counts = someCounts(static_cast<std::int64_t>(i) + window.count());
      sum.window = sum.covered = window;
      sum.known = true;
      series.setWindow(sum);
    }
  }
  for (const auto* job : {"statistics", "categories", "bounces", "blocks"})
    registry.task("main", job).succeeded(std::chrono::milliseconds(120), Instant{});
}

void measureOurs(std::size_t categories) {
  testing::ManualClock clock;
  metrics::CardinalityLimits limits;
  limits.otherwise = 100'000;
  const auto before = bench::heapBytes();
  metrics::Registry registry(clock, "0.1.0", limits);
  fill(registry, categories);
  const auto kept = bench::heapBytes() - before;
  std::string text = registry.expose();
  const auto series = seriesIn(text);
  const double spent = bench::milliseconds([&] { text = registry.expose(); });
  std::printf("arrivald        %6zu series  %8.3f ms a scrape  %7.1f B a series kept  %6.2f MB text\n",
              series, spent, static_cast<double>(kept) / static_cast<double>(series),
              static_cast<double>(text.size()) / 1e6);
}

void measurePrometheusCpp(std::size_t series) {
  const auto before = bench::heapBytes();
  prometheus::Registry registry;
  constexpr std::size_t kFamilies = 30;
  for (std::size_t f = 0; f < kFamilies; ++f) {
    auto& family = prometheus::BuildCounter()
                       .Name("arrivald_category_metric_" + std::to_string(f) + "_total")
                       .Help("What it counts")
                       .Register(registry);
    for (std::size_t i = 0; i < series / kFamilies; ++i)
      family.Add({{"account", "main"}, {"category", "category-" + std::to_string(i)}})
          .Increment(static_cast<double>(i * 37 + f));
  }
  const auto kept = bench::heapBytes() - before;
  const double collect = bench::milliseconds([&] { registry.Collect(); });
  std::string text;
  const double whole = bench::milliseconds([&] {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, registry.Collect());
    text = out.str();
  });
  const auto count = seriesIn(text);
  std::printf(
      "prometheus-cpp  %6zu series  %8.3f ms a scrape  %7.1f B a series kept  %6.2f MB text  (%.3f ms of it "
      "Collect)\n",
      count, whole, static_cast<double>(kept) / static_cast<double>(count),
      static_cast<double>(text.size()) / 1e6, collect);
}

void measureUpdate() {
  testing::ManualClock clock;
  metrics::Registry registry(clock, "0.1.0", {});
  auto& series = registry.subject({"main", Dimension::account, ""});
  const auto one = someCounts(1);
  constexpr int kTimes = 100'000;
  const double kept = bench::milliseconds([&] {
    for (int i = 0; i < kTimes; ++i) series.add(one);
  });
  const double found = bench::milliseconds([&] {
    for (int i = 0; i < kTimes; ++i) registry.subject({"main", Dimension::account, ""}).add(one);
  });
  std::printf("adding all %zu counters of a subject: %.1f ns with the reference kept, %.1f ns by look-up\n",
              delivery::kMetricCount, 1e6 * kept / kTimes, 1e6 * found / kTimes);
}

}  // namespace

int main() {
  // A category has 32 counters and gauges of its own, and 14 series a window.
  for (const auto categories : std::initializer_list<std::size_t>{13, 134}) measureOurs(categories);
  for (const auto series : std::initializer_list<std::size_t>{1'000, 10'000}) measurePrometheusCpp(series);
  measureUpdate();
  std::printf("peak resident %ld KB\n", bench::statusKilobytes("VmHWM"));
}
