#include "simulator/lists.hpp"

#include <algorithm>
#include <numeric>

namespace arrivald::simulator {

using suppression::Entry;
using suppression::List;

namespace {

// The first index of a list, newest first, that was created at `at` or before; its size if none was.
std::size_t firstUpTo(const Archive& archive, List list, Instant at) {
  std::size_t first = 0;
  std::size_t end = archive.size(list);
  while (first < end) {
    const auto middle = std::midpoint(first, end);
    if (archive.created(list, middle) > at)
      first = middle + 1;
    else
      end = middle;
  }
  return first;
}

std::uint64_t placeOf(std::string_view email) { return std::hash<std::string_view>()(email); }

}  // namespace

std::vector<Entry> Lists::page(List list, const PageAsked& asked) const {
  std::vector<Entry> page;
  std::size_t position = 0;
  const auto isFull = [&] { return page.size() == asked.max; };
  const auto found = taken_.find(list);
  const auto* taken = found == taken_.end() ? nullptr : &found->second;
  const auto end = firstUpTo(archive_, list, asked.from - Duration(1));
  for (auto index = firstUpTo(archive_, list, asked.to); index < end && !isFull(); ++index) {
    if (taken != nullptr && taken->contains(index)) continue;
    if (position++ >= asked.offset) page.push_back(archive_.entry(list, index));
  }
  const auto added = added_.find(list);
  if (added == added_.end()) return page;
  for (const auto& entry : added->second) {
    if (isFull()) break;
    if (entry.created < asked.from || entry.created > asked.to) continue;
    if (position++ >= asked.offset) page.push_back(entry);
  }
  return page;
}

const Lists::Places& Lists::places(List list) const {
  const auto [found, isNew] = places_.try_emplace(list);
  if (!isNew) return found->second;
  found->second.reserve(archive_.size(list));
  for (std::size_t i = 0; i < archive_.size(list); ++i)
    found->second.emplace_back(placeOf(archive_.entry(list, i).email), i);
  std::ranges::sort(found->second);
  return found->second;
}

std::vector<std::size_t> Lists::archived(List list, std::string_view email) const {
  const auto& all = places(list);
  const auto taken = taken_.find(list);
  std::vector<std::size_t> found;
  for (auto place = std::ranges::lower_bound(all, std::pair(placeOf(email), std::size_t{0}));
       place != all.end() && place->first == placeOf(email); ++place)
    if ((taken == taken_.end() || !taken->second.contains(place->second)) &&
        archive_.entry(list, place->second).email == email)
      found.push_back(place->second);
  return found;
}

std::vector<Entry> Lists::find(List list, std::string_view email) const {
  std::vector<Entry> entries;
  for (const auto index : archived(list, email)) entries.push_back(archive_.entry(list, index));
  if (const auto added = added_.find(list); added != added_.end())
    for (const auto& entry : added->second)
      if (entry.email == email) entries.push_back(entry);
  return entries;
}

bool Lists::remove(List list, std::string_view email, Instant now) {
  for (const auto& entry : find(list, email)) {
    const auto isMeant = [&](const Removal& removal) {
      return removal.list == list && removal.email == entry.email && removal.created == entry.created;
    };
    if (std::ranges::any_of(removals_, isMeant)) continue;
    removals_.push_back({list, entry.email, entry.created, now + kRemovalDelay});
    return true;
  }
  return false;
}

void Lists::advance(Instant now) {
  std::erase_if(removals_, [&](const Removal& removal) {
    if (removal.at > now) return false;
    for (const auto index : archived(removal.list, removal.email))
      if (archive_.created(removal.list, index) == removal.created) taken_[removal.list].insert(index);
    std::erase_if(added_[removal.list], [&](const Entry& entry) {
      return entry.email == removal.email && entry.created == removal.created;
    });
    return true;
  });
}

}  // namespace arrivald::simulator
