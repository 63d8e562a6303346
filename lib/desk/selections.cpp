#include "desk/selections.hpp"

#include "desk/query.hpp"

namespace arrivald::desk {

using store::SelectionsTable;
using suppression::EntryId;

Result<Selections::Change> Selections::change(std::string_view user, std::span<const std::string> shown,
                                              std::span<const std::string> ticked) {
  Change change;
  const auto now = clock_.now();
  const auto stored = database_.transact([&] {
    SelectionsTable table(database_);
    table.removeBefore(oldest());
    for (const auto& text : shown)
      if (const auto id = entryIdFrom(text)) table.remove(user, *id);
    change.selected = table.count(user, oldest());
    for (const auto& text : ticked) {
      const auto id = entryIdFrom(text);
      if (change.selected >= kMaxRows)
        ++change.refused;
      else if (!id || !table.add(user, *id, now))
        ++change.dropped;
      else
        ++change.selected;
    }
    // An id that came twice, or that the form did not show, is one row all the same.
    change.selected = table.count(user, oldest());
  });
  if (!stored) return stored.error();
  return change;
}

Result<std::vector<EntryId>> Selections::of(std::string_view user) const {
  std::vector<EntryId> entries;
  const auto read = database_.read([&] { entries = SelectionsTable(database_).of(user, oldest()); });
  if (!read) return read.error();
  return entries;
}

Done Selections::clear(std::string_view user) {
  return database_.transact([&] { SelectionsTable(database_).clear(user); });
}

Done Selections::remove(std::string_view user, std::span<const EntryId> entries) {
  return database_.transact([&] {
    for (const auto entry : entries) SelectionsTable(database_).remove(user, entry);
  });
}

}  // namespace arrivald::desk
