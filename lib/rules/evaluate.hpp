// evaluate: rules, facts and the former alerts → the new alerts and what to notify. Pure and deterministic.
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

/// Why a change is notified, as an enumeration and numbers; notify makes the text.
struct Reason {
  enum class Why : std::uint8_t {
    condition,      ///< fired: the condition holds
    unmuted,        ///< fired: the muting alert has ended and the condition still holds
    severity,       ///< worsened: from warning to critical
    step,           ///< worsened: significantly worse by a step than last notified
    stillFiring,    ///< reminded
    recovered,      ///< resolved: the condition no longer holds
    tooLittleMail,  ///< resolved: too little mail to decide for too long; of overdue: it never had an outcome
    ruleRemoved,    ///< resolved: the rule was removed from the YAML or changed its meaning
    subjectRemoved,  ///< resolved: the rule no longer applies to the subject, or the subject was removed
    changesOften,    ///< flapping
    steady,          ///< fired or resolved: steady again after flapping
    cameLate,        ///< resolved: it was over before the events about it came
  };
  Why why = Why::condition;
  Evidence evidence;               ///< now
  Evidence worst;                  ///< of the episode
  std::optional<Severity> before;  ///< of worsened: the severity notified last
  Evidence formerly = {};          ///< of worsened: as notified last
  Instant since{};                 ///< when it began, by estimate
  Instant detected{};              ///< when the condition was first seen to hold
  Duration lasted{0};              ///< from `since` to now; of resolved to overAt() of the alert
  int reminder = 0;                ///< of reminded: its number, from 1
  int flips = 0;                   ///< of flapping: starts and ends within the last hour
  /// Estimated mails affected since the alert began: failed, undelivered, or expected and not requested.
  std::optional<std::int64_t> affected;
  friend bool operator==(const Reason&, const Reason&) = default;
};
/// A change of an alert, to be notified once.
struct Change {
  enum class Kind : std::uint8_t { fired, worsened, reminded, flapping, resolved };
  /// Globally unique, and the same if evaluated again from the same stored state:
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
  std::vector<Alert> alerts;    ///< the complete new state, by key
  std::vector<Change> changes;  ///< to be stored together with `alerts`, then notified; by severity, then key
};

/// Times and limits of notifications, the same for all rules.
struct NotificationTiming {
  /// Counted from when the alert fired; the last interval repeats.
  std::vector<Duration> reminders{std::chrono::hours(4), std::chrono::hours(12), std::chrono::hours(24)};
  double step = 1.5;  ///< "worse by a step": the notified share of bad mail times this
  Duration stepApart = std::chrono::minutes(10);  ///< minimum time since the last notification of the alert
  int flips = 4;  ///< this many starts and ends within `flipsWithin` are flapping
  Duration flipsWithin = std::chrono::hours(1);
  Duration steadyFor = std::chrono::minutes(30);
  /// A subject that has been missing from the answers this long is taken as removed.
  Duration unknownFor = std::chrono::hours(1);
  Duration resolvedKept = std::chrono::hours(24);
  friend bool operator==(const NotificationTiming&, const NotificationTiming&) = default;
};

/// `alerts` is the result of the last evaluation or of the store; of a key given twice the first counts.
/// An alert continues under the rule of its name: a changed threshold or window applies from this evaluation
/// on. If the rule was removed or changed its meaning(), a notified alert is resolved with `ruleRemoved`,
/// another one silently. Likewise with `subjectRemoved` once a subject has been missing for a day or its
/// account was removed.
Verdict evaluate(std::span<const Rule> rules, const Facts& facts, std::span<const Alert> alerts, Instant now,
                 const NotificationTiming& timing = {});

/// The result of evaluating one rule for one subject.
enum class Outcome : std::uint8_t {
  unknown,    ///< the data does not cover the window
  tooLittle,  ///< covered, but too little mail to decide
  good,       ///< no worse than the recovery threshold
  between,    ///< between recovery and alert threshold: neither fires nor resolves
  bad,
};
/// "unknown", "too_little_mail", "good", "between", "bad".
std::string_view name(Outcome outcome);

/// One comparison that must hold for the rule to fire.
struct Check {
  std::string what;  ///< "volume", "failures", "bound", "chance", "quiet", "age", …
  double value = 0;
  double limit = 0;
  bool above = true;  ///< the value must be at least the limit; else below it
  bool holds = false;
};

struct Evaluation {
  Outcome outcome = Outcome::unknown;
  Severity severity = Severity::warning;  ///< of bad
  Evidence evidence;
  std::vector<Check> checks;  ///< of the window that decided, in the order of evaluation
  /// What is usual is not known well enough yet; by then it should be.
  std::optional<Instant> learningUntil = {};
};

/// One evaluation, as `arrivald explain-alert` shows it beside the stored alert; null: there is none.
Evaluation explain(const Rule& rule, const delivery::Subject& subject, const Facts& facts, Instant now,
                   const Alert* stored = nullptr);

}  // namespace arrivald::rules
