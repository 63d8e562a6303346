#include "incidents/margins.hpp"

#include <algorithm>

namespace arrivald::incidents {
namespace {

void fill(Grid& grid, const std::vector<Part>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Numbers& numbers = parts[i].numbers;
    grid.mails(i) = numbers.mails;
    grid.seen(i, 0) = static_cast<float>(numbers.seen);
    grid.expected(i, 0) = static_cast<float>(std::max(numbers.expected, 1e-5 * numbers.mails));
  }
}

std::vector<std::string> namesOf(const std::vector<Part>& parts) {
  std::vector<std::string> names;
  for (const Part& part : parts) names.push_back(part.name);
  return names;
}

}  // namespace

Grids Margins::shares(Duration window) const {
  Grids grids;
  const auto found = std::ranges::find(margins_, windowFor(window), &Margin::window);
  if (found == margins_.end()) return grids;
  if (!found->receivers.empty()) {
    grids.emplace_back(
        std::make_shared<const Axes>(Axes{{""}, namesOf(found->receivers), {Kind::unspecified}}),
        found->window);
    fill(grids.back(), found->receivers);
  }
  if (!found->categories.empty()) {
    grids.emplace_back(
        std::make_shared<const Axes>(Axes{namesOf(found->categories), {""}, {Kind::unspecified}}),
        found->window);
    fill(grids.back(), found->categories);
  }
  return grids;
}

}  // namespace arrivald::incidents
