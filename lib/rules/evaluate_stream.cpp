// Rule kinds about the event stream, or about facts known from it.
#include <algorithm>
#include <cmath>

#include "rules/evaluate_rule.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;
using delivery::Metric;

}  // namespace

Evaluation evaluateRule(const StreamSilent& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  auto& evidence = evaluation.evidence.emplace<StreamSilenceEvidence>();
  evidence.limit = kind.quiet;
  std::optional<Reading> stream;
  for (const Reading& reading : context.facts.readings(subject.account))
    if (reading.source == Source::events) stream = reading;
  if (!stream) {  // no event stream is configured
    evaluation.outcome = Outcome::good;
    return evaluation;
  }
  evidence.quiet = std::max(Duration{0}, context.now - stream->lastSuccess.value_or(stream->since));
  evidence.error = stream->error;
  // Batches come and are refused: that needs neither a long silence nor the statistics' word.
  if (!evidence.error.empty()) {
    evidence.refused = stream->refused;
    if (!stream->lastSuccess && stream->earlierSuccess)
      evidence.quiet = std::max(evidence.quiet, context.now - *stream->earlierSuccess);
    evaluation.checks.push_back({"refused", 1, 1, true, true});
    evaluation.outcome = Outcome::bad;
    return evaluation;
  }
  const bool open = context.alert != nullptr && active(context.alert->state);
  if (!check(evaluation, "quiet", inSeconds(evidence.quiet), inSeconds(kind.quiet), Side::above)) {
    // A start heard nothing yet: that does not show that events arrive again.
    evaluation.outcome = open && !stream->lastSuccess ? Outcome::unknown : Outcome::good;
    return evaluation;
  }
  if (open && !stream->lastSuccess)
    evidence.quiet = std::max(evidence.quiet, context.now - context.alert->beganAt);
  if (const auto unheard = context.facts.unheard(subject.account, context.now)) {
    evidence.outcomes = *unheard;
  } else {
    const Sum sum = context.facts.sum(subject, kind.quiet, context.now, Basis::statistics);
    if (!sum.knows(delivery::kOutcomeMetrics)) return evaluation;
    evidence.outcomes = std::max<std::int64_t>(0, sum.counts.outcomes());
  }
  evaluation.outcome = check(evaluation, "outcomes", static_cast<double>(evidence.outcomes),
                             static_cast<double>(kind.minOutcomes), Side::above)
                           ? Outcome::bad
                           : Outcome::between;
  // Told is all that went by since the last event, not what suffices to be sure.
  const Sum meanwhile = context.facts.sum(subject, evidence.quiet, context.now, Basis::statistics);
  if (meanwhile.knows(delivery::kOutcomeMetrics))
    evidence.outcomes = std::max(evidence.outcomes, meanwhile.counts.outcomes());
  return evaluation;
}

// The mail that is on its way when the stretch begins is as much as that at its end.
bool answeredByStatistics(const delivery::Subject& subject, const EvaluationContext& context, double waiting,
                          Duration stretch) {
  constexpr Duration kShortest = std::chrono::minutes(3);
  constexpr std::int64_t kFew = 3;
  const Duration shown = stretch - context.facts.statisticsBehind(subject.account, context.now);
  if (shown < std::min(kShortest, stretch)) return false;
  const Sum sum = context.facts.sum(subject, shown, context.now, Basis::statistics);
  if (!sum.knows(metricsOf(Input::queue))) return false;
  const std::int64_t asked = sum.counts[Metric::requests] - sum.counts.dropped();
  return asked >= kFew &&
         static_cast<double>(asked - sum.counts.outcomes()) <= waiting / 2 * static_cast<double>(asked);
}

namespace {

// Where the outcome of one mail in ten usually takes longer than `after`, a message is overdue only well
// after that. Of a group whose own lag is unknown, that of the account counts; of an account that nothing is
// known of, twice `after`.
Duration overdueAfter(const Overdue& kind, const delivery::Subject& subject,
                      const EvaluationContext& context) {
  auto lag = context.facts.outcomeLag(subject);
  if (!lag) lag = context.facts.outcomeLag({subject.account, delivery::Dimension::account, ""});
  // What is told in lumps is known that much later.
  constexpr Duration kAtOnce = std::chrono::minutes(1);
  const Duration lump = context.facts.outcomeDelay(subject.account);
  const Duration after = kind.after + (lump > kAtOnce ? lump : Duration{0});
  return lag ? std::max(after, *lag * 5 / 4) : 2 * kind.after;
}

// The share that is overdue while all is well.
double usuallyOverdue(const Overdue& kind, Duration after, const StreamFacts::Waiting& waiting) {
  constexpr double kBeyondLag = 0.25;
  return std::max(after > kind.after ? kBeyondLag : kind.usualShare, waiting.usualShare.value_or(0));
}

// Whether fresh statistics show outcomes of the mail of which the stream shows none: then the stream is late,
// not the mail. Both ends of a stretch have some mail in flight, so that the stretches tried must agree.
bool overdueAnswered(const delivery::Subject& subject, const EvaluationContext& context, std::int64_t overdue,
                     Duration stretch) {
  constexpr double kNearlyAll = 0.95;  // of what the stream tells of has been counted by the statistics
  const delivery::Subject whole{subject.account, delivery::Dimension::account, ""};
  for (const int times : {1, 2, 4}) {
    const Sum counted = context.facts.sum(whole, times * stretch, context.now, Basis::statistics);
    const Sum streamed = context.facts.sum(whole, times * stretch, context.now, Basis::events);
    if (!counted.knows(metricsOf(Input::queue)) || !streamed.known) return times > 1;
    const std::int64_t asked = counted.counts[Metric::requests] - counted.counts.dropped();
    const auto told = static_cast<double>(streamed.counts[Metric::processed]);
    if (told <= 0 || static_cast<double>(asked) < kNearlyAll * told) return false;
    if (2 * (asked - counted.counts.outcomes()) >= overdue) return false;
  }
  return true;
}

constexpr double kOrdinary = 0.01;  // a chance above this is nothing unusual

// An alert about overdue mail is over once that mail has had an outcome: later mail that is on time says
// nothing of it. Where it has been in flight for so long that it is no longer known, nobody can tell.
void judgeAlerted(const Overdue& kind, const delivery::Subject& subject, const EvaluationContext& context,
                  Evaluation& evaluation) {
  constexpr Duration kForgotten = std::chrono::hours(73);
  constexpr Duration kByMinutes = std::chrono::hours(5);
  constexpr Duration kHour = std::chrono::hours(1);
  const auto* worst = std::get_if<OverdueEvidence>(&context.alert->worst);
  if (worst == nullptr) return;
  const Instant from = context.alert->startedAt - worst->after - worst->window;
  const Instant until = context.alert->lastBad - worst->after;
  if (context.now - from >= kForgotten) {
    evaluation.outcome = Outcome::tooLittle;
    return;
  }
  // What was sent earlier is known by the hour.
  const Duration blurred = context.now - from > kByMinutes ? kHour : Duration{0};
  const Duration after = std::max(Duration{0}, context.now - until - blurred);
  const auto left = context.facts.waiting(subject, after, context.now - from - after, context.now);
  if (!left) {
    evaluation.outcome = Outcome::unknown;
    return;
  }
  const Sum sent = context.facts.sum(subject, until - from, until, Basis::events);
  const std::int64_t n =
      std::max(left->overdue, sent.known ? sent.counts[Metric::processed] : worst->processed);
  const double chance =
      n > 0 ? binomialAtLeast(left->overdue, n, usuallyOverdue(kind, worst->after, *left)) : 1;
  if (left->overdue < kind.minOverdue || (2 * left->overdue <= worst->overdue && chance > kOrdinary)) return;
  evaluation.outcome = Outcome::between;
  evaluation.evidence = OverdueEvidence{.overdue = left->overdue,
                                        .processed = n,
                                        .oldest = left->oldest,
                                        .after = worst->after,
                                        .chance = chance,
                                        .window = until - from};
}

}  // namespace

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
  const Duration after = overdueAfter(kind, subject, context);
  bool shown = false;
  for (const Duration whole : windows) {
    const Duration window = context.within(whole, context.now - after);
    if (window <= Duration{0}) continue;
    const auto waiting = context.facts.waiting(subject, after, window, context.now);
    if (!waiting) return evaluation;
    const Sum all = context.facts.sum(subject, after + window, context.now, Basis::events);
    const Sum young = context.facts.sum(subject, after, context.now, Basis::events);
    if (!all.known) continue;
    const auto processed = all.counts[Metric::processed] - young.counts[Metric::processed];
    const auto n = std::max(processed, waiting->overdue);
    const double chance =
        n > 0 ? binomialAtLeast(waiting->overdue, n, usuallyOverdue(kind, after, *waiting)) : 1;
    const bool bad = waiting->overdue >= kind.minOverdue && chance < kind.alpha;
    if (shown && (evaluation.outcome == Outcome::bad || !bad)) continue;
    shown = true;
    evaluation.evidence = OverdueEvidence{.overdue = waiting->overdue,
                                          .processed = n,
                                          .oldest = waiting->oldest,
                                          .after = after,
                                          .chance = chance,
                                          .window = window};
    evaluation.checks.clear();
    check(evaluation, "overdue", static_cast<double>(waiting->overdue), static_cast<double>(kind.minOverdue),
          Side::above);
    check(evaluation, "chance", chance, kind.alpha, Side::below);
    if (bad && overdueAnswered(subject, context, waiting->overdue, after + window)) {
      evaluation.outcome = Outcome::unknown;
      return evaluation;
    }
    const bool ordinary = chance > kOrdinary || waiting->overdue < kind.minOverdue;
    evaluation.outcome = bad && !drains ? Outcome::bad : ordinary ? Outcome::good : Outcome::between;
  }
  if (context.alert != nullptr && evaluation.outcome == Outcome::good)
    judgeAlerted(kind, subject, context, evaluation);
  return evaluation;
}

Evaluation evaluateRule(const FirstBlock& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  auto& evidence = evaluation.evidence.emplace<FirstBlockEvidence>();
  evidence.window = kind.within;
  const Sum lately = context.facts.sum(subject, kind.within, context.now);
  const auto listed = context.facts.listedBlocks(subject, kind.within, context.now);
  evidence.basis = lately.basis;
  const bool knows = lately.knows(metricsOf(Input::blockRate));
  if (!knows && !listed) return evaluation;
  if (knows) {
    evidence.outcomes = lately.counts.outcomes();
    evidence.blocks = lately.counts[Metric::blocks];
  }
  // One mail is in both: they are not added.
  if (listed && listed->lately > evidence.blocks) {
    evidence.blocks = listed->lately;
    evidence.outcomes = 0;
  }
  evidence.minMails = kind.minBlocks;
  if (!check(evaluation, "blocks", static_cast<double>(evidence.blocks),
             static_cast<double>(evidence.minMails), Side::above)) {
    evaluation.outcome = Outcome::good;
    return evaluation;
  }
  // The past is read day by day, so that one unknown day does not make all of it unknown.
  delivery::Counts past;
  constexpr Duration kDay = std::chrono::hours(24);
  const auto days = static_cast<int>(kind.past / kDay);
  for (const Sum& day : context.facts.series(subject, kDay, days, context.now - kind.within, lately.basis))
    past += day.counts;
  const bool took = kind.minDelivered > 0
                        ? check(evaluation, "delivered before", static_cast<double>(past[Metric::delivered]),
                                static_cast<double>(kind.minDelivered), Side::above)
                        : listed.has_value();
  const auto blocks = std::max(past[Metric::blocks], std::int64_t{listed && listed->before ? 1 : 0});
  const bool never = check(evaluation, "blocks before", static_cast<double>(blocks), 0, Side::below);
  evaluation.outcome = took && never ? Outcome::bad : took ? Outcome::good : Outcome::tooLittle;
  return evaluation;
}

namespace {

// From how many replies on the rule fires. Where such replies come now and then, one more is no news: they
// come in lumps, so that half as many again are taken for usual. An alert goes on by the limit that it began
// with.
std::int64_t repliesToFire(const CauseSeen& kind, const delivery::Subject& subject,
                           const EvaluationContext& context) {
  constexpr double kLumps = 1.5;
  constexpr double kChance = 0.001;
  if (context.alert != nullptr)
    if (const auto* begun = std::get_if<CauseEvidence>(&context.alert->evidence))
      return std::max(kind.minMails, begun->minMails);
  const auto usual = context.facts.usuallyListed(subject, kind.causes, kind.window, context.now);
  if (!usual) return kind.minMails;
  constexpr double kMany = 1e6;
  const double mean = std::min(kLumps * *usual, kMany);
  auto replies = std::max(kind.minMails, static_cast<std::int64_t>(mean));
  while (1 - poissonAtMost(replies - 1, mean) > kChance) ++replies;
  return replies;
}

// Whether the lists, which tell what is usual, are about to be read for the first time. What only people can
// mend is not waited for, nor longer than a day.
bool awaitsLists(const delivery::Subject& subject, const EvaluationContext& context) {
  constexpr Duration kLongest = std::chrono::hours(24);
  const auto readings = context.facts.readings(subject.account);
  return std::ranges::any_of(readings, [&](const Reading& one) {
    return one.source == Source::lists && !one.lastSuccess && one.party != Party::configuration &&
           context.now - one.since < kLongest;
  });
}

}  // namespace

Evaluation evaluateRule(const CauseSeen& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  auto& evidence = evaluation.evidence.emplace<CauseEvidence>();
  evidence.window = kind.window;
  evidence.causes = kind.causes;
  evidence.minMails = repliesToFire(kind, subject, context);
  const auto streamed = context.facts.causeCount(subject, kind.causes, kind.window, context.now);
  const auto listed = context.facts.listedCauses(subject, kind.causes, kind.window, context.now);
  if (!streamed && !listed) return evaluation;
  const bool isOpen = context.alert != nullptr && active(context.alert->state);
  if (!listed && !isOpen && awaitsLists(subject, context)) return evaluation;
  evidence.replies = std::max(streamed.value_or(0), listed.value_or(0));
  evaluation.outcome = check(evaluation, "replies", static_cast<double>(evidence.replies),
                             static_cast<double>(evidence.minMails), Side::above)
                           ? Outcome::bad
                           : Outcome::good;
  return evaluation;
}

namespace {

// The alert's evidence where it found that the account's days begin at another hour.
const DifferenceEvidence* otherZone(const EvaluationContext& context) {
  if (context.alert == nullptr || !active(context.alert->state)) return nullptr;
  const auto* evidence = std::get_if<DifferenceEvidence>(&context.alert->evidence);
  return evidence != nullptr && evidence->lacking == LackingPart::dayBoundary ? evidence : nullptr;
}

}  // namespace

Evaluation evaluateRule(const StreamDiffers& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  // What is lacking at present needs no closed day.
  if (const auto lacking = context.facts.lacking(subject.account, context.now)) {
    evaluation.evidence =
        DifferenceEvidence{lacking->statistics, lacking->events, kind.share, lacking->part, lacking->zone};
    check(evaluation, name(lacking->part), static_cast<double>(lacking->statistics),
          static_cast<double>(lacking->events), Side::above);
    evaluation.outcome = Outcome::bad;
    return evaluation;
  }
  const auto compared = context.facts.dayCompared(subject.account, context.now);
  if (!compared) {
    // That nothing is missing any more needs no closed day either.
    const bool open = context.alert != nullptr && active(context.alert->state);
    if (open && context.facts.caughtUp(subject.account, context.now)) evaluation.outcome = Outcome::good;
    return evaluation;
  }
  const DifferenceEvidence processed{compared->statistics[Metric::processed],
                                     compared->events[Metric::processed], kind.share};
  const DifferenceEvidence outcomes{compared->statistics.outcomeEvents(), compared->events.outcomeEvents(),
                                    kind.share};
  const DifferenceEvidence& worst = outcomes.share() > processed.share() ? outcomes : processed;
  evaluation.evidence = worst;
  const bool much = check(evaluation, "difference", worst.share(), kind.share, Side::above);
  const bool many = check(evaluation, "mails", std::abs(static_cast<double>(worst.statistics - worst.events)),
                          static_cast<double>(kind.minMails), Side::above);
  evaluation.outcome = much && many ? Outcome::bad : Outcome::good;
  // Quiet days fit every zone: what busier ones showed stands until such a day agrees.
  if (const auto* zone = otherZone(context)) {
    constexpr std::int64_t kEnoughMail = 100;
    const bool quiet = std::max(processed.statistics, processed.events) < kEnoughMail;
    if (quiet) evaluation.outcome = Outcome::between;
    if (quiet || evaluation.outcome == Outcome::bad) evaluation.evidence = *zone;
  }
  return evaluation;
}

bool stoodStill(const delivery::Subject& subject, const EvaluationContext& context) {
  const auto moved = context.facts.lastMoved(subject);
  if (!moved.anything()) return false;
  if (context.facts.alive(subject.account, context.now)) {
    constexpr Duration kLeast = std::chrono::minutes(1);
    const Duration quiet = std::max(kLeast, context.now - *moved.anything());
    const Sum mail = context.facts.sum(subject, quiet, context.now, Basis::events);
    return mail.known && mail.counts[Metric::processed] > 0;
  }
  // Outcomes of the last mails follow the last requests, where there were enough of them.
  return moved.requests && moved.outcomes && *moved.outcomes <= *moved.requests;
}

namespace {

// Before a week is known: the requests that came at this time of the days that had gone like today until
// then, the least of them; nothing if there were fewer than two. A day off does not go like a working day.
std::optional<double> expectedByDaysBefore(const delivery::Subject& subject, const EvaluationContext& context,
                                           Instant last) {
  constexpr Duration kDay = std::chrono::hours(24);
  constexpr std::int64_t kEnough = 50;
  const auto midnight = context.facts.midnight(subject, last);
  const auto known = context.facts.knownSince(subject);
  if (!midnight || !known) return std::nullopt;
  const auto requests = [&](Instant from, Instant to) -> std::optional<std::int64_t> {
    if (from >= to) return std::nullopt;
    const Sum sum = context.facts.sum(subject, to - from, to, Basis::statistics);
    if (!sum.knows({Metric::requests})) return std::nullopt;
    return sum.counts[Metric::requests];
  };
  int days = 0;
  std::int64_t least = 0;
  for (int ago = 1; ago < 7; ++ago) {
    const Duration back = ago * kDay;
    // The first day is known from the first answer on.
    const Instant from = std::max(*midnight - back, *known);
    const auto until = requests(from, last - back);
    const auto today = requests(from + back, last);
    const auto meanwhile = requests(last - back, context.now - back);
    if (!until || !today || !meanwhile || *today < kEnough) continue;
    if (*until > 2 * *today || *today > 2 * *until) continue;
    least = days++ == 0 ? *meanwhile : std::min(least, *meanwhile);
  }
  return days < 2 ? std::nullopt : std::optional(static_cast<double>(least));
}

}  // namespace

Evaluation evaluateRule(const StatisticsStill& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  auto& evidence = evaluation.evidence.emplace<StandstillEvidence>();
  auto last = context.facts.lastMoved(subject).anything();
  // They may have stood still from the first answer on.
  if (!last) last = context.facts.knownSince(subject);
  if (!last) return evaluation;
  evidence.quiet = std::max(Duration{0}, context.now - *last);
  evidence.limit = std::max(kind.minQuiet, 3 * context.facts.updateInterval(subject).value_or(Duration{0}));
  const Sum sum = context.facts.sum(subject, kind.minQuiet, context.now, Basis::statistics);
  if (!sum.knows(delivery::kOutcomeMetrics | delivery::Metrics{Metric::requests})) return evaluation;
  evaluation.outcome = Outcome::good;
  if (!check(evaluation, "quiet", inSeconds(evidence.quiet), inSeconds(evidence.limit), Side::above))
    return evaluation;
  if (context.facts.alive(subject.account, context.now)) {
    // Mail of the last minutes may not be in the statistics yet.
    const Instant shown = context.now - evidence.limit;
    const Sum mail = context.facts.sum(subject, std::max(Duration(1), shown - *last), shown, Basis::events);
    if (!mail.known) {
      evaluation.outcome = Outcome::unknown;
      return evaluation;
    }
    if (check(evaluation, "mails meanwhile", static_cast<double>(mail.counts[Metric::processed]),
              static_cast<double>(kind.minMails), Side::above))
      evaluation.outcome = Outcome::bad;
    // What is told is all that has gone by.
    const Sum all = context.facts.sum(subject, context.now - *last, context.now, Basis::events);
    evidence.mails = (all.known ? all : mail).counts[Metric::processed];
    return evaluation;
  }
  const auto expected = context.facts.expectedRequests(subject, *last, context.now);
  evaluation.outcome = Outcome::between;
  if (!stoodStill(subject, context)) return evaluation;
  if (!expected) {
    constexpr double kShape = 4;  // days differ
    const auto least = expectedByDaysBefore(subject, context, *last);
    if (!least) return evaluation;
    evidence.expected = least;
    if (check(evaluation, "chance", chanceOfNone(*least, kShape), kind.alpha, Side::below))
      evaluation.outcome = Outcome::bad;
    return evaluation;
  }
  evidence.expected = expected->mean;
  const double off = std::clamp(expected->offChance, 0.0, 1.0);
  const double chance = (1 - off) * chanceOfNone(expected->mean, expected->shape) +
                        off * chanceOfNone(expected->offMean, expected->shape);
  if (check(evaluation, "chance", chance, kind.alpha, Side::below)) evaluation.outcome = Outcome::bad;
  return evaluation;
}

Evaluation evaluateRule(const StreamSettings&, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  const auto seen = context.facts.streamSettings(subject.account);
  if (!seen) return evaluation;
  evaluation.evidence = SettingsEvidence{seen->wrong};
  evaluation.outcome = seen->wrong.empty() ? Outcome::good : Outcome::bad;
  return evaluation;
}

Evaluation evaluateRule(const AccountSuspended&, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  const auto status = context.facts.accountStatus(subject.account);
  if (!status) return evaluation;
  const StatusEvidence evidence{*status};
  // What another status means is not known: it is worth a look, and stops nothing.
  if (!evidence.stopped()) evaluation.severity = std::min(rule.severity, Severity::warning);
  evaluation.evidence = evidence;
  evaluation.outcome = status->empty() ? Outcome::good : Outcome::bad;
  return evaluation;
}

}  // namespace arrivald::rules
