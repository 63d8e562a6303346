// What rules need to have learned before they judge, and what they do until then.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <utility>

#include "rules/defaults.hpp"
#include "rules/evaluate.hpp"
#include "rules/fake_facts.hpp"
#include "rules/outcome_lag.hpp"
#include "rules/profile.hpp"
#include "rules/window_facts.hpp"

using namespace arrivald;
using namespace arrivald::rules;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-25T05:00:00Z").value();
const TimeZone kTokyo = TimeZone::find("Asia/Tokyo").value();
const Instant kMonday = kTokyo.startOf(parseDate("2026-11-23").value());

Rule ruleOf(Kind kind) {
  Rule rule;
  rule.name = "r";
  rule.kind = std::move(kind);
  return rule;
}

Evaluation look(Kind kind, const Facts& facts, Instant now = kNow) {
  return explain(ruleOf(std::move(kind)), account(), facts, now);
}

RateThreshold rateBelow98() {
  RateThreshold kind;
  kind.windows = {30min};
  kind.warning = badShareOf(kind.input, 0.98);
  kind.critical = badShareOf(kind.input, 0.90);
  kind.timesUsual = 3;
  return kind;
}

// Knows since when it knows.
class YoungFacts : public FakeFacts {
 public:
  std::optional<Instant> since;
  std::optional<Expectation> ofDay;
  std::optional<Instant> knownSince(const Subject&) const override { return since; }
  std::optional<Expectation> expectedOnWorkingDay(const Subject&, Instant, Instant) const override {
    return ofDay;
  }
  std::optional<Instant> midnight(const Subject&, Instant at) const override { return at - 13h; }
  Moved lastMoved(const Subject& subject) const override { return {lastRequest(subject), outcomesMoved}; }
  std::optional<Instant> outcomesMoved;
};

// The statistics of an account, read each minute at a few seconds past it.
class Read {
 public:
  explicit Read(Instant from) : at_(from + 37s) { windows_.add({account(), at_, at_, {}, 0}); }
  void minute(const Counts& counts, delivery::Metrics stale = {}) {
    windows_.add({account(), at_, at_ + 1min, counts, 0, stale});
    at_ += 1min;
  }
  Instant at() const { return at_; }
  const delivery::Windows& windows() const { return windows_; }
  const delivery::Series& series() const { return *windows_.find(account()); }

 private:
  Instant at_;
  delivery::Windows windows_;
};

Counts of(std::int64_t requests, std::int64_t outcomes) {
  Counts counts;
  counts[Metric::requests] = requests;
  counts[Metric::delivered] = outcomes;
  return counts;
}

}  // namespace

TEST_CASE("what is usual needs five days with mail, however much came on fewer") {
  FakeFacts facts;
  for (int day = 1; day <= 4; ++day) facts.add(account(), kNow - day * 24h + 1min, mail(9900, 100));
  CHECK_FALSE(facts.usualShare(account(), Input::deliveryRate, 14, kNow));
  facts.add(account(), kNow - 5 * 24h + 1min, mail(9900, 100));
  const auto usual = facts.usualShare(account(), Input::deliveryRate, 14, kNow);
  REQUIRE(usual);
  CHECK(usual->share.value() == Approx(0.01));
  CHECK(usual->error < 0.001);
}

TEST_CASE("days that differ make what is usual less certain") {
  FakeFacts facts;
  for (int day = 1; day <= 6; ++day)
    facts.add(account(), kNow - day * 24h + 1min, mail(day % 2 ? 990 : 950, day % 2 ? 10 : 50));
  CHECK(facts.usualShare(account(), Input::deliveryRate, 14, kNow)->error > 0.01);
}

TEST_CASE("in the first week a rate is judged by what has been seen so far") {
  YoungFacts facts;
  facts.since = kNow - 24h;
  facts.add(account(), kNow - 10min, mail(285, 15));  // 5 %
  SECTION("without any mail before, the threshold is three times as high") {
    CHECK(look(rateBelow98(), facts).outcome != Outcome::bad);
    CHECK(look(rateBelow98(), facts).learningUntil);
  }
  SECTION("a sender that always fails at 3 % is not told of 5 %") {
    facts.add(account(), kNow - 6h, mail(970, 30));
    CHECK(look(rateBelow98(), facts).outcome != Outcome::bad);
  }
  SECTION("one that hardly ever fails is") {
    facts.add(account(), kNow - 6h, mail(998, 2));
    CHECK(look(rateBelow98(), facts).outcome == Outcome::bad);
  }
  SECTION("12 % are told in any case") {
    facts.entries[account()] = {{kNow - 10min, mail(240, 60)}};
    CHECK(look(rateBelow98(), facts).outcome == Outcome::bad);
  }
}

TEST_CASE("a rule that is still learning says until when") {
  YoungFacts facts;
  facts.since = kNow - 24h;
  facts.add(account(), kNow - 10min, mail(300));
  const auto drift = look(SlowDrift{}, facts);
  CHECK(drift.outcome == Outcome::unknown);
  CHECK(drift.learningUntil == *facts.since + 10 * 24h);
  facts.entries[account()] = {{kNow - 40min, mail(1)}};
  const auto silence = look(NothingRequested{}, facts);
  CHECK(silence.outcome == Outcome::tooLittle);
  CHECK(silence.learningUntil == *facts.since + 14 * 24h);
}

TEST_CASE("a threshold of the first week names the configured one") {
  YoungFacts facts;
  facts.since = kNow - 24h;
  facts.add(account(), kNow - 10min, mail(300));
  RateThreshold kind = rateBelow98();
  const auto young = std::get<RateEvidence>(look(kind, facts).evidence);
  CHECK(young.threshold > *kind.warning);
  CHECK(young.configured == kind.warning);
  CHECK(young.learning);
  kind.timesUsual.reset();
  const auto fixed = std::get<RateEvidence>(look(kind, facts).evidence);
  CHECK_FALSE(fixed.configured);
  CHECK_FALSE(fixed.learning);
}

TEST_CASE("of a few mails the last twenty are judged, however long they took") {
  FakeFacts facts;
  RateThreshold kind = rateBelow98();
  kind.timesUsual.reset();
  kind.lastMails = 20;
  for (int i = 0; i < 40; ++i) facts.add(account(), kNow - i * 25min, mail(i < 6 ? 0 : 1, i < 6 ? 1 : 0));
  const Evaluation evaluation = look(kind, facts);
  CHECK(evaluation.outcome == Outcome::bad);
  CHECK(std::get<RateEvidence>(evaluation.evidence).mails == BadMail{6, 20});
  CHECK(windowOf(evaluation.evidence) > 7h);
  SECTION("three failures may be chance") {
    for (int i = 3; i < 6; ++i) facts.entries[account()][static_cast<std::size_t>(i)].second = mail(1);
    CHECK(look(kind, facts).outcome != Outcome::bad);
  }
  SECTION("it is over when the last twenty arrived") {
    for (int i = 0; i < 20; ++i) facts.entries[account()][static_cast<std::size_t>(i)].second = mail(1);
    CHECK(look(kind, facts).outcome == Outcome::good);
  }
  SECTION("without the last mails nothing can be said") {
    kind.lastMails = 0;
    CHECK(look(kind, facts).outcome == Outcome::tooLittle);
  }
}

TEST_CASE("a working day without mail is judged against working days") {
  YoungFacts facts;
  facts.add(account(), kNow - 20h, mail(1));
  facts.expectation = Expectation{.mean = 0.5, .shape = 4, .weeks = 4};
  facts.ofDay = Expectation{.mean = 12, .shape = 20, .ofDay = 20, .weeks = 4};
  const auto evaluation = look(NothingRequested{}, facts);
  CHECK(evaluation.outcome == Outcome::bad);
  CHECK(std::get<SilenceEvidence>(evaluation.evidence).expected == 12);
  SECTION("not before a good part of the day's mail is missing") {
    facts.ofDay->mean = 6;
    CHECK(look(NothingRequested{}, facts).outcome != Outcome::bad);
  }
  SECTION("not on a day off") {
    facts.ofDay.reset();
    CHECK(look(NothingRequested{}, facts).outcome != Outcome::bad);
  }
}

TEST_CASE("the profile of a day that ends sharply expects nothing after it, weeks later and off the minute") {
  // 12 mails a minute from 9:00 to 17:15, counted up to five minutes later.
  Read read(kMonday - 28 * 24h);
  while (read.at() < kMonday + 18h) {
    const auto local = kTokyo.local(read.at() - 4min);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto minute = (local - day) / 1min;
    const auto weekday = std::chrono::weekday(day).c_encoding();
    const bool open = weekday >= 1 && weekday <= 5 && minute >= 9 * 60 && minute < 17 * 60 + 15;
    read.minute(of(open ? 12 : 0, open ? 12 : 0));
  }
  const VolumeProfile profile = learnProfile(read.series(), kTokyo, {}, kMonday);
  CHECK(profile.weeks() >= 3);
  CHECK(profile.expect(kMonday + 17h + 19min, kMonday + 19h, 5900)->mean < 1);
  CHECK(profile.expect(kMonday + 10h, kMonday + 11h, 700)->mean == Approx(720).epsilon(0.05));
}

TEST_CASE("the lag of outcomes is learned from the account's own mail") {
  Read read(kMonday);
  std::vector<std::int64_t> later(60 * 24 * 4 + 60);
  for (std::size_t minute = 0; minute < 60 * 24 * 3; ++minute) {
    const bool open = minute % (60 * 24) >= 60 * 8 && minute % (60 * 24) < 60 * 20;
    const std::int64_t requests = open && minute % 3 == 0 ? 2 : 0;
    later[minute + 12 + minute % 7] += requests;
    read.minute(of(requests, later[minute]));
  }
  const auto lag = learnOutcomeLag(read.series(), read.at());
  REQUIRE(lag);
  CHECK(*lag >= 15min);
  CHECK(*lag <= 24min);
  CHECK_FALSE(learnOutcomeLag(Read(kMonday).series(), kMonday + 1h));
}

TEST_CASE("far more mail than ever before is given the time that nobody has seen yet") {
  Read read(kMonday);
  for (int minute = 0; minute < 60 * 24 * 2; ++minute) read.minute(of(minute % 20 == 0, minute % 20 == 1));
  const auto lagOf = [&] {
    const AccountReadings mine{"main", {}};
    const Profiles none;
    return WindowFacts({.statistics = read.windows(), .profiles = none, .accounts = {mine}, .now = read.at()})
        .outcomeLag(account());
  };
  CHECK(lagOf() == 5min);
  for (int minute = 0; minute < 5; ++minute) read.minute(of(2000, 0));
  CHECK(lagOf() == 30min);
}

TEST_CASE("a stall a quarter of an hour after the first start is found as soon as later") {
  Read read(kMonday + 10h);
  const Instant stalled = read.at() + 16min;
  Past past;
  const Profiles none;
  const auto look = [&] {
    return explain(ruleOf(Stall{}), account(),
                   WindowFacts({.statistics = read.windows(),
                                .profiles = none,
                                .accounts = {{"main", {}}},
                                .now = read.at(),
                                .past = &past}),
                   read.at())
        .outcome;
  };
  while (read.at() < stalled) {
    read.minute(of(18, 18));
    CHECK(look() != Outcome::bad);
  }
  while (read.at() < stalled + 13min && look() != Outcome::bad) read.minute(of(18, 0));
  CHECK(look() == Outcome::bad);
}

namespace {

Outcome lookForStall(const Read& read, Past& past) {
  const Profiles none;
  const WindowFacts facts({.statistics = read.windows(),
                           .profiles = none,
                           .accounts = {{"main", {}}},
                           .now = read.at(),
                           .past = &past});
  return look(Stall{}, facts, read.at()).outcome;
}

}  // namespace

TEST_CASE("steady mail that ends or pauses is no stall: nothing stays without an outcome") {
  const int rate = GENERATE(16, 20, 40, 200);
  const int late = GENERATE(1, 4, 15);  // minutes from request to outcome
  const int pause = GENERATE(4, 8, 15, 120);
  CAPTURE(rate, late, pause);
  Read read(kMonday + 10h);
  Past past;
  const auto requested = [&](int minute) {
    return minute < 0 || (minute >= 75 && minute < 75 + pause) ? 0 : rate;
  };
  for (int minute = 0; minute < 75 + pause + 30; ++minute) {
    read.minute(of(requested(minute), requested(minute - late)));
    CAPTURE(minute);
    REQUIRE(lookForStall(read, past) != Outcome::bad);
  }
}

TEST_CASE("a first mailing of whose like nobody has seen an outcome yet is given time, too") {
  Read read(kMonday + 3h);
  Past past;
  // 5,000 at once half an hour after the first start, with outcomes 15 to 24 minutes later.
  for (int minute = 0; minute < 90; ++minute) {
    read.minute(of(minute == 30 ? 5000 : 0, minute >= 45 && minute < 55 ? 500 : 0));
    CAPTURE(minute);
    CHECK(lookForStall(read, past) != Outcome::bad);
  }
}

TEST_CASE("of a few mails a day, some in a row without an outcome are a stall") {
  // Twenty a day from 9:00 on, 25 minutes apart, each with its outcome a minute later.
  Read read(kMonday);
  const auto isOfMail = [&](int minute) { return minute % 25 == 0; };
  const auto open = [&](Instant at) {
    return (at - kMonday) % 24h >= 9h && (at - kMonday) % 24h < 17h + 20min;
  };
  for (int minute = 0; minute < 60 * 24 + 60 * 10; ++minute)
    read.minute(of(open(read.at()) && isOfMail(minute), open(read.at()) && isOfMail(minute - 1)));
  const Instant stalled = read.at();
  const Profiles none;
  const auto look = [&] {
    return explain(
        ruleOf(Stall{}), account(),
        WindowFacts(
            {.statistics = read.windows(), .profiles = none, .accounts = {{"main", {}}}, .now = read.at()}),
        read.at());
  };
  for (int minute = 0; read.at() < stalled + 7h && look().outcome != Outcome::bad; ++minute)
    read.minute(of(isOfMail(minute), 0));
  // With twenty mails before, it takes seven: the last of them after two hours and a half, and half an hour.
  CHECK(read.at() - stalled > 2h);
  CHECK(read.at() - stalled < 3h + 5min);
  SECTION("it is over with the next outcome") {
    read.minute(of(0, 6));
    CHECK(look().outcome != Outcome::bad);
  }
}

TEST_CASE("five mails of one minute without an outcome share a fate and are no stall") {
  Read read(kMonday);
  for (int minute = 0; minute < 60 * 24; ++minute) read.minute(of(minute % 25 == 0, minute % 25 == 1));
  read.minute(of(0, 0));
  read.minute(of(6, 0));
  for (int minute = 0; minute < 60; ++minute) read.minute(of(0, 0));
  const auto unanswered = unansweredIn(read.series(), read.at() - 30min);
  REQUIRE(unanswered);
  CHECK(unanswered->occasions == 1);
  CHECK(unanswered->requests == 6);
  const Profiles none;
  const WindowFacts facts(
      {.statistics = read.windows(), .profiles = none, .accounts = {{"main", {}}}, .now = read.at()});
  CHECK(look(Stall{}, facts, read.at()).outcome != Outcome::bad);
}

TEST_CASE("an incident of its own is no drift, and too little mail is no recovery from one") {
  FakeFacts facts;
  const auto hours = [&](int from, int to, int delivered, int bounced) {
    for (int ago = from; ago > to; --ago)
      facts.add(account(), kNow - ago * 1h + 1min, mail(delivered, bounced));
  };
  hours(24 * 17, 24 * 3, 248, 2);
  SECTION("four hours of 30 % leave no drift behind") {
    hours(24 * 3, 12, 248, 2);
    hours(12, 8, 175, 75);
    hours(8, 0, 248, 2);
    CHECK(look(SlowDrift{}, facts).outcome == Outcome::good);
  }
  SECTION("a long weekend of a few mails says nothing") {
    hours(24 * 3, 0, 4, 0);
    CHECK(look(SlowDrift{}, facts).outcome == Outcome::tooLittle);
  }
}

TEST_CASE("statistics that stand still are told from a sender that stopped") {
  YoungFacts facts;
  facts.expectation = Expectation{.mean = 600, .shape = 16, .offMean = 5, .offChance = 1e-9, .weeks = 4};
  facts.add(account(), kNow - 40min, mail(20));
  SECTION("without an event stream by the outcomes that would have followed the last requests") {
    facts.outcomesMoved = kNow - 40min;
    CHECK(look(StatisticsStill{}, facts).outcome == Outcome::bad);
    CHECK(look(NothingRequested{}, facts).outcome != Outcome::bad);
    facts.outcomesMoved = kNow - 33min;
    CHECK(look(StatisticsStill{}, facts).outcome != Outcome::bad);
    CHECK(look(NothingRequested{}, facts).outcome == Outcome::bad);
  }
  SECTION("with one by the mail that it reports") {
    facts.inFlight = StreamFacts::Waiting{};
    facts.outcomesMoved = kNow - 33min;
    facts.add(provider("Gmail"), kNow, {});
    CHECK(look(StatisticsStill{}, facts).outcome != Outcome::bad);
  }
}

TEST_CASE("an alert names the beginning of what it saw, not when it was seen") {
  FakeFacts facts;
  const auto begin = [&](Kind kind) {
    const Verdict verdict = evaluate(std::vector{ruleOf(std::move(kind))}, facts, {}, kNow);
    REQUIRE(verdict.changes.size() == 1);
    CHECK(verdict.changes[0].reason.detected == kNow);
    return verdict.changes[0].reason.since;
  };
  SECTION("failures") {
    for (int minute = 0; minute < 180; ++minute)
      facts.add(account(), kNow - minute * 1min, minute < 17 ? mail(14, 6) : mail(20, minute % 8 == 0));
    // The statistics are two minutes old.
    const Instant since = begin(rateBelow98());
    CHECK(since >= kNow - 20min);
    CHECK(since <= kNow - 18min);
  }
  SECTION("a stall") {
    facts.lag = 5min;
    for (int minute = 0; minute < 180; ++minute)
      facts.add(account(), kNow - minute * 1min, minute < 14 ? mail(0, 0, 10) : mail(10));
    const Instant since = begin(Stall{});
    CHECK(since >= kNow - 17min);
    CHECK(since <= kNow - 15min);
  }
}

TEST_CASE("nothing began before the first numbers") {
  YoungFacts facts;
  facts.since = kNow - 12min;
  facts.lag = 5min;
  const auto began = [&](Kind kind, const Counts& each) {
    for (int minute = 0; minute < 12; ++minute) facts.add(account(), kNow - minute * 1min, each);
    const Verdict verdict = evaluate(std::vector{ruleOf(std::move(kind))}, facts, {}, kNow);
    REQUIRE(verdict.changes.size() == 1);
    return verdict.changes[0].reason.since;
  };
  SECTION("failures") { CHECK(began(rateBelow98(), mail(5, 15)) == *facts.since); }
  SECTION("a stall") { CHECK(began(Stall{}, mail(0, 0, 20)) == *facts.since); }
}

namespace {

// Mail of an event stream by when it was processed, and what of it has no outcome.
class StuckFacts : public FakeFacts {
 public:
  std::vector<std::pair<Instant, std::int64_t>> stuck;
  StuckFacts() { lag = 2min; }
  void send(Instant at, std::int64_t mails, std::int64_t without = 0) {
    add(account(), at, mail(mails - without, 0, without));
    if (without > 0) stuck.emplace_back(at, without);
  }
  bool alive(std::string_view, Instant) const override { return true; }
  std::optional<Waiting> waiting(const Subject&, Duration after, Duration window,
                                 Instant now) const override {
    Waiting waiting;
    for (const auto& [at, mails] : stuck) {
      waiting.messages += mails;
      waiting.oldest = std::max(waiting.oldest, now - at);
      if (at >= now - after - window && at <= now - after) waiting.overdue += mails;
    }
    return waiting;
  }
};

// Evaluates the rule each minute and keeps its notifications.
class Minutes {
 public:
  explicit Minutes(Kind kind) : rules_{ruleOf(std::move(kind))} {}
  void run(const Facts& facts, Instant now) {
    Verdict verdict = evaluate(rules_, facts, alerts_, now);
    alerts_ = std::move(verdict.alerts);
    for (Change& change : verdict.changes)
      if (change.kind == Change::Kind::fired || change.kind == Change::Kind::resolved)
        changes.push_back(std::move(change));
  }
  std::vector<Change> changes;

 private:
  std::vector<Rule> rules_;
  std::vector<Alert> alerts_;
};

}  // namespace

TEST_CASE("overdue mail is over once it had an outcome, not when later mail is on time") {
  StuckFacts facts;
  const Instant sent = kNow;
  facts.begin = sent - 20min;  // the longer window is not known at first
  Minutes minutes(Overdue{});
  Instant now = facts.begin;
  const auto until = [&](Instant end, int each) {
    for (; now < end; now += 1min) {
      facts.send(now, each);
      if (now == sent) facts.send(now, 40, 40);
      minutes.run(facts, now);
    }
  };
  until(sent + 5h, 10);
  REQUIRE(minutes.changes.size() == 1);
  CHECK(minutes.changes[0].kind == Change::Kind::fired);
  SECTION("it ends with the outcomes, for good") {
    facts.stuck.clear();
    until(sent + 8h, 10);
    REQUIRE(minutes.changes.size() == 2);
    CHECK(minutes.changes[1].reason.why == Reason::Why::recovered);
  }
  SECTION("a usual rest does not keep it open, and cannot start it again") {
    facts.stuck = {{sent, 4}};
    until(sent + 8h, 10);
    REQUIRE(minutes.changes.size() == 2);
    CHECK(minutes.changes[1].reason.why == Reason::Why::recovered);
  }
}

TEST_CASE("overdue mail whose outcome never comes ends undecided") {
  StuckFacts facts;
  const Instant sent = kNow;
  Minutes minutes(Overdue{});
  facts.send(sent, 60, 40);
  for (Instant now = sent; now < sent + 80h; now += 10min) {
    facts.send(now, 20);
    if (now >= sent + 73h) facts.stuck.clear();  // it is no longer known
    minutes.run(facts, now);
  }
  REQUIRE(minutes.changes.size() == 2);
  CHECK(minutes.changes[1].kind == Change::Kind::resolved);
  CHECK(minutes.changes[1].reason.why == Reason::Why::tooLittleMail);
  CHECK(minutes.changes[1].at >= sent + 72h);
}

TEST_CASE("a rate has recovered once enough mail excludes what the alert saw") {
  FakeFacts facts;
  RateThreshold kind = rateBelow98();
  kind.windows = {10min, 30min};
  kind.timesUsual.reset();
  Minutes minutes(kind);
  // Two mails a minute; of the last 20 minutes of each hour none is refused, of all others one in five.
  const auto refused = [](int minute) { return minute % 60 < 40 && minute % 5 < 2; };
  int minute = 0;
  const auto until = [&](int end, bool all) {
    for (; minute < end; ++minute) {
      const Instant now = kNow + minute * 1min;
      const bool bad = all ? refused(minute) : minute < 0;
      facts.add(account(), now, mail(bad ? 1 : 2, bad));
      minutes.run(facts, now);
    }
  };
  until(6 * 60, true);
  REQUIRE(minutes.changes.size() == 1);
  CHECK(minutes.changes[0].kind == Change::Kind::fired);
  until(8 * 60, false);
  REQUIRE(minutes.changes.size() == 2);
  CHECK(minutes.changes[1].reason.why == Reason::Why::recovered);
}

TEST_CASE("where the statistics show the outcomes that the stream lacks, the stream is late, not the mail") {
  class BothFacts : public StuckFacts {
   public:
    FakeFacts statistics;
    Sum sum(const Subject& subject, Duration window, Instant end, Basis asked) const override {
      return asked == Basis::statistics ? statistics.sum(subject, window, end, asked)
                                        : FakeFacts::sum(subject, window, end, asked);
    }
  } facts;
  const Instant sent = kNow - 20min;
  for (int minute = 0; minute < 360; ++minute) {
    const Instant at = kNow - minute * 1min;
    const std::int64_t late = at == sent ? 30 : 0;
    facts.send(at, 10 + late, late);
    facts.statistics.add(account(), at, mail(10 + late));
  }
  CHECK(look(Overdue{}, facts).outcome == Outcome::unknown);
  SECTION("unless they show none either") {
    facts.statistics.add(account(), sent, mail(-30, 0, 30));
    CHECK(look(Overdue{}, facts).outcome == Outcome::bad);
  }
  SECTION("unless they have not counted that mail yet") {
    facts.statistics.entries[account()].clear();
    for (int minute = 15; minute < 360; ++minute)
      facts.statistics.add(account(), kNow - minute * 1min, mail(10));
    CHECK(look(Overdue{}, facts).outcome == Outcome::bad);
  }
}

namespace {

// A fresh installation that reads 120 mails an hour, `failures` of the 30 in each quarter of an hour. The
// rule as shipped is evaluated every minute.
std::vector<Change> notificationsOf(Duration length, const std::function<int(Duration)>& failures) {
  Read read(kNow);
  Past past;
  const Profiles none;
  const auto rules = defaults();
  Minutes minutes(std::ranges::find(rules, "delivery-rate", &Rule::name)->kind);
  for (Duration at{0}; at < length; at += 1min) {
    // The failures of a quarter of an hour come one every other minute.
    const auto minute = at / 1min % 15;
    const bool bad = minute % 2 == 1 && minute / 2 < failures(at);
    read.minute(mail(bad ? 1 : 2, bad ? 1 : 0));
    minutes.run(WindowFacts({.statistics = read.windows(),
                             .profiles = none,
                             .accounts = {{"main", {}}},
                             .now = read.at(),
                             .past = &past}),
                read.at());
  }
  return minutes.changes;
}

// One failure each 50 minutes: 1 %.
int onePercent(Duration at) { return at % 50min < 15min ? 1 : 0; }

}  // namespace

TEST_CASE("a lasting failure in the first hours of an installation is told and does not become usual") {
  const auto changes = notificationsOf(30h, [](Duration at) {
    return at < 2h ? onePercent(at) : at % 45min < 15min ? 2 : 3;  // 9 %
  });
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].kind == Change::Kind::fired);
  CHECK(changes[0].at - kNow < 7h);
  CHECK(changes[0].reason.since - kNow < 4h);
}

TEST_CASE("a sender that always fails at 3 % is quiet in its first days, and so is one whose day is worse") {
  CHECK(notificationsOf(30h, [](Duration) { return 1; }).empty());
  CHECK(notificationsOf(30h, [](Duration at) { return at % 30min < 15min || at > 8h ? 1 : 0; }).empty());
}

TEST_CASE("a lasting failure in the first hours is over when it is over") {
  const auto changes =
      notificationsOf(20h, [](Duration at) { return at < 2h || at > 10h ? onePercent(at) : 3; });
  REQUIRE(changes.size() == 2);
  CHECK(changes[1].reason.why == Reason::Why::recovered);
  CHECK(changes[1].at - kNow < 13h);
}

TEST_CASE("what the statistics do not tell raises no alert, neither meanwhile nor when it comes") {
  const auto metric = GENERATE(Metric::delivered, Metric::requests, Metric::bounces);
  CAPTURE(delivery::name(metric));
  Read read(kMonday + 10h);
  Past past;
  const Profiles none;
  const auto rules = defaults();
  std::vector<Alert> alerts;
  Counts owed;
  bool unknown = false;
  for (int minute = 0; minute < 240; ++minute) {
    const bool lacks = minute >= 90 && minute < 130;
    Counts counts = mail(18, minute % 10 == 0);
    if (lacks) owed[metric] += std::exchange(counts[metric], 0);
    if (!lacks) counts[metric] += std::exchange(owed[metric], 0);
    read.minute(counts, lacks ? delivery::Metrics{metric} : delivery::Metrics());
    const WindowFacts facts({.statistics = read.windows(),
                             .profiles = none,
                             .accounts = {{"main", {}}},
                             .now = read.at(),
                             .past = &past});
    Verdict verdict = evaluate(rules, facts, alerts, read.at());
    CAPTURE(minute);
    REQUIRE(verdict.changes.empty());
    alerts = std::move(verdict.alerts);
    if (minute == 110) unknown = look(rateBelow98(), facts, read.at()).outcome == Outcome::unknown;
  }
  CHECK(unknown == (metric != Metric::requests));
}
