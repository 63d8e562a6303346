// Alert: what is remembered about one rule at one subject, between evaluations and across restarts.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "delivery/subject.hpp"
#include "rules/evidence.hpp"

namespace arrivald::rules {

struct AlertKey {
  std::string rule;
  delivery::Subject subject;
  friend auto operator<=>(const AlertKey&, const AlertKey&) = default;
};
/// "stall@main/category/password-reset": stable and unique.
std::string toText(const AlertKey& key);

enum class AlertState : std::uint8_t {
  inactive,    ///< nothing is wrong; such alerts are not kept, except for their flapping history
  pending,     ///< the condition holds, not yet for `for`
  firing,      ///< the condition holds
  recovering,  ///< still counts as firing; the condition has been gone for less than `keep_firing_for`
  resolved,    ///< over; kept a day, for the page and the flapping history
};
/// "inactive", "pending", "firing", "recovering", "resolved".
std::string_view name(AlertState state);
std::optional<AlertState> stateNamed(std::string_view name);
/// Firing or recovering.
constexpr bool active(AlertState state) {
  return state == AlertState::firing || state == AlertState::recovering;
}

struct Alert {
  AlertKey key;
  std::string meaning;  ///< meaning() of the rule it was begun under
  AlertState state = AlertState::inactive;
  Severity severity = Severity::warning;  ///< now

  Instant since{};                 ///< when the present state was entered
  Instant startedAt{};             ///< when the condition first held (pending began)
  std::optional<Instant> firedAt;  ///< of the present or last episode
  std::optional<Instant> resolvedAt;
  Instant lastBad{};                    ///< when the condition was last seen to hold
  std::optional<Instant> unknownSince;  ///< data is missing since; the state is frozen
  std::optional<Instant> quietSince;    ///< too little mail to tell since

  Evidence evidence;  ///< of the last look that could tell
  Evidence worst;     ///< of the present or last episode
  Severity worstSeverity = Severity::warning;

  /// Distinguishes episodes of one key; grows with each, never reused, unmoved by clock steps.
  std::int64_t episode = 0;
  /// Numbers the told changes of an episode, from 1.
  int changes = 0;
  bool notified = false;                          ///< this episode has been told (not muted so far)
  Severity notifiedSeverity = Severity::warning;  ///< the worst that has been told
  BadShare notifiedShare;                         ///< the worst told, for "worse by a step"
  std::optional<Instant> notifiedAt;
  int reminders = 0;  ///< told so far
  std::optional<Instant> reminderDue;

  std::vector<Instant> flips;  ///< recent starts and ends, oldest first, at most kFlipsKept
  bool flapping = false;       ///< said so, and quiet until steady
  std::string mutedBy;         ///< toText of the alert that keeps this one from being told; empty: none

  friend bool operator==(const Alert&, const Alert&) = default;
};
inline constexpr std::size_t kFlipsKept = 16;

/// Moves all instants by a step of the wall clock, so that ages stay what they were.
void shift(Alert& alert, Duration step);

/// One line of JSON with every field but `key`, for the store; and back. Unknown fields are ignored, missing
/// ones keep their default, so that a newer or older program can read it.
std::string toJson(const Alert& alert);
Result<Alert> alertFromJson(AlertKey key, std::string_view text);

}  // namespace arrivald::rules
