// route: which channels receive a notification. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

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
  bool continueMatching = false;  ///< also try the routes after this one
};

/// The channels of the first matching route, and of further ones while continueMatching is set; none twice.
std::vector<std::string> route(const std::vector<Route>& routes, const Addressed& addressed);

}  // namespace arrivald::notify
