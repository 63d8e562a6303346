// What an event stream must bring to be believed.
#include "stream/completeness.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::stream;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Metric;
using delivery::Series;

namespace {

constexpr auto kLag = 12min;  // of the statistics

struct Mail {
  std::int64_t delivered = 0, bounced = 0;
};
Counts countsOf(const Mail& mail) {
  Counts counts;
  counts[Metric::processed] = mail.delivered + mail.bounced;
  counts[Metric::delivered] = mail.delivered;
  counts[Metric::bounces] = mail.bounced;
  return counts;
}

/// A sender whose mail both sources count: the stream at once, the statistics kLag later.
struct World {
  const Instant start = fromUnixSeconds(1'700'000'000);
  Instant now = start;
  Series statistics, events;
  std::vector<Mail> sent;  // by minute
  enum class Stream : std::uint8_t { whole, silent, withoutBounces, half };

  World() {
    statistics.add(start, start, {});
    events.add(start, start, {});
  }
  void minutes(int count, Mail mail, Stream stream = Stream::whole) {
    for (int i = 0; i < count; ++i) {
      now += 1min;
      sent.push_back(mail);
      const auto counted = sent.size() > kLag.count() ? sent[sent.size() - 1 - kLag.count()] : Mail{};
      statistics.add(now - 1min, now, countsOf(counted));
      auto told = countsOf(mail);
      if (stream == Stream::withoutBounces) told[Metric::bounces] = 0;
      if (stream == Stream::half) told = countsOf({mail.delivered / 2, mail.bounced / 2});
      if (stream != Stream::silent) events.add(now - 1min, now, told);
    }
  }
  std::array<PartGained, kParts> gained(Duration window) const {
    return gainedSince(statistics, events, now - window, now);
  }
  std::string lacking(Duration window, std::int64_t minMails = 3) const {
    const auto found = lackingOf(gained(window), minMails, 0.1);
    return found ? std::string(name(found->part)) : "";
  }
};
using Stream = World::Stream;

}  // namespace

TEST_CASE("statistics that lag behind a whole stream lack nothing, through nights, bursts and their ends") {
  World world;
  for (const auto& [minutes, mail] : std::vector<std::pair<int, Mail>>{{60, {}},
                                                                       {5, {4'000, 40}},
                                                                       {60, {}},
                                                                       {120, {100, 2}},
                                                                       {1, {9'000, 900}},
                                                                       {90, {1, 0}},
                                                                       {60, {}}}) {
    for (int i = 0; i < minutes; ++i) {
      world.minutes(1, mail);
      CHECK(world.lacking(30min, 1).empty());
      CHECK(world.lacking(5min, 1).empty());
    }
  }
}

TEST_CASE("a stream that stops lacks mail as soon as the statistics count what it did not tell of") {
  World world;
  world.minutes(60, {});
  world.minutes(60, {20, 1});
  world.minutes(12, {20, 1}, Stream::silent);
  CHECK(world.lacking(12min, 1).empty());  // what the statistics count by now was told of
  world.minutes(4, {20, 1}, Stream::silent);
  CHECK(world.lacking(16min, 1) == "processed");
}

TEST_CASE(
    "an event type that is never sent lacks while the statistics count it, however little mail there is") {
  World busy;
  busy.minutes(60, {}, Stream::withoutBounces);
  busy.minutes(30, {50, 50}, Stream::withoutBounces);
  CHECK(busy.lacking(30min) == "failed");
  World office;
  for (int hour = 0; hour < 8; ++hour) {
    office.minutes(59, {}, Stream::withoutBounces);
    office.minutes(1, {0, 1}, Stream::withoutBounces);
  }
  CHECK(office.lacking(24h) == "failed");
  World well;
  well.minutes(60, {});
  well.minutes(30, {50, 50});
  CHECK(well.lacking(30min, 1).empty());
}

TEST_CASE("half of the events is not enough, and what came late is there in the end") {
  World world;
  world.minutes(120, {});
  world.minutes(60, {20, 0}, Stream::half);
  CHECK(world.lacking(30min) == "processed");
  // The other half is posted again, each event at its own time.
  for (int i = 0; i < 60; ++i) world.events.addLate(world.now - std::chrono::minutes(i), countsOf({10, 0}));
  CHECK(world.lacking(30min, 1).empty());
}

TEST_CASE("an hour after a loss that is over the stream is believed again") {
  World world;
  world.minutes(120, {20, 0});
  world.minutes(30, {20, 0}, Stream::silent);
  world.minutes(30, {20, 0});
  world.minutes(45, {20, 0});
  CHECK(world.lacking(30min, 1).empty());
}

TEST_CASE("what only one source knows is not compared") {
  const Series nothing;
  World world;
  world.minutes(60, {20, 0});
  for (const auto& one : gainedSince(world.statistics, nothing, world.now - 30min, world.now))
    CHECK(one.lacking == 0);
  for (const auto& one : gainedSince(nothing, world.events, world.now - 30min, world.now))
    CHECK(one.lacking == 0);
}

TEST_CASE("a stream that has just begun is believed unless a part of the mail has no event at all") {
  World world;
  // Mail before the stream began, which only the statistics know.
  for (int i = 0; i < 60; ++i) world.sent.push_back({50, 5});
  for (int i = 0; i < 90; ++i) {
    world.minutes(1, {50, 5});
    if (i > 3) CHECK(world.lacking(30min).empty());
    if (i > 3) CHECK(world.lacking(5min).empty());
  }
  World without;
  for (int i = 0; i < 60; ++i) without.sent.push_back({50, 5});
  for (int i = 0; i < 60; ++i) {
    without.minutes(1, {50, 5}, Stream::withoutBounces);
    if (i > 12) CHECK(without.lacking(30min) == "failed");
  }
}

TEST_CASE("round the clock the end of a busy day is no loss, and a loss is seen a little later") {
  World world;
  for (int i = 0; i < 60; ++i) world.sent.push_back({50, 0});
  world.minutes(300, {50, 0});
  for (int i = 0; i < 60; ++i) {
    world.minutes(1, {});
    CHECK(world.lacking(std::chrono::minutes(i + 1), 1).empty());  // since the last event
    CHECK(world.lacking(30min).empty());
  }
  World stopped;
  for (int i = 0; i < 60; ++i) stopped.sent.push_back({50, 0});
  stopped.minutes(300, {50, 0});
  stopped.minutes(40, {50, 0}, Stream::silent);
  CHECK(stopped.lacking(40min, 1) == "processed");
}
