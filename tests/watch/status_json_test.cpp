// What `arrivald status` prints and other programs read.
#include "watch/status_json.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  std::string text() { return statusJson(owners(), config, "1.2.3"); }
  nlohmann::json status() { return nlohmann::json::parse(text()); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "at the beginning everything that is not known is null, and nothing is zero") {
  const auto all = status();
  CHECK(all["version"] == "1.2.3");
  CHECK(all["now"] == toIso(clock.now()));
  CHECK(all["ready"] == false);
  CHECK_THAT(all["not_ready"].get<std::string>(), Catch::Contains("main"));
  REQUIRE(all["accounts"].size() == 1);
  const auto& account = all["accounts"][0];
  CHECK(account["name"] == "main");
  CHECK(account["last_read"].is_null());
  CHECK(account["windows"]["5m"]["known"] == false);
  CHECK(account["windows"]["5m"]["delivered"].is_null());
  CHECK(account["lists"].size() == suppression::kLists.size());
  for (const auto& [list, entries] : account["lists"].items()) CHECK(entries.is_null());
  CHECK(all["status_page"].is_null());
  CHECK(all["outbox"]["waiting"] == 0);
  for (const auto* key : {"alerts", "event_streams", "jobs"}) CHECK(all[key] == nlohmann::json::array());
}

TEST_CASE_METHOD(Fixture, "a list that was read has its size, also where that is none") {
  REQUIRE(owners().lists().beginCrawl("main", suppression::List::bounces));
  REQUIRE(owners().lists().finishCrawl("main", suppression::List::bounces, clock.now(),
                                       SuppressionLists::Missing::removed));
  CHECK(status()["accounts"][0]["lists"]["bounces"] == 0);
  CHECK(status()["accounts"][0]["lists"]["blocks"].is_null());
}

TEST_CASE_METHOD(Fixture, "jobs, alerts, streams and what could not be delivered have their lines") {
  const TaskId id{"main", "statistics"};
  owners().jobs().added(id, 1min, Party::provider);
  owners().jobs().started(id, 0);
  owners().jobs().failed(id, Error{Error::Kind::serverError, "GET /v3/stats: 503", Party::provider}, 1s);
  rules::Alert alert;
  alert.key = {"nothing_read", whole};
  alert.state = rules::AlertState::firing;
  alert.startedAt = clock.now();
  alert.beganAt = clock.now() - 5min;
  rules::Alert calm = alert;
  calm.key.rule = "calm";
  calm.state = rules::AlertState::inactive;
  REQUIRE(owners().alerts().put({{calm, alert}, {}}, {}));
  account().events.emplace();
  retain();
  owners().events().status().settingsChecked("main", "");
  const auto all = status();
  CHECK(all["jobs"][0]["error"]["party"] == "provider");
  CHECK(all["jobs"][0]["failures_in_a_row"] == 1);
  CHECK(all["jobs"][0]["last_success"].is_null());
  REQUIRE(all["alerts"].size() == 1);
  CHECK(all["alerts"][0]["rule"] == "nothing_read");
  CHECK(all["alerts"][0]["state"] == "firing");
  CHECK(all["alerts"][0]["since"] == toIso(alert.beganAt));
  CHECK(all["alerts"][0]["detected"] == toIso(alert.startedAt));
  REQUIRE(all["event_streams"].size() == 1);
  CHECK(all["event_streams"][0]["alive"] == false);
  CHECK(all["event_streams"][0]["last_batch"].is_null());
  CHECK(all["event_streams"][0]["settings"] == "as they should be");
}

TEST_CASE_METHOD(Fixture, "no secret and no address of a recipient stands in it") {
  account().key = {Secret("SG.s3cret"), "environment variable KEY"};
  std::vector<suppression::Entry> page{
      {"taro@example.jp", clock.now() - 1min, "550 <taro@example.jp> unknown", "5.1.1", ""}};
  REQUIRE(owners().lists().add("main", suppression::List::bounces, page));
  CHECK_THAT(text(), !Catch::Contains("taro@") && !Catch::Contains("s3cret"));
}

TEST_CASE_METHOD(Fixture, "windows that are covered are reported with their numbers") {
  for (int minute = 0; minute <= 6; ++minute) {
    statisticsSay(10 * minute, 8 * minute);
    clock.advance(1min);
  }
  const auto window = status()["accounts"][0]["windows"]["5m"];
  CHECK(window["known"] == true);
  CHECK(window["outcomes"].get<int>() > 0);
  CHECK(window["requests"].get<int>() > 0);
}
