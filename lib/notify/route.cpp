#include "notify/route.hpp"

#include <algorithm>

namespace arrivald::notify {
namespace {

bool anyMatches(const std::vector<std::string>& patterns, const std::string& text) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
           return rules::globMatches(pattern, text);
         });
}

}  // namespace

std::vector<std::string> route(const std::vector<Route>& routes, const Addressed& addressed) {
  std::vector<std::string> channels;
  for (const auto& one : routes) {
    const bool labelled = std::all_of(one.labels.begin(), one.labels.end(), [&](const auto& label) {
      const auto found = addressed.labels.find(label.first);
      return found != addressed.labels.end() && found->second == label.second;
    });
    if (addressed.severity < one.minSeverity || !labelled || !anyMatches(one.accounts, addressed.account) ||
        !anyMatches(one.rules, addressed.rule))
      continue;
    for (const auto& channel : one.channels)
      if (std::find(channels.begin(), channels.end(), channel) == channels.end()) channels.push_back(channel);
    if (!one.continueMatching) break;
  }
  return channels;
}

}  // namespace arrivald::notify
