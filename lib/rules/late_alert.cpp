// An outage that is over before its events come: it is told as what it was, and not as one that is open.
#include <algorithm>

#include "rules/evaluate_rule.hpp"

namespace arrivald::rules {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kLookedBack = std::chrono::hours(2);

struct About {
  Input input;
  std::int64_t minFailures = 1;
};

std::optional<About> aboutOf(const Rule& rule) {
  if (const auto* rate = std::get_if<RateThreshold>(&rule.kind)) return About{rate->input, rate->minFailures};
  if (const auto* burn = std::get_if<BurnRate>(&rule.kind)) return About{burn->input, burn->minFailures};
  return std::nullopt;
}

// The evaluations in a row in which the rule would have seen it.
struct Episode {
  Instant first, last;
  Evaluation worst;
};

std::optional<Episode> lastEpisode(const Rule& rule, const delivery::Subject& subject, const Facts& facts,
                                   Instant from, Instant to) {
  std::optional<Episode> found;
  for (auto at = to; at > from; at -= kMinute) {
    auto then = evaluateRule(rule, subject, contextOf(facts, at, nullptr));
    if (then.outcome != Outcome::bad) {
      if (found && found->last - found->first >= rule.holdFor) break;
      found.reset();
      continue;
    }
    if (!found) found = Episode{at, at, then};
    found->first = at;
    then.severity = std::max(then.severity, found->worst.severity);
    found->worst.severity = then.severity;
    if (badness(then.evidence) > badness(found->worst.evidence)) found->worst = std::move(then);
  }
  const bool held = found && found->last - found->first >= rule.holdFor;
  return held ? found : std::nullopt;
}

// The last minute with a share like that of the worst window: windows see it for longer than it lasted.
Instant endOf(const Episode& episode, Input input, const delivery::Subject& subject, const Facts& facts) {
  const auto worst = badShare(episode.worst.evidence).value_or(BadShare(1)).value();
  for (auto at = episode.last; at > episode.first; at -= kMinute) {
    const auto share = badMail(input, facts.sum(subject, kMinute, at, Basis::events).counts).share();
    if (share && share->value() >= worst / 2) return at;
  }
  return episode.first;
}

}  // namespace

std::optional<Alert> lateAlert(const Rule& rule, const delivery::Subject& subject, const Facts& facts,
                               const StreamFacts::CameLate& late, Instant now) {
  const auto about = aboutOf(rule);
  if (!about) return std::nullopt;
  const Sum sum = facts.sum(subject, late.to - late.from, late.to, Basis::events);
  if (!sum.knows(metricsOf(about->input)) ||
      badMail(about->input, sum.counts).bad < std::max<std::int64_t>(1, about->minFailures))
    return std::nullopt;
  const auto episode =
      lastEpisode(rule, subject, facts, std::max(late.from, now - kLookedBack), std::min(late.to, now));
  if (!episode) return std::nullopt;
  Alert alert;
  alert.key = {rule.name, subject};
  alert.meaning = meaning(rule);
  alert.state = AlertState::resolved;
  alert.severity = alert.worstSeverity = episode->worst.severity;
  alert.evidence = alert.worst = episode->worst.evidence;
  alert.since = alert.startedAt = now;
  alert.firedAt = alert.resolvedAt = now;
  alert.lastBad = endOf(*episode, about->input, subject, facts);
  alert.beganAt = std::min(alert.lastBad, beginningOf(subject, episode->worst.evidence,
                                                      contextOf(facts, episode->first, nullptr)));
  alert.episode = unixMilliseconds(now);
  return alert;
}

}  // namespace arrivald::rules
