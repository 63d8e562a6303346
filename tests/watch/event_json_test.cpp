// Found events as other programs read them.
#include "watch/event_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace arrivald;
using namespace arrivald::watch;

namespace {

nlohmann::json json(const std::string& text) { return nlohmann::json::parse(text); }

FoundEvent delivered() {
  FoundEvent event;
  event.at = parseIso("2026-11-25T00:00:00Z").value();
  event.kind = stream::EventKind::delivered;
  event.account = "main";
  event.messageId = "m1";
  event.domain = "b.jp";
  event.domainGroup = "other";
  return event;
}

}  // namespace

TEST_CASE("an event is described by its fields; those that are unknown are absent") {
  EventFilter filter;
  filter.of = "m1";
  FoundEvents found;
  found.rows.push_back(delivered());
  const auto told = json(foundEventsJson(filter, found));
  CHECK(told ==
        json(R"({"asked":"m1","complete":true,"events":[{"at":"2026-11-25T00:00:00Z","event":"delivered",
      "account":"main","message_id":"m1","domain":"b.jp","domain_group":"other"}]})"));

  auto& event = found.rows[0];
  event.kind = stream::EventKind::bounce;
  event.email = "a@b.jp";
  event.categories = {"notice"};
  event.status = "5.1.1";
  event.reply = "550 no such user";
  event.cause.emplace();
  const auto more = json(foundEventsJson(filter, found))["events"][0];
  CHECK(more["email"] == "a@b.jp");
  CHECK(more["categories"] == json(R"(["notice"])"));
  CHECK(more["reply"] == "550 no such user");
  for (const auto* key : {"cause", "cause_ja", "cause_en"}) CHECK(more.contains(key));
}

TEST_CASE("a search that failed says why, and is not complete") {
  const auto told = json(foundEventsJson({}, Error{Error::Kind::ioError, "the disk fails", Party::storage}));
  CHECK(told["error"] == "the disk fails");
  CHECK(told["complete"] == false);
  CHECK(told["events"].empty());
  const Error error{Error::Kind::ioError, "the disk fails", Party::storage};
  const std::string said = json(malformedEventsJson(error, Language::english))["error"];
  CHECK_THAT(said, Catch::Contains("the disk fails"));
}

TEST_CASE("text that is no UTF-8 is replaced, so that the answer stays JSON") {
  FoundEvents found;
  found.rows.push_back(delivered());
  found.rows[0].reply = "caf\xe9";
  CHECK(json(foundEventsJson({}, found))["events"][0]["reply"] == "caf\xef\xbf\xbd");
  const std::vector<store::MalformedEvent> malformed{{"main", found.rows[0].at, "no object", "\xff"}};
  const auto told = json(malformedEventsJson(malformed, Language::japanese))["malformed_events"][0];
  CHECK(told["why"] == "no object");
  CHECK(told["raw"] == "\xef\xbf\xbd");
}

TEST_CASE("why an event is malformed is said in the language that is asked for") {
  const std::vector<store::MalformedEvent> malformed{
      {"main", delivered().at, "it has no usable \"timestamp\"", "{}"}};
  const auto why = [&](Language language) -> std::string {
    return json(malformedEventsJson(malformed, language))["malformed_events"][0]["why"];
  };
  CHECK(why(Language::english) == "it has no usable \"timestamp\"");
  CHECK(why(Language::japanese) == "使える timestamp がありません");
}
