// plan: what changed → which notification goes to which channel. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "notify/context.hpp"
#include "notify/notification.hpp"
#include "notify/route.hpp"

namespace arrivald::notify {

/// A channel that there is, and in which language it is written to.
struct ChannelLanguage {
  std::string channel;
  Language language = Language::japanese;
  rules::Severity minSeverity = rules::Severity::info;  ///< what is less is not notified there
  bool single = false;                                  ///< a program reads it: never several in one
};

struct PlanSettings {
  std::span<const rules::Rule> rules;
  std::vector<Route> routes;
  std::vector<ChannelLanguage> channels;  ///< a route to one that is not among them leads nowhere
  Links links;
  TimeZone zone;
  /// By the id of a change: the number of the incident that it is notified as.
  std::map<std::string, std::int64_t, std::less<>> incidents = {};
  /// Likewise, of an alert's end: the alerts by which that incident goes on.
  std::map<std::string, std::vector<rules::AlertKey>, std::less<>> goOn = {};
};

struct PlannedNotification {
  std::string change;  ///< the id of the change, or of the first of several with "+" and how many more
  std::string channel;
  Notification notification;
  bool held = false;  ///< it waits until the office opens, see holdBack()
};

/// More changes at once than this, for one channel, become one notification.
inline constexpr std::size_t kMaxSingleNotifications = 3;

/// By channel, in the order of `settings.channels`; of one channel in the order of the changes.
std::vector<PlannedNotification> plan(std::span<const rules::Change> changes, const PlanSettings& settings,
                                      const MailView& mail, Instant now);

}  // namespace arrivald::notify
