// Trials: a month without any incident from the first start on, and each incident in the first week and
// later, under the shipped rules and a naive one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "simulation/world.hpp"

namespace arrivald::simulation {

using simulator::Incident;

struct Case {
  Incident incident;
  const char* name;
  const char* worlds;     ///< where it is tried: a glob over the names of settings
  std::vector<int> days;  ///< on which it begins, counted from the first start
  Duration at;            ///< after 00:00
  Duration length;
  Duration watched;  ///< for how long from its start an alert counts as finding it
  /// The alerts that may count: a glob over "rule@subject".
  const char* alerts;
  /// Only of what begins suddenly and while there is mail the beginning can be named.
  enum class Begins : std::uint8_t { suddenly, gradually, atNight };
  Begins begins = Begins::suddenly;
};
const std::vector<Case>& cases();

struct Found {
  std::optional<Duration> after;
  std::string by;  ///< "rule@subject"
  bool near =
      false;  ///< the alert names the beginning within five minutes, or as long as mails are apart there
  Duration since{};  ///< by how much the alert's `since` is later than the true beginning
};
struct Trial {
  const Case* of = nullptr;
  int day = 0;
  Found shipped;      ///< by the statistics only
  Found streamed;     ///< with the event stream
  Found naive;        ///< account-wide
  Found naiveGroups;  ///< in any group
};

/// Alerts notified while nothing is wrong.
struct FalseAlarms {
  int account = 0;
  int groups = 0;
  FalseAlarms& operator+=(const FalseAlarms& other) {
    account += other.account;
    groups += other.groups;
    return *this;
  }
};
struct Quiet {
  FalseAlarms shipped;
  FalseAlarms streamed;
  FalseAlarms naive;
  std::vector<std::string> lines;  ///< one for each of the shipped rules' alerts
};

/// What one sender's month showed.
struct Month {
  Quiet quiet;
  std::vector<Trial> trials;
};
struct Wanted {
  int days = 0;  ///< from the first start on; incidents that begin later are left out. 0: the setting's
  bool naive = true;
  bool quiet = true;
  bool incidents = true;
  std::string incident = "*";  ///< a glob over the cases' names
};
Month tryMonth(const Setting& setting, unsigned seed, const Wanted& wanted);

/// The value that a share `q` of the values does not exceed; nothing of none.
std::optional<Duration> quantile(std::vector<Duration> values, double q);

}  // namespace arrivald::simulation
