#include "notify/plan_incidents.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/compose_incident.hpp"

namespace arrivald::notify {

namespace {

Addressed addressOf(const incidents::Incident& incident, std::span<const rules::Rule> rules) {
  auto severity = incident.worstSeverity;
  if (incident.notified) severity = std::max(severity, incident.notified->severity);
  Addressed addressed{severity, incident.account, incident.worstRule, {}};
  if (const auto rule = std::ranges::find(rules, incident.worstRule, &rules::Rule::name); rule != rules.end())
    addressed.labels = rule->labels;
  return addressed;
}

}  // namespace

std::string idOf(const incidents::Notice& notice) {
  const auto& notified = notice.incident.notified;
  return fmt::format("incident-{}@{}#{}.{}-{}", notice.incident.number, notice.incident.account,
                     unixMilliseconds(notified ? notified->openedAt : notice.at), unixMilliseconds(notice.at),
                     name(notice.kind));
}

std::vector<PlannedNotification> planAcknowledged(const incidents::Incident& incident,
                                                  const IncidentContext& context,
                                                  const PlanSettings& settings) {
  std::vector<PlannedNotification> planned;
  const auto& notified = incident.notified;
  if (!notified || notified->closed) return planned;
  auto own = context;
  own.id = fmt::format("incident-{}@{}#{}+ack.{}-{}", incident.number, incident.account,
                       unixMilliseconds(notified->openedAt), unixMilliseconds(context.around.now),
                       context.acknowledged ? "acknowledged" : "unacknowledged");
  const auto channels = route(settings.routes, addressOf(incident, settings.rules));
  for (const auto& channel : settings.channels)
    if (std::ranges::find(channels, channel.channel) != channels.end())
      planned.push_back({own.id, channel.channel, composeAcknowledged(incident, own, channel.language)});
  return planned;
}

std::vector<PlannedNotification> planIncidents(std::span<const NoticeContext> notices,
                                               const PlanSettings& settings) {
  std::vector<PlannedNotification> planned;
  for (const auto& channel : settings.channels)
    for (const auto& [notice, context] : notices) {
      const auto channels = route(settings.routes, addressOf(notice.incident, settings.rules));
      if (std::ranges::find(channels, channel.channel) == channels.end()) continue;
      auto own = context;
      own.id = idOf(notice);
      planned.push_back({own.id, channel.channel, composeIncident(notice, own, channel.language)});
    }
  return planned;
}

}  // namespace arrivald::notify
