#include "rules/machine.hpp"

#include <algorithm>

#include "base/overloaded.hpp"
#include "rules/evaluate_rule.hpp"

namespace arrivald::rules {
namespace {

void flip(Alert& alert, Instant now) {
  if (alert.flips.size() >= kFlipsKept) alert.flips.erase(alert.flips.begin());
  alert.flips.push_back(now);
}

void enter(Alert& alert, AlertState state, Instant now) {
  alert.state = state;
  alert.since = now;
}

void begin(Alert& alert, const Evaluation& evaluation, Instant now) {
  alert.episode = std::max(alert.episode + 1, unixMilliseconds(now));
  alert.startedAt = alert.beganAt = now;
  alert.firedAt.reset();
  alert.resolvedAt.reset();
  alert.worst = evaluation.evidence;
  alert.worstSeverity = evaluation.severity;
  if (alert.flapping) return;  // the notification about flapping is still in effect
  alert.changes = 0;
  alert.notified = false;
  alert.notifiedShare = BadShare();
  alert.notifiedEvidence = {};
  alert.notifiedAt.reset();
  alert.reminders = 0;
  alert.reminderDue.reset();
}

void fire(Alert& alert, Instant now) {
  enter(alert, AlertState::firing, now);
  alert.firedAt = now;
  flip(alert, now);
}

void resolve(Alert& alert, Instant now) {
  enter(alert, AlertState::resolved, now);
  alert.resolvedAt = now;
  flip(alert, now);
}

void sawBad(Alert& alert, const Rule& rule, const Evaluation& evaluation, Instant now) {
  alert.lastBad = now;
  alert.severity = evaluation.severity;
  if (alert.state == AlertState::inactive || alert.state == AlertState::resolved) {
    begin(alert, evaluation, now);
    enter(alert, AlertState::pending, now);
  }
  if (badness(evaluation.evidence) > badness(alert.worst)) alert.worst = evaluation.evidence;
  alert.worstSeverity = std::max(alert.worstSeverity, evaluation.severity);
  if (alert.state == AlertState::pending && now - alert.startedAt >= rule.holdFor) fire(alert, now);
  if (alert.state == AlertState::recovering) enter(alert, AlertState::firing, now);
}

// By how much the mail of the evidence's window is older than the evaluation.
Duration agedBy(const Evidence& evidence) {
  const auto* overdue = std::get_if<OverdueEvidence>(&evidence);
  return overdue != nullptr ? overdue->after : Duration{0};
}

void sawNothingBad(Alert& alert, const Rule& rule, Outcome outcome, Instant now) {
  if (alert.state == AlertState::pending) enter(alert, AlertState::inactive, now);
  if (alert.state == AlertState::firing && outcome == Outcome::good) {
    alert.goodSince = now - windowOf(alert.evidence) - agedBy(alert.evidence);
    enter(alert, AlertState::recovering, now);
  }
  if (alert.state == AlertState::recovering && outcome == Outcome::between)
    enter(alert, AlertState::firing, now);
  if (alert.state == AlertState::recovering && now - alert.since >= rule.keepFiringFor) {
    alert.quietSince.reset();  // it was good before; too little mail since is not the reason
    resolve(alert, now);
  }
  if (alert.state == AlertState::firing && outcome == Outcome::tooLittle &&
      now - *alert.quietSince >= rule.quietFor)
    resolve(alert, now);
}

Change make(Alert& alert, Change::Kind kind, Reason::Why why, Instant now) {
  ++alert.changes;
  Change change;
  change.id = toText(alert.key) + "#" + std::to_string(alert.episode) + "." + std::to_string(alert.changes);
  change.kind = kind;
  change.at = now;
  change.reason.why = why;
  change.reason.evidence = alert.evidence;
  change.reason.worst = alert.worst;
  change.reason.since = alert.beganAt;
  change.reason.detected = alert.startedAt;
  change.reason.lasted = std::max(Duration{0}, now - alert.beganAt);
  return change;
}

// Marks the present severity and share as notified.
void note(Alert& alert, Instant now) {
  alert.notified = true;
  alert.notifiedAt = now;
  alert.notifiedEvidence = alert.evidence;
  alert.notifiedSeverity = std::max(alert.notifiedSeverity, alert.severity);
  alert.notifiedShare = std::max(alert.notifiedShare, badShare(alert.evidence).value_or(BadShare()));
}

// Mails that failed, are waiting or were not requested since the trouble began.
std::optional<std::int64_t> affected(const Alert& alert, const Facts& facts, Instant now) {
  using Count = std::optional<std::int64_t>;
  const auto failedSince = [&](Input input) -> Count {
    // The minute around the estimated beginning belongs to it.
    constexpr Duration kMinute = std::chrono::minutes(1);
    const Sum sum = facts.sum(alert.key.subject, now - alert.beganAt + kMinute, now);
    if (!sum.knows(metricsOf(input))) return std::nullopt;
    return badMail(input, sum.counts).bad;
  };
  return std::visit(Overloaded{[&](const RateEvidence& worst) { return failedSince(worst.input); },
                               [&](const DriftEvidence& worst) { return failedSince(worst.input); },
                               [&](const BurnEvidence& worst) { return failedSince(worst.input); },
                               [&](const StallEvidence&) -> Count { return badMail(alert.worst)->bad; },
                               [](const OverdueEvidence& worst) -> Count { return worst.overdue; },
                               [](const SilenceEvidence& worst) -> Count {
                                 if (!worst.expected) return std::nullopt;
                                 return static_cast<std::int64_t>(*worst.expected);
                               },
                               [](const auto&) -> Count { return std::nullopt; }},
                    alert.worst);
}

// Whether the condition holds by old mail only: nothing bad was added since the last notification. A long
// window would be reminded of, although nothing happens any more.
bool nothingNew(const Alert& alert, const Facts& facts, Instant now) {
  if (!alert.notifiedAt) return false;
  const Duration since = now - *alert.notifiedAt;
  if (const auto* rate = std::get_if<RateEvidence>(&alert.evidence)) {
    const Sum sum = facts.sum(alert.key.subject, since, now);
    return sum.knows(metricsOf(rate->input)) && badMail(rate->input, sum.counts).bad == 0;
  }
  if (const auto* cause = std::get_if<CauseEvidence>(&alert.evidence)) {
    const auto streamed = facts.causeCount(alert.key.subject, cause->causes, since, now);
    const auto listed = facts.listedCauses(alert.key.subject, cause->causes, since, now);
    return (streamed || listed) && streamed.value_or(0) + listed.value_or(0) == 0;
  }
  return false;
}

// Whether what was measured last is no reason to remind, though it does not suffice for an end.
bool isWithinThreshold(const Evidence& evidence) {
  const auto* rate = std::get_if<RateEvidence>(&evidence);
  const auto share = rate != nullptr ? rate->mails.share() : std::nullopt;
  return share && *share <= rate->threshold;
}

bool worseByAStep(const Alert& alert, Instant now, const NotificationTiming& timing) {
  if (alert.state != AlertState::firing || alert.lastBad != now || alert.notifiedShare <= BadShare())
    return false;
  if (alert.notifiedAt && now - *alert.notifiedAt < timing.stepApart) return false;
  const std::optional<BadShare> share = badShare(alert.evidence);
  return share && *share >= alert.notifiedShare * timing.step &&
         badBound(alert.evidence).value_or(*share) > alert.notifiedShare;
}

// Flapping is notified once; then only a higher severity than notified before, until the alert has been
// steady.
std::optional<Change> notifyFlapping(Alert& alert, Instant now, const NotificationTiming& timing) {
  const bool muted = !alert.mutedBy.empty();
  if (!alert.flapping) {
    const auto recent =
        std::ranges::count_if(alert.flips, [&](Instant at) { return now - at < timing.flipsWithin; });
    if (muted || recent < timing.flips || alert.flips.back() != now) return std::nullopt;
    alert.flapping = true;
    Change change = make(alert, Change::Kind::flapping, Reason::Why::changesOften, now);
    change.reason.flips = static_cast<int>(recent);
    note(alert, now);
    return change;
  }
  if (active(alert.state) && alert.severity > alert.notifiedSeverity && !muted) {
    Change change = make(alert, Change::Kind::worsened, Reason::Why::severity, now);
    change.reason.before = alert.notifiedSeverity;
    change.reason.formerly = alert.notifiedEvidence;
    note(alert, now);
    return change;
  }
  if (alert.state == AlertState::pending || now - alert.flips.back() < timing.steadyFor) return std::nullopt;
  alert.flapping = false;
  alert.flips.clear();
  if (!active(alert.state)) {
    alert.notified = false;
    return make(alert, Change::Kind::resolved, Reason::Why::steady, now);
  }
  alert.reminderDue = reminderAfter(alert.reminders, *alert.firedAt, now, timing);
  if (muted) return std::nullopt;
  Change change = make(alert, Change::Kind::fired, Reason::Why::steady, now);
  note(alert, now);
  return change;
}

// The change to notify for an alert that does not flap.
std::optional<Change> notifySteady(Alert& alert, const Facts& facts, Instant now,
                                   const NotificationTiming& timing) {
  std::optional<Change> change;
  const bool muted = !alert.mutedBy.empty();
  if (alert.state == AlertState::resolved && alert.notified) {
    // The end of a notified alert is notified even if it is muted, since somebody may be working on it.
    alert.notified = false;
    const Reason::Why why = alert.quietSince ? Reason::Why::tooLittleMail : Reason::Why::recovered;
    change = make(alert, Change::Kind::resolved, why, now);
    change->reason.lasted = std::max(Duration{0}, overAt(alert) - alert.beganAt);
  } else if (!active(alert.state) || muted) {
    return std::nullopt;
  } else if (!alert.notified) {
    // Recovering, or not bad in this evaluation: nothing to notify.
    if (alert.state != AlertState::firing || alert.lastBad != now) return std::nullopt;
    const bool late = alert.firedAt != now;
    alert.notifiedSeverity = alert.severity;
    alert.reminders = 0;
    alert.reminderDue = reminderAfter(0, *alert.firedAt, now, timing);
    change = make(alert, Change::Kind::fired, late ? Reason::Why::unmuted : Reason::Why::condition, now);
    note(alert, now);
  } else if (alert.severity > alert.notifiedSeverity) {
    change = make(alert, Change::Kind::worsened, Reason::Why::severity, now);
    change->reason.before = alert.notifiedSeverity;
    change->reason.formerly = alert.notifiedEvidence;
    note(alert, now);
  } else if (worseByAStep(alert, now, timing)) {
    change = make(alert, Change::Kind::worsened, Reason::Why::step, now);
    change->reason.before = alert.notifiedSeverity;
    change->reason.formerly = alert.notifiedEvidence;
    note(alert, now);
  } else if (alert.state == AlertState::firing && !alert.unknownSince && !alert.quietSince &&
             !isWithinThreshold(alert.evidence) && alert.reminderDue && now >= *alert.reminderDue &&
             !nothingNew(alert, facts, now)) {
    ++alert.reminders;
    alert.reminderDue = reminderAfter(alert.reminders, *alert.firedAt, now, timing);
    change = make(alert, Change::Kind::reminded, Reason::Why::stillFiring, now);
    change->reason.reminder = alert.reminders;
    note(alert, now);
  }
  return change;
}

}  // namespace

Instant reminderAfter(int notified, Instant firedAt, Instant now, const NotificationTiming& timing) {
  if (timing.reminders.empty()) return Instant::max();
  const auto last = static_cast<int>(timing.reminders.size()) - 1;
  const Duration day = std::max(Duration(std::chrono::minutes(1)), timing.reminders.back());
  Instant due = firedAt + timing.reminders[static_cast<std::size_t>(std::min(notified, last))];
  if (notified > last) due += (notified - last) * day;
  // Reminders that were due during a downtime are skipped.
  if (due <= now) due += ((now - due) / day + 1) * day;
  return due;
}

void advance(Alert& alert, const Rule& rule, const Evaluation& evaluation, Instant now) {
  const Outcome outcome = evaluation.outcome;
  if (outcome == Outcome::unknown) {
    if (!alert.unknownSince) alert.unknownSince = now;
    return;
  }
  // Time without data does not count as time in which the condition held.
  if (alert.unknownSince && (alert.state == AlertState::pending || alert.state == AlertState::recovering)) {
    const Duration blind = now - *alert.unknownSince;
    (alert.state == AlertState::pending ? alert.startedAt : alert.since) += blind;
  }
  alert.unknownSince.reset();
  alert.evidence = evaluation.evidence;
  if (outcome != Outcome::tooLittle)
    alert.quietSince.reset();
  else if (!alert.quietSince)
    alert.quietSince = now;

  if (outcome == Outcome::bad)
    sawBad(alert, rule, evaluation, now);
  else
    sawNothingBad(alert, rule, outcome, now);
}

std::optional<Change> notify(Alert& alert, const Facts& facts, Instant now,
                             const NotificationTiming& timing) {
  const bool wasFlapping = alert.flapping;
  std::optional<Change> change = notifyFlapping(alert, now, timing);
  if (!change && !alert.flapping && !wasFlapping) change = notifySteady(alert, facts, now, timing);
  if (!change) return std::nullopt;
  if (change->kind != Change::Kind::fired) change->reason.affected = affected(alert, facts, now);
  change->alert = alert;
  return change;
}

Change tellLate(Alert& alert, const Facts& facts, Instant now) {
  Change change = make(alert, Change::Kind::resolved, Reason::Why::cameLate, now);
  change.reason.lasted = std::max(Duration{0}, overAt(alert) - alert.beganAt);
  change.reason.affected = affected(alert, facts, now);
  change.alert = alert;
  return change;
}

std::optional<Change> close(Alert& alert, Reason::Why why, Instant now) {
  if (!alert.notified || !(active(alert.state) || alert.flapping)) return std::nullopt;
  alert.notified = false;
  alert.flapping = false;
  if (active(alert.state)) resolve(alert, now);
  Change change = make(alert, Change::Kind::resolved, why, now);
  change.alert = alert;
  return change;
}

}  // namespace arrivald::rules
