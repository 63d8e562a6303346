#include "notify/route.hpp"

#include <algorithm>

namespace arrivald::notify {
namespace {

bool anyMatches(const std::vector<std::string>& patterns, const std::string& text) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
           return rules::globMatches(pattern, text);
         });
}

std::vector<const Route*> matching(const std::vector<Route>& routes, const Addressed& addressed) {
  std::vector<const Route*> all;
  for (const auto& one : routes) {
    const bool labelled = std::all_of(one.labels.begin(), one.labels.end(), [&](const auto& label) {
      const auto found = addressed.labels.find(label.first);
      return found != addressed.labels.end() && found->second == label.second;
    });
    if (addressed.severity < one.minSeverity || !labelled || !anyMatches(one.accounts, addressed.account) ||
        !anyMatches(one.rules, addressed.rule))
      continue;
    all.push_back(&one);
    if (!one.continueMatching) break;
  }
  return all;
}

}  // namespace

std::vector<std::string> route(const std::vector<Route>& routes, const Addressed& addressed) {
  std::vector<std::string> channels;
  for (const auto* one : matching(routes, addressed))
    for (const auto& channel : one->channels)
      if (std::find(channels.begin(), channels.end(), channel) == channels.end()) channels.push_back(channel);
  return channels;
}

std::vector<Destination> route(const std::vector<Route>& routes, const Addressed& addressed,
                               const TimeZone& zone, Instant now) {
  std::vector<Destination> all;
  const auto add = [&](const std::string& channel, bool held) {
    const auto known = std::ranges::find(all, channel, &Destination::channel);
    if (known == all.end())
      all.push_back({channel, held});
    else
      known->held = known->held && held;
  };
  for (const auto* one : matching(routes, addressed)) {
    const bool waits = one->hours && !calendar::isOpen(*one->hours, zone, now) &&
                       (one->holdCritical || addressed.severity != rules::Severity::critical);
    const bool elsewhere = waits && !one->otherwise.empty();
    for (const auto& channel : elsewhere ? one->otherwise : one->channels) add(channel, waits && !elsewhere);
  }
  return all;
}

}  // namespace arrivald::notify
