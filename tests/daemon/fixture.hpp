// DaemonFixture: a daemon as the program runs it, over a scripted SendGrid and real listeners of this host.
#pragma once

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

namespace arrivald::testing {

using namespace std::chrono_literals;

/// Keeps the status lines that the service manager would get.
struct StatusLines final : watch::RoundObserver {
  std::vector<std::string> lines;
  void evaluated(const std::string& statusLine) override { lines.push_back(statusLine); }
};

/// Counts those that live: a real one keeps connections, and with them the loop going.
class CountedTransport final : public http::Transport {
 public:
  CountedTransport(http::Transport& shared, std::size_t& count) : shared_(shared), count_(count) { ++count_; }
  CountedTransport(const CountedTransport&) = delete;
  CountedTransport& operator=(const CountedTransport&) = delete;
  ~CountedTransport() override { --count_; }
  runtime::Task<Result<http::Response, http::Failure>> send(http::Request request) override {
    return shared_.send(std::move(request));
  }

 private:
  http::Transport& shared_;
  std::size_t& count_;
};

/// A whole daemon in this process, with a clock, a SendGrid and a store that the test decides on.
struct DaemonFixture {
  TempStore folder;
  ManualClock clock{parseIso("2026-11-25T03:00:00Z").value()};
  SystemClock networkClock;
  boost::asio::io_context io;
  FakeTransport provider;
  std::size_t transports = 0;  ///< that the daemon has
  simulator::EventSigner signer;
  std::string yaml;
  std::map<std::string, std::string> secrets{{"KEY", "SG.key"}, {"PASSWORD", "first"}};
  std::string storePath = folder.path();
  StatusLines statusLines;
  std::function<void(config::Environment&)> surround;  ///< changes what the configuration is read from
  std::optional<std::string> failure;                  ///< thrown when the configuration is read
  std::unique_ptr<Daemon> daemon;

  DaemonFixture() {
    provider.always(
        FakeTransport::asked("GET", "/v3/stats?"),
        FakeTransport::reply(200, R"([{"date":"2026-11-25","stats":[{"metrics":{"requests":10,)"
                                  R"("processed":10,"delivered":10,"bounces":0,"blocks":0,"deferred":0,)"
                                  R"("bounce_drops":0,"spam_report_drops":0,"invalid_emails":0,)"
                                  R"("unsubscribe_drops":0,"spam_reports":0,"unsubscribes":0}}]}])"));
    provider.always(FakeTransport::asked("GET", "/v3/scopes"), FakeTransport::reply(200, R"({"scopes":[]})"));
    provider.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
    yaml = streaming();
  }
  ~DaemonFixture() {
    if (daemon) runTask(io, daemon->stop());
  }

  std::string streaming(const std::string& account = "", const std::string& rest = "") const {
    return "accounts:\n  - name: main\n    key: {environment: KEY}\n    mailbox_providers: off\n    "
           "suppressions: false\n    events: {public_keys: [" +
           signer.publicKey() + "]}\n" + account + "channels: []\ndefault_rules: false\nstatus_page: off\n" +
           rest;
  }
  /// To be appended to the accounts of streaming().
  std::string secondAccount() const {
    return "  - name: second\n    key: {environment: KEY}\n    mailbox_providers: off\n    "
           "suppressions: false\n    events: {public_keys: [" +
           signer.publicKey() + "]}\n";
  }
  static std::string ports(const std::string& status, const std::string& events) {
    return "listen: {port: " + status + "}\nevent_stream: {listen: {port: " + events + "}}\n";
  }
  /// A channel "ops" in English, whose webhook takes everything.
  void addSlack() {
    const std::string none = "channels: []\n";
    yaml.replace(yaml.find(none), none.size(),
                 "channels: [{name: ops, type: slack, language: en, webhook: {environment: HOOK}}]\n");
    secrets["HOOK"] = "https://hooks.slack.com/services/T/B/x";
    provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(200, "ok"));
  }
  config::Loaded load() const {
    auto environment = config::Environment::ofProcess();
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = secrets.find(name);
      if (found == secrets.end()) return std::nullopt;
      return found->second;
    };
    if (surround) surround(environment);
    auto loaded = config::load(yaml, environment);
    if (loaded.config) loaded.config->storePath = storePath;
    return loaded;
  }
  void make() {
    DaemonEnvironment environment{io,
                                  clock,
                                  networkClock,
                                  [] { return 0.5; },
                                  statusLines,
                                  [this] {
                                    if (failure) throw std::runtime_error(*failure);
                                    return load();
                                  },
                                  [this](const config::Config&) -> std::unique_ptr<http::Transport> {
                                    return std::make_unique<CountedTransport>(provider, transports);
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
  http::Response get(const std::string& path) { return ask(daemon->port(), path); }
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

}  // namespace arrivald::testing
