#include "watch/evaluate_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "watch/channels.hpp"
#include "watch/event_stream_facts.hpp"
#include "watch/log.hpp"
#include "watch/publish.hpp"
#include "watch/reconcile.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

// A part must have failed in this window if the rule that fired has none of its own.
constexpr Duration kUsualWindow = std::chrono::hours(1);

struct JobOfSource {
  rules::Source source;
  const char* job;
};
constexpr JobOfSource kSources[] = {{rules::Source::statistics, "statistics"},
                                    {rules::Source::subuserStatistics, "subusers"},
                                    {rules::Source::categoryStatistics, "categories"},
                                    {rules::Source::providerStatistics, "mailbox_providers"},
                                    {rules::Source::lists, "suppressions"}};

const rules::Rule* ruleNamed(const config::Config& config, const std::string& name) {
  for (const auto& rule : config.rules)
    if (rule.name == name) return &rule;
  return nullptr;
}

std::optional<notify::StatusSaid> statusOf(Owners& owners, Instant now) {
  const auto& latest = owners.provider().latest();
  if (!latest) return std::nullopt;
  const auto& word = latest->summary;
  notify::StatusSaid said{word.description, "", word.troubled(), now - latest->at};
  for (const auto& incident : word.incidents)
    if (incident.concerns) {
      said.incident = incident.name;
      break;
    }
  if (said.incident.empty() && !word.incidents.empty()) said.incident = word.incidents.front().name;
  return said;
}

void addTrends(Owners& owners, const Subject& subject, Instant now, notify::Context& context) {
  const auto* series = owners.series(subject);
  if (!series) return;
  context.bucket = trendBucket(*series, now);
  for (const auto& bucket : series->buckets(context.bucket, kTrendBuckets, now)) {
    std::optional<double> delivered, requests;
    if (bucket) {
      requests = static_cast<double>((*bucket)[Metric::requests]);
      delivered = rules::rateOf(rules::Input::deliveryRate, *bucket);
    }
    context.delivery.push_back(delivered);
    context.requests.push_back(requests);
  }
}

// The lists are read every few minutes and hold what came at any time of the window: a short one says too
// little.
constexpr Duration kCausesWindow = std::chrono::hours(1);

void addCauses(Owners& owners, const Subject& subject, bool late, Duration window, Instant now,
               notify::Context& context) {
  const auto fill = [&](const RecentCauses::Summary& seen) {
    context.causes.window = window;
    context.causes.replies = seen.entries;
    for (const auto& share : seen.shares) context.causes.counts.push_back({share.causeClass, share.count});
    context.causes.samples = seen.samples;
  };
  if (owners.events().status().alive(subject.account, now) &&
      (subject.dimension == Dimension::account || subject.dimension == Dimension::domainGroup))
    return fill(owners.causes().ofEvents(subject.account, subject.name, late, window, now));
  // The lists know neither subusers nor categories.
  if (subject.dimension != Dimension::account && subject.dimension != Dimension::mailboxProvider) return;
  const auto provider =
      subject.dimension == Dimension::mailboxProvider ? std::string_view(subject.name) : std::string_view();
  const auto seen = owners.causes().summary(subject.account, provider, window, now);
  fill(seen);
}

// Where the failures of the account gather, whole sentence: what, where, since when, and how the others do.
void addLoss(Owners& owners, const Subject& subject, Duration window, Instant now, notify::Context& context) {
  if (subject.dimension != Dimension::account || !owners.events().status().alive(subject.account, now))
    return;
  const auto loss = owners.causes().mainLoss(subject.account, window, now);
  if (!loss) return;
  context.loss = notify::Loss{loss->share, loss->code, loss->group, loss->since, true};
  // The others are as usual if none of them fails for more than one mail in twenty, beyond single ones.
  for (const auto& part : context.breakdown)
    if (part.name != loss->group && part.failed > 3 && 20 * part.failed > part.outcomes)
      context.loss->othersNormal = false;
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
      if (job->lastSuccess && *job->lastSuccess >= job->since) reading.lastSuccess = job->lastSuccess;
      if (job->error) {
        reading.party = job->error->party;
        reading.error = name(job->error->kind);
      }
      facts.readings.push_back(std::move(reading));
    }
    // A batch comes at least every 30 s while there is mail.
    if (const auto* known = owners.events().status().find(account.name))
      facts.readings.push_back({rules::Source::events, std::chrono::seconds(30), known->since,
                                known->lastBatch, Party::provider, ""});
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
                             .alerts = owners.alerts().all()});
}

notify::Context contextOf(Owners& owners, const config::Config& config, const rules::Change& change) {
  const auto now = owners.clock().now();
  const auto& subject = change.alert.key.subject;
  notify::Context context;
  context.zone = config.zone;
  context.now = now;
  context.statusPage = statusOf(owners, now);
  if (config.statusPage) context.statusPageUrl = config.statusPage->url;
  context.dashboard = config.links.dashboard;
  context.page = config.links.page;
  if (const auto* rule = ruleNamed(config, change.alert.key.rule))
    context.runbook = !rule->runbook.empty() || config.links.runbooks.empty()
                          ? rule->runbook
                          : config.links.runbooks + "/" + rule->name;
  addTrends(owners, subject, now, context);
  if (subject.dimension == Dimension::account || subject.dimension == Dimension::subuser) {
    const auto decided = rules::windowOf(change.reason.evidence);
    const auto window = decided > Duration{} ? decided : kUsualWindow;
    const bool streamed =
        subject.dimension == Dimension::account && owners.events().status().alive(subject.account, now);
    const auto dimension = streamed ? Dimension::domainGroup : Dimension::mailboxProvider;
    for (const auto& [part, series] :
         streamed ? owners.events().counts().windows() : owners.statistics().windows()) {
      if (part.account != subject.account || part.dimension != dimension) continue;
      const auto sum = series.sum(window, now, std::chrono::minutes(15));
      if (sum.known && sum.counts.outcomes() > 0)
        context.breakdown.push_back({part.dimension, part.name, sum.counts.failed(), sum.counts.outcomes()});
    }
  }
  const auto* late = std::get_if<rules::OverdueEvidence>(&change.reason.evidence);
  // The stream's replies have the time of their mail; the lists are read every few minutes.
  const auto decided = rules::windowOf(change.reason.evidence);
  const auto window = decided > Duration{} && owners.events().status().alive(subject.account, now)
                          ? decided
                          : std::max(decided, kCausesWindow);
  addCauses(owners, subject, late != nullptr, window, now, context);
  if (late) {
    const EventStreamFacts stream(owners.events(), owners.statistics(), owners.causes(), config);
    const auto waiting = stream.waiting(subject, late->after, late->window, now);
    context.heldByProvider = waiting && 2 * waiting->deferred < waiting->messages;
  }
  if (!late) addLoss(owners, subject, window, now, context);
  return context;
}

std::vector<notify::Route> routesOf(const config::Config& config) {
  std::vector<notify::Route> routes;
  for (const auto& route : config.routes)
    routes.push_back({route.minSeverity, route.accounts, route.rules, route.labels, route.channels,
                      route.continueMatching});
  return routes;
}

Result<std::size_t> evaluateRules(Owners& owners, const config::Config& config) {
  owners.noticeClockStep();
  const auto now = owners.clock().now();
  owners.profiles().learn(owners.statistics(), config, now);
  const EventStreamFacts stream(owners.events(), owners.statistics(), owners.causes(), config);
  const auto facts = factsOf(owners, config, stream);
  rules::NotificationTiming timing;
  if (!config.reminders.empty()) timing.reminders = config.reminders;
  auto verdict = rules::evaluate(config.rules, facts, owners.alerts().all(), now, timing);

  const auto routes = routesOf(config);
  struct Said {
    std::string change;
    notify::Notification message;
  };
  std::map<std::string, std::vector<Said>> said;  // by channel
  for (const auto& change : verdict.changes) {
    const auto* rule = ruleNamed(config, change.alert.key.rule);
    // A resolve message goes where the trouble was told: by the worst severity of the episode.
    const auto severity =
        change.kind == rules::Change::Kind::resolved ? change.alert.notifiedSeverity : change.alert.severity;
    const notify::Addressed addressed{severity, change.alert.key.subject.account, change.alert.key.rule,
                                      rule ? rule->labels : std::map<std::string, std::string>{}};
    const auto context = contextOf(owners, config, change);
    for (const auto& name : notify::route(routes, addressed)) {
      const auto channel = std::find_if(config.channels.begin(), config.channels.end(),
                                        [&](const auto& one) { return one.name == name; });
      if (channel == config.channels.end()) continue;
      said[name].push_back({change.id, notify::compose(change, context, languageOf(config, *channel))});
    }
  }
  std::vector<Outgoing> notifications;
  for (const auto& channel : config.channels) {
    auto& messages = said[channel.name];
    const auto put = [&](const std::string& change, const notify::Notification& notification) {
      notifications.push_back({change, channel.name, notification});
    };
    if (messages.size() <= notify::kMaxSingleMessages) {
      for (const auto& one : messages) put(one.change, one.message);
      continue;
    }
    std::vector<notify::Notification> all;
    for (auto& one : messages) all.push_back(std::move(one.message));
    put(fmt::format("{}+{}", messages.front().change, messages.size() - 1),
        notify::composeGroup(std::move(all), languageOf(config, channel)));
  }
  for (const auto& change : verdict.changes)
    log::write(change.kind == rules::Change::Kind::resolved ? log::Level::info : log::Level::warning,
               fmt::format("alert {} {}", change.alert.key.rule, rules::name(change.kind)),
               {{"subject", delivery::toText(change.alert.key.subject)},
                {"severity", rules::name(change.alert.severity)},
                {"id", change.id}});
  const auto count = notifications.size();
  const auto stored = owners.alerts().put(std::move(verdict), notifications);
  if (!stored) return stored.error();
  return count;
}

}  // namespace arrivald::watch
