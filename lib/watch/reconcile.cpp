#include "watch/reconcile.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

constexpr Duration kSettles = std::chrono::hours(6);

// How long ago the series stood `mails` lower than now.
Duration agoBy(const delivery::Series& series, std::int64_t mails, Instant now) {
  constexpr auto kProcessed = static_cast<std::size_t>(Metric::processed);
  const auto& marks = series.marks();
  for (auto i = marks.size(); i-- > 0;)
    if (static_cast<std::uint32_t>(marks.back().totals[kProcessed] - marks[i].totals[kProcessed]) >= mails)
      return now - marks[i].at;
  return marks.empty() ? Duration{} : now - marks.front().at;
}

}  // namespace

std::optional<rules::Facts::DayCompared> closedDay(const State& state, const config::Account& account,
                                                   Instant now) {
  const Subject whole{account.name, Dimension::account, ""};
  const auto day = account.zone.dateOf(now - kSettles) - std::chrono::days(1);
  const auto begin = account.zone.startOf(day);
  const auto* streamed = state.streamed().find(whole);
  const auto* statistics = state.windows().find(whole);
  if (!streamed || !streamed->begin() || *streamed->begin() > begin || !statistics ||
      !statistics->lastRead() ||
      *statistics->lastRead() < account.zone.startOf(day + std::chrono::days(1)) + kSettles)
    return std::nullopt;
  const auto counted = state.today(whole, day);
  const auto reported = state.streamedDays().find({account.name, day});
  if (!counted || reported == state.streamedDays().end()) return std::nullopt;
  return rules::Facts::DayCompared{day, *counted, reported->second};
}

std::optional<Duration> lagOfStatistics(const State& state, const config::Account& account, Instant now) {
  const Subject whole{account.name, Dimension::account, ""};
  const auto today = account.zone.dateOf(now);
  const auto* streamed = state.streamed().find(whole);
  const auto* statistics = state.windows().find(whole);
  const auto counted = state.today(whole, today);
  const auto reported = state.streamedDays().find({account.name, today});
  if (!streamed || !statistics || !counted || reported == state.streamedDays().end() || !streamed->begin() ||
      *streamed->begin() > account.zone.startOf(today))
    return std::nullopt;
  const auto ahead = reported->second[Metric::processed] - (*counted)[Metric::processed];
  if (ahead == 0) return Duration{};
  return ahead > 0 ? agoBy(*streamed, ahead, now) : -agoBy(*statistics, -ahead, now);
}

}  // namespace arrivald::watch
