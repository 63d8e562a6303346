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
  if (grids.empty() && found->whole.mails > 0) {
    grids.emplace_back(std::make_shared<const Axes>(Axes{{""}, {""}, {Kind::unspecified}}), found->window);
    fill(grids.back(), {{"", found->whole}});
  }
  return grids;
}

namespace {

constexpr std::string_view kUndivided = "other";

// The parts of a root that names one dimension, or all parts.
std::vector<Part> partsOf(const std::vector<Part>& parts, const std::vector<std::string>& names) {
  std::vector<Part> own;
  for (const Part& part : parts)
    if (names.empty() || std::ranges::find(names, part.name) != names.end()) own.push_back(part);
  return own;
}

Numbers sumOf(const std::vector<Part>& parts) {
  Numbers all;
  for (const Part& part : parts) all += part.numbers;
  return all;
}

Numbers ownOf(const Margin& minute, const Root& root) {
  if (!root.receivers.empty()) return sumOf(partsOf(minute.receivers, root.receivers));
  if (!root.categories.empty()) return sumOf(partsOf(minute.categories, root.categories));
  return minute.whole;
}

bool isOfBoth(const Root& root) { return !root.categories.empty() && !root.receivers.empty(); }

}  // namespace

std::vector<Numbers> Margins::minutes(const Root& root) const {
  std::vector<Numbers> all;
  if (isOfBoth(root)) return all;
  for (const Margin& minute : minutes_) all.push_back(ownOf(minute, root));
  return all;
}

Breakdown Margins::breakdown(const Root& root, int minutesAgo) const {
  Breakdown all;
  if (minutesAgo < 0 || minutesAgo >= static_cast<int>(minutes_.size()) || isOfBoth(root)) return all;
  const Margin& minute = minutes_[minutes_.size() - 1 - static_cast<std::size_t>(minutesAgo)];
  if (root.categories.empty()) all.receivers = partsOf(minute.receivers, root.receivers);
  if (root.receivers.empty()) all.categories = partsOf(minute.categories, root.categories);
  // whole() is the sum of categories: of others it is not known how they are divided.
  if (all.categories.empty()) all.categories = {{std::string(kUndivided), ownOf(minute, root)}};
  return all;
}

}  // namespace arrivald::incidents
