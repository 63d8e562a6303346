#include "watch/report.hpp"
#include "watch/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "causes/texts.hpp"
#include "notify/catalogue.hpp"
#include "notify/kind_words.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/publish.hpp"

namespace arrivald::watch {

using arrivald::toText;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

const notify::Catalogue& catalogueOf(const config::Config& config) {
  return notify::Catalogue::of(config.language);
}

std::optional<double> deliveryRate(const delivery::Counts& counts) {
  return rules::rateOf(rules::Input::deliveryRate, counts);
}

desk::Weight weightOf(const rules::Alert& alert) {
  if (alert.state == rules::AlertState::pending) return desk::Weight::pending;
  if (!rules::active(alert.state)) return desk::Weight::over;
  switch (alert.severity) {
    case rules::Severity::critical:
      return desk::Weight::critical;
    case rules::Severity::warning:
      return desk::Weight::warning;
    case rules::Severity::info:
      break;
  }
  return desk::Weight::info;
}

std::string subjectText(const Subject& subject) { return delivery::toText(subject); }

std::string subjectWords(const notify::Catalogue& c, const Subject& subject) {
  return c.text(
      fmt::format("subject.{}", name(subject.dimension)),
      {{"account", subject.account},
       {"name", subject.dimension == Dimension::domainGroup ? c.groupName(subject.name) : subject.name}});
}

std::string jobWords(const notify::Catalogue& c, const std::string& job) {
  const auto key = "job." + job;
  return c.has(key) ? c.text(key) : job;
}

// "SendGrid: GET /v3/stats …": whose side it is comes first.
std::string errorText(const notify::Catalogue& c, const Error& error) {
  return c.text("party.text",
                {{"party", c.text(fmt::format("party.{}", name(error.party)))}, {"text", error.text}});
}

// The numbers behind an evaluation, for explain-alert.
std::string evidenceLine(const rules::Evidence& evidence) {
  std::string line;
  const auto add = [&](const std::string& part) { line += (line.empty() ? "  " : ", ") + part; };
  if (const auto gauge = rules::gaugeOf(evidence))
    add(fmt::format("value {:.6g}, threshold {:.6g}", gauge->value, gauge->limit));
  if (const auto bound = rules::badBound(evidence))
    add(fmt::format("bad share at least {:.6g}", bound->value()));
  if (const auto mails = rules::badMail(evidence))
    add(fmt::format("{} of {} mails", mails->bad, mails->total));
  if (const auto window = rules::windowOf(evidence); window > Duration{}) add("window " + toText(window));
  return line.empty() ? line : line + '\n';
}

std::optional<Instant> lastRead(const State& state, const std::string& account) {
  const auto* job = state.jobs().at(account, "statistics");
  return job ? job->lastSuccess : std::nullopt;
}

}  // namespace

desk::PageModel pageModelOf(State& state, const config::Config& config, const std::string& version) {
  const auto now = state.clock().now();
  const auto& c = catalogueOf(config);
  desk::PageModel model;
  model.language = config.language;
  model.zone = config.zone;
  model.now = now;
  model.started = state.started;
  model.version = version;
  model.storeTrouble = state.storeTrouble;
  for (const auto& account : config.accounts) {
    desk::AccountCard card;
    card.name = account.name;
    card.lastRead = lastRead(state, account.name);
    if (const auto stream = state.streams.find(account.name); stream != state.streams.end()) {
      card.hasStream = true;
      card.streamAlive = state.streamAlive(account.name, now);
      card.lastBatch = stream->second.lastBatch;
    }
    if (const auto missing = state.missingScopes.find(account.name); missing != state.missingScopes.end())
      card.missingScopes = missing->second;
    const Subject subject{account.name, Dimension::account, ""};
    const auto timing = maxAgeOf(state, subject);
    for (const auto window : config.windows) {
      const auto* series = state.series(subject);
      const auto sum = series ? series->sum(window, now, timing) : delivery::WindowSum{};
      card.rates.push_back({toText(window), deliveryRate(sum.counts), sum.counts.outcomes(),
                            sum.counts[Metric::requests], sum.known});
    }
    if (const auto* series = state.series(subject)) {
      const auto bucket = trendBucket(*series, now);
      card.trendText =
          c.text("trend.span", {{"span", c.duration(bucket * static_cast<Duration::rep>(kTrendBuckets))},
                                {"each", c.duration(bucket)}});
      for (const auto& entry : series->buckets(bucket, kTrendBuckets, now)) {
        card.delivery.push_back(entry ? deliveryRate(*entry) : std::nullopt);
        card.requests.push_back(entry ? std::optional<double>(static_cast<double>((*entry)[Metric::requests]))
                                      : std::nullopt);
      }
    }
    for (const auto& [part, series] : state.windows()) {
      if (part.account != account.name || part.dimension != Dimension::mailboxProvider) continue;
      // However long it has been read, up to a day.
      const auto begin = series.begin().value_or(now);
      const auto sum =
          series.sum(std::min<Duration>(std::chrono::hours(24),
                                        std::max<Duration>(now - begin, std::chrono::minutes(5))),
                     now, maxAgeOf(state, part));
      card.providers.push_back(
          {part.name, sum.known ? deliveryRate(sum.counts) : std::nullopt, sum.counts.outcomes()});
    }
    std::sort(card.providers.begin(), card.providers.end(), [](const auto& a, const auto& b) {
      return std::tuple(-a.outcomes, a.name) < std::tuple(-b.outcomes, b.name);
    });
    if (card.providers.size() > 12) card.providers.resize(12);
    if (account.suppressions)
      for (const auto list : suppression::kLists) {
        // Not read yet is not empty.
        if (!state.progress(account.name, list).crawled) continue;
        card.lists.emplace_back(c.text(fmt::format("list.{}", name(list))),
                                static_cast<std::int64_t>(state.index(account.name, list).size()));
      }
    const auto seen = state.causesSeen.summary(account.name, "", std::chrono::hours(24), now);
    const auto words = config.language;
    for (const auto& share : seen.shares)
      card.causes.emplace_back(std::string(causes::shortName(share.causeClass, words)),
                               static_cast<std::int64_t>(share.count));
    if (state.receivers)
      for (const auto& one : state.receivers(account.name)) {
        if (card.receivers.size() >= 20) break;
        card.receivers.push_back({one.name, one.delivered, one.median ? c.duration(*one.median) : "",
                                  one.p95 ? c.duration(*one.p95) : "", one.inFlight, one.overdue,
                                  c.duration(one.oldest)});
      }
    model.accounts.push_back(std::move(card));
  }
  for (const auto& alert : state.alerts()) {
    if (alert.state == rules::AlertState::inactive) continue;
    model.alerts.push_back(
        {weightOf(alert), alert.key.rule, subjectWords(c, alert.key.subject),
         notify::valueLine(alert.state == rules::AlertState::resolved ? alert.worst : alert.evidence, c),
         alert.startedAt, alert.resolvedAt});
    if (rules::active(alert.state) || alert.state == rules::AlertState::pending)
      model.alerts.back().until.reset();
  }
  std::stable_sort(model.alerts.begin(), model.alerts.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.weight, b.since) < std::tuple(b.weight, a.since);
  });
  for (const auto& [id, job] : state.jobs())
    if (id.task != "rules" && id.task != "event_stream")
      model.jobs.push_back({id.account, jobWords(c, id.task), job.lastSuccess, job.nextRun,
                            job.error ? errorText(c, *job.error) : ""});
  if (state.statusSummary) {
    model.statusDescription = state.statusSummary->description;
    model.statusTroubled = state.statusSummary->troubled();
  }
  if (const auto depth = state.outbox().depth()) {
    model.outboxWaiting = depth->waiting;
    model.outboxUndeliverable = depth->undeliverable;
  }
  return model;
}

std::string statusJson(State& state, const config::Config& config, const std::string& version) {
  using nlohmann::ordered_json;
  const auto model = pageModelOf(state, config, version);
  const auto time = [](const std::optional<Instant>& at) {
    return at ? ordered_json(toIso(*at)) : ordered_json();
  };
  ordered_json root;
  root["version"] = version;
  root["now"] = toIso(model.now);
  root["started"] = toIso(model.started);
  const auto reason = notReady(state, config);
  root["ready"] = !reason;
  if (reason) root["not_ready"] = *reason;
  auto& accounts = root["accounts"] = ordered_json::array();
  for (const auto& account : model.accounts) {
    ordered_json one;
    one["name"] = account.name;
    one["last_read"] = time(account.lastRead);
    for (const auto& rate : account.rates) {
      ordered_json window;
      window["known"] = rate.known;
      window["delivered"] = rate.known && rate.delivered ? ordered_json(*rate.delivered) : ordered_json();
      window["outcomes"] = rate.outcomes;
      window["requests"] = rate.requests;
      one["windows"][rate.window] = std::move(window);
    }
    for (const auto list : suppression::kLists)
      one["lists"][std::string(name(list))] = state.index(account.name, list).size();
    one["missing_scopes"] = account.missingScopes;
    accounts.push_back(std::move(one));
  }
  auto& alerts = root["alerts"] = ordered_json::array();
  for (const auto& alert : state.alerts()) {
    if (alert.state == rules::AlertState::inactive) continue;
    ordered_json one;
    one["rule"] = alert.key.rule;
    one["subject"] = subjectText(alert.key.subject);
    one["state"] = rules::name(alert.state);
    one["severity"] = rules::name(alert.severity);
    one["since"] = toIso(alert.startedAt);
    const auto gauge = rules::gaugeOf(alert.evidence);
    one["value"] = gauge ? ordered_json(gauge->value) : ordered_json();
    one["threshold"] = gauge ? ordered_json(gauge->limit) : ordered_json();
    if (!alert.mutedBy.empty()) one["muted_by"] = alert.mutedBy;
    alerts.push_back(std::move(one));
  }
  auto& streams = root["event_streams"] = ordered_json::array();
  for (const auto& account : config.accounts) {
    const auto stream = state.streams.find(account.name);
    if (stream == state.streams.end()) continue;
    ordered_json one;
    one["account"] = account.name;
    one["alive"] = state.streamAlive(account.name, model.now);
    one["last_batch"] = time(stream->second.lastBatch);
    one["last_test"] = time(stream->second.lastTest);
    if (const auto settings = state.streamSettings.find(account.name); settings != state.streamSettings.end())
      one["settings"] = settings->second.empty() ? "as they should be" : settings->second;
    if (const auto day = closedDay(state, account, model.now))
      one["compared"] = {
          {"day", toText(day->day)},
          {"statistics",
           {{"processed", day->statistics[Metric::processed]}, {"outcomes", day->statistics.outcomes()}}},
          {"events", {{"processed", day->events[Metric::processed]}, {"outcomes", day->events.outcomes()}}}};
    if (const auto lag = lagOfStatistics(state, account, model.now))
      one["statistics_behind_seconds"] = lag->count() / 1000;
    streams.push_back(std::move(one));
  }
  auto& jobs = root["jobs"] = ordered_json::array();
  for (const auto& [id, job] : state.jobs()) {
    ordered_json one;
    one["account"] = id.account;
    one["name"] = id.task;
    one["last_success"] = time(job.lastSuccess);
    one["next_run"] = time(job.nextRun);
    one["failures_in_a_row"] = job.failuresInARow;
    if (job.error)
      one["error"] = {
          {"party", name(job.error->party)}, {"kind", name(job.error->kind)}, {"text", job.error->text}};
    jobs.push_back(std::move(one));
  }
  root["status_page"] = model.statusDescription ? ordered_json(*model.statusDescription) : ordered_json();
  root["outbox"] = {{"waiting", model.outboxWaiting}, {"undeliverable", model.outboxUndeliverable}};
  if (const auto undeliverable = state.outbox().undeliverable(5))
    for (const auto& notification : *undeliverable)
      root["outbox"]["newest_undeliverable"].push_back({{"channel", notification.channel},
                                                        {"change", notification.change},
                                                        {"outcome", notification.outcome},
                                                        {"created", toIso(notification.created)}});
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

Result<std::string> explainAlerts(State& state, const config::Config& config, const std::string& ruleName,
                                  const std::string& wanted) {
  const StateFacts answers(state, config);
  const auto facts = factsOf(state, config, answers);
  const auto now = state.clock().now();
  std::string out, known;
  bool ruleFound = false;
  for (const auto& rule : config.rules) {
    known += (known.empty() ? "" : ", ") + rule.name;
    if (!ruleName.empty() && rule.name != ruleName) continue;
    ruleFound = true;
    for (const auto& subject : facts.subjects()) {
      if (!rule.scope.contains(subject) || (!wanted.empty() && subjectText(subject) != wanted)) continue;
      const auto evaluation = rules::explain(rule, subject, facts, now);
      out += fmt::format("{} on {}: {}\n", rule.name, subjectText(subject), rules::name(evaluation.outcome));
      for (const auto& check : evaluation.checks)
        out += fmt::format("  {} {}: {:.6g} {} {:.6g}\n", check.holds ? "yes" : "no ", check.what,
                           check.value, check.above ? "is at least" : "is below", check.limit);
      out += evidenceLine(evaluation.evidence);
      const auto alert = std::find_if(state.alerts().begin(), state.alerts().end(), [&](const auto& one) {
        return one.key.rule == rule.name && one.key.subject == subject;
      });
      if (alert != state.alerts().end()) {
        out += fmt::format("  remembered: {} since {}", rules::name(alert->state),
                           config.zone.minuteText(alert->since));
        if (alert->state == rules::AlertState::pending)
          out += fmt::format(", fires after {}", toText(rule.holdFor));
        if (alert->unknownSince)
          out += fmt::format(", data missing since {}", config.zone.minuteText(*alert->unknownSince));
        if (!alert->mutedBy.empty()) out += ", muted by " + alert->mutedBy;
        out += '\n';
      }
    }
  }
  if (!ruleFound)
    return Error{Error::Kind::notFound,
                 fmt::format("no rule is called \"{}\"; there are: {}", ruleName, known)};
  if (out.empty())
    return Error{Error::Kind::notFound,
                 wanted.empty()
                     ? "nothing is known yet that this rule applies to"
                     : fmt::format("the rule does not apply to \"{}\", or nothing is known of it", wanted)};
  return out;
}

std::string statusLine(const State& state, const config::Config& config) {
  std::size_t firing = 0;
  for (const auto& alert : state.alerts()) firing += rules::active(alert.state);
  std::optional<Instant> oldest;
  for (const auto& account : config.accounts) {
    const auto at = lastRead(state, account.name);
    if (!at) return fmt::format("{} alerts firing; {} has not been read yet", firing, account.name);
    oldest = oldest ? std::min(*oldest, *at) : *at;
  }
  return fmt::format("{} alerts firing; {} accounts, last read at {}", firing, config.accounts.size(),
                     oldest ? config.zone.minuteText(*oldest) : "-");
}

std::optional<std::string> notReady(const State& state, const config::Config& config) {
  if (state.storeTrouble) return "the state cannot be stored";
  for (const auto& account : config.accounts)
    if (!lastRead(state, account.name))
      return "the statistics of " + account.name + " have not been read yet";
  return std::nullopt;
}

}  // namespace arrivald::watch
