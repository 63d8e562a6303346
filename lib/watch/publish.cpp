#include "watch/publish.hpp"

#include <algorithm>

#include "watch/reconcile.hpp"

namespace arrivald::watch {

using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;

namespace {

const char* jobOf(Dimension dimension) {
  switch (dimension) {
    case Dimension::account:
      return "statistics";
    case Dimension::subuser:
      return "subusers";
    case Dimension::category:
      return "categories";
    case Dimension::mailboxProvider:
      return "mailbox_providers";
    case Dimension::domainGroup:
      break;
  }
  return "events";
}

}  // namespace

Duration maxAgeOf(const State& state, const delivery::Subject& subject) {
  const auto* job = state.jobs().at(subject.account, jobOf(subject.dimension));
  return std::max<Duration>(std::chrono::minutes(3), job ? 3 * job->period : Duration{});
}

Duration trendBucket(const delivery::Series& series, Instant now) {
  const auto known = now - series.begin().value_or(now);
  if (known < std::chrono::hours(6)) return std::chrono::minutes(5);
  return known < std::chrono::hours(24) ? Duration(std::chrono::minutes(15))
                                        : Duration(std::chrono::hours(1));
}

void publish(State& state, const config::Config& config) {
  const auto now = state.clock().now();
  auto& registry = state.registry();
  for (const auto& account : config.accounts) {
    const auto date = account.zone.dateOf(now);
    const auto show = [&](const delivery::Subject& subject) {
      const auto* series = state.series(subject);
      if (subject.account != account.name || !series) return;
      auto& exported = registry.subject(subject);
      exported.setToday(state.today(subject, date));
      const auto timing = maxAgeOf(state, subject);
      for (const auto window : config.windows) exported.setWindow(series->sum(window, now, timing));
    };
    for (const auto& [subject, series] : state.windows()) show(subject);
    for (const auto& [subject, series] : state.streamed())
      if (!state.windows().find(subject)) show(subject);
    if (!account.events) continue;
    for (const auto& [subject, series] : state.streamed()) {
      if (subject.account != account.name || !state.latency) continue;
      const auto seen =
          state.latency(subject, std::chrono::hours(1), now).value_or(stream::LatencyWindow::Summary{});
      registry.streamPercentile(subject, "50", seen.median);
      registry.streamPercentile(subject, "95", seen.p95);
      registry.streamPercentile(subject, "99", seen.p99);
    }
    if (const auto day = closedDay(state, account, now)) {
      registry.streamDifference(account.name, "processed",
                                day->statistics[Metric::processed] - day->events[Metric::processed]);
      registry.streamDifference(account.name, "outcomes",
                                day->statistics.outcomes() - day->events.outcomes());
    }
    if (const auto lag = lagOfStatistics(state, account, now)) {
      registry.streamLag(account.name, "statistics", std::max(Duration{}, *lag));
      registry.streamLag(account.name, "events", std::max(Duration{}, -*lag));
    }
  }
  registry.alerts(state.alerts());
}

}  // namespace arrivald::watch
