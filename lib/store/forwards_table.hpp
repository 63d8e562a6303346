// ForwardsTable: the queue of event batches that wait to be forwarded to other targets.
#pragma once

#include <functional>
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

  /// Returns the row's id; ids ascend.
  std::int64_t put(std::string_view target, Instant received, std::string_view headers,
                   std::string_view body);
  std::optional<ForwardedBatch> find(std::int64_t id);
  void remove(std::int64_t id);

  struct Waiting {
    std::string target;
    std::int64_t id = 0;
    Instant received{};
    std::int64_t bytes = 0;  ///< of headers and body
  };
  /// Calls `take` with each batch, oldest first.
  void each(const std::function<void(const Waiting&)>& take);
  /// Moves the instants of all batches by `step`.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
