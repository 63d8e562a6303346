// Alert: what is remembered about one rule at one subject, between evaluations and across restarts.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "delivery/subject.hpp"
#include "rules/rule.hpp"

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

/// The numbers behind a judgement, in the rule's own terms: what a message shows and `explain-alert` prints.
struct Evidence {
  std::string kind;            ///< kindName() of the rule
  std::optional<Input> input;  ///< of kinds that have one
  /// The input's value (0.913 of a delivery rate, 14200 mails, seconds of age); of a stall the share of
  /// requests with an outcome; of silences the seconds of quiet; of a drift the bad share over the drift in
  /// own terms.
  double value = 0;
  double threshold = 0;  ///< the limit of the present severity, or of the mildest while all is well
  std::optional<double>
      bound;  ///< the value's bound against chance, in own terms (as good as the value can be)
  std::optional<double> usual;  ///< what is usual: p₀ of a drift, expected mails of a silence, in own terms
  /// The chance of what is seen if all were well (stall, silences); below alpha it fires.
  std::optional<double> chance;
  std::optional<double> score;    ///< S of a drift
  std::int64_t n = 0;             ///< mails looked at: outcomes or requests, by kind
  std::int64_t failures = 0;      ///< of them bad; of a stall those without an outcome
  Duration window{0};             ///< the one that decided
  Duration lag{0};                ///< by which a stall's requests were shifted
  std::optional<Source> source;   ///< of nothing_read
  Party party = Party::provider;  ///< of nothing_read: whose side the last failure is on; not stored
  std::string error;              ///< of nothing_read: kind of the last failure
  Basis basis = Basis::statistics;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

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
  double notifiedShare = 0;                       ///< the bad share told last, for "worse by a step"
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
