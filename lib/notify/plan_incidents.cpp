#include "notify/plan_incidents.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/about.hpp"
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

std::optional<Destination> destinationOf(const std::vector<Destination>& all, const ChannelLanguage& channel,
                                         rules::Severity severity) {
  const auto found = std::ranges::find(all, channel.channel, &Destination::channel);
  if (found == all.end() || severity < channel.minSeverity) return std::nullopt;
  return *found;
}

Notification withAbout(Notification notification, const incidents::Incident& incident, Instant now) {
  notification.about = aboutOf(incident, now);
  return notification;
}

}  // namespace

std::string idOf(const incidents::Notice& notice) {
  const auto& notified = notice.incident.notified;
  return fmt::format("incident-{}@{}#{}.{}-{}", notice.incident.number, notice.incident.account,
                     unixMilliseconds(notified ? notified->openedAt : notice.at), unixMilliseconds(notice.at),
                     name(notice.kind));
}

std::string conversationOf(const incidents::Incident& incident) {
  return fmt::format("incident-{}@{}", incident.number, incident.account);
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
  const auto addressed = addressOf(incident, settings.rules);
  const auto channels = route(settings.routes, addressed, settings.zone, context.around.now);
  for (const auto& channel : settings.channels)
    // What waits for the office has not been notified there.
    if (const auto to = destinationOf(channels, channel, addressed.severity); to && !to->held) {
      auto remark =
          withAbout(composeAcknowledged(incident, own, channel.language), incident, context.around.now);
      remark.about->remark = true;
      planned.push_back({own.id, channel.channel, std::move(remark)});
    }
  return planned;
}

std::vector<PlannedNotification> planIncidents(std::span<const NoticeContext> notices,
                                               const PlanSettings& settings) {
  std::vector<PlannedNotification> planned;
  for (const auto& channel : settings.channels)
    for (const auto& [notice, context] : notices) {
      const auto addressed = addressOf(notice.incident, settings.rules);
      const auto channels = route(settings.routes, addressed, settings.zone, notice.at);
      const auto to = destinationOf(channels, channel, addressed.severity);
      if (!to) continue;
      auto own = context;
      own.id = idOf(notice);
      planned.push_back(
          {own.id, channel.channel,
           withAbout(composeIncident(notice, own, channel.language), notice.incident, notice.at), to->held});
    }
  return planned;
}

}  // namespace arrivald::notify
