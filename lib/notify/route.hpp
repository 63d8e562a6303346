// route: which channels receive a notification. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calendar/hours.hpp"
#include "rules/rule.hpp"

namespace arrivald::notify {

/// The properties that routes match.
struct Addressed {
  rules::Severity severity = rules::Severity::warning;
  std::string account;
  std::string rule;
  std::map<std::string, std::string> labels;
};

struct Route {
  rules::Severity minSeverity = rules::Severity::info;
  std::vector<std::string> accounts;          ///< globs; empty: all
  std::vector<std::string> rules;             ///< globs; empty: all
  std::map<std::string, std::string> labels;  ///< the rule must have all of them with these values
  std::vector<std::string> channels;
  bool continueMatching = false;              ///< also try the routes after this one
  std::optional<calendar::Hours> hours = {};  ///< nothing: at all times
  std::vector<std::string> otherwise = {};    ///< the channels outside the hours; empty: it waits for them
  bool holdCritical = false;                  ///< also what is critical waits
};

/// The channels of the first matching route, and of further ones while continueMatching is set; none twice.
std::vector<std::string> route(const std::vector<Route>& routes, const Addressed& addressed);

/// The same at a time: where to, and whether it waits until the office opens. A channel of several routes
/// waits if all of them say so.
struct Destination {
  std::string channel;
  bool held = false;
  friend bool operator==(const Destination&, const Destination&) = default;
};
std::vector<Destination> route(const std::vector<Route>& routes, const Addressed& addressed,
                               const TimeZone& zone, Instant now);

}  // namespace arrivald::notify
