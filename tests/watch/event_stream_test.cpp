// The event stream as a whole: from a signed POST to counters, messages in flight and a trace.
#include "watch/event_stream.hpp"

#include <catch2/catch.hpp>

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture,
                 "a signed batch is stored, counted and followed; the same batch again counts nothing") {
  const auto batch = "[" + event("processed", "taro@docomo.ne.jp", "m1", 60s) + "," +
                     event("processed", "hanako@gmail.com", "m2", 60s) + ",\r\n" +
                     event("delivered", "taro@docomo.ne.jp", "m1", 20s) + "]\r\n";
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 2"));
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  CHECK(exposes("arrivald_delivery_latency_seconds_sum{account=\"main\",domain_group=\"docomo\"} 40"));
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 2"));
  CHECK(exposes("arrivald_events_repeated_total{account=\"main\"} 3"));

  // The same events under other ids, as retries have been reported to bring.
  std::string renamed = batch;
  for (auto at = renamed.find("\"id"); at != std::string::npos; at = renamed.find("\"id", at + 3))
    renamed.replace(at, 3, "\"other");
  CHECK(post(renamed) == 204);
  CHECK(exposes("arrivald_events_repeated_total{account=\"main\"} 6"));

  events().tick();
  clock.advance(12min);
  events().tick();
  const auto groups = receivers();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].name == "Gmail");
  CHECK(groups[0].waiting.messages == 1);
  CHECK(groups[0].waiting.overdue == 1);
  CHECK(exposes("arrivald_messages_overdue{account=\"main\",domain_group=\"Gmail\"} 1"));
  CHECK(groups[1].name == "docomo");
  CHECK(groups[1].lastHour.count == 1);
}

TEST_CASE_METHOD(StreamFixture, "a restart forgets nothing: counters, duplicates, messages in flight") {
  const auto batch = "[" + event("processed", "taro@docomo.ne.jp", "m1", 60s) + "," +
                     event("deferred", "taro@docomo.ne.jp", "m1", 30s, ",\"response\":\"421 later\"") + "]";
  CHECK(post(batch) == 204);
  restart();
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 1"));
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 1"));
  REQUIRE(receivers().size() == 1);
  CHECK(receivers()[0].waiting.messages == 1);
  CHECK(receivers()[0].waiting.deferred == 1);
  CHECK(post("[" + event("delivered", "taro@docomo.ne.jp", "m1", 0s) + "]") == 204);
  CHECK(receivers()[0].waiting.messages == 0);
  CHECK(receivers()[0].lastHour.count == 1);
}

TEST_CASE_METHOD(
    StreamFixture,
    "what is acknowledged while its account is taken out is counted when the account is put back") {
  auto second = config.accounts[0];
  second.name = "second";
  config.accounts.push_back(second);
  reload();
  const auto all = config.accounts;
  std::int64_t acknowledged = 0;
  // The account is taken out after so many steps of the loop since its batch came.
  for (int steps = 0; steps < 8; ++steps) {
    const auto body = one("delivered", "a@b.jp", "m" + std::to_string(steps), 1s);
    const auto posted = signedBatch(body);
    const auto padded = posted.body + std::string(64, '\0');
    http::ServerRequest request;
    request.method = posted.method;
    request.path = posted.path;
    request.headers = posted.headers;
    request.body = std::string_view(padded).substr(0, posted.body.size());
    std::optional<http::Response> answer;
    RunningTask posting(io, storeInto(answer, events().receiver().receive(request)));
    io.restart();
    for (int i = 0; i < steps; ++i) io.poll_one();
    config.accounts = {all[1]};
    reload();
    REQUIRE(pumpUntil(io, [&] { return posting.ended(); }));
    if (answer->status == 204) ++acknowledged;
    // Another account's counts are flushed meanwhile.
    CHECK(post(one("delivered", "a@b.jp", "s" + std::to_string(steps), 1s), "/events/second") == 204);
    minutePasses();
    config.accounts = all;
    reload();
    minutePasses();
  }
  REQUIRE(acknowledged > 1);
  CHECK(delivered(1h) == acknowledged);
  restart();
  CHECK(delivered(1h) == acknowledged);
}

TEST_CASE_METHOD(StreamFixture, "a batch that comes again after the horizon is late, never new") {
  events().tick();
  const auto captured = signedBatch("[" + event("processed", "a@b.jp", "m1", 2s) + "," +
                                    event("delivered", "a@b.jp", "m1", 1s) + "]");
  CHECK(send(captured) == 204);
  minutePasses();
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  for (int hour = 0; hour < 29; ++hour) {
    clock.advance(1h);
    for (int slice = 0; slice < 70; ++slice) events().tick();
  }
  CHECK(send(captured) == 204);
  minutePasses();
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  CHECK(exposes("arrivald_events_late_total{account=\"main\"} 2"));
  CHECK(events().status().find("main")->late == 2);
  CHECK(delivered(48h) == 1);
  CHECK(receivers().empty());
}

// A machine that starts with a clock that is behind, and is set right while mail comes.
TEST_CASE_METHOD(StreamFixture, "a batch that comes again after the clock was set counts once") {
  for (const auto step : {Duration(40h), Duration(-40h)}) {
    const auto ahead = std::max(step, Duration{});
    auto captured = signedBatch("[" + event("processed", "a@b.jp", "m1", 2s - ahead) + "," +
                                event("delivered", "a@b.jp", "m1", 1s - ahead) + "]");
    // The provider's clock is right.
    const auto sent = std::to_string(unixSeconds(clock.now() + ahead));
    captured.headers.set(std::string(sendgrid::kTimestampHeader), sent);
    captured.headers.set(std::string(sendgrid::kSignatureHeader), eventSigner().sign(sent, captured.body));
    CHECK(send(captured) == 204);
    minutePasses();
    clock.step(step);
    owners().noticeClockStep();
    CHECK(send(captured) == 204);
    minutePasses();
    restart();
    CHECK(send(captured) == 204);
    minutePasses();
    CHECK(exposes("arrivald_events_repeated_total{account=\"main\"} 2"));
  }
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 2"));
}

// F15: each mail is accepted, and returned minutes later.
TEST_CASE_METHOD(StreamFixture, "mail that came back after it was accepted is a failure and no delivery") {
  events().tick();
  std::string batch;
  for (int i = 0; i < 20; ++i) {
    const auto id = "f15-" + std::to_string(i);
    batch += (i ? "," : "[") + event("processed", "a@example.lg.jp", id, 300s) + "," +
             event("delivered", "a@example.lg.jp", id, 299s) + "," +
             event("bounce", "a@example.lg.jp", id, 24s, ",\"type\":\"blocked\",\"reason\":\"552 full\"");
  }
  CHECK(post(batch + "]") == 204);
  minutePasses();
  const auto counts = events().counts().windows().sum(whole, 10min, clock.now(), 1h).counts;
  CHECK(rules::badMail(rules::Input::deliveryRate, counts) == rules::BadMail{20, 20});
}

// F04: 70 of 200 mails dropped for one reason.
TEST_CASE_METHOD(StreamFixture,
                 "drops have a reason: in the counters, in a trace and for the alert on drops") {
  std::string batch;
  for (int i = 0; i < 6; ++i)
    batch += (i ? "," : "[") +
             event("dropped", "a@b.jp", "d" + std::to_string(i), 30s,
                   i < 4 ? R"(,"reason":"Invalid SMTPAPI header")" : R"(,"reason":"Bounced Address")");
  CHECK(post(batch + "," + event("bounce", "a@b.jp", "x", 10s, R"(,"reason":"550 no such user")") + "]") ==
        204);
  CHECK(exposes("arrivald_events_dropped_total{about=\"message\",account=\"main\"} 4"));
  CHECK(exposes("arrivald_events_dropped_total{about=\"address\",account=\"main\"} 2"));
  using Replies = RecentCauses::Replies;
  const auto dropped = owners().causes().ofEvents("main", "", {Replies::dropped, 1h, {}}, clock.now());
  CHECK(dropped.entries == 6);
  REQUIRE_FALSE(dropped.samples.empty());
  CHECK(owners().causes().ofEvents("main", "", {Replies::failed, 1h, {}}, clock.now()).entries == 1);
  CHECK(trace("a@b.jp").find("\"cause\"") != std::string::npos);
}
