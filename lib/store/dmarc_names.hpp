// dmarc_names: domains, reporters and time zones by number, so that the rows of DMARC's tables are small.
// Private to the tables of DMARC.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dmarc/sender.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// For one transaction.
class DmarcNames {
 public:
  explicit DmarcNames(Database& database) : database_(database) {}
  /// Adds it if it is new.
  std::int64_t idOf(std::string_view name);
  std::optional<std::int64_t> find(std::string_view name);

 private:
  Database& database_;
  std::map<std::string, std::int64_t, std::less<>> known_;
};

/// Removes the names that no table of DMARC has any more.
void removeUnusedDmarcNames(Database& database);

}  // namespace arrivald::store
