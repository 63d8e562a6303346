#include "sendgrid/client.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "sendgrid/answer.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::sendgrid;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto kKey = "SG.very-secret-key";
const Instant kNow = parseIso("2026-11-23T05:00:00Z").value();
const Days kDays{parseDate("2026-11-20").value(), parseDate("2026-11-23").value()};

AccountAccess mainAccount() {
  AccountAccess access;
  access.name = "main";
  access.key = Secret(kKey);
  access.zone = TimeZone::find("Asia/Tokyo").value();
  return access;
}

struct Scene {
  explicit Scene(AccountAccess access = mainAccount()) : client(transport, clock, std::move(access)) {}
  std::vector<std::string> urls() const {
    std::vector<std::string> all;
    for (const auto& request : transport.requests()) all.push_back(request.url);
    return all;
  }
  ManualClock clock{kNow};
  FakeTransport transport;
  Client client;
};

FakeTransport::Matcher anything() { return FakeTransport::asked("GET", ""); }

std::string header(const http::Request& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or("(none)"));
}

/// Rows of a bounce list, entry `from` to before `to`.
std::string rows(int from, int to) {
  std::string json = "[";
  for (int i = from; i < to; ++i)
    json += (i > from ? "," : "") + std::string(R"({"created":)") + std::to_string(1'700'000'000 + i) +
            R"(,"email":"u)" + std::to_string(i) + R"(@example.jp","reason":"r","status":"5.1.1"})";
  return json + "]";
}

}  // namespace

TEST_CASE("statistics are asked for by day, for the account that is meant, with the key in a header only") {
  auto access = mainAccount();
  access.baseUrl = "https://api.eu.sendgrid.com/";
  access.onBehalfOf = "city";
  Scene scene(access);
  scene.transport.once(
      anything(),
      FakeTransport::reply(200, R"([{"date":"2026-11-23","stats":[{"metrics":{"delivered":3}}]}])"));
  const auto answer = runTask(scene.client.statistics(kDays));
  REQUIRE(answer.ok());
  CHECK(answer->subjects[0].days[0].counts[delivery::Metric::delivered] == 3);
  const auto& request = scene.transport.requests().at(0);
  CHECK(request.url ==
        "https://api.eu.sendgrid.com/v3/stats?start_date=2026-11-20&end_date=2026-11-23&aggregated_by=day");
  CHECK(header(request, "authorization") == std::string("Bearer ") + kKey);
  CHECK(header(request, "accept") == "application/json");
  CHECK(header(request, "on-behalf-of") == "city");
}

TEST_CASE("what concerns the parent or the key itself is not asked on behalf of a subuser") {
  auto access = mainAccount();
  access.onBehalfOf = "city";
  Scene scene(access);
  scene.transport.always(anything(), FakeTransport::reply(200, "[]"));
  CHECK(runTask(scene.client.subuserStatistics({"city"}, kDays)).ok());
  CHECK(runTask(scene.client.subusers()).ok());
  CHECK_FALSE(runTask(scene.client.scopes()).ok());  // [] holds no scopes
  CHECK(runTask(scene.client.categories()).ok());
  REQUIRE(scene.transport.requests().size() == 4);
  for (const auto i : std::initializer_list<std::size_t>{0u, 1u, 2u})
    CHECK(header(scene.transport.requests()[i], "on-behalf-of") == "(none)");
  CHECK(header(scene.transport.requests()[3], "on-behalf-of") == "city");
}

TEST_CASE("names are asked for ten at a time, encoded, and the answers joined") {
  Scene scene;
  std::vector<std::string> names = {"a b&c/é"};
  for (int i = 1; i < 23; ++i) names.push_back("n" + std::to_string(i));
  scene.transport.always(anything(), [](const http::Request& request) {
    const std::string name = request.url.find("=n11&") != std::string::npos ? "n11" : "n1";
    return FakeTransport::reply(200, R"([{"date":"2026-11-23","stats":[{"type":"category","name":")" + name +
                                         R"(","metrics":{"delivered":3}}]}])");
  });
  const auto answer = runTask(scene.client.categoryStatistics(names, kDays));
  REQUIRE(answer.ok());
  CHECK(answer->subjects.size() == 2);
  const auto urls = scene.urls();
  REQUIRE(urls.size() == 3);
  CHECK(urls[0].find("&categories=a%20b%26c%2F%C3%A9&categories=n1&") != std::string::npos);
  CHECK(
      urls[2] ==
      "https://api.sendgrid.com/v3/categories/stats?start_date=2026-11-20&end_date=2026-11-23&categories=n20"
      "&categories=n21&categories=n22&aggregated_by=day");

  Scene silent;
  CHECK(runTask(silent.client.categoryStatistics({}, kDays))->subjects.empty());
  CHECK(silent.transport.requests().empty());
}

TEST_CASE("a batch that fails fails the whole read") {
  Scene scene;
  scene.transport.once(anything(), FakeTransport::reply(200, "[]"));
  scene.transport.once(anything(), FakeTransport::reply(500, ""));
  const auto answer = runTask(scene.client.subuserStatistics(std::vector<std::string>(11, "x"), kDays));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::serverError);
}

TEST_CASE("the days asked for cover today wherever the account is, whatever its time_zone says") {
  const auto date = [](std::string_view text) { return parseDate(text).value(); };
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  const auto west = TimeZone::find("America/Los_Angeles").value();
  const auto evening = parseIso("2026-11-22T16:00:00Z").value();  // already the 23rd in Tokyo
  CHECK(daysToAsk(tokyo, evening, 3) == Days{date("2026-11-19"), date("2026-11-23")});
  const auto morning = parseIso("2026-11-23T05:00:00Z").value();  // still the 22nd in Los Angeles
  CHECK(daysToAsk(west, morning, 3) == Days{date("2026-11-19"), date("2026-11-23")});
  CHECK(daysToAsk(TimeZone(), morning, 0) == Days{date("2026-11-23"), date("2026-11-23")});

  for (const auto* at : {"2026-11-22T16:00:00Z", "2026-11-23T05:00:00Z", "2026-11-23T10:00:00Z",
                         "2026-11-23T11:59:59Z", "2026-11-23T23:59:59Z"}) {
    for (const auto* zone :
         {"Pacific/Kiritimati", "Asia/Tokyo", "UTC", "America/Los_Angeles", "Pacific/Pago_Pago"}) {
      CAPTURE(at, zone);
      const auto now = parseIso(at).value();
      const auto today = TimeZone::find(zone).value().dateOf(now);
      for (const auto& configured : {tokyo, west, TimeZone()}) {
        CHECK(daysToAsk(configured, now, 3).from < today);
        CHECK(daysToAsk(configured, now, 3).to >= today);
      }
    }
  }
}

TEST_CASE("a provider that refuses an end_date in the future is not asked with one again") {
  Scene scene;
  scene.clock.step(parseIso("2026-11-22T16:00:00Z").value() - kNow);  // the 23rd in Tokyo, the 22nd in UTC
  scene.transport.always(
      FakeTransport::asked("GET", "end_date=2026-11-23"),
      FakeTransport::reply(400, R"({"errors":[{"field":"end_date","message":"in the future"}]})"));
  scene.transport.always(anything(), FakeTransport::reply(200, "[]"));
  REQUIRE(runTask(scene.client.statistics(kDays)).ok());
  REQUIRE(runTask(scene.client.statistics(kDays)).ok());
  const auto urls = scene.urls();
  REQUIRE(urls.size() == 3);
  CHECK(urls[1] == "https://api.sendgrid.com/v3/stats?start_date=2026-11-20&aggregated_by=day");
  CHECK(urls[2] == urls[1]);

  // Days that are over keep their end.
  REQUIRE(runTask(scene.client.statistics(Days{kDays.from, kDays.from})).ok());
  CHECK(scene.urls()[3].find("end_date=2026-11-20") != std::string::npos);
}

TEST_CASE("an account west of its time_zone that refuses today's end_date is read all the same") {
  Scene scene;  // 5:00 in UTC on the 23rd
  scene.transport.always(
      FakeTransport::asked("GET", "end_date=2026-11-23"),
      FakeTransport::reply(400, R"({"errors":[{"field":"end_date","message":"in the future"}]})"));
  scene.transport.always(anything(), FakeTransport::reply(200, "[]"));
  REQUIRE(runTask(scene.client.statistics(kDays)).ok());
  REQUIRE(runTask(scene.client.statistics(kDays)).ok());
  CHECK(scene.transport.requests().size() == 3);
}

TEST_CASE("a refusal for another reason does not cost the end_date") {
  Scene scene;
  const auto refusal =
      FakeTransport::reply(400, R"({"errors":[{"field":"start_date","message":"too early"}]})");
  scene.transport.always(anything(), refusal);
  CHECK(runTask(scene.client.statistics(kDays)).error().kind == Failure::Kind::badRequest);
  CHECK(scene.transport.requests().size() == 1);  // noon in Tokyo, 5:00 in UTC: nothing lies ahead

  scene.clock.step(-13h);
  CHECK(runTask(scene.client.statistics(kDays)).error().kind == Failure::Kind::badRequest);
  CHECK(scene.transport.requests().size() == 3);
}

TEST_CASE("names are listed page by page, until a page is short or brings nothing new") {
  const auto page = [](int from, int to) {
    std::string json = "[";
    for (int i = from; i < to; ++i)
      json += (i > from ? "," : "") + std::string(R"({"category":"c)") + std::to_string(i) + "\"}";
    return FakeTransport::reply(200, json + "]");
  };
  SECTION("short page") {
    Scene scene;
    scene.transport.once(FakeTransport::asked("GET", "?limit=500&offset=0"), page(0, 100));
    scene.transport.once(FakeTransport::asked("GET", "?limit=500&offset=100"), page(100, 130));
    const auto names = runTask(scene.client.categories());
    REQUIRE(names.ok());
    CHECK(names->names.size() == 130);
    CHECK(names->complete);
  }
  SECTION("a server that does not page") {
    Scene scene;
    scene.transport.always(anything(), page(0, 100));
    const auto names = runTask(scene.client.categories());
    CHECK(names->names.size() == 100);
    CHECK(names->complete);
    CHECK(scene.transport.requests().size() == 2);
  }
  SECTION("no end") {
    Scene scene;
    int next = 0;
    scene.transport.always(anything(), [&](const http::Request&) {
      next += 50;
      return page(next, next + 50);
    });
    const auto names = runTask(scene.client.categories());
    REQUIRE(names.ok());
    CHECK_FALSE(names->complete);
    CHECK(scene.transport.requests().size() == kMaxNamePages);
  }
}

TEST_CASE("every failure has a kind and a sentence with the remedy, and none contains the key") {
  struct Case {
    FakeTransport::Answer answer;
    Failure::Kind kind;
    const char* text;
  };
  using Kind = Failure::Kind;
  const http::Headers html = {{"Content-Type", "text/html"}};
  const auto reply = [](unsigned status, std::string body = "", http::Headers headers = {}) {
    return FakeTransport::reply(status, std::move(body), std::move(headers));
  };
  const std::vector<Case> cases = {
      {reply(401, R"({"errors":[{"field":null,"message":"authorization required"}]})"), Kind::unauthorized,
       "answered 401 (authorization required): the key is not accepted; if this persists, create a new API "
       "key "
       "and put "
       "it where this account's key is read from; a credential is read at a restart only"},
      {reply(403, R"({"errors":[{"field":null,"message":"access forbidden"}]})"), Kind::forbidden,
       "answered 403 (access forbidden): the key lacks a permission or the plan lacks the feature; give the "
       "key the "
       "scope stats.read"},
      {reply(404, R"({"errors":[{"message":"not found"}]})"), Kind::notFound, nullptr},
      {reply(404, "<html>", html), Kind::notFound, nullptr},
      {reply(302, "", {{"Location", "https://login.example/"}}), Kind::redirected, nullptr},
      {reply(406, ""), Kind::notAcceptable, nullptr},
      {reply(400, R"({"errors":[{"field":"start_date","message":"bad"}]})"), Kind::badRequest,
       "answered 400 (start_date: bad): retrying will not help; check this account's settings"},
      {reply(422, "{}"), Kind::badRequest, nullptr},
      {reply(403, R"({"errors":[{"message":"Your IP address is not allowed to access this resource"}]})"),
       Kind::forbidden,
       "answered 403 (Your IP address is not allowed to access this resource): this host's address is not on "
       "the account's IP access list; add it in SendGrid (Settings > IP Access Management)"},
      {reply(401, R"({"errors":[{"message":"unauthorized: regional attribute mismatch"}]})"),
       Kind::unauthorized,
       "answered 401 (unauthorized: regional attribute mismatch): the account lives in another region; set "
       "this account's base_url (EU: https://api.eu.sendgrid.com)"},
      {reply(401, R"({"errors":[{"message":"Maximum credits exceeded"}]})"), Kind::unauthorized,
       "answered 401 (Maximum credits exceeded): the credits of the plan are used up; raise the plan in "
       "SendGrid or wait until they are renewed"},
      {reply(403, R"({"errors":[{"message":"the recipient group is not allowed"}]})"), Kind::forbidden,
       "answered 403 (the recipient group is not allowed): the key lacks a permission or the plan lacks the "
       "feature; give the key the scope stats.read"},
      {reply(407, "<html>"), Kind::unreachable,
       "answered 407 with an HTML page: the proxy wants a user and a password, or refuses the given ones; "
       "check http.proxy"},
      {reply(408, ""), Kind::timedOut, nullptr},
      {reply(429, R"({"errors":[{"field":null,"message":"too many requests"}]})"), Kind::throttled,
       "answered 429 (too many requests): the rate limit is used up; poll less often, or find out what else "
       "uses "
       "this "
       "account's API"},
      {reply(500, R"({"error":"internal server error"})"), Kind::serverError,
       "answered 500 (internal server error): the fault is the provider's; see its status page"},
      {reply(503, ""), Kind::serverError, nullptr},
      {reply(502, "\n<html><head><TITLE>SendGrid - 502 Bad Gateway</TITLE></head>", html), Kind::serverError,
       "answered 502 with an HTML page (SendGrid - 502 Bad Gateway): the fault is the provider's; see its "
       "status "
       "page"},
      {reply(503,
             "<html><head><title>503 Service Temporarily Unavailable</title></head><center>nginx</center>",
             html),
       Kind::serverError, nullptr},
      {reply(200, "<!doctype html><title>Log in to the network</title>"), Kind::html, nullptr},
      {reply(403, "<html><title>Blocked by policy</title>", html), Kind::html, nullptr},
      {reply(200, ""), Kind::emptyAnswer,
       "answered 200 without a body: if this persists, check http.proxy and the "
       "provider's status page"},
      {reply(200, "  "), Kind::emptyAnswer, nullptr},
      {reply(204, ""), Kind::emptyAnswer, nullptr},
      {reply(200, R"([{"date":"2026-)"), Kind::malformed, nullptr},
      {reply(200, "{ not json"), Kind::malformed,
       "the JSON ends in the middle: the provider may have changed its API, or a proxy the answer; check "
       "http.proxy, and for a newer version of arrivald"},
      {reply(200, R"({"stats":[]})"), Kind::malformed,
       "no row of the answer has a date and metrics: the provider may have changed its API, or a proxy the "
       "answer; check http.proxy, and for a newer version of arrivald"},
      {FakeTransport::fail(http::Failure::Kind::dns), Kind::unreachable, nullptr},
      {FakeTransport::fail(http::Failure::Kind::connect, "api.sendgrid.com:443: connection refused"),
       Kind::unreachable,
       "connection refused: check DNS, the firewall, this account's base_url and "
       "http.proxy"},
      {FakeTransport::fail(http::Failure::Kind::proxy), Kind::unreachable, nullptr},
      {FakeTransport::fail(http::Failure::Kind::invalidUrl), Kind::unreachable, nullptr},
      {FakeTransport::fail(http::Failure::Kind::tls, "api.sendgrid.com:443: certificate has expired"),
       Kind::tls,
       "certificate has expired: check this machine's date and CA certificates, and "
       "http.ca_file"},
      {FakeTransport::fail(http::Failure::Kind::timedOut), Kind::timedOut, nullptr},
      {FakeTransport::fail(http::Failure::Kind::closed), Kind::truncated, nullptr},
      {FakeTransport::fail(http::Failure::Kind::tooLarge), Kind::tooLarge, nullptr},
      {FakeTransport::fail(http::Failure::Kind::protocol), Kind::malformed, nullptr},
      {FakeTransport::fail(http::Failure::Kind::cancelled), Kind::cancelled, nullptr},
  };
  for (const auto& each : cases) {
    Scene scene;
    scene.transport.once(anything(), each.answer);
    const auto answer = runTask(scene.client.statistics(kDays));
    REQUIRE_FALSE(answer.ok());
    const auto& failure = answer.error();
    INFO(failure.text);
    CHECK(failure.kind == each.kind);
    if (each.text) CHECK(failure.text == std::string("GET /v3/stats of api.sendgrid.com: ") + each.text);
    CHECK(failure.text.size() <= 600);
    CHECK(failure.text.find("secret") == std::string::npos);
    if (each.answer.ok() && each.answer->status != 200)
      CHECK(failure.status == static_cast<int>(each.answer->status));
  }
}

TEST_CASE("a refused question about the key's own scopes names where they are seen") {
  Scene scene;
  scene.transport.once(anything(),
                       FakeTransport::reply(403, R"({"errors":[{"message":"access forbidden"}]})"));
  const auto answer = runTask(scene.client.scopes());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().text ==
        "GET /v3/scopes of api.sendgrid.com: answered 403 (access forbidden): the key lacks a permission or "
        "the plan lacks the feature; see in SendGrid (Settings > API Keys) which permissions the key has");
}

TEST_CASE("a connection that this host itself refuses is no matter of the provider") {
  struct Case {
    const char* host;
    const char* refused;
    const char* text;
  };
  for (const auto& each :
       {Case{"127.0.0.1", "127.0.0.1:8080: connection refused",
             "GET /v3/stats of 127.0.0.1: connection refused: nothing listens at this address of this host "
             "itself; check this account's base_url"},
        Case{"api.sendgrid.com", "localhost:3128: connection refused",
             "GET /v3/stats of api.sendgrid.com: localhost:3128: connection refused: nothing listens at this "
             "address of this host itself; check http.proxy"}}) {
    const auto failure = describeFailure({Failure::Kind::unreachable, each.refused},
                                         std::string("GET /v3/stats of ") + each.host, "stats.read");
    CHECK(failure.text == each.text);
  }
}

TEST_CASE("a key that an answer repeats is in no error, also where the answer was cut off") {
  auto access = mainAccount();
  access.key = Secret("SG.secretsecretsecret.andmoreofit");
  for (const std::size_t before : {std::size_t{0}, std::size_t{280}}) {
    Scene scene(access);
    const auto message = std::string(before, 'x') + " Bearer SG.secretsecretsecret.andmoreofit was refused";
    scene.transport.once(anything(),
                         FakeTransport::reply(401, R"({"errors":[{"message":")" + message + "\"}]}"));
    const auto text = runTask(scene.client.statistics(kDays)).error().text;
    CHECK_THAT(text,
               Catch::Contains("answered 401") && !Catch::Contains("SG.") && !Catch::Contains("secret"));
  }
}

TEST_CASE("a key with a line break never reaches the wire") {
  auto access = mainAccount();
  access.key = Secret("SG.x\r\nX-Evil: 1");
  Scene scene(access);
  CHECK(runTask(scene.client.statistics(kDays)).error().kind == Failure::Kind::badRequest);
  CHECK(scene.transport.requests().empty());
}

TEST_CASE("rate limit headers are read in any case, and nonsense in them counts as nothing") {
  CHECK(rateLimitOf({{"x-ratelimit-limit", "600"},
                     {"X-Ratelimit-Remaining", " 599 "},
                     {"X-RATELIMIT-RESET", "1763874000"}},
                    kNow) == RateLimit{600, 599, fromUnixSeconds(1'763'874'000)});
  CHECK(rateLimitOf({{"X-RateLimit-Limit", "-1"},
                     {"X-RateLimit-Remaining", "many"},
                     {"X-RateLimit-Reset", "99999999999999999999"}},
                    kNow) == RateLimit{});
  CHECK(rateLimitOf({{"X-RateLimit-Reset", "9007199254740992"}}, kNow) == RateLimit{});

  Scene scene;
  const auto reset = std::to_string(unixSeconds(kNow) + 42);
  scene.transport.once(anything(), FakeTransport::reply(429, "",
                                                        {{"X-RateLimit-Limit", "600"},
                                                         {"X-RateLimit-Remaining", "0"},
                                                         {"X-RateLimit-Reset", reset},
                                                         {"Retry-After", "7"}}));
  const auto failure = runTask(scene.client.statistics(kDays)).error();
  CHECK(failure.rateLimit == RateLimit{600, 0, kNow + 42s});
  CHECK(failure.retryAfter == Duration(7s));
  CHECK(scene.client.budget("stats").remaining(kNow) == 0);
  CHECK_FALSE(scene.client.budget("bounces").remaining(kNow).has_value());
  CHECK(Backoff().failed(toError(failure, kNow), 0).wait == 42s);
}

TEST_CASE("a request waits for the reset when an earlier answer said that nothing is left") {
  Scene scene;
  const auto reset = std::to_string(unixSeconds(kNow) + 42);
  scene.transport.always(anything(), FakeTransport::reply(200, "[]",
                                                          {{"X-RateLimit-Limit", "600"},
                                                           {"X-RateLimit-Remaining", "0"},
                                                           {"X-RateLimit-Reset", reset}}));
  REQUIRE(runTask(scene.client.statistics(kDays)).ok());

  boost::asio::io_context io;
  std::optional<Answer<Statistics>> answer;
  RunningTask waiting(io, storeInto(answer, scene.client.statistics(kDays)));
  drain(io);
  scene.clock.advance(41s);
  drain(io);
  CHECK(scene.transport.requests().size() == 1);
  SECTION("and then goes on") {
    scene.clock.advance(1s);
    REQUIRE(pumpUntil(io, [&] { return waiting.ended(); }));
    CHECK(scene.transport.requests().size() == 2);
    CHECK(answer->ok());
  }
  SECTION("unless it is cancelled") {
    waiting.cancel();
    REQUIRE(pumpUntil(io, [&] { return waiting.ended(); }));
    CHECK_THROWS_AS(waiting.check(), boost::system::system_error);
    CHECK(scene.transport.requests().size() == 1);
  }
}

TEST_CASE("a request that is cancelled while in progress reports it") {
  Scene scene;
  scene.transport.hang(anything());
  boost::asio::io_context io;
  std::optional<Answer<Statistics>> answer;
  RunningTask waiting(io, storeInto(answer, scene.client.statistics(kDays)));
  drain(io);
  REQUIRE_FALSE(waiting.ended());
  waiting.cancel();
  REQUIRE(pumpUntil(io, [&] { return waiting.ended(); }));
  REQUIRE(answer.has_value());
  CHECK(answer->error().kind == Failure::Kind::cancelled);
}

TEST_CASE("a page of a list is asked for with its times, inclusive, in seconds") {
  Scene scene;
  scene.transport.always(anything(), FakeTransport::reply(200, "[]"));
  const auto sink = [](std::vector<suppression::Entry>&) { return true; };
  REQUIRE(runTask(scene.client.crawl(suppression::List::invalidEmails, kNow - 1h, kNow, sink)).ok());
  CHECK(scene.urls()[0] ==
        "https://api.sendgrid.com/v3/suppression/"
        "invalid_emails?start_time=1795406400&end_time=1795410000&limit=500&offset=0");
  // From the beginning: no start.
  REQUIRE(runTask(scene.client.crawl(suppression::List::unsubscribes, Instant{}, kNow, sink)).ok());
  CHECK(scene.urls()[1] ==
        "https://api.sendgrid.com/v3/suppression/unsubscribes?end_time=1795410000&limit=500&offset=0");
}

TEST_CASE("unsubscribes from groups are asked for page by page, without times") {
  Scene scene;
  std::string page = "[";
  for (int i = 0; i < 500; ++i)
    page += (i == 0 ? "" : ",") + std::string(R"({"email":"u)") + std::to_string(i) +
            R"(@b.jp","group_id":100,"group_name":"News","created_at":1795400000})";
  scene.transport.always(FakeTransport::asked("GET", "offset=0"), FakeTransport::reply(200, page + "]"));
  // The same address and second, in another group.
  scene.transport.always(
      FakeTransport::asked("GET", "offset=500"),
      FakeTransport::reply(200, R"([{"email":"u499@b.jp","group_id":101,"created_at":1795400000}])"));
  scene.transport.always(FakeTransport::asked("GET", "offset=501"), FakeTransport::reply(200, "[]"));
  std::vector<suppression::Entry> entries;
  const auto sink = [&](std::vector<suppression::Entry>& more) {
    entries.insert(entries.end(), more.begin(), more.end());
    return true;
  };
  const auto crawl = runTask(scene.client.crawl(suppression::List::groupUnsubscribes, kNow - 1h, kNow, sink));
  REQUIRE(crawl.ok());
  CHECK(crawl->complete);
  CHECK(scene.urls()[0] == "https://api.sendgrid.com/v3/asm/suppressions?limit=500&offset=0");
  REQUIRE(entries.size() == 501);
  CHECK(entries[0].group == 100);
  CHECK(unixSeconds(entries[0].created) == 1795400000);
  CHECK(entries[500].group == 101);
}

TEST_CASE("a server that does not know paging sends the whole list at once, and is asked once") {
  Scene scene;
  std::string page = "[";
  for (int i = 0; i < 700; ++i)
    page += (i == 0 ? "" : ",") + std::string(R"({"email":"u)") + std::to_string(i) +
            R"(@b.jp","group_id":100,"created_at":1795400000})";
  scene.transport.always(anything(), FakeTransport::reply(200, page + "]"));
  std::size_t seen = 0;
  const auto sink = [&](std::vector<suppression::Entry>& more) { return seen += more.size(), true; };
  const auto crawl = runTask(scene.client.crawl(suppression::List::groupUnsubscribes, Instant{}, kNow, sink));
  REQUIRE(crawl.ok());
  CHECK(crawl->complete);
  CHECK(seen == 700);
  CHECK(scene.urls().size() == 1);
}

TEST_CASE("unsubscribe groups have an id and a name, whatever else the answer holds") {
  Scene scene;
  scene.transport.always(anything(),
                         FakeTransport::reply(200, R"([{"id":100,"name":"お知らせ\n","is_default":true},
    {"id":"101"},{"name":"no id"},7])"));
  const auto groups = runTask(scene.client.unsubscribeGroups());
  REQUIRE(groups.ok());
  REQUIRE(groups->size() == 2);
  CHECK((*groups)[0].id == 100);
  CHECK((*groups)[0].name == "お知らせ");
  CHECK((*groups)[1] == UnsubscribeGroup{101, ""});
  CHECK(scene.urls()[0] == "https://api.sendgrid.com/v3/asm/groups");
}

namespace {

struct CrawlRun {
  Answer<Crawl> crawl;
  std::vector<std::string> emails;
  std::size_t most = 0;  ///< that were handed over at once
};
CrawlRun crawlAll(Scene& scene, std::size_t maxPages = kMaxCrawlPages, std::size_t stopAfter = 1'000'000) {
  std::vector<std::string> emails;
  std::size_t most = 0;
  auto crawl = runTask(scene.client.crawl(
      suppression::List::bounces, Instant{}, kNow,
      [&](std::vector<suppression::Entry>& page) {
        most = std::max(most, page.size());
        for (const auto& entry : page) emails.push_back(entry.email);
        return emails.size() < stopAfter;
      },
      maxPages));
  return {std::move(crawl), std::move(emails), most};
}

}  // namespace

TEST_CASE("a crawl hands over page after page until one is empty, with one end for all") {
  Scene scene;
  for (const auto* offset : {"0", "500", "1000", "1203"})
    scene.transport.once(
        FakeTransport::asked("GET", std::string("?end_time=1795410000&limit=500&offset=") + offset),
        FakeTransport::reply(200, rows(std::stoi(offset), std::min(std::stoi(offset) + 500, 1'203))));
  const auto run = crawlAll(scene);
  REQUIRE(run.crawl.ok());
  CHECK(run.crawl->complete);
  CHECK(run.crawl->pages == 4);
  CHECK(run.crawl->entries == 1'203);
  CHECK(run.most == kRowsAtOnce);  // others run in between
  CHECK(run.emails.size() == 1'203);
  CHECK(run.emails.back() == "u1202@example.jp");
  CHECK(scene.transport.unexpected().empty());
}

TEST_CASE("a page that lacks rows is not the end of the list, whatever lacks them") {
  Scene scene;
  const auto serve = [&](auto rowsFrom) {
    scene.transport.always(anything(), [rowsFrom](const http::Request& request) {
      return FakeTransport::reply(200,
                                  rowsFrom(std::stoi(request.url.substr(request.url.find("offset=") + 7))));
    });
  };
  const auto end = [](int offset) { return std::min(offset + 500, 1'700); };
  const auto begin = [](int offset) { return std::min(offset, 1'700); };
  SECTION("a page that lost one row that is there") {
    serve([&](int offset) { return rows(offset == 0 ? 1 : begin(offset), end(offset)); });
    const auto run = crawlAll(scene);
    REQUIRE(run.crawl.ok());
    CHECK(run.crawl->complete);
    CHECK(run.crawl->entries == 1'699);
    CHECK(run.crawl->malformed.repeated == 0);  // row 499 came twice for that, and no page has shifted
  }
  SECTION("smaller pages than asked for") {
    serve([&](int offset) { return rows(begin(offset), std::min(offset + 100, 1'700)); });
    const auto run = crawlAll(scene);
    CHECK(run.crawl->complete);
    CHECK(run.crawl->entries == 1'700);
    CHECK(run.crawl->pages == 18);
  }
  SECTION("a server that counts in whole pages only") {
    serve([&](int offset) { return rows(begin(offset / 500 * 500), end(offset / 500 * 500)); });
    const auto run = crawlAll(scene);
    REQUIRE(run.crawl.ok());
    CHECK(run.crawl->complete);
    CHECK(std::set<std::string>(run.emails.begin(), run.emails.end()).size() == 1'700);
    CHECK(run.crawl->malformed.repeated == 0);
  }
  SECTION("a server that does not know offsets, and whose list is short") {
    serve([&](int) { return rows(0, 30); });
    const auto run = crawlAll(scene);
    REQUIRE(run.crawl.ok());
    CHECK(run.crawl->complete);
    CHECK(run.crawl->entries == 30);
    CHECK(run.crawl->pages == 3);
  }
}

TEST_CASE("whether one address is listed is asked for by itself, and no error names it") {
  using suppression::List;
  Scene scene;
  const auto ask = [&](List list, std::int64_t group = 0) {
    return runTask(
        scene.client.isListed(list, {"ta+ro@b.jp", fromUnixSeconds(1'795'400'000), "", "", "", group}));
  };
  const auto serve = [&](unsigned status, const std::string& body) {
    scene.transport.clear();
    scene.transport.always(anything(), FakeTransport::reply(status, body));
  };
  serve(200, R"([{"email":"ta+ro@b.jp","created":1795400000,"reason":"550"}])");
  CHECK(*ask(List::bounces));
  CHECK(scene.urls().back() == "https://api.sendgrid.com/v3/suppression/bounces/ta%2Bro%40b.jp");
  serve(200, R"([{"email":"ta+ro@b.jp","created":1795400001,"reason":"550"}])");
  CHECK_FALSE(*ask(List::bounces));  // one that was listed anew
  serve(200, "[]");
  CHECK_FALSE(*ask(List::blocks));
  serve(404, R"({"errors":[{"message":"not found"}]})");
  CHECK_FALSE(*ask(List::invalidEmails));
  serve(200, "{}");
  CHECK_FALSE(*ask(List::unsubscribes));
  serve(200, R"({"suppressions":[{"id":7,"name":"News","suppressed":true}]})");
  CHECK(*ask(List::groupUnsubscribes, 7));
  CHECK_FALSE(*ask(List::groupUnsubscribes, 8));
  CHECK(scene.urls().back() == "https://api.sendgrid.com/v3/asm/suppressions/ta%2Bro%40b.jp");
  // The example of the provider's OpenAPI file: every group with a flag, and one number twice.
  serve(200, R"({"suppressions":[
    {"description":"Optional description.","id":1,"is_default":true,"name":"Weekly News","suppressed":true},
    {"description":"Some daily news.","id":2,"is_default":true,"name":"Daily News","suppressed":true},
    {"description":"An old group.","id":2,"is_default":false,"name":"Old News","suppressed":false}]})");
  CHECK(*ask(List::groupUnsubscribes, 1));
  CHECK(*ask(List::groupUnsubscribes, 2));
  CHECK_FALSE(*ask(List::groupUnsubscribes, 3));
  serve(200, R"({"suppressions":[]})");
  CHECK_FALSE(*ask(List::groupUnsubscribes, 1));
  serve(404, R"({"errors":[{"message":"not found"}]})");
  CHECK_FALSE(*ask(List::groupUnsubscribes, 1));
  serve(200, "{}");  // says neither
  CHECK_FALSE(ask(List::groupUnsubscribes, 1).ok());
  // A page of a proxy is no answer about the entry.
  serve(404, "<html>no such host</html>");
  CHECK_FALSE(ask(List::bounces).ok());
  serve(500, R"({"errors":[{"message":"ta+ro@b.jp broke it"}]})");
  const auto failed = ask(List::bounces);
  REQUIRE_FALSE(failed.ok());
  CHECK_THAT(failed.error().text, !Catch::Contains("ta+ro") && !Catch::Contains("ta%2Bro") &&
                                      Catch::Contains("/v3/suppression/bounces/"));
  const auto before = scene.transport.requests().size();
  const auto odd = runTask(scene.client.isListed(List::bounces, {"Taro <taro@b.jp>", kNow, "", "", ""}));
  CHECK(odd.error().kind == Failure::Kind::badRequest);
  CHECK(scene.transport.requests().size() == before);
}

TEST_CASE("a list of just full pages ends with an empty one") {
  Scene scene;
  scene.transport.once(anything(), FakeTransport::reply(200, rows(0, 500)));
  scene.transport.once(anything(), FakeTransport::reply(200, "[]"));
  const auto run = crawlAll(scene);
  CHECK(run.crawl->complete);
  CHECK(run.crawl->entries == 500);
}

TEST_CASE("an entry repeated by a shifted page is returned once, and the shift is reported") {
  Scene scene;
  scene.transport.once(anything(), FakeTransport::reply(200, rows(0, 500)));
  scene.transport.once(anything(), FakeTransport::reply(200, rows(490, 700)));
  scene.transport.once(anything(), FakeTransport::reply(200, "[]"));
  const auto run = crawlAll(scene);
  REQUIRE(run.crawl.ok());
  CHECK(run.crawl->entries == 700);
  CHECK(run.crawl->malformed.repeated == 10);
  CHECK(std::set<std::string>(run.emails.begin(), run.emails.end()).size() == 700);
}

TEST_CASE("a crawl ends whatever the server does") {
  SECTION("the same page again and again") {
    Scene scene;
    scene.transport.always(anything(), FakeTransport::reply(200, rows(0, 500)));
    const auto run = crawlAll(scene);
    REQUIRE_FALSE(run.crawl.ok());
    CHECK(run.crawl.error().kind == Failure::Kind::malformed);
    CHECK(scene.transport.requests().size() == 2);
  }
  SECTION("ever new pages") {
    Scene scene;
    int next = 0;
    scene.transport.always(anything(), [&](const http::Request&) {
      next += 500;
      return FakeTransport::reply(200, rows(next, next + 500));
    });
    const auto run = crawlAll(scene, 3);
    REQUIRE(run.crawl.ok());
    CHECK_FALSE(run.crawl->complete);
    CHECK(run.crawl->pages == 3);
    CHECK(run.emails.size() == 1'500);
  }
  SECTION("the sink has enough") {
    Scene scene;
    scene.transport.once(anything(), FakeTransport::reply(200, rows(0, 500)));
    const auto run = crawlAll(scene, kMaxCrawlPages, 1);
    REQUIRE(run.crawl.ok());
    CHECK_FALSE(run.crawl->complete);
    CHECK(scene.transport.requests().size() == 1);
  }
}

TEST_CASE("a page whose failure may pass is asked for again, other failures end the crawl") {
  Scene scene;
  boost::asio::io_context io;
  std::optional<Answer<Crawl>> crawl;
  scene.transport.once(FakeTransport::asked("GET", "offset=0"), FakeTransport::reply(200, rows(0, 500)));
  std::size_t seen = 0;
  const auto start = [&] {
    return storeInto(crawl, scene.client.crawl(suppression::List::bounces, Instant{}, kNow,
                                               [&seen](std::vector<suppression::Entry>& page) {
                                                 seen += page.size();
                                                 return true;
                                               }));
  };
  SECTION("until it comes") {
    scene.transport.once(FakeTransport::asked("GET", "offset=500"), FakeTransport::reply(502, "<html>"));
    scene.transport.once(FakeTransport::asked("GET", "offset=500"),
                         FakeTransport::fail(http::Failure::Kind::closed));
    scene.transport.once(FakeTransport::asked("GET", "offset=500"),
                         FakeTransport::reply(200, rows(500, 600)));
    scene.transport.once(FakeTransport::asked("GET", "offset=600"), FakeTransport::reply(200, "[]"));
    RunningTask running(io, start());
    drain(io);
    CHECK(scene.transport.requests().size() == 2);
    scene.clock.advance(2s);  // less than the shortest first wait
    drain(io);
    CHECK(scene.transport.requests().size() == 2);
    scene.clock.advance(3s);
    drain(io);
    CHECK(scene.transport.requests().size() == 3);
    scene.clock.advance(10s);
    REQUIRE(pumpUntil(io, [&] { return running.ended(); }));
    CHECK(crawl->ok());
    CHECK(seen == 600);
  }
  SECTION("but four times at most") {
    scene.transport.always(FakeTransport::asked("GET", "offset=500"), FakeTransport::reply(500, ""));
    RunningTask running(io, start());
    for (int i = 0; i < 10; ++i) {
      drain(io);
      scene.clock.advance(10min);
    }
    REQUIRE(pumpUntil(io, [&] { return running.ended(); }));
    CHECK(crawl->error().kind == Failure::Kind::serverError);
    CHECK(scene.transport.requests().size() == 1 + kPageTries);
  }
  SECTION("not when the key lacks the scope") {
    scene.transport.once(FakeTransport::asked("GET", "offset=500"), FakeTransport::reply(403, ""));
    RunningTask running(io, start());
    REQUIRE(pumpUntil(io, [&] { return running.ended(); }));
    CHECK(crawl->error().kind == Failure::Kind::forbidden);
    CHECK(crawl->error().text.find("scope suppression.bounces.read") != std::string::npos);
  }
  SECTION("and not after it was cancelled while waiting") {
    scene.transport.once(FakeTransport::asked("GET", "offset=500"), FakeTransport::reply(503, ""));
    RunningTask running(io, start());
    drain(io);
    running.cancel();
    REQUIRE(pumpUntil(io, [&] { return running.ended(); }));
    CHECK_THROWS_AS(running.check(), boost::system::system_error);
    CHECK(scene.transport.requests().size() == 2);
  }
}

namespace {

EventWebhookWanted wantedWebhook() {
  EventWebhookWanted wanted;
  wanted.url = Secret("https://mail.example.jp/events/main");
  return wanted;
}

}  // namespace

TEST_CASE("a webhook is made or changed, signed and tested, and an empty answer to that is no failure") {
  Scene scene;
  scene.transport.once(FakeTransport::asked("POST", "/v3/user/webhooks/event/settings"),
                       FakeTransport::reply(201, R"({"id":"a b","enabled":true})"));
  const auto made = runTask(scene.client.putEventWebhook(wantedWebhook()));
  REQUIRE(made.ok());
  CHECK(*made == "a b");
  const auto& first = scene.transport.requests().back();
  CHECK(header(first, "Content-Type") == "application/json");
  CHECK(first.body.find("\"deferred\":true") != std::string::npos);
  CHECK(first.body.find("\"click\":false") != std::string::npos);

  scene.transport.once(FakeTransport::asked("PATCH", "/settings/a%20b"), FakeTransport::reply(200, "{}"));
  CHECK(first.body.find("\"friendly_name\":\"arrivald\"") != std::string::npos);
  auto changed = wantedWebhook();
  changed.create = false;
  changed.id = "a b";
  changed.keep = {"click"};
  changed.oauthClientId = "us";
  changed.oauthClientSecret = Secret("s3cret");
  changed.oauthTokenUrl = "https://mail.example.jp/events/main/token";
  REQUIRE(runTask(scene.client.putEventWebhook(changed)).ok());
  const auto& second = scene.transport.requests().back().body;
  for (const auto* part :
       {"\"click\":true", "\"oauth_client_id\":\"us\"", "\"oauth_client_secret\":\"s3cret\"",
        "\"oauth_token_url\":\"https://mail.example.jp/events/main/token\""})
    CHECK_THAT(second, Catch::Contains(part));
  CHECK_THAT(second, !Catch::Contains("friendly_name"));
  // An account that knows one webhook only gives it no id.
  changed.id = "";
  scene.transport.once(FakeTransport::asked("PATCH", "/v3/user/webhooks/event/settings"),
                       FakeTransport::reply(200, "{}"));
  REQUIRE(runTask(scene.client.putEventWebhook(changed)).ok());
  scene.transport.once(FakeTransport::asked("GET", "/v3/user/webhooks/event/settings/signed"),
                       FakeTransport::reply(200, R"({"public_key":"MFkw"})"));
  CHECK(*runTask(scene.client.eventWebhookKey("")) == "MFkw");

  scene.transport.once(FakeTransport::asked("PATCH", "/settings/signed/a%20b"),
                       FakeTransport::reply(200, R"({"id":"a b","public_key":"MFkw"})"));
  CHECK(*runTask(scene.client.signEventWebhook("a b")) == "MFkw");
  scene.transport.once(FakeTransport::asked("GET", "/settings/signed/a%20b"),
                       FakeTransport::reply(200, R"({"id":"a b","public_key":null})"));
  CHECK(runTask(scene.client.eventWebhookKey("a b"))->empty());
  scene.transport.once(FakeTransport::asked("POST", "/v3/user/webhooks/event/test"),
                       FakeTransport::reply(204));
  CHECK(runTask(scene.client.testEventWebhook("a b", "https://mail.example.jp/events/main")).ok());

  scene.transport.once(FakeTransport::asked("POST", "/v3/user/webhooks/event/settings"),
                       FakeTransport::reply(403, R"({"errors":[{"message":"access forbidden"}]})"));
  const auto refused = runTask(scene.client.putEventWebhook(wantedWebhook()));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == Failure::Kind::forbidden);
  CHECK(refused.error().text.find("POST /v3/user/webhooks/event/settings") != std::string::npos);
  CHECK(refused.error().text.find(kKey) == std::string::npos);
}
