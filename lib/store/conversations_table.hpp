// ConversationsTable: which message of a channel each conversation has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

struct ConversationRow {
  std::string room;
  std::string timestamp;
  std::string payload;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class ConversationsTable {
 public:
  explicit ConversationsTable(Database& database) : database_(database) {}

  std::optional<ConversationRow> find(std::string_view channel, std::string_view conversation);
  void put(std::string_view channel, std::string_view conversation, const ConversationRow& row, Instant now);
  /// Removes those that were last put before `limit`.
  void prune(Instant limit);

 private:
  Database& database_;
};

}  // namespace arrivald::store
