// route: who is told. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/rule.hpp"

namespace arrivald::notify {

/// What a route looks at.
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
  std::map<std::string, std::string> labels;  ///< all must be there with these values
  std::vector<std::string> channels;
  bool continueMatching = false;  ///< look at the routes after this one, too
};

/// The channels of the first route that matches, and of those after it while routes say to go on; none twice.
std::vector<std::string> route(const std::vector<Route>& routes, const Addressed& addressed);

}  // namespace arrivald::notify
