// When the trouble that an evaluation saw began: the change point of its numbers.
#include <algorithm>
#include <cmath>

#include "base/overloaded.hpp"
#include "rules/evaluate_rule.hpp"

namespace arrivald::rules {
namespace {

constexpr Duration kFinest = std::chrono::minutes(1);
constexpr Duration kShortestPast = std::chrono::hours(1);
constexpr Duration kLongestPast = std::chrono::hours(26);
constexpr Duration::rep kCandidates = 180;

// The past window with the highest score, first coarsely, then to the minute. score(w) is the log-likelihood
// ratio of "bad for w" against "as usual": the change point is where it is highest.
template <class Score>
Duration bestWindow(Duration past, const Score& score) {
  const Duration step = std::max(kFinest, past / kCandidates);
  const auto best = [&](Duration from, Duration to, Duration by) {
    Duration found = from;
    double highest = score(from);
    for (Duration window = from + by; window <= to; window += by)
      if (const double s = score(window); s > highest) {
        highest = s;
        found = window;
      }
    return found;
  };
  const Duration coarse = best(step, past, step);
  if (step == kFinest) return coarse;
  return best(std::max(kFinest, coarse - step), std::min(past, coarse + step), kFinest);
}

Duration pastOf(Duration window, const EvaluationContext& context) {
  return std::max(kFinest, context.within(std::clamp(2 * window, kShortestPast, kLongestPast)));
}

// Of a sender of few mails nothing tells when in the time before the first affected mail it began: the middle
// of that time. count(w) is what a past window holds of what shows that all was well. Longer quiet is a
// night.
template <class Count>
Duration intoQuiet(Duration found, const Count& count) {
  constexpr Duration kLongestQuiet = std::chrono::minutes(90);
  const auto of = count(found);
  Duration quiet = found;
  while (count(quiet + kFinest) == of) {
    quiet += kFinest;
    if (quiet - found > kLongestQuiet) return found;
  }
  return found + (quiet - found) / 2;
}

// The provider's numbers are some minutes old when they are shown.
Duration ageWhenShown(Basis basis) {
  constexpr Duration kOfStatistics = std::chrono::minutes(2);
  return basis == Basis::events ? Duration{0} : kOfStatistics;
}

// From a share p₀ to a higher share p₁, which is estimated with the change point.
Instant shareBegan(const delivery::Subject& subject, Input input, BadMail seen, BadShare usual,
                   Duration window, Basis basis, const EvaluationContext& context) {
  constexpr double kLeast = 0.002;
  constexpr double kMost = 0.99;
  const double before = std::clamp(usual.value(), kLeast, 0.3);
  const Duration past = pastOf(window, context);
  const auto mailsIn = [&](Duration w) {
    return badMail(input, context.facts.sum(subject, w, context.now, basis).counts);
  };
  Duration found = window;
  BadMail mails = seen;
  for (int round = 0; round < 2; ++round) {
    const double now = std::clamp(mails.share().value_or(BadShare(1)).value(), 2 * before, kMost);
    const double ofBad = std::log(now / before);
    const double ofGood = std::log((1 - now) / (1 - before));
    found = bestWindow(past, [&](Duration w) {
      const BadMail in = mailsIn(w);
      return static_cast<double>(in.bad) * ofBad + static_cast<double>(in.total - in.bad) * ofGood;
    });
    mails = mailsIn(found);
  }
  found = intoQuiet(found, [&](Duration w) { return mailsIn(w).total; });
  return context.now - found - ageWhenShown(basis);
}

// From outcomes for nearly every request to far fewer.
Instant flowBegan(const delivery::Subject& subject, Duration window, Duration lag, Basis basis,
                  const EvaluationContext& context) {
  constexpr double kUsual = 0.95;
  constexpr double kStalled = 0.02;
  const double ofOutcome = std::log(kStalled / kUsual);
  const auto mailsIn = [&](Duration w) { return context.facts.sum(subject, w, context.now, basis).counts; };
  const Duration found = bestWindow(pastOf(window + lag, context), [&](Duration w) {
    const delivery::Counts counts = mailsIn(w);
    const auto asked = counts[delivery::Metric::requests] - counts.dropped();
    return static_cast<double>(counts.outcomes()) * ofOutcome +
           (kUsual - kStalled) * static_cast<double>(std::max<std::int64_t>(0, asked));
  });
  const Duration began = intoQuiet(found, [&](Duration w) { return mailsIn(w).outcomes(); });
  return context.now - began - ageWhenShown(basis);
}

// Nothing is known of the time before the first numbers.
Instant notBeforeNumbers(Instant began, const delivery::Subject& subject, const EvaluationContext& context) {
  const auto known = context.facts.knownSince(subject);
  return known ? std::max(began, std::min(*known, context.now)) : began;
}

}  // namespace

Instant beginningOf(const delivery::Subject& subject, const Evidence& evidence,
                    const EvaluationContext& context) {
  // Where nothing is known of the time before, a third of the threshold was usual.
  constexpr double kUnknownUsual = 1.0 / 3;
  const Instant now = context.now;
  const auto known = [&](Instant began) { return notBeforeNumbers(began, subject, context); };
  return std::visit(
      Overloaded{
          [&](const RateEvidence& e) {
            return known(shareBegan(subject, e.input, e.mails, e.usual.value_or(e.threshold * kUnknownUsual),
                                    e.window, e.basis, context));
          },
          [&](const BurnEvidence& e) {
            return known(shareBegan(subject, e.input, e.mails, e.threshold * kUnknownUsual, e.window, e.basis,
                                    context));
          },
          [&](const StallEvidence& e) {
            return known(flowBegan(subject, e.window, e.lag, e.basis, context));
          },
          [&](const OverdueEvidence& e) {
            return known(flowBegan(subject, e.window, e.after, Basis::events, context));
          },
          [&](const DriftEvidence& e) { return known(now - e.window); },
          [&](const NumberEvidence& e) {
            if (e.input != Input::statisticsContradictory) return now;
            return now - Duration(static_cast<Duration::rep>(e.value * 1000));
          },
          [&](const SilenceEvidence& e) { return now - e.quiet; },
          [&](const StandstillEvidence& e) { return now - e.quiet; },
          [&](const ReadingEvidence& e) { return now - e.age; },
          [&](const StreamSilenceEvidence& e) { return now - e.quiet; },
          [&](const DmarcEvidence& e) { return e.began.value_or(now); }, [&](const auto&) { return now; }},
      evidence);
}

}  // namespace arrivald::rules
