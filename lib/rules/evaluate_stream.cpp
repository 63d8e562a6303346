// The kinds that ask the event stream, or about it.
#include <algorithm>

#include "rules/evaluate_rule.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;
using delivery::Metric;

double inSeconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

}  // namespace

Evaluation evaluateRule(const StreamSilent& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  Evidence& evidence = evaluation.evidence;
  evidence.source = Source::events;
  evidence.window = kind.quiet;
  evidence.threshold = inSeconds(kind.quiet);
  std::optional<Reading> stream;
  for (const Reading& reading : context.facts.readings(subject.account))
    if (reading.source == Source::events) stream = reading;
  if (!stream) {  // no stream is set up
    evaluation.outcome = Outcome::good;
    return evaluation;
  }
  const Duration quiet = std::max(Duration{0}, context.now - stream->lastSuccess.value_or(stream->since));
  evidence.value = inSeconds(quiet);
  evidence.error = stream->error;
  if (!check(evaluation, "quiet", inSeconds(quiet), inSeconds(kind.quiet), Side::above)) {
    evaluation.outcome = Outcome::good;
    return evaluation;
  }
  const Sum sum = context.facts.sum(subject, kind.quiet, context.now, Basis::statistics);
  if (!sum.known) return evaluation;
  evidence.n = std::max<std::int64_t>(0, sum.counts.outcomes());
  evaluation.outcome = check(evaluation, "outcomes", static_cast<double>(evidence.n),
                             static_cast<double>(kind.minimumOutcomes), Side::above)
                           ? Outcome::bad
                           : Outcome::between;
  return evaluation;
}

Evaluation evaluateRule(const Overdue& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  auto windows = kind.windows;
  std::ranges::sort(windows);
  constexpr Duration kLately = std::chrono::minutes(5);
  constexpr double kMoreComesOut = 1.2;
  constexpr std::int64_t kSome = 3;
  const Sum lately = context.facts.sum(subject, kLately, context.now, Basis::events);
  const bool drains = lately.known && lately.counts.outcomes() >= kSome &&
                      static_cast<double>(lately.counts.outcomes()) >
                          kMoreComesOut * static_cast<double>(lately.counts[Metric::processed]);
  bool shown = false;
  for (const Duration window : windows) {
    const auto waiting = context.facts.waiting(subject, kind.after, window, context.now);
    if (!waiting) return evaluation;
    const Sum all = context.facts.sum(subject, kind.after + window, context.now, Basis::events);
    const Sum young = context.facts.sum(subject, kind.after, context.now, Basis::events);
    if (!all.known) continue;
    const auto processed = all.counts[Metric::processed] - young.counts[Metric::processed];
    const auto n = std::max(processed, waiting->overdue);
    const double usual = std::max(kind.usualShare, waiting->usualShare.value_or(0));
    const double chance = n > 0 ? binomialAtLeast(waiting->overdue, n, usual) : 1;
    const bool bad = waiting->overdue >= kind.minimumOverdue && chance < kind.alpha;
    if (shown && (evaluation.outcome == Outcome::bad || !bad)) continue;
    shown = true;
    Evidence& evidence = evaluation.evidence;
    evidence.window = window;
    evidence.lag = kind.after;
    evidence.threshold = inSeconds(kind.after);
    evidence.basis = Basis::events;
    evidence.failures = waiting->overdue;
    evidence.n = n;
    evidence.value = inSeconds(waiting->oldest);
    evidence.chance = chance;
    evaluation.checks.clear();
    check(evaluation, "overdue", static_cast<double>(waiting->overdue),
          static_cast<double>(kind.minimumOverdue), Side::above);
    check(evaluation, "chance", chance, kind.alpha, Side::below);
    evaluation.outcome = bad && !drains                                            ? Outcome::bad
                         : chance > 0.01 || waiting->overdue < kind.minimumOverdue ? Outcome::good
                                                                                   : Outcome::between;
  }
  return evaluation;
}

Evaluation evaluateRule(const FirstBlock& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  Evidence& evidence = evaluation.evidence;
  evidence.window = kind.within;
  const Sum lately = context.facts.sum(subject, kind.within, context.now);
  evidence.basis = lately.basis;
  if (!lately.known) return evaluation;
  evidence.n = lately.counts.outcomes();
  evidence.failures = lately.counts[Metric::blocks];
  evidence.value = static_cast<double>(evidence.failures);
  evidence.threshold = static_cast<double>(kind.minimumBlocks);
  if (!check(evaluation, "blocks", evidence.value, evidence.threshold, Side::above)) {
    evaluation.outcome = Outcome::good;
    return evaluation;
  }
  // The past by days, so that a day that is not known does not hide the others.
  delivery::Counts past;
  constexpr Duration kDay = std::chrono::hours(24);
  const auto days = static_cast<int>(kind.past / kDay);
  for (const Sum& day : context.facts.series(subject, kDay, days, context.now - kind.within, lately.basis))
    past += day.counts;
  const bool took = check(evaluation, "delivered before", static_cast<double>(past[Metric::delivered]),
                          static_cast<double>(kind.minimumDelivered), Side::above);
  const bool never =
      check(evaluation, "blocks before", static_cast<double>(past[Metric::blocks]), 0, Side::below);
  evaluation.outcome = took && never ? Outcome::bad : took ? Outcome::good : Outcome::tooLittle;
  return evaluation;
}

Evaluation evaluateRule(const CauseSeen& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  Evidence& evidence = evaluation.evidence;
  evidence.window = kind.window;
  evidence.basis = Basis::events;
  evidence.threshold = static_cast<double>(kind.minimum);
  const auto count = context.facts.causeCount(subject, kind.causes, kind.window, context.now);
  if (!count) return evaluation;
  evidence.n = evidence.failures = *count;
  evidence.value = static_cast<double>(*count);
  evaluation.outcome = check(evaluation, "replies", evidence.value, evidence.threshold, Side::above)
                           ? Outcome::bad
                           : Outcome::good;
  return evaluation;
}

Evaluation evaluateRule(const StreamDiffers& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  Evidence& evidence = evaluation.evidence;
  evidence.source = Source::events;
  evidence.threshold = kind.share;
  const auto compared = context.facts.dayCompared(subject.account, context.now);
  if (!compared) return evaluation;
  evaluation.outcome = Outcome::good;
  double worst = -1;
  const auto compare = [&](std::int64_t statistics, std::int64_t events) {
    const auto larger = std::max(statistics, events), apart = larger - std::min(statistics, events);
    const double share = larger > 0 ? static_cast<double>(apart) / static_cast<double>(larger) : 0;
    if (share <= worst) return;
    worst = share;
    evidence.value = share;
    evidence.n = statistics;
    evidence.failures = events;
    evaluation.checks.clear();
    const bool much = check(evaluation, "difference", share, kind.share, Side::above);
    const bool many = check(evaluation, "mails", static_cast<double>(apart),
                            static_cast<double>(kind.minimum), Side::above);
    evaluation.outcome = much && many ? Outcome::bad : Outcome::good;
  };
  compare(compared->statistics[Metric::processed], compared->events[Metric::processed]);
  compare(compared->statistics.outcomes(), compared->events.outcomes());
  return evaluation;
}

Evaluation evaluateRule(const StreamSettings&, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  evaluation.evidence.source = Source::events;
  const auto seen = context.facts.streamSettings(subject.account);
  if (!seen) return evaluation;
  evaluation.evidence.error = seen->wrong;
  evaluation.outcome = seen->wrong.empty() ? Outcome::good : Outcome::bad;
  return evaluation;
}

Evaluation evaluateRule(const AccountSuspended&, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  evaluation.evidence.source = Source::events;
  const auto status = context.facts.accountStatus(subject.account);
  if (!status) return evaluation;
  evaluation.evidence.error = *status;
  evaluation.outcome = status->empty() ? Outcome::good : Outcome::bad;
  return evaluation;
}

}  // namespace arrivald::rules
