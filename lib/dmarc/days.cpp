#include "dmarc/days.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>
#include <utility>

namespace arrivald::dmarc {
namespace {

constexpr auto kOneDayAtMost = std::chrono::hours(36);

}  // namespace

std::vector<DayShare> daysOf(const aggregate::Period& period, const TimeZone& zone) {
  if (period.end - period.begin <= kOneDayAtMost)
    return {{zone.dateOf(period.begin + (period.end - period.begin) / 2), 1}};
  std::vector<DayShare> days;
  for (auto day = zone.dateOf(period.begin); zone.startOf(day) < period.end; day += std::chrono::days(1)) {
    const auto begin = std::max(period.begin, zone.startOf(day));
    const auto end = std::min(period.end, zone.startOf(day + std::chrono::days(1)));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(end - begin).count();
    if (seconds > 0) days.push_back({day, seconds});
  }
  return days;
}

std::vector<std::uint64_t> spread(std::uint64_t count, const std::vector<DayShare>& days) {
  std::uint64_t total = 0;
  for (const auto& day : days) total += static_cast<std::uint64_t>(day.seconds);
  std::vector<std::uint64_t> counts, remainders;
  std::uint64_t given = 0;
  for (const auto& day : days) {
    const auto seconds = static_cast<std::uint64_t>(day.seconds);
    // count * seconds / total, in numbers that do not overflow.
    const auto rest = count % total * seconds;
    counts.push_back(count / total * seconds + rest / total);
    remainders.push_back(rest % total);
    given += counts.back();
  }
  std::vector<std::size_t> order(days.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return remainders[i]; });
  for (std::size_t i = 0; given < count; ++i, ++given) ++counts[order[i]];
  return counts;
}

std::uint16_t Fate::number() const {
  const unsigned why = cause ? static_cast<unsigned>(*cause) + 1 : 0;
  return static_cast<std::uint16_t>(static_cast<unsigned>(aligned) | static_cast<unsigned>(disposition) << 2 |
                                    why << 5 | (relayed ? 1U << 8 : 0U));
}

Fate Fate::of(std::uint16_t number) {
  Fate fate;
  fate.aligned = static_cast<Aligned>(number & 3U);
  fate.disposition = static_cast<aggregate::Disposition>(std::min(number >> 2 & 7U, 4U));
  const auto why = number >> 5 & 7U;
  if (why > 0) fate.cause = static_cast<FailureCause>(std::min(why - 1, 3U));
  fate.relayed = (number >> 8 & 1U) != 0;
  return fate;
}

Fate fateOf(const aggregate::Report& report, const aggregate::Row& row) {
  Fate fate{alignedOf(row), row.disposition, failureCauseOf(report, row), false};
  for (const auto& reason : report.reasonsOf(row)) {
    using aggregate::Override;
    fate.relayed = fate.relayed || reason.type == Override::forwarded ||
                   reason.type == Override::trustedForwarder || reason.type == Override::mailingList ||
                   (reason.type == Override::localPolicy &&
                    report.words[reason.comment].find("arc=pass") != std::string_view::npos);
  }
  return fate;
}

DayCounts dayCountsOf(const aggregate::Report& report, const TimeZone& zone) {
  DayCounts counts;
  const auto days = daysOf(report.period, zone);
  std::set<std::pair<Sender, aggregate::Words::Id>> known;
  for (const auto& row : report.rows) {
    auto sender = senderOf(report, row);
    std::string from(report.words[row.headerFrom]);
    const std::pair who{sender, row.headerFrom};
    if (!known.contains(who)) {
      if (known.size() < kMaxSendersPerReport) {
        known.insert(who);
      } else {
        sender = {};
        from = report.policy.domain;
      }
    }
    const auto shares = spread(row.count, days);
    for (std::size_t i = 0; i < days.size(); ++i) {
      if (shares[i] == 0) continue;
      counts[{days[i].day, report.policy.domain, from, report.reporter, sender, fateOf(report, row)}] +=
          shares[i];
    }
  }
  return counts;
}

}  // namespace arrivald::dmarc
