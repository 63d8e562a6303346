// Trials of incidents: each kind of them on a city's day, and what on-call hears of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "simulation/incident_world.hpp"

namespace arrivald::simulation {

/// One true cause.
struct Cause {
  incidents::Root root;
  Duration after{0};  ///< the first one's beginning
};
struct IncidentKind {
  const char* name;
  Duration length;
  std::vector<Cause> causes;
  std::function<void(City&, Instant)> begin;
  const char* asked;  ///< messages, with warnings held in brackets; root at opening and ten minutes later
};
const std::vector<IncidentKind>& incidentKinds();

struct IncidentTrial {
  int messages = 0;
  int today = 0;    ///< messages of the alerts, each by itself
  int grouped = 0;  ///< grouped by account, after 30 s and then every 5 min
  bool rightAtOnce = false, rightLater = false, rightToday = false;
  bool criticalStall = false;
  int opened = 0;  ///< incidents
  int rings = 0;
  std::optional<Duration> found;   ///< from the beginning to the first incident
  std::optional<Duration> second;  ///< from its beginning until the second cause is named
  std::optional<Duration> ended;   ///< from the true end to the last ending
  std::optional<Duration> waited;  ///< from the first alert to the first incident
  std::vector<std::string> lines;  ///< one a notice
};
struct TrialOptions {
  Duration hold = std::chrono::minutes(5);
  bool restart = false;  ///< the table is lost a third of an hour after the beginning
};
/// It begins at `wanted`, or as soon as no false alarm is being followed.
/// Throws std::logic_error if an alert is in no place or in two, or if an incident ends twice.
IncidentTrial tryIncident(IncidentWorld world, const IncidentKind& kind, Instant wanted,
                          const TrialOptions& options);

/// What happens in quiet days, from now on.
struct QuietDays {
  int alerts = 0, incidents = 0, messages = 0;
  std::vector<std::string> lines;
};
QuietDays watchQuietDays(IncidentWorld& world, int days);

}  // namespace arrivald::simulation
