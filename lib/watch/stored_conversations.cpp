#include "watch/stored_conversations.hpp"

namespace arrivald::watch {

namespace {

constexpr Duration kKept = std::chrono::hours(24 * 90);

}  // namespace

std::optional<slack::Opening> StoredConversations::find(std::string_view channel,
                                                        std::string_view conversation) {
  if (auto known = unsaved_.find(channel, conversation)) return known;
  std::optional<store::ConversationRow> row;
  const auto read = database_.read([&] { row = table_.find(channel, conversation); });
  if (!read || !row) return std::nullopt;
  return slack::Opening{std::move(row->room), std::move(row->timestamp), std::move(row->payload)};
}

void StoredConversations::keep(std::string_view channel, std::string_view conversation,
                               const slack::Opening& opening) {
  unsaved_.keep(channel, conversation, opening);
  const auto now = clock_.now();
  const auto stored = database_.transact([&] {
    for (const auto& [key, each] : unsaved_.all())
      table_.put(key.first, key.second, {each.room, each.timestamp, each.payload}, now);
    table_.prune(now - kKept);
  });
  if (stored) unsaved_.clear();
}

}  // namespace arrivald::watch
