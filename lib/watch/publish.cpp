#include "watch/publish.hpp"

#include <algorithm>
#include <utility>

#include "watch/current_facts.hpp"
#include "watch/event_stream_facts.hpp"
#include "watch/reconcile.hpp"

namespace arrivald::watch {

using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;

Duration maxAgeOf(const Jobs& jobs, const delivery::Subject& subject) {
  const auto kind = jobReading(subject.dimension);
  const auto* job = kind ? jobs.at(subject.account, *kind) : nullptr;
  return std::max<Duration>(std::chrono::minutes(3), job ? 3 * job->period : Duration{});
}

namespace {

void publishSubjects(Owners& owners, const config::Config& config, const config::Account& account,
                     Instant now) {
  const auto& statistics = std::as_const(owners).statistics();
  const ConfiguredFeeds feeds(owners, config);
  const auto date = account.zone.dateOf(now);
  const auto show = [&](const delivery::Subject& subject) {
    const auto* series = owners.series(subject);
    if (!series) return;
    auto& exported = owners.registry().subject(subject);
    exported.setToday(statistics.reads(subject) ? statistics.dayTotal(subject, date) : std::nullopt);
    const auto maxAge = maxAgeOf(owners.jobs(), subject);
    for (const auto window : config.windows) exported.setWindow(series->sum(window, now, maxAge));
  };
  const auto isShown = [&](const delivery::Subject& subject) {
    return subject.account == account.name && feeds.watched(subject, rules::Feed::mail);
  };
  for (const auto& [subject, series] : statistics.windows())
    if (isShown(subject)) show(subject);
  for (const auto& [subject, series] : owners.events().counts().windows())
    if (!statistics.windows().find(subject) && isShown(subject)) show(subject);
}

void publishLatencies(Owners& owners, const EventStreamFacts& stream, const config::Account& account,
                      Instant now) {
  auto& registry = owners.registry();
  for (const auto& [subject, series] : owners.events().counts().windows()) {
    if (subject.account != account.name || !owners.events().watches(subject)) continue;
    const auto seen = stream.latency(subject, std::chrono::hours(1), now);
    const auto publish = [&](std::string_view percentile, Duration rules::StreamFacts::Latency::* value) {
      registry.streamPercentile(subject, percentile,
                                seen ? std::optional<Duration>((*seen).*value) : std::nullopt);
    };
    publish("50", &rules::StreamFacts::Latency::median);
    publish("95", &rules::StreamFacts::Latency::p95);
    publish("99", &rules::StreamFacts::Latency::p99);
  }
}

void publishComparison(Owners& owners, const config::Account& account, Instant now) {
  auto& registry = owners.registry();
  const auto& counts = owners.events().counts();
  if (const auto day = closedDay(owners.statistics(), counts, account, now)) {
    registry.streamDifference(account.name, "processed",
                              day->statistics[Metric::processed] - day->events[Metric::processed]);
    registry.streamDifference(account.name, "outcomes",
                              day->statistics.outcomeEvents() - day->events.outcomeEvents());
  }
  if (const auto lag = lagOfStatistics(owners.statistics(), counts, account, now)) {
    registry.streamLag(account.name, "statistics", std::max(Duration{}, *lag));
    registry.streamLag(account.name, "events", std::max(Duration{}, -*lag));
  }
}

// Those of the configuration, and the other ones that have had mail.
std::vector<std::string> domainGroupsOf(const EventStream& events, const std::string& account) {
  const auto& groups = events.aggregator().groups();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < groups.size(); ++i) names.push_back(groups.name(static_cast<std::uint16_t>(i)));
  for (const auto& [subject, series] : events.counts().windows())
    if (subject.account == account && subject.dimension == Dimension::domainGroup &&
        !groups.find(subject.name) && events.watches(subject))
      names.push_back(subject.name);
  return names;
}

void publishIncidents(Owners& owners, const std::string& account, Instant now) {
  std::map<rules::Severity, int> open;
  int acknowledged = 0;
  for (const auto& incident : owners.incidents().followed().incidents) {
    if (incident.account != account || !isLive(incident.state)) continue;
    ++open[incident.worstSeverity];
    if (incidents::isAcknowledged(incident, now)) ++acknowledged;
  }
  owners.registry().incidents(account, open, acknowledged);
}

metrics::WatchedAccount watchedOf(const Owners& owners, const config::Account& account) {
  metrics::WatchedAccount watched;
  watched.name = account.name;
  watched.dimensions = account.dimensions();
  watched.standing = account.credits;
  if (account.events) watched.domainGroups = domainGroupsOf(owners.events(), account.name);
  if (account.suppressions)
    for (const auto list : suppression::kLists) watched.lists.emplace_back(name(list));
  return watched;
}

}  // namespace

metrics::CardinalityLimits limitsOf(const config::Config& config) {
  metrics::CardinalityLimits limits;
  limits.names = config.cardinality;
  limits.windows = config.exportedWindows;
  limits.maxSeries = config.maxSeries;
  return limits;
}

void retainMetrics(Owners& owners, const config::Config& config) {
  metrics::Watched watched;
  for (const auto& account : config.accounts) watched.accounts.push_back(watchedOf(owners, account));
  watched.accounts.emplace_back();  // for tasks of no account
  for (auto& account : watched.accounts)
    for (const auto& job : configuredJobs(config))
      if (job.account == account.name) account.tasks.emplace_back(name(job.kind));
  watched.windows = config.windows;
  watched.limits = limitsOf(config);
  for (const auto& channel : config.channels) watched.channels.push_back(channel.name);
  for (const auto& target : config.eventStream.forward) watched.forwardTargets.push_back(target.name);
  owners.registry().retain(watched);
}

void publish(Owners& owners, const config::Config& config) {
  const auto now = owners.clock().now();
  const EventStreamFacts stream(owners.events(), owners.statistics(), owners.causes(), config);
  for (const auto& account : config.accounts) {
    publishSubjects(owners, config, account, now);
    owners.registry().contradictory(account.name, owners.statistics().contradictoryFor(account.name, now));
    if (!account.events) continue;
    publishLatencies(owners, stream, account, now);
    publishComparison(owners, account, now);
  }
  owners.registry().alerts(owners.alerts().all());
  for (const auto& account : config.accounts) publishIncidents(owners, account.name, now);
}

}  // namespace arrivald::watch
