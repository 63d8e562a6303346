// What the watch does with what SendGrid answers: by a scripted SendGrid and a clock that the test sets.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "metrics/registry.hpp"
#include "store/database.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/fixture.hpp"
#include "watch/poll_statistics.hpp"
#include "watch/poll_suppressions.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

const Subject kAccount{"main", Dimension::account, ""};

std::string day(const std::string& date, int requests, int delivered) {
  return nlohmann::json{
      {"date", date},
      {"stats", {{{"metrics", {{"requests", requests}, {"processed", requests}, {"delivered", delivered}}}}}}}
      .dump();
}

struct Fixture {
  TempStore folder;
  ManualClock clock{parseIso("2026-11-10T03:00:00Z").value()};
  boost::asio::io_context io;
  Memory memory{io, clock, folder.path()};
  Owners& owners = memory.owners;
  FakeTransport transport;
  sendgrid::AccountAccess access{"main", "https://api.sendgrid.com", Secret("SG.key"), "", {}, {}};
  std::unique_ptr<sendgrid::Client> client = std::make_unique<sendgrid::Client>(transport, clock, access);

  Fixture() {
    config::Config config;
    config.accounts.emplace_back().name = "main";
    owners.retain(config);
  }
  void answer(std::string body) {
    transport.clear();
    transport.always(FakeTransport::asked("GET", "/v3/stats?"), FakeTransport::reply(200, std::move(body)));
  }
  JobOutcome poll() { return runTask(pollStatistics(owners, *client, kUsualDays)); }
  std::string askedFrom() const {
    const auto& url = transport.requests().back().url;
    const auto at = url.find("start_date=");
    return at == std::string::npos ? url : url.substr(at + 11, 10);
  }
  std::int64_t delivered(Duration window) const {
    const auto* series = owners.statistics().windows().find(kAccount);
    return series ? series->sum(window, clock.now(), std::chrono::hours(1)).counts[Metric::delivered] : -1;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "after a downtime of a week every day that was passed over is asked for again") {
  answer("[" + day("2026-11-09", 100, 99) + "," + day("2026-11-10", 10, 10) + "]");
  REQUIRE_FALSE(poll());
  const auto usual = askedFrom();
  CHECK(usual == "2026-11-07");
  clock.advance(std::chrono::hours(24 * 8));
  answer("[" + day("2026-11-10", 100, 98) + "," + day("2026-11-14", 50, 50) + "," + day("2026-11-18", 5, 5) +
         "]");
  REQUIRE_FALSE(poll());
  CHECK(askedFrom() <= "2026-11-10");
  // What came on the days between is counted: 88 more of the first day, 50 in the middle, 5 today.
  CHECK(delivered(std::chrono::hours(24 * 30)) == 88 + 50 + 5);
}

TEST_CASE_METHOD(Fixture, "each way in which SendGrid refuses is told apart, and nothing is booked") {
  answer("[" + day("2026-11-10", 10, 10) + "]");
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
  CHECK(kindOf(FakeTransport::reply(200, "[{\"date\":\"2026-11-10\",\"stats\":[")) == "truncated");
  CHECK(kindOf(FakeTransport::reply(200, "[]")) == "empty_answer");
  CHECK(kindOf(FakeTransport::fail(http::Failure::Kind::timedOut)) == "timed_out");
  CHECK(delivered(std::chrono::hours(24)) == 0);
  answer("[" + day("2026-11-10", 14, 14) + "]");
  clock.advance(std::chrono::minutes(10));
  REQUIRE_FALSE(poll());
  CHECK(delivered(std::chrono::hours(1)) == 4);
}

TEST_CASE_METHOD(Fixture, "a full disk is our storage's fault, not SendGrid's") {
  answer("[" + day("2026-11-10", 10, 10) + "]");
  REQUIRE_FALSE(poll());
  REQUIRE(
      memory.database->read([&] { store::Statement(*memory.database, "PRAGMA max_page_count=1").run(); }));
  JobOutcome outcome;
  for (int i = 0; i < 2000 && !outcome; ++i) {
    clock.advance(std::chrono::hours(1));
    nlohmann::json days = nlohmann::json::array();
    days.push_back(nlohmann::json::parse(day(toText(client->access().zone.dateOf(clock.now())), i, i)));
    answer(days.dump());
    outcome = poll();
  }
  REQUIRE(outcome);
  CHECK(outcome->party == Party::storage);
  CHECK(outcome->kind == Error::Kind::diskFull);
  CHECK(outcome->text.find("could not be stored") != std::string::npos);
  CHECK(outcome->text.find("free space") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a step of the wall clock moves what is remembered and disturbs no window") {
  answer("[" + day("2026-11-10", 10, 10) + "]");
  REQUIRE_FALSE(poll());
  clock.advance(std::chrono::minutes(5));
  answer("[" + day("2026-11-10", 17, 17) + "]");
  REQUIRE_FALSE(poll());
  CHECK(delivered(std::chrono::minutes(30)) == 7);
  for (const auto step : {Duration(std::chrono::hours(3)), -Duration(std::chrono::hours(5))}) {
    clock.step(step);
    owners.noticeClockStep();
    CHECK(delivered(std::chrono::minutes(30)) == 7);
  }
}

TEST_CASE_METHOD(Fixture, "new entries of the lists are explained, counted by cause, and shown masked") {
  transport.always(FakeTransport::asked("GET", "/v3/suppression/"), [&](const http::Request& request) {
    if (request.url.find("/bounces") == std::string::npos ||
        request.url.find("offset=0") == std::string::npos)
      return FakeTransport::reply(200, "[]");
    const auto created = unixSeconds(clock.now()) - 60;
    nlohmann::json rows = nlohmann::json::array();
    for (int i = 0; i < 3; ++i)
      rows.push_back(
          {{"email", "taro" + std::to_string(i) + "@gmail.com"},
           {"created", created},
           {"status", "5.1.1"},
           {"reason", "550 5.1.1 <taro" + std::to_string(i) +
                          "@gmail.com>: The email account that you tried to reach does not exist"}});
    rows.push_back({{"email", "hanako@gmail.com"},
                    {"created", created},
                    {"status", "5.7.1"},
                    {"reason", "554 Message refused"}});
    return FakeTransport::reply(200, rows.dump());
  });
  REQUIRE_FALSE(runTask(crawlSuppressions(owners, *client)));
  const auto summary = owners.causes().summary("main", "Gmail", std::chrono::hours(1), clock.now());
  CHECK(summary.entries == 4);
  REQUIRE(summary.classes.size() == 2);
  CHECK(causes::letter(summary.classes[0].causeClass) == 'A');
  CHECK(summary.classes[0].entries == 3);
  REQUIRE_FALSE(summary.samples.empty());
  for (const auto& sample : summary.samples) CHECK(sample.find("taro") == std::string::npos);
  const auto exposed = memory.registry.expose();
  CHECK(exposed.find("arrivald_suppression_causes_total{account=\"main\",cause=\"no_address\"} 3") !=
        std::string::npos);
  CHECK(exposed.find("arrivald_suppression_causes_total{account=\"main\",cause=\"unspecified\"} 1") !=
        std::string::npos);
  CHECK(owners.causes().summary("main", "docomo", std::chrono::hours(1), clock.now()).entries == 0);
  CHECK(owners.causes().summary("other", "", std::chrono::hours(1), clock.now()).entries == 0);
}
