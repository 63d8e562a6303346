#include "daemon/desk_routes.hpp"

namespace arrivald {

std::optional<pages::Message> unreadMessage(const RouteParts& parts, const DeskVisit& visit,
                                            const std::vector<desk::UnreadList>& unread, const char* title) {
  if (unread.empty()) return std::nullopt;
  pages::Message message;
  message.kind = anyMissed(unread) ? "error" : "info";
  message.strong = visit.texts().text(title);
  for (auto& text : unreadTexts(unread, parts.entries.zone(), visit.language))
    message.lines.push_back({std::move(text), ""});
  return message;
}

}  // namespace arrivald
