// Applying a configuration: at the start, at a reload, and when it cannot be done.
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include "daemon/fixture.hpp"
#include "daemon/server_options.hpp"
#include "support/certificates.hpp"
#include "watch/logged_lines.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

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

TEST_CASE_METHOD(DaemonFixture, "after a start it listens, polls, and reports when it is ready") {
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

TEST_CASE_METHOD(DaemonFixture, "a start whose port is taken names the port and releases the store") {
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

TEST_CASE_METHOD(DaemonFixture,
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

TEST_CASE_METHOD(DaemonFixture, "an exception in a reload is its answer, and the next reload works") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  failure = "out of something";
  const auto refused = reload();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text, Catch::Contains("out of something"));
  CHECK_THAT(metrics(), Catch::Contains("arrivald_config_refused_total 1"));
  CHECK(post(delivered("m1")) == 204);
  failure.reset();
  CHECK(reload());
}

TEST_CASE_METHOD(DaemonFixture,
                 "a reload whose event port is taken is refused, and events are still received") {
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

TEST_CASE_METHOD(DaemonFixture,
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
  // Several times, without connections in between: each takes the socket over from the one before.
  for (const auto* password : {"second", "third", "fourth", "fifth"}) {
    const auto before = secrets["PASSWORD"];
    secrets["PASSWORD"] = password;
    REQUIRE(reload());
    CHECK(daemon->port() == port);
    CHECK(with(password) == 200);
    CHECK(with(before) == 401);
  }
  for (const auto* password : {"sixth", "seventh", "eighth"}) {
    secrets["PASSWORD"] = password;
    REQUIRE(reload());
  }
  CHECK(with("eighth") == 200);
}

TEST_CASE_METHOD(DaemonFixture,
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

TEST_CASE_METHOD(
    DaemonFixture,
    "statistics that a reload switches off are neither exported nor shown, also after a restart") {
  provider.clear();
  provider.always(
      FakeTransport::asked("GET", "/v3/categories/stats?"),
      FakeTransport::reply(200, R"([{"date":"2026-11-25","stats":[{"type":"category","name":"notice",)"
                                R"("metrics":{"requests":7,"delivered":7}}]}])"));
  provider.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
  yaml = streaming("    categories: [notice]\n", ports("0", "0"));
  REQUIRE(start());
  drain(io);
  REQUIRE(reload());
  REQUIRE_THAT(metrics(),
               Catch::Contains("arrivald_category_requests_total{account=\"main\",category=\"notice\"}"));
  const auto switchedOff = [&] {
    drain(io);
    minutePasses();
    REQUIRE(reload());
    CHECK_THAT(metrics(), !Catch::Contains("category=\"notice\""));
  };
  yaml = streaming("", ports("0", "0"));
  REQUIRE(reload());
  switchedOff();
  runTask(io, daemon->stop());
  daemon.reset();
  REQUIRE(start());
  switchedOff();
  // Switched on again, its counters continue.
  yaml = streaming("    categories: [notice]\n", ports("0", "0"));
  REQUIRE(reload());
  drain(io);
  REQUIRE(reload());
  CHECK_THAT(metrics(),
             Catch::Contains("arrivald_category_requests_total{account=\"main\",category=\"notice\"}"));
}

TEST_CASE_METHOD(DaemonFixture,
                 "a group of receivers that a reload renames or switches off is not exported") {
  const std::string groups = "event_stream: {listen: {port: 0}, domain_groups: [{name: ";
  const auto named = [&](const std::string& name) {
    yaml = streaming("", "listen: {port: 0}\n" + groups + name + ", domains: [partner.example.jp]}]}\n");
  };
  named("partner");
  REQUIRE(start());
  auto event = delivered("m1");
  event.replace(event.find("a@b.jp"), 6, "a@partner.example.jp");
  CHECK(post(event) == 204);
  minutePasses();
  REQUIRE(reload());
  REQUIRE_THAT(metrics(), Catch::Contains("domain_group=\"partner\""));
  named("friend");
  REQUIRE(reload());
  minutePasses();
  REQUIRE(reload());
  CHECK_THAT(metrics(), !Catch::Contains("domain_group=\"partner\""));
  yaml =
      "accounts:\n  - {name: main, key: {environment: KEY}, mailbox_providers: off, suppressions: false}\n"
      "channels: []\ndefault_rules: false\nstatus_page: off\nlisten: {port: 0}\n";
  REQUIRE(reload());
  minutePasses();
  REQUIRE(reload());
  CHECK_THAT(metrics(), !Catch::Contains("domain_group="));
}

TEST_CASE_METHOD(DaemonFixture, "a window removed by a reload is no longer exported") {
  yaml = streaming("", ports("0", "0") + "windows: [5m, 1h]\n");
  REQUIRE(start());
  drain(io);
  CHECK_THAT(metrics(), Catch::Contains("window=\"1h\""));
  yaml = streaming("", ports("0", "0") + "windows: [5m]\n");
  REQUIRE(reload());
  CHECK_THAT(metrics(), Catch::Contains("window=\"5m\"") && !Catch::Contains("window=\"1h\""));
}

TEST_CASE_METHOD(DaemonFixture, "a reload applies the limits of series") {
  const auto base = ports("0", "0") + "windows: [5m, 1h]\n";
  const auto ownSeries = [&](const std::string& group) {
    return Catch::Contains("arrivald_domain_group_delivered_total{account=\"main\",domain_group=\"" + group);
  };
  const auto after = [&](const std::string& settings) {
    yaml = streaming("", base + settings);
    REQUIRE((daemon ? reload() : start()));
    for (const auto* domain : {"gmail.com", "docomo.ne.jp"}) {
      auto event = delivered(domain + std::to_string(unixSeconds(clock.now())));
      event.replace(event.find("a@b.jp"), 6, std::string("a@") + domain);
      CHECK(post(event) == 204);
    }
    minutePasses();
    return metrics();
  };
  CHECK_THAT(after(""), ownSeries("Gmail") && ownSeries("docomo"));
  CHECK_THAT(after("cardinality: {domain_group: 1}\n"), !(ownSeries("Gmail") && ownSeries("docomo")));
  CHECK_THAT(after("cardinality: {domain_group: 2}\n"), ownSeries("Gmail") && ownSeries("docomo"));
  CHECK_THAT(after("metrics: {max_series: 1000}\n"), ownSeries("Gmail"));
  const auto windowOf = [](const std::string& window) {
    return Catch::Contains("domain_group=\"Gmail\",window=\"" + window + "\"");
  };
  REQUIRE(reload());
  CHECK_THAT(metrics(), windowOf("5m") && windowOf("1h"));
  after("metrics: {windows: {domain_group: [5m]}}\n");
  REQUIRE(reload());
  CHECK_THAT(metrics(), windowOf("5m") && !windowOf("1h"));
}

TEST_CASE_METHOD(DaemonFixture, "a reload exports the counters that a start with the same file exports") {
  const auto base = ports("0", "0");
  yaml = streaming(secondAccount(), base);
  REQUIRE(start());
  drain(io);
  for (const auto* domain : {"gmail.com", "docomo.ne.jp"}) {
    auto event = delivered(std::string("m-") + domain);
    event.replace(event.find("a@b.jp"), 6, std::string("a@") + domain);
    CHECK(post(event, "second") == 204);
  }
  minutePasses();
  yaml = streaming("", base + "cardinality: {domain_group: 1}\n");
  REQUIRE(reload());
  yaml = streaming(secondAccount(), base);
  REQUIRE(reload());
  for (const auto* group : {"Gmail", "docomo"})
    CHECK_THAT(metrics(),
               Catch::Contains(std::string("arrivald_domain_group_delivered_total{account=\"second\","
                                           "domain_group=\"") +
                               group + "\"} 1"));
}

TEST_CASE_METHOD(DaemonFixture, "an account that is removed and added again loses no acknowledged event") {
  const auto second = secondAccount();
  yaml = streaming(second, ports("0", "0"));
  REQUIRE(start());
  drain(io);
  CHECK(post(delivered("m0"), "second") == 204);
  minutePasses();
  CHECK(post(delivered("m1"), "second") == 204);  // acknowledged, not flushed yet
  yaml = streaming("", ports("0", "0"));
  REQUIRE(reload());
  CHECK(post(delivered("m2"), "second") == 401);
  CHECK_THAT(metrics(), !Catch::Contains("account=\"second\""));
  yaml = streaming(second, ports("0", "0"));
  REQUIRE(reload());
  minutePasses();
  CHECK(deliveredByStream("second") == 1);
  CHECK_THAT(metrics(), Catch::Contains("arrivald_events_total{account=\"second\",event=\"delivered\"} 2"));
}

TEST_CASE_METHOD(DaemonFixture, "the counters of a removed account do not come back after a restart") {
  const auto second = secondAccount();
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

TEST_CASE_METHOD(DaemonFixture, "events that arrive during a reload are received") {
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

TEST_CASE_METHOD(DaemonFixture,
                 "a reload that changes nothing says so, and each change is a line otherwise") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  const LoggedLines log;
  REQUIRE(reload());
  CHECK(log.count("nothing has changed") == 1);
  yaml = streaming("", "language: en\n" + ports("0", "0"));
  REQUIRE(reload());
  CHECK(log.count("nothing has changed") == 1);
  CHECK(log.count("reloaded: language") == 1);
}

TEST_CASE_METHOD(DaemonFixture,
                 "a reload says which certificates were read again, and reads a renewed one under its name") {
  const Certificates certificates;
  const auto listen = [&](const std::string& more = "") {
    return "listen: {port: 0}\nevent_stream: {listen: {port: 0, tls: {certificate: " +
           certificates.certificateFile() + ", key: " + certificates.keyFile() + "}}}\n" + more;
  };
  yaml = streaming("", listen());
  REQUIRE(start());
  const auto port = daemon->eventPort();
  const LoggedLines log;
  REQUIRE(reload());
  CHECK(log.count("read again") == 1);
  CHECK(log.count("file=" + certificates.certificateFile()) == 1);
  CHECK(log.count("nothing has changed") == 0);  // the file's content may have
  CHECK(daemon->eventPort() == port);
  std::filesystem::remove(certificates.certificateFile());
  const auto refused = reload();
  REQUIRE_FALSE(refused);
  CHECK(log.count("stays in effect") == 1);
  CHECK(log.count("read again") == 1);
  CHECK(daemon->eventPort() == port);
}

TEST_CASE_METHOD(DaemonFixture, "a certificate that no listener uses is not read") {
  const Certificates certificates;
  yaml = streaming("", "listen: {port: 0}\nevent_stream: {listen: {port: 0, tls: {certificate: " +
                           certificates.certificateFile() + ", key: " + certificates.keyFile() + "}}}\n");
  const auto events = yaml.find("    events:");
  yaml.erase(events, yaml.find('\n', events) + 1 - events);
  REQUIRE(start());
  CHECK(daemon->eventPort() == 0);
  const LoggedLines log;
  REQUIRE(reload());
  CHECK(log.count("read again") == 0);
  CHECK(log.count("nothing has changed") == 1);
}

TEST_CASE_METHOD(DaemonFixture, "a changed store.path is warned of at each reload, and the store stays") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  CHECK(post(delivered("m1")) == 204);
  const LoggedLines log;
  const TempStore elsewhere;
  const auto before = std::exchange(storePath, elsewhere.path());
  REQUIRE(reload());
  CHECK(log.count("warning a changed store.path takes effect at a restart only") == 1);
  yaml = streaming("", "language: en\n" + ports("0", "0"));
  REQUIRE(reload());
  CHECK(log.count("warning a changed store.path takes effect at a restart only") == 2);
  CHECK_FALSE(std::filesystem::exists(elsewhere.path()));
  storePath = before;
  REQUIRE(reload());
  CHECK(log.count("store.path") == 2);
}

TEST_CASE_METHOD(DaemonFixture, "a reload that changes the log's level takes effect with the reload") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  const LoggedLines log;  // restores the logger
  yaml = streaming("", "log: {level: error}\n" + ports("0", "0"));
  REQUIRE(reload());
  CHECK(log.count("reloaded") == 0);
  CHECK_FALSE(spdlog::default_logger()->should_log(spdlog::level::warn));
}

TEST_CASE_METHOD(DaemonFixture, "the service manager gets a status line after each reload that took effect") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  drain(io);
  const auto before = statusLines.lines.size();
  CHECK(before > 0);  // of the first evaluation
  REQUIRE(reload());
  drain(io);
  const auto after = statusLines.lines.size();
  CHECK(after > before);
  CHECK_THAT(statusLines.lines.back(), Catch::Contains("0 alerts firing; 1 accounts"));
  yaml += "lisen: {}\n";
  CHECK_FALSE(reload());
  CHECK(statusLines.lines.size() == after);
}

TEST_CASE_METHOD(DaemonFixture, "the listeners may swap their ports with each other by one reload") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  drain(io);
  const auto status = daemon->port(), stream = daemon->eventPort();
  yaml = streaming("", ports(std::to_string(stream), std::to_string(status)));
  const auto reloaded = reload();
  INFO((reloaded ? std::string() : reloaded.error().text));
  REQUIRE(reloaded);
  CHECK(daemon->port() == stream);
  CHECK(daemon->eventPort() == status);
  CHECK(post(delivered("m1")) == 204);
  CHECK(ask(stream, "/healthz").status == 200);
}

TEST_CASE_METHOD(DaemonFixture, "a check tries addresses and certificates, and takes no port") {
  const Occupied occupied(io);
  Certificates one, other;
  const auto tried = [&](const std::string& status, const std::string& events) {
    yaml = streaming("", "listen: {" + status + "}\nevent_stream: {listen: {" + events + "}}\n");
    const auto loaded = load();
    for (const auto& problem : loaded.problems) UNSCOPED_INFO(config::toText(problem, "yaml"));
    REQUIRE(loaded.config);
    const auto result = tryListeners(*loaded.config);
    return result ? std::string("yes") : result.error().text;
  };
  CHECK(tried("port: " + occupied.port(), "port: 0") == "yes");
  // TEST-NET-1 belongs to no machine (RFC 5737).
  CHECK_THAT(tried("address: 192.0.2.1, port: 9465", "port: 0"),
             Catch::Contains("listen: cannot listen on 192.0.2.1: ") &&
                 Catch::Contains("is this an address of this machine?"));
  const auto tls = [](const std::string& certificate, const std::string& key) {
    return "port: 0, tls: {certificate: " + certificate + ", key: " + key + "}";
  };
  CHECK(tried("port: 0", tls(one.certificateFile(), one.keyFile())) == "yes");
  CHECK_THAT(tried("port: 0", tls(one.certificateFile(), other.keyFile())),
             Catch::Contains("event_stream.listen: the private key ") && Catch::Contains("cannot be used"));
}

TEST_CASE_METHOD(DaemonFixture, "a reload to an address that the machine lacks does not advise a restart") {
  yaml = streaming("", ports("0", "0"));
  REQUIRE(start());
  const auto port = std::to_string(daemon->port());
  yaml =
      streaming("", "listen: {address: 192.0.2.1, port: " + port + "}\nevent_stream: {listen: {port: 0}}\n");
  const auto reloaded = reload();
  REQUIRE_FALSE(reloaded);
  CHECK_THAT(reloaded.error().text,
             Catch::Contains("is this an address of this machine?") && !Catch::Contains("restart"));
}
