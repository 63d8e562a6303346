#include <set>

#include "daemon/desk_routes.hpp"
#include "desk/ongoing.hpp"
#include "notify/catalogue.hpp"
#include "notify/incident_context.hpp"

namespace arrivald {

void addOngoing(const DeskVisit& visit, const std::vector<desk::ListedEntry>& entries, pages::Shell& shell) {
  std::set<std::int64_t> said;
  for (const auto& entry : entries) {
    if (entry.incident == 0 || !said.insert(entry.incident).second) continue;
    pages::Message message;
    message.strong = desk::ongoingText(entry, visit.language);
    if (const auto& page = visit.config.links.page; !page.empty()) {
      message.href = notify::incidentPage(page, entry.incident);
      message.link = notify::Catalogue::of(visit.language)
                         .text("desk.ongoing.see", {{"number", std::to_string(entry.incident)}});
    }
    shell.messages.push_back(std::move(message));
  }
}

}  // namespace arrivald
