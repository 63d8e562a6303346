#include "watch/page_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "causes/texts.hpp"
#include "notify/catalogue.hpp"
#include "notify/compose.hpp"
#include "notify/context.hpp"
#include "notify/job_words.hpp"
#include "notify/kind_words.hpp"
#include "sendgrid/events.hpp"
#include "sendgrid/scopes.hpp"
#include "watch/alert_notices.hpp"
#include "watch/doubt_words.hpp"
#include "watch/incident_views.hpp"
#include "watch/publish.hpp"
#include "watch/readiness.hpp"
#include "watch/silence.hpp"
#include "watch/status_problems.hpp"
#include "watch/untold_words.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using notify::Catalogue;

namespace {

constexpr std::size_t kMaxProviders = 12;
constexpr std::size_t kMaxReceivers = 20;
constexpr std::size_t kMaxExplained = 20;  // alerts with their side, cause and next step
constexpr Duration kDay = std::chrono::hours(24);

std::optional<double> deliveryRate(const delivery::Counts& counts) {
  return rules::rateOf(rules::Input::deliveryRate, counts);
}

pages::Weight weightOf(const rules::Alert& alert) {
  if (alert.state == rules::AlertState::pending) return pages::Weight::pending;
  if (!rules::active(alert.state)) return pages::Weight::over;
  if (!alert.mutedBy.empty()) return pages::Weight::muted;
  if (alert.state == rules::AlertState::recovering) return pages::Weight::recovering;
  switch (alert.severity) {
    case rules::Severity::critical:
      return pages::Weight::critical;
    case rules::Severity::warning:
      return pages::Weight::warning;
    case rules::Severity::info:
      break;
  }
  return pages::Weight::info;
}

void addRates(const Owners& owners, const config::Config& config, const Subject& subject, Instant now,
              pages::AccountCard& card) {
  const auto& c = Catalogue::of(config.language);
  constexpr auto kShown = delivery::kOutcomeMetrics | delivery::Metrics{Metric::requests};
  const auto maxAge = maxAgeOf(owners.jobs(), subject);
  const auto* series = owners.series(subject);
  for (const auto window : config.windows) {
    const auto sum = series ? series->sum(window, now, maxAge) : delivery::WindowSum{};
    card.rates.push_back({toText(window), deliveryRate(sum.counts), sum.counts.outcomes(),
                          sum.counts[Metric::requests], sum.knows(kShown),
                          c.text("page.window", {{"window", c.duration(window)}})});
  }
}

void addTrend(const Owners& owners, const Catalogue& c, const Subject& subject, Instant now,
              pages::AccountCard& card) {
  const auto* series = owners.series(subject);
  if (!series) return;
  const auto bucket = notify::trendBucket(now - series->begin().value_or(now));
  const auto span = bucket * static_cast<Duration::rep>(notify::kTrendBuckets);
  card.trendText = c.text("trend.span", {{"span", c.duration(span)}, {"each", c.duration(bucket)}});
  for (const auto& entry : series->buckets(bucket, notify::kTrendBuckets, now)) {
    card.delivery.push_back(entry ? deliveryRate(*entry) : std::nullopt);
    card.requests.push_back(entry ? std::optional<double>(static_cast<double>((*entry)[Metric::requests]))
                                  : std::nullopt);
  }
}

void addProviders(const Owners& owners, const std::string& account, Instant now, pages::AccountCard& card) {
  for (const auto& [part, series] : owners.statistics().windows()) {
    if (part.account != account || part.dimension != Dimension::mailboxProvider) continue;
    if (!owners.statistics().reads(part)) continue;
    // However long it has been read, up to a day.
    const auto known = std::max<Duration>(now - series.begin().value_or(now), std::chrono::minutes(5));
    const auto sum = series.sum(std::min(kDay, known), now, maxAgeOf(owners.jobs(), part));
    card.providers.push_back({part.name,
                              sum.knows(delivery::kOutcomeMetrics) ? deliveryRate(sum.counts) : std::nullopt,
                              sum.counts.outcomes()});
  }
  std::sort(card.providers.begin(), card.providers.end(), [](const auto& a, const auto& b) {
    return std::tuple(-a.outcomes, a.name) < std::tuple(-b.outcomes, b.name);
  });
  if (card.providers.size() > kMaxProviders) card.providers.resize(kMaxProviders);
}

void addReceivers(const Owners& owners, const Catalogue& c, const std::string& account,
                  pages::AccountCard& card) {
  const auto words = [&](const std::optional<Duration>& duration) {
    return duration ? c.duration(*duration) : std::string();
  };
  for (const auto& one : owners.events().aggregator().receivers(account)) {
    if (card.receivers.size() >= kMaxReceivers) break;
    card.receivers.push_back({one.name, one.lastHour.count, words(one.lastHour.median),
                              words(one.lastHour.p95), one.waiting.messages, one.waiting.overdue,
                              c.duration(one.waiting.oldest)});
  }
}

void addRefusals(const Owners& owners, const config::Config& config, const StreamStatus::Stream& stream,
                 pages::AccountCard& card) {
  const auto& c = Catalogue::of(config.language);
  if (const auto refused = owners.events().refused().since(card.name))
    card.refusedBatches =
        c.text("page.events_refused", {{"since", config.zone.zonedText(refused->first)},
                                       {"n", c.number(static_cast<double>(refused->count))},
                                       {"error", notify::refusalWords(refused->kind, c)},
                                       {"next", c.text(notify::refusalNextKey(refused->kind))}});
  if (stream.lastMalformed)
    card.malformedEvents =
        c.text("page.events_malformed", {{"n", c.number(static_cast<double>(stream.malformed))},
                                         {"at", config.zone.zonedText(*stream.lastMalformed)},
                                         {"reason", c.say(sendgrid::malformedReason(stream.malformedWhy))}});
}

// "Credits: 12,000 of 100,000, until 2026-12-01. Reputation: 99.", as far as it is known.
std::string standingOf(const Owners& owners, const Catalogue& c, const std::string& account, Instant now) {
  const auto* standing = owners.accounts().standings().latest(account, now);
  if (!standing) return "";
  std::string words;
  const auto number = [&](std::int64_t value) { return c.number(static_cast<double>(value)); };
  if (!standing->remain || !AccountStandings::canBe(*standing))
    words = c.text("page.credits_unknown");
  else if (standing->total)
    words = c.text("page.credits", {{"left", number(*standing->remain)}, {"n", number(*standing->total)}});
  if (standing->nextReset) words += c.text("page.credits_until", {{"date", toText(*standing->nextReset)}});
  if (!standing->reputation)
    words += c.text("page.standing_and") + c.text("page.reputation_unknown");
  else
    words += (words.empty() ? "" : c.text("page.standing_and")) +
             c.text("page.reputation", {{"value", c.number(*standing->reputation)}});
  return words;
}

pages::AccountCard cardOf(const Owners& owners, const config::Config& config, const config::Account& account,
                          Instant now) {
  const auto& c = Catalogue::of(config.language);
  pages::AccountCard card;
  card.name = account.name;
  card.lastRead = lastRead(owners.jobs(), account.name);
  card.tooLittleMail = tooLittleYet(owners, config, account.name).has_value();
  card.learning = learningYet(owners, config, account.name).has_value();
  if (const auto* stream = owners.events().status().find(account.name)) {
    card.hasStream = true;
    card.streamAlive = owners.events().status().alive(account.name, now);
    card.lastBatch = stream->lastBatch;
    addRefusals(owners, config, *stream, card);
  }
  for (const auto& doubt :
       doubtWords(owners.statistics(), {account.name, Dimension::account}, c, config.zone, now))
    card.doubts.push_back(doubt.text);
  for (const auto& scope : owners.scopes().missing(account.name))
    card.missingScopes.push_back(fmt::format("{}: {}", scope, sendgrid::lossOf(scope, config.language)));
  card.standing = standingOf(owners, c, account.name, now);
  const Subject subject{account.name, Dimension::account, ""};
  addRates(owners, config, subject, now, card);
  addTrend(owners, c, subject, now, card);
  addProviders(owners, account.name, now, card);
  if (account.suppressions)
    for (const auto list : suppression::kLists) {
      // Not read yet is not empty.
      const bool known = owners.lists().progress(account.name, list).crawled.has_value();
      card.lists.emplace_back(
          c.text(fmt::format("list.{}", name(list))),
          known ? std::optional(static_cast<std::int64_t>(owners.lists().size(account.name, list)))
                : std::nullopt);
    }
  for (const auto& one : owners.causes().summary(account.name, "", {.window = kDay}, now).classes)
    card.causes.emplace_back(
        std::string(causes::shortName(
            notify::causeOf({one.causeClass, one.entries, one.verdict, one.textKey}), config.language)),
        static_cast<std::int64_t>(one.entries));
  addReceivers(owners, c, account.name, card);
  return card;
}

// What of the numbers is told where; a muted alert was notified under another's name.
std::string valueOf(const Catalogue& c, const rules::Alert& alert, const AlertNotices& notices) {
  auto value = notices.recovering(alert);
  if (value.empty())
    value = notify::valueLine(alert.state == rules::AlertState::resolved ? alert.worst : alert.evidence, c);
  if (weightOf(alert) != pages::Weight::muted) return value;
  const auto rule = alert.mutedBy.substr(0, alert.mutedBy.find('@'));
  const auto key = fmt::format("page.rule.{}", rule);
  return value + (value.empty() ? "" : c.text("page.standing_and")) +
         c.text("page.muted_by", {{"rule", c.has(key) ? c.text(key) : rule}});
}

// What a notification of the alert would say now of its side, its cause and the next step.
std::vector<pages::AlertRow::Note> notesOf(const notify::Notification& notification) {
  std::vector<pages::AlertRow::Note> notes;
  if (notification.side) notes.push_back({notification.side->label, notification.side->value});
  if (!notification.breakdown.empty())
    notes.push_back({notification.breakdownLabel, notification.breakdown.front()});
  // The first line says of how many replies the others are.
  if (notification.causes.size() > 1) notes.push_back({notification.causesLabel, notification.causes[1]});
  if (notification.next) notes.push_back({notification.next->label, notification.next->value});
  return notes;
}

// The number of the incident that has the alert; 0: none.
std::int64_t incidentOf(const Owners& owners, const rules::AlertKey& key) {
  for (const auto& incident : owners.incidents().followed().incidents)
    if (std::ranges::find(incident.members, key) != incident.members.end()) return incident.number;
  return 0;
}

void addAlerts(const Owners& owners, const config::Config& config, pages::StatusPage& model) {
  const auto& c = Catalogue::of(config.language);
  std::vector<const rules::Alert*> shown;
  for (const auto& alert : owners.alerts().all())
    if (alert.state != rules::AlertState::inactive) shown.push_back(&alert);
  std::ranges::stable_sort(shown, [](const auto* a, const auto* b) {
    return std::tuple(weightOf(*a), b->beganAt) < std::tuple(weightOf(*b), a->beganAt);
  });
  const CurrentFacts current(owners, config);
  const AlertNotices notices(owners, config, current, config.language);
  std::size_t explained = 0;
  for (const auto* alert : shown) {
    pages::AlertRow row{weightOf(*alert),
                        alert->key.rule,
                        notify::subjectWords(c, alert->key.subject),
                        valueOf(c, *alert, notices),
                        alert->beganAt,
                        {}};
    if (alert->state == rules::AlertState::resolved) row.until = rules::overAt(*alert);
    if (rules::active(alert->state) && alert->mutedBy.empty() && ++explained <= kMaxExplained)
      row.notes = notesOf(notices.of(*alert));
    if (const auto number = incidentOf(owners, alert->key); number != 0)
      row.notes.insert(row.notes.begin(), {c.text("page.alert.incident"), fmt::format("#{}", number)});
    model.alerts.push_back(std::move(row));
  }
}

}  // namespace

pages::StatusPage pageModelOf(const Owners& owners, const config::Config& config, const std::string& version,
                              const ConfigNotices& notices) {
  const auto now = owners.clock().now();
  const auto& c = Catalogue::of(config.language);
  pages::StatusPage model;
  model.language = config.language;
  model.zone = config.zone;
  model.now = now;
  model.started = owners.started();
  model.version = version;
  if (config.desk) model.deskUrl = config.desk->url;
  model.hasDmarc = config.dmarc.has_value();
  if (const auto trouble = owners.health().trouble()) {
    const auto key = notify::storeKey(trouble->kind);
    model.storeTrouble = c.text(
        "page.store_trouble",
        {{"title", c.text(key + ".title")}, {"next", c.text(key + ".next", {{"path", config.storePath}})}});
  }
  model.statusWatched = config.statusPage.has_value();
  if (notices.refused) model.reloadRefused = refusedReloadText(owners, config, *notices.refused);
  for (const auto& account : config.accounts) model.accounts.push_back(cardOf(owners, config, account, now));
  model.incidents = IncidentViews(owners, config, config.language).rows();
  model.silences = silenceLines(owners, config, config.language);
  addAlerts(owners, config, model);
  for (const auto& [id, job] : owners.jobs())
    if (id.task != "rules" && id.task != "event_stream")
      model.jobs.push_back({id.account, notify::taskWords(c, id.task), id.task, job.lastSuccess, job.nextRun,
                            job.error ? notify::errorWords(c, *job.error) : std::string(),
                            untoldWords(owners, c, id, job, now)});
  if (const auto& latest = owners.provider().latest()) {
    model.statusDescription = latest->summary.description;
    model.statusTroubled = latest->summary.troubled();
  }
  if (const auto depth = owners.outbox().depth()) {
    model.outboxWaiting = depth->waiting;
    model.outboxUndeliverable = depth->undeliverable;
  }
  return model;
}

}  // namespace arrivald::watch
