// DmarcFilesTable: which files of the watched directory have been read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class DmarcFilesTable {
 public:
  explicit DmarcFilesTable(Database& database) : database_(database) {}

  /// What a file is known by. A file that changes is another, also if its size stays.
  struct Mark {
    std::uint64_t size = 0;
    std::int64_t modified = 0;  ///< nanoseconds since 1970, as the file system says
    std::int64_t inode = 0;
    std::int64_t changed = 0;  ///< likewise: of its content or its place; 0 where files are moved about
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  void put(std::string_view name, const Mark& mark);
  void remove(std::string_view name);
  std::map<std::string, Mark> all();

 private:
  Database& database_;
};

}  // namespace arrivald::store
