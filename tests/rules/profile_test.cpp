// What is usual, learned from past weeks; and facts as the windows give them.
#include <catch2/catch.hpp>

#include "rules/fake_facts.hpp"
#include "rules/probability.hpp"
#include "rules/profile.hpp"
#include "rules/window_facts.hpp"

using namespace arrivald;
using namespace arrivald::rules;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

const TimeZone kTokyo = TimeZone::find("Asia/Tokyo").value();
// Monday, 23 November 2026, 00:00 in Tokyo.
const Instant kMonday = kTokyo.startOf(parseDate("2026-11-23").value());

// An office: 600 mails an hour from 9 to 17 on working days, 5 at all other times.
std::int64_t office(Instant at) {
  const auto local = kTokyo.local(at);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto hour = std::chrono::floor<std::chrono::hours>(local - day).count();
  const unsigned weekday = std::chrono::weekday(day).c_encoding();
  return weekday >= 1 && weekday <= 5 && hour >= 9 && hour < 17 ? 600 : 5;
}

// Spread over the quarters of the hour, the last ones first.
std::vector<QuarterCount> weeks(int count, const std::function<std::int64_t(Instant)>& requests = office) {
  std::vector<QuarterCount> history;
  for (Instant at = kMonday - count * 168h; at < kMonday; at += 1h)
    for (int quarter = 0; quarter < 4; ++quarter)
      history.push_back({at + quarter * 15min, (requests(at) + quarter) / 4});
  return history;
}

double chance(const Expectation& e) {
  return (1 - e.offChance) * chanceOfNone(e.mean, e.shape) + e.offChance * chanceOfNone(e.offMean, e.shape);
}

}  // namespace

TEST_CASE("a profile expects the volume of the same hours of past weeks") {
  const VolumeProfile profile(weeks(4), kTokyo);
  CHECK(profile.weeks() == 4);
  CHECK(profile.expect(kMonday + 10h, kMonday + 12h, 600)->mean == Approx(1200));
  // Half past eight to half past nine: the office only opens.
  CHECK(profile.expect(kMonday + 8h + 30min, kMonday + 9h + 30min, 40)->mean == Approx(154).margin(1));
  CHECK(profile.expect(kMonday + 120h + 10h, kMonday + 120h + 12h, 50)->mean == Approx(10));  // Saturday
  CHECK_FALSE(VolumeProfile({}, kTokyo).expect(kMonday, kMonday + 1h, 0));
}

TEST_CASE("a weekly mailing and a closed Friday do not distort the expectation") {
  const auto special = [](Instant at) -> std::int64_t {
    const auto local = kTokyo.local(at);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const unsigned weekday = std::chrono::weekday(day).c_encoding();
    const auto hour = std::chrono::floor<std::chrono::hours>(local - day).count();
    if (weekday == 5) return 5;
    if (weekday == 2 && hour == 20) return 8000;
    return office(at);
  };
  const VolumeProfile profile(weeks(4, special), kTokyo);
  CHECK(profile.expect(kMonday + 96h + 10h, kMonday + 96h + 11h, 50)->mean == Approx(5));  // Friday
  CHECK(profile.expect(kMonday + 24h + 20h, kMonday + 24h + 21h, 5000)->mean ==
        Approx(5));  // Tuesday evening
}

TEST_CASE("a nightly batch is not missing while it may be early or late by some minutes") {
  // Half of a day's mail between 02:00 and 02:15.
  std::vector<QuarterCount> history;
  for (Instant at = kMonday - 4 * 168h; at < kMonday; at += 15min) {
    const bool batch = kTokyo.local(at).time_since_epoch() % 24h == 2h;
    history.push_back({at, batch ? 3000 : 20});
  }
  const VolumeProfile profile(history, kTokyo);
  const auto mean = [&](Duration from, Duration to) {
    return profile.expectOnWorkingDay(kMonday + from, kMonday + to)->mean;
  };
  CHECK(mean(1h + 18min, 2h + 9min) < 100);  // it begins late
  CHECK(mean(1h + 18min, 2h + 14min) < 100);
  CHECK(mean(1h + 58min, 4h) < 600);  // it was early
  CHECK(mean(2h + 5min, 4h) < 200);
  CHECK(mean(1h + 18min, 2h + 30min) > 3000);  // it does not come
  CHECK(mean(9h, 12h) == Approx(240));
}

TEST_CASE("a holiday in the calendar is expected to be like a Sunday") {
  const VolumeProfile profile(weeks(4), kTokyo, {parseDate("2026-11-23").value()});
  const auto expected = profile.expect(kMonday + 10h, kMonday + 11h, 50);
  CHECK(expected->mean == Approx(5));
  CHECK(expected->offChance == 0);
}

TEST_CASE("the morning's mail distinguishes an unknown holiday from a silence") {
  const VolumeProfile profile(weeks(4), kTokyo);
  // At half past nine nothing has come since nine: that may be a holiday.
  const auto early = profile.expect(kMonday + 9h, kMonday + 9h + 30min, 45);
  CHECK(early->offChance > 0.01);
  CHECK(chance(*early) > 1e-5);
  // At eleven, after a busy morning, half an hour of silence is no holiday.
  const auto later = profile.expect(kMonday + 11h, kMonday + 11h + 30min, 45 + 1200);
  CHECK(later->offChance < 1e-6);
  CHECK(chance(*later) < 1e-5);
  // At eleven, after a morning as on a Sunday, it is one.
  CHECK(profile.expect(kMonday + 11h, kMonday + 11h + 30min, 50)->offChance > 0.99);
}

TEST_CASE("a higher variance of the volume makes a silence more likely") {
  const auto wild = [](Instant at) {
    return kTokyo.dateOf(at).time_since_epoch().count() % 3 == 0 ? office(at) / 4 : office(at);
  };
  const auto steady = VolumeProfile(weeks(4), kTokyo).expect(kMonday + 11h, kMonday + 12h, 1245);
  const auto unsteady = VolumeProfile(weeks(4, wild), kTokyo).expect(kMonday + 11h, kMonday + 12h, 1245);
  CHECK(unsteady->shape < steady->shape);
}

TEST_CASE("WindowFacts reads the windows and reports what they do not cover") {
  const Subject subject{"main", Dimension::account, ""};
  delivery::Windows windows;
  Profiles profiles;
  const Instant begin = kMonday - 28 * 24h;
  Counts counts;
  windows.add({subject, begin, begin, {}, 0});
  for (Instant at = begin; at < kMonday + 10h; at += 5min) {
    counts[Metric::requests] = at < kMonday + 9h + 30min ? office(at) / 5 : 0;
    counts[Metric::delivered] = counts[Metric::requests];
    windows.add({subject, at, at + 5min, counts, 0});
  }
  const Instant now = kMonday + 10h;
  profiles.emplace(subject, learnProfile(*windows.find(subject), kTokyo, {}, kMonday));
  const AccountReadings mine{
      "main",
      {{.source = Source::statistics, .every = 5min, .since = begin, .lastSuccess = now, .error = {}}}};
  Past past;
  const WindowFacts facts(
      {.statistics = windows, .profiles = profiles, .accounts = {mine}, .now = now, .past = &past});

  CHECK(facts.subjects() == std::vector<Subject>{subject});
  CHECK(facts.sum(subject, 1h, now, Basis::best).known);
  CHECK(facts.sum(subject, 1h, now, Basis::best).counts[Metric::requests] == 6 * 120);
  CHECK(facts.sum(subject, 1h, now + 15min, Basis::best).known);
  CHECK_FALSE(facts.sum(subject, 1h, now + 16min, Basis::best).known);
  CHECK(facts.sum(subject, 1h, now - 30min, Basis::best).counts[Metric::requests] == 6 * 120 + 6 * 1);
  CHECK(facts.lastRequest(subject) == kMonday + 9h + 30min);
  CHECK(facts.expectedRequests(subject, kMonday + 9h + 30min, now)->mean == Approx(720).epsilon(0.01));
  CHECK(facts.expectedRequests(subject, kMonday + 9h + 30min, now)->offChance < 1e-6);
  // Polled every five minutes, numbers move no more often than that.
  CHECK(facts.updateInterval(subject) == 5min);
  const auto series = facts.series(subject, 1h, 3, now, Basis::best);
  REQUIRE(series.size() == 3);
  CHECK(series[1].counts[Metric::requests] == 12);
  CHECK(series[2].counts[Metric::requests] == 720);
  // The past is looked up once, and again when it has moved on.
  CHECK(past.series.size() == 1);
  CHECK(facts.series(subject, 1h, 3, now, Basis::best)[2].counts == series[2].counts);
  CHECK(facts.series(subject, 1h, 3, now - 1h, Basis::best)[2].counts == series[1].counts);
  CHECK_FALSE(facts.listGrowth("main", "bounces", 1h, now));

  const Subject stranger{"main", Dimension::category, "new"};
  CHECK_FALSE(facts.sum(stranger, 1h, now, Basis::best).known);
  CHECK(facts.series(stranger, 1h, 3, now, Basis::best).size() == 3);
  CHECK_FALSE(facts.lastRequest(stranger));
  CHECK_FALSE(facts.updateInterval(stranger));
  CHECK_FALSE(facts.expectedRequests(stranger, now - 1h, now));
}

TEST_CASE("the event stream's windows are used while it is alive, else those of the statistics") {
  delivery::Windows statistics, streamed;
  const delivery::Subject main{"main", delivery::Dimension::account, ""};
  const Instant now = parseIso("2026-11-24T03:00:00Z").value();
  const auto fill = [&](delivery::Windows& windows, std::int64_t each, Instant to) {
    for (auto at = to - std::chrono::hours(2); at < to; at += std::chrono::minutes(1)) {
      delivery::Increment increment{main, at, at + std::chrono::minutes(1), {}, 0};
      increment.counts[delivery::Metric::delivered] = each;
      windows.add(increment);
    }
  };
  fill(statistics, 1, now);
  fill(streamed, 2, now);
  const Profiles profiles;
  testing::FakeStream stream;
  const auto sum = [&](Basis basis) {
    const WindowFacts facts({.statistics = statistics,
                             .profiles = profiles,
                             .accounts = {{"main", {}}},
                             .now = now,
                             .events = &streamed,
                             .stream = &stream});
    return facts.sum(main, std::chrono::minutes(10), now, basis);
  };
  CHECK(sum(Basis::best).counts[delivery::Metric::delivered] == 10);
  stream.aliveNow = true;
  CHECK(sum(Basis::best).counts[delivery::Metric::delivered] == 20);
  CHECK(sum(Basis::best).basis == Basis::events);
  CHECK(sum(Basis::statistics).counts[delivery::Metric::delivered] == 10);
  // Alive, but not long enough to cover the window.
  streamed = {};
  delivery::Increment begin{main, now - std::chrono::minutes(3), now, {}, 0};
  streamed.add(begin);
  CHECK(sum(Basis::best).basis == Basis::statistics);
  CHECK_FALSE(sum(Basis::events).known);
}

TEST_CASE("while the event stream is alive, its domain groups replace mailbox providers") {
  const Instant now = parseIso("2026-11-24T03:00:00Z").value();
  const Subject main{"main", Dimension::account, ""};
  const Subject gmail{"main", Dimension::mailboxProvider, "Gmail"};
  const Subject yahoo{"main", Dimension::mailboxProvider, "Yahoo"};
  const Subject group{"main", Dimension::domainGroup, "gmail"};
  const Subject removed{"removed", Dimension::account, ""};
  delivery::Windows statistics, streamed;
  for (const auto& subject : {main, gmail, yahoo, removed}) statistics.add({subject, now - 1min, now, {}, 0});
  streamed.add({group, now - 1min, now, {}, 0});
  const Profiles profiles;
  testing::FakeStream stream;
  Alert firing;
  firing.key = {"delivery-rate", yahoo};
  firing.state = AlertState::firing;
  const auto subjects = [&] {
    return WindowFacts({.statistics = statistics,
                        .profiles = profiles,
                        .accounts = {{"main", {}}},
                        .now = now,
                        .events = &streamed,
                        .stream = &stream,
                        .alerts = std::span(&firing, 1)})
        .subjects();
  };
  CHECK(subjects() == std::vector<Subject>{main, gmail, yahoo, group});
  stream.aliveNow = true;
  // What an alert is on about stays, until it has ended.
  CHECK(subjects() == std::vector<Subject>{main, yahoo, group});
  firing.state = AlertState::resolved;
  CHECK(subjects() == std::vector<Subject>{main, group});
}

namespace {

// The same from a Monday on, for a sender of so many mails an hour on Sundays.
VolumeProfile beforeYearEnd(std::int64_t onSundays, const TimeZone& zone = kTokyo) {
  std::vector<QuarterCount> history;
  for (Instant at = kMonday + 7 * 24h; at < kMonday + 35 * 24h; at += 1h) {
    const auto mails = office(at) > 5 ? office(at) : onSundays;
    for (int quarter = 0; quarter < 4; ++quarter)
      history.push_back({at + quarter * 15min, (mails + quarter) / 4});
  }
  return VolumeProfile(history, zone);
}

}  // namespace

TEST_CASE("an office that is silent on a day on which offices are usually closed has closed") {
  // Tuesday, 29 December.
  const Instant day = kTokyo.startOf(parseDate("2026-12-29").value());
  SECTION("although nobody announced it") {
    const auto profile = beforeYearEnd(0);
    CHECK_FALSE(profile.expectOnWorkingDay(day, day + 16h));
    CHECK(chance(*profile.expect(day + 4h, day + 16h, 0)) > 0.4);
  }
  SECTION("but not once it has sent mail on that day") {
    const auto expected = beforeYearEnd(0).expect(day + 11h, day + 12h, 1200);
    CHECK(expected->offChance < 1e-6);
    CHECK(chance(*expected) < 1e-5);
  }
  SECTION("nor a sender that has mail on Sundays, nor one elsewhere") {
    const auto seoul = TimeZone::find("Asia/Seoul").value();
    for (const auto& profile : {beforeYearEnd(40), beforeYearEnd(0, seoul)}) {
      REQUIRE(profile.expectOnWorkingDay(day, day + 16h));
      CHECK(profile.expectOnWorkingDay(day, day + 16h)->mean > 3000);
      CHECK(profile.expect(day + 4h, day + 16h, 0)->offChance < 0.99);
    }
  }
  SECTION("nor is an ordinary Tuesday one of these days") {
    const Instant before = kTokyo.startOf(parseDate("2026-12-22").value());
    CHECK(beforeYearEnd(0).expectOnWorkingDay(before, before + 16h));
  }
}
