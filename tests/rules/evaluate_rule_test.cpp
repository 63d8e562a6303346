// What each rule kind says of one look at one subject.
#include <catch2/catch.hpp>

#include "rules/defaults.hpp"
#include "rules/evaluate.hpp"
#include "rules/fake_facts.hpp"

using namespace arrivald;
using namespace arrivald::rules;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-23T05:00:00Z").value();

template <class Kind>
Rule ruleOf(Kind kind) {
  Rule rule;
  rule.name = "r";
  rule.kind = std::move(kind);
  return rule;
}

// What an evaluation saw, of the kind that it has to be of.
template <class E>
const E& seen(const Evaluation& evaluation) {
  REQUIRE(std::holds_alternative<E>(evaluation.evidence));
  return std::get<E>(evaluation.evidence);
}

template <class Kind>
Evaluation context(Kind kind, const FakeFacts& facts, const Subject& subject = account()) {
  return explain(ruleOf(std::move(kind)), subject, facts, kNow);
}

const Check& checkOf(const Evaluation& evaluation, std::string_view what) {
  for (const Check& check : evaluation.checks)
    if (check.what == what) return check;
  FAIL("no check " << what);
  std::abort();
}

RateThreshold rate() {
  RateThreshold kind;
  kind.windows = {30min};
  kind.warning = badShareOf(kind.input, 0.98);
  kind.critical = badShareOf(kind.input, 0.90);
  return kind;
}

}  // namespace

TEST_CASE("each input has a unique name and is found by it") {
  for (const Input input : allInputs()) {
    CAPTURE(name(input));
    CHECK(inputNamed(name(input)) == input);
    CHECK((unit(input) == Unit::entries) == !listOf(input).empty());
  }
  CHECK_FALSE(inputNamed("delivery rate"));
  CHECK(name(Input::deliveryRateByRequest) == "delivery_rate_by_request");
}

TEST_CASE("a share counts bad mail, whatever the direction of the input") {
  Counts counts;
  counts[Metric::requests] = 200;
  counts[Metric::delivered] = 150;
  counts[Metric::bounces] = 6;
  counts[Metric::blocks] = 4;
  counts[Metric::bounceDrops] = 20;
  counts[Metric::invalidEmails] = 10;
  counts[Metric::spamReports] = 3;
  CHECK(badMail(Input::deliveryRate, counts) == BadMail{10, 160});
  CHECK(badMail(Input::deliveryRateByRequest, counts) == BadMail{50, 200});
  CHECK(badMail(Input::deliveryRateLessDrops, counts) == BadMail{20, 170});
  CHECK(badMail(Input::bounceRate, counts) == BadMail{6, 160});
  CHECK(badMail(Input::blockRate, counts) == BadMail{4, 160});
  CHECK(badMail(Input::dropRate, counts) == BadMail{30, 200});
  CHECK(badMail(Input::spamReportRate, counts) == BadMail{3, 150});
  CHECK(numberOf(Input::queue, counts) == 10);

  SECTION("asynchronous bounces do not lead to a share above one") {
    counts[Metric::delivered] = 210;
    CHECK(badMail(Input::deliveryRateByRequest, counts) == BadMail{0, 200});
    CHECK(numberOf(Input::queue, counts) == 0);
  }
  SECTION("a mailbox provider has no requests of its own") {
    counts[Metric::requests] = 0;
    CHECK(badMail(Input::dropRate, counts) == BadMail{30, 190});
  }
}

TEST_CASE("rates in the input's own terms match the provider's sample day") {
  // The provider's own example: 3 requests, 2 processed, one invalid address, one delivered, one blocked.
  Counts day;
  day[Metric::requests] = 3;
  day[Metric::processed] = 2;
  day[Metric::invalidEmails] = 1;
  day[Metric::delivered] = 1;
  day[Metric::blocks] = 1;
  CHECK(rateOf(Input::deliveryRate, day) == 0.5);
  CHECK(*rateOf(Input::deliveryRateByRequest, day) == Approx(1.0 / 3));
  CHECK(rateOf(Input::deliveryRateLessDrops, day) == 0.5);
  CHECK(rateOf(Input::bounceRate, day) == 0.0);
  CHECK(rateOf(Input::blockRate, day) == 0.5);
  CHECK(*rateOf(Input::dropRate, day) == Approx(1.0 / 3));
  CHECK(rateOf(Input::spamReportRate, day) == 0.0);
  // A share of no mail is neither 0 nor 1.
  for (const Input input : allInputs())
    if (unit(input) == Unit::share) CHECK_FALSE(rateOf(input, Counts{}));
  CHECK(badShareOf(Input::deliveryRate, 0.98).value() == Approx(0.02));
  CHECK(badShareOf(Input::bounceRate, 0.02) == BadShare(0.02));
}

TEST_CASE("globs and scopes select subjects") {
  CHECK(globMatches("*", ""));
  CHECK(globMatches("pass*set", "password-reset"));
  CHECK(globMatches("?ahoo", "Yahoo"));
  CHECK_FALSE(globMatches("?ahoo", "ahoo"));
  CHECK_FALSE(globMatches("Gmail", "Gmail2"));
  CHECK(globMatches("*a*a*a*a*b", std::string(200, 'a') + "b"));
  CHECK_FALSE(globMatches("*a*a*a*a*c", std::string(200, 'a') + "b"));

  Scope scope;
  CHECK(scope.contains(account()));
  CHECK_FALSE(scope.contains(provider("Gmail")));
  scope.dimensions = {Dimension::mailboxProvider};
  scope.names = {"G*", "Y*"};
  scope.exceptNames = {"GMX"};
  scope.accounts = {"ma?n"};
  CHECK(scope.contains(provider("Gmail")));
  CHECK_FALSE(scope.contains(provider("GMX")));
  CHECK_FALSE(scope.contains(provider("Microsoft")));
  CHECK_FALSE(scope.contains({"other", Dimension::mailboxProvider, "Gmail"}));
}

TEST_CASE("a rate threshold fires only on a significant share") {
  struct Row {
    const char* what;
    int delivered;
    int bounced;
    Outcome outcome;
    Severity severity;
  };
  const Row row = GENERATE(values<Row>({
      {"hundreds and no failure", 300, 0, Outcome::good, Severity::warning},
      {"a failure share as usual", 300, 3, Outcome::good, Severity::warning},
      {"above the threshold, but so could chance be", 292, 8, Outcome::between, Severity::warning},
      {"beyond chance", 280, 20, Outcome::bad, Severity::warning},
      {"beyond the critical threshold and chance", 200, 100, Outcome::bad, Severity::critical},
      {"all of a handful: fewer failures than asked for", 16, 4, Outcome::tooLittle, Severity::warning},
      {"four of four", 0, 4, Outcome::tooLittle, Severity::warning},
      {"twenty of twenty", 0, 20, Outcome::bad, Severity::critical},
      {"little mail and all is well: cannot tell yet", 30, 0, Outcome::tooLittle, Severity::warning},
      {"none at all", 0, 0, Outcome::tooLittle, Severity::warning},
  }));
  CAPTURE(row.what);
  FakeFacts facts;
  facts.add(account(), kNow - 10min, mail(row.delivered, row.bounced));
  const Evaluation evaluation = context(rate(), facts);
  CHECK(evaluation.outcome == row.outcome);
  if (row.outcome == Outcome::bad) CHECK(evaluation.severity == row.severity);
  CHECK(seen<RateEvidence>(evaluation).mails == BadMail{row.bounced, row.delivered + row.bounced});
}

TEST_CASE("a rate threshold stores shares of bad mail and reports them in the input's own terms") {
  FakeFacts facts;
  facts.add(account(), kNow - 10min, mail(280, 20));
  const Evaluation evaluation = context(rate(), facts);
  CHECK(kindName(evaluation.evidence) == "rate_threshold");
  const auto& evidence = seen<RateEvidence>(evaluation);
  CHECK(evidence.mails == BadMail{20, 300});
  CHECK(evidence.threshold.value() == Approx(0.02));
  CHECK(evidence.bound.value() == Approx(0.034158).epsilon(1e-3));
  CHECK(evidence.window == 30min);
  CHECK(gaugeOf(evaluation.evidence)->value == Approx(280.0 / 300));
  CHECK(gaugeOf(evaluation.evidence)->limit == Approx(0.98));
  CHECK(checkOf(evaluation, "bound").holds);
  CHECK(checkOf(evaluation, "bound").limit == Approx(0.02));
  CHECK(checkOf(evaluation, "volume").holds);
}

TEST_CASE("any window can fire; the shortest with enough mail decides when it is over") {
  FakeFacts facts;
  RateThreshold kind = rate();
  kind.windows = {2h, 10min};
  SECTION("a small problem shows in the long window only") {
    for (int minute = 0; minute < 120; minute += 2)
      facts.add(account(), kNow - minute * 1min, mail(9, minute % 4 ? 1 : 0));
    const Evaluation evaluation = context(kind, facts);
    CHECK(evaluation.outcome == Outcome::bad);
    CHECK(windowOf(evaluation.evidence) == 2h);
  }
  SECTION("the long window still contains a problem that is over") {
    facts.add(account(), kNow - 60min, mail(100, 100));
    facts.add(account(), kNow - 5min, mail(100, 0));
    CHECK(context(kind, facts).outcome == Outcome::good);
  }
  SECTION("with too little mail since then it is not over") {
    facts.add(account(), kNow - 60min, mail(100, 100));
    facts.add(account(), kNow - 5min, mail(10, 0));
    CHECK(context(kind, facts).outcome == Outcome::bad);
  }
}

TEST_CASE("600 failures of one dead domain do not fire if domains are known") {
  FakeFacts facts;
  facts.add(account(), kNow - 5min, mail(400, 600));
  RateThreshold kind = rate();
  kind.cap = ClusterCap{3};
  facts.beyondCap = 591;
  CHECK(context(kind, facts).outcome == Outcome::bad);  // statistics cannot tell domains apart
  facts.basis = Basis::events;
  CHECK(context(kind, facts).outcome == Outcome::between);
  CHECK(seen<RateEvidence>(context(kind, facts)).mails == BadMail{9, 409});
}

TEST_CASE("clustered failures count once per cluster") {
  FakeFacts facts;
  facts.add(account(), kNow - 5min, mail(280, 20));
  RateThreshold kind = rate();
  CHECK(context(kind, facts).outcome == Outcome::bad);
  kind.clusterSize = 5;
  CHECK(context(kind, facts).outcome == Outcome::between);
}

TEST_CASE("an unknown window gives no decision") {
  FakeFacts facts;
  facts.add(account(), kNow - 5min, mail(0, 500));
  facts.readable = false;
  CHECK(context(rate(), facts).outcome == Outcome::unknown);
  CHECK(context(Stall{}, facts).outcome == Outcome::unknown);
  CHECK(context(BurnRate{}, facts).outcome == Outcome::unknown);
  CHECK(context(SlowDrift{}, facts).outcome == Outcome::unknown);
  CHECK(context(NothingRequested{}, facts).outcome == Outcome::unknown);
  Threshold kind;
  kind.warning = 10;
  CHECK(context(kind, facts).outcome == Outcome::unknown);
}

TEST_CASE("a threshold on a number has a side, two severities and a recovery limit") {
  FakeFacts facts;
  Threshold kind;
  kind.input = Input::queue;
  kind.warning = 100;
  kind.critical = 1000;
  kind.recovery = 50;
  const auto queue = [&](int waiting) {
    facts.entries[account()] = {{kNow - 5min, mail(10, 0, waiting)}};
    return context(kind, facts);
  };
  CHECK(queue(40).outcome == Outcome::good);
  CHECK(queue(70).outcome == Outcome::between);
  CHECK(queue(101).outcome == Outcome::bad);
  CHECK(queue(101).severity == Severity::warning);
  CHECK(queue(1001).severity == Severity::critical);
  CHECK(seen<NumberEvidence>(queue(1001)).limit == 1000);

  kind = {.input = Input::delivered,
          .side = Threshold::Side::below,
          .warning = 20,
          .critical = {},
          .recovery = {}};
  facts.entries[account()] = {{kNow - 5min, mail(19)}};
  CHECK(context(kind, facts).outcome == Outcome::bad);
  facts.entries[account()] = {{kNow - 5min, mail(20)}};
  CHECK(context(kind, facts).outcome == Outcome::good);

  kind = {.input = Input::bouncesListGrowth, .warning = 500, .critical = {}, .recovery = {}};
  CHECK(context(kind, facts).outcome == Outcome::unknown);  // the list was not read
  facts.growth["bounces"] = 501;
  CHECK(context(kind, facts).outcome == Outcome::bad);

  kind = {.input = Input::dataAge, .warning = 600, .critical = {}, .recovery = {}};
  facts.readingsOf["main"] = {{.source = Source::statistics,
                               .every = 60s,
                               .since = kNow - 2h,
                               .lastSuccess = kNow - 11min,
                               .error = "throttled"}};
  CHECK(context(kind, facts).outcome == Outcome::bad);
  CHECK(seen<NumberEvidence>(context(kind, facts)).value == 660);
  CHECK(seen<NumberEvidence>(context(kind, facts)).error == "throttled");
}

TEST_CASE("a stall is requests without the outcomes that are expected by now") {
  FakeFacts facts;
  facts.lag = 5min;
  const auto minutely = [&](Duration from, Duration to, const Counts& counts) {
    for (Duration ago = from; ago > to; ago -= 1min) facts.add(account(), kNow - ago, counts);
  };
  SECTION("no stall: outcomes of the last minutes are always missing") {
    minutely(8h, 3min, mail(10));
    minutely(3min, 0min, mail(0, 0, 10));
    CHECK(context(Stall{}, facts).outcome == Outcome::good);
  }
  SECTION("no outcomes for a quarter of an hour") {
    minutely(8h, 14min, mail(10));
    minutely(14min, -1min, mail(0, 0, 10));
    const Evaluation evaluation = context(Stall{}, facts);
    CHECK(evaluation.outcome == Outcome::bad);
    const auto& evidence = seen<StallEvidence>(evaluation);
    CHECK(evidence.window == 10min);
    CHECK(evidence.lag == 5min);
    CHECK(evidence.chance < 1e-5);
    CHECK(evidence.requests == 100);
    CHECK(evidence.outcomes < 70);
  }
  SECTION("at night it takes hours, but is found") {
    for (int i = 1; i <= 30; ++i) facts.add(account(), kNow - i * 12min, mail(0, 0, 1));
    const Evaluation evaluation = context(Stall{}, facts);
    CHECK(evaluation.outcome == Outcome::bad);
    CHECK(windowOf(evaluation.evidence) == 6h);
  }
  SECTION("dropped mail is not expected to have an outcome") {
    Counts dropped;
    dropped[Metric::requests] = 600;
    dropped[Metric::bounceDrops] = 600;
    facts.add(account(), kNow - 9min, dropped);
    CHECK(context(Stall{}, facts).outcome == Outcome::tooLittle);
  }
  SECTION("three mails are too few") {
    facts.add(account(), kNow - 20min, mail(0, 0, 3));
    CHECK(context(Stall{}, facts).outcome == Outcome::tooLittle);
  }
  SECTION("it is over as soon as outcomes arrive, although a longer window still lacks them") {
    minutely(5h, 1h, mail(0, 0, 10));
    minutely(1h, 0min, mail(10));
    CHECK(context(Stall{}, facts).outcome == Outcome::good);
  }
}

TEST_CASE("a greylisted mailing is not a stall while other mail is delivered") {
  FakeFacts facts;
  facts.lag = 5min;
  facts.add(account(), kNow - 6min, mail(0, 0, 600));
  for (int minute = 0; minute < 60; ++minute) facts.add(account(), kNow - minute * 1min, mail(10));
  const Evaluation evaluation = context(Stall{}, facts);
  CHECK(evaluation.outcome == Outcome::between);
  // Without the other mail it looks like one.
  facts.entries[account()].resize(1);
  CHECK(context(Stall{}, facts).outcome == Outcome::bad);
}

TEST_CASE("a provider's threshold rises with its usual share of refusals") {
  FakeFacts facts;
  RateThreshold kind = rate();
  kind.timesUsual = 3;
  for (int day = 1; day <= 15; ++day) facts.add(account(), kNow - day * 24h, mail(984, 16));
  facts.add(account(), kNow - 10min, mail(284, 16));
  const Evaluation evaluation = context(kind, facts);
  CHECK(evaluation.outcome == Outcome::between);
  // Two standard errors above the median day.
  CHECK(seen<RateEvidence>(evaluation).usual->value() == Approx(0.0182).margin(0.0001));
  CHECK(seen<RateEvidence>(evaluation).threshold.value() == Approx(3 * 0.0182).margin(0.0003));
  CHECK(seen<RateEvidence>(evaluation).configured == kind.warning);
  CHECK_FALSE(seen<RateEvidence>(evaluation).learning);
  kind.timesUsual.reset();
  CHECK(context(kind, facts).outcome == Outcome::bad);

  SECTION("the threshold rises to at most three times its value") {
    facts.entries[account()].clear();
    for (int day = 1; day <= 15; ++day) facts.add(account(), kNow - day * 24h, mail(700, 300));
    facts.add(account(), kNow - 10min, mail(210, 90));
    kind.timesUsual = 3;
    CHECK(context(kind, facts).outcome == Outcome::bad);
    CHECK(context(kind, facts).severity == Severity::critical);
  }
}

TEST_CASE("nothing_requested compares with what is usual at the hour") {
  FakeFacts facts;
  facts.expectation = Expectation{.mean = 200, .shape = 16, .offMean = 5, .offChance = 1e-9, .weeks = 4};
  const auto quiet = [&](Duration since) {
    facts.entries[account()] = {{kNow - since, mail(1)}};
    return context(NothingRequested{}, facts);
  };
  CHECK(quiet(10min).outcome == Outcome::good);
  CHECK(quiet(40min).outcome == Outcome::bad);
  CHECK(seen<SilenceEvidence>(quiet(40min)).quiet == 40min);
  CHECK(*seen<SilenceEvidence>(quiet(40min)).expected == Approx(133.333));

  SECTION("on a possible day off it fires later") {
    facts.expectation->offChance = 0.03;
    CHECK(quiet(40min).outcome == Outcome::between);
    CHECK(quiet(4h).outcome == Outcome::bad);
  }
  SECTION("in hours without usual mail it does not fire") {
    facts.expectation->mean = 0.2;
    CHECK(quiet(6h).outcome == Outcome::between);
  }
  SECTION("a silence shorter than the update interval does not fire") {
    facts.lumps = 20min;
    CHECK(quiet(40min).outcome == Outcome::between);
    CHECK(quiet(61min).outcome == Outcome::bad);
  }
  SECTION("without enough weeks of history it makes no decision") {
    facts.expectation->weeks = 1;
    CHECK(quiet(40min).outcome == Outcome::tooLittle);
    facts.expectation.reset();
    CHECK(quiet(40min).outcome == Outcome::tooLittle);
  }
  SECTION("an account without any request counts as silent for the longest time") {
    facts.entries[account()].clear();
    CHECK(context(NothingRequested{}, facts).outcome == Outcome::bad);
  }
}

TEST_CASE("nothing_read fires at an age above three intervals, whatever the reason") {
  FakeFacts facts;
  const auto age = [&](Duration since, Duration every) {
    facts.readingsOf["main"] = {
        {.source = Source::lists, .every = 1h, .since = kNow - 24h, .lastSuccess = kNow - 10min, .error = {}},
        {.source = Source::statistics,
         .every = every,
         .since = kNow - 24h,
         .lastSuccess = kNow - since,
         .error = "denied"}};
    return context(NothingRead{}, facts);
  };
  CHECK(age(2min, 60s).outcome == Outcome::good);
  CHECK(age(4min, 60s).outcome == Outcome::good);  // three intervals, but not worth a word
  CHECK(age(6min, 60s).outcome == Outcome::bad);
  CHECK(seen<ReadingEvidence>(age(6min, 60s)) == ReadingEvidence{.source = Source::statistics,
                                                                 .age = 6min,
                                                                 .limit = 5min,
                                                                 .error = Error::Kind::denied,
                                                                 .everRead = true});
  CHECK(age(14min, 5min).outcome == Outcome::good);
  CHECK(age(16min, 5min).outcome == Outcome::bad);
  CHECK(age(16min, 5min).severity == Severity::warning);
  CHECK(age(90min, 5min).severity == Severity::critical);

  NothingRead lists;
  lists.sources = {Source::lists};
  CHECK(context(lists, facts).outcome == Outcome::good);
  facts.readingsOf["main"][0].lastSuccess.reset();  // never, in a day
  CHECK(context(lists, facts).outcome == Outcome::bad);
  CHECK(seen<ReadingEvidence>(context(lists, facts)).source == Source::lists);
  CHECK_FALSE(seen<ReadingEvidence>(context(lists, facts)).everRead);
  facts.readingsOf["main"][0].earlierSuccess = kNow - 30h;  // before the start
  CHECK(seen<ReadingEvidence>(context(lists, facts)).everRead);
}

TEST_CASE("nothing_read knows whether all is unreadable, and whether the event stream still tells of mail") {
  FakeFacts facts;
  Reading statistics, categories;
  statistics.every = categories.every = 60s;
  statistics.since = categories.since = kNow - 24h;
  statistics.lastSuccess = kNow - 10min;
  categories.lastSuccess = kNow - 10s;
  categories.source = Source::categoryStatistics;
  const auto evidence = [&] {
    facts.readingsOf["main"] = {statistics, categories};
    return seen<ReadingEvidence>(context(NothingRead{}, facts));
  };
  CHECK(evidence().others == 0);
  CHECK_FALSE(evidence().all);
  CHECK_FALSE(evidence().streamed);
  categories.lastSuccess = kNow - 8min;
  CHECK(evidence().others == 1);
  CHECK(evidence().all);
  facts.inFlight.emplace();  // alive
  CHECK(evidence().streamed);
}

TEST_CASE("a source that could not be read yet since the start gives no decision") {
  FakeFacts facts;
  Reading statistics, categories;
  statistics.every = categories.every = 60s;
  statistics.since = categories.since = kNow - 1min;
  statistics.lastSuccess = kNow - 10s;
  categories.source = Source::categoryStatistics;
  categories.party = Party::storage;
  categories.error = "disk_full";
  facts.readingsOf["main"] = {statistics, categories};
  CHECK(context(NothingRead{}, facts).outcome == Outcome::unknown);
  facts.readingsOf["main"][1].since = kNow - 6min;
  CHECK(context(NothingRead{}, facts).outcome == Outcome::bad);
  CHECK(std::get<ReadingEvidence>(context(NothingRead{}, facts).evidence).party == Party::storage);
  facts.readingsOf["main"][1].lastSuccess = kNow - 10s;
  CHECK(context(NothingRead{}, facts).outcome == Outcome::good);
}

TEST_CASE("stream_silent fires if no events arrive while statistics rise") {
  FakeFacts facts;
  CHECK(context(StreamSilent{}, facts).outcome == Outcome::good);  // none is set up
  facts.readingsOf["main"] = {
      {.source = Source::events, .every = 0s, .since = kNow - 24h, .lastSuccess = kNow - 20min, .error = {}}};
  CHECK(context(StreamSilent{}, facts).outcome == Outcome::between);
  facts.add(account(), kNow - 5min, mail(30));
  CHECK(context(StreamSilent{}, facts).outcome == Outcome::bad);
  facts.readingsOf["main"][0].lastSuccess = kNow - 1min;
  CHECK(context(StreamSilent{}, facts).outcome == Outcome::good);
}

TEST_CASE("stream_silent tells all that went by since the last event") {
  FakeFacts facts;
  facts.readingsOf["main"] = {
      {.source = Source::events, .every = 0s, .since = kNow - 24h, .lastSuccess = kNow - 5h, .error = {}}};
  for (int ago = 10; ago < 300; ago += 10) facts.add(account(), kNow - ago * 1min, mail(14));
  const auto evaluation = context(StreamSilent{}, facts);
  CHECK(evaluation.outcome == Outcome::bad);
  CHECK(seen<StreamSilenceEvidence>(evaluation).outcomes == 29 * 14);
}

namespace {

Alert openAlert(Evidence evidence, Duration ago) {
  Alert alert;
  alert.state = AlertState::firing;
  alert.beganAt = alert.startedAt = alert.lastBad = kNow - ago;
  alert.evidence = alert.worst = std::move(evidence);
  return alert;
}

}  // namespace

TEST_CASE("a start does not show that a silent stream brings events again") {
  FakeFacts facts;
  Reading stream;
  stream.source = Source::events;
  stream.every = 0s;
  stream.since = kNow - 1min;
  facts.readingsOf["main"] = {stream};
  CHECK(context(StreamSilent{}, facts).outcome == Outcome::good);
  const auto alert = openAlert(StreamSilenceEvidence{}, 5h);
  CHECK(explain(ruleOf(StreamSilent{}), account(), facts, kNow, &alert).outcome == Outcome::unknown);
  facts.readingsOf["main"][0].since = kNow - 20min;
  facts.add(account(), kNow - 5min, mail(30));
  const auto again = explain(ruleOf(StreamSilent{}), account(), facts, kNow, &alert);
  CHECK(again.outcome == Outcome::bad);
  CHECK(seen<StreamSilenceEvidence>(again).quiet == 5h);
  facts.readingsOf["main"][0].lastSuccess = kNow - 10s;
  CHECK(explain(ruleOf(StreamSilent{}), account(), facts, kNow, &alert).outcome == Outcome::good);
}

TEST_CASE("stream_differs keeps the zone that it found over days with little mail") {
  FakeFacts facts;
  const auto dayOf = [](std::int64_t statistics, std::int64_t events) {
    Facts::DayCompared day;
    day.statistics[delivery::Metric::processed] = statistics;
    day.events[delivery::Metric::processed] = events;
    return day;
  };
  facts.lacks = Facts::Lacking{LackingPart::dayBoundary, 1000, 800, "UTC-07:00"};
  const auto found = context(StreamDiffers{}, facts);
  CHECK(found.outcome == Outcome::bad);
  const auto alert = openAlert(found.evidence, 30h);
  const auto then = [&] { return explain(ruleOf(StreamDiffers{}), account(), facts, kNow, &alert); };
  facts.lacks.reset();
  facts.day = dayOf(0, 0);
  CHECK(then().outcome == Outcome::between);
  CHECK(seen<DifferenceEvidence>(then()).zone == "UTC-07:00");
  facts.day = dayOf(900, 600);
  CHECK(then().outcome == Outcome::bad);
  CHECK(seen<DifferenceEvidence>(then()).zone == "UTC-07:00");
  facts.day = dayOf(900, 900);
  CHECK(then().outcome == Outcome::good);
}

TEST_CASE("an alert of a day's window is over hours after its last bad mail") {
  FakeFacts facts;
  RateThreshold complaints;
  complaints.input = Input::spamReportRate;
  complaints.windows = {24h};
  complaints.warning = BadShare(0.003);
  complaints.minVolume = 300;
  const auto reports = [](std::int64_t n) {
    auto counts = mail(200);
    counts[delivery::Metric::spamReports] = n;
    return counts;
  };
  for (int hour = 20; hour > 6; --hour) facts.add(account(), kNow - hour * 1h, reports(8));
  const auto bad = context(complaints, facts);
  REQUIRE(bad.outcome == Outcome::bad);
  auto alert = openAlert(bad.evidence, 8h);
  alert.lastBad = kNow - 7h;
  SECTION("which go on") {
    for (int hour = 6; hour > 0; --hour) facts.add(account(), kNow - hour * 1h, reports(8));
    CHECK(explain(ruleOf(complaints), account(), facts, kNow, &alert).outcome == Outcome::bad);
  }
  SECTION("which have ended") {
    for (int hour = 6; hour > 0; --hour) facts.add(account(), kNow - hour * 1h, reports(0));
    CHECK(explain(ruleOf(complaints), account(), facts, kNow, &alert).outcome == Outcome::good);
  }
  SECTION("without mail since, nobody knows") {
    CHECK(explain(ruleOf(complaints), account(), facts, kNow, &alert).outcome == Outcome::bad);
  }
}

TEST_CASE("slow_drift finds a rise that no window shows") {
  FakeFacts facts;
  const auto hours = [&](int from, int to, int delivered, int bounced) {
    for (int ago = from; ago > to; --ago)
      facts.add(account(), kNow - ago * 1h + 1min, mail(delivered, bounced));
  };
  hours(24 * 17, 24 * 3, 248, 2);
  SECTION("as usual: no drift") {
    hours(24 * 3, 0, 248, 2);
    const Evaluation evaluation = context(SlowDrift{}, facts);
    CHECK(evaluation.outcome == Outcome::good);
    CHECK(seen<DriftEvidence>(evaluation).usual.value() == Approx(0.0086).margin(0.0001));
  }
  SECTION("from 0.8 % to 2 % for half a day") {
    hours(24 * 3, 12, 248, 2);
    hours(12, 0, 245, 5);
    const Evaluation evaluation = context(SlowDrift{}, facts);
    CHECK(evaluation.outcome == Outcome::bad);
    const auto& evidence = seen<DriftEvidence>(evaluation);
    CHECK(evidence.mails == BadMail{60, 3000});
    CHECK(evidence.window >= 11h);
    CHECK(evidence.window <= 13h);
  }
  SECTION("one bad hour is not a drift") {
    hours(24 * 3, 12, 248, 2);
    hours(12, 11, 0, 250);
    hours(11, 0, 248, 2);
    CHECK(context(SlowDrift{}, facts).outcome != Outcome::bad);
  }
  SECTION("without history there is no decision unless the usual share is configured") {
    facts.entries[account()].clear();
    hours(12, 0, 245, 5);
    CHECK(context(SlowDrift{}, facts).outcome == Outcome::unknown);
    SlowDrift kind;
    kind.usual = BadShare(0.008);
    CHECK(context(kind, facts).outcome == Outcome::bad);
  }
}

TEST_CASE("burn_rate fires only if both windows are bad") {
  FakeFacts facts;
  BurnRate kind;
  const auto with = [&](int longAgo, int now) {
    facts.entries[account()] = {{kNow - 40min, mail(1000 - longAgo, longAgo)},
                                {kNow - 1min, mail(100 - now, now)}};
    return context(kind, facts);
  };
  CHECK(with(10, 1).outcome == Outcome::good);
  CHECK(with(150, 20).outcome == Outcome::bad);
  CHECK(with(150, 20).severity == Severity::critical);
  CHECK(windowOf(with(150, 20).evidence) == 1h);
  facts.entries[account()] = {{kNow - 4h, mail(850, 150)}, {kNow - 1min, mail(100)}};
  CHECK(context(kind, facts).outcome == Outcome::good);  // it is over
  CHECK(with(0, 5).outcome != Outcome::bad);             // it has only just begun
}

TEST_CASE("the default rules are consistent") {
  const std::vector<Rule> rules = defaults();
  std::set<std::string> names;
  for (const Rule& rule : rules) {
    CAPTURE(rule.name);
    CHECK(names.insert(rule.name).second);
    CHECK_FALSE(rule.scope.dimensions.empty());
  }
  for (const Rule& rule : rules)
    for (const Mute& mute : rule.mutes)
      for (const std::string& glob : mute.rules) CHECK((glob == "*" || names.contains(glob)));
  CHECK(names.size() == 19);
}

TEST_CASE("overdue fires if significantly more mail than usual is waiting") {
  FakeFacts facts;
  CHECK(context(Overdue{}, facts).outcome == Outcome::unknown);  // no stream is set up
  facts.inFlight = rules::Facts::Waiting{};
  facts.lag = 2min;
  Counts sent;
  sent[delivery::Metric::processed] = 100;
  facts.add(account(), kNow - 20min, sent);
  CHECK(context(Overdue{}, facts).outcome == Outcome::good);
  // Two of a hundred are usual; five may be chance; twenty are not.
  for (const auto& [late, expected] : std::vector<std::pair<std::int64_t, Outcome>>{
           {2, Outcome::good}, {5, Outcome::good}, {8, Outcome::between}, {20, Outcome::bad}}) {
    facts.inFlight = rules::Facts::Waiting{late, late, 0, 25min, {}};
    CAPTURE(late);
    CHECK(context(Overdue{}, facts).outcome == expected);
  }
  // Where a fifth of all mail usually takes as long, twenty of a hundred are no news.
  facts.inFlight->usualShare = 0.2;
  CHECK(context(Overdue{}, facts).outcome == Outcome::good);
  facts.inFlight->usualShare = {};
  const auto evaluated = context(Overdue{}, facts);
  CHECK(seen<OverdueEvidence>(evaluated).processed == 100);
  CHECK(seen<OverdueEvidence>(evaluated).overdue == 20);
  CHECK(seen<OverdueEvidence>(evaluated).oldest == 25min);
  // Two of two are too few to ring for, three of three are not.
  FakeFacts few;
  few.lag = 2min;
  few.inFlight = rules::Facts::Waiting{2, 2, 0, 1h, {}};
  CHECK(context(Overdue{}, few).outcome != Outcome::bad);
  few.inFlight->overdue = 3;
  CHECK(context(Overdue{}, few).outcome == Outcome::bad);
  few.readable = false;
  CHECK(context(Overdue{}, few).outcome == Outcome::unknown);
}

TEST_CASE("overdue does not fire while a backlog drains") {
  FakeFacts facts;
  facts.lag = 2min;
  facts.inFlight = rules::Facts::Waiting{50, 50, 0, 40min, {}};
  Counts sent;
  sent[delivery::Metric::processed] = 100;
  facts.add(account(), kNow - 20min, sent);
  CHECK(context(Overdue{}, facts).outcome == Outcome::bad);
  Counts lately;
  lately[delivery::Metric::processed] = 10;
  lately[delivery::Metric::delivered] = 12;
  facts.add(account(), kNow - 2min, lately);
  CHECK(context(Overdue{}, facts).outcome == Outcome::bad);
  lately[delivery::Metric::processed] = 0;
  facts.add(account(), kNow - 1min, lately);
  CHECK(context(Overdue{}, facts).outcome == Outcome::between);
}

TEST_CASE("thresholds on inputs of the event stream") {
  FakeFacts facts;
  Threshold slow;
  slow.input = Input::latencyP95;
  slow.warning = 600;
  CHECK(context(slow, facts).outcome == Outcome::unknown);
  facts.took = rules::Facts::Latency{100, 10s, 700s, 900s};
  const auto evaluated = context(slow, facts);
  CHECK(evaluated.outcome == Outcome::bad);
  CHECK(seen<NumberEvidence>(evaluated).value == 700);
  CHECK(seen<NumberEvidence>(evaluated).delivered == 100);
  slow.input = Input::latencyMedian;
  CHECK(context(slow, facts).outcome == Outcome::good);
  slow.input = Input::latencyP99;
  CHECK(seen<NumberEvidence>(context(slow, facts)).value == 900);
  facts.inFlight = rules::Facts::Waiting{0, 30, 20, 2h, {}};
  for (const auto& [input, value] : std::vector<std::pair<Input, double>>{
           {Input::oldestInFlight, 7200}, {Input::inFlight, 30}, {Input::deferredInFlight, 20}}) {
    slow.input = input;
    CHECK(seen<NumberEvidence>(context(slow, facts)).value == value);
  }
}

TEST_CASE(
    "the first blocks of a receiver that always took our mail are news, of one that always blocks are not") {
  const auto blocks = [](std::int64_t delivered, std::int64_t blocked) {
    Counts counts;
    counts[delivery::Metric::delivered] = delivered;
    counts[delivery::Metric::blocks] = blocked;
    return counts;
  };
  FakeFacts facts;
  CHECK(context(FirstBlock{}, facts).outcome == Outcome::good);
  facts.add(account(), kNow - 10min, blocks(20, 3));
  CHECK(context(FirstBlock{}, facts).outcome == Outcome::tooLittle);  // nothing is known of its past
  facts.add(account(), kNow - 50h, blocks(500, 0));
  const auto evaluated = context(FirstBlock{}, facts);
  CHECK(evaluated.outcome == Outcome::bad);
  CHECK(seen<FirstBlockEvidence>(evaluated).blocks == 3);
  facts.add(account(), kNow - 100h, blocks(500, 1));
  CHECK(context(FirstBlock{}, facts).outcome == Outcome::good);
}

TEST_CASE("cause_seen fires on enough replies with its causes") {
  FakeFacts facts;
  CauseSeen kind;
  kind.causes = {"auth_failure"};
  CHECK(context(kind, facts).outcome == Outcome::unknown);
  facts.causesSeen = 4;
  CHECK(context(kind, facts).outcome == Outcome::good);
  facts.causesSeen = 5;
  CHECK(context(kind, facts).outcome == Outcome::bad);
}

TEST_CASE("cause_seen takes the lists for the stream, and counts what is in both once") {
  FakeFacts facts;
  CauseSeen kind;
  kind.causes = {"auth_failure"};
  kind.minMails = 1;
  facts.causesListed = 0;
  CHECK(context(kind, facts).outcome == Outcome::good);
  facts.causesListed = 1;
  CHECK(context(kind, facts).outcome == Outcome::bad);
  facts.causesSeen = 3;
  CHECK(seen<CauseEvidence>(context(kind, facts)).replies == 3);
}

TEST_CASE("cause_seen takes more replies where some are usual, and a first one where none are") {
  FakeFacts facts;
  CauseSeen kind;
  kind.causes = {"auth_failure"};
  kind.minMails = 1;
  const auto firesFrom = [&](std::optional<double> usual) {
    facts.causesUsual = usual;
    for (std::int64_t replies = 0;; ++replies) {
      facts.causesListed = replies;
      const auto evaluated = context(kind, facts);
      CHECK(seen<CauseEvidence>(evaluated).minMails > 0);
      if (evaluated.outcome == Outcome::bad) return replies;
    }
  };
  CHECK(firesFrom(std::nullopt) == 1);
  CHECK(firesFrom(0.0) == 1);
  CHECK(firesFrom(1.0 / 28) == 3);
  CHECK(firesFrom(1.0) == 7);
  CHECK(firesFrom(50.0) == 104);
  facts.causesUsual = 1e12;
  CHECK(context(kind, facts).outcome == Outcome::good);
}

TEST_CASE("cause_seen waits until the lists have told what is usual, where they can be read") {
  FakeFacts facts;
  CauseSeen kind;
  kind.causes = {"auth_failure"};
  kind.minMails = 1;
  facts.causesSeen = 1;
  auto& lists = facts.readingsOf["main"].emplace_back();
  lists.source = Source::lists;
  lists.since = kNow - 30min;
  CHECK(context(kind, facts).outcome == Outcome::unknown);
  SECTION("not longer than a day") { lists.since = kNow - 24h; }
  SECTION("not where the key must not read them") {
    lists.party = Party::configuration;
    lists.error = "forbidden";
  }
  SECTION("not where they are not read at all") { facts.readingsOf.clear(); }
  SECTION("until they were read") {
    lists.lastSuccess = kNow - 1min;
    facts.causesListed = 0;
    facts.causesUsual = 0;
  }
  CHECK(context(kind, facts).outcome == Outcome::bad);
}

TEST_CASE("a cause_seen alert goes on by the limit that it began with") {
  FakeFacts facts;
  CauseSeen kind;
  kind.causes = {"auth_failure"};
  kind.minMails = 1;
  facts.causesUsual = 20;
  facts.causesListed = 3;
  Alert alert;
  alert.key.subject = account();
  alert.state = AlertState::firing;
  alert.evidence = CauseEvidence{.replies = 9, .minMails = 2, .causes = {"auth_failure"}};
  Rule rule;
  rule.kind = kind;
  CHECK(explain(rule, account(), facts, kNow, &alert).outcome == Outcome::bad);
  CHECK(explain(rule, account(), facts, kNow, nullptr).outcome == Outcome::good);
}

TEST_CASE("one block on the list is the first ever, unless the list held one before") {
  FirstBlock kind;
  kind.minBlocks = 1;
  kind.minDelivered = 0;
  FakeFacts facts;
  facts.readable = false;  // no mail is counted of it
  CHECK(context(kind, facts).outcome == Outcome::unknown);
  facts.blocksListed = rules::Facts::ListedBlocks{0, false};
  CHECK(context(kind, facts).outcome == Outcome::good);
  facts.blocksListed = rules::Facts::ListedBlocks{1, false};
  const auto evaluated = context(kind, facts);
  CHECK(evaluated.outcome == Outcome::bad);
  CHECK(seen<FirstBlockEvidence>(evaluated).blocks == 1);
  facts.blocksListed = rules::Facts::ListedBlocks{1, true};
  CHECK(context(kind, facts).outcome == Outcome::good);
}

TEST_CASE("without the list of blocks nobody knows what was ever") {
  FirstBlock kind;
  kind.minBlocks = 1;
  kind.minDelivered = 0;
  FakeFacts facts;
  Counts counts;
  counts[delivery::Metric::blocks] = 1;
  facts.add(account(), kNow - 10min, counts);
  CHECK(context(kind, facts).outcome == Outcome::tooLittle);
}

TEST_CASE(
    "a closed day on which statistics and stream differ: by a share and by some mails, whoever has more") {
  FakeFacts facts;
  CHECK(context(StreamDiffers{}, facts).outcome == Outcome::unknown);
  const auto compared = [](std::int64_t statistics, std::int64_t events) {
    rules::Facts::DayCompared day;
    day.statistics[delivery::Metric::processed] = statistics;
    day.events[delivery::Metric::processed] = events;
    return day;
  };
  for (const auto& [statistics, events, expected] :
       std::vector<std::tuple<int, int, Outcome>>{{10'000, 10'000, Outcome::good},
                                                  {10'000, 9'950, Outcome::good},  // half a percent
                                                  {100, 90, Outcome::good},        // ten mails
                                                  {10'000, 9'000, Outcome::bad},   // events were lost
                                                  {9'000, 10'000, Outcome::bad},   // or counted twice
                                                  {0, 0, Outcome::good}}) {
    CAPTURE(statistics, events);
    facts.day = compared(statistics, events);
    CHECK(context(StreamDiffers{}, facts).outcome == expected);
  }
}

TEST_CASE("stream_settings fires on wrong settings at the provider") {
  FakeFacts facts;
  CHECK(context(StreamSettings{}, facts).outcome == Outcome::unknown);
  facts.settings = rules::Facts::SettingsSeen{""};
  CHECK(context(StreamSettings{}, facts).outcome == Outcome::good);
  facts.settings->wrong = "disabled,deferred";
  const auto evaluated = context(StreamSettings{}, facts);
  CHECK(evaluated.outcome == Outcome::bad);
  CHECK(seen<SettingsEvidence>(evaluated).wrong == "disabled,deferred");
}

TEST_CASE("account_suspended fires when the provider stops an account") {
  FakeFacts facts;
  CHECK(context(AccountSuspended{}, facts).outcome == Outcome::unknown);  // no stream is set up
  facts.status = "";
  CHECK(context(AccountSuspended{}, facts).outcome == Outcome::good);
  facts.status = "compliance_suspend";
  CHECK(context(AccountSuspended{}, facts).outcome == Outcome::bad);
  CHECK(seen<StatusEvidence>(context(AccountSuspended{}, facts)).stopped());
}

TEST_CASE("an account status of an unknown type is a warning, and mutes nothing") {
  FakeFacts facts;
  Rule suspended, other;
  suspended.name = "account-suspended";
  suspended.kind = AccountSuspended{};
  suspended.severity = Severity::critical;
  suspended.mutes = {{{"*"}, Mute::Reach::account}};
  other.name = "queue";
  Threshold queue;
  queue.warning = 5;
  other.kind = queue;
  facts.add(account(), kNow - 1min, mail(0, 0, 10));
  const auto fired = [&] {
    std::map<std::string, Severity> all;
    for (const Change& change : evaluate(std::vector{suspended, other}, facts, {}, kNow).changes)
      all.emplace(change.alert.key.rule, change.alert.severity);
    return all;
  };
  facts.status = "compliance_review";
  CHECK(fired() == std::map<std::string, Severity>{{"account-suspended", Severity::warning},
                                                   {"queue", Severity::warning}});
  facts.status = "compliance_ban";
  CHECK(fired() == std::map<std::string, Severity>{{"account-suspended", Severity::critical}});
}

TEST_CASE("used up credits of which nothing but one answer tells mute nothing") {
  struct NoneLeft : FakeFacts {
    bool ranOut = false;
    std::optional<double> accountNumber(std::string_view, Input input, Duration, Instant) const override {
      return input == Input::creditsLeft ? std::optional(0.0) : std::nullopt;
    }
    bool isBorneOut(std::string_view, Input, Instant) const override { return ranOut; }
  } facts;
  Rule credits, other;
  credits.name = "credits-used-up";
  Threshold none;
  none.input = Input::creditsLeft;
  none.side = Threshold::Side::below;
  none.critical = 1;
  credits.kind = none;
  credits.mutes = {{{"*"}, Mute::Reach::account}};
  other.name = "queue";
  Threshold queue;
  queue.warning = 5;
  queue.window = 6h;
  other.kind = queue;
  facts.add(account(), kNow - 3h, mail(0, 0, 10));
  const auto fired = [&] {
    std::map<std::string, Severity> all;
    for (const Change& change : evaluate(std::vector{credits, other}, facts, {}, kNow).changes)
      all.emplace(change.alert.key.rule, change.alert.severity);
    return all;
  };
  CHECK(fired() == std::map<std::string, Severity>{{"credits-used-up", Severity::warning},
                                                   {"queue", Severity::warning}});
  // Weeks have shown that there would be mail.
  facts.expectation = Expectation{.mean = 100, .shape = 0, .weeks = 4};
  CHECK(fired() == std::map<std::string, Severity>{{"credits-used-up", Severity::critical}});
  facts.expectation.reset();
  facts.ranOut = true;
  CHECK(fired() == std::map<std::string, Severity>{{"credits-used-up", Severity::critical}});
}
