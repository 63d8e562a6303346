// Reading an account's statistics: what is asked for, what is counted, and what a refusal leaves behind.
#include "watch/poll_statistics.hpp"

#include "rules/defaults.hpp"
#include "watch/doubt_words.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;

namespace {

struct Fixture : ProviderFixture {
  void answerStatistics(std::initializer_list<nlohmann::json> days) {
    transport.clear();
    answer("/v3/stats?", nlohmann::json(std::vector<nlohmann::json>(days)).dump());
  }
  JobOutcome poll() { return runTask(io, pollStatistics(owners(), *client, kUsualDays)); }
  std::string askedFrom() const {
    const auto url = lastAsked();
    const auto at = url.find("start_date=");
    return at == std::string::npos ? url : url.substr(at + 11, 10);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "after a downtime of a week every day that was passed over is asked for again") {
  answerStatistics({day("2026-11-09", 100, 99), day("2026-11-10", 10, 10)});
  REQUIRE_FALSE(poll());
  CHECK(askedFrom() == "2026-11-07");
  clock.advance(24h * 8);
  answerStatistics({day("2026-11-10", 100, 98), day("2026-11-14", 50, 50), day("2026-11-18", 5, 5)});
  REQUIRE_FALSE(poll());
  CHECK(askedFrom() <= "2026-11-10");
  // What came on the days between is counted: 88 more of the first day, 50 in the middle, 5 today.
  CHECK(delivered(whole, 24h * 30) == 88 + 50 + 5);
}

TEST_CASE_METHOD(Fixture, "the daily re-read asks for a month") {
  answerStatistics({day("2026-11-10", 10, 10)});
  REQUIRE_FALSE(runTask(io, pollStatistics(owners(), *client, kHistoryDays)));
  CHECK(askedFrom() == "2026-10-11");
}

TEST_CASE_METHOD(Fixture, "each kind of refusal by SendGrid is distinguished, and nothing is counted") {
  answerStatistics({day("2026-11-10", 10, 10)});
  REQUIRE_FALSE(poll());
  const auto kindOf = [&](FakeTransport::Answer given) {
    transport.clear();
    transport.always(FakeTransport::asked("GET", "/v3/stats?"), std::move(given));
    const auto outcome = poll();
    return outcome ? std::string(name(outcome->kind)) : std::string("none");
  };
  CHECK(kindOf(FakeTransport::reply(401, "{}")) == "unauthorized");
  CHECK(kindOf(FakeTransport::reply(403, "{}")) == "forbidden");
  CHECK(kindOf(FakeTransport::reply(503, "")) == "server_error");
  CHECK(kindOf(FakeTransport::reply(200, "<html><body>maintenance</body></html>")) == "html");
  CHECK(kindOf(FakeTransport::reply(200, "[{\"date\":\"2026-11-10\",\"stats\":[")) == "malformed");
  CHECK(kindOf(FakeTransport::reply(200, "[]")) == "empty_answer");
  CHECK(kindOf(FakeTransport::fail(http::Failure::Kind::timedOut)) == "timed_out");
  CHECK(delivered(whole, 24h) == 0);
  answerStatistics({day("2026-11-10", 14, 14)});
  clock.advance(10min);
  REQUIRE_FALSE(poll());
  CHECK(delivered(whole, 1h) == 4);
}

TEST_CASE_METHOD(Fixture, "a full disk is our storage's trouble, and the source was read all the same") {
  answerStatistics({day("2026-11-10", 10, 10)});
  REQUIRE_FALSE(poll());
  REQUIRE(database().read([&] { store::Statement(database(), "PRAGMA max_page_count=1").run(); }));
  int read = 10;
  for (int i = 0; i < 2000 && memory->health.ok(); ++i) {
    clock.advance(1min);
    ++read;
    answerStatistics({day(toText(client->access().zone.dateOf(clock.now())), read, read)});
    REQUIRE_FALSE(poll());
  }
  REQUIRE(memory->health.trouble());
  CHECK(memory->health.trouble()->party == Party::storage);
  CHECK(memory->health.trouble()->kind == Error::Kind::diskFull);
  CHECK_THAT(memory->health.trouble()->text,
             Catch::Contains("free space") && Catch::Contains("writes again once it can"));
  const auto known = delivered(whole, 30min);
  clock.advance(1min);
  answerStatistics({day(toText(client->access().zone.dateOf(clock.now())), read + 2, read + 2)});
  REQUIRE_FALSE(poll());
  CHECK(delivered(whole, 1min) == 2);
  CHECK(delivered(whole, 31min) >= known);
}

TEST_CASE_METHOD(Fixture, "what an answer holds beside what is understood is counted, and the rest is read") {
  auto odd = day("2026-11-10", 10, 10);
  odd["stats"][0]["metrics"]["telepathy"] = 3;
  odd["stats"][0]["metrics"]["bounces"] = "many";
  answerStatistics({odd, {{"date", "the day before"}, {"stats", nlohmann::json::array()}}});
  REQUIRE_FALSE(poll());
  CHECK(exposes("what=\"unknown_metrics\"} 1"));
  CHECK(exposes("what=\"bad_numbers\"} 1"));
  CHECK(exposes("what=\"bad_rows\"} 1"));
  CHECK(owners().statistics().dayTotal(whole, parseDate("2026-11-10").value())->outcomes() == 10);
}

TEST_CASE_METHOD(Fixture,
                 "a metric that answers lack is told after two hours, and known again with the next") {
  const auto lacking = GENERATE(as<std::string>(), "delivered", "requests", "bounces");
  const auto given = GENERATE(values<nlohmann::json>({nullptr, "many", -1, nlohmann::json::object()}));
  CAPTURE(lacking, given.dump());
  config.windows = {10min};
  const auto knows = [&] {
    const auto sum = owners().statistics().windows().find(whole)->sum(10min, clock.now(), 3min);
    CHECK(sum.known);
    return sum.knows({*delivery::metricNamed(lacking)});
  };
  int mails = 100;
  const auto answerOf = [&](bool complete) {
    clock.advance(1min);
    mails += 10;
    auto today = day("2026-11-10", mails, mails);
    auto& metrics = today["stats"][0]["metrics"];
    if (!complete && given.is_object()) metrics.erase(lacking);
    if (!complete && !given.is_object()) metrics[lacking] = given;
    answerStatistics({today});
    return poll();
  };
  for (int minute = 0; minute < 30; ++minute) REQUIRE_FALSE(answerOf(true));
  CHECK(knows());
  for (int minute = 0; minute < 120; ++minute) {
    const auto outcome = answerOf(false);
    INFO((outcome ? outcome->text : "") << minute);
    REQUIRE_FALSE(outcome);
  }
  CHECK_FALSE(knows());
  const auto outcome = answerOf(false);
  REQUIRE(outcome);
  CHECK(outcome->kind == Error::Kind::malformed);
  CHECK(outcome->party == Party::provider);
  CHECK_THAT(outcome->text, Catch::Contains("have lacked " + lacking + " for two hours"));
  // What comes at once may wait for two more answers.
  for (int minute = 0; minute < 13; ++minute) REQUIRE_FALSE(answerOf(true));
  CHECK(knows());
  CHECK(delivered(whole, 150min) == 1500);
}

TEST_CASE_METHOD(
    Fixture, "that nothing can be judged since answers lack a number is told within minutes, since when") {
  for (auto& rule : rules::defaults())
    if (rule.name == "not-readable") config.rules.push_back(rule);
  const TaskId id{"main", "statistics"};
  owners().jobs().added(id, 1min, Party::provider);
  int mails = 100;
  const auto minute = [&](const std::string& lacking) {
    clock.advance(1min);
    mails += 10;
    auto today = day("2026-11-10", mails, mails);
    today["stats"][0]["metrics"].erase(lacking);
    answerStatistics({today});
    owners().jobs().started(id, 0);
    REQUIRE_FALSE(poll());
    owners().jobs().succeeded(id, 1s);
    evaluateRules(owners(), config);
  };
  const auto alert = [&]() -> const rules::Alert* {
    for (const auto& one : owners().alerts().all())
      if (rules::active(one.state)) return &one;
    return nullptr;
  };
  for (int i = 0; i < 30; ++i) minute("nothing");
  const auto began = clock.now() + 1min;
  SECTION("of the outcomes") {
    for (int i = 0; i < 10; ++i) minute("delivered");
    REQUIRE(alert());
    CHECK(alert()->startedAt - began <= 7min);
    CHECK(alert()->beganAt == began);
    SECTION("as long as it lasts, also over a restart") {
      restart();
      owners().jobs().added(id, 1min, Party::provider);
      for (int i = 0; i < 10; ++i) minute("delivered");
      REQUIRE(alert());
      CHECK(alert()->beganAt == began);
    }
    for (int i = 0; i < 15; ++i) minute("nothing");
    CHECK_FALSE(alert());
  }
  SECTION("not of what no rate rests on, nor of a few answers") {
    for (int i = 0; i < 20; ++i) minute(i % 4 == 0 ? "nothing" : "delivered");
    for (int i = 0; i < 20; ++i) minute("opens");
    CHECK_FALSE(alert());
  }
}

TEST_CASE_METHOD(Fixture, "what fell or cannot be is told at once as what it is, and not as lacking") {
  const auto answer = [&](int requests, std::int64_t delivered) {
    clock.advance(1min);
    auto today = day("2026-11-10", requests, 0);
    today["stats"][0]["metrics"]["delivered"] = delivered;
    answerStatistics({today});
    return poll();
  };
  const auto doubts = [&] {
    const auto& c = notify::Catalogue::of(Language::english);
    std::string all;
    for (const auto& doubt : doubtWords(owners().statistics(), {"main", delivery::Dimension::account}, c,
                                        TimeZone(), clock.now()))
      all += doubt.text;
    return all;
  };
  int mails = 1000;
  for (int minute = 0; minute < 30; ++minute, mails += 10) REQUIRE_FALSE(answer(mails, mails));
  CHECK(doubts().empty());
  SECTION("it fell") {
    const auto began = clock.now() + 1min;
    for (int minute = 0; minute < 120; ++minute) REQUIRE_FALSE(answer(400, 400));
    CHECK_THAT(doubts(), Catch::Contains("requests from 1,290 to 400") &&
                             Catch::Contains(TimeZone().zonedText(began)) && !Catch::Contains("lack"));
    const auto outcome = answer(400, 400);
    REQUIRE(outcome);
    CHECK_THAT(outcome->text, Catch::Contains("fell two hours ago") && Catch::Contains("from 1290 to 400"));
  }
  SECTION("it is far above the requests") {
    for (int minute = 0; minute < 120; ++minute) REQUIRE_FALSE(answer(mails, 1'000'000'000'000));
    CHECK_THAT(doubts(), Catch::Contains("delivered far above the mail") && !Catch::Contains("lack"));
    const auto outcome = answer(mails, 1'000'000'000'000);
    REQUIRE(outcome);
    CHECK_THAT(outcome->text, Catch::Contains("have had delivered far above"));
    REQUIRE_FALSE(answer(mails, mails));
    CHECK(doubts().empty());
  }
}

TEST_CASE_METHOD(Fixture,
                 "what is left of the provider's allowance is published with every answer, also a refusal") {
  const http::Headers budget{{"X-RateLimit-Limit", "600"},
                             {"X-RateLimit-Remaining", "17"},
                             {"X-RateLimit-Reset", std::to_string(unixSeconds(clock.now() + 1min))}};
  answer("/v3/stats?", FakeTransport::reply(503, "", budget));
  CHECK(poll());
  CHECK(exposes("arrivald_rate_limit_requests{account=\"main\",endpoint=\"stats\"} 600"));
  CHECK(exposes("arrivald_rate_limit_remaining_requests{account=\"main\",endpoint=\"stats\"} 17"));
}

TEST_CASE_METHOD(Fixture, "mailbox providers are read as they are named in the answer") {
  answer("/v3/mailbox_providers/stats?", nlohmann::json::array({day("2026-11-10", 0, 10, "Gmail")}).dump());
  REQUIRE_FALSE(runTask(io, pollMailboxProviders(owners(), *client)));
  transport.clear();
  clock.advance(5min);
  answer("/v3/mailbox_providers/stats?", nlohmann::json::array({day("2026-11-10", 0, 13, "Gmail")}).dump());
  REQUIRE_FALSE(runTask(io, pollMailboxProviders(owners(), *client)));
  CHECK(delivered({"main", Dimension::mailboxProvider, "Gmail"}, 10min) == 3);
}

TEST_CASE_METHOD(
    Fixture, "chosen categories are asked for by name; those that are found come after, up to the limit") {
  config::Selection selection;
  selection.names = {"notice"};
  answer("/v3/categories/stats?", nlohmann::json::array({day("2026-11-10", 10, 10, "notice")}).dump());
  REQUIRE_FALSE(runTask(io, pollCategories(owners(), *client, selection)));
  CHECK(transport.requests().size() == 1);  // nothing to find
  CHECK_THAT(lastAsked(), Catch::Contains("categories=notice"));

  selection.discover = true;
  selection.limit = 2;
  answer("/v3/categories?", R"([{"category":"a"},{"category":"b"},{"category":"c"},{"category":"notice"}])");
  REQUIRE_FALSE(runTask(io, pollCategories(owners(), *client, selection)));
  CHECK_THAT(lastAsked(), Catch::Contains("categories=notice") && Catch::Contains("categories=a") &&
                              Catch::Contains("categories=b") && !Catch::Contains("categories=c"));
}

TEST_CASE_METHOD(Fixture, "subusers are found and read; a list that is refused is the poll's failure") {
  config::Selection selection;
  selection.discover = true;
  answer("/v3/subusers/stats?", nlohmann::json::array({day("2026-11-10", 10, 10, "shop")}).dump());
  transport.once(FakeTransport::asked("GET", "/v3/subusers?"),
                 FakeTransport::reply(200, R"([{"username":"shop"}])"));
  REQUIRE_FALSE(runTask(io, pollSubusers(owners(), *client, selection)));
  CHECK_THAT(lastAsked(), Catch::Contains("subusers=shop"));
  CHECK(owners().statistics().windows().find({"main", Dimension::subuser, "shop"}));

  answer("/v3/subusers?", FakeTransport::reply(403, "{}"));
  const auto outcome = runTask(io, pollSubusers(owners(), *client, selection));
  REQUIRE(outcome);
  CHECK(outcome->party == Party::configuration);
  answer("/v3/categories?", FakeTransport::reply(500, ""));
  CHECK(runTask(io, pollCategories(owners(), *client, selection))->kind == Error::Kind::serverError);
}
