#include "store/dmarc_files_table.hpp"

namespace arrivald::store {

void DmarcFilesTable::put(std::string_view name, const Mark& mark) {
  Statement(database_,
            "INSERT OR REPLACE INTO dmarc_files (name, size, modified, inode, changed) VALUES "
            "(?, ?, ?, ?, ?)")
      .bind(name)
      .bind(static_cast<std::int64_t>(mark.size))
      .bind(mark.modified)
      .bind(mark.inode)
      .bind(mark.changed)
      .run();
}

void DmarcFilesTable::remove(std::string_view name) {
  Statement(database_, "DELETE FROM dmarc_files WHERE name = ?").bind(name).run();
}

std::map<std::string, DmarcFilesTable::Mark> DmarcFilesTable::all() {
  std::map<std::string, Mark> all;
  Statement rows(database_, "SELECT name, size, modified, inode, changed FROM dmarc_files");
  while (rows.step())
    all[std::string(rows.text(0))] = {static_cast<std::uint64_t>(rows.integer(1)), rows.integer(2),
                                      rows.integer(3), rows.integer(4)};
  return all;
}

}  // namespace arrivald::store
