#include "watch/status_json.hpp"

#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "notify/job_words.hpp"
#include "watch/page_model.hpp"
#include "watch/readiness.hpp"
#include "watch/reconcile.hpp"
#include "watch/status_problems.hpp"
#include "watch/untold_words.hpp"

namespace arrivald::watch {

using delivery::Metric;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxUndeliverable = 5;

ordered_json timeOf(const std::optional<Instant>& at) {
  return at ? ordered_json(toIso(*at)) : ordered_json();
}

ordered_json standingOf(const store::StandingRow& standing) {
  const auto known = [](const auto& value) { return value ? ordered_json(*value) : ordered_json(); };
  ordered_json one;
  one["read"] = toIso(standing.at);
  const bool canBe = AccountStandings::canBe(standing);
  one["credits_left"] = canBe ? known(standing.remain) : ordered_json();
  one["credits_of"] = known(standing.total);
  one["next_reset"] = standing.nextReset ? ordered_json(toText(*standing.nextReset)) : ordered_json();
  one["reputation"] = known(standing.reputation);
  if (!standing.plan.empty()) one["plan"] = standing.plan;
  return one;
}

ordered_json accountOf(const Owners& owners, const pages::AccountCard& account) {
  ordered_json one;
  one["name"] = account.name;
  one["last_read"] = timeOf(account.lastRead);
  for (const auto& rate : account.rates) {
    ordered_json window;
    window["title"] = rate.title;
    window["known"] = rate.known;
    window["delivered"] = rate.known && rate.delivered ? ordered_json(*rate.delivered) : ordered_json();
    window["outcomes"] = rate.outcomes;
    window["requests"] = rate.requests;
    one["windows"][rate.window] = std::move(window);
  }
  // A list that was not read to its end yet is not empty.
  for (const auto list : suppression::kLists) {
    const bool known = owners.lists().progress(account.name, list).crawled.has_value();
    one["lists"][std::string(name(list))] =
        known ? ordered_json(owners.lists().size(account.name, list)) : ordered_json();
  }
  if (const auto* standing = owners.accounts().standings().latest(account.name, owners.clock().now()))
    one["standing"] = standingOf(*standing);
  one["missing_scopes"] = account.missingScopes;
  return one;
}

ordered_json alertOf(const rules::Alert& alert, const incidents::Followed& followed) {
  ordered_json one;
  one["rule"] = alert.key.rule;
  one["subject"] = delivery::toText(alert.key.subject);
  one["id"] = rules::toText(alert.key);
  one["state"] = rules::name(alert.state);
  one["severity"] = rules::name(alert.severity);
  one["since"] = toIso(alert.beganAt);
  one["detected"] = toIso(alert.startedAt);
  if (alert.resolvedAt) one["until"] = toIso(rules::overAt(alert));
  const auto gauge = rules::gaugeOf(alert.evidence);
  one["value"] = gauge ? ordered_json(gauge->value) : ordered_json();
  one["threshold"] = gauge ? ordered_json(gauge->limit) : ordered_json();
  if (!alert.mutedBy.empty()) one["muted_by"] = alert.mutedBy;
  for (const auto& incident : followed.incidents)
    if (std::ranges::find(incident.members, alert.key) != incident.members.end())
      one["incident"] = incident.number;
  return one;
}

ordered_json incidentOf(const pages::IncidentRow& incident) {
  ordered_json one{{"number", incident.number},
                   {"state", incident.state},
                   {"headline", incident.headline},
                   {"since", toIso(incident.since)}};
  if (!incident.acknowledged.empty()) one["acknowledged"] = incident.acknowledged;
  if (!incident.silenced.empty()) one["silenced"] = incident.silenced;
  return one;
}

ordered_json countsOf(const delivery::Counts& counts) {
  return {{"processed", counts[Metric::processed]}, {"outcomes", counts.outcomeEvents()}};
}

ordered_json streamOf(const Owners& owners, const config::Account& account,
                      const StreamStatus::Stream& stream, Instant now) {
  const auto& status = owners.events().status();
  const auto& counts = owners.events().counts();
  ordered_json one;
  one["account"] = account.name;
  one["alive"] = status.alive(account.name, now);
  one["last_batch"] = timeOf(stream.lastBatch);
  one["last_event"] = timeOf(stream.lastEvent);
  one["late_events"] = stream.late;
  one["malformed_events_in_24h"] = status.malformed(account.name, std::chrono::hours(24), now);
  one["last_test"] = timeOf(stream.lastTest);
  if (const auto refused = owners.events().refused().since(account.name))
    one["refused"] = {{"kind", refused->kind},
                      {"count", refused->count},
                      {"first", toIso(refused->first)},
                      {"last", toIso(refused->last)},
                      {"remedy", RefusedBatches::remedy(refused->kind)}};
  for (const auto& [kind, batches] : owners.events().refused().lately(account.name))
    one["refused_within_1h"].push_back(
        {{"kind", kind}, {"count", batches}, {"remedy", RefusedBatches::remedy(kind)}});
  if (stream.lastMalformed)
    one["malformed"] = {
        {"count", stream.malformed}, {"last", toIso(*stream.lastMalformed)}, {"reason", stream.malformedWhy}};
  if (const auto lacking = status.lacking(account.name, now))
    one["lacking"] = {{"what", stream::name(lacking->part)},
                      {"statistics", lacking->statistics},
                      {"events", lacking->events}};
  if (const auto begin = daysBeginElsewhere(owners.statistics(), counts, account, now); !begin.empty())
    one["days_begin_at"] = begin;
  if (const auto settings = status.settings(account.name))
    one["settings"] = settings->empty() ? "as they should be" : *settings;
  if (const auto day = closedDay(owners.statistics(), counts, account, now))
    one["compared"] = {{"day", toText(day->day)},
                       {"statistics", countsOf(day->statistics)},
                       {"events", countsOf(day->events)}};
  if (const auto lag = lagOfStatistics(owners.statistics(), counts, account, now))
    one["statistics_behind_seconds"] = lag->count() / 1000;
  return one;
}

ordered_json jobOf(const Owners& owners, const TaskId& id, const JobState& job,
                   const notify::Catalogue& words) {
  ordered_json one;
  one["account"] = id.account;
  one["name"] = id.task;
  one["title"] = notify::taskWords(words, id.task);
  one["running"] = job.running;
  one["last_success"] = timeOf(job.lastSuccess);
  one["next_run"] = timeOf(job.nextRun);
  one["failures_in_a_row"] = job.failuresInARow;
  if (const auto untold = untoldWords(owners, words, id, job, owners.clock().now()); !untold.empty())
    one["untold"] = untold;
  if (job.error)
    one["error"] = {
        {"party", name(job.error->party)}, {"kind", name(job.error->kind)}, {"text", job.error->text}};
  return one;
}

ordered_json outboxOf(const Owners& owners) {
  ordered_json outbox;
  const auto depth = owners.outbox().depth();
  outbox["waiting"] = depth ? ordered_json(depth->waiting) : ordered_json();
  outbox["undeliverable"] = depth ? ordered_json(depth->undeliverable) : ordered_json();
  const auto undeliverable = owners.outbox().undeliverable(kMaxUndeliverable);
  if (!undeliverable) return outbox;
  for (const auto& one : *undeliverable)
    outbox["newest_undeliverable"].push_back({{"channel", one.channel},
                                              {"change", one.change},
                                              {"outcome", one.outcome},
                                              {"created", toIso(one.created)}});
  return outbox;
}

}  // namespace

std::string statusJson(const Owners& owners, const config::Config& config, const std::string& version,
                       const ConfigNotices& notices) {
  const auto model = pageModelOf(owners, config, version, notices);
  const auto& words = notify::Catalogue::of(config.language);
  ordered_json root;
  root["version"] = version;
  root["now"] = toIso(model.now);
  root["started"] = toIso(model.started);
  const auto reason = notReady(owners, config);
  root["ready"] = !reason;
  if (reason) root["not_ready"] = *reason;
  root["starting"] = isStarting(owners, config);
  const auto wrong = problemsOf(owners, config, notices);
  root["state"] = stateOf(wrong, owners, config);
  root["learning"] = isLearning(owners, config);
  auto& problems = root["problems"] = ordered_json::array();
  for (const auto& problem : wrong) {
    problems.push_back({{"severity", rules::name(problem.severity)}, {"text", problem.text}});
    if (problem.incident != 0) problems.back()["incident"] = problem.incident;
  }
  for (const auto& notice : notices.warnings)
    problems.push_back({{"severity", rules::name(rules::Severity::info)}, {"text", words.say(notice)}});
  root["language"] = config.language == Language::japanese ? "ja" : "en";
  root["time_zone"] = config.zone.name();
  if (notices.refused)
    root["reload_refused"] = {{"at", toIso(refusedAt(owners, *notices.refused))},
                              {"why", notices.refused->why.english()}};
  if (const auto trouble = owners.health().trouble())
    root["store"] = {{"error", name(trouble->kind)},
                     {"text", trouble->text},
                     {"since", timeOf(owners.health().since())},
                     {"refused", owners.health().refused()}};
  auto& incidents = root["incidents"] = ordered_json::array();
  for (const auto& incident : model.incidents)
    if (!incident.until) incidents.push_back(incidentOf(incident));
  root["silences"] = model.silences;
  auto& accounts = root["accounts"] = ordered_json::array();
  for (const auto& account : model.accounts) accounts.push_back(accountOf(owners, account));
  auto& alerts = root["alerts"] = ordered_json::array();
  for (const auto& alert : owners.alerts().all())
    if (alert.state != rules::AlertState::inactive)
      alerts.push_back(alertOf(alert, owners.incidents().followed()));
  auto& streams = root["event_streams"] = ordered_json::array();
  for (const auto& account : config.accounts)
    if (const auto* stream = owners.events().status().find(account.name))
      streams.push_back(streamOf(owners, account, *stream, model.now));
  auto& jobs = root["jobs"] = ordered_json::array();
  for (const auto& [id, job] : owners.jobs()) jobs.push_back(jobOf(owners, id, job, words));
  root["status_page_watched"] = model.statusWatched;
  root["status_page"] = model.statusDescription ? ordered_json(*model.statusDescription) : ordered_json();
  root["outbox"] = outboxOf(owners);
  return escapeUnprintable(root.dump(2, ' ', false, ordered_json::error_handler_t::replace));
}

}  // namespace arrivald::watch
