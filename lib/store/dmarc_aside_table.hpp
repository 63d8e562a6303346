// DmarcAsideTable: inputs that were expected to be DMARC reports and are not counted, for people to look at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class DmarcAsideTable {
 public:
  static constexpr std::size_t kMaxInputs = 1000;
  static constexpr std::size_t kMaxBytes = 64 * 1024;  ///< of one that are kept

  explicit DmarcAsideTable(Database& database) : database_(database) {}

  struct Row {
    std::int64_t id = 0;
    Instant at{};
    std::string via;
    std::string name;    ///< of the file; may be empty
    std::string reason;  ///< "xml_truncated"
    std::uint64_t bytes = 0;
    std::string head = {};  ///< as much of it as is kept
  };
  /// The oldest goes if there are too many.
  void put(const Row& row);
  /// The newest first, without their bytes.
  std::vector<Row> latest(std::size_t max);
  std::uint64_t count();
  /// Of those since then that are not about a domain of others.
  std::uint64_t refusedSince(Instant at);
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
