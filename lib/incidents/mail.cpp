#include "incidents/mail.hpp"

#include <algorithm>

namespace arrivald::incidents {
namespace {

// What is beyond so many names adds up to "other".
constexpr std::size_t kMaxParts = 64;
constexpr std::string_view kOther = "other";

void addTo(std::vector<Part>& parts, const Part& part) {
  auto found = std::ranges::find(parts, part.name, &Part::name);
  if (found == parts.end() && parts.size() >= kMaxParts)
    found = std::ranges::find(parts, kOther, &Part::name);
  if (found == parts.end()) {
    parts.push_back(part);
    if (parts.size() > kMaxParts) parts.back().name = kOther;
  } else {
    found->numbers += part.numbers;
  }
}

}  // namespace

void Breakdown::add(const Breakdown& other) {
  for (const Part& part : other.categories) addTo(categories, part);
  for (const Part& part : other.receivers) addTo(receivers, part);
}

Numbers Breakdown::whole() const {
  Numbers all;
  for (const Part& part : categories) all += part.numbers;
  return all;
}

namespace {

bool isKnown(const std::vector<std::string>& axis) { return axis.size() > 1 || !axis.front().empty(); }

}  // namespace

Breakdown breakdownOf(const Grids& grids) {
  Breakdown all;
  for (const Grid& grid : grids) {
    const Axes& axes = grid.axes();
    if (axes.categories.empty() || axes.receivers.empty()) continue;
    for (std::size_t pair = 0; pair < grid.pairs(); ++pair) {
      Numbers numbers;
      numbers.mails = grid.mails(pair);
      for (std::size_t kind = 0; kind < grid.kinds(); ++kind) {
        numbers.seen += static_cast<double>(grid.seen(pair, kind));
        numbers.expected += static_cast<double>(grid.expected(pair, kind));
      }
      if (numbers.mails <= 0) continue;
      if (isKnown(axes.categories))
        addTo(all.categories, {axes.categories[pair / grid.receivers()], numbers});
      if (isKnown(axes.receivers)) addTo(all.receivers, {axes.receivers[pair % grid.receivers()], numbers});
    }
  }
  return all;
}

}  // namespace arrivald::incidents
