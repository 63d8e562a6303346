#include "desk/release_json.hpp"

#include <catch2/catch.hpp>

#include "desk/fixture.hpp"
#include "desk/stored_release_history.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::suppression;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a release is told with its rows, states and what was left out") {
  Desk desk;
  const auto removed = desk.list("gone@x.jp");
  desk.entries.rows[removed].removed = kNoon;
  const auto drafted = desk.releases->draft(kOperator, std::vector{desk.list("a@x.jp"), removed}, Mode::real);
  REQUIRE(desk.releases->confirm(kOperator, desk.form(drafted->id)).ok());
  desk.finish(drafted->id);
  const auto told = json::parse(releaseJson(desk.view(drafted->id), drafted->leftOut));
  CHECK(told["request_state"] == "done");
  CHECK(told["rehearsal"] == false);
  CHECK(told["motive"] == "they_told_us");
  CHECK(told["left_today"] == 49);
  CHECK(told["items"][0]["email"] == "a@x.jp");
  CHECK(told["items"][0]["state"] == "gone");
  CHECK(told["items"][0]["after"] == "not_sent_yet");
  CHECK(told["left_out"][0]["why"] == "gone");
}

TEST_CASE("the follow-up is told with its counts, newest first") {
  Desk desk;
  desk.finish(desk.confirmed({desk.list("a@x.jp")}));
  const auto id = desk.confirmed({desk.list("b@x.jp")});
  desk.finish(id);
  const auto item = desk.view(id).items.at(0);
  REQUIRE(desk.releases->follow(item, {Aftermath::delivered, kNoon, 2100ms, true}, {}).ok());
  const auto told =
      json::parse(followupJson(*desk.releases->released(kViewer, {}), *desk.releases->aftermaths(kViewer)));
  CHECK(told["counts"]["delivered"] == 1);
  CHECK(told["counts"]["not_sent_yet"] == 1);
  CHECK(told["counts"]["bounced_again"] == 0);
  REQUIRE(told["items"].size() == 2);
  CHECK(told["items"][0]["email"] == "b@x.jp");
  CHECK(told["items"][0]["took_ms"] == 2100);
  CHECK(told["items"][0]["user"] == "ops-1");
}

TEST_CASE("the record is told with its check") {
  Desk desk;
  desk.draft({desk.list("a@x.jp")});
  const auto told = json::parse(auditJson(*desk.record->find(kAdmin, {}), *desk.record->check()));
  REQUIRE(told["rows"].size() == 1);
  CHECK(told["rows"][0]["action"] == "draft");
  CHECK(told["rows"][0].contains("memo") == false);
  CHECK(told["check"]["rows"] == 1);
  CHECK(told["check"]["first_broken"].is_null());
}

TEST_CASE("refusals are told with their numbers") {
  Refusal over;
  over.kind = Refusal::Kind::overLimit;
  over.limit = OverLimit{OverLimit::Of::day, 6, 5, 50};
  Refusal wrong;
  wrong.kind = Refusal::Kind::numberWrong;
  wrong.typed = "4";
  wrong.wanted = 5;
  const auto told = json::parse(refusalsJson({over, wrong}));
  CHECK(told["refused"][0]["why"] == "over_limit");
  CHECK(told["refused"][0]["limit"]["fits"] == 5);
  CHECK(told["refused"][1]["wanted"] == 5);
}

TEST_CASE("earlier releases of an address are known, with what became of its mail") {
  Desk desk;
  const auto id = desk.confirmed({desk.list("a@x.jp")});
  desk.finish(id);
  const StoredReleaseHistory history(*desk.database);
  CHECK(history.of("A@X.jp").at(0).outcome == "not_sent_yet");
  CHECK(history.of("A@X.jp").at(0).user == "ops-1");
  CHECK(history.of("b@x.jp").empty());
  CHECK_FALSE(history.failedAgain("main", "a@x.jp"));
  const auto item = desk.view(id).items.at(0);
  REQUIRE(desk.releases->follow(item, {Aftermath::bouncedAgain, kNoon, {}, true}, {}).ok());
  CHECK(history.of("a@x.jp").at(0).outcome == "bounced_again");
  CHECK(history.failedAgain("main", "a@x.jp") == kNoon);
}
