#include "desk/refusal.hpp"

#include <algorithm>
#include <array>

namespace arrivald::desk {

std::string_view name(Refusal::Kind kind) {
  static constexpr std::array<std::string_view, 19> kNames = {
      "may_not",          "needs_admin",    "no_key",       "nothing_selected",
      "over_limit",       "not_found",      "not_yours",    "cancelled",
      "expired",          "decided",        "changed",      "motive_missing",
      "memo_too_long",    "number_missing", "number_wrong", "nothing_advised",
      "cannot_be_undone", "provider",       "store"};
  static_assert(kNames.size() == static_cast<std::size_t>(Refusal::Kind::store) + 1);
  return kNames.at(static_cast<std::size_t>(kind));
}

bool contains(const Refusals& refusals, Refusal::Kind kind) {
  return std::ranges::any_of(refusals, [&](const Refusal& refusal) { return refusal.kind == kind; });
}

}  // namespace arrivald::desk
