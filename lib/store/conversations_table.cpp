#include "store/conversations_table.hpp"

namespace arrivald::store {

std::optional<ConversationRow> ConversationsTable::find(std::string_view channel,
                                                        std::string_view conversation) {
  Statement row(database_,
                "SELECT room, timestamp, payload FROM conversations WHERE channel = ? AND conversation = ?");
  row.bind(channel).bind(conversation);
  if (!row.step()) return std::nullopt;
  return ConversationRow{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))};
}

void ConversationsTable::put(std::string_view channel, std::string_view conversation,
                             const ConversationRow& row, Instant now) {
  Statement(database_,
            "INSERT OR REPLACE INTO conversations (channel, conversation, room, timestamp, payload, updated) "
            "VALUES (?, ?, ?, ?, ?, ?)")
      .bind(channel)
      .bind(conversation)
      .bind(row.room)
      .bind(row.timestamp)
      .bind(row.payload)
      .bind(unixMilliseconds(now))
      .run();
}

void ConversationsTable::prune(Instant limit) {
  Statement(database_, "DELETE FROM conversations WHERE updated < ?").bind(unixMilliseconds(limit)).run();
}

}  // namespace arrivald::store
