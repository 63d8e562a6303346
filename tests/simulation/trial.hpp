// Trials: one incident, or a month without any, under the shipped rules and a naive one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulation/world.hpp"

namespace arrivald::simulation {

using simulator::Incident;

struct Case {
  Incident incident;
  const char* name;
  Duration at;  ///< after Monday, 00:00
  Duration length;
  Duration watched;  ///< for how long from its start an alert counts as finding it
  /// The alerts that may count: a glob over "rule@subject".
  const char* alerts;
  /// What is asked of the median, beside the lag of the statistics; 0: only that it is found.
  Duration goal;
  /// What is asked of it with the event stream; 0: that it is found.
  Duration goalByEvents;
};
std::span<const Case> cases();

struct Found {
  std::optional<Duration> after;
  std::string by;  ///< "rule@subject"
};
struct Trial {
  Found shipped;      ///< by the statistics only
  Found streamed;     ///< with the event stream
  Found naive;        ///< account-wide
  Found naiveGroups;  ///< in any group
};

/// A world whose past, three weeks of it, ends on a Monday at 00:00: where every trial begins.
World past(unsigned seed);

Trial tryIncident(const World& past, const Case& one);

/// Alerts told while nothing is wrong.
struct FalseAlarms {
  int account = 0;
  int groups = 0;
};
struct Quiet {
  FalseAlarms shipped;
  FalseAlarms streamed;
  FalseAlarms naive;
  std::vector<std::string> words;  ///< one line for each of the shipped rules' alerts
};
Quiet tryQuiet(const World& past, int days);

/// The value that a share `q` of the values does not exceed; nothing of none.
std::optional<Duration> quantile(std::vector<Duration> values, double q);

}  // namespace arrivald::simulation
