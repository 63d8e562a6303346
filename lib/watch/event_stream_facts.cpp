#include "watch/event_stream_facts.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Subject;

namespace {

bool isWholeOrGroup(const Subject& subject) {
  return subject.dimension == Dimension::account || subject.dimension == Dimension::domainGroup;
}

}  // namespace

const config::Account* EventStreamFacts::streamed(std::string_view name) const {
  for (const auto& account : configuration_.accounts)
    if (account.name == name) return account.events ? &account : nullptr;
  return nullptr;
}

bool EventStreamFacts::alive(std::string_view account, Instant now) const {
  const auto [found, isNew] = complete_.try_emplace({std::string(account), Duration{}, now});
  if (isNew) found->second = events_.status().alive(std::string(account), now);
  return found->second;
}

bool EventStreamFacts::complete(std::string_view account, Duration window, Instant now) const {
  const auto [found, isNew] = complete_.try_emplace({std::string(account), window, now});
  if (isNew) found->second = events_.status().complete(std::string(account), window, now);
  return found->second;
}

std::optional<rules::StreamFacts::Lacking> EventStreamFacts::lacking(std::string_view account,
                                                                     Instant now) const {
  if (const auto found = events_.status().lacking(std::string(account), now))
    return Lacking{rules::lackingPartNamed(stream::name(found->part)).value(), found->statistics,
                   found->events};
  // Where days begin at the wrong hour, the difference is the zone's and no events are missing.
  const auto* configured = streamed(account);
  if (!configured) return std::nullopt;
  auto elsewhere = daysBeginElsewhere(statistics_, events_.counts(), *configured, now);
  const auto day = closedDay(statistics_, events_.counts(), *configured, now);
  if (elsewhere.empty() || !day) return std::nullopt;
  return Lacking{rules::LackingPart::dayBoundary, day->statistics[delivery::Metric::processed],
                 day->events[delivery::Metric::processed], std::move(elsewhere)};
}

bool EventStreamFacts::caughtUp(std::string_view account, Instant now) const {
  return events_.status().caughtUp(std::string(account), now);
}

std::optional<std::int64_t> EventStreamFacts::unheard(std::string_view account, Instant now) const {
  return events_.status().unheard(std::string(account), now);
}

Duration EventStreamFacts::statisticsBehind(std::string_view account, Instant now) const {
  return events_.status().statisticsBehind(std::string(account), now);
}

Duration EventStreamFacts::outcomeDelay(std::string_view account) const {
  constexpr Duration kUnknown = std::chrono::minutes(5);
  const auto* aggregator = events_.aggregator().find(std::string(account));
  return aggregator ? aggregator->outcomeDelay().value_or(kUnknown) : Duration{};
}

std::optional<rules::StreamFacts::CameLate> EventStreamFacts::cameLate(std::string_view account) const {
  return events_.aggregator().cameLate(std::string(account));
}

std::optional<rules::StreamFacts::Waiting> EventStreamFacts::waiting(const Subject& subject, Duration after,
                                                                     Duration window, Instant now) const {
  const auto* aggregator = events_.aggregator().find(subject.account);
  // A silent stream does not know what was delivered.
  if (!aggregator || !isWholeOrGroup(subject) || !alive(subject.account, now)) return std::nullopt;
  const auto inFlight = aggregator->waiting(subject, now, after, window);
  Waiting waiting;
  waiting.overdue = inFlight.overdue;
  waiting.messages = inFlight.messages;
  waiting.deferred = inFlight.deferred;
  waiting.oldest = inFlight.oldest;
  if (const auto* latency = aggregator->latency(subject))
    waiting.usualShare = latency->usualShareBeyond(after, now);
  return waiting;
}

std::optional<rules::StreamFacts::Latency> EventStreamFacts::latency(const Subject& subject, Duration window,
                                                                     Instant now) const {
  const auto* aggregator = events_.aggregator().find(subject.account);
  if (!aggregator || !alive(subject.account, now)) return std::nullopt;
  const auto* known = aggregator->latency(subject);
  if (!known) return std::nullopt;
  const auto seen = known->over(window, now);
  if (seen.count == 0) return std::nullopt;
  return Latency{seen.count, seen.median.value_or(Duration{}), seen.p95.value_or(Duration{}),
                 seen.p99.value_or(Duration{})};
}

std::optional<std::int64_t> EventStreamFacts::causeCount(const Subject& subject,
                                                         const std::vector<std::string>& causes,
                                                         Duration window, Instant now) const {
  if (!isWholeOrGroup(subject) || !alive(subject.account, now)) return std::nullopt;
  return causes_.countOfEvents(subject.account, subject.name, causes, window, now);
}

std::optional<std::vector<rules::StreamFacts::Excess>> EventStreamFacts::excessFailures(
    const Subject& subject, std::int64_t max) const {
  const auto* aggregator = events_.aggregator().find(subject.account);
  if (!aggregator) return std::nullopt;
  const auto beyond = aggregator->failuresBeyond(max, subject);
  if (!beyond) return std::nullopt;
  std::vector<Excess> all;
  all.reserve(beyond->size());
  for (const auto& [at, added, failures] : *beyond) all.push_back({at, added, failures});
  return all;
}

std::optional<rules::StreamFacts::DayCompared> EventStreamFacts::dayCompared(std::string_view account,
                                                                             Instant now) const {
  const auto* configured = streamed(account);
  if (!configured) return std::nullopt;
  return closedDay(statistics_, events_.counts(), *configured, now);
}

std::optional<rules::StreamFacts::SettingsSeen> EventStreamFacts::streamSettings(
    std::string_view account) const {
  auto wrong = events_.status().settings(std::string(account));
  if (!wrong) return std::nullopt;
  return SettingsSeen{std::move(*wrong)};
}

std::optional<std::string> EventStreamFacts::accountStatus(std::string_view account) const {
  if (!streamed(account)) return std::nullopt;
  return events_.status().accountStatus(std::string(account));
}

}  // namespace arrivald::watch
