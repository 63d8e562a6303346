#include "rules/alert.hpp"

#include <algorithm>
#include <array>

namespace arrivald::rules {
namespace {

constexpr std::array<std::string_view, 5> kStates{"inactive", "pending", "firing", "recovering", "resolved"};

}  // namespace

std::string toText(const AlertKey& key) { return key.rule + "@" + delivery::toText(key.subject); }

std::string_view name(AlertState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<AlertState> stateNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kStates, wanted);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<AlertState>(found - kStates.begin());
}

Instant overAt(const Alert& alert) {
  const auto closed = alert.resolvedAt.value_or(alert.since);
  return alert.quietSince || alert.lastBad < alert.beganAt ? closed : std::min(alert.lastBad, closed);
}

void shift(Alert& alert, Duration step) {
  for (Instant* instant : {&alert.since, &alert.startedAt, &alert.beganAt, &alert.lastBad}) *instant += step;
  for (std::optional<Instant>* instant :
       {&alert.firedAt, &alert.resolvedAt, &alert.unknownSince, &alert.quietSince, &alert.goodSince,
        &alert.notifiedAt, &alert.reminderDue})
    if (*instant) **instant += step;
  for (Instant& flip : alert.flips) flip += step;
}

}  // namespace arrivald::rules
