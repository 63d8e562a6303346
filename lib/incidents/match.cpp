#include "incidents/match.hpp"

#include <algorithm>
#include <set>

namespace arrivald::incidents {
namespace {

using std::chrono::minutes;

constexpr Duration kReopens = minutes(60);
constexpr double kInside = 0.6;
constexpr double kOfIncident = 0.6, kOfYoung = 0.4;
constexpr Duration kYoung = minutes(30);
// A much larger share in a part of an old incident's mail is another cause.
constexpr double kStandsOut = 3;

std::vector<std::string> united(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return {};
  std::set<std::string> all(a.begin(), a.end());
  all.insert(b.begin(), b.end());
  return {all.begin(), all.end()};
}

// How much `found` has in common with the incident: 0 if it is another one.
double likeness(const Located& found, Late late, Sight& sight, const Incident& incident) {
  if (haveSpreadingKind(found.root, incident.root)) return 2;
  const Family family = found.root.family;
  const Grids& residual = sight.absorbed(family, found.window, 0, late);
  const double all = Sight::sum(residual, found.root).excess();
  const double inside = all > 0 ? Sight::excessWithin(residual, found.root, incident.root) / all : 0;
  const Grids& own = sight.absorbed(family, found.window, incident.number, late);
  const Numbers its = Sight::sum(own, incident.root);
  const bool isYoung = sight.now() - incident.openedAt < kYoung;
  const bool isPart = contains(incident.root, found.root) && !contains(found.root, incident.root);
  const bool standsOut = isPart && !isYoung && found.numbers.excessShare() > kStandsOut * its.excessShare();
  if (inside >= kInside && !standsOut) return 1 + inside;
  const double back =
      its.excess() > 0 ? Sight::excessWithin(own, incident.root, found.root) / its.excess() : 0;
  if (back >= (incident.root.kinds.empty() && isYoung ? kOfYoung : kOfIncident)) return 1 + back;
  return incident.weak && contains(found.root, incident.root) ? 1 : 0;
}

}  // namespace

bool mayContinue(const Incident& incident, Instant now) {
  if (isLive(incident.state)) return true;
  return incident.state != State::merged && incident.endedAt && now - *incident.endedAt < kReopens;
}

bool haveSpreadingKind(const Root& a, const Root& b) {
  // Replies that vary within one receiver do not tell what is at another.
  if (!std::ranges::all_of(a.kinds, spreadsOverReceivers) ||
      !std::ranges::all_of(b.kinds, spreadsOverReceivers))
    return false;
  return a.family == b.family && std::ranges::any_of(a.kinds, [&](Kind kind) {
           return spreadsOverReceivers(kind) && std::ranges::find(b.kinds, kind) != b.kinds.end();
         });
}

Root joined(const Root& a, const Root& b) {
  Root both = a;
  both.categories = united(a.categories, b.categories);
  both.receivers = united(a.receivers, b.receivers);
  std::erase_if(both.kinds, [&](Kind kind) { return std::ranges::find(b.kinds, kind) == b.kinds.end(); });
  return both;
}

std::int64_t match(const Located& found, Late late, Sight& sight, const std::vector<Incident>& incidents,
                   std::string_view account) {
  std::int64_t number = 0;
  double best = 0;
  for (const Incident& incident : incidents) {
    if (incident.account != account || incident.root.family != found.root.family ||
        !mayContinue(incident, sight.now()))
      continue;
    const double value = likeness(found, late, sight, incident) * (isLive(incident.state) ? 2 : 1);
    if (value <= best) continue;
    best = value;
    number = incident.number;
  }
  return number;
}

}  // namespace arrivald::incidents
