// Applying a configuration: at the start, at a reload, and when it cannot be done. A whole daemon in this
// process, with a clock, a SendGrid and a store that the test decides on.
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daemon/daemon.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "simulator/event_signer.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

/// Lets the daemon own its transport while the test goes on writing the script.
class SharedTransport final : public http::Transport {
 public:
  explicit SharedTransport(FakeTransport& script) : script_(script) {}
  runtime::Task<Result<http::Response, http::Failure>> send(http::Request request) override {
    co_return co_await script_.send(std::move(request));
  }

 private:
  FakeTransport& script_;
};

struct Fixture {
  TempStore folder;
  ManualClock clock{parseIso("2026-11-25T03:00:00Z").value()};
  SystemClock networkClock;
  boost::asio::io_context io;
  FakeTransport provider;
  simulator::EventSigner signer;
  std::string yaml;
  std::map<std::string, std::string> secrets{{"KEY", "SG.key"}, {"PASSWORD", "first"}};
  std::unique_ptr<Daemon> daemon;

  Fixture() {
    provider.always(FakeTransport::asked("GET", "/v3/stats?"),
                    FakeTransport::reply(200, R"([{"date":"2026-11-25","stats":[{"metrics":{"requests":10,)"
                                              R"("processed":10,"delivered":10}}]}])"));
    provider.always(FakeTransport::asked("GET", "/v3/scopes"), FakeTransport::reply(200, R"({"scopes":[]})"));
    provider.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
    yaml = streaming();
  }
  ~Fixture() {
    if (daemon) runTask(io, daemon->stop());
  }

  std::string streaming(const std::string& account = "", const std::string& rest = "") const {
    return "accounts:\n  - name: main\n    key: {environment: KEY}\n    mailbox_providers: off\n    "
           "suppressions: false\n    events: {public_keys: [" +
           signer.publicKey() + "]}\n" + account + "channels: []\ndefault_rules: false\nstatus_page: off\n" +
           rest;
  }
  static std::string ports(const std::string& status, const std::string& events) {
    return "listen: {port: " + status + "}\nevent_stream: {listen: {port: " + events + "}}\n";
  }
  config::Loaded load() const {
    auto environment = config::Environment::ofProcess();
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = secrets.find(name);
      if (found == secrets.end()) return std::nullopt;
      return found->second;
    };
    auto loaded = config::load(yaml, environment);
    if (loaded.config) loaded.config->storePath = folder.path();
    return loaded;
  }
  void make() {
    DaemonEnvironment environment{io,
                                  clock,
                                  networkClock,
                                  [] { return 0.5; },
                                  [this] { return load(); },
                                  [this](const config::Config&) -> std::unique_ptr<http::Transport> {
                                    return std::make_unique<SharedTransport>(provider);
                                  }};
    daemon = std::make_unique<Daemon>(std::move(environment));
  }
  Done start() {
    make();
    auto loaded = load();
    for (const auto& problem : loaded.problems) UNSCOPED_INFO(config::toText(problem, "yaml"));
    REQUIRE(loaded.config);
    return daemon->start(std::move(*loaded.config));
  }
  Done reload() { return runTask(io, daemon->reload()); }

  http::Response ask(std::uint16_t port, const std::string& path, http::Headers headers = {}) {
    http::Request request;
    request.method = "GET";
    request.url = "http://127.0.0.1:" + std::to_string(port) + path;
    request.headers = std::move(headers);
    return send(std::move(request));
  }
  http::Response send(http::Request request) {
    http::Client client(io.get_executor(), networkClock, {});
    auto answer = runTask(io, client.send(std::move(request)));
    client.closeIdle();
    REQUIRE(answer.ok());
    return *answer;
  }
  unsigned post(const std::string& body, const std::string& account = "main") {
    http::Request request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(daemon->eventPort()) + "/events/" + account;
    request.headers.add(std::string(sendgrid::kTimestampHeader), "1700000000");
    request.headers.add(std::string(sendgrid::kSignatureHeader), signer.sign("1700000000", body));
    request.body = body;
    return send(std::move(request)).status;
  }
  std::string delivered(const std::string& message) {
    return "[{\"event\":\"delivered\",\"email\":\"a@b.jp\",\"sg_message_id\":\"" + message +
           "\",\"sg_event_id\":\"" + message +
           "\",\"timestamp\":" + std::to_string(unixSeconds(clock.now() - 1s)) + "}]";
  }
  std::string metrics() { return ask(daemon->port(), "/metrics").body; }
  nlohmann::json status() { return nlohmann::json::parse(ask(daemon->port(), "/api/status").body); }
  std::vector<std::string> jobs() {
    std::vector<std::string> names;
    const auto all = status();
    for (const auto& job : all["jobs"]) names.push_back(job["name"]);
    return names;
  }
  std::int64_t deliveredByStream(const std::string& account = "main") {
    const auto* series =
        daemon->owners().events().counts().windows().find({account, delivery::Dimension::account, ""});
    return series ? series->sum(10min, clock.now(), 1h).counts[delivery::Metric::delivered] : 0;
  }
  /// What the job event_stream does every ten seconds.
  void minutePasses() {
    daemon->owners().events().tick();
    clock.advance(1min);
    daemon->owners().events().tick();
  }
};

/// A port that somebody else has.
class Occupied {
 public:
  explicit Occupied(boost::asio::io_context& io)
      : acceptor_(io, {boost::asio::ip::make_address("127.0.0.1"), 0}) {}
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a start listens, reads, and says when it is ready") {
  provider.clear();
  provider.hang(FakeTransport::asked("GET", "/v3/stats?"));
  provider.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  CHECK(ask(daemon->port(), "/healthz").status == 200);
  CHECK(ask(daemon->port(), "/readyz").status == 503);
  CHECK_THAT(ask(daemon->port(), "/readyz").body, Catch::Contains("main have not been read yet"));
  CHECK(post(delivered("m1")) == 204);
}

TEST_CASE_METHOD(Fixture, "a start whose port is taken says which, and leaves the store to the next one") {
  const Occupied occupied(io);
  yaml = streaming("", ports("0", occupied.port()));
  const auto refused = start();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text, Catch::Contains(occupied.port()) && Catch::Contains("another program"));
  runTask(io, daemon->stop());
  daemon.reset();
  yaml = streaming("", ports("0", "0"));
  CHECK(start());
}

TEST_CASE_METHOD(Fixture,
                 "a configuration with a mistake changes nothing, and answer, metric and log say so") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  const auto port = daemon->port();
  yaml = streaming("", ports("0", "0") + "lisen: {}\n");
  const auto refused = reload();
  REQUIRE_FALSE(refused);
  CHECK(daemon->port() == port);
  CHECK_THAT(metrics(), Catch::Contains("arrivald_config_refused_total 1") &&
                            Catch::Contains("arrivald_config_last_reload_successful 0"));
  CHECK(post(delivered("m1")) == 204);
}

TEST_CASE_METHOD(Fixture, "a reload whose event port is taken is refused, and events go on coming") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  const auto eventPort = daemon->eventPort();
  const Occupied occupied(io);
  yaml = streaming("", "language: en\n" + ports("0", occupied.port()));
  const auto refused = reload();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text, Catch::Contains(occupied.port()));
  CHECK_THAT(metrics(), Catch::Contains("arrivald_config_refused_total 1"));
  // Nothing of the refused configuration is in force: neither the port nor the language.
  CHECK(daemon->eventPort() == eventPort);
  CHECK(post(delivered("m1")) == 204);
  CHECK_THAT(ask(daemon->port(), "/").body, Catch::Contains("lang=\"ja\""));
}

TEST_CASE_METHOD(Fixture,
                 "another password at the same port takes effect and refuses no connection meanwhile") {
  const auto withPassword = [&] {
    return streaming("",
                     "event_stream: {listen: {port: 0}}\nlisten: {port: 0, basic_auth: {user: ops, password: "
                     "{environment: PASSWORD}}}\n");
  };
  yaml = withPassword();
  REQUIRE(start());
  const auto port = daemon->port();
  const auto with = [&](const std::string& password) {
    http::Headers headers;
    headers.add("Authorization", "Basic " + http::base64("ops:" + password));
    return ask(port, "/healthz", headers).status;
  };
  CHECK(with("first") == 200);
  secrets["PASSWORD"] = "second";
  REQUIRE(reload());
  CHECK(daemon->port() == port);
  CHECK(with("first") == 401);
  CHECK(with("second") == 200);
}

TEST_CASE_METHOD(Fixture,
                 "a source that a reload switches off leaves the status, the metrics and the rules") {
  yaml = streaming("    categories: [notice]\n", ports("0", "0"));
  REQUIRE(start());
  drain(io);
  auto names = jobs();
  CHECK(std::count(names.begin(), names.end(), "categories") == 1);
  CHECK_THAT(metrics(), Catch::Contains("task=\"categories\""));
  yaml = streaming("", ports("0", "0"));
  REQUIRE(reload());
  names = jobs();
  CHECK(std::count(names.begin(), names.end(), "categories") == 0);
  CHECK(std::count(names.begin(), names.end(), "statistics") == 1);
  CHECK_THAT(metrics(), !Catch::Contains("task=\"categories\""));
}

TEST_CASE_METHOD(Fixture, "a window that a reload takes out is no longer exported") {
  yaml = streaming("", ports("0", "0") + "windows: [5m, 1h]\n");
  REQUIRE(start());
  drain(io);
  CHECK_THAT(metrics(), Catch::Contains("window=\"1h\""));
  yaml = streaming("", ports("0", "0") + "windows: [5m]\n");
  REQUIRE(reload());
  CHECK_THAT(metrics(), Catch::Contains("window=\"5m\"") && !Catch::Contains("window=\"1h\""));
}

TEST_CASE_METHOD(Fixture, "an account that is taken out and put back loses none of its acknowledged events") {
  const std::string second =
      "  - name: second\n    key: {environment: KEY}\n    mailbox_providers: off\n    "
      "suppressions: false\n    events: {public_keys: [" +
      signer.publicKey() + "]}\n";
  yaml = streaming(second, ports("0", "0"));
  REQUIRE(start());
  drain(io);
  CHECK(post(delivered("m0"), "second") == 204);
  minutePasses();
  CHECK(post(delivered("m1"), "second") == 204);  // acknowledged, not flushed yet
  yaml = streaming("", ports("0", "0"));
  REQUIRE(reload());
  CHECK(post(delivered("m2"), "second") == 404);
  CHECK_THAT(metrics(), !Catch::Contains("account=\"second\""));
  yaml = streaming(second, ports("0", "0"));
  REQUIRE(reload());
  minutePasses();
  CHECK(deliveredByStream("second") == 1);
  CHECK_THAT(metrics(), Catch::Contains("arrivald_events_total{account=\"second\",event=\"delivered\"} 2"));
}

TEST_CASE_METHOD(Fixture, "the counters of an account that was taken out do not come back with a restart") {
  const std::string second =
      "  - name: second\n    key: {environment: KEY}\n    mailbox_providers: off\n    "
      "suppressions: false\n    events: {public_keys: [" +
      signer.publicKey() + "]}\n";
  yaml = streaming(second, ports("0", "0"));
  REQUIRE(start());
  drain(io);
  CHECK(post(delivered("m1"), "second") == 204);
  runTask(io, daemon->stop());
  daemon.reset();
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  drain(io);
  CHECK_THAT(metrics(), !Catch::Contains("account=\"second\""));
}

TEST_CASE_METHOD(Fixture, "events that come while a reload is under way are received") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  drain(io);
  std::optional<Done> reloaded;
  yaml = streaming("", "language: en\n" + ports("0", "0"));
  const RunningTask running(io, storeInto(reloaded, daemon->reload()));
  CHECK(post(delivered("m1")) == 204);
  REQUIRE(pumpUntil(io, [&] { return reloaded.has_value(); }));
  CHECK(reloaded->ok());
  CHECK(post(delivered("m2")) == 204);
  CHECK_THAT(metrics(), Catch::Contains("arrivald_events_total{account=\"main\",event=\"delivered\"} 2"));
}
