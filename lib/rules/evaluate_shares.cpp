// Rule kinds about a share of bad mail: rate threshold, burn rate, slow drift.
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "rules/evaluate_rule.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;

// Days over which the usual share is learned, and the largest factor by which it raises a threshold.
constexpr int kUsualDays = 14;
constexpr double kMaxRaised = 4;
constexpr double kRaisedUnknown = 3;
constexpr double kMaxTimesUsual = 1.5;
// While it has not been learned, longer windows with enough mail are judged by what was usual before them, or
// else by a threshold that is raised less than that of the rule's own windows.
constexpr std::array<Duration, 2> kWhileLearning{std::chrono::hours(4), std::chrono::hours(8)};
constexpr std::int64_t kMailsWhileLearning = 100;
constexpr std::int64_t kFailuresWhileLearning = 10;
constexpr double kRaisedWhileLearning = 2;
// Of the mildest limit: a share no worse than this is back to normal.
constexpr double kRecovered = 0.75;
// Of the failures among the last mails, at the threshold.
constexpr double kAlphaOfLastMails = 1e-4;
constexpr Duration kDay = std::chrono::hours(24);

// A window's share with its lower confidence bound.
struct Seen {
  Duration window{0};
  bool known = false;
  BadMail mails;
  BadShare share = {};
  BadShare bound = {};  // the lower Wilson bound
  Basis basis = Basis::statistics;
  bool ofLastMails = false;
  // Of the windows while learning: what is judged by instead of the rule's limits.
  std::optional<BadShare> limit = {};
  std::optional<BadShare> usual = {};
};

// Failures beyond the cap are taken out of the mail altogether.
BadMail capped(BadMail mails, std::int64_t beyond) {
  const std::int64_t taken = std::clamp<std::int64_t>(beyond, 0, mails.bad);
  return {mails.bad - taken, mails.total - taken};
}

Seen see(const delivery::Subject& subject, const EvaluationContext& context, Input input, Duration window,
         double z, double cluster, const std::optional<ClusterCap>& cap = std::nullopt) {
  window = context.within(window);
  const Sum sum = context.facts.sum(subject, window, context.now);
  Seen seen{.window = window,
            .known = sum.knows(metricsOf(input)),
            .mails = badMail(input, sum.counts),
            .basis = sum.basis};
  if (cap && sum.basis == Basis::events)
    seen.mails = capped(
        seen.mails, context.facts.failuresBeyond(subject, cap->failures, window, context.now).value_or(0));
  if (const auto share = seen.mails.share()) {
    const double together = std::max(1.0, cluster);
    seen.share = *share;
    seen.bound = BadShare(wilsonLower(static_cast<double>(seen.mails.bad) / together,
                                      static_cast<double>(seen.mails.total) / together, z));
  }
  return seen;
}

// Whether a window's share is surely below `share`: its upper Wilson bound is.
bool excludes(const Seen& seen, BadShare share, double z, double cluster) {
  if (!seen.known || seen.mails.total <= 0) return false;
  const double together = std::max(1.0, cluster);
  const double good = wilsonLower(static_cast<double>(seen.mails.total - seen.mails.bad) / together,
                                  static_cast<double>(seen.mails.total) / together, z);
  return BadShare::missingTo(good) < share;
}

// Whether a window holds enough mail for a threshold: at the threshold itself at least one bad mail is
// expected.
bool speaks(const Seen& seen, BadShare threshold, std::int64_t minVolume) {
  return seen.known && seen.mails.total >= minVolume &&
         (seen.ofLastMails || static_cast<double>(seen.mails.total) * threshold.value() >= 1);
}

std::optional<Duration> windowOfLastMails(const RateThreshold& kind, const delivery::Subject& subject,
                                          const EvaluationContext& context) {
  if (kind.lastMails <= 0) return std::nullopt;
  const auto window = context.facts.lastOutcomes(subject, kind.lastMails,
                                                 context.within(RateThreshold::kLongestOfMails), context.now);
  if (!window || (!kind.windows.empty() && *window <= std::ranges::max(kind.windows))) return std::nullopt;
  return window;
}

// How many standard errors a usual share is taken to be higher.
constexpr double kErrors = 2;

// The last full hour, so that the usual share changes once an hour and not at every evaluation.
Instant fullHour(Instant now) { return std::chrono::floor<std::chrono::hours>(now); }

// By when what is usual should be known: kUsualDays days with mail, of the time before the last `except`.
std::optional<Instant> learntBy(const delivery::Subject& subject, Duration except,
                                const EvaluationContext& context) {
  constexpr Duration kDaysOff = 2 * kDay;
  const auto since = context.facts.knownSince(subject);
  if (!since) return std::nullopt;
  const Instant by = *since + Facts::kUsualDays * kDay + kDaysOff + except;
  return by > context.now ? std::optional(by) : std::nullopt;
}

// What is usual is learned from the mail before `until` and before the alert, if there is one: what it is
// about must not become usual while it lasts, unless it lasts for as long as what is usual is learned from.
Instant learnedUntil(Instant until, const EvaluationContext& context) {
  if (context.alert == nullptr || context.now - context.alert->beganAt >= kUsualDays * kDay) return until;
  return std::min(until, fullHour(context.alert->beganAt));
}

// In the first week: the share of all mail so far but that of the last hours, which may be unusual. One day
// says little about the next, so it is taken to be half as high again, beside its error.
std::optional<BadShare> usualSoFar(Input input, const delivery::Subject& subject, Duration except,
                                   const EvaluationContext& context) {
  constexpr std::int64_t kEnough = 100;
  constexpr double kOfOneDay = 1.5;
  const auto since = context.facts.knownSince(subject);
  const Instant until = learnedUntil(fullHour(context.now) - except, context);
  if (!since || *since >= until) return std::nullopt;
  Sum sum = context.facts.sum(subject, until - *since, until, Basis::statistics);
  if (!sum.knows(metricsOf(input))) sum = context.facts.sum(subject, until - *since, until, Basis::events);
  const BadMail mails = badMail(input, sum.counts);
  if (mails.total < kEnough) return std::nullopt;
  const double share = mails.share()->value();
  const auto total = static_cast<double>(mails.total);
  return BadShare(kOfOneDay * share + kErrors * std::sqrt((share + 1 / total) / total));
}

// The limits of a rate threshold for one subject.
struct Limits {
  BadShare warning, critical, recovery;
  std::optional<BadShare> usual;
  bool learning = false;
  BadShare mildest() const { return std::min(warning, critical); }
};

Limits limitsOf(const RateThreshold& kind, const delivery::Subject& subject,
                const EvaluationContext& context) {
  constexpr Duration kUnusual = std::chrono::hours(2);
  // With one limit only, the other severity is never reached.
  constexpr BadShare kNever{2};
  Limits limits{kind.warning.value_or(kNever), kind.critical.value_or(kNever), {}, {}, false};
  if (kind.timesUsual && kind.warning) {
    const auto usual = context.facts.usualShare(subject, kind.input, kUsualDays,
                                                learnedUntil(fullHour(context.now) - kDay, context));
    limits.learning = !usual;
    limits.usual = usual ? usual->share + BadShare(kErrors * usual->error)
                         : usualSoFar(kind.input, subject, kUnusual, context);
    if (limits.usual)
      limits.warning =
          std::max({limits.warning, std::min(*limits.usual * *kind.timesUsual, limits.warning * kMaxRaised),
                    *limits.usual * kMaxTimesUsual});
    else
      limits.warning = limits.warning * kRaisedUnknown;
    if (kind.critical) limits.warning = std::min(limits.warning, limits.critical);
  }
  limits.recovery = kind.recovery.value_or(limits.mildest() * kRecovered);
  return limits;
}

void check(Evaluation& evaluation, std::string_view what, BadShare value, BadShare limit) {
  rules::check(evaluation, what, value.value(), limit.value(), Side::above);
}

void check(Evaluation& evaluation, std::string_view what, std::int64_t value, std::int64_t limit) {
  rules::check(evaluation, what, static_cast<double>(value), static_cast<double>(limit), Side::above);
}

// The rule's windows, from the shortest on, and that of the last mails.
std::vector<Seen> seeAll(const RateThreshold& kind, const delivery::Subject& subject,
                         const EvaluationContext& context) {
  std::vector<Duration> windows = kind.windows;
  std::ranges::sort(windows);
  const auto ofLastMails = windowOfLastMails(kind, subject, context);
  if (ofLastMails) windows.push_back(*ofLastMails);
  std::vector<Seen> seen;
  for (const Duration window : windows)
    seen.push_back(see(subject, context, kind.input, window, kind.z, kind.clusterSize, kind.cap));
  if (ofLastMails) seen.back().ofLastMails = true;
  return seen;
}

// Before the first of the windows while learning is over: all that is known, where a gap between reads hides
// what was in the rule's own windows.
std::optional<Duration> allSoFar(const RateThreshold& kind, const delivery::Subject& subject,
                                 const EvaluationContext& context) {
  const auto since = context.facts.knownSince(subject);
  if (!since || kind.windows.empty()) return std::nullopt;
  const Duration all = context.now - *since, longest = std::ranges::max(kind.windows);
  if (all <= longest || all >= kWhileLearning.front()) return std::nullopt;
  const Sum own = context.facts.sum(subject, longest, context.now);
  return own.knows(metricsOf(kind.input)) ? std::nullopt : std::optional(all);
}

// The windows while learning, each with its limit.
std::vector<Seen> seeWhileLearning(const RateThreshold& kind, const Limits& limits,
                                   const delivery::Subject& subject, const EvaluationContext& context) {
  std::vector<Seen> all;
  if (!limits.learning) return all;
  std::vector<Duration> windows(kWhileLearning.begin(), kWhileLearning.end());
  if (const auto soFar = allSoFar(kind, subject, context)) windows.insert(windows.begin(), *soFar);
  for (const Duration window : windows) {
    Seen seen = see(subject, context, kind.input, window, kind.z, kind.clusterSize, kind.cap);
    seen.usual = usualSoFar(kind.input, subject, window, context);
    const double raised = seen.usual ? kRaisedWhileLearning : kRaisedUnknown;
    seen.limit = std::min(limits.critical, std::max(*kind.warning * raised, seen.usual.value_or(BadShare())));
    all.push_back(seen);
  }
  return all;
}

// What an active alert saw when its condition last held: a recovery has to exclude it.
BadShare shareOfAlert(const RateThreshold& kind, const Limits& limits, const delivery::Subject& subject,
                      const EvaluationContext& context) {
  EvaluationContext then = context;
  then.now = context.alert->lastBad;
  then.from = Instant::min();
  std::vector<Seen> all = seeAll(kind, subject, then);
  std::ranges::copy(seeWhileLearning(kind, limits, subject, then), std::back_inserter(all));
  Seen worst;
  for (const Seen& seen : all)
    if (seen.known && seen.bound >= worst.bound) worst = seen;
  if (worst.mails.bad > 0) return worst.share;
  return badShare(context.alert->worst).value_or(BadShare(1));
}

// Of the windows, and of longer ones that begin after the alert did, one in which the share is back to normal
// and that has enough mail to exclude what the alert saw. No failure among a few mails says nothing.
std::optional<Seen> excludingWindow(const RateThreshold& kind, const std::vector<Seen>& windows,
                                    const Limits& limits, const delivery::Subject& subject,
                                    const EvaluationContext& context) {
  const BadShare alerted = shareOfAlert(kind, limits, subject, context);
  const auto recovered = [&](const Seen& seen) {
    return seen.share <= limits.recovery && excludes(seen, alerted, kind.z, kind.clusterSize);
  };
  for (const Seen& seen : windows)
    if (recovered(seen)) return seen;
  const Duration longest = std::min(context.now - context.alert->beganAt, RateThreshold::kLongestOfMails);
  Duration window = kind.windows.empty() ? Duration(std::chrono::hours(1)) : std::ranges::max(kind.windows);
  while ((window = window * 3 / 2) <= longest)
    if (const Seen seen = see(subject, context, kind.input, window, kind.z, kind.clusterSize, kind.cap);
        recovered(seen))
      return seen;
  return std::nullopt;
}

// Parts of windows that are all long: an alert would otherwise be open for a day after its last bad mail.
// Only an end is looked for in them.
std::vector<Seen> partsOfLongWindows(const RateThreshold& kind, const delivery::Subject& subject,
                                     const EvaluationContext& context) {
  constexpr Duration kLong = std::chrono::hours(6);
  std::vector<Seen> parts;
  if (context.alert == nullptr || kind.windows.empty()) return parts;
  const Duration shortest = std::ranges::min(kind.windows);
  if (shortest < kLong) return parts;
  for (const int part : {6, 3, 2})
    parts.push_back(see(subject, context, kind.input, shortest / part, kind.z, kind.clusterSize, kind.cap));
  return parts;
}

// Of the bad windows, the one with the clearest result.
std::optional<Seen> worstOf(const RateThreshold& kind, const std::vector<Seen>& windows,
                            const std::vector<Seen>& whileLearning, BadShare mildest) {
  std::optional<Seen> worst;
  const auto isBad = [&](const Seen& seen) {
    const BadShare limit = seen.limit.value_or(mildest);
    return seen.known && seen.mails.total >= kind.minVolume && seen.mails.bad >= kind.minFailures &&
           seen.bound > limit &&
           (!seen.ofLastMails ||
            binomialAtLeast(seen.mails.bad, seen.mails.total, limit.value()) < kAlphaOfLastMails);
  };
  for (const Seen& seen : windows)
    if (isBad(seen) && (!worst || seen.bound > worst->bound)) worst = seen;
  for (const Seen& seen : whileLearning)
    if (isBad(seen) && seen.mails.total >= kMailsWhileLearning && seen.mails.bad >= kFailuresWhileLearning &&
        (!worst || seen.bound > worst->bound))
      worst = seen;
  return worst;
}

}  // namespace

Evaluation evaluateRule(const RateThreshold& kind, const Rule&, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Limits limits = limitsOf(kind, subject, context);
  const BadShare mildest = limits.mildest();
  const std::vector<Seen> seen = seeAll(kind, subject, context);
  const std::vector<Seen> whileLearning = seeWhileLearning(kind, limits, subject, context);
  for (const Seen& s : whileLearning)
    if (s.known && !kind.recovery) limits.recovery = std::min(limits.recovery, *s.limit * kRecovered);

  // The shortest window with enough mail decides whether it is over: longer ones contain the past for too
  // long.
  std::vector<Seen> ending = partsOfLongWindows(kind, subject, context);
  std::ranges::copy(seen, std::back_inserter(ending));
  const auto latest =
      std::ranges::find_if(ending, [&](const Seen& s) { return speaks(s, mildest, kind.minVolume); });
  bool over = latest != ending.end() && latest->share <= limits.recovery;
  std::optional<Seen> recovered;
  if (over && context.alert != nullptr) {
    recovered = excludingWindow(kind, ending, limits, subject, context);
    over = recovered.has_value();
  }
  const std::optional<Seen> worst = worstOf(kind, seen, whileLearning, mildest);

  Evaluation evaluation;
  if (worst && !over) {
    evaluation.outcome = Outcome::bad;
    evaluation.severity = worst->bound > limits.critical ? Severity::critical : Severity::warning;
  } else if (over) {
    evaluation.outcome = Outcome::good;
  } else if (std::ranges::none_of(seen, &Seen::known)) {
    evaluation.outcome = Outcome::unknown;
  } else {
    evaluation.outcome = latest == ending.end() ? Outcome::tooLittle : Outcome::between;
  }
  if (seen.empty()) return evaluation;

  const Seen& shown = worst && !over           ? *worst
                      : recovered              ? *recovered
                      : latest != ending.end() ? *latest
                                               : seen.back();
  const BadShare threshold =
      evaluation.severity == Severity::critical ? limits.critical : shown.limit.value_or(mildest);
  auto configured = evaluation.severity == Severity::critical || !kind.warning ? kind.critical : kind.warning;
  if (configured == threshold) configured.reset();
  evaluation.evidence = RateEvidence{.input = kind.input,
                                     .mails = shown.mails,
                                     .bound = shown.bound,
                                     .threshold = threshold,
                                     .usual = shown.limit ? shown.usual : limits.usual,
                                     .window = shown.window,
                                     .basis = shown.basis,
                                     .configured = configured,
                                     .learning = configured && limits.learning};
  check(evaluation, "volume", shown.mails.total, shown.limit ? kMailsWhileLearning : kind.minVolume);
  check(evaluation, "failures", shown.mails.bad, shown.limit ? kFailuresWhileLearning : kind.minFailures);
  check(evaluation, "bound", shown.bound, threshold);
  if (latest != ending.end()) check(evaluation, "latest", latest->share, limits.recovery);
  if (limits.learning) evaluation.learningUntil = learntBy(subject, kDay, context);
  return evaluation;
}

Evaluation evaluateRule(const BurnRate& kind, const Rule&, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.outcome = Outcome::unknown;
  bool anyKnown = false;
  bool anyShort = false;
  bool allOver = true;
  for (const BurnRate::Pair& pair : kind.pairs) {
    const BadShare limit = std::min(BadShare(1), kind.budget * pair.factor);
    const Seen longer = see(subject, context, kind.input, pair.longWindow, kind.z, kind.clusterSize);
    const Seen shorter = see(subject, context, kind.input, pair.shortWindow, kind.z, kind.clusterSize);
    if (!longer.known || !shorter.known) continue;
    const bool first = !anyKnown;
    anyKnown = true;
    if (shorter.mails.total > 0) {
      anyShort = true;
      // One good mail does not end what the long window still shows.
      const bool shows = longer.share <= limit || excludes(shorter, longer.share, kind.z, kind.clusterSize);
      allOver = allOver && shorter.share <= limit * 0.75 && shows;
    }
    const bool bad = longer.mails.bad >= kind.minFailures && longer.bound > limit && shorter.share > limit;
    const bool graver = bad && (evaluation.outcome != Outcome::bad || pair.severity > evaluation.severity);
    if (!first && !graver) continue;
    if (bad) {
      evaluation.outcome = Outcome::bad;
      evaluation.severity = pair.severity;
    }
    evaluation.evidence = BurnEvidence{.input = kind.input,
                                       .mails = longer.mails,
                                       .bound = longer.bound,
                                       .threshold = limit,
                                       .window = longer.window,
                                       .basis = longer.basis};
    evaluation.checks.clear();
    check(evaluation, "failures", longer.mails.bad, kind.minFailures);
    check(evaluation, "bound", longer.bound, limit);
    check(evaluation, "latest", shorter.share, limit);
  }
  if (evaluation.outcome != Outcome::bad && anyKnown)
    evaluation.outcome = !anyShort ? Outcome::tooLittle : allOver ? Outcome::good : Outcome::between;
  return evaluation;
}

namespace {

// The CUSUM over the steps of the span.
struct Drift {
  double score = 0;
  BadMail mails;            // since the score last left 0
  Instant start{};          // when that was
  int known = 0;            // steps
  std::int64_t judged = 0;  // mails
};

constexpr double kIncidentZ = 2;

// Steps that are incidents of their own are left out; so is the mail of other steps that is not known.
// Steps begin at whole multiples since midnight UTC; the last one is incomplete. So the result depends on the
// mail and not on the minute of the evaluation.
Drift driftOf(const SlowDrift& kind, BadShare usual, BadShare risen, int steps,
              const delivery::Subject& subject, const EvaluationContext& context) {
  const double together = std::max(1.0, kind.clusterSize);
  const double up = std::log(risen.value() / usual.value()) / together;
  const double down = std::log(risen.good() / usual.good()) / together;
  const Instant grid{context.now.time_since_epoch() / kind.step * kind.step};
  std::vector<Sum> sums = context.facts.series(subject, kind.step, steps, grid);
  if (context.now > grid) sums.push_back(context.facts.sum(subject, context.now - grid, context.now));

  Drift drift;
  drift.start = context.now;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!sums[i].knows(metricsOf(kind.input))) continue;
    ++drift.known;
    const BadMail step = badMail(kind.input, sums[i].counts);
    if (wilsonLower(static_cast<double>(step.bad) / together, static_cast<double>(step.total) / together,
                    kIncidentZ) > kind.incident * risen.value())
      continue;
    drift.judged += step.total;
    if (drift.score == 0) {
      drift.mails = {};
      drift.start = grid - (steps - static_cast<int>(i)) * kind.step;
    }
    const double gain =
        static_cast<double>(step.bad) * up + static_cast<double>(step.total - step.bad) * down;
    // A single step must neither raise the alert alone nor keep it for days.
    drift.score = std::clamp(drift.score + std::min(gain, kind.limit * kind.maxGain), 0.0, kind.limit * 2);
    drift.mails += step;
    if (drift.score == 0) drift.mails = {};
  }
  return drift;
}

// What a mail adds to the score on average once the share has risen.
double gainOfRise(BadShare usual, BadShare risen) {
  return risen.value() * std::log(risen.value() / usual.value()) +
         risen.good() * std::log(risen.good() / usual.good());
}

}  // namespace

Evaluation evaluateRule(const SlowDrift& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  std::optional<BadShare> learned = kind.usual;
  if (!learned) {
    const auto past =
        context.facts.usualShare(subject, kind.input, std::max(1, static_cast<int>(kind.baseline / kDay)),
                                 learnedUntil(fullHour(context.now) - kind.span, context));
    if (past)
      learned = past->share + BadShare(kErrors * past->error);
    else
      evaluation.learningUntil = learntBy(subject, kind.span, context);
  }
  if (!learned || kind.step <= Duration{0}) return evaluation;

  const BadShare usual = std::clamp(*learned, std::max(kind.minUsual, BadShare(1e-6)), BadShare(0.5));
  const BadShare risen = std::min(BadShare(0.9), usual * kind.factor + kind.rise);
  const int steps = static_cast<int>(std::max<Duration::rep>(1, kind.span / kind.step));
  const Drift drift = driftOf(kind, usual, risen, steps, subject, context);
  evaluation.evidence =
      DriftEvidence{.input = kind.input,
                    .mails = drift.mails,
                    .usual = usual,
                    .threshold = risen,
                    .score = drift.score,
                    .window = drift.mails.total > 0 ? context.now - drift.start : kind.span};
  check(evaluation, "failures", drift.mails.bad, kind.minFailures);
  const bool enough = drift.mails.bad >= kind.minFailures;
  const bool drifted = rules::check(evaluation, "score", drift.score, kind.limit, Side::above);
  if (2 * drift.known < steps)
    evaluation.outcome = Outcome::unknown;
  else if (enough && drifted)
    evaluation.outcome = Outcome::bad;
  else if (static_cast<double>(drift.judged) * gainOfRise(usual, risen) < kind.limit * kind.clusterSize)
    evaluation.outcome = Outcome::tooLittle;  // even a drift would not show: nothing is over either
  else
    evaluation.outcome = drift.score <= kind.limit / 2 ? Outcome::good : Outcome::between;
  return evaluation;
}

}  // namespace arrivald::rules
