// What is said of a source that is not read, over restarts and suspensions: nothing is judged before it had
// its chance, and nothing is forgotten.
#include <catch2/catch.hpp>

#include "notify/notification_json.hpp"
#include "rules/defaults.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Metric;

namespace {

struct Fixture : StreamFixture {
  const TaskId statistics{"main", "statistics"};

  Fixture() {
    for (auto& rule : rules::defaults())
      if (rule.name == "not-readable" || rule.name == "stream-silent") config.rules.push_back(rule);
    auto& channel = config.channels.emplace_back();
    channel.name = "ops";
    channel.language = Language::english;
    config.routes.emplace_back().channels = {"ops"};
    reload();
    plan();
  }
  /// As Watch does at a start and at a reload.
  void plan() { owners().jobs().added(statistics, 1min, Party::provider); }
  void startAgain() {
    restart();
    plan();
  }
  void poll(bool works) {
    owners().jobs().started(statistics, 0);
    if (works)
      owners().jobs().succeeded(statistics, 1s);
    else
      owners().jobs().failed(statistics, Error{Error::Kind::serverError, "502", Party::provider}, 1s);
  }
  /// Minutes in which the statistics are asked for, and the rules evaluated.
  void minutes(int count, bool works) {
    for (int i = 0; i < count; ++i) {
      clock.advance(1min);
      poll(works);
      evaluateRules(owners(), config);
    }
  }
  const rules::Alert* alert(const std::string& rule) {
    for (const auto& one : owners().alerts().all())
      if (one.key.rule == rule && rules::active(one.state)) return &one;
    return nullptr;
  }
  std::vector<std::string> sentences() {
    std::vector<std::string> all;
    const auto waiting = owners().outbox().waiting("ops", 100).value();
    for (const auto& queued : waiting)
      all.push_back(notify::notificationFromJson(queued.notification)->sentence);
    return all;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "an alert of what cannot be read outlives a restart with its beginning and its age") {
  minutes(5, true);
  const auto lastGood = clock.now();
  minutes(30, false);
  REQUIRE(alert("not-readable"));
  const auto before = *alert("not-readable");
  clock.advance(10min);
  startAgain();
  REQUIRE(sentences().size() == 1);
  SECTION("while nothing was tried yet") {
    evaluateRules(owners(), config);
    REQUIRE(alert("not-readable"));
    CHECK(alert("not-readable")->startedAt == before.startedAt);
    CHECK(alert("not-readable")->evidence == before.evidence);
  }
  SECTION("and when it goes on") {
    minutes(20, false);
    REQUIRE(alert("not-readable"));
    CHECK(alert("not-readable")->startedAt == before.startedAt);
    CHECK(alert("not-readable")->episode == before.episode);
    CHECK(std::get<rules::ReadingEvidence>(alert("not-readable")->evidence).age == clock.now() - lastGood);
  }
  SECTION("and ends by what is read") {
    minutes(20, true);
    CHECK_FALSE(alert("not-readable"));
    CHECK(sentences().size() == 2);
    return;
  }
  CHECK(sentences().size() == 1);  // nothing new, nothing resolved
}

TEST_CASE_METHOD(Fixture,
                 "no age is judged before its source had a chance after a restart, a reload or a sleep") {
  minutes(5, true);
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  clock.advance(5h);
  const auto what = GENERATE(as<std::string>{}, "restart", "reload", "sleep");
  if (what == "restart") startAgain();
  if (what == "reload") plan();
  // After a suspension the first answer of the statistics shows the mail of the whole time.
  owners().noticeClockStep();
  statisticsSay(Metric::delivered, 10);
  clock.advance(1min);
  statisticsSay(Metric::delivered, 500);
  for (int i = 0; i < 4; ++i) {
    evaluateRules(owners(), config);
    CHECK_FALSE(alert("not-readable"));
    CHECK_FALSE(alert("stream-silent"));
    clock.advance(1min);
  }
}

TEST_CASE_METHOD(Fixture,
                 "lists of which none was ever read are unknown, not well, until their crawl fails") {
  for (auto& rule : rules::defaults())
    if (rule.name == "lists-not-readable") config.rules.push_back(rule);
  reload();
  const TaskId crawl{"main", "suppressions_full"}, latest{"main", "suppressions"};
  auto& jobs = owners().jobs();
  for (const auto& id : {statistics, crawl, latest}) jobs.added(id, 1min, Party::provider);
  // One crawl of many pages.
  jobs.started(crawl, 0);
  for (int page = 0; page < 30; ++page) {
    clock.advance(5min);
    jobs.progressed(crawl);
    evaluateRules(owners(), config);
  }
  CHECK_FALSE(alert("lists-not-readable"));
  const auto pass = [&](int count, bool running) {
    for (int i = 0; i < count; ++i) {
      clock.advance(1min);
      jobs.started(latest, 0);
      jobs.succeeded(latest, 1s);  // nothing to read yet
      jobs.started(crawl, 0);
      if (!running) jobs.failed(crawl, Error{Error::Kind::forbidden, "403", Party::configuration}, 1s);
      evaluateRules(owners(), config);
    }
  };
  pass(90, true);
  CHECK_FALSE(alert("lists-not-readable"));
  pass(90, false);
  REQUIRE(alert("lists-not-readable"));
  const auto evidence = std::get<rules::ReadingEvidence>(alert("lists-not-readable")->evidence);
  CHECK(evidence.error == Error::Kind::forbidden);
  CHECK_FALSE(evidence.everRead);
  for (const auto& sentence : sentences()) CHECK(sentence.find("last success") == std::string::npos);
  REQUIRE(owners().lists().beginCrawl("main", suppression::List::blocks));
  REQUIRE(owners().lists().finishCrawl("main", suppression::List::blocks, clock.now(),
                                       SuppressionLists::Missing::removed));
  pass(20, false);
  CHECK_FALSE(alert("lists-not-readable"));
}

TEST_CASE_METHOD(Fixture,
                 "batches that are refused fire at once, since the last good one, with their number") {
  minutes(5, true);
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  const auto lastGood = clock.now();
  for (int i = 0; i < 5; ++i) {
    clock.advance(30s);
    auto tampered = signedBatch(one("delivered", "a@b.jp", "n" + std::to_string(i), 1s));
    tampered.body[5] ^= 1;
    CHECK(send(tampered) == 401);
  }
  evaluateRules(owners(), config);
  REQUIRE(alert("stream-silent"));
  const auto said = sentences();
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0], Catch::Contains("Since " + config.zone.zonedText(lastGood)) &&
                          Catch::Contains("5 batches came and were refused (the signature does not fit)"));
  CHECK(post(one("delivered", "a@b.jp", "m2", 1s)) == 204);
  minutes(20, true);
  CHECK_FALSE(alert("stream-silent"));
}

TEST_CASE_METHOD(Fixture, "a suspended account stays suspended over a downtime of any length") {
  CHECK(post("[{\"event\":\"account_status_change\",\"type\":\"compliance_suspend\",\"timestamp\":" +
             std::to_string(unixSeconds(clock.now())) + "}]") == 204);
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  clock.advance(std::chrono::hours(24 * 40));
  startAgain();
  events().tick();
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
}

TEST_CASE_METHOD(Fixture, "reloads every minute do not keep an unread source from being an alert") {
  for (int i = 0; i < 8; ++i) {
    minutes(1, false);
    plan();
  }
  CHECK(alert("not-readable"));
}
