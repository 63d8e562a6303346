#include "store/selections_table.hpp"

namespace arrivald::store {

using suppression::EntryId;

std::vector<EntryId> SelectionsTable::of(std::string_view user, Instant since) {
  std::vector<EntryId> entries;
  Statement rows(database_,
                 "SELECT entry FROM selections JOIN suppression_entries ON suppression_entries.id = entry "
                 "WHERE user = ? AND ticked_at >= ? ORDER BY created_at DESC, entry DESC");
  rows.bind(user).bind(unixMilliseconds(since));
  while (rows.step()) entries.push_back(static_cast<EntryId>(rows.integer(0)));
  return entries;
}

std::size_t SelectionsTable::count(std::string_view user, Instant since) {
  Statement row(database_, "SELECT count(*) FROM selections WHERE user = ? AND ticked_at >= ?");
  row.bind(user).bind(unixMilliseconds(since));
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

bool SelectionsTable::add(std::string_view user, EntryId entry, Instant at) {
  Statement statement(database_,
                      "INSERT INTO selections (user, entry, ticked_at) SELECT ?, id, ? FROM "
                      "suppression_entries WHERE id = ? ON CONFLICT DO UPDATE SET ticked_at = "
                      "excluded.ticked_at");
  statement.bind(user).bind(unixMilliseconds(at)).bind(static_cast<std::int64_t>(entry)).run();
  return database_.changes() > 0;
}

void SelectionsTable::remove(std::string_view user, EntryId entry) {
  Statement(database_, "DELETE FROM selections WHERE user = ? AND entry = ?")
      .bind(user)
      .bind(static_cast<std::int64_t>(entry))
      .run();
}

void SelectionsTable::clear(std::string_view user) {
  Statement(database_, "DELETE FROM selections WHERE user = ?").bind(user).run();
}

void SelectionsTable::removeBefore(Instant at) {
  Statement(database_, "DELETE FROM selections WHERE ticked_at < ?").bind(unixMilliseconds(at)).run();
}

void SelectionsTable::shift(Duration step) {
  Statement(database_, "UPDATE selections SET ticked_at = ticked_at + ?").bind(step.count()).run();
}

}  // namespace arrivald::store
