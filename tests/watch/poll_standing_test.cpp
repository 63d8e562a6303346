// What the provider says of the account itself: its credits and its reputation.
#include "watch/poll_standing.hpp"

#include "config/load.hpp"
#include "rules/defaults.hpp"
#include "watch/current_facts.hpp"
#include "watch/explain_alerts.hpp"
#include "watch/provider_fixture.hpp"
#include "watch/untold_words.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using rules::Input;
using rules::Outcome;

namespace {

struct Fixture : ProviderFixture {
  JobOutcome poll() { return runTask(io, pollStanding(owners(), *client, account())); }
  void says(std::int64_t remain, double reputation, std::int64_t overage = 0,
            const std::string& reset = "2026-12-01", std::int64_t total = 100'000) {
    transport.clear();
    answer("/v3/user/credits", nlohmann::json{{"remain", remain},
                                              {"total", total},
                                              {"overage", overage},
                                              {"used", total - remain},
                                              {"last_reset", "2026-11-01"},
                                              {"next_reset", reset},
                                              {"reset_frequency", "monthly"}}
                                   .dump());
    answer("/v3/user/account", nlohmann::json{{"type", "paid"}, {"reputation", reputation}}.dump());
    REQUIRE_FALSE(poll());
  }
  void hours(int count, std::int64_t& remain, std::int64_t each, double reputation = 99) {
    for (int i = 0; i < count; ++i) {
      clock.advance(1h);
      says(remain -= each, reputation);
    }
  }
  std::optional<double> number(Input input, Duration window = 24h * 7) {
    return owners().accounts().numbers().accountNumber("main", input, window, clock.now());
  }
  rules::Evaluation judged(const std::string& rule) {
    for (const auto& one : rules::defaults())
      if (one.name == rule)
        return rules::explain(one, whole, CurrentFacts(owners(), config).facts(), clock.now());
    FAIL("no default rule is called " << rule);
    return {};
  }
  Outcome outcome(const std::string& rule) { return judged(rule).outcome; }
  Duration windowOf(const std::string& rule) { return rules::windowOf(judged(rule).evidence); }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "used up credits are an alert of their own: nothing else shows that no mail is taken") {
  CHECK(outcome("credits-used-up") == Outcome::unknown);
  says(12'000, 99);
  CHECK(outcome("credits-used-up") == Outcome::good);
  CHECK(exposes("arrivald_credits_remaining{account=\"main\"} 12000"));
  CHECK(exposes("arrivald_credits_limit{account=\"main\"} 100000"));
  CHECK(exposes("arrivald_reputation_ratio{account=\"main\"} 0.99"));
  clock.advance(1h);
  says(0, 99);
  CHECK(outcome("credits-used-up") == Outcome::bad);
  restart();
  CHECK(outcome("credits-used-up") == Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "one answer that none is left is asked about again before anybody is told") {
  says(90'000, 99);
  clock.advance(1h);
  transport.once(FakeTransport::asked("GET", "/v3/user/credits"),
                 FakeTransport::reply(200, R"({"remain":0,"total":100000,"overage":0,"used":10000})"));
  REQUIRE_FALSE(poll());
  CHECK(outcome("credits-used-up") == Outcome::good);
  clock.advance(1h);
  says(0, 99);
  CHECK(outcome("credits-used-up") == Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "credits that run out before they are renewed are told of days before") {
  std::int64_t remain = 60'000;
  hours(1, remain, 400);
  CHECK(outcome("credits-running-out") == Outcome::unknown);  // one reading has no pace
  hours(4, remain, 400);
  CHECK(outcome("credits-running-out") == Outcome::good);  // a morning may be all of a day's mail
  hours(3, remain, 400);
  CHECK(*number(Input::creditsLast) == Approx(60'000.0 * 3600 / 400).epsilon(0.1));
  CHECK(outcome("credits-running-out") == Outcome::bad);  // six days, and twenty until the first
  restart();
  CHECK(outcome("credits-running-out") == Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "credits that are renewed before they run out are no concern") {
  std::int64_t remain = 60'000;
  hours(10, remain, 80);  // a month's worth, and twenty days until the first
  CHECK(number(Input::creditsLast) == AccountStandings::kNoEnd);
  CHECK(outcome("credits-running-out") == Outcome::good);
  says(100'000, 99);  // renewed: that is no use of credits
  clock.advance(1h);
  says(99'900, 99);
  CHECK(outcome("credits-running-out") == Outcome::good);
}

TEST_CASE_METHOD(Fixture,
                 "on the day of the renewal, and the next, nothing is said of how long credits last") {
  const Date today = config.zone.dateOf(clock.now());
  for (const int ago : {0, 1, 2}) {
    CAPTURE(ago);
    const auto reset = toText(today - std::chrono::days(ago));
    std::int64_t remain = 5'000;
    for (int i = 0; i < 8; ++i) {
      clock.advance(10min);
      says(remain -= 130, 99, 0, reset);
    }
    CHECK(outcome("credits-running-out") == (ago < 2 ? Outcome::unknown : Outcome::bad));
    restart();
  }
}

TEST_CASE_METHOD(Fixture, "a plan that lets the account send more than it pays for has no end") {
  says(0, 99, 1'234);
  CHECK(outcome("credits-used-up") == Outcome::good);
  CHECK(outcome("credits-running-out") == Outcome::good);
}

TEST_CASE_METHOD(Fixture, "a plan without credits, an old reading and a missing number are unknown") {
  says(0, 99, 0, "", 0);
  CHECK_FALSE(number(Input::creditsLeft));
  CHECK(outcome("credits-used-up") == Outcome::unknown);
  clock.advance(1h);
  says(0, 99);
  CHECK(outcome("credits-used-up") == Outcome::bad);
  clock.advance(AccountStandings::kCurrent + 1s);
  CHECK(outcome("credits-used-up") == Outcome::unknown);
  transport.clear();
  answer("/v3/user/credits", R"({"remain":null,"total":"many"})");
  answer("/v3/user/account", R"({"type":7,"reputation":"good"})");
  CHECK_FALSE(poll());
  CHECK_FALSE(number(Input::creditsLeft));
  CHECK_FALSE(number(Input::reputation));
}

TEST_CASE_METHOD(Fixture, "a key that nothing answers is a failure, one that lacks a permission is none") {
  const auto refused = [&](const std::string& path, unsigned status) {
    answer(path,
           FakeTransport::reply(status, R"({"errors":[{"field":null,"message":"authorization required"}]})"));
  };
  transport.clear();
  refused("/v3/user/credits", 401);
  refused("/v3/user/account", 401);
  const auto outcome = poll();
  REQUIRE(outcome);
  CHECK(outcome->kind == Error::Kind::unauthorized);
  transport.clear();
  refused("/v3/user/credits", 403);
  refused("/v3/user/account", 401);
  CHECK_FALSE(poll());
}

TEST_CASE_METHOD(Fixture, "credits that are used up within hours are told of before they are") {
  std::int64_t remain = 90'000;
  SECTION("from the first start on") {
    says(remain, 99);
    hours(1, remain, 24'000);
    CHECK(outcome("credits-running-out") == Outcome::bad);
    hours(1, remain, 24'000);
    CHECK(*number(Input::creditsLast) == Approx(42'000.0 * 3600 / 24'000));
  }
  SECTION("after days of little use") {
    hours(24 * 6, remain, 10);
    CHECK(outcome("credits-running-out") == Outcome::good);
    CHECK((windowOf("credits-running-out") == 24h * 6 - 1h));
    hours(2, remain, 24'000);
    CHECK(outcome("credits-running-out") == Outcome::bad);
    CHECK(*number(Input::creditsLast) == Approx(static_cast<double>(remain) * 3600 / 24'000));
    // The alert names the time that decided.
    CHECK((windowOf("credits-running-out") == 1h));
  }
  SECTION("but a burst that has passed runs nothing out") {
    hours(24 * 6, remain, 10);
    hours(2, remain, 24'000);
    hours(2, remain, 10);
    CHECK(number(Input::creditsLast) > 24.0 * 3600);
  }
  SECTION("nor is a smaller plan use of credits") {
    hours(3, remain, 10);
    clock.advance(1h);
    says(40'000, 99, 0, "2026-12-01", 50'000);
    CHECK(outcome("credits-running-out") == Outcome::good);
  }
}

TEST_CASE_METHOD(
    Fixture,
    "one wrong number of credits runs nothing out, neither while it stands nor after it is taken back") {
  std::int64_t remain = 90'000;
  hours(24, remain, 10);
  for (const std::int64_t wrong : {0, 1000}) {
    CAPTURE(wrong);
    clock.advance(1h);
    says(wrong, 99);
    CHECK(outcome("credits-running-out") != Outcome::bad);
    for (int i = 0; i < 30; ++i) {
      hours(1, remain, 10);
      CHECK(outcome("credits-running-out") == Outcome::good);
      CHECK(outcome("credits-used-up") == Outcome::good);
    }
  }
  // What the next reading confirms is so.
  clock.advance(1h);
  says(9'000, 99);
  clock.advance(1h);
  says(8'000, 99);
  CHECK(outcome("credits-running-out") == Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "no credits left is used up, whatever else SendGrid says of the plan") {
  const auto credits = GENERATE(as<std::string>(), R"({"remain":-3,"total":100000})", R"({"remain":-3})",
                                R"({"remain":0})", R"({"remain":"0","total":null,"next_reset":null})",
                                R"({"remain":0,"total":0,"overage":0,"next_reset":"2026-12-01"})",
                                R"({"remain":-3,"total":0,"overage":0,"next_reset":null})");
  CAPTURE(credits);
  answer("/v3/user/credits", credits);
  answer("/v3/user/account", R"({"type":"paid","reputation":99})");
  REQUIRE_FALSE(poll());
  CHECK(outcome("credits-used-up") == Outcome::bad);
  CHECK(number(Input::creditsLeft) == 0);
}

TEST_CASE_METHOD(Fixture, "credits that are used up run out no more: one alert says so") {
  std::int64_t remain = 60'000;
  hours(8, remain, 5'000);
  CHECK(outcome("credits-running-out") == Outcome::bad);
  clock.advance(1h);
  says(0, 99);
  CHECK(outcome("credits-used-up") == Outcome::bad);
  CHECK(outcome("credits-running-out") == Outcome::unknown);
  clock.advance(1h);
  says(100'000, 99);  // renewed
  CHECK(outcome("credits-used-up") == Outcome::good);
}

TEST_CASE_METHOD(Fixture, "after a renewal only the pace since then counts, once it is known") {
  std::int64_t remain = 40'000;
  hours(24 * 3, remain, 500);
  CHECK(outcome("credits-running-out") == Outcome::bad);
  clock.advance(1h);
  const auto renewed = [&](std::int64_t left) { says(left, 99, 0, "2027-01-01"); };
  SECTION("less is sent: it is over with the renewal, and stays so") {
    renewed(100'000);
    CHECK(outcome("credits-running-out") == Outcome::good);
    for (int hour = 1; hour < 48; ++hour) {
      clock.advance(1h);
      renewed(100'000 - 20 * hour);
      CHECK(outcome("credits-running-out") == Outcome::good);
    }
  }
  SECTION("as much is sent: unknown for a day, and told again then") {
    renewed(100'000);
    for (int hour = 1; hour < 24; ++hour) {
      clock.advance(1h);
      renewed(100'000 - 700 * hour);
      CHECK(outcome("credits-running-out") == Outcome::unknown);
    }
    clock.advance(1h);
    renewed(100'000 - 700 * 24);
    CHECK(outcome("credits-running-out") == Outcome::bad);
    CHECK(*number(Input::creditsLast) == Approx((100'000.0 - 700 * 24) / 700 * 3600));
  }
  SECTION("a loop that uses all within hours is told before it has") {
    for (const int left : {100'000, 70'000, 40'000}) {
      renewed(left);
      clock.advance(1h);
    }
    CHECK(outcome("credits-running-out") == Outcome::bad);
  }
  SECTION("some that were bought do not hide the pace") {
    says(20'000, 99);
    clock.advance(1h);
    says(19'500, 99);
    CHECK(outcome("credits-running-out") == Outcome::bad);
  }
}

TEST_CASE_METHOD(Fixture, "while mail is taken, used up credits are doubtful, and no more than a warning") {
  int requests = 1'000;
  const auto passes = [&](Duration span, int each) {
    for (Duration gone{}; gone < span; gone += 1min) {
      clock.advance(1min);
      requests += each;
      statisticsSay(requests, requests);
    }
  };
  statisticsSay(requests, requests);
  says(12'000, 99);
  passes(1h, 10);
  says(0, 99);
  auto doubtful = judged("credits-used-up");
  CHECK(doubtful.outcome == Outcome::bad);
  CHECK(doubtful.severity == rules::Severity::warning);
  CHECK(std::get<rules::NumberEvidence>(doubtful.evidence).delivered == 200);
  CHECK((rules::windowOf(doubtful.evidence) == 20min));
  passes(1h, 10);
  says(0, 99);
  CHECK(judged("credits-used-up").severity == rules::Severity::warning);
  // Requests stand still: it is so.
  passes(25min, 0);
  CHECK(judged("credits-used-up").outcome == Outcome::bad);
  CHECK(judged("credits-used-up").severity == rules::Severity::critical);
}

TEST_CASE_METHOD(Fixture,
                 "that no credits are left, as the first answer says, is a warning until mail shows it") {
  using rules::Severity;
  int requests = 1'000;
  const auto passes = [&](Duration span, int each, bool delivered) {
    int got = requests;
    for (Duration gone{}; gone < span; gone += 1min) {
      clock.advance(1min);
      requests += each;
      if (delivered) got = requests;
      statisticsSay(requests, got);
    }
  };
  const auto evidence = [&] { return std::get<rules::NumberEvidence>(judged("credits-used-up").evidence); };
  SECTION("while nothing is known of the mail") {
    says(0, 99);
    CHECK(judged("credits-used-up").outcome == Outcome::bad);
    CHECK(judged("credits-used-up").severity == Severity::warning);
    CHECK(evidence().unproven);
  }
  SECTION("while none is sent, as every night, however often SendGrid says so") {
    statisticsSay(requests, requests);
    for (int hour = 0; hour < 8; ++hour) {
      says(0, 99);
      passes(1h, 0, true);
      CHECK(judged("credits-used-up").severity == Severity::warning);
    }
    restart();
    CHECK(judged("credits-used-up").severity == Severity::warning);
  }
  SECTION("while mail is taken, and after a mailing that has ended") {
    statisticsSay(requests, requests);
    says(0, 99);
    passes(2h, 10, true);
    CHECK(judged("credits-used-up").severity == Severity::warning);
    CHECK_FALSE(evidence().unproven);
    passes(21min, 0, true);
    CHECK(judged("credits-used-up").severity == Severity::warning);
    CHECK(evidence().unproven);
  }
  SECTION("mail of which none is delivered shows it") {
    statisticsSay(requests, requests);
    says(0, 99);
    passes(65min, 1, false);
    CHECK(judged("credits-used-up").severity == Severity::critical);
    CHECK(evidence().undelivered);
    CHECK(evidence().delivered == 60);
  }
  SECTION("credits that were left, and ran out, need no more") {
    says(12, 99);
    clock.advance(1h);
    says(0, 99);
    CHECK(judged("credits-used-up").severity == Severity::critical);
    restart();
    CHECK(judged("credits-used-up").severity == Severity::critical);
  }
}

TEST_CASE_METHOD(Fixture, "a rule of one's own about the reputation is critical from the second answer on") {
  rules::Rule low;
  low.name = "low";
  rules::Threshold below;
  below.input = Input::reputation;
  below.side = rules::Threshold::Side::below;
  below.critical = 50.0;
  low.kind = below;
  const auto severity = [&] {
    return rules::explain(low, whole, CurrentFacts(owners(), config).facts(), clock.now()).severity;
  };
  says(1'000, 0);
  CHECK(severity() == rules::Severity::warning);
  clock.advance(1h);
  says(1'000, 0);
  CHECK(severity() == rules::Severity::critical);
}

TEST_CASE_METHOD(Fixture, "a reputation of zero, or none, is no fall") {
  std::int64_t remain = 60'000;
  hours(2, remain, 1, 99);
  hours(2, remain, 1, 0);
  CHECK(outcome("reputation-falling") == Outcome::unknown);
  transport.clear();
  answer("/v3/user/credits", R"({"remain":100,"total":1000})");
  answer("/v3/user/account", R"({"type":"paid","reputation":null})");
  REQUIRE_FALSE(poll());
  CHECK(outcome("reputation-falling") == Outcome::unknown);
  hours(1, remain, 1, 98);
  CHECK(outcome("reputation-falling") == Outcome::good);
}

TEST_CASE_METHOD(Fixture, "explain-alert tells one reading apart from credits that cannot be read") {
  config.language = Language::english;
  config.rules = rules::defaults();
  statisticsSay(10, 10);
  const auto explained = [&] {
    AlertQuestion question;
    question.rule = "credits-running-out";
    return explainAlerts(owners(), config, question).value();
  };
  answer("/v3/user/credits", FakeTransport::reply(403, "{}"));
  answer("/v3/user/account", R"({"type":"free","reputation":95.5})");
  REQUIRE_FALSE(poll());
  CHECK_THAT(explained(), Catch::Contains("SendGrid does not say this of the account"));
  clock.advance(1h);
  says(90'000, 99);
  CHECK_THAT(explained(), Catch::Contains("have been read only once so far"));
  clock.advance(1h);
  says(0, 99);
  CHECK_THAT(explained(), Catch::Contains("No credits are left"));
}

TEST_CASE_METHOD(Fixture, "a falling reputation is told of, a low one that stays is not") {
  std::int64_t remain = 60'000;
  hours(2, remain, 1, 70);
  CHECK(outcome("reputation-falling") == Outcome::good);
  hours(1, remain, 1, 62);
  CHECK(outcome("reputation-falling") == Outcome::bad);
  CHECK(number(Input::reputationFall) == 8);
}

TEST_CASE_METHOD(Fixture, "one wrong rating warns nobody, too low or too high; what is confirmed does") {
  std::int64_t remain = 60'000;
  hours(3, remain, 1, 90);
  for (const double wrong : {20.0, 99.0}) {
    clock.advance(1h);
    transport.once(FakeTransport::asked("GET", "/v3/user/account"),
                   FakeTransport::reply(200, nlohmann::json{{"type", "paid"}, {"reputation", wrong}}.dump()));
    REQUIRE_FALSE(poll());
    CHECK(outcome("reputation-falling") == Outcome::good);
    CHECK(number(Input::reputationFall) == 0);
  }
  hours(1, remain, 1, 80);
  CHECK(outcome("reputation-falling") == Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "credits that are not told are shown as unknown, whatever else is") {
  const auto& c = notify::Catalogue::of(Language::english);
  const auto shown = [&] {
    JobState job;
    job.lastSuccess = clock.now();
    return untoldWords(owners(), c, {"main", "credits"}, job, clock.now());
  };
  says(500, 99);
  CHECK(shown().empty());
  clock.advance(1h);
  transport.clear();
  answer("/v3/user/account", R"({"type":"paid","reputation":99})");
  SECTION("the answer has none") { answer("/v3/user/credits", R"({"total":100000})"); }
  SECTION("it is no number") { answer("/v3/user/credits", R"({"remain":null,"total":100000})"); }
  SECTION("the key may not read them") { answer("/v3/user/credits", FakeTransport::reply(403, "{}")); }
  REQUIRE_FALSE(poll());
  CHECK_FALSE(number(Input::creditsLeft));
  CHECK_THAT(shown(), Catch::Contains("credits unknown"));
  CHECK_FALSE(exposes("arrivald_credits_remaining{account=\"main\"}"));
}

TEST_CASE_METHOD(Fixture, "credits that cannot be are unknown with the reason, and their fall is none") {
  const auto& c = notify::Catalogue::of(Language::english);
  const auto told = GENERATE(as<std::string>(), R"({"remain":100001,"total":100000})",
                             R"({"remain":500,"total":0})", R"({"remain":-100001,"total":100000})");
  CAPTURE(told);
  answer("/v3/user/credits", told);
  answer("/v3/user/account", R"({"type":"paid","reputation":99})");
  for (int i = 0; i < 3; ++i) {
    clock.advance(1h);
    REQUIRE_FALSE(poll());
    CHECK_FALSE(number(Input::creditsLeft));
    CHECK(outcome("credits-used-up") == Outcome::unknown);
    CHECK(outcome("credits-running-out") == Outcome::unknown);
  }
  CHECK_FALSE(exposes("arrivald_credits_remaining{account=\"main\"}"));
  JobState job;
  job.lastSuccess = clock.now();
  CHECK_THAT(untoldWords(owners(), c, {"main", "credits"}, job, clock.now()),
             Catch::Contains("which cannot be"));
  // What comes next is the first number that is known.
  clock.advance(1h);
  says(40'000, 99);
  CHECK(number(Input::creditsLeft) == 40'000);
  CHECK(outcome("credits-running-out") != Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "two answers that take turns are told of once, until three in a row agree") {
  std::int64_t remain = 90'000;
  hours(24, remain, 10);
  int fired = 0, resolved = 0;
  auto last = std::pair(Outcome::good, Outcome::good);
  const auto look = [&] {
    const auto now = std::pair(outcome("credits-used-up"), outcome("reputation-falling"));
    const auto notified = [](Outcome before, Outcome after, Outcome which) {
      return after == which && before != which ? 1 : 0;
    };
    // Unknown neither fires nor resolves.
    if (now.first != Outcome::unknown) {
      fired += notified(last.first, now.first, Outcome::bad);
      resolved += notified(last.first, now.first, Outcome::good);
      last.first = now.first;
    }
    if (now.second != Outcome::unknown) {
      fired += notified(last.second, now.second, Outcome::bad);
      resolved += notified(last.second, now.second, Outcome::good);
      last.second = now.second;
    }
  };
  for (int hour = 0; hour < 48; ++hour) {
    clock.advance(1h);
    const bool odd = hour % 2 == 0;
    says(odd ? 0 : remain -= 10, odd ? 60 : 99);
    look();
  }
  CHECK(fired == 2);  // one each of credits and reputation
  CHECK(resolved == 2);
  clock.advance(1h);
  says(0, 60);
  CHECK(outcome("credits-used-up") == Outcome::unknown);
  for (int i = 0; i < 2; ++i) {
    clock.advance(1h);
    says(0, 60);
  }
  CHECK(outcome("credits-used-up") == Outcome::bad);
  CHECK(outcome("reputation-falling") == Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "credits that were bought and used up again are no flipping") {
  std::int64_t remain = 30'000;
  hours(6, remain, 5'000);
  CHECK(outcome("credits-used-up") == Outcome::bad);
  clock.advance(1h);
  says(20'000, 99);
  CHECK(outcome("credits-used-up") == Outcome::good);
  clock.advance(1h);
  says(0, 99);
  CHECK(outcome("credits-used-up") == Outcome::bad);
}

TEST_CASE_METHOD(Fixture, "a key that may not read them leaves them unknown and fails nothing") {
  answer("/v3/user/credits", FakeTransport::reply(403, R"({"errors":[{"message":"access forbidden"}]})"));
  answer("/v3/user/account", R"({"type":"free","reputation":95.5})");
  CHECK_FALSE(poll());
  CHECK_FALSE(number(Input::creditsLeft));
  CHECK(number(Input::reputation) == 95.5);
}

TEST_CASE_METHOD(Fixture, "what cannot be read now is a failure, and what was known stays for a while") {
  says(500, 99);
  transport.clear();
  answer("/v3/user/credits", FakeTransport::reply(500, "oops"));
  CHECK(poll()->kind == Error::Kind::serverError);
  CHECK(number(Input::creditsLeft) == 500);
  account().credits = false;
  retain();
  CHECK_FALSE(number(Input::creditsLeft));
}

TEST_CASE_METHOD(Fixture, "readings move with the clock, in memory and in the store") {
  says(500, 99);
  clock.step(-3h);
  owners().noticeClockStep();
  CHECK(owners().accounts().standings().latest("main", clock.now())->at == clock.now());
  restart();
  REQUIRE(owners().accounts().standings().latest("main", clock.now()));
  CHECK(owners().accounts().standings().latest("main", clock.now())->remain == 500);
}

TEST_CASE_METHOD(Fixture, "credits that are switched off and on again go on with what was read before") {
  std::int64_t remain = 50'000;
  hours(20, remain, 1'000);
  const auto before = number(Input::creditsLast);
  REQUIRE(before.has_value());
  account().credits = false;
  retain();
  CHECK_FALSE(number(Input::creditsLeft).has_value());
  account().credits = true;
  retain();
  CHECK(number(Input::creditsLast) == before);
}
