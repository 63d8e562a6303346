#include "desk/ongoing.hpp"

#include <algorithm>

#include "notify/catalogue.hpp"
#include "suppression/list_owner.hpp"

namespace arrivald::desk {
namespace {

// A beginning is estimated, and an entry is dated by another clock.
constexpr Duration kAbout = std::chrono::minutes(10);

bool isAbout(const incidents::Incident& incident, const ListedEntry& entry) {
  const auto& root = incident.root;
  if (root.family != incidents::Family::shares || !root.categories.empty()) return false;
  if (!root.receivers.empty() &&
      std::ranges::find(root.receivers, entry.group.empty() ? entry.domain : entry.group) ==
          root.receivers.end())
    return false;
  return root.kinds.empty() ||
         std::ranges::find(root.kinds, incidents::kindOf(entry.cause.causeClass)) != root.kinds.end();
}

}  // namespace

std::int64_t ongoingIncident(const incidents::Followed& followed, const ListedEntry& entry) {
  if (suppression::isWish(entry.list) || entry.removed) return 0;
  std::int64_t number = 0;
  for (const auto& incident : followed.incidents)
    if (isLive(incident.state) && incident.notified && !incident.notified->closed && !incident.slow &&
        incident.account == suppression::accountOf(entry.account) &&
        entry.entry.created >= incident.began - kAbout && isAbout(incident, entry))
      number = incident.number;
  return number;
}

std::string ongoingText(const ListedEntry& entry, Language language) {
  const auto& words = notify::Catalogue::of(language);
  const auto key = entry.list == suppression::List::blocks ? "desk.ongoing.blocks" : "desk.ongoing";
  return words.text(key, {{"number", std::to_string(entry.incident)},
                          {"group", entry.group.empty() ? entry.domain : words.groupName(entry.group)}});
}

std::string afterOngoing(const ListedEntry& entry, const std::string& todo, Language language) {
  if (entry.incident == 0) return todo;
  return notify::Catalogue::of(language).text("desk.ongoing.then",
                                              {{"now", ongoingText(entry, language)}, {"todo", todo}});
}

}  // namespace arrivald::desk
