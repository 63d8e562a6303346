#include "watch/reconcile.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "stream/day_offset.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

constexpr Duration kSettles = std::chrono::hours(6);
// By how much the provider's clock may be ahead of ours.
constexpr Duration kClocksDiffer = std::chrono::minutes(10);

// How long ago the series was lower by `mails` than now.
Duration agoBy(const delivery::Series& series, std::int64_t mails, Instant now) {
  constexpr auto kProcessed = static_cast<std::size_t>(Metric::processed);
  const auto& marks = series.marks();
  for (auto i = marks.size(); i-- > 0;)
    if (static_cast<std::uint32_t>(marks.back().totals[kProcessed] - marks[i].totals[kProcessed]) >= mails)
      return now - marks[i].at;
  return marks.empty() ? Duration{} : now - marks.front().at;
}

Subject wholeOf(const config::Account& account) { return {account.name, Dimension::account, ""}; }

bool knownFrom(const delivery::Series* series, Instant begin) {
  return series && series->begin() && *series->begin() <= begin;
}

}  // namespace

std::optional<rules::StreamFacts::DayCompared> closedDay(const Statistics& statistics,
                                                         const EventCounts& events,
                                                         const config::Account& account, Instant now) {
  const auto whole = wholeOf(account);
  const auto day = account.zone.dateOf(now - kSettles) - std::chrono::days(1);
  const auto settled = account.zone.startOf(day + std::chrono::days(1)) + kSettles;
  const auto* read = statistics.windows().find(whole);
  if (!knownFrom(events.windows().find(whole), account.zone.startOf(day)) || !read || !read->lastRead() ||
      *read->lastRead() < settled)
    return std::nullopt;
  const auto counted = statistics.dayTotal(whole, day);
  const auto streamed = events.day(account.name, day);
  if (!counted || !streamed) return std::nullopt;
  return rules::StreamFacts::DayCompared{day, *counted, *streamed};
}

std::string daysBeginElsewhere(const Statistics& statistics, const EventCounts& events,
                               const config::Account& account, Instant now) {
  constexpr double kMuch = 0.1;
  constexpr int kDays = 6;
  const auto whole = wholeOf(account);
  const auto last = closedDay(statistics, events, account, now);
  const auto* streamed = events.windows().find(whole);
  if (!last || !streamed) return "";
  const auto counted = last->statistics[Metric::processed], heard = last->events[Metric::processed];
  if (static_cast<double>(std::abs(counted - heard)) < kMuch * static_cast<double>(std::max(counted, heard)))
    return "";
  std::vector<std::pair<Date, std::int64_t>> days;
  for (int back = 0; back < kDays; ++back) {
    const auto date = last->day - std::chrono::days(back);
    if (const auto total = statistics.dayTotal(whole, date))
      days.emplace_back(date, (*total)[Metric::processed]);
  }
  const auto found = stream::dayOffset(*streamed, days, now);
  return found ? stream::toText(found->offset) : "";
}

std::optional<Date> mailOfDayAhead(const Statistics& statistics, const config::Account& account,
                                   Instant now) {
  auto date = account.zone.dateOf(now + kClocksDiffer) + std::chrono::days(1);
  for (; date <= delivery::latestDate(now); date += std::chrono::days(1))
    if (const auto total = statistics.dayTotal(wholeOf(account), date); total && !total->isZero())
      return date;
  return std::nullopt;
}

std::optional<Duration> lagOfStatistics(const Statistics& statistics, const EventCounts& events,
                                        const config::Account& account, Instant now) {
  const auto whole = wholeOf(account);
  const auto today = account.zone.dateOf(now);
  const auto* streamedSeries = events.windows().find(whole);
  const auto* readSeries = statistics.windows().find(whole);
  const auto counted = statistics.dayTotal(whole, today);
  const auto streamed = events.day(account.name, today);
  if (!knownFrom(streamedSeries, account.zone.startOf(today)) || !readSeries || !counted || !streamed)
    return std::nullopt;
  const auto ahead = (*streamed)[Metric::processed] - (*counted)[Metric::processed];
  if (ahead == 0) return Duration{};
  return ahead > 0 ? agoBy(*streamedSeries, ahead, now) : -agoBy(*readSeries, -ahead, now);
}

}  // namespace arrivald::watch
