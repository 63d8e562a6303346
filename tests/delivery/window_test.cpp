#include "delivery/window.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <utility>

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Instant kStart = parseIso("2026-11-23T00:00:00Z").value();
constexpr auto kPatience = Duration(3min);

Counts requests(std::int64_t n) {
  Counts counts;
  counts[Metric::requests] = n;
  return counts;
}

std::int64_t sum(const Series& series, Duration window, Instant end) {
  return series.sum(window, end, kPatience).counts[Metric::requests];
}

// One read a minute, `each` gained at each.
Series steady(int minutes, std::int64_t each) {
  Series series;
  series.add(kStart, kStart, {});
  for (int i = 0; i < minutes; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(each));
  return series;
}

}  // namespace

TEST_CASE("a window holds what was gained within it") {
  const auto series = steady(60, 2);
  const auto end = kStart + 1h;
  CHECK(sum(series, 5min, end) == 10);
  CHECK(sum(series, 1h, end) == 120);
  CHECK(series.sum(5min, end, kPatience).known);
}

TEST_CASE("a metric that a read did not tell is unknown where the window ends, and known over it") {
  Series series;
  series.add(kStart, kStart, {});
  const auto both = [](std::int64_t asked, std::int64_t answered) {
    Counts counts = requests(asked);
    counts[Metric::delivered] = answered;
    return counts;
  };
  const auto known = [&](Duration window, Instant end) {
    const auto sum = series.sum(window, end, kPatience);
    CHECK(sum.known);
    CHECK(sum.knows({Metric::requests}));
    return sum.knows({Metric::delivered});
  };
  // `delivered` is not told in the minutes 31 to 40.
  for (int i = 1; i <= 60; ++i) {
    const bool told = i <= 30 || i > 40;
    series.add(kStart + (i - 1) * 1min, kStart + i * 1min,
               both(2, i == 41 ? 22
                       : told  ? 2
                               : 0),
               told ? Metrics() : Metrics{Metric::delivered});
    CAPTURE(i);
    // It must not begin where nothing was told for longer than it lasts, either.
    if (i >= 5) CHECK(known(5min, kStart + i * 1min) == (i <= 30 || i > 45));
  }
  CHECK(series.sum(20min, kStart + 50min, kPatience).counts == both(40, 40));
  CHECK_FALSE(known(5min, kStart + 35min));
  // A window that is longer has its part of what came later.
  CHECK(known(15min, kStart + 50min));
  CHECK(series.sum(15min, kStart + 50min, kPatience).counts == both(30, 30));
  SECTION("also after a restart") {
    Series again;
    for (const auto& mark : series.marks()) again.restore(mark);
    CHECK_FALSE(again.sum(5min, kStart + 35min, kPatience).knows({Metric::delivered}));
  }
}

TEST_CASE("reads that tell not everything leave no quarter hour of the past unknown") {
  // One read in seven does not tell what was delivered, and with it each that ends a quarter hour.
  Series series;
  series.add(kStart, kStart, {});
  std::int64_t untold = 0;
  for (int i = 1; i <= 60 * 60; ++i) {
    const bool told = i % 7 != 0 && i % 15 != 0;
    Counts gained = requests(2);
    untold += 2;
    if (told) gained[Metric::delivered] = std::exchange(untold, 0);
    series.add(kStart + (i - 1) * 1min, kStart + i * 1min, gained,
               told ? Metrics() : Metrics{Metric::delivered});
  }
  const auto end = kStart + 30h;
  for (const auto& quarter : series.buckets(15min, 4 * 29, end)) {
    REQUIRE(quarter);
    CHECK((*quarter)[Metric::requests] == 30);
    CHECK((*quarter)[Metric::delivered] == Approx(30).margin(4));
  }
}

TEST_CASE("a read that tells nothing in a quiet hour leaves the hour known: no mail") {
  Series series;
  series.add(kStart, kStart, {});
  series.add(kStart, kStart + 1min, requests(3));
  for (int i = 2; i <= 120; ++i)
    series.add(kStart + (i - 1) * 1min, kStart + i * 1min, {}, i == 60 ? Metrics::all() : Metrics());
  for (const auto& quarter : series.buckets(15min, 7, kStart + 2h)) {
    REQUIRE(quarter);
    CHECK(quarter->isZero());
  }
}

TEST_CASE("a window older than the first read is unknown, not zero") {
  const auto series = steady(10, 2);
  const auto window = series.sum(30min, kStart + 10min, kPatience);
  CHECK_FALSE(window.known);
  CHECK(window.covered == 10min);
}

TEST_CASE("a window is unknown when the last read is too long ago") {
  const auto series = steady(60, 2);
  CHECK(series.sum(30min, kStart + 1h + 3min, kPatience).known);
  CHECK_FALSE(series.sum(30min, kStart + 1h + 4min, kPatience).known);
}

TEST_CASE("after downtime a window shorter than the gap is unknown, a longer one is known") {
  auto series = steady(60, 2);
  series.add(kStart + 60min, kStart + 100min, requests(80));
  series.add(kStart + 100min, kStart + 101min, requests(2));
  const auto end = kStart + 101min;
  CHECK_FALSE(series.sum(30min, end, kPatience).known);
  CHECK(series.sum(90min, end, kPatience).known);
  CHECK(sum(series, 90min, end) == 82 + 2 * 49);
  // Half of the gap lies in this window: half of what it brought is taken.
  CHECK(sum(series, 21min, end) == 42);
  // What ended where the gap began has nothing to do with it.
  CHECK(series.sum(30min, kStart + 60min, kPatience).known);
  // Once the gap has left a window, it is known again.
  for (int i = 101; i < 140; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(2));
  CHECK(series.sum(30min, kStart + 140min, kPatience).known);
}

TEST_CASE("a window may end in the past") {
  Series series;
  series.add(kStart, kStart, {});
  for (int i = 0; i < 60; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(i));
  CHECK(sum(series, 10min, kStart + 20min) == 10 + 11 + 12 + 13 + 14 + 15 + 16 + 17 + 18 + 19);
}

TEST_CASE("a busy subject's month takes less than 110 KB, and the longest windows are known") {
  const auto series = steady(32 * 24 * 60, 2);
  CHECK(series.marks().size() * sizeof(Mark) < 110'000);
  const auto end = kStart + 32 * 24h;
  for (const auto window :
       {Duration(5min), Duration(1h), Duration(24h), Duration(30 * 24h), Duration(31 * 24h)}) {
    CAPTURE(toText(window));
    CHECK(series.sum(window, end, kPatience).known);
    CHECK(sum(series, window, end) == 2 * (window / 1min));
  }
}

TEST_CASE("an idle subject keeps almost nothing, and zero is known to be zero") {
  const auto series = steady(24 * 60, 0);
  CHECK(series.marks().size() <= 3);
  const auto window = series.sum(6h, kStart + 24h, kPatience);
  CHECK(window.known);
  CHECK(window.counts.isZero());
}

TEST_CASE("a gap in a quiet time leaves the windows with time, as any other") {
  auto series = steady(60, 0);
  series.add(kStart + 60min, kStart + 240min, {});
  for (int i = 240; i < 24 * 60; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, {});
  CHECK(series.marks().size() <= 5);
  CHECK(series.sum(1h, kStart + 24h, kPatience).known);
  CHECK(series.sum(19h, kStart + 24h, kPatience).known);
  CHECK_FALSE(series.sum(1h, kStart + 4h + 30min, kPatience).known);
  CHECK_FALSE(series.sum(1h, kStart + 3h, kPatience).known);
  CHECK(series.sum(24h, kStart + 24h, kPatience).longestGap == 180min);
}

TEST_CASE("the stored changes reproduce the series") {
  std::map<Instant, Mark> rows;
  Series series;
  const auto mirror = [&](const Series::Change& change) {
    for (const auto at : change.removed) rows.erase(at);
    for (const auto& mark : change.added) rows[mark.at] = mark;
  };
  std::mt19937 random(11);
  mirror(series.add(kStart, kStart, {}));
  for (int i = 0; i < 5000; ++i)
    mirror(series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(random() % 3 == 0 ? 5 : 0),
                      random() % 5 == 0 ? Metrics{Metric::delivered} : Metrics()));
  Series restored;
  for (const auto& [at, mark] : rows) restored.restore(mark);
  CHECK(restored.marks() == series.marks());
}

TEST_CASE("stored marks out of order are ignored") {
  Series series;
  series.restore({kStart + 1h, 1min, {}});
  series.restore({kStart, 1min, {}});
  CHECK(series.marks().size() == 1);
}

TEST_CASE("the last change is that of any counter, or of one") {
  Series series;
  series.add(kStart, kStart, {});
  for (int i = 0; i < 170; ++i)
    series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(i % 15 == 14 ? 40 : 0));
  CHECK(series.lastChange() == kStart + 165min);
  CHECK(series.lastChange(Metric::requests) == kStart + 165min);
  CHECK_FALSE(series.lastChange(Metric::clicks).has_value());
}

TEST_CASE("a step of the wall clock changes no window") {
  auto series = steady(60, 2);
  series.shift(-2h);
  CHECK(sum(series, 30min, kStart + 1h - 2h) == 60);
  CHECK(series.sum(30min, kStart + 1h - 2h, kPatience).known);
}

TEST_CASE("a sparkline shows uncovered buckets as absent") {
  auto series = steady(60, 2);
  series.add(kStart + 60min, kStart + 90min, requests(3));
  const auto buckets = series.buckets(10min, 9, kStart + 90min);
  CHECK(buckets[0].value()[Metric::requests] == 20);
  CHECK_FALSE(buckets[7].has_value());
  CHECK_FALSE(series.buckets(10min, 12, kStart + 90min)[0].has_value());
}

TEST_CASE("a subject that was left out of reads has a gap since it was last in one") {
  auto series = steady(60, 2);
  series.add(kStart + 99min, kStart + 100min, requests(3));
  CHECK(series.sum(1h, kStart + 100min, kPatience).longestGap == 40min);
  CHECK_FALSE(series.sum(30min, kStart + 100min, kPatience).known);
}

namespace {

// The windows, as a plain model: every read is kept, a window takes its share of the reads at its edges.
struct PlainModel {
  struct Span {
    Instant from;
    Instant to;
    std::int64_t gained;
  };
  std::vector<Span> spans;

  double sum(Instant begin, Instant end) const {
    double total = 0;
    for (const auto& span : spans) {
      const auto inside = std::min(end, span.to) - std::max(begin, span.from);
      if (inside > Duration{})
        total += static_cast<double>(span.gained) * static_cast<double>(inside.count()) /
                 static_cast<double>((span.to - span.from).count());
    }
    return total;
  }
  Duration longestGap(Instant begin, Instant end) const {
    Duration longest{};
    for (const auto& span : spans)
      if (span.from < end && span.to > begin) longest = std::max(longest, span.to - span.from);
    return longest;
  }
  // All that was gained in spans that touch (begin, end).
  double around(Instant begin, Instant end) const {
    double total = 0;
    for (const auto& span : spans)
      if (span.from <= end && span.to >= begin) total += static_cast<double>(span.gained);
    return total;
  }
};

}  // namespace

TEST_CASE("windows agree with a plain model within the stated bounds") {
  std::size_t known = 0, unknown = 0;
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto roll = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const int every = 20 + roll(600);
    const int busy = 1 + roll(100);
    Series series;
    PlainModel model;
    auto now = kStart;
    series.add(now, now, {});
    // Times of mail and quiet times, regular reads and gaps of all lengths.
    for (int phase = 0; phase < 36; ++phase) {
      const bool quiet = roll(2) == 0;
      for (int reads = roll(300); reads > 0; --reads) {
        const auto from = now;
        now += 1s * (every + roll(every / 4 + 1));
        if (roll(400) == 0) now += 1min * roll(2000);
        const std::int64_t gained = quiet || roll(100) >= busy ? 0 : roll(1000);
        series.add(from, now, requests(gained));
        model.spans.push_back({from, now, gained});
      }
      if (roll(4) == 0) {
        Series restored;
        for (const auto& mark : series.marks()) restored.restore(mark);
        series = restored;
      }
    }
    REQUIRE(model.spans.size() > 300);
    CHECK(series.marks().size() * sizeof(Mark) < 150'000);

    for (int query = 0; query < 120; ++query) {
      const Duration window =
          roll(2) == 0 ? Duration(5min + 1s * roll(3 * 3600)) : Duration(1h * (1 + roll(31 * 24)));
      const auto end = now + 1s * (roll(600) - 300 - (roll(3) == 0 ? roll(3 * 3600) : 0));
      const auto begin = end - window;
      CAPTURE(toText(window), toIso(begin), toIso(end));
      const auto got = series.sum(window, end, 5min);
      const auto gap = model.longestGap(begin, end);
      const auto value = static_cast<double>(got.counts[Metric::requests]);
      (got.known ? known : unknown) += 1;
      if (begin < kStart) {
        CHECK_FALSE(got.known);
        CHECK(got.covered == std::max(Duration{}, std::min(end, now) - kStart));
        continue;
      }
      CHECK(got.tail == std::max(Duration{}, end - now));
      // The gap is known to within a quarter where nothing moved; where marks were thinned it may lie just
      // outside.
      const auto age = now - begin;
      const auto spacing = age <= 3h ? Duration{} : age <= 26h ? Duration(5min) : Duration(1h);
      if (gap * 5 / 4 <= window && spacing < window && got.tail <= 5min) CHECK(got.known);
      if (gap > window) CHECK_FALSE(got.known);
      CHECK(got.longestGap >= gap);
      // What lies around the old edge may be shared out otherwise once it is thinned.
      const double slack = 1 + (spacing > Duration{} ? model.around(begin - spacing, begin + spacing) : 0);
      CHECK(std::abs(value - model.sum(begin, end)) <= slack);
    }
  }
  CHECK(known > 300);
  CHECK(unknown > 50);
}

TEST_CASE("late events count in the windows of their own time only") {
  Series series;
  const Instant start = parseIso("2026-11-24T00:00:00Z").value();
  Counts one;
  one[Metric::delivered] = 10;
  for (int minute = 1; minute <= 60; ++minute)
    series.add(start + std::chrono::minutes(minute - 1), start + std::chrono::minutes(minute), one);
  Counts late;
  late[Metric::delivered] = 7;
  const auto change = series.addLate(start + std::chrono::minutes(30), late);
  CHECK(change.removed.empty());
  CHECK(change.added.size() == 31);  // every mark from then on
  const auto delivered = [&](int from, int to) {
    return series
        .sum(std::chrono::minutes(to - from), start + std::chrono::minutes(to), std::chrono::minutes(3))
        .counts[Metric::delivered];
  };
  CHECK(delivered(0, 60) == 607);
  CHECK(delivered(29, 30) == 17);
  CHECK(delivered(30, 60) == 300);
  CHECK(delivered(0, 29) == 290);
}

TEST_CASE("the share of a gain that a window has makes up the window's sum, however marks are thinned") {
  const auto seed = GENERATE(range(1U, 6U));
  CAPTURE(seed);
  std::mt19937 random(seed);
  struct Gain {
    Instant happened, added;
    std::int64_t requests;
  };
  std::vector<Gain> gains;
  Series series;
  series.add(kStart, kStart, {});
  Instant flushed = kStart, now = kStart;
  while (now < kStart + 30h) {
    now += std::chrono::seconds(40 + static_cast<int>(random() % 40));
    Counts fresh;
    for (int i = static_cast<int>(random() % 4); i-- > 0;) {
      const auto span = static_cast<std::uint64_t>((now - flushed).count());
      const auto added = flushed + Duration(1 + static_cast<Duration::rep>(random() % span));
      // One in four was tried again, and comes up to an hour late.
      const auto late =
          random() % 4 == 0 ? Duration(std::chrono::minutes(static_cast<int>(random() % 60))) : Duration{};
      const Gain gain{std::max(added - late, kStart + 1ms), added,
                      10 + static_cast<std::int64_t>(random() % 90)};
      if (gain.happened > flushed)
        fresh += requests(gain.requests);
      else
        series.addLate(gain.happened, requests(gain.requests));
      gains.push_back(gain);
    }
    series.add(flushed, now, fresh);
    flushed = now;
  }
  gains.push_back({now, now + 1s, 1000});  // not flushed yet
  for (const auto window : {Duration(10min), Duration(1h), Duration(6h), Duration(24h)}) {
    double sum = 0;
    for (const auto& gain : gains)
      sum += static_cast<double>(gain.requests) * series.shareOf(gain.happened, gain.added, window, now);
    CAPTURE(toText(window));
    CHECK(sum == Approx(series.sum(window, now, kPatience).counts[Metric::requests]).margin(1));
  }
}

TEST_CASE("what comes late at the end of a quiet time is not spread over it") {
  const auto start = fromUnixSeconds(1'700'000'040);
  Series series;
  series.add(start, start, {});
  for (auto at = start + 1min; at <= start + 60min; at += 1min) series.add(at - 1min, at, {});
  Counts mail;
  mail[Metric::processed] = 10;
  // Told of after the flush at the end of its minute.
  series.add(start + 60min, start + 61min, {});
  const auto change = series.addLate(start + 60min, mail);
  CHECK(change.added.size() == 3);
  CHECK(series.sum(5min, start + 61min, 3min).counts[Metric::processed] == 10);
  CHECK(series.sum(30min, start + 58min, 3min).counts[Metric::processed] == 0);
  CHECK(series.sum(60min, start + 61min, 3min).known);
}

TEST_CASE(
    "what comes late in one lump is in the minutes in which it happened, and after them there is none") {
  const auto start = fromUnixSeconds(1'700'000'040);
  Series series;
  series.add(start, start, {});
  for (auto at = start + 1min; at <= start + 61min; at += 1min) series.add(at - 1min, at, {});
  const auto of = [](std::int64_t delivered, std::int64_t bounced) {
    Counts counts;
    counts[Metric::delivered] = delivered;
    counts[Metric::bounces] = bounced;
    return counts;
  };
  // Twenty minutes of an outage, then ten in which all is well; in any order.
  for (const int first : {31, 32})
    for (int minute = first; minute <= 60; minute += 2)
      series.addLate(start + minute * 1min, minute <= 50 ? of(10, 10) : of(20, 0));
  CHECK(series.sum(10min, start + 60min, 3min).counts[Metric::bounces] == 0);
  CHECK(series.sum(10min, start + 60min, 3min).counts[Metric::delivered] == 200);
  CHECK(series.sum(10min, start + 45min, 3min).counts[Metric::bounces] == 100);
  CHECK(series.sum(20min, start + 30min, 3min).counts.isZero());
  CHECK(series.sum(60min, start + 61min, 3min).known);
}
