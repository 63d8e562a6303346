// StoredConversations: which message of a Slack channel each incident has, kept over restarts. What the store
// refuses is kept in memory until it takes it.
#pragma once

#include "base/clock.hpp"
#include "slack/conversations.hpp"
#include "store/conversations_table.hpp"

namespace arrivald::watch {

/// Loop thread only. Kept for 90 days after the last news: nobody edits an older message.
class StoredConversations final : public slack::Conversations {
 public:
  /// Both must outlive it.
  StoredConversations(store::Database& database, Clock& clock)
      : database_(database), clock_(clock), table_(database) {}

  std::optional<slack::Opening> find(std::string_view channel, std::string_view conversation) override;
  void keep(std::string_view channel, std::string_view conversation, const slack::Opening& opening) override;

 private:
  store::Database& database_;
  Clock& clock_;
  store::ConversationsTable table_;
  slack::RememberedConversations unsaved_;
};

}  // namespace arrivald::watch
