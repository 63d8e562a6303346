#include "watch/evaluate_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "notify/advice.hpp"
#include "notify/compose_incident.hpp"
#include "notify/hold.hpp"
#include "notify/notification_json.hpp"
#include "notify/plan_incidents.hpp"
#include "watch/channels.hpp"
#include "watch/current_facts.hpp"
#include "watch/earlier_mail.hpp"
#include "watch/follow_incidents.hpp"
#include "watch/incident_views.hpp"
#include "watch/log.hpp"
#include "watch/remembered_mail.hpp"

namespace arrivald::watch {

namespace {

void logChanges(const std::vector<rules::Change>& changes) {
  for (const auto& change : changes)
    log::write(change.kind == rules::Change::Kind::resolved ? log::Level::info : log::Level::warning,
               fmt::format("alert {} {}", change.alert.key.rule, rules::name(change.kind)),
               {{"subject", delivery::toText(change.alert.key.subject)},
                {"severity", rules::name(change.alert.severity)},
                {"id", change.id}});
}

void logIncidents(const std::vector<incidents::Change>& changes) {
  for (const auto& change : changes)
    log::info(fmt::format("incident {} {}", change.incident.number, name(change.kind)),
              {{"account", change.incident.account},
               {"root", incidents::toText(change.incident.root)},
               {"severity", rules::name(change.incident.severity)}});
}

std::vector<notify::NoticeContext> contextsOf(const Owners& owners, const config::Config& config,
                                              const IncidentLook& look, const notify::MailView& mail,
                                              const AccountMails& mails, Instant now) {
  std::vector<notify::NoticeContext> contexts;
  for (const auto& notice : look.notices)
    contexts.push_back(
        {notice, incidentContext({owners, config, mails, mail}, look.followed, notice.incident, now)});
  return contexts;
}

// Whose side each incident that goes on is on by now, and which step follows: where that is another one than
// was notified, it is notified.
void addCorrections(const Around& around, IncidentLook& look, Instant now) {
  // What an alert's own words said stands with the alert from the next look on.
  std::set<std::int64_t> byAlert;
  for (const auto& [change, number, goOn] : look.apart)
    if (change.kind != rules::Change::Kind::resolved) byAlert.insert(number);
  std::map<std::int64_t, incidents::Advice> advice;
  for (auto& incident : look.followed.incidents) {
    if (!isLive(incident.state) || !incident.notified) continue;
    if (byAlert.contains(incident.number)) {
      auto& advised = incident.notified->advised;
      advised.told.clear();
      advised.other.clear();
      advised.otherSince.reset();
      continue;
    }
    const auto context = incidentContext(around, look.followed, incident, now);
    // Nothing but its alerts knows its side, and what recovers calls for nothing new.
    if (incident.byAlerts && (!context.alert || context.around.recovering)) continue;
    advice.emplace(incident.number, notify::adviceOf(incident, context));
  }
  std::vector<std::int64_t> notified;
  for (const auto& notice : look.notices) notified.push_back(notice.incident.number);
  auto corrected = incidents::corrections(look.followed, advice, notified, now);
  std::ranges::move(corrected, std::back_inserter(look.notices));
}

// What was held is said as it is when the office opens.
void describeHeld(const Around& around, IncidentLook& look, const notify::PlanSettings& settings,
                  Instant now) {
  for (auto& held : look.followed.held) {
    const auto channel =
        std::ranges::find(settings.channels, held.channel, &notify::ChannelLanguage::channel);
    if (channel == settings.channels.end() || !notify::isReleased(held, settings, now)) continue;
    for (const auto& incident : look.followed.incidents) {
      if (!isLive(incident.state) || incident.byAlerts ||
          held.conversation != notify::conversationOf(incident))
        continue;
      auto context = incidentContext(around, look.followed, incident, now);
      context.id = fmt::format("{}#{}", held.conversation, unixMilliseconds(now));
      held.notification = notify::toJson(notify::describeIncident(incident, context, channel->language));
    }
  }
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

  owners.events().lateLookedAt();
  lookUpRefused(owners, verdict.changes);
  const RememberedMail mail(owners, current.stream(), now);
  owners.events().tables().advance(now);
  const AccountMails mails(owners, config, current.stream(), now);
  auto look = followIncidents(owners, config, mails, verdict, now);
  addCorrections({owners, config, mails, mail}, look, now);
  auto settings = planSettingsOf(config);
  std::vector<rules::Change> apart;
  for (auto& [change, number, goOn] : look.apart) {
    if (number != 0) settings.incidents.emplace(change.id, number);
    if (!goOn.empty()) settings.goOn.emplace(change.id, std::move(goOn));
    apart.push_back(std::move(change));
  }
  auto planned = notify::plan(apart, settings, mail, now);
  std::ranges::move(notify::planIncidents(contextsOf(owners, config, look, mail, mails, now), settings),
                    std::back_inserter(planned));
  describeHeld({owners, config, mails, mail}, look, settings, now);
  planned = notify::holdBack(std::move(planned), look.followed.held, settings, now);
  std::vector<Outgoing> notifications;
  for (auto& [change, channel, notification, held] : planned)
    notifications.push_back({std::move(change), std::move(channel), std::move(notification)});
  logChanges(verdict.changes);
  logIncidents(look.changes);
  for (const auto& change : look.changes)
    if (change.kind == incidents::Change::Kind::opened)
      owners.registry().incidentOpened(change.incident.account);
  const auto count = notifications.size();
  static_cast<void>(owners.alerts().put(std::move(verdict), std::move(look.followed), notifications));
  return count;
}

}  // namespace arrivald::watch
