// IncidentsTable: the incidents by number, and what is followed besides them.
#pragma once

#include "incidents/incident.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class IncidentsTable {
 public:
  explicit IncidentsTable(Database& database) : database_(database) {}

  /// Rows that cannot be parsed (corrupt, or of a newer version) are left out and counted in `unreadable`; a
  /// number is never given twice all the same.
  incidents::Followed load(std::size_t& unreadable);
  /// Replaces the table's contents by `followed`, writing only what differs from `before`.
  void put(const incidents::Followed& before, const incidents::Followed& followed);
  /// The same where it is not known what the table contains.
  void replace(const incidents::Followed& followed);

 private:
  void putOne(const incidents::Incident& incident);
  void putRest(const incidents::Followed& followed);

  Database& database_;
};

}  // namespace arrivald::store
