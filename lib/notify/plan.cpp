#include "notify/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "notify/about.hpp"
#include "notify/compose.hpp"
#include "notify/compose_incident.hpp"

namespace arrivald::notify {

using rules::Change;

namespace {

struct RoutedChange {
  const Change* change;
  Context context;
  std::vector<Destination> channels;
  rules::Severity severity = rules::Severity::warning;
  std::int64_t incident = 0;  // 0: none
  std::vector<rules::AlertKey> goOn = {};
};

const rules::Rule* ruleOf(const Change& change, const PlanSettings& settings) {
  const auto found = std::ranges::find(settings.rules, change.alert.key.rule, &rules::Rule::name);
  return found == settings.rules.end() ? nullptr : &*found;
}

// The end of an alert goes where the alert went: by the worst severity of the episode.
Addressed addressOf(const Change& change, const rules::Rule* rule) {
  return {change.kind == Change::Kind::resolved ? change.alert.notifiedSeverity : change.alert.severity,
          change.alert.key.subject.account, change.alert.key.rule,
          rule ? rule->labels : std::map<std::string, std::string>{}};
}

void planFor(const ChannelLanguage& channel, const std::vector<RoutedChange>& changes, const TimeZone& zone,
             Instant now, std::vector<PlannedNotification>& planned) {
  std::vector<PlannedNotification> own;
  for (const auto& routed : changes) {
    const auto to = std::ranges::find(routed.channels, channel.channel, &Destination::channel);
    if (to == routed.channels.end() || routed.severity < channel.minSeverity) continue;
    auto notification = compose(*routed.change, routed.context, channel.language);
    if (!routed.goOn.empty()) markPart(notification, routed.goOn, routed.incident, channel.language);
    if (routed.incident != 0) markIncident(notification, routed.incident, channel.language);
    notification.about = aboutOf(*routed.change);
    if (routed.incident != 0) notification.about->incidents = {routed.incident};
    auto& into = to->held ? planned : own;
    into.push_back({routed.change->id, channel.channel, std::move(notification), to->held});
  }
  if (own.size() > kMaxSingleNotifications && !channel.single) {
    // It is called by an alert that needs somebody, if there is one.
    auto first = std::ranges::find_if(own, [](const auto& one) { return one.notification.mention; });
    if (first == own.end()) first = own.begin();
    auto about = first->notification.about;
    if (about) about->incidents.clear();
    std::vector<Notification> notifications;
    for (auto& one : own) {
      if (about && one.notification.about)
        about->incidents.insert(about->incidents.end(), one.notification.about->incidents.begin(),
                                one.notification.about->incidents.end());
      notifications.push_back(std::move(one.notification));
    }
    PlannedNotification group{fmt::format("{}+{}", first->change, own.size() - 1), channel.channel,
                              composeGroup(std::move(notifications), now, zone, channel.language)};
    group.notification.about = std::move(about);
    own.clear();
    own.push_back(std::move(group));
  }
  std::ranges::move(own, std::back_inserter(planned));
}

}  // namespace

std::vector<PlannedNotification> plan(std::span<const Change> changes, const PlanSettings& settings,
                                      const MailView& mail, Instant now) {
  std::vector<RoutedChange> routed;
  for (const auto& change : changes) {
    const auto* rule = ruleOf(change, settings);
    const auto addressed = addressOf(change, rule);
    auto channels = route(settings.routes, addressed, settings.zone, now);
    if (channels.empty()) continue;
    routed.push_back({&change, contextOf(change, rule, settings.links, settings.zone, mail, now),
                      std::move(channels), addressed.severity});
    const auto number = settings.incidents.find(change.id);
    if (number == settings.incidents.end()) continue;
    routed.back().incident = number->second;
    if (const auto goOn = settings.goOn.find(change.id); goOn != settings.goOn.end())
      routed.back().goOn = goOn->second;
    if (auto& page = routed.back().context.page; !page.empty()) page = incidentPage(page, number->second);
  }
  std::vector<PlannedNotification> planned;
  for (const auto& channel : settings.channels) planFor(channel, routed, settings.zone, now, planned);
  return planned;
}

}  // namespace arrivald::notify
