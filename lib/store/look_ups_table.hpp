// LookUpsTable: addresses that somebody at the desk asked about, by the key that stands for each in URLs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class LookUpsTable {
 public:
  explicit LookUpsTable(Database& database) : database_(database) {}

  /// Of what is kept beyond `now`.
  std::optional<std::string> keyOf(std::string_view address, Instant now);
  std::optional<std::string> find(std::string_view key, Instant now);
  void put(std::string_view key, std::string_view address, Instant until);
  /// Leaves those that are kept for longest, at most `max`.
  void keepNewest(std::size_t max);
  void removeUntil(Instant now);
  /// The wall clock was set by `step`.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
