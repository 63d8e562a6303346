// Alert: the state of one rule for one subject, kept between evaluations and across restarts.
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
  inactive,    ///< nothing is wrong; kept only for the flapping history
  pending,     ///< the condition holds, but not yet for as long as `for`
  firing,      ///< the condition holds
  recovering,  ///< counts as firing; the condition has not held for less than `keep_firing_for`
  resolved,    ///< over; kept for a day, for the page and the flapping history
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
  std::string meaning;  ///< meaning() of the rule when the alert began
  AlertState state = AlertState::inactive;
  Severity severity = Severity::warning;  ///< at present

  Instant since{};                 ///< when the current state was entered
  Instant startedAt{};             ///< when the condition was first seen to hold (pending began)
  Instant beganAt{};               ///< when, by estimate, what was seen then began; at most startedAt
  std::optional<Instant> firedAt;  ///< of the current or last episode
  std::optional<Instant> resolvedAt;
  Instant lastBad{};                    ///< the last evaluation in which the condition held
  std::optional<Instant> unknownSince;  ///< since when data is missing and the state is frozen
  std::optional<Instant> quietSince;    ///< since when there is too little mail to decide
  /// Since when mail had been good, as it was seen when the alert last recovered: what is older is over and
  /// cannot fire again.
  std::optional<Instant> goodSince;

  Evidence evidence;          ///< of the last evaluation with enough data
  Evidence worst;             ///< of the current or last episode
  Evidence notifiedEvidence;  ///< as last notified, of the current or last episode
  Severity worstSeverity = Severity::warning;

  /// Distinguishes episodes of one key: increases with each, is never reused, and ignores clock steps.
  std::int64_t episode = 0;
  /// Numbers the notified changes of an episode, from 1.
  int changes = 0;
  bool notified = false;                          ///< this episode has been notified
  Severity notifiedSeverity = Severity::warning;  ///< the worst that has been notified
  BadShare notifiedShare;                         ///< the worst notified, for "worse by a step"
  std::optional<Instant> notifiedAt;
  int reminders = 0;  ///< sent so far
  std::optional<Instant> reminderDue;

  std::vector<Instant> flips;  ///< recent starts and ends, oldest first, at most kFlipsKept
  bool flapping = false;       ///< flapping was notified; silent until steady
  std::string mutedBy;         ///< toText of the alert that mutes this one; empty: none

  friend bool operator==(const Alert&, const Alert&) = default;
};
inline constexpr std::size_t kFlipsKept = 16;

/// When the trouble of a resolved alert was over: when its condition last held. What follows until it is
/// resolved is waiting for certainty. Where mail became too little to tell, nothing better is known than
/// resolvedAt.
Instant overAt(const Alert& alert);

/// Moves all instants by a step of the wall clock, so that ages do not change.
void shift(Alert& alert, Duration step);

/// One line of JSON with every field but `key`, for the store; and back. Unknown fields are ignored and
/// missing ones keep their defaults, so that newer and older versions can read it.
std::string toJson(const Alert& alert);
Result<Alert> alertFromJson(AlertKey key, std::string_view text);

}  // namespace arrivald::rules
