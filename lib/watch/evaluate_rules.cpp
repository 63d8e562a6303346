#include "watch/evaluate_rules.hpp"

#include <fmt/format.h>

#include <set>

#include "notify/plan.hpp"
#include "watch/channels.hpp"
#include "watch/current_facts.hpp"
#include "watch/earlier_mail.hpp"
#include "watch/log.hpp"
#include "watch/remembered_mail.hpp"

namespace arrivald::watch {

namespace {

notify::PlanSettings planSettingsOf(const config::Config& config) {
  notify::PlanSettings settings;
  settings.rules = config.rules;
  settings.zone = config.zone;
  settings.links = linksOf(config);
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

// Before a notification says what refused addresses mean: those of accounts that have an alert, or get one.
void lookUpRefused(Owners& owners, const std::vector<rules::Change>& changes) {
  std::set<std::string> accounts;
  for (const auto& alert : owners.alerts().all()) accounts.insert(alert.key.subject.account);
  for (const auto& change : changes) accounts.insert(change.alert.key.subject.account);
  for (const auto& account : accounts) lookUpEarlierMail(owners, account);
}

}  // namespace

std::size_t evaluateRules(Owners& owners, const config::Config& config) {
  owners.noticeClockStep();
  const auto now = owners.clock().now();
  owners.profiles().learn(owners.statistics(), config, now);
  const CurrentFacts current(owners, config);
  rules::NotificationTiming timing;
  if (!config.reminders.empty()) timing.reminders = config.reminders;
  auto verdict = rules::evaluate(config.rules, current.facts(), owners.alerts().all(), now, timing);

  lookUpRefused(owners, verdict.changes);
  const RememberedMail mail(owners, current.stream(), now);
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
