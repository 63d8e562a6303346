#include "incidents/incident.hpp"

#include <algorithm>
#include <array>

namespace arrivald::incidents {
namespace {

constexpr std::array<std::string_view, 5> kStates{"open", "quiet", "resolved", "ended", "merged"};

}  // namespace

std::string_view name(State state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<State> stateNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kStates, wanted);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<State>(found - kStates.begin());
}

Incident* Followed::find(std::int64_t number) {
  const auto found = std::ranges::find(incidents, number, &Incident::number);
  return found == incidents.end() ? nullptr : &*found;
}

const Incident* Followed::find(std::int64_t number) const {
  const auto found = std::ranges::find(incidents, number, &Incident::number);
  return found == incidents.end() ? nullptr : &*found;
}

}  // namespace arrivald::incidents
