// Searching stored events, and what may be asked.
#include "watch/event_query.hpp"

#include <catch2/catch.hpp>

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture,
                 "a message's events are found by its address or its id, with causes; also where addresses "
                 "are not stored") {
  for (const bool hashed : {false, true}) {
    config.eventStream.hashAddresses = hashed;
    reload();
    const auto message = hashed ? std::string("m2") : std::string("m1");
    const auto email = hashed ? "hanako@gmail.com" : "taro@gmail.com";
    CHECK(post("[" + event("processed", email, message, 9s) + "," +
               event("bounce", email, message, 3s,
                     std::string(",\"status\":\"5.1.1\",\"reason\":\"550 5.1.1 <") + email +
                         "> User unknown\"") +
               "]") == 204);
    const auto reported = nlohmann::json::parse(trace(hashed ? "Hanako@GMAIL.com" : "taro@gmail.com"));
    REQUIRE(reported["events"].size() == 2);
    CHECK(reported["events"][0]["event"] == "processed");
    CHECK(reported["events"][1]["cause"] == "no_address");
    CHECK(reported["events"][1].contains("email") == !hashed);
    CHECK(nlohmann::json::parse(trace(message + ".recvd-1"))["events"].size() == 2);
    CHECK(nlohmann::json::parse(trace(message))["events"].size() == 2);
    CHECK(nlohmann::json::parse(trace(message + ".recvd-9"))["events"].empty());
    if (hashed) {
      auto events = reported;
      events.erase("asked");
      CHECK(events.dump().find("hanako@") == std::string::npos);
    }
  }
  CHECK(nlohmann::json::parse(trace("nobody@example.jp"))["events"].empty());
}

TEST_CASE_METHOD(StreamFixture,
                 "stored events are found by group, kind and time, and a search that stops says so") {
  CHECK(post("[" + event("processed", "a@docomo.ne.jp", "m1", 3h) + "," +
             event("bounce", "a@docomo.ne.jp", "m1", 2h) + "," + event("delivered", "b@gmail.com", "m2", 1h) +
             "]") == 204);
  const auto count = [&](const EventFilter& filter) { return events().query().find(filter)->rows.size(); };
  EventFilter filter;
  filter.group = "docomo";
  CHECK(count(filter) == 2);
  filter.event = "bounce";
  CHECK(count(filter) == 1);
  filter = {};
  filter.from = clock.now() - 90min;
  CHECK(count(filter) == 1);
  filter.from = clock.now() - 150min;
  filter.to = clock.now() - 90min;
  CHECK(count(filter) == 1);
  filter = {};
  filter.account = "other";
  filter.event = "delivered";
  CHECK(count(filter) == 0);
  for (int i = 0; i < 20; ++i)
    CHECK(post("[" + event("delivered", "c@gmail.com", "n" + std::to_string(i), 10s) + "]") == 204);
  filter = {};
  filter.of = "C@gmail.com";
  filter.max = 7;
  const auto some = nlohmann::json::parse(foundEventsJson(filter, events().query().find(filter)));
  CHECK(some["events"].size() == 7);
  CHECK(some["complete"] == false);

  http::ServerRequest asked;
  CHECK_FALSE(readEventFilter(asked, clock.now(), Language::english));  // everything is not a question
  asked.query = "event=exploded";
  CHECK_FALSE(readEventFilter(asked, clock.now(), Language::english));
  asked.query = "from=yesterday";
  CHECK_FALSE(readEventFilter(asked, clock.now(), Language::english));
  asked.query = "from=2h&group=docomo";
  REQUIRE(readEventFilter(asked, clock.now(), Language::english));
  CHECK((*readEventFilter(asked, clock.now(), Language::english)->from == clock.now() - 2h));
}

TEST_CASE_METHOD(StreamFixture, "what is asked amiss is refused with what is expected") {
  const auto problem = [&](const std::string& query) {
    http::ServerRequest asked;
    asked.query = query;
    const auto filter = readEventFilter(asked, clock.now(), Language::english);
    return filter ? std::string() : filter.error().text;
  };
  CHECK_THAT(problem("of=a@b.jp&max=0"), Catch::Contains("1 to 10000"));
  CHECK_THAT(problem("of=a@b.jp&max=10001"), Catch::Contains("1 to 10000"));
  CHECK_THAT(problem("of=a@b.jp&max=ten"), Catch::Contains("1 to 10000"));
  CHECK_THAT(problem("of=a@b.jp&to=soon"), Catch::Contains("to:") && Catch::Contains("2h"));
  CHECK_THAT(problem("of=.recvd-1"), Catch::Contains("message id"));  // would be every message's
  CHECK_THAT(problem("account=main"), Catch::Contains("ADDRESS"));
  CHECK(problem("of=a@b.jp&max=10000&from=2026-11-24T09:00:00%2B09:00").empty());
}

TEST_CASE_METHOD(StreamFixture, "a domain that has no group of its own is searched by its name") {
  CHECK(post("[" + event("delivered", "a@tiny.example.jp", "m1", 1s) + "," +
             event("delivered", "a@gmail.com", "m2", 1s) + "]") == 204);
  EventFilter filter;
  filter.group = "tiny.example.jp";
  const auto found = events().query().find(filter);
  REQUIRE(found->rows.size() == 1);
  CHECK(found->rows[0].domain == "tiny.example.jp");
  CHECK(found->complete);
  filter.group = "example.jp";  // with what is below it
  CHECK(events().query().find(filter)->rows.size() == 1);
  filter.group = "ample.jp";
  CHECK(events().query().find(filter)->rows.empty());
}

TEST_CASE_METHOD(StreamFixture,
                 "events that could not be understood come newest first; a store that fails is said") {
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  CHECK(post("first") == 204);
  CHECK(post("second") == 204);
  const auto found = events().query().malformed(1);
  REQUIRE(found->size() == 1);
  CHECK(found->front().raw == "second");
  execute("DROP TABLE malformed_events");
  CHECK_FALSE(events().query().malformed(1));
  execute("DROP TABLE event_records");
  EventFilter filter;
  filter.event = "delivered";
  CHECK_FALSE(events().query().find(filter));
}

// F09: ids as the provider writes them now, and as it did.
TEST_CASE_METHOD(
    StreamFixture,
    "two mails to one recipient in one request and second are two, each found by any of its ids") {
  const auto at = std::to_string(unixSeconds(clock.now()));
  const auto dropped = [&](const std::string& id, const std::string& message, const std::string& smtp) {
    return R"({"event":"dropped","email":"u1@example.com","reason":"Bounced Address","sg_event_id":")" + id +
           R"(","sg_message_id":")" + message + R"(","smtp-id":"<)" + smtp +
           R"(@ismtpd0001.example.net>","timestamp":)" + at + "}";
  };
  CHECK(post("[" + dropped("f09-1", "filter0001p1mdw1.11111.5555AAAA1.957", "ExampleMessageIdAAAAAA") + "," +
             dropped("f09-2", "filter0001p1mdw1.22222.5555AAAB2.0", "ExampleMessageIdBBBBBB") + "," +
             dropped("f09-3", "ExampleMessageIdCCCCCC.recvd-1.0", "ExampleMessageIdCCCCCC") + "," +
             dropped("f09-4", "ExampleMessageIdCCCCCC.recvd-1.1", "ExampleMessageIdCCCCCC") + "]") == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"dropped\"} 4"));
  const auto found = [&](const std::string& of) { return nlohmann::json::parse(trace(of))["events"].size(); };
  CHECK(found("ExampleMessageIdAAAAAA") == 1);
  CHECK(found("<ExampleMessageIdAAAAAA@ismtpd0001.example.net>") == 1);
  // As it is copied out of a log or a header.
  CHECK(found("ExampleMessageIdAAAAAA@ismtpd0001.example.net") == 1);
  CHECK(found("<ExampleMessageIdAAAAAA@ismtpd0001.example.net") == 1);
  CHECK(found("ExampleMessageIdAAAAAA@ismtpd0001.example.net>") == 1);
  CHECK(found("<ExampleMessageIdAAAAAA>") == 1);
  CHECK(found("ExampleMessageIdAAAAAA@ismtpd0002.example.net") == 0);
  CHECK(found("ExampleMessageIdCCCCCC@ismtpd0001.example.net") == 2);
  CHECK(found("<u1@example.com>") == 4);
  CHECK(found("filter0001p1mdw1.22222.5555AAAB2.0") == 1);
  CHECK(found("filter0001p1mdw1") == 2);
  CHECK(found("ExampleMessageIdCCCCCC") == 2);
  CHECK(found("<ExampleMessageIdCCCCCC@ismtpd0001.example.net>") == 2);
  CHECK(found("ExampleMessageIdCCCCCC.recvd-1.1") == 1);
  CHECK(found("ExampleMessageIdC") == 0);
}

TEST_CASE_METHOD(StreamFixture, "an smtp-id made of an address is hashed as addresses are, and found by it") {
  config.eventStream.hashAddresses = true;
  reload();
  CHECK(post(one("bounce", "taro@example.jp", "m1", 1s, R"(,"smtp-id":"<Taro@example.jp>")")) == 204);
  const auto found = [&](const std::string& of) { return nlohmann::json::parse(trace(of))["events"].size(); };
  for (const auto* of : {"<Taro@example.jp>", "taro@example.jp", "Taro", "m1"}) {
    CAPTURE(of);
    CHECK(found(of) == 1);
  }
  CHECK(found("<jiro@example.jp>") == 0);
  CHECK(trace("m1").find("aro") == std::string::npos);
}

TEST_CASE_METHOD(StreamFixture,
                 "a bounce without a message id counts once, whatever its own id is the next time") {
  const auto bounce = [&](const std::string& id) {
    return R"([{"event":"bounce","email":"u1@example.com","sg_message_id":"","sg_event_id":")" + id +
           R"(","reason":"550 no","timestamp":)" + std::to_string(unixSeconds(clock.now())) + "}]";
  };
  const auto first = bounce("a"), again = bounce("b");
  CHECK(post(first) == 204);
  CHECK(post(again) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"bounce\"} 1"));
}
