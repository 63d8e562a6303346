// The kinds that ask the event stream, or about it.
#include <algorithm>

#include "rules/judge.hpp"
#include "rules/statistics.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;
using delivery::Metric;

double inSeconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

}  // namespace

Judgement judge(const StreamSilent& kind, const Rule& rule, const delivery::Subject& subject,
                const Look& look) {
  Judgement judgement;
  judgement.severity = rule.severity;
  Evidence& evidence = judgement.evidence;
  evidence.source = Source::events;
  evidence.window = kind.quiet;
  evidence.threshold = inSeconds(kind.quiet);
  std::optional<Reading> stream;
  for (const Reading& reading : look.facts.readings(subject.account))
    if (reading.source == Source::events) stream = reading;
  if (!stream) {  // no stream is set up
    judgement.finding = Finding::good;
    return judgement;
  }
  const Duration quiet = std::max(Duration{0}, look.now - stream->lastSuccess.value_or(stream->since));
  evidence.value = inSeconds(quiet);
  evidence.error = stream->error;
  if (!check(judgement, "quiet", inSeconds(quiet), inSeconds(kind.quiet), Side::above)) {
    judgement.finding = Finding::good;
    return judgement;
  }
  const Sum sum = look.facts.sum(subject, kind.quiet, look.now, Basis::statistics);
  if (!sum.known) return judgement;
  evidence.n = std::max<std::int64_t>(0, sum.counts.outcomes());
  judgement.finding = check(judgement, "outcomes", static_cast<double>(evidence.n),
                            static_cast<double>(kind.minimumOutcomes), Side::above)
                          ? Finding::bad
                          : Finding::between;
  return judgement;
}

Judgement judge(const Overdue& kind, const Rule& rule, const delivery::Subject& subject, const Look& look) {
  Judgement judgement;
  judgement.severity = rule.severity;
  auto windows = kind.windows;
  std::ranges::sort(windows);
  constexpr Duration kLately = std::chrono::minutes(5);
  constexpr double kMoreComesOut = 1.2;
  constexpr std::int64_t kSome = 3;
  const Sum lately = look.facts.sum(subject, kLately, look.now, Basis::events);
  const bool drains = lately.known && lately.counts.outcomes() >= kSome &&
                      static_cast<double>(lately.counts.outcomes()) >
                          kMoreComesOut * static_cast<double>(lately.counts[Metric::processed]);
  bool shown = false;
  for (const Duration window : windows) {
    const auto waiting = look.facts.waiting(subject, kind.after, window, look.now);
    if (!waiting) return judgement;
    const Sum all = look.facts.sum(subject, kind.after + window, look.now, Basis::events);
    const Sum young = look.facts.sum(subject, kind.after, look.now, Basis::events);
    if (!all.known) continue;
    const auto processed = all.counts[Metric::processed] - young.counts[Metric::processed];
    const auto n = std::max(processed, waiting->overdue);
    const double usual = std::max(kind.usualShare, waiting->usualShare.value_or(0));
    const double chance = n > 0 ? binomialAtLeast(waiting->overdue, n, usual) : 1;
    const bool bad = waiting->overdue >= kind.minimumOverdue && chance < kind.alpha;
    if (shown && (judgement.finding == Finding::bad || !bad)) continue;
    shown = true;
    Evidence& evidence = judgement.evidence;
    evidence.window = window;
    evidence.lag = kind.after;
    evidence.threshold = inSeconds(kind.after);
    evidence.basis = Basis::events;
    evidence.failures = waiting->overdue;
    evidence.n = n;
    evidence.value = inSeconds(waiting->oldest);
    evidence.chance = chance;
    judgement.checks.clear();
    check(judgement, "overdue", static_cast<double>(waiting->overdue),
          static_cast<double>(kind.minimumOverdue), Side::above);
    check(judgement, "chance", chance, kind.alpha, Side::below);
    judgement.finding = bad && !drains                                            ? Finding::bad
                        : chance > 0.01 || waiting->overdue < kind.minimumOverdue ? Finding::good
                                                                                  : Finding::between;
  }
  return judgement;
}

Judgement judge(const FirstBlock& kind, const Rule& rule, const delivery::Subject& subject,
                const Look& look) {
  Judgement judgement;
  judgement.severity = rule.severity;
  Evidence& evidence = judgement.evidence;
  evidence.window = kind.within;
  const Sum lately = look.facts.sum(subject, kind.within, look.now);
  evidence.basis = lately.basis;
  if (!lately.known) return judgement;
  evidence.n = lately.counts.outcomes();
  evidence.failures = lately.counts[Metric::blocks];
  evidence.value = static_cast<double>(evidence.failures);
  evidence.threshold = static_cast<double>(kind.minimumBlocks);
  if (!check(judgement, "blocks", evidence.value, evidence.threshold, Side::above)) {
    judgement.finding = Finding::good;
    return judgement;
  }
  // The past by days, so that a day that is not known does not hide the others.
  delivery::Counts past;
  constexpr Duration kDay = std::chrono::hours(24);
  const auto days = static_cast<int>(kind.past / kDay);
  for (const Sum& day : look.facts.series(subject, kDay, days, look.now - kind.within, lately.basis))
    past += day.counts;
  const bool took = check(judgement, "delivered before", static_cast<double>(past[Metric::delivered]),
                          static_cast<double>(kind.minimumDelivered), Side::above);
  const bool never =
      check(judgement, "blocks before", static_cast<double>(past[Metric::blocks]), 0, Side::below);
  judgement.finding = took && never ? Finding::bad : took ? Finding::good : Finding::tooLittle;
  return judgement;
}

Judgement judge(const CauseSeen& kind, const Rule& rule, const delivery::Subject& subject, const Look& look) {
  Judgement judgement;
  judgement.severity = rule.severity;
  Evidence& evidence = judgement.evidence;
  evidence.window = kind.window;
  evidence.basis = Basis::events;
  evidence.threshold = static_cast<double>(kind.minimum);
  const auto count = look.facts.causeCount(subject, kind.causes, kind.window, look.now);
  if (!count) return judgement;
  evidence.n = evidence.failures = *count;
  evidence.value = static_cast<double>(*count);
  judgement.finding = check(judgement, "replies", evidence.value, evidence.threshold, Side::above)
                          ? Finding::bad
                          : Finding::good;
  return judgement;
}

Judgement judge(const StreamDiffers& kind, const Rule& rule, const delivery::Subject& subject,
                const Look& look) {
  Judgement judgement;
  judgement.severity = rule.severity;
  Evidence& evidence = judgement.evidence;
  evidence.source = Source::events;
  evidence.threshold = kind.share;
  const auto compared = look.facts.dayCompared(subject.account, look.now);
  if (!compared) return judgement;
  judgement.finding = Finding::good;
  double worst = -1;
  const auto compare = [&](std::int64_t statistics, std::int64_t events) {
    const auto larger = std::max(statistics, events), apart = larger - std::min(statistics, events);
    const double share = larger > 0 ? static_cast<double>(apart) / static_cast<double>(larger) : 0;
    if (share <= worst) return;
    worst = share;
    evidence.value = share;
    evidence.n = statistics;
    evidence.failures = events;
    judgement.checks.clear();
    const bool much = check(judgement, "difference", share, kind.share, Side::above);
    const bool many =
        check(judgement, "mails", static_cast<double>(apart), static_cast<double>(kind.minimum), Side::above);
    judgement.finding = much && many ? Finding::bad : Finding::good;
  };
  compare(compared->statistics[Metric::processed], compared->events[Metric::processed]);
  compare(compared->statistics.outcomes(), compared->events.outcomes());
  return judgement;
}

Judgement judge(const StreamSettings&, const Rule& rule, const delivery::Subject& subject, const Look& look) {
  Judgement judgement;
  judgement.severity = rule.severity;
  judgement.evidence.source = Source::events;
  const auto seen = look.facts.streamSettings(subject.account);
  if (!seen) return judgement;
  judgement.evidence.error = seen->wrong;
  judgement.finding = seen->wrong.empty() ? Finding::good : Finding::bad;
  return judgement;
}

Judgement judge(const AccountSuspended&, const Rule& rule, const delivery::Subject& subject,
                const Look& look) {
  Judgement judgement;
  judgement.severity = rule.severity;
  judgement.evidence.source = Source::events;
  const auto status = look.facts.accountStatus(subject.account);
  if (!status) return judgement;
  judgement.evidence.error = *status;
  judgement.finding = status->empty() ? Finding::good : Finding::bad;
  return judgement;
}

}  // namespace arrivald::rules
