// Rule kinds about flow: thresholds on numbers, stalls, silence.
#include <algorithm>
#include <cmath>
#include <limits>

#include "rules/evaluate_rule.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;

constexpr Duration kUsualLag = std::chrono::minutes(5);

double inSeconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

std::optional<Reading> readingOf(Source source, const delivery::Subject& subject, const Facts& facts) {
  for (const Reading& reading : facts.readings(subject.account))
    if (reading.source == source) return reading;
  return std::nullopt;
}

Duration ageOf(const Reading& reading, Instant now) {
  return std::max(Duration{0}, now - reading.lastSuccess.value_or(reading.since));
}

// The latest stretch of time that can show whether outcomes arrive: the lag, or one update interval of the
// provider's numbers.
Duration latest(const delivery::Subject& subject, const EvaluationContext& context, Duration lag) {
  constexpr Duration kLeast = std::chrono::minutes(1);
  return std::max({lag, context.facts.updateInterval(subject).value_or(Duration{0}), kLeast});
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

// The number that a threshold compares; nothing if it is unknown.
std::optional<double> numberSeen(const Threshold& kind, const delivery::Subject& subject,
                                 const EvaluationContext& context, NumberEvidence& evidence) {
  if (ofEventsOnly(kind.input)) return numberOfStream(kind, subject, context, evidence);
  if (ofAccountOnly(kind.input))
    return context.facts.accountNumber(subject.account, kind.input, kind.window, context.now);
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
      if (!sum.known) return std::nullopt;
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
  seen.chance = poissonAtMost(seen.outcomes, kind.usualShare * static_cast<double>(seen.requests));
  return seen;
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
  const Duration lag = kind.lag ? *kind.lag : context.facts.outcomeLag(subject).value_or(kUsualLag);
  std::vector<Duration> windows = kind.windows;
  std::ranges::sort(windows);

  std::optional<Sum> lately;
  std::optional<StallEvidence> shown;
  bool over = false;    // the shortest window with enough mail shows outcomes
  bool spoken = false;  // there was such a window
  for (const Duration window : windows) {
    const Sum asked = context.facts.sum(subject, window, context.now - lag);
    const Sum answered = context.facts.sum(subject, window + lag, context.now, asked.basis);
    if (!asked.known || !answered.known) continue;
    const StallEvidence seen = stallSeen(kind, asked, answered, window, lag);
    const double expected = kind.usualShare * static_cast<double>(seen.requests);
    const bool enough = seen.requests >= kind.minRequests;
    if (enough && !spoken) {
      spoken = true;
      over = static_cast<double>(seen.outcomes) >= expected;
    }
    const bool suspect = enough && !over && seen.chance < kind.alpha;
    if (suspect && !lately)
      lately = context.facts.sum(subject, latest(subject, context, lag), context.now, asked.basis);
    const double min =
        suspect ? kind.usualShare / 2 * static_cast<double>(lately->counts[delivery::Metric::requests]) : 0;
    const bool bad = suspect && static_cast<double>(lately->counts.outcomes()) <= min;
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
    if (suspect)
      check(evaluation, "latest outcomes", static_cast<double>(lately->counts.outcomes()), min, Side::below);
  }
  if (!shown) return evaluation;
  evaluation.evidence = *shown;
  if (evaluation.outcome != Outcome::bad)
    evaluation.outcome = over ? Outcome::good : spoken ? Outcome::between : Outcome::tooLittle;
  return evaluation;
}

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
  if (!sum.known) return evaluation;
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
  const std::optional<Expectation> expected = context.facts.expectedRequests(subject, from, context.now);
  const bool learned = check(evaluation, "weeks", expected ? expected->weeks : 0, kind.minWeeks, Side::above);
  if (!expected || !learned) {
    evaluation.outcome = Outcome::tooLittle;
    return evaluation;
  }
  const double off = std::clamp(expected->offChance, 0.0, 1.0);
  const double chance = (1 - off) * chanceOfNone(expected->mean, expected->shape) +
                        off * chanceOfNone(expected->offMean, expected->shape);
  evidence.expected = (1 - off) * expected->mean + off * expected->offMean;
  evidence.chance = chance;
  evaluation.outcome =
      check(evaluation, "chance", chance, kind.alpha, Side::below) ? Outcome::bad : Outcome::between;
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
  for (const Reading& reading : context.facts.readings(subject.account)) {
    if (reading.every <= Duration{0}) continue;
    if (!kind.sources.empty() && std::ranges::find(kind.sources, reading.source) == kind.sources.end())
      continue;
    const Duration age = ageOf(reading, context.now);
    const double limit = std::max(inSeconds(kind.minAge), kind.intervals * inSeconds(reading.every));
    // Not read yet, but the start was not long ago: no decision.
    untried = untried || (!reading.lastSuccess && inSeconds(age) <= limit);
    const bool bad = inSeconds(age) > limit;
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
  if (evaluation.outcome == Outcome::good && untried) evaluation.outcome = Outcome::unknown;
  // Reads can succeed and yet leave an alert without the data it needs; this rule reports that, too.
  if (evaluation.outcome != Outcome::bad && context.frozenFor >= context.frozenLimit) {
    evaluation.outcome = Outcome::bad;
    evidence.age = context.frozenFor;
    evidence.limit = context.frozenLimit;
    evaluation.checks.push_back({"frozen", inSeconds(evidence.age), inSeconds(evidence.limit), true, true});
  }
  return evaluation;
}

}  // namespace arrivald::rules
