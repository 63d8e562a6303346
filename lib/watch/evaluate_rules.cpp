#include "watch/evaluate_rules.hpp"

#include <fmt/format.h>

#include "notify/plan.hpp"
#include "watch/channels.hpp"
#include "watch/event_stream_facts.hpp"
#include "watch/log.hpp"
#include "watch/remembered_mail.hpp"

namespace arrivald::watch {

namespace {

struct JobOfSource {
  rules::Source source;
  const char* job;
};
constexpr JobOfSource kSources[] = {{rules::Source::statistics, "statistics"},
                                    {rules::Source::subuserStatistics, "subusers"},
                                    {rules::Source::categoryStatistics, "categories"},
                                    {rules::Source::providerStatistics, "mailbox_providers"},
                                    {rules::Source::lists, "suppressions"}};

// Of an alert that a restart has outlived: the last success that it knew of.
std::optional<Instant> lastSuccessBefore(const std::vector<rules::Alert>& alerts, const std::string& account,
                                         rules::Source source) {
  for (const auto& alert : alerts) {
    const auto* evidence = std::get_if<rules::ReadingEvidence>(&alert.evidence);
    if (evidence && rules::active(alert.state) && alert.key.subject.account == account &&
        evidence->source == source)
      return alert.lastBad - evidence->age;
  }
  return std::nullopt;
}

// What came before a start or a sleep says nothing about how events come since.
rules::Reading readingOf(const EventStream& events, const std::string& account,
                         const StreamStatus::Stream& stream) {
  rules::Reading reading;
  reading.source = rules::Source::events;
  reading.every = std::chrono::seconds(30);  // a batch comes at least so often while there is mail
  reading.since = stream.since;
  if (stream.lastEvent && *stream.lastEvent >= stream.since)
    reading.lastSuccess = stream.lastEvent;
  else
    reading.earlierSuccess = stream.lastEvent;
  if (const auto kind = events.refused().lasting(account); !kind.empty()) {
    reading.error = kind;
    reading.refused = events.refused().since(account)->count;
  }
  return reading;
}

notify::PlanSettings planSettingsOf(const config::Config& config) {
  notify::PlanSettings settings;
  settings.rules = config.rules;
  settings.zone = config.zone;
  settings.links.dashboard = config.links.dashboard;
  settings.links.page = config.links.page;
  settings.links.runbooks = config.links.runbooks;
  if (config.statusPage) settings.links.statusPage = config.statusPage->url;
  for (const auto& route : config.routes)
    settings.routes.push_back({route.minSeverity, route.accounts, route.rules, route.labels, route.channels,
                               route.continueMatching});
  for (const auto& channel : config.channels)
    settings.channels.push_back({channel.name, languageOf(config, channel)});
  return settings;
}

void logChanges(const std::vector<rules::Change>& changes) {
  for (const auto& change : changes)
    log::write(change.kind == rules::Change::Kind::resolved ? log::Level::info : log::Level::warning,
               fmt::format("alert {} {}", change.alert.key.rule, rules::name(change.kind)),
               {{"subject", delivery::toText(change.alert.key.subject)},
                {"severity", rules::name(change.alert.severity)},
                {"id", change.id}});
}

}  // namespace

rules::WindowFacts factsOf(Owners& owners, const config::Config& config, const rules::StreamFacts& stream) {
  std::vector<rules::AccountReadings> accounts;
  for (const auto& account : config.accounts) {
    rules::AccountReadings facts;
    facts.account = account.name;
    for (const auto& [source, jobName] : kSources) {
      const auto* job = owners.jobs().at(account.name, jobName);
      if (!job) continue;
      rules::Reading reading;
      reading.source = source;
      reading.every = job->period;
      reading.since = job->since;
      // What was read before a stop, a reload or a sleep says nothing about how reading goes since.
      if (job->lastSuccess && *job->lastSuccess >= job->since)
        reading.lastSuccess = job->lastSuccess;
      else
        reading.earlierSuccess = lastSuccessBefore(owners.alerts().all(), account.name, source);
      if (job->error) {
        reading.party = job->error->party;
        reading.error = name(job->error->kind);
      }
      facts.readings.push_back(std::move(reading));
    }
    if (const auto* known = owners.events().status().find(account.name))
      facts.readings.push_back(readingOf(owners.events(), account.name, *known));
    accounts.push_back(std::move(facts));
  }
  return rules::WindowFacts({.statistics = owners.statistics().windows(),
                             .profiles = owners.profiles().profiles(),
                             .accounts = std::move(accounts),
                             .now = owners.clock().now(),
                             .past = &owners.profiles().past(),
                             .events = &owners.events().counts().windows(),
                             .stream = &stream,
                             .lists = &owners.lists(),
                             .account = &owners.accounts().numbers(),
                             .alerts = owners.alerts().all()});
}

std::size_t evaluateRules(Owners& owners, const config::Config& config) {
  owners.noticeClockStep();
  const auto now = owners.clock().now();
  owners.profiles().learn(owners.statistics(), config, now);
  const EventStreamFacts stream(owners.events(), owners.statistics(), owners.causes(), config);
  const auto facts = factsOf(owners, config, stream);
  rules::NotificationTiming timing;
  if (!config.reminders.empty()) timing.reminders = config.reminders;
  auto verdict = rules::evaluate(config.rules, facts, owners.alerts().all(), now, timing);

  const RememberedMail mail(owners, stream, now);
  std::vector<Outgoing> notifications;
  for (auto& [change, channel, notification] :
       notify::plan(verdict.changes, planSettingsOf(config), mail, now))
    notifications.push_back({std::move(change), std::move(channel), std::move(notification)});
  logChanges(verdict.changes);
  const auto count = notifications.size();
  static_cast<void>(owners.alerts().put(std::move(verdict), notifications));
  return count;
}

}  // namespace arrivald::watch
