// evaluate: rules × facts × what is remembered → what to remember and what to tell. Pure and deterministic.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "rules/alert.hpp"
#include "rules/facts.hpp"
#include "rules/rule.hpp"

namespace arrivald::rules {

/// Why a change is told: numbers and closed reasons, no prose.
struct Reason {
  enum class Why : std::uint8_t {
    condition,       ///< fired: the condition holds
    unmuted,         ///< fired: what muted it has ended, the condition still holds
    severity,        ///< worsened: from warning to critical
    step,            ///< worsened: half as bad again as was told, beyond chance
    stillFiring,     ///< reminded
    recovered,       ///< resolved: the condition is gone
    tooLittleMail,   ///< resolved: too little mail for too long to say more
    ruleRemoved,     ///< resolved: the rule is gone from the YAML, or now means something else
    subjectRemoved,  ///< resolved: the rule no longer applies to the subject, or the subject is gone
    changesOften,    ///< flapping
    steady,          ///< fired or resolved: steady again after flapping
  };
  Why why = Why::condition;
  Evidence evidence;               ///< now
  Evidence worst;                  ///< of the episode
  std::optional<Severity> before;  ///< the severity told last, of worsened
  Instant since{};                 ///< when the condition first held
  Duration lasted{0};              ///< from `since` to now
  int reminder = 0;                ///< its number, from 1; of reminded
  int flips = 0;                   ///< starts and ends within the last hour; of flapping
  /// Estimated mails affected since the alert began: failed, undelivered, or expected and not requested.
  std::optional<std::int64_t> affected;
  friend bool operator==(const Reason&, const Reason&) = default;
};
/// "condition", "unmuted", "severity", "step", "still_firing", "recovered", "too_little_mail",
/// "rule_removed", "subject_removed", "changes_often", "steady".
std::string_view name(Reason::Why why);

/// Something to be told, once.
struct Change {
  enum class Kind : std::uint8_t { fired, worsened, reminded, flapping, resolved };
  /// Unique for ever and the same if worked out again from the same stored state:
  /// "stall@main#1764046800000.2".
  std::string id;
  Kind kind = Kind::fired;
  Instant at{};
  Alert alert;  ///< as it is after the change
  Reason reason;
  friend bool operator==(const Change&, const Change&) = default;
};
/// "fired", "worsened", "reminded", "flapping", "resolved".
std::string_view name(Change::Kind kind);

struct Verdict {
  std::vector<Alert> alerts;    ///< all that is to be remembered from now on, by key
  std::vector<Change> changes;  ///< to be stored together with `alerts`, then told; by severity, then key
};

/// Patience that is the same for all rules.
struct NotificationTiming {
  /// From the moment of firing; the last interval repeats.
  std::vector<Duration> reminders{std::chrono::hours(4), std::chrono::hours(12), std::chrono::hours(24)};
  double step = 1.5;  ///< "worse by a step": the told share of bad mail times this
  Duration stepApart = std::chrono::minutes(10);  ///< since the last message; a window that fills is one step
  int flips = 4;  ///< as many starts and ends within `flipsWithin` are flapping
  Duration flipsWithin = std::chrono::hours(1);
  Duration steadyFor = std::chrono::minutes(30);
  /// An alert whose data has been missing this long raises nothing_read on its account.
  Duration unknownFor = std::chrono::hours(1);
  Duration resolvedKept = std::chrono::hours(24);
  friend bool operator==(const NotificationTiming&, const NotificationTiming&) = default;
};

/// `alerts` is what the last evaluation (or the store) gave; of a key given twice the first counts.
/// An alert goes on under the rule of its name: another threshold or window decides from the next look on.
/// Where the rule is gone or means something else (meaning()), a told alert ends with `ruleRemoved`, an
/// untold one silently; likewise with `subjectRemoved` once a subject has been missing for a day or its
/// account is gone.
Verdict evaluate(std::span<const Rule> rules, const Facts& facts, std::span<const Alert> alerts, Instant now,
                 const NotificationTiming& timing = {});

/// What one look at one subject says.
enum class Outcome : std::uint8_t {
  unknown,    ///< the data does not cover the window
  tooLittle,  ///< covered, but too little mail to tell
  good,       ///< no worse than the recovery threshold
  between,    ///< neither: fires nothing, ends nothing
  bad,
};
/// "unknown", "too_little_mail", "good", "between", "bad".
std::string_view name(Outcome outcome);

/// One comparison that has to hold for the rule to fire.
struct Check {
  std::string what;  ///< "volume", "failures", "bound", "chance", "quiet", "age", …
  double value = 0;
  double limit = 0;
  bool above = true;  ///< the value has to be above (at least) the limit; else below
  bool holds = false;
};

struct Evaluation {
  Outcome outcome = Outcome::unknown;
  Severity severity = Severity::warning;  ///< of bad
  Evidence evidence;
  std::vector<Check> checks;  ///< of the window that decided, in the order in which they are made
};

/// One look, without memory: what `arrivald explain-alert` shows beside the stored alert.
Evaluation explain(const Rule& rule, const delivery::Subject& subject, const Facts& facts, Instant now);

}  // namespace arrivald::rules
