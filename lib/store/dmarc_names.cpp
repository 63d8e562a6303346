#include "store/dmarc_names.hpp"

namespace arrivald::store {

std::optional<std::int64_t> DmarcNames::find(std::string_view name) {
  if (const auto known = known_.find(name); known != known_.end()) return known->second;
  Statement row(database_, "SELECT id FROM dmarc_names WHERE name = ?");
  row.bind(name);
  if (!row.step()) return std::nullopt;
  return known_[std::string(name)] = row.integer(0);
}

std::int64_t DmarcNames::idOf(std::string_view name) {
  if (const auto known = find(name)) return *known;
  Statement(database_, "INSERT INTO dmarc_names (name) VALUES (?)").bind(name).run();
  return known_[std::string(name)] = database_.lastInsertRow();
}

void removeUnusedDmarcNames(Database& database) {
  Statement(database,
            "DELETE FROM dmarc_names WHERE id NOT IN ("
            "SELECT domain FROM dmarc_sources UNION SELECT domain FROM dmarc_days UNION "
            "SELECT header_from FROM dmarc_days UNION SELECT reporter FROM dmarc_days UNION "
            "SELECT domain FROM dmarc_reports UNION SELECT reporter FROM dmarc_reports UNION "
            "SELECT zone FROM dmarc_reports)")
      .run();
}

}  // namespace arrivald::store
