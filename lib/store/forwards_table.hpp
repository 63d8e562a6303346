// ForwardsTable: the queue of event batches that wait to be forwarded to other targets.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

struct ForwardedBatch {
  std::int64_t id = 0;
  Instant received{};
  std::string headers;  ///< as a JSON object
  std::string body;     ///< exactly as received
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class ForwardsTable {
 public:
  explicit ForwardsTable(Database& database) : database_(database) {}

  void put(std::string_view target, Instant received, std::string_view headers, std::string_view body);
  std::optional<ForwardedBatch> oldest(std::string_view target);
  void remove(std::int64_t id);
  /// Deletes the batches of all targets other than these. Returns how many, by target.
  std::map<std::string, std::int64_t> retain(const std::vector<std::string>& targets);
  struct Depth {
    std::int64_t batches = 0, bytes = 0;
    std::optional<Instant> oldest;
  };
  Depth depth(std::string_view target);
  /// Moves the instants of all batches by `step`.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
