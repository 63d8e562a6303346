#include "rules/machine.hpp"

#include <algorithm>

#include "rules/judge.hpp"

namespace arrivald::rules {
namespace {

void flip(Alert& alert, Instant now) {
  if (alert.flips.size() >= kFlipsKept) alert.flips.erase(alert.flips.begin());
  alert.flips.push_back(now);
}

void enter(Alert& alert, State state, Instant now) {
  alert.state = state;
  alert.since = now;
}

// How bad evidence is, to find the worst of an episode: by the share of bad mail or what comes nearest to it.
double badness(const Evidence& evidence) {
  if (const std::optional<double> share = badShare(evidence)) return *share;
  if (evidence.input) return evidence.value;                                             // a plain number
  if (evidence.chance && evidence.n > 0) return static_cast<double>(evidence.failures);  // a stall
  if (evidence.threshold != 0) return evidence.value / evidence.threshold;
  return evidence.value;
}

bool worse(const Rule& rule, const Evidence& a, const Evidence& b) {
  const auto* threshold = std::get_if<Threshold>(&rule.kind);
  if (threshold != nullptr && threshold->side == Threshold::Side::below) return a.value < b.value;
  return badness(a) > badness(b);
}

void begin(Alert& alert, const Judgement& judgement, Instant now) {
  alert.episode = std::max(alert.episode + 1, unixMilliseconds(now));
  alert.startedAt = now;
  alert.firedAt.reset();
  alert.resolvedAt.reset();
  alert.worst = judgement.evidence;
  alert.worstSeverity = judgement.severity;
  if (alert.flapping) return;  // what was told then is still being said
  alert.changes = 0;
  alert.told = false;
  alert.toldShare = 0;
  alert.toldAt.reset();
  alert.reminders = 0;
  alert.reminderDue.reset();
}

void fire(Alert& alert, Instant now) {
  enter(alert, State::firing, now);
  alert.firedAt = now;
  flip(alert, now);
}

void resolve(Alert& alert, Instant now) {
  enter(alert, State::resolved, now);
  alert.resolvedAt = now;
  flip(alert, now);
}

void sawBad(Alert& alert, const Rule& rule, const Judgement& judgement, Instant now) {
  alert.lastBad = now;
  alert.severity = judgement.severity;
  if (alert.state == State::inactive || alert.state == State::resolved) {
    begin(alert, judgement, now);
    enter(alert, State::pending, now);
  }
  if (worse(rule, judgement.evidence, alert.worst)) alert.worst = judgement.evidence;
  alert.worstSeverity = std::max(alert.worstSeverity, judgement.severity);
  if (alert.state == State::pending && now - alert.startedAt >= rule.holdFor) fire(alert, now);
  if (alert.state == State::recovering) enter(alert, State::firing, now);
}

void sawNothingBad(Alert& alert, const Rule& rule, Finding finding, Instant now) {
  if (alert.state == State::pending) enter(alert, State::inactive, now);
  if (alert.state == State::firing && finding == Finding::good) enter(alert, State::recovering, now);
  if (alert.state == State::recovering && finding == Finding::between) enter(alert, State::firing, now);
  if (alert.state == State::recovering && now - alert.since >= rule.keepFiringFor) {
    alert.quietSince.reset();  // it was seen to be good; that mail dried up since is no reason
    resolve(alert, now);
  }
  if (alert.state == State::firing && finding == Finding::tooLittle &&
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
  change.reason.since = alert.startedAt;
  change.reason.lasted = std::max(Duration{0}, now - alert.startedAt);
  return change;
}

// Marks a bad state as told.
void note(Alert& alert, Instant now) {
  alert.told = true;
  alert.toldAt = now;
  alert.toldSeverity = std::max(alert.toldSeverity, alert.severity);
  alert.toldShare = std::max(alert.toldShare, badShare(alert.evidence).value_or(0));
}

// Mails that failed, wait or were not requested since the alert began; its first window counts.
std::optional<std::int64_t> affected(const Alert& alert, const Facts& facts, Instant now) {
  const Evidence& worst = alert.worst;
  if (worst.input && unit(*worst.input) == Unit::share) {
    const Instant from = alert.startedAt - worst.window;
    const Sum sum = facts.sum(alert.key.subject, now - from, now);
    if (!sum.known) return std::nullopt;
    return shareOf(*worst.input, sum.counts).bad;
  }
  if (worst.chance && worst.n > 0) return worst.failures;
  if (worst.usual) return static_cast<std::int64_t>(*worst.usual);
  return std::nullopt;
}

bool worseByAStep(const Alert& alert, Instant now, const Patience& patience) {
  if (alert.state != State::firing || alert.lastBad != now || alert.toldShare <= 0) return false;
  if (alert.toldAt && now - *alert.toldAt < patience.stepApart) return false;
  const std::optional<double> share = badShare(alert.evidence);
  return share && *share >= alert.toldShare * patience.step &&
         badBound(alert.evidence).value_or(*share) > alert.toldShare;
}

// Flapping is said once; then only what is graver than anything said, until it has been steady.
std::optional<Change> tellFlapping(Alert& alert, Instant now, const Patience& patience) {
  const bool muted = !alert.mutedBy.empty();
  if (!alert.flapping) {
    const auto recent =
        std::ranges::count_if(alert.flips, [&](Instant at) { return now - at < patience.flipsWithin; });
    if (muted || recent < patience.flips || alert.flips.back() != now) return std::nullopt;
    alert.flapping = true;
    Change change = make(alert, Change::Kind::flapping, Reason::Why::changesOften, now);
    change.reason.flips = static_cast<int>(recent);
    note(alert, now);
    return change;
  }
  if (active(alert.state) && alert.severity > alert.toldSeverity && !muted) {
    Change change = make(alert, Change::Kind::worsened, Reason::Why::severity, now);
    change.reason.before = alert.toldSeverity;
    note(alert, now);
    return change;
  }
  if (alert.state == State::pending || now - alert.flips.back() < patience.steadyFor) return std::nullopt;
  alert.flapping = false;
  alert.flips.clear();
  if (!active(alert.state)) {
    alert.told = false;
    return make(alert, Change::Kind::resolved, Reason::Why::steady, now);
  }
  alert.reminderDue = reminderAfter(alert.reminders, *alert.firedAt, now, patience);
  if (muted) return std::nullopt;
  Change change = make(alert, Change::Kind::fired, Reason::Why::steady, now);
  note(alert, now);
  return change;
}

// What there is to tell of an alert that does not flap.
std::optional<Change> tellSteady(Alert& alert, Instant now, const Patience& patience) {
  std::optional<Change> change;
  const bool muted = !alert.mutedBy.empty();
  if (alert.state == State::resolved && alert.told) {
    // Good news of something once told is told even when muted: it closes what is open.
    alert.told = false;
    const Reason::Why why = alert.quietSince ? Reason::Why::tooLittleMail : Reason::Why::recovered;
    change = make(alert, Change::Kind::resolved, why, now);
  } else if (!active(alert.state) || muted) {
    return std::nullopt;
  } else if (!alert.told) {
    // On its way out, or not getting worse any more: no news.
    if (alert.state != State::firing || alert.lastBad != now) return std::nullopt;
    const bool late = alert.firedAt != now;
    alert.toldSeverity = alert.severity;
    alert.reminders = 0;
    alert.reminderDue = reminderAfter(0, *alert.firedAt, now, patience);
    change = make(alert, Change::Kind::fired, late ? Reason::Why::unmuted : Reason::Why::condition, now);
    note(alert, now);
  } else if (alert.severity > alert.toldSeverity) {
    change = make(alert, Change::Kind::worsened, Reason::Why::severity, now);
    change->reason.before = alert.toldSeverity;
    note(alert, now);
  } else if (worseByAStep(alert, now, patience)) {
    change = make(alert, Change::Kind::worsened, Reason::Why::step, now);
    change->reason.before = alert.toldSeverity;
    note(alert, now);
  } else if (alert.state == State::firing && !alert.unknownSince && alert.reminderDue &&
             now >= *alert.reminderDue) {
    ++alert.reminders;
    alert.reminderDue = reminderAfter(alert.reminders, *alert.firedAt, now, patience);
    change = make(alert, Change::Kind::reminded, Reason::Why::stillFiring, now);
    change->reason.reminder = alert.reminders;
    note(alert, now);
  }
  return change;
}

}  // namespace

Instant reminderAfter(int told, Instant firedAt, Instant now, const Patience& patience) {
  if (patience.reminders.empty()) return Instant::max();
  const auto last = static_cast<int>(patience.reminders.size()) - 1;
  const Duration day = std::max(Duration(std::chrono::minutes(1)), patience.reminders.back());
  Instant due = firedAt + patience.reminders[static_cast<std::size_t>(std::min(told, last))];
  if (told > last) due += (told - last) * day;
  // Whatever fell into a downtime is not made up for.
  if (due <= now) due += ((now - due) / day + 1) * day;
  return due;
}

void advance(Alert& alert, const Rule& rule, const Judgement& judgement, Instant now) {
  const Finding finding = judgement.finding;
  if (finding == Finding::unknown) {
    if (!alert.unknownSince) alert.unknownSince = now;
    return;
  }
  // Time without data is not time in which the condition held.
  if (alert.unknownSince && (alert.state == State::pending || alert.state == State::recovering)) {
    const Duration blind = now - *alert.unknownSince;
    (alert.state == State::pending ? alert.startedAt : alert.since) += blind;
  }
  alert.unknownSince.reset();
  alert.evidence = judgement.evidence;
  if (finding != Finding::tooLittle)
    alert.quietSince.reset();
  else if (!alert.quietSince)
    alert.quietSince = now;

  if (finding == Finding::bad)
    sawBad(alert, rule, judgement, now);
  else
    sawNothingBad(alert, rule, finding, now);
}

std::optional<Change> tell(Alert& alert, const Facts& facts, Instant now, const Patience& patience) {
  const bool wasFlapping = alert.flapping;
  std::optional<Change> change = tellFlapping(alert, now, patience);
  if (!change && !alert.flapping && !wasFlapping) change = tellSteady(alert, now, patience);
  if (!change) return std::nullopt;
  if (change->kind != Change::Kind::fired) change->reason.affected = affected(alert, facts, now);
  change->alert = alert;
  return change;
}

std::optional<Change> bury(Alert& alert, Reason::Why why, Instant now) {
  if (!alert.told || !(active(alert.state) || alert.flapping)) return std::nullopt;
  alert.told = false;
  alert.flapping = false;
  if (active(alert.state)) resolve(alert, now);
  Change change = make(alert, Change::Kind::resolved, why, now);
  change.alert = alert;
  return change;
}

}  // namespace arrivald::rules
