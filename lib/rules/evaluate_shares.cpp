// The kinds that look at a share of bad mail: rate threshold, burn rate, slow drift.
#include <algorithm>
#include <cmath>

#include "rules/evaluate_rule.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;

// What is usual is learned over so many days, and raises a threshold by at most this factor.
constexpr int kUsualDays = 14;
constexpr double kMaxRaised = 3;
constexpr Duration kDay = std::chrono::hours(24);

// A window's share, with the bound that chance leaves.
struct Seen {
  Duration window{0};
  bool known = false;
  Share share;
  double value = 0;  // bad / total
  double bound = 0;  // its lower Wilson bound
  Basis basis = Basis::statistics;
};

Share capped(Input input, const Sum& sum, const std::optional<ClusterCap>& cap) {
  Share share = shareOf(input, sum.counts);
  if (!cap || !sum.cappedFailures || input != Input::deliveryRate) return share;
  const std::int64_t taken = std::clamp<std::int64_t>(share.bad - *sum.cappedFailures, 0, share.bad);
  return {share.bad - taken, share.total - taken};
}

Seen see(const delivery::Subject& subject, const EvaluationContext& context, Input input, Duration window,
         double z, double cluster, const std::optional<ClusterCap>& cap = std::nullopt) {
  const Sum sum = context.facts.sum(subject, window, context.now);
  Seen seen{.window = window, .known = sum.known, .share = capped(input, sum, cap), .basis = sum.basis};
  if (seen.share.total > 0) {
    const auto bad = static_cast<double>(seen.share.bad);
    const auto total = static_cast<double>(seen.share.total);
    const double together = std::max(1.0, cluster);
    seen.value = bad / total;
    seen.bound = wilsonLower(bad / together, total / together, z);
  }
  return seen;
}

void put(Evidence& evidence, Input input, const Seen& seen, double threshold) {
  evidence.input = input;
  evidence.value = inOwnTerms(input, seen.value);
  evidence.threshold = inOwnTerms(input, threshold);
  evidence.bound = inOwnTerms(input, seen.bound);
  evidence.n = seen.share.total;
  evidence.failures = seen.share.bad;
  evidence.window = seen.window;
  evidence.basis = seen.basis;
}

// Whether a window holds enough mail for its share to speak of a threshold: one bad mail at least is to be
// expected at the threshold itself.
bool speaks(const Seen& seen, double threshold, std::int64_t minimumVolume) {
  return seen.known && seen.share.total >= minimumVolume &&
         static_cast<double>(seen.share.total) * threshold >= 1;
}

// The last full hour: what is usual is asked for once an hour, not at every look.
Instant fullHour(Instant now) { return std::chrono::floor<std::chrono::hours>(now); }

}  // namespace

Evaluation evaluateRule(const RateThreshold& kind, const Rule&, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  const auto bad = [&](double limit) { return inOwnTerms(kind.input, limit); };
  // With one limit only, the other severity is out of reach.
  double warning = kind.warning ? bad(*kind.warning) : 2;
  const double critical = kind.critical ? bad(*kind.critical) : 2;
  std::optional<double> usual;
  if (kind.timesUsual && kind.warning)
    usual = context.facts.usualShare(subject, kind.input, kUsualDays, fullHour(context.now) - kDay);
  if (usual) warning = std::max(warning, std::min(*usual * *kind.timesUsual, warning * kMaxRaised));
  const double mildest = std::min(warning, critical);
  const double recovery = kind.recovery ? bad(*kind.recovery) : mildest * 0.75;

  std::vector<Duration> windows = kind.windows;
  std::ranges::sort(windows);
  std::vector<Seen> seen;
  for (const Duration window : windows)
    seen.push_back(see(subject, context, kind.input, window, kind.z, kind.clusterSize, kind.cap));

  // The shortest window with enough mail says whether it is over: longer ones remember the past for too long.
  const auto latest =
      std::ranges::find_if(seen, [&](const Seen& s) { return speaks(s, mildest, kind.minimumVolume); });
  const bool over = latest != seen.end() && latest->value <= recovery;

  // Of the windows that are bad, the one that shows it most plainly.
  const Seen* worst = nullptr;
  for (const Seen& s : seen)
    if (s.known && s.share.total >= kind.minimumVolume && s.share.bad >= kind.minimumFailures &&
        s.bound > mildest && (worst == nullptr || s.bound > worst->bound))
      worst = &s;

  Evaluation evaluation;
  if (worst != nullptr && !over) {
    evaluation.outcome = Outcome::bad;
    evaluation.severity = worst->bound > critical ? Severity::critical : Severity::warning;
  } else if (over) {
    evaluation.outcome = Outcome::good;
  } else if (std::ranges::none_of(seen, &Seen::known)) {
    evaluation.outcome = Outcome::unknown;
  } else {
    evaluation.outcome = latest == seen.end() ? Outcome::tooLittle : Outcome::between;
  }
  if (seen.empty()) return evaluation;

  const Seen& shown = worst != nullptr && !over ? *worst : latest != seen.end() ? *latest : seen.back();
  const double threshold = evaluation.severity == Severity::critical ? critical : mildest;
  put(evaluation.evidence, kind.input, shown, threshold);
  if (usual) evaluation.evidence.usual = inOwnTerms(kind.input, *usual);
  check(evaluation, "volume", static_cast<double>(shown.share.total), static_cast<double>(kind.minimumVolume),
        Side::above);
  check(evaluation, "failures", static_cast<double>(shown.share.bad),
        static_cast<double>(kind.minimumFailures), Side::above);
  check(evaluation, "bound", shown.bound, threshold, Side::above);
  if (latest != seen.end()) check(evaluation, "latest", latest->value, recovery, Side::above);
  return evaluation;
}

Evaluation evaluateRule(const BurnRate& kind, const Rule&, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  const double budget = std::clamp(1 - kind.objective, 0.0, 1.0);
  Evaluation evaluation;
  evaluation.outcome = Outcome::unknown;
  bool anyKnown = false;
  bool anyShort = false;
  bool allOver = true;
  for (const BurnRate::Pair& pair : kind.pairs) {
    const double limit = std::min(1.0, budget * pair.factor);
    const Seen longer = see(subject, context, kind.input, pair.longWindow, kind.z, kind.clusterSize);
    const Seen shorter = see(subject, context, kind.input, pair.shortWindow, kind.z, kind.clusterSize);
    if (!longer.known || !shorter.known) continue;
    anyKnown = true;
    if (shorter.share.total > 0) {
      anyShort = true;
      allOver = allOver && shorter.value <= limit * 0.75;
    }
    const bool bad =
        longer.share.bad >= kind.minimumFailures && longer.bound > limit && shorter.value > limit;
    const bool first = evaluation.evidence.window == Duration{0};
    const bool graver = bad && (evaluation.outcome != Outcome::bad || pair.severity > evaluation.severity);
    if (!first && !graver) continue;
    if (bad) {
      evaluation.outcome = Outcome::bad;
      evaluation.severity = pair.severity;
    }
    put(evaluation.evidence, kind.input, longer, limit);
    evaluation.checks.clear();
    check(evaluation, "failures", static_cast<double>(longer.share.bad),
          static_cast<double>(kind.minimumFailures), Side::above);
    check(evaluation, "bound", longer.bound, limit, Side::above);
    check(evaluation, "latest", shorter.value, limit, Side::above);
  }
  if (evaluation.outcome != Outcome::bad && anyKnown)
    evaluation.outcome = !anyShort ? Outcome::tooLittle : allOver ? Outcome::good : Outcome::between;
  return evaluation;
}

Evaluation evaluateRule(const SlowDrift& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  evaluation.evidence.input = kind.input;
  const std::optional<double> usual =
      kind.usual
          ? kind.usual
          : context.facts.usualShare(subject, kind.input, std::max(1, static_cast<int>(kind.baseline / kDay)),
                                     fullHour(context.now) - kind.span);
  if (!usual || kind.step <= Duration{0}) return evaluation;

  const double p0 = std::clamp(*usual, std::max(kind.smallest, 1e-6), 0.5);
  const double p1 = std::min(0.9, p0 * kind.factor + kind.rise);
  const double together = std::max(1.0, kind.clusterSize);
  const double up = std::log(p1 / p0) / together;
  const double down = std::log((1 - p1) / (1 - p0)) / together;

  // Whole steps since midnight UTC, and the one that is not over yet: so a look's answer changes with the
  // mail, not with where the minutes happen to cut.
  const Instant grid{context.now.time_since_epoch() / kind.step * kind.step};
  const int steps = static_cast<int>(std::max<Duration::rep>(1, kind.span / kind.step));
  std::vector<Sum> sums = context.facts.series(subject, kind.step, steps, grid);
  if (context.now > grid) sums.push_back(context.facts.sum(subject, context.now - grid, context.now));

  double s = 0;
  int known = 0;
  Share share;
  Instant start = context.now;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!sums[i].known) continue;
    ++known;
    const Share step = shareOf(kind.input, sums[i].counts);
    if (s == 0) {
      share = {};
      start = grid - (steps - static_cast<int>(i)) * kind.step;
    }
    const double gain =
        static_cast<double>(step.bad) * up + static_cast<double>(step.total - step.bad) * down;
    // No single step may carry the alert, and none may keep it for days.
    s = std::clamp(s + std::min(gain, kind.limit * kind.maxGain), 0.0, kind.limit * 2);
    share.bad += step.bad;
    share.total += step.total;
    if (s == 0) share = {};
  }

  Evidence& evidence = evaluation.evidence;
  evidence.n = share.total;
  evidence.failures = share.bad;
  const double value =
      share.total > 0 ? static_cast<double>(share.bad) / static_cast<double>(share.total) : p0;
  evidence.value = inOwnTerms(kind.input, value);
  evidence.usual = inOwnTerms(kind.input, p0);
  evidence.threshold = inOwnTerms(kind.input, p1);
  evidence.window = share.total > 0 ? context.now - start : kind.span;
  evidence.score = s;
  const bool enough = check(evaluation, "failures", static_cast<double>(share.bad),
                            static_cast<double>(kind.minimumFailures), Side::above);
  const bool drifted = check(evaluation, "score", s, kind.limit, Side::above);
  if (2 * known < steps)
    evaluation.outcome = Outcome::unknown;
  else if (enough && drifted)
    evaluation.outcome = Outcome::bad;
  else
    evaluation.outcome = s <= kind.limit / 2 ? Outcome::good : Outcome::between;
  return evaluation;
}

}  // namespace arrivald::rules
