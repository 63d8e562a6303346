// Rule kinds about flow: thresholds on numbers, stalls, silence.
#include <algorithm>
#include <cmath>
#include <limits>

#include "rules/evaluate_rule.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;

// While it has not been learned.
constexpr Duration kUnknownLag = std::chrono::minutes(5);

// Of a stall's requests, and of its outcomes.
constexpr delivery::Metrics kAsked = delivery::kDropMetrics | delivery::Metrics{delivery::Metric::requests};
constexpr delivery::Metrics kAnswered = delivery::kOutcomeMetrics;

std::optional<Reading> readingOf(Source source, const delivery::Subject& subject, const Facts& facts) {
  for (const Reading& reading : facts.readings(subject.account))
    if (reading.source == source) return reading;
  return std::nullopt;
}

Duration ageOf(const Reading& reading, Instant now) {
  return std::max(Duration{0}, now - reading.lastSuccess.value_or(reading.since));
}

// How long numbers usually stay unchanged while mail flows: the update interval of the provider's, or the
// lumps in which the event stream tells outcomes.
Duration updateOf(const delivery::Subject& subject, const EvaluationContext& context) {
  constexpr Duration kAtOnce = std::chrono::minutes(1);
  const Duration update = context.facts.updateInterval(subject).value_or(Duration{0});
  if (!context.facts.alive(subject.account, context.now)) return update;
  const Duration lump = context.facts.outcomeDelay(subject.account);
  return lump > kAtOnce ? std::max(update, lump) : update;
}

// The latest stretch of time that can show whether outcomes arrive: the lag, or one update interval of the
// provider's numbers.
Duration latest(const delivery::Subject& subject, const EvaluationContext& context, Duration lag) {
  constexpr Duration kLeast = std::chrono::minutes(1);
  return std::max({lag, updateOf(subject, context), kLeast});
}

// Inputs known from the event stream only.
std::optional<double> numberOfStream(const Threshold& kind, const delivery::Subject& subject,
                                     const EvaluationContext& context, NumberEvidence& evidence) {
  evidence.basis = Basis::events;
  if (kind.input == Input::latencyMedian || kind.input == Input::latencyP95 ||
      kind.input == Input::latencyP99) {
    const auto latency = context.facts.latency(subject, kind.window, context.now);
    if (!latency || latency->delivered == 0) return std::nullopt;
    evidence.delivered = latency->delivered;
    return inSeconds(kind.input == Input::latencyMedian ? latency->median
                     : kind.input == Input::latencyP95  ? latency->p95
                                                        : latency->p99);
  }
  const auto waiting = context.facts.waiting(subject, Duration{0}, kind.window, context.now);
  if (!waiting) return std::nullopt;
  if (kind.input == Input::oldestInFlight) return inSeconds(waiting->oldest);
  return static_cast<double>(kind.input == Input::inFlight ? waiting->messages : waiting->deferred);
}

// Mails that the provider took of an account that, as it says, has no credits left: while it takes mail, that
// is not so, or not yet.
constexpr Duration kTakenWithin = std::chrono::minutes(20);

std::optional<std::int64_t> taken(const delivery::Subject& subject, const EvaluationContext& context,
                                  Duration window, Instant end) {
  const Sum sum = context.facts.sum(subject, window, end);
  if (!sum.knows(kAsked)) return std::nullopt;
  return std::max<std::int64_t>(0, sum.counts[delivery::Metric::requests] - sum.counts.dropped());
}

// Mail was taken for half an hour and more, and none was delivered: `mails` of it.
std::optional<std::int64_t> noneDelivered(const delivery::Subject& subject,
                                          const EvaluationContext& context) {
  constexpr Duration kHalf = std::chrono::minutes(30);
  constexpr std::int64_t kEnough = 5;
  const auto asked = taken(subject, context, kHalf, context.now - kHalf);
  const Sum since = context.facts.sum(subject, 2 * kHalf, context.now);
  const auto all = taken(subject, context, 2 * kHalf, context.now);
  if (!asked || !all || *asked < kEnough || !since.knows(metricsOf(Input::delivered))) return std::nullopt;
  return since.counts[delivery::Metric::delivered] == 0 ? all : std::nullopt;
}

// No mail is taken although there usually is some at this time, as weeks have shown. The end of a mailing is
// no such thing.
bool takenNoMore(const delivery::Subject& subject, const EvaluationContext& context) {
  return evaluateRule(NothingRequested{}, Rule{}, subject, context).outcome == Outcome::bad;
}

// What the provider says alone does not show that mail stops: an account may have been told so for weeks, or
// wrongly. It is critical if credits were left and ran out, or mail shows it.
void weighNoneLeft(const delivery::Subject& subject, const EvaluationContext& context, Evaluation& evaluation,
                   NumberEvidence& evidence) {
  const auto soften = [&] { evaluation.severity = std::min(evaluation.severity, Severity::warning); };
  if (const auto stuck = noneDelivered(subject, context)) {
    evidence.delivered = *stuck;
    evidence.undelivered = true;
    evidence.window = std::chrono::hours(1);
    return;
  }
  evidence.delivered = taken(subject, context, kTakenWithin, context.now).value_or(0);
  if (evidence.delivered > 0) {
    evidence.window = kTakenWithin;
    soften();
    return;
  }
  const bool wasSo = context.alert != nullptr && context.alert->severity == Severity::critical;
  if (wasSo || takenNoMore(subject, context) ||
      context.facts.isBorneOut(subject.account, evidence.input, context.now))
    return;
  evidence.unproven = true;
  soften();
}

// The number that a threshold compares; nothing if it is unknown.
std::optional<double> numberSeen(const Threshold& kind, const delivery::Subject& subject,
                                 const EvaluationContext& context, NumberEvidence& evidence) {
  if (ofEventsOnly(kind.input)) return numberOfStream(kind, subject, context, evidence);
  if (ofAccountOnly(kind.input)) {
    evidence.window = context.facts.decidedWithin(subject.account, kind.input, kind.window, context.now);
    return context.facts.accountNumber(subject.account, kind.input, kind.window, context.now);
  }
  switch (unit(kind.input)) {
    case Unit::seconds: {
      const std::optional<Reading> reading = readingOf(sourceOf(subject.dimension), subject, context.facts);
      if (!reading) return std::nullopt;
      evidence.error = reading->error;
      return inSeconds(ageOf(*reading, context.now));
    }
    case Unit::entries: {
      const std::optional<std::int64_t> growth =
          context.facts.listGrowth(subject.account, listOf(kind.input), kind.window, context.now);
      if (!growth) return std::nullopt;
      return static_cast<double>(*growth);
    }
    default: {
      const Sum sum = context.facts.sum(subject, kind.window, context.now);
      evidence.basis = sum.basis;
      if (!sum.knows(metricsOf(kind.input))) return std::nullopt;
      return static_cast<double>(numberOf(kind.input, sum.counts));
    }
  }
}

// One window of a stall.
StallEvidence stallSeen(const Stall& kind, const Sum& asked, const Sum& answered, Duration window,
                        Duration lag) {
  StallEvidence seen{.usualShare = kind.usualShare, .window = window, .lag = lag, .basis = asked.basis};
  seen.requests =
      std::max<std::int64_t>(0, asked.counts[delivery::Metric::requests] - asked.counts.dropped());
  seen.outcomes = std::max<std::int64_t>(0, answered.counts.outcomes());
  // A few mails fail to have outcomes independently of each other; those of a mailing do not.
  constexpr std::int64_t kFew = 30;
  seen.chance = seen.requests <= kFew
                    ? binomialAtLeast(seen.requests - seen.outcomes, seen.requests, 1 - kind.usualShare)
                    : poissonAtMost(seen.outcomes, kind.usualShare * static_cast<double>(seen.requests));
  return seen;
}

// Whether fewer outcomes come lately than for half of the requests, and than half of the hour before: other
// mail does not get through either.
bool outcomesCeased(const Stall& kind, const delivery::Subject& subject, const EvaluationContext& context,
                    Duration lag, Basis basis) {
  constexpr Duration kBefore = std::chrono::hours(1);
  constexpr double kHardlyAny = 0.05;
  const Duration span = latest(subject, context, lag);
  const Sum lately = context.facts.sum(subject, span, context.now, basis);
  const Sum before = context.facts.sum(subject, kBefore, context.now - span, basis);
  if (!lately.knows(kAsked | kAnswered)) return false;
  const auto requests = static_cast<double>(lately.counts[delivery::Metric::requests]);
  const auto outcomes = static_cast<double>(lately.counts.outcomes());
  const double steady = static_cast<double>(before.counts.outcomes()) *
                        (static_cast<double>(span.count()) / static_cast<double>(kBefore.count()));
  return outcomes <= kind.usualShare / 2 * requests &&
         (!before.knows(kAnswered) || outcomes <= std::max(steady / 2, kHardlyAny * requests));
}

// Where nothing is requested any more: whether the window's outcomes came just before it. One answer may have
// told them without the requests, which the next one brought.
bool cameBefore(const Stall& kind, const delivery::Subject& subject, const EvaluationContext& context,
                const Sum& asked, const StallEvidence& seen) {
  constexpr Duration kBefore = std::chrono::minutes(5);
  const Duration span = latest(subject, context, seen.lag);
  if (context.facts.sum(subject, span, context.now, seen.basis).counts[delivery::Metric::requests] > 0)
    return false;
  const Sum wider = context.facts.sum(subject, seen.window + seen.lag + kBefore, context.now, seen.basis);
  return stallSeen(kind, asked, wider, seen.window, seen.lag).chance >= kind.alpha;
}

// Requests of the stretch that ends `pause` ago that have no outcome until now, beyond those that had none
// when it began. Where mail has ended, or pauses, there are none.
std::int64_t withoutOutcome(const delivery::Subject& subject, const EvaluationContext& context,
                            Duration stretch, Duration pause, Basis basis) {
  const Sum asked = context.facts.sum(subject, stretch - pause, context.now - pause, basis);
  const Sum answered = context.facts.sum(subject, stretch, context.now, basis);
  if (!asked.knows(kAsked) || !answered.knows(kAnswered)) return 0;
  return asked.counts[delivery::Metric::requests] - asked.counts.dropped() - answered.counts.outcomes();
}

// Outcomes that came steadily stop while requests go on and stay without one. The lag does not have to pass
// first.
std::optional<StallEvidence> suddenStop(const Stall& kind, const delivery::Subject& subject,
                                        const EvaluationContext& context, Duration lag) {
  constexpr Duration kBefore = std::chrono::hours(1);
  constexpr Duration kShort = std::chrono::minutes(5);
  constexpr Duration kLeast = std::chrono::minutes(1);
  const Duration update = updateOf(subject, context);
  const Duration span = context.within(kShort + 2 * update);
  if (span < kShort) return std::nullopt;
  const Sum lately = context.facts.sum(subject, span, context.now);
  const Sum asked = context.facts.sum(subject, span, context.now - lag, lately.basis);
  const Sum before = context.facts.sum(subject, kBefore, context.now - span, lately.basis);
  if (!lately.knows(kAnswered) || !asked.knows(kAsked) || !before.knows(kAnswered)) return std::nullopt;
  const auto part = [&](const Sum& sum, std::int64_t count, Duration of) {
    return sum.known ? static_cast<double>(count) * static_cast<double>(span.count()) /
                           static_cast<double>(of.count())
                     : 0.0;
  };
  const auto requests = [](const Sum& sum) {
    return sum.counts[delivery::Metric::requests] - sum.counts.dropped();
  };
  // Of the outcomes before and the requests a lag ago, the less.
  const double steady =
      std::min(part(before, before.counts.outcomes(), kBefore), part(asked, requests(asked), span));
  StallEvidence seen{.usualShare = kind.usualShare, .window = span, .lag = lag, .basis = lately.basis};
  seen.requests = static_cast<std::int64_t>(steady);
  seen.outcomes = std::max<std::int64_t>(0, lately.counts.outcomes());
  seen.chance = poissonAtMost(seen.outcomes, kind.usualShare / 2 * steady);
  if (seen.requests < kind.minRequests || seen.chance >= kind.alpha) return std::nullopt;
  const std::int64_t stuck =
      withoutOutcome(subject, context, span + lag, std::max(kLeast, update), lately.basis);
  if (2 * stuck < seen.requests) return std::nullopt;
  return seen;
}

// A sender of so few mails that no window is telling: none of those since the last outcome has had one,
// although nearly all did before.
std::optional<StallEvidence> noneSinceLast(const Stall& kind, const delivery::Subject& subject,
                                           const EvaluationContext& context, Duration lag) {
  constexpr Duration kLeast = std::chrono::minutes(30);  // greylisting is over by then
  constexpr std::int64_t kEnough = 20;
  constexpr double kErrors = 2;
  constexpr double kMost = 0.92;
  const Duration late = std::max(2 * lag, kLeast);
  const auto unanswered = context.facts.unanswered(subject, context.now - late);
  if (!unanswered || unanswered->since < context.from) return std::nullopt;
  const Duration window = context.now - late - unanswered->since;
  if (window <= Duration{0} || unanswered->occasions < kind.minRequests) return std::nullopt;
  const Sum sum = context.facts.sum(subject, window + late, context.now);
  if (!sum.knows(kAsked | kAnswered)) return std::nullopt;
  double usual = kind.usualShare;
  if (unanswered->asked >= kEnough)
    usual = std::clamp(wilsonLower(static_cast<double>(unanswered->answered),
                                   static_cast<double>(unanswered->asked), kErrors),
                       kind.usualShare, kMost);
  StallEvidence seen{.usualShare = usual, .window = window, .lag = late, .basis = sum.basis};
  seen.requests = unanswered->requests;
  seen.chance = std::pow(1 - usual, static_cast<double>(unanswered->occasions));
  if (seen.chance >= kind.alpha) return std::nullopt;
  return seen;
}

// Whether the mail that the stream shows without outcome has one by the statistics.
bool isAnswered(const delivery::Subject& subject, const EvaluationContext& context,
                const StallEvidence& seen) {
  if (seen.basis != Basis::events || seen.requests <= 0) return false;
  const double waiting =
      static_cast<double>(seen.requests - seen.outcomes) / static_cast<double>(seen.requests);
  return answeredByStatistics(subject, context, waiting, seen.window + seen.lag);
}

void leaveUnknown(Evaluation& evaluation) {
  evaluation.checks.push_back({"answered by statistics", 1, 1, true, true});
  evaluation.outcome = Outcome::unknown;
}

Duration lagOf(const Stall& kind, const delivery::Subject& subject, const EvaluationContext& context) {
  const Duration unknown = kUnknownLag + (context.facts.alive(subject.account, context.now)
                                              ? context.facts.outcomeDelay(subject.account)
                                              : Duration{0});
  return kind.lag ? *kind.lag : context.facts.outcomeLag(subject).value_or(unknown);
}

}  // namespace

Evaluation evaluateRule(const Threshold& kind, const Rule&, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  const bool above = kind.side == Side::above;
  const double never =
      above ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  const double warning = kind.warning.value_or(never);
  const double critical = kind.critical.value_or(never);
  const double mildest = above ? std::min(warning, critical) : std::max(warning, critical);
  const double recovery = kind.recovery.value_or(mildest);

  NumberEvidence evidence{.input = kind.input, .side = kind.side, .limit = mildest, .window = kind.window};
  const std::optional<double> number = numberSeen(kind, subject, context, evidence);
  if (!number) return evaluation;
  evidence.value = *number;
  const auto beyond = [&](double limit) { return above ? *number > limit : *number < limit; };
  check(evaluation, name(kind.input), *number, mildest, kind.side);
  evaluation.checks.back().holds = beyond(mildest);
  if (beyond(mildest)) {
    evaluation.outcome = Outcome::bad;
    evaluation.severity = beyond(critical) ? Severity::critical : Severity::warning;
    if (evaluation.severity == Severity::critical) evidence.limit = critical;
    if (kind.input == Input::creditsLeft && *number <= 0)
      weighNoneLeft(subject, context, evaluation, evidence);
    // One rating may be a slip, or that of an account which has none yet.
    if (kind.input == Input::reputation &&
        !context.facts.isBorneOut(subject.account, kind.input, context.now))
      evaluation.severity = std::min(evaluation.severity, Severity::warning);
  } else {
    evaluation.outcome = beyond(recovery) ? Outcome::between : Outcome::good;
  }
  evaluation.evidence = std::move(evidence);
  return evaluation;
}

Evaluation evaluateRule(const Stall& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  const Duration lag = lagOf(kind, subject, context);
  std::vector<Duration> windows = kind.windows;
  std::ranges::sort(windows);

  std::optional<bool> confirmed;
  std::optional<StallEvidence> shown;
  bool over = false;    // the shortest window with enough mail shows outcomes
  bool spoken = false;  // there was such a window
  for (const Duration window : windows) {
    const Duration within = context.within(window, context.now - lag);
    if (within <= Duration{0}) continue;
    const Sum asked = context.facts.sum(subject, within, context.now - lag);
    const Sum answered = context.facts.sum(subject, within + lag, context.now, asked.basis);
    if (!asked.knows(kAsked) || !answered.knows(kAnswered)) continue;
    const StallEvidence seen = stallSeen(kind, asked, answered, within, lag);
    const double expected = kind.usualShare * static_cast<double>(seen.requests);
    const bool enough = seen.requests >= kind.minRequests;
    if (enough && !spoken) {
      spoken = true;
      over = static_cast<double>(seen.outcomes) >= expected;
    }
    const bool suspect =
        enough && !over && seen.chance < kind.alpha && !cameBefore(kind, subject, context, asked, seen);
    if (suspect && !confirmed) confirmed = outcomesCeased(kind, subject, context, lag, asked.basis);
    const bool bad = suspect && *confirmed;
    const bool plainer = bad && (evaluation.outcome != Outcome::bad || seen.chance < shown->chance);
    // While all is well the shortest window with enough mail is shown, or else the longest.
    if (shown && !plainer && (evaluation.outcome == Outcome::bad || shown->requests >= kind.minRequests))
      continue;
    if (bad) evaluation.outcome = Outcome::bad;
    shown = seen;
    evaluation.checks.clear();
    check(evaluation, "requests", static_cast<double>(seen.requests), static_cast<double>(kind.minRequests),
          Side::above);
    check(evaluation, "chance", seen.chance, kind.alpha, Side::below);
    if (suspect) evaluation.checks.push_back({"outcomes ceased", bad ? 1.0 : 0.0, 1, true, bad});
  }
  if (evaluation.outcome != Outcome::bad) {
    const auto sudden = suddenStop(kind, subject, context, lag);
    if (const auto stop = sudden ? sudden : noneSinceLast(kind, subject, context, lag)) {
      evaluation.outcome = Outcome::bad;
      shown = stop;
      evaluation.checks.clear();
      check(evaluation, sudden ? "chance of a sudden stop" : "chance since the last outcome", stop->chance,
            kind.alpha, Side::below);
    }
  }
  if (!shown) return evaluation;
  evaluation.evidence = *shown;
  if (evaluation.outcome != Outcome::bad)
    evaluation.outcome = over ? Outcome::good : spoken ? Outcome::between : Outcome::tooLittle;
  else if (isAnswered(subject, context, *shown))
    leaveUnknown(evaluation);
  return evaluation;
}

namespace {

// A working day, or what is left of it, without any mail, judged against whole working days: where a good
// part of a day's mail has not come.
bool silentOnWorkingDay(const NothingRequested& kind, const delivery::Subject& subject,
                        const EvaluationContext& context, Instant last, Evaluation& evaluation,
                        SilenceEvidence& evidence) {
  constexpr double kPart = 0.4;
  const auto midnight = context.facts.midnight(subject, context.now);
  if (!midnight) return false;
  const auto expected = context.facts.expectedOnWorkingDay(subject, std::max(last, *midnight), context.now);
  if (!expected || expected->weeks < kind.minWeeks || expected->mean < kPart * expected->ofDay) return false;
  const double chance = chanceOfNone(expected->mean, expected->shape);
  if (!check(evaluation, "chance of a day", chance, kind.alphaOfDay, Side::below)) return false;
  evidence.expected = expected->mean;
  evidence.chance = chance;
  evidence.window = context.now - std::max(last, *midnight);
  evaluation.outcome = Outcome::bad;
  return true;
}

}  // namespace

Evaluation evaluateRule(const NothingRequested& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  auto& evidence = evaluation.evidence.emplace<SilenceEvidence>();
  const std::optional<Instant> last = context.facts.lastRequest(subject);
  const Instant from = std::max(last.value_or(context.now - kind.maxQuiet), context.now - kind.maxQuiet);
  const Duration quiet = std::max(Duration{0}, context.now - from);
  evidence.window = quiet;
  evidence.quiet = last ? std::max(Duration{0}, context.now - *last) : quiet;
  evidence.minQuiet = kind.minQuiet;

  // A request within `shortest` is enough: mail is being requested.
  const Sum sum = context.facts.sum(subject, std::max(quiet, kind.minQuiet), context.now, Basis::statistics);
  if (!sum.knows({delivery::Metric::requests})) return evaluation;
  if (quiet < kind.minQuiet) {
    evaluation.outcome = Outcome::good;
    check(evaluation, "quiet", inSeconds(quiet), inSeconds(kind.minQuiet), Side::above);
    return evaluation;
  }
  // The provider updates its numbers in intervals; between two updates they never change.
  const Duration shortest =
      std::max(kind.minQuiet, 3 * context.facts.updateInterval(subject).value_or(Duration{0}));
  evidence.minQuiet = shortest;
  if (!check(evaluation, "quiet", inSeconds(quiet), inSeconds(shortest), Side::above)) {
    evaluation.outcome = Outcome::between;
    return evaluation;
  }
  if (silentOnWorkingDay(kind, subject, context, from, evaluation, evidence)) return evaluation;
  const std::optional<Expectation> expected = context.facts.expectedRequests(subject, from, context.now);
  const bool learned = check(evaluation, "weeks", expected ? expected->weeks : 0, kind.minWeeks, Side::above);
  if (!expected || !learned) {
    constexpr Duration kWeek = std::chrono::hours(24 * 7);
    evaluation.outcome = Outcome::tooLittle;
    if (const auto since = context.facts.knownSince(subject);
        since && *since + kind.minWeeks * kWeek > context.now)
      evaluation.learningUntil = *since + kind.minWeeks * kWeek;
    return evaluation;
  }
  const double off = std::clamp(expected->offChance, 0.0, 1.0);
  const double chance = (1 - off) * chanceOfNone(expected->mean, expected->shape) +
                        off * chanceOfNone(expected->offMean, expected->shape);
  evidence.expected = (1 - off) * expected->mean + off * expected->offMean;
  evidence.chance = chance;
  const bool improbable = check(evaluation, "chance", chance, kind.alpha, Side::below);
  evaluation.outcome = improbable && !stoodStill(subject, context) ? Outcome::bad : Outcome::between;
  return evaluation;
}

Evaluation evaluateRule(const NothingRead& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  evaluation.outcome = Outcome::good;
  auto& evidence = evaluation.evidence.emplace<ReadingEvidence>();
  double worst = -1;
  bool untried = false;
  std::int64_t asked = 0, failing = 0;
  for (const Reading& reading : context.facts.readings(subject.account)) {
    if (reading.every <= Duration{0}) continue;
    if (!kind.sources.empty() && std::ranges::find(kind.sources, reading.source) == kind.sources.end())
      continue;
    const Duration age = ageOf(reading, context.now);
    const double limit = std::max(inSeconds(kind.minAge), kind.intervals * inSeconds(reading.every));
    // Not read yet, but the start was not long ago: no decision.
    untried = untried || (!reading.lastSuccess && inSeconds(age) <= limit);
    const bool bad = inSeconds(age) > limit;
    ++asked;
    if (bad) ++failing;
    if (inSeconds(age) / limit <= worst) continue;
    worst = inSeconds(age) / limit;
    evidence.source = reading.source;
    evidence.party = reading.party;
    evidence.error = errorKindNamed(reading.error);
    evidence.everRead = reading.lastSuccess || reading.earlierSuccess;
    evidence.age = age;
    if (!reading.lastSuccess && reading.earlierSuccess)
      evidence.age = std::max(age, context.now - *reading.earlierSuccess);
    evidence.limit = Duration(static_cast<Duration::rep>(limit * 1000));
    evaluation.checks.clear();
    evaluation.checks.push_back({"age", inSeconds(age), limit, true, bad});
    evaluation.outcome = bad ? Outcome::bad : Outcome::good;
    if (bad && evidence.age > kind.criticalAfter) evaluation.severity = Severity::critical;
  }
  evidence.others = std::max<std::int64_t>(0, failing - 1);
  evidence.all = failing > 1 && failing == asked;
  evidence.streamed = failing > 0 && context.facts.alive(subject.account, context.now);
  if (evaluation.outcome == Outcome::good && untried) evaluation.outcome = Outcome::unknown;
  return evaluation;
}

}  // namespace arrivald::rules
