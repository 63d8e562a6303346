// That the provider's statistics stand still, before a week of the sender's is known.
#include <catch2/catch.hpp>

#include "rules/evaluate.hpp"
#include "rules/fake_facts.hpp"

using namespace arrivald;
using namespace arrivald::rules;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

const Instant kMidnight = parseIso("2026-11-25T00:00:00Z").value();

// A sender of 10 mails a minute from 08:00 to 18:00, whose statistics are all that is known.
struct Sender : FakeFacts {
  std::optional<Instant> moved;
  std::optional<Instant> known = kMidnight - 72h;
  Moved lastMoved(const Subject&) const override { return {moved, moved}; }
  std::optional<Instant> knownSince(const Subject&) const override { return known; }
  std::optional<Instant> midnight(const Subject&, Instant at) const override {
    return Instant(std::chrono::floor<std::chrono::days>(at.time_since_epoch()));
  }
  // Of the working day that began `ago` before the present one, until `end`.
  void work(Duration ago, Duration end) {
    for (Duration at = 8h; at < std::min<Duration>(end, 18h); at += 1min)
      add(account(), kMidnight - ago + at, mail(10));
    if (ago == 0h) moved = kMidnight + std::min<Duration>(end, 18h) - 1min;
  }
  Outcome at(Duration time) const {
    Rule rule;
    rule.name = "r";
    rule.kind = StatisticsStill{};
    return explain(rule, account(), *this, kMidnight + time).outcome;
  }
};

}  // namespace

TEST_CASE("on the third day a standstill in the middle of the day's mail is told") {
  Sender sender;
  sender.work(48h, 24h);
  sender.work(24h, 24h);
  sender.work(0h, 10h);
  CHECK(sender.at(10h + 15min) == Outcome::good);
  CHECK(sender.at(10h + 40min) == Outcome::bad);
}

TEST_CASE("the end of a day, a day off and a second day say nothing of the statistics") {
  Sender sender;
  SECTION("the day ends as it did before") {
    sender.work(48h, 24h);
    sender.work(24h, 24h);
    sender.work(0h, 24h);
    CHECK(sender.at(18h + 40min) == Outcome::between);
    CHECK(sender.at(23h) == Outcome::between);
  }
  SECTION("after working days there is a day off") {
    sender.work(48h, 24h);
    sender.work(24h, 24h);
    sender.moved = kMidnight - 6h;
    CHECK(sender.at(10h) == Outcome::between);
  }
  SECTION("only one day is known") {
    sender.work(24h, 24h);
    sender.work(0h, 10h);
    CHECK(sender.at(11h) == Outcome::between);
  }
}

TEST_CASE("statistics that never moved are told by the mail that the event stream has meanwhile") {
  Sender sender;
  sender.known = kMidnight;
  sender.inFlight.emplace();  // the stream is alive
  CHECK(sender.at(15min) == Outcome::good);
  for (Duration at = 0min; at < 60min; at += 1min) {
    auto counts = mail(1);
    counts[Metric::processed] = 1;
    sender.add(account(), kMidnight + at, counts);
  }
  CHECK(sender.at(10min) == Outcome::good);
  CHECK(sender.at(60min) == Outcome::bad);
}
