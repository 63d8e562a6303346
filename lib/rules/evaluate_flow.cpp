// The kinds that look at whether something flows: thresholds on plain numbers, stalls, silences.
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

// The latest stretch of time that can tell whether outcomes come: the lag's, or a lump of the provider's
// numbers.
Duration latest(const delivery::Subject& subject, const EvaluationContext& context, Duration lag) {
  constexpr Duration kLeast = std::chrono::minutes(1);
  return std::max({lag, context.facts.updateInterval(subject).value_or(Duration{0}), kLeast});
}

// What only the event stream knows.
std::optional<double> numberOfStream(const Threshold& kind, const delivery::Subject& subject,
                                     const EvaluationContext& context, Evidence& evidence) {
  evidence.basis = Basis::events;
  if (kind.input == Input::latencyMedian || kind.input == Input::latencyP95 ||
      kind.input == Input::latencyP99) {
    const auto latency = context.facts.latency(subject, kind.window, context.now);
    if (!latency || latency->delivered == 0) return std::nullopt;
    evidence.n = latency->delivered;
    return inSeconds(kind.input == Input::latencyMedian ? latency->median
                     : kind.input == Input::latencyP95  ? latency->p95
                                                        : latency->p99);
  }
  const auto waiting = context.facts.waiting(subject, Duration{0}, kind.window, context.now);
  if (!waiting) return std::nullopt;
  if (kind.input == Input::oldestInFlight) return inSeconds(waiting->oldest);
  return static_cast<double>(kind.input == Input::inFlight ? waiting->messages : waiting->deferred);
}

// The number a plain threshold looks at; nothing where the data does not say.
std::optional<double> numberSeen(const Threshold& kind, const delivery::Subject& subject,
                                 const EvaluationContext& context, Evidence& evidence) {
  if (ofEventsOnly(kind.input)) return numberOfStream(kind, subject, context, evidence);
  switch (unit(kind.input)) {
    case Unit::seconds: {
      const std::optional<Reading> reading = readingOf(sourceOf(subject.dimension), subject, context.facts);
      if (!reading) return std::nullopt;
      evidence.party = reading->party;
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

}  // namespace

Evaluation evaluateRule(const Threshold& kind, const Rule&, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  Evidence& evidence = evaluation.evidence;
  evidence.input = kind.input;
  evidence.window = kind.window;
  const bool above = kind.side == Side::above;
  const double never =
      above ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  const double warning = kind.warning.value_or(never);
  const double critical = kind.critical.value_or(never);
  const double mildest = above ? std::min(warning, critical) : std::max(warning, critical);
  const double recovery = kind.recovery.value_or(mildest);
  evidence.threshold = mildest;

  const std::optional<double> number = numberSeen(kind, subject, context, evidence);
  if (!number) return evaluation;
  evidence.value = *number;
  if (unit(kind.input) == Unit::mails || unit(kind.input) == Unit::entries)
    evidence.n = static_cast<std::int64_t>(*number);
  const auto beyond = [&](double limit) { return above ? *number > limit : *number < limit; };
  check(evaluation, name(kind.input), *number, mildest, kind.side);
  evaluation.checks.back().holds = beyond(mildest);
  if (beyond(mildest)) {
    evaluation.outcome = Outcome::bad;
    evaluation.severity = beyond(critical) ? Severity::critical : Severity::warning;
    if (evaluation.severity == Severity::critical) evidence.threshold = critical;
  } else {
    evaluation.outcome = beyond(recovery) ? Outcome::between : Outcome::good;
  }
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
  bool anyKnown = false;
  bool over = false;    // the shortest window with enough mail sees outcomes come
  bool spoken = false;  // there was such a window
  for (const Duration window : windows) {
    const Sum asked = context.facts.sum(subject, window, context.now - lag);
    const Sum answered = context.facts.sum(subject, window + lag, context.now, asked.basis);
    if (!asked.known || !answered.known) continue;
    anyKnown = true;
    const std::int64_t requests =
        std::max<std::int64_t>(0, asked.counts[delivery::Metric::requests] - asked.counts.dropped());
    const std::int64_t outcomes = std::max<std::int64_t>(0, answered.counts.outcomes());
    const double expected = kind.usualShare * static_cast<double>(requests);
    const double chance = poissonAtMost(outcomes, expected);
    const bool enough = requests >= kind.minimumRequests;
    if (enough && !spoken) {
      spoken = true;
      over = static_cast<double>(outcomes) >= expected;
    }
    const bool suspect = enough && !over && chance < kind.alpha;
    if (suspect && !lately)
      lately = context.facts.sum(subject, latest(subject, context, lag), context.now, asked.basis);
    const double min =
        suspect ? kind.usualShare / 2 * static_cast<double>(lately->counts[delivery::Metric::requests]) : 0;
    const bool bad = suspect && static_cast<double>(lately->counts.outcomes()) <= min;
    const bool shown = evaluation.evidence.window != Duration{0};
    const bool plainer = bad && (evaluation.outcome != Outcome::bad || chance < *evaluation.evidence.chance);
    // While all is well the shortest window with enough mail is shown, or else the longest.
    const bool better = evaluation.evidence.n < kind.minimumRequests;
    if (shown && !plainer && (evaluation.outcome == Outcome::bad || !better)) continue;
    if (bad) evaluation.outcome = Outcome::bad;
    Evidence& evidence = evaluation.evidence;
    evidence.window = window;
    evidence.lag = lag;
    evidence.n = requests;
    evidence.failures = std::max<std::int64_t>(0, requests - outcomes);
    evidence.value = requests > 0 ? static_cast<double>(outcomes) / static_cast<double>(requests) : 0;
    evidence.threshold = kind.usualShare;
    evidence.chance = chance;
    evidence.basis = asked.basis;
    evaluation.checks.clear();
    check(evaluation, "requests", static_cast<double>(requests), static_cast<double>(kind.minimumRequests),
          Side::above);
    check(evaluation, "chance", chance, kind.alpha, Side::below);
    if (suspect)
      check(evaluation, "latest outcomes", static_cast<double>(lately->counts.outcomes()), min, Side::below);
  }
  if (evaluation.outcome == Outcome::bad || !anyKnown) return evaluation;
  evaluation.outcome = over ? Outcome::good : spoken ? Outcome::between : Outcome::tooLittle;
  return evaluation;
}

Evaluation evaluateRule(const NothingRequested& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  Evidence& evidence = evaluation.evidence;
  const std::optional<Instant> last = context.facts.lastRequest(subject);
  const Instant from = std::max(last.value_or(context.now - kind.longest), context.now - kind.longest);
  const Duration quiet = std::max(Duration{0}, context.now - from);
  evidence.window = quiet;
  evidence.value = inSeconds(last ? std::max(Duration{0}, context.now - *last) : quiet);
  evidence.threshold = inSeconds(kind.shortest);

  // Whatever the past was, a request within `shortest` says that mail flows.
  const Sum sum = context.facts.sum(subject, std::max(quiet, kind.shortest), context.now, Basis::statistics);
  evidence.basis = sum.basis;
  if (!sum.known) return evaluation;
  if (quiet < kind.shortest) {
    evaluation.outcome = Outcome::good;
    check(evaluation, "quiet", inSeconds(quiet), inSeconds(kind.shortest), Side::above);
    return evaluation;
  }
  // Numbers that come in lumps are quiet between two of them.
  const Duration shortest =
      std::max(kind.shortest, 3 * context.facts.updateInterval(subject).value_or(Duration{0}));
  evidence.threshold = inSeconds(shortest);
  if (!check(evaluation, "quiet", inSeconds(quiet), inSeconds(shortest), Side::above)) {
    evaluation.outcome = Outcome::between;
    return evaluation;
  }
  const std::optional<Expectation> expected = context.facts.expectedRequests(subject, from, context.now);
  const bool learned =
      check(evaluation, "weeks", expected ? expected->weeks : 0, kind.minimumWeeks, Side::above);
  if (!expected || !learned) {
    evaluation.outcome = Outcome::tooLittle;
    return evaluation;
  }
  const double off = std::clamp(expected->offChance, 0.0, 1.0);
  const double chance = (1 - off) * chanceOfNone(expected->mean, expected->shape) +
                        off * chanceOfNone(expected->offMean, expected->shape);
  evidence.usual = (1 - off) * expected->mean + off * expected->offMean;
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
  Evidence& evidence = evaluation.evidence;
  double worst = -1;
  bool untried = false;
  for (const Reading& reading : context.facts.readings(subject.account)) {
    if (reading.every <= Duration{0}) continue;
    if (!kind.sources.empty() && std::ranges::find(kind.sources, reading.source) == kind.sources.end())
      continue;
    const double age = inSeconds(ageOf(reading, context.now));
    const double limit = std::max(inSeconds(kind.atLeast), kind.intervals * inSeconds(reading.every));
    // Not read since the start, and not for long: neither well nor ill.
    untried = untried || (!reading.lastSuccess && age <= limit);
    const bool bad = age > limit;
    if (age / limit <= worst) continue;
    worst = age / limit;
    evidence.source = reading.source;
    evidence.party = reading.party;
    evidence.error = reading.error;
    evidence.value = age;
    evidence.threshold = limit;
    evaluation.checks.clear();
    evaluation.checks.push_back({"age", age, limit, true, bad});
    evaluation.outcome = bad ? Outcome::bad : Outcome::good;
    if (bad && age > inSeconds(kind.criticalAfter)) evaluation.severity = Severity::critical;
  }
  if (evaluation.outcome == Outcome::good && untried) evaluation.outcome = Outcome::unknown;
  // Reading may go on and still leave an alert without the data it needs; somebody has to say so.
  if (evaluation.outcome != Outcome::bad && context.frozenFor >= context.frozenLimit) {
    evaluation.outcome = Outcome::bad;
    evidence.value = inSeconds(context.frozenFor);
    evidence.threshold = inSeconds(context.frozenLimit);
    evaluation.checks.push_back({"frozen", evidence.value, evidence.threshold, true, true});
  }
  return evaluation;
}

}  // namespace arrivald::rules
