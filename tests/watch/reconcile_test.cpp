// Statistics beside the event stream.
#include "watch/reconcile.hpp"

#include <catch2/catch.hpp>

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture, "a closed day is compared only where both sources watched the whole of it") {
  config.accounts[0].zone = TimeZone();
  const auto midnight = TimeZone().startOf(TimeZone().dateOf(clock.now()) + std::chrono::days(1));
  const auto until = [&](Instant at) {
    while (clock.now() < at) {
      clock.advance(std::min<Duration>(at - clock.now(), 10min));
      if (clock.now() < at)
        CHECK(post("[" + event("processed", "a@b.jp", toIso(clock.now()), 1s) + "]") == 204);
      events().tick();
    }
  };
  const auto readYesterday = [&](std::int64_t yesterday) {
    const auto today = TimeZone().dateOf(clock.now());
    delivery::Read read{
        {"main", delivery::Dimension::account}, clock.now(), today - std::chrono::days(1), today, {}, true};
    delivery::SubjectTotals totals{whole, {{read.firstDay, {}}, {today, {}}}};
    totals.days[0].counts[delivery::Metric::processed] = yesterday;
    read.totals.push_back(totals);
    REQUIRE(owners().statistics().apply(read));
  };
  clock.advance(5h);
  events().tick();
  until(midnight + 7h);
  readYesterday(100);
  CHECK_FALSE(closedDay(owners().statistics(), events().counts(), config.accounts[0],
                        clock.now()));  // the stream saw only its end
  until(midnight + 24h + 7h);
  // More than ever before, so that it has to be confirmed.
  for (int i = 0; i < 3; ++i) {
    readYesterday(150);
    clock.advance(30s);
  }
  const auto compared = closedDay(owners().statistics(), events().counts(), config.accounts[0], clock.now());
  REQUIRE(compared);
  CHECK(compared->day == TimeZone().dateOf(midnight));
  CHECK(compared->statistics[delivery::Metric::processed] == 150);
  CHECK(compared->events[delivery::Metric::processed] == 143);  // one in ten minutes, but at its end
}

TEST_CASE_METHOD(StreamFixture,
                 "the lag of one source behind the other is computed from mail processed today") {
  config.accounts[0].zone = TimeZone();
  clock.advance(24h - (clock.now() - TimeZone().startOf(TimeZone().dateOf(clock.now()))) - 1min);
  events().tick();
  const auto lag = [&] {
    return lagOfStatistics(owners().statistics(), events().counts(), config.accounts[0], clock.now());
  };
  CHECK(post(one("processed", "a@b.jp", "yesterday", 1s)) == 204);
  events().tick();
  clock.advance(1min);
  events().tick();
  CHECK_FALSE(lag());  // nobody has read the statistics
  statisticsSay(delivery::Metric::processed, 0);
  for (int minute = 0; minute < 20; ++minute) {
    CHECK(post(one("processed", "a@b.jp", "m" + std::to_string(minute), 0s)) == 204);
    clock.advance(1min);
    events().tick();
  }
  statisticsSay(delivery::Metric::processed, 20);
  CHECK(lag() == Duration{});
  for (int minute = 0; minute < 5; ++minute) {
    CHECK(post(one("processed", "a@b.jp", "n" + std::to_string(minute), 0s)) == 204);
    clock.advance(1min);
    events().tick();
  }
  REQUIRE(lag());
  CHECK((*lag() >= 4min && *lag() <= 6min));  // the statistics lack the last five minutes
  statisticsSay(delivery::Metric::processed, 40);
  CHECK(*lag() < Duration{});  // now the stream lacks something
}
