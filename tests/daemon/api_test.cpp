// What the status listener answers: each path, each method.
#include <catch2/catch.hpp>

#include "daemon/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : DaemonFixture {
  Fixture() {
    yaml = streaming("", ports("0", "0"));
    addSlack();
    REQUIRE(start());
    drain(io);
  }
  http::Response post(const std::string& path, http::Headers headers = {}) {
    http::Request request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(daemon->port()) + path;
    request.headers = std::move(headers);
    return send(std::move(request));
  }
  static std::string type(const http::Response& response) {
    return std::string(response.headers.find("Content-Type").value_or(""));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "/ is the page, which may load nothing from elsewhere") {
  const auto page = get("/");
  CHECK(page.status == 200);
  CHECK_THAT(type(page), Catch::StartsWith("text/html"));
  CHECK_THAT(std::string(page.headers.find("Content-Security-Policy").value_or("")),
             Catch::Contains("default-src 'none'"));
  CHECK(page.headers.find("Cache-Control") == "no-store");
  CHECK_THAT(page.body, Catch::Contains("main"));
}

TEST_CASE_METHOD(Fixture, "/metrics is the exposition, /healthz and /readyz are one line") {
  CHECK_THAT(get("/metrics").body, Catch::Contains("arrivald_build_info{"));
  CHECK_THAT(type(get("/metrics")), Catch::Contains("version=0.0.4"));
  CHECK(get("/healthz").body == "ok\n");
  CHECK(get("/readyz").status == 200);
}

TEST_CASE_METHOD(Fixture,
                 "the metrics are rendered once for all who wait for them, and anew for who comes later") {
  // Each rendering opens what the process has open, which grows with the connections, and tells the CPU time.
  constexpr std::size_t kClients = 40;
  http::Client client(io.get_executor(), networkClock, {});
  std::vector<std::string> bodies;
  std::vector<std::unique_ptr<RunningTask>> running;
  const auto scrape = [](http::Client& by, std::string url,
                         std::vector<std::string>& into) -> runtime::Task<> {
    http::Request request;
    request.method = "GET";
    request.url = std::move(url);
    auto answer = co_await by.send(std::move(request));
    if (answer) into.push_back(answer->body);
  };
  const auto url = "http://127.0.0.1:" + std::to_string(daemon->port()) + "/metrics";
  for (std::size_t i = 0; i < kClients; ++i)
    running.push_back(std::make_unique<RunningTask>(io, scrape(client, url, bodies)));
  REQUIRE(pumpUntil(io, [&] { return bodies.size() == kClients; }));
  client.closeIdle();
  CHECK(std::set<std::string>(bodies.begin(), bodies.end()).size() <= kClients / 4);
  daemon->owners().registry().incidentOpened("main");
  CHECK(get("/metrics").body != bodies.back());
}

TEST_CASE_METHOD(Fixture, "/api/status is JSON that nobody keeps") {
  const auto answer = get("/api/status");
  CHECK(type(answer) == "application/json");
  CHECK(answer.headers.find("Cache-Control") == "no-store");
  CHECK(nlohmann::json::parse(answer.body)["ready"] == true);
}

TEST_CASE_METHOD(Fixture, "/api/explain-alert takes a rule and a subject, and says what there is") {
  CHECK(get("/api/explain-alert?rule=no-such-rule").status == 404);
  CHECK(get("/api/explain-alert?name=nothing-of-this-name").status == 404);
  CHECK_THAT(type(get("/api/explain-alert")), Catch::StartsWith("text/plain"));
}

TEST_CASE_METHOD(Fixture,
                 "/api/trace wants a question and answers with events; /api/malformed-events wants none") {
  CHECK(get("/api/trace").status == 400);
  CHECK(get("/api/trace?of=a%40b.jp&account=nobody").status == 400);
  CHECK(get("/api/trace?group=nobody").status == 400);
  CHECK(DaemonFixture::post(delivered("m1")) == 204);
  CHECK(DaemonFixture::post("rubbish") == 204);
  const auto found = nlohmann::json::parse(get("/api/trace?of=a%40b.jp").body);
  REQUIRE(found["events"].size() == 1);
  CHECK(found["events"][0]["message_id"] == "m1");
  const auto malformed = nlohmann::json::parse(get("/api/malformed-events").body);
  REQUIRE(malformed["malformed_events"].size() == 1);
  CHECK(malformed["malformed_events"][0]["raw"] == "rubbish");
}

TEST_CASE_METHOD(Fixture,
                 "/api/test-alert wants a header that no web page elsewhere can make a browser send") {
  CHECK(post("/api/test-alert").status == 403);
  CHECK(post("/api/test-alert", {{"X-Arrivald", "1"}}).status == 202);
  CHECK(post("/api/test-alert?channel=ops", {{"X-Arrivald", "1"}}).status == 200);  // the same again
  CHECK(post("/api/test-alert?channel=ops&again=1", {{"X-Arrivald", "1"}}).status == 202);
  CHECK(nlohmann::json::parse(get("/api/test-alert").body)["tests"][0]["channel"] == "ops");
  const auto unknown = post("/api/test-alert?channel=nobody", {{"X-Arrivald", "1"}});
  CHECK(unknown.status == 404);
  CHECK_THAT(unknown.body, Catch::Contains("nobody"));
}

TEST_CASE_METHOD(Fixture, "another path is not found, another method is answered with the allowed one") {
  CHECK(get("/api").status == 404);
  CHECK(get("/events/main").status == 404);  // those are posted to a listener of their own
  const auto in = [&](const std::string& language, std::uint16_t port, const std::string& path) {
    return ask(port, path, {{"Accept-Language", language}}).body;
  };
  CHECK(in("en", daemon->port(), "/api") == "there is nothing at this address\n");
  CHECK(in("ja", daemon->port(), "/api") == "このアドレスには何もありません\n");
  CHECK(get("/api").body == "このアドレスには何もありません\n");  // as configured
  for (const auto& [language, said] : {std::pair{"en", "events are posted to"}, {"ja", "イベントの送り先"}}) {
    http::Request request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(daemon->eventPort()) + "/nothing";
    request.headers.add("Accept-Language", language);
    const auto refused = send(std::move(request));
    CHECK(refused.status == 404);
    CHECK_THAT(refused.body, Catch::StartsWith(said));
  }
  for (const auto* path : {"/", "/metrics", "/api/status", "/api/trace"}) {
    const auto refused = post(path, {{"X-Arrivald", "1"}});
    CHECK(refused.status == 405);
    CHECK_THAT(std::string(refused.headers.find("Allow").value_or("")), Catch::Contains("GET"));
  }
}

TEST_CASE_METHOD(Fixture,
                 "the page and the API are not for a name that a stranger lets point here, the rest is") {
  Api api(daemon->owners(), [] { return 0.5; });
  auto config = std::make_shared<config::Config>(*load().config);
  config->links.page = "https://mail.example.jp/arrivald";
  const auto asked = [&](const std::string& path, const std::string& host) {
    api.use(config);
    http::ServerRequest request;
    request.method = "GET";
    request.path = path;
    request.query = path == "/api/trace" ? "of=a@b.jp" : "";
    if (!host.empty()) request.headers.add("Host", host);
    return runTask(io, api.answer(request)).status;
  };
  for (const auto* path : {"/", "/api/trace", "/api/status", "/api/malformed-events"}) {
    CAPTURE(path);
    CHECK(asked(path, "evil.example") == 421);
    CHECK(asked(path, "127.0.0.1.evil.example:9465") == 421);
    for (const auto* own : {"127.0.0.1:9465", "[::1]:9465", "localhost:9465", "monitor01", "mail.example.jp",
                            "Mail.Example.JP:443", ""})
      CHECK(asked(path, own) == 200);
  }
  for (const auto* path : {"/metrics", "/healthz", "/readyz"})
    CHECK(asked(path, "monitor01.example.jp:9465") == 200);
  config->listen.user = "ops";
  CHECK(asked("/", "anything.example") == 200);
}

TEST_CASE_METHOD(Fixture, "/api/v1/silences lists, adds and ends, and refuses what it does not know") {
  const http::Headers ours{{"X-Arrivald", "1"}};
  const std::string asked = "account=main&by=Sato&why=DNS%20moves&for=2h";
  CHECK(get("/api/v1/silences?format=text&lang=en").body ==
        "Nothing is silenced, and no maintenance is planned.\n");
  CHECK(post("/api/v1/silences?" + asked).status == 403);
  CHECK(post("/api/v1/silences/1/end").status == 403);
  const auto added = post("/api/v1/silences?format=text&lang=en&" + asked, ours);
  CHECK(added.status == 201);
  CHECK_THAT(added.body, Catch::StartsWith("silence 1: account \"main\", until "));
  const auto listed = nlohmann::json::parse(get("/api/v1/silences").body);
  REQUIRE(listed["silences"].size() == 1);
  CHECK(listed["silences"][0]["why"] == "DNS moves");
  // What was to narrow it would be silenced altogether.
  const auto unknown = post("/api/v1/silences?lang=en&recipient=Gmail&" + asked, ours);
  CHECK(unknown.status == 400);
  CHECK_THAT(unknown.body,
             Catch::StartsWith("nothing is silenced by recipient; known are incident, account"));
  CHECK_THAT(post("/api/v1/silences?lang=ja&recipient=Gmail&" + asked, ours).body,
             Catch::StartsWith("recipient では静音にできません"));
  CHECK(post("/api/v1/silences?incident=one&" + asked, ours).status == 400);
  CHECK(post("/api/v1/silences?incident=7&by=x&why=x&until=over", ours).status == 404);
  CHECK(post("/api/v1/silences/1", ours).status == 404);
  CHECK(post("/api/v1/silences/one/end", ours).status == 404);
  CHECK(post("/api/v1/silences/7/end", ours).status == 404);
  CHECK_THAT(get("/").body, Catch::Contains("DNS moves"));
  CHECK(post("/api/v1/silences/1/end?format=text&lang=ja", ours).body == "静音も作業の予定もありません。\n");
}

TEST_CASE_METHOD(Fixture,
                 "a silence of a name that nothing has is taken with a warning that names the nearest") {
  const std::string asked = "receiver=docmo&by=ops&why=known&for=1h";
  const http::Headers ours{{"X-Arrivald", "1"}};
  const auto added = post("/api/v1/silences?format=text&lang=en&" + asked, ours);
  CHECK(added.status == 201);
  CHECK_THAT(added.body, Catch::StartsWith("warning: no receiver is known as docmo yet") &&
                             Catch::Contains("did you mean \"docomo\"?") && Catch::Contains("\nsilence 1: "));
  const auto json = nlohmann::json::parse(post("/api/v1/silences?lang=ja&" + asked, ours).body);
  CHECK(json["silences"].size() == 2);
  CHECK_THAT(json["warning"].get<std::string>(), Catch::Contains("「docomo」ではありませんか"));
}
