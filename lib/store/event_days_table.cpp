#include "store/event_days_table.hpp"

#include "store/blobs.hpp"

namespace arrivald::store {

void EventDaysTable::put(std::string_view account, Date day, const delivery::Counts& counts) {
  Statement(database_, "INSERT OR REPLACE INTO event_days (account, day, counts) VALUES (?, ?, ?)")
      .bind(account)
      .bind(dayNumber(day))
      .bindBlob(blobOf(counts))
      .run();
}

std::map<std::pair<std::string, Date>, delivery::Counts> EventDaysTable::all() {
  std::map<std::pair<std::string, Date>, delivery::Counts> all;
  Statement rows(database_, "SELECT account, day, counts FROM event_days");
  while (rows.step()) all[{std::string(rows.text(0)), dayFrom(rows.integer(1))}] = countsFrom(rows.blob(2));
  return all;
}

void EventDaysTable::removeBefore(Date day) {
  Statement(database_, "DELETE FROM event_days WHERE day < ?").bind(dayNumber(day)).run();
}

}  // namespace arrivald::store
