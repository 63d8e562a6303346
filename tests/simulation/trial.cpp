#include "simulation/trial.hpp"

#include <algorithm>

#include "rules/defaults.hpp"

namespace arrivald::simulation {
namespace {

using namespace std::chrono_literals;

// Monthly runs are on the tenth day; trials of others are on Wednesday of the first week and on a Monday
// three weeks after the first start; where a year ends, also on the first working Tuesday of the next.
constexpr int kRun = 9;
constexpr int kFirstWeek = 2;
constexpr int kLater = 21;
constexpr int kNewYear = 36;
// From 10:00, and of an office of 20 mails a day.
constexpr Duration kTillClosing = 7h + 15min;
// To what a beginning is to be named: a bucket of a trend.
constexpr Duration kBucket = 5min;

bool isAlarm(const rules::Change& change) {
  return change.kind == rules::Change::Kind::fired || change.kind == rules::Change::Kind::flapping;
}

void note(Found& found, const Judge& judge, const char* glob, Instant now, Instant start, Duration bucket) {
  if (found.after) return;
  for (const rules::Change& change : judge.changes)
    if (const std::string key = toText(change.alert.key); isAlarm(change) && rules::globMatches(glob, key)) {
      const Duration off = change.reason.since - start;
      found = {now - start, key, off >= -bucket && off <= bucket, off};
      return;
    }
}

void count(FalseAlarms& alarms, const Judge& judge) {
  for (const rules::Change& change : judge.changes)
    if (isAlarm(change))
      ++(change.alert.key.subject.dimension == delivery::Dimension::account ? alarms.account : alarms.groups);
}

std::string inWords(const rules::Evidence& evidence) {
  const auto mails = rules::badMail(evidence).value_or(rules::BadMail{});
  return std::to_string(mails.bad) + " of " + std::to_string(mails.total) + " in " +
         toText(rules::windowOf(evidence));
}

// The mail around a beginning, which shows it: the last before, the first after. Requests show a stall and a
// silence, outcomes all else.
class MailAround {
 public:
  MailAround(const World& world, Incident incident, Instant start)
      : world_(world),
        ofRequests_(incident == Incident::totalStall || incident == Incident::senderStops),
        start_(start),
        before_(latest()) {}
  void look() {
    if (!after_ && latest() >= start_) after_ = latest();
  }
  Duration apart() const { return after_.value_or(start_) - before_; }

 private:
  Instant latest() const { return ofRequests_ ? world_.lastRequested() : world_.lastAnswered(); }

  const World& world_;
  bool ofRequests_;
  Instant start_;
  Instant before_;
  std::optional<Instant> after_;
};

Trial tryIncident(World world, const Case& one, int day, Instant midnight) {
  world.calm();
  const Instant start = midnight + one.at;
  world.begin(one.incident, start, one.length);
  if (one.at > 3h) world.pass(start - 3h);
  while (world.now() < start) world.step();
  Trial trial{.of = &one, .day = day, .shipped = {}, .streamed = {}, .naive = {}, .naiveGroups = {}};
  const auto allFound = [&] {
    return trial.shipped.after && (trial.streamed.after || world.streamed.rules.empty()) &&
           (world.naive.rules.empty() || (trial.naive.after && trial.naiveGroups.after));
  };
  MailAround around(world, one.incident, start);
  while (world.now() < start + one.watched && !allFound()) {
    world.step();
    around.look();
    // Nothing can be more exact than mails are apart, nor the statistics than their updates.
    const Duration ofEvents = std::max(kBucket, around.apart());
    const Duration bucket = std::max(ofEvents, world.updateInterval());
    note(trial.shipped, world.shipped, one.alerts, world.now(), start, bucket);
    note(trial.streamed, world.streamed, one.alerts, world.now(), start, ofEvents);
    note(trial.naive, world.naive, "*@town", world.now(), start, bucket);
    note(trial.naiveGroups, world.naive, "*@town/*", world.now(), start, bucket);
  }
  return trial;
}

void watch(Quiet& quiet, const World& world) {
  count(quiet.shipped, world.shipped);
  count(quiet.streamed, world.streamed);
  count(quiet.naive, world.naive);
  for (const Judge* judge : {&world.shipped, &world.streamed})
    for (const rules::Change& change : judge->changes)
      if (isAlarm(change))
        quiet.lines.push_back((judge == &world.shipped ? "" : "with the stream, ") +
                              world.zone().minuteText(change.at) + " " + toText(change.alert.key) + ": " +
                              inWords(change.reason.evidence));
}

}  // namespace

const std::vector<Case>& cases() {
  const std::vector<int> each{kFirstWeek, kLater, kNewYear};
  static const std::vector<Case> all{
      {Incident::totalStall, "total stall, 10:00", "*", each, 10h, 3h, 3h, "*@town*"},
      {Incident::totalStall, "total stall, 01:00", "town*", each, 25h, 7h, 8h, "*@town"},
      {Incident::blocksAtOne, "30 % blocks at Gmail", "*", each, 10h, 4h, 4h, "*@town*"},
      {Incident::carrierFails, "one carrier fails wholly", "*", each, 10h, 4h, 4h, "*@town*"},
      {Incident::drift,
       "drift, +5 points in 3 days",
       "*",
       {kLater},
       0h,
       72h,
       72h,
       "*@town*",
       Case::Begins::gradually},
      {Incident::deadDomain, "a dead domain, 600 mails", "*", each, 10h, 1h, 2h, "delivery-rate@town*"},
      {Incident::staleList, "a stale list, 2,000 mails", "*", each, 10h, 1h, 2h, "*-rate@town*"},
      {Incident::statisticsGap,
       "statistics stand still",
       "*",
       {kFirstWeek, kLater},
       10h,
       2h,
       2h,
       "statistics-still@town"},
      {Incident::senderStops,
       "nothing is requested",
       "*",
       {kLater, kNewYear},
       10h,
       2h,
       2h,
       "nothing-requested@town"},
      {Incident::apiOutage, "API outage", "*", each, 10h, 1h, 1h, "not-readable@town"},
      {Incident::totalStall, "office: total stall, 10:00", "office*", each, 10h, kTillClosing, kTillClosing,
       "*@town*"},
      {Incident::everythingFails, "office: all mail bounces", "office*", each, 10h, kTillClosing,
       kTillClosing, "*@town*"},
      {Incident::senderStops,
       "office: nothing after 10:00",
       "office*",
       {kLater, kNewYear},
       10h,
       14h,
       kTillClosing,
       "nothing-requested@town"},
      {Incident::senderStops,
       "office: a silent day",
       "office*",
       {kLater, kNewYear},
       0h,
       24h,
       10h + kTillClosing,
       "nothing-requested@town",
       Case::Begins::atNight},
      {Incident::totalStall, "run: total stall, 10:30", "monthly*", {kRun}, 10h + 30min, 3h, 3h, "*@town*"},
      {Incident::carrierFails, "run: one carrier fails", "monthly*", {kRun}, 10h, 4h, 4h, "*@town*"},
  };
  return all;
}

Month tryMonth(const Setting& setting, unsigned seed, const Wanted& wanted) {
  World world(seed, setting);
  world.shipped.rules = rules::defaults();
  world.streamed.rules = rules::defaults();
  if (wanted.naive) world.naive.rules = naiveRules();
  const Instant began = world.now();
  Month month;
  const std::string name(setting.habits.name);
  const int days = wanted.days > 0 ? wanted.days : setting.days;
  std::map<int, std::vector<const Case*>> byDay;
  if (wanted.incidents)
    for (const Case& one : cases()) {
      const bool special =
          rules::globMatches("office*", one.worlds) || rules::globMatches("monthly*", one.worlds);
      const bool small = rules::globMatches("office*", name) || rules::globMatches("monthly*", name);
      if (rules::globMatches(one.worlds, name) &&
          (special || !small || one.incident == Incident::apiOutage) &&
          rules::globMatches(wanted.incident, one.name))
        for (const int day : one.days)
          if (day < days) byDay[day].push_back(&one);
    }
  const int last = std::max(wanted.quiet ? days : 0, byDay.empty() ? 0 : byDay.rbegin()->first);
  for (int day = 0; day <= last; ++day) {
    const Instant midnight = began + day * 24h;
    for (const Case* one : byDay[day]) month.trials.push_back(tryIncident(world, *one, day, midnight));
    if (day == last) break;
    while (world.now() < midnight + 24h) {
      world.step();
      if (wanted.quiet && day < days) watch(month.quiet, world);
    }
  }
  return month;
}

std::optional<Duration> quantile(std::vector<Duration> values, double q) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

}  // namespace arrivald::simulation
