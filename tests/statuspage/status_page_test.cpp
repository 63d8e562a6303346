#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "statuspage/client.hpp"
#include "statuspage/status_summary.hpp"
#include "support/fake_transport.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::statuspage;
using namespace arrivald::testing;

namespace {

StatusSummary summary(std::string_view json, const NamePattern& pattern = NamePattern::usual()) {
  auto decoded = decodeSummary(json, pattern);
  if (!decoded.ok()) FAIL(decoded.error().text);
  return std::move(decoded).value();
}

bool matches(std::string_view pattern, std::string_view name) {
  return NamePattern::parse(pattern).value().matches(name);
}

std::string refusal(std::string_view pattern) {
  const auto parsed = NamePattern::parse(pattern);
  return parsed.ok() ? "(accepted)" : parsed.error().text;
}

constexpr auto kTroubled = R"({
  "page":{"id":"3tgl2vf85cht","name":"SendGrid","url":"https://status.sendgrid.com",
    "time_zone":"America/Los_Angeles","updated_at":"2025-08-25T07:16:01.435-07:00"},
  "status":{"indicator":"minor","description":"Minor Service Outage"},
  "components":[
    {"id":"1","name":"Marketing Campaigns","status":"major_outage"},
    {"id":"2","name":"API v3","status":"operational"},
    {"id":"3","name":"SMTP","status":"degraded_performance"}],
  "incidents":[
    {"name":"Slow UI","status":"investigating","impact":"minor","created_at":"2025-08-25T06:00:00.000-07:00",
     "shortlink":"https://stspg.io/a","components":[]},
    {"name":"Delayed Event Webhook and Stats","status":"monitoring","impact":"major",
     "created_at":"2025-08-25T05:00:00.000-07:00","started_at":"2025-08-25T04:30:00.000-07:00",
     "shortlink":"https://stspg.io/b"},
    {"name":"Elevated errors","status":"identified","impact":"critical","created_at":"2025-08-25T05:30:00-07:00",
     "components":[{"name":"SMTP"}]},
    {"name":"Old mail trouble","status":"resolved","impact":"critical"},
    {"name":"Older mail trouble","status":"postmortem","impact":"critical"}]})";

}  // namespace

TEST_CASE("a page without incidents gives its indicator and the components that concern mail") {
  const auto calm = summary(R"({"page":{"updated_at":"2025-08-25T07:16:01.435-07:00"},
    "status":{"indicator":"none","description":"All Systems Operational"},
    "components":[{"name":"Mail Sending","status":"operational"},{"name":"Web site","status":"major_outage"}],
    "incidents":[],"scheduled_maintenances":[]})");
  CHECK(calm.indicator == Indicator::none);
  CHECK(calm.description == "All Systems Operational");
  CHECK(calm.components == std::vector<Component>{{"Mail Sending", "operational"}});
  CHECK(calm.incidents.empty());
  CHECK(toIso(*calm.updated) == "2025-08-25T14:16:01Z");
  CHECK_FALSE(calm.troubled());
}

TEST_CASE("incidents that concern mail come first, resolved ones are omitted") {
  const auto troubled = summary(kTroubled);
  CHECK(troubled.indicator == Indicator::minor);
  CHECK(troubled.components ==
        std::vector<Component>{{"SMTP", "degraded_performance"}, {"API v3", "operational"}});
  REQUIRE(troubled.incidents.size() == 3);
  CHECK(troubled.incidents[0] == Incident{"Elevated errors", "identified", Indicator::critical,
                                          parseIso("2025-08-25T12:30:00Z").value(), "", true});
  CHECK(troubled.incidents[1] == Incident{"Delayed Event Webhook and Stats", "monitoring", Indicator::major,
                                          parseIso("2025-08-25T11:30:00Z").value(), "https://stspg.io/b",
                                          true});
  CHECK(troubled.incidents[2].name == "Slow UI");
  CHECK_FALSE(troubled.incidents[2].concerns);
  CHECK(troubled.troubled());

  auto elsewhere = troubled;
  elsewhere.components.erase(elsewhere.components.begin());
  elsewhere.incidents.erase(elsewhere.incidents.begin(), elsewhere.incidents.begin() + 2);
  CHECK_FALSE(elsewhere.troubled());
}

TEST_CASE("missing fields and fields of another type are omitted") {
  const auto odd = summary(R"j({"page":7,"status":{"indicator":"purple","description":["x"]},
    "components":[7,null,{"name":7},{"status":"operational"},{"name":"mail"}],
    "incidents":[7,{"name":null,"status":5,"impact":{},"created_at":"soon","shortlink":"javascript:alert(1)"},
      {"name":"mail","shortlink":"https://x/ <script>"}]
})j");
  CHECK(odd.indicator == Indicator::unknown);
  CHECK(odd.description.empty());
  CHECK(odd.components == std::vector<Component>{{"mail", ""}});
  REQUIRE(odd.incidents.size() == 2);
  for (const auto& incident : odd.incidents) {
    CHECK(incident.link.empty());
    CHECK_FALSE(incident.started.has_value());
    CHECK(incident.impact == Indicator::unknown);
  }
  CHECK(summary(R"({"status":{}})") == StatusSummary{});
  CHECK(summary(R"({"incidents":[]})") == StatusSummary{});
}

TEST_CASE("an invalid summary is refused") {
  for (const auto* json : {"", "<html>", "[]", "{}", "null", "{\"status\":", R"({"status":"ok"})"})
    CHECK(decodeSummary(json, NamePattern::usual()).error().kind == Error::Kind::invalid);
  const std::string deep = std::string(R"({"status":{},"x":)") + std::string(1'000'000, '[');
  CHECK_FALSE(decodeSummary(deep, NamePattern::usual()).ok());
}

TEST_CASE("numbers and lengths are bounded, texts made fit to be shown") {
  std::string components;
  std::string incidents;
  for (int i = 0; i < 5'000; ++i) {
    components += R"(,{"name":"mail )" + std::to_string(i) + R"(","status":"operational"})";
    incidents += R"(,{"name":"mail","status":"identified"})";
  }
  const auto many = summary(R"({"status":{"indicator":"major","description":"a\nb )" +
                            std::string(2'000, 'x') + R"( \u001b[31m"},"components":[)" +
                            components.substr(1) + R"(],"incidents":[)" + incidents.substr(1) + "]}");
  CHECK(many.components.size() == kMaxComponents);
  CHECK(many.incidents.size() == kMaxIncidents);
  CHECK(many.description.size() <= kMaxTextBytes);
  CHECK(many.description.substr(0, 4) == "a b ");
  CHECK(summary("{\"status\":{\"description\":\"caf\xE9 taro@example.jp\"}}").description ==
        "caf\xEF\xBF\xBD …@example.jp");
}

TEST_CASE("names match by words in them, whatever their case") {
  CHECK(matches("mail|smtp", "E-Mail Delivery"));
  CHECK(matches("mail|smtp", "SMTP Relay"));
  CHECK_FALSE(matches("mail|smtp", "Marketing Campaigns"));
  CHECK(matches("event webhook", "Delayed Event Webhook and Stats"));
  CHECK(matches("event*stats", "Delayed Event Webhook and Stats"));
  CHECK_FALSE(matches("stats*event", "Delayed Event Webhook and Stats"));
  CHECK(matches("v?", "API v3"));
  CHECK_FALSE(matches("v?", "API v"));
  CHECK(matches("*", "anything"));
  CHECK(matches("*", ""));
  CHECK_FALSE(matches("mail", ""));
  CHECK(matches("(?i) Mail | API ", "the mail"));
  CHECK(matches("到達", "メール到達"));
  CHECK(NamePattern::usual().matches("Mail Send"));
}

TEST_CASE("a pattern that would take long as a regular expression takes no time") {
  const std::string stars = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
  CHECK_FALSE(matches(stars, std::string(2'000, 'a')));
  CHECK(matches(stars, std::string(2'000, 'a') + "b"));
}

TEST_CASE("an invalid pattern is refused with what was expected") {
  CHECK(refusal("mail|") == "has an empty alternative; write * for everything");
  CHECK(refusal("") == "has an empty alternative; write * for everything");
  CHECK(refusal("**") == "has an empty alternative; write * for everything");
  CHECK(
      refusal("(mail)+") ==
      "holds '(', but is no regular expression: words separated by |, in which * is any text and ? any byte");
  CHECK(refusal("^mail") != "(accepted)");
  CHECK(refusal(std::string(1'001, 'x')) == "is longer than 1000 bytes");
}

TEST_CASE("the summary is read in one request") {
  FakeTransport transport;
  transport.once(FakeTransport::asked("GET", "https://status.sendgrid.com/api/v2/summary.json"),
                 FakeTransport::reply(200, kTroubled));
  Client client(transport, "https://status.sendgrid.com/", NamePattern::usual());
  const auto read = runTask(client.read());
  REQUIRE(read.ok());
  CHECK(read->indicator == Indicator::minor);
  CHECK(transport.unexpected().empty());
}

TEST_CASE("a page that cannot be read says why") {
  struct Case {
    FakeTransport::Answer answer;
    Error::Kind kind;
    std::string text;
  };
  const std::vector<Case> cases = {
      {FakeTransport::reply(404), Error::Kind::notFound,
       "status page: status.example answered 404; check status_page's address"},
      {FakeTransport::reply(301), Error::Kind::redirected,
       "status page: status.example answered 301; check status_page's address"},
      {FakeTransport::reply(429), Error::Kind::throttled, "status page: status.example answered 429"},
      {FakeTransport::reply(502, "<html>"), Error::Kind::serverError,
       "status page: status.example answered 502"},
      {FakeTransport::reply(200, "<html>"), Error::Kind::malformed,
       "status page: status.example: the answer is not a status page's summary"},
      {FakeTransport::fail(http::Failure::Kind::timedOut, "x"), Error::Kind::timedOut, "status page: x"},
      {FakeTransport::fail(http::Failure::Kind::tls, "x"), Error::Kind::tls, "status page: x"},
      {FakeTransport::fail(http::Failure::Kind::tooLarge, "x"), Error::Kind::tooLarge, "status page: x"},
      {FakeTransport::fail(http::Failure::Kind::cancelled, "x"), Error::Kind::cancelled, "status page: x"},
  };
  for (const auto& each : cases) {
    FakeTransport transport;
    transport.once(FakeTransport::asked("GET", ""), each.answer);
    Client client(transport, "https://status.example", NamePattern::usual());
    const auto read = runTask(client.read());
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().kind == each.kind);
    CHECK(read.error().text == each.text);
    CHECK(read.error().party != Party::provider);
  }
}

TEST_CASE("a read that is cancelled while in progress reports it") {
  FakeTransport transport;
  transport.hang(FakeTransport::asked("GET", ""));
  Client client(transport, "https://status.example", NamePattern::usual());
  boost::asio::io_context io;
  std::optional<Result<StatusSummary>> read;
  RunningTask running(io, storeInto(read, client.read()));
  drain(io);
  running.cancel();
  REQUIRE(pumpUntil(io, [&] { return running.ended(); }));
  REQUIRE(read.has_value());
  CHECK(read->error().kind == Error::Kind::cancelled);
}

TEST_CASE("damaged summaries are read or refused, and never crash") {
  const std::string spice = "[]{}\",:\\u0-eE.9ntf \xFF\xED\xA0";
  std::mt19937 random(20261123);
  std::size_t read = 0;
  for (int i = 0; i < 1'000; ++i) {
    std::string json = kTroubled;
    for (auto changes = random() % 4; changes > 0 && !json.empty(); --changes) {
      const auto at = random() % json.size();
      if (random() % 3 == 0)
        json.erase(at, random() % 20);
      else
        json[at] = spice[random() % spice.size()];
    }
    const auto decoded = decodeSummary(json, NamePattern::usual());
    read += decoded.ok() ? 1U : 0U;
  }
  CHECK(read > 150);
  CHECK(read < 1'000);
}
