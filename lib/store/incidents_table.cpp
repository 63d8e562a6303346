#include "store/incidents_table.hpp"

#include <algorithm>

#include "incidents/incident_json.hpp"

namespace arrivald::store {

using incidents::Followed;
using incidents::Incident;

Followed IncidentsTable::load(std::size_t& unreadable) {
  Followed followed;
  std::int64_t last = 0;
  Statement rows(database_, "SELECT number, state FROM incidents ORDER BY number");
  while (rows.step()) {
    last = rows.integer(0);
    auto incident = incidents::incidentFromJson(rows.text(1));
    if (incident && incident->number == last)
      followed.incidents.push_back(std::move(*incident));
    else
      ++unreadable;
  }
  Statement rest(database_, "SELECT state FROM incidents_rest");
  if (rest.step() && !incidents::restFromJson(rest.text(0), followed)) ++unreadable;
  followed.lastNumber = std::max(followed.lastNumber, last);
  return followed;
}

void IncidentsTable::replace(const Followed& followed) {
  Statement(database_, "DELETE FROM incidents").run();
  for (const Incident& incident : followed.incidents) putOne(incident);
  putRest(followed);
}

void IncidentsTable::put(const Followed& before, const Followed& followed) {
  for (const Incident& incident : followed.incidents)
    if (const auto* known = before.find(incident.number); !known || !(*known == incident)) putOne(incident);
  for (const Incident& incident : before.incidents)
    if (!followed.find(incident.number))
      Statement(database_, "DELETE FROM incidents WHERE number = ?").bind(incident.number).run();
  // Incidents have their own rows.
  const bool same = before.unexplained == followed.unexplained && before.apart == followed.apart &&
                    before.lastNumber == followed.lastNumber && before.silences == followed.silences &&
                    before.lastSilence == followed.lastSilence && before.untold == followed.untold &&
                    before.held == followed.held;
  if (!same) putRest(followed);
}

void IncidentsTable::putOne(const Incident& incident) {
  Statement(database_, "INSERT OR REPLACE INTO incidents (number, state) VALUES (?, ?)")
      .bind(incident.number)
      .bind(incidents::toJson(incident))
      .run();
}

void IncidentsTable::putRest(const Followed& followed) {
  Statement(database_, "INSERT OR REPLACE INTO incidents_rest (only, state) VALUES (1, ?)")
      .bind(incidents::restToJson(followed))
      .run();
}

}  // namespace arrivald::store
