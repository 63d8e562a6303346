#include "simulation/trial.hpp"

#include <algorithm>
#include <array>

#include "rules/defaults.hpp"

namespace arrivald::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array kCases{
    Case{Incident::totalStall, "total stall, 10:00", 10h, 3h, 3h, "*@town*", 10min, 6min},
    Case{Incident::totalStall, "total stall, 01:00", 25h, 7h, 8h, "*@town", 0min, 60min},
    Case{Incident::blocksAtOne, "30 % blocks at Gmail", 10h, 4h, 4h, "*@town*", 6min, 6min},
    Case{Incident::carrierFails, "one carrier fails wholly", 10h, 4h, 4h, "*@town*", 4min, 4min},
    Case{Incident::drift, "drift, +5 points in 3 days", 0h, 72h, 72h, "*@town*", 15h, 15h},
    Case{Incident::deadDomain, "a dead domain, 600 mails", 10h, 1h, 2h, "delivery-rate@town*", 0min, 0min},
    Case{Incident::staleList, "a stale list, 2,000 mails", 10h, 1h, 2h, "*-rate@town*", 0min, 0min},
    Case{Incident::statisticsGap, "statistics stand still", 10h, 2h, 2h, "nothing-requested@town", 0min,
         0min},
    Case{Incident::apiOutage, "API outage", 10h, 1h, 1h, "not-readable@town", 0min, 0min},
};

bool isAlarm(const rules::Change& change) {
  return change.kind == rules::Change::Kind::fired || change.kind == rules::Change::Kind::flapping;
}

void note(Found& found, const Judge& evaluateRule, const char* glob, Duration after) {
  if (found.after) return;
  for (const rules::Change& change : evaluateRule.changes)
    if (const std::string key = toText(change.alert.key); isAlarm(change) && rules::globMatches(glob, key)) {
      found = {after, key};
      return;
    }
}

void count(FalseAlarms& alarms, const Judge& evaluateRule) {
  for (const rules::Change& change : evaluateRule.changes)
    if (isAlarm(change))
      ++(change.alert.key.subject.dimension == delivery::Dimension::account ? alarms.account : alarms.groups);
}

}  // namespace

std::span<const Case> cases() { return kCases; }

World past(unsigned seed) {
  World world(seed);
  world.shipped.rules = rules::defaults();
  world.streamed.rules = rules::defaults();
  world.naive.rules = naiveRules();
  world.live(world.now() + 21 * 24h);
  return world;
}

Trial tryIncident(const World& past, const Case& one) {
  World world = past;
  const Instant start = past.now() + one.at;
  world.begin(one.incident, start, one.length);
  if (one.at > 3h) world.live(start - 3h);
  while (world.now() < start) world.step();
  Trial trial;
  const auto allFound = [&] {
    return trial.shipped.after && (trial.streamed.after || world.streamed.rules.empty()) &&
           (world.naive.rules.empty() || (trial.naive.after && trial.naiveGroups.after));
  };
  while (world.now() < start + one.watched && !allFound()) {
    world.step();
    note(trial.shipped, world.shipped, one.alerts, world.now() - start);
    note(trial.streamed, world.streamed, one.alerts, world.now() - start);
    note(trial.naive, world.naive, "*@town", world.now() - start);
    note(trial.naiveGroups, world.naive, "*@town/*", world.now() - start);
  }
  return trial;
}

namespace {

std::string inWords(const rules::Evidence& evidence) {
  const auto mails = rules::badMail(evidence).value_or(rules::BadMail{});
  return std::to_string(mails.bad) + " of " + std::to_string(mails.total) + " in " +
         toText(rules::windowOf(evidence));
}

}  // namespace

Quiet tryQuiet(const World& past, int days) {
  World world = past;
  const Instant end = past.now() + days * 24h;
  Quiet quiet;
  while (world.now() < end) {
    world.step();
    count(quiet.shipped, world.shipped);
    count(quiet.streamed, world.streamed);
    count(quiet.naive, world.naive);
    for (const Judge* evaluateRule : {&world.shipped, &world.streamed})
      for (const rules::Change& change : evaluateRule->changes)
        if (isAlarm(change))
          quiet.words.push_back((evaluateRule == &world.shipped ? "" : "with the stream, ") +
                                world.zone().minuteText(change.at) + " " + toText(change.alert.key) + ": " +
                                inWords(change.reason.evidence));
  }
  return quiet;
}

std::optional<Duration> quantile(std::vector<Duration> values, double q) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

}  // namespace arrivald::simulation
