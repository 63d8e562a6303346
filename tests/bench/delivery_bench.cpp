// What booking a read and asking for a window cost, and what a subject's history takes in memory.
#include <malloc.h>

#include <array>
#include <random>

#include "bench/measure.hpp"
#include "delivery/ledger.hpp"
#include "delivery/window.hpp"

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Instant kStart = parseIso("2026-10-23T00:00:00Z").value();
constexpr int kMinutes = 31 * 24 * 60;

Counts mail(std::mt19937& random) {
  Counts counts;
  for (const auto metric : allMetrics()) counts[metric] = static_cast<std::int64_t>(random() % 50);
  return counts;
}

// A subject that is busy day and night, read every minute for 31 days.
Series busySeries() {
  std::mt19937 random(1);
  Series series;
  series.add(kStart, kStart, {});
  for (int i = 0; i < kMinutes; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, mail(random));
  return series;
}

void updates() {
  std::mt19937 random(1);
  std::array<Counts, 64> gains;
  for (auto& gain : gains) gain = mail(random);
  Series series = busySeries();
  Instant at = kStart + kMinutes * 1min;
  std::size_t removed = 0;
  const double spent = bench::milliseconds([&] {
    for (std::size_t i = 0; i < 10'000; ++i) {
      removed += series.add(at, at + 1min, gains[i % gains.size()]).removed.size();
      at += 1min;
    }
  });
  std::printf("series: book an increment (17 metrics, thinning included)  %7.1f ns   [%zu marks thinned]\n",
              spent * 100, removed);
}

void queries() {
  const Series series = busySeries();
  const Instant last = kStart + kMinutes * 1min;
  for (const auto window : {Duration(5min), Duration(30min), Duration(1h), Duration(6h), Duration(24h),
                            Duration(7 * 24h), Duration(30 * 24h)}) {
    std::int64_t sink = 0;
    const double spent = bench::milliseconds([&] {
      for (int i = 0; i < 1000; ++i)
        sink += series.sum(window, last + i * 7ms, 3min).counts[Metric::delivered];
    });
    std::printf("series: sum over %-5s                                      %7.1f ns   [%lld]\n",
                toText(window).c_str(), spent * 1000, static_cast<long long>(sink & 1));
  }
  std::int64_t sink = 0;
  const double spent = bench::milliseconds([&] {
    for (int i = 0; i < 1000; ++i)
      sink += series.sum(30min, last - 10min + i * 7ms, 3min).counts[Metric::delivered];
  });
  std::printf("series: sum over 30 minutes that ended 10 minutes ago        %7.1f ns   [%lld]\n",
              spent * 1000, static_cast<long long>(sink & 1));
  const double sparkline =
      bench::milliseconds([&] { sink += static_cast<std::int64_t>(series.buckets(15min, 96, last).size()); });
  std::printf("series: sparkline of 96 quarters of an hour                  %7.1f us\n", sparkline * 1000);
}

void memory() {
  const auto before = bench::heapBytes();
  Series busy = busySeries();
  malloc_trim(0);
  std::printf("series: busy for 31 days                                     %7.1f KB   [%zu marks]\n",
              static_cast<double>(bench::heapBytes() - before) / 1000, busy.marks().size());
  const auto middle = bench::heapBytes();
  Series idle;
  idle.add(kStart, kStart, {});
  for (int i = 0; i < kMinutes; ++i) idle.add(kStart + i * 1min, kStart + (i + 1) * 1min, {});
  std::printf("series: idle for 31 days                                     %7.1f KB   [%zu marks]\n",
              static_cast<double>(bench::heapBytes() - middle) / 1000, idle.marks().size());
}

void ledgers() {
  constexpr int kSubjects = 100;
  Ledger ledger;
  Read read{{"main", Dimension::category}, kStart, {}, {}, {}, true, {}};
  read.lastDay = parseDate("2026-10-23").value();
  read.firstDay = read.lastDay - std::chrono::days(3);
  for (int i = 0; i < kSubjects; ++i) {
    SubjectTotals totals{{"main", Dimension::category, "category-" + std::to_string(i)}, {}};
    for (auto date = read.firstDay; date <= read.lastDay; date += std::chrono::days(1))
      totals.days.push_back({date, {}});
    read.totals.push_back(std::move(totals));
  }
  const double spent = bench::milliseconds([&] {
    read.at += 1min;
    for (auto& totals : read.totals) totals.days.back().counts[Metric::delivered] += 3;
    ledger.apply(read);
  });
  std::printf("ledger: book a read of %d subjects, 4 days each             %7.1f us\n", kSubjects,
              spent * 1000);
}

}  // namespace

int main() {
  updates();
  queries();
  memory();
  ledgers();
}
