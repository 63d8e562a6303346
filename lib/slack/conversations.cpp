#include "slack/conversations.hpp"

namespace arrivald::slack {

Conversations::~Conversations() = default;

std::optional<Opening> RememberedConversations::find(std::string_view channel,
                                                     std::string_view conversation) {
  const auto found = openings_.find({std::string(channel), std::string(conversation)});
  return found == openings_.end() ? std::nullopt : std::optional(found->second);
}

void RememberedConversations::keep(std::string_view channel, std::string_view conversation,
                                   const Opening& opening) {
  openings_.insert_or_assign({std::string(channel), std::string(conversation)}, opening);
}

}  // namespace arrivald::slack
