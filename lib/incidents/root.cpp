#include "incidents/root.hpp"

#include <algorithm>
#include <array>

namespace arrivald::incidents {
namespace {

constexpr std::array<std::string_view, 3> kFamilies{"shares", "waiting", "rule"};

bool includes(const std::vector<std::string>& outer, const std::vector<std::string>& inner) {
  return outer.empty() || (!inner.empty() && std::ranges::includes(outer, inner));
}

std::string joined(std::string_view what, const std::vector<std::string>& names) {
  std::string text(what);
  for (const std::string& name : names) text += (&name == names.data() ? " " : "+") + name;
  return text;
}

}  // namespace

std::string_view name(Family family) { return kFamilies[static_cast<std::size_t>(family)]; }

std::optional<Family> familyNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kFamilies, wanted);
  if (found == kFamilies.end()) return std::nullopt;
  return static_cast<Family>(found - kFamilies.begin());
}

std::string toText(const Root& root) {
  if (root.family == Family::rule) return "rule " + root.rule;
  std::string text;
  if (!root.receivers.empty()) text = joined("receiver", root.receivers);
  if (!root.categories.empty()) text += (text.empty() ? "" : ", ") + joined("category", root.categories);
  if (text.empty()) text = "all mail";
  if (root.family == Family::waiting) text += " waits";
  for (std::size_t i = 0; i < root.kinds.size(); ++i)
    text += (i == 0 ? ": " : "+") + std::string(name(root.kinds[i]));
  return text;
}

bool contains(const Root& outer, const Root& inner) {
  return outer.family == inner.family && outer.rule == inner.rule &&
         includes(outer.categories, inner.categories) && includes(outer.receivers, inner.receivers);
}

bool kindsMeet(const Root& a, const Root& b) {
  return a.kinds.empty() || b.kinds.empty() || std::ranges::any_of(a.kinds, [&](Kind kind) {
           return std::ranges::find(b.kinds, kind) != b.kinds.end();
         });
}

}  // namespace arrivald::incidents
