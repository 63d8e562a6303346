// `arrivald doctor`: what it finds, what it says is to be done, and its exit code.
#include "daemon/doctor.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "store/database.hpp"
#include "support/manual_clock.hpp"
#include "support/shared_transport.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using Catch::Contains;

namespace {

constexpr const char* kScopes =
    R"({"scopes": ["stats.read", "user.webhooks.event.settings.read", "mailbox_providers.stats.read"]})";

constexpr const char* kWebhooks = R"({"webhooks": [{"id": "a", "enabled": true,
  "url": "https://mail.example.jp/events/main", "processed": true, "dropped": true, "deferred": true,
  "delivered": true, "bounce": true, "open": true, "click": true, "spam_report": true, "unsubscribe": true,
  "group_unsubscribe": true, "group_resubscribe": true, "account_status_change": true}]})";

// A machine on which all is well.
struct NameServer final : dns::Resolver {
  using Records = std::map<std::string, std::vector<std::string>>;
  NameServer(const Records& of, bool works) : records(of), answers(works) {}
  runtime::Task<dns::Answer> texts(std::string name) override {
    dns::Answer answer;
    if (answers) answer.state = dns::Answer::State::none;
    if (const auto found = records.find(name); answers && found != records.end() && !found->second.empty())
      answer = {.state = dns::Answer::State::found, .texts = found->second};
    co_return std::move(answer);
  }
  const Records& records;
  bool answers;
};

struct Fixture {
  Fixture() {
    chmod(folder.folder().c_str(), 0755);
    std::filesystem::create_directories(path("system"));
    put("sendgrid-key", "SG.key");
    put("slack-webhook", "https://hooks.slack.com/services/T/B/secret-hook");
    std::ofstream(path("system") + "/arrivald.service")
        << "[Service]\nExecStart=/usr/bin/arrivald run " << path("arrivald.yaml") << "\nLimitNOFILE=16384\n"
        << "LoadCredential=sendgrid-key:" << path("sendgrid-key")
        << "\nLoadCredential=slack-webhook:" << path("slack-webhook") << "\n";
    provider.always(FakeTransport::asked("GET", "/v3/scopes"),
                    [this](const http::Request&) { return scopes; });
    provider.always(FakeTransport::asked("POST", "hooks.slack.com"),
                    [this](const http::Request&) { return slack; });
    REQUIRE(store::Database::open(path("arrivald.db")));
  }
  std::string path(const std::string& name) const { return folder.folder() + "/" + name; }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    chmod(path(name).c_str(), 0600);
  }
  Output doctor(DoctorOptions options = {}) {
    put("arrivald.yaml", yaml + "store: {path: " + path("arrivald.db") + "}\n");
    options.config = path("arrivald.yaml");
    DoctorEnvironment environment;
    environment.check.environment = config::Environment::ofProcess();
    environment.check.environment.variable = [](const std::string&) -> std::optional<std::string> {
      return std::nullopt;
    };
    environment.check.unitFolders = {path("system")};
    environment.check.makeTransport = [this](auto&, auto&, const auto&) -> std::unique_ptr<http::Transport> {
      return std::make_unique<SharedTransport>(provider);
    };
    environment.clock = &clock;
    environment.ask = [this](const std::string& target) {
      asked = target;
      return daemon;
    };
    environment.roomAt = [this](const std::string&) { return room; };
    environment.unitState = [this] { return unit; };
    environment.makeResolver = [this](auto&, auto&) {
      return std::make_unique<NameServer>(records, resolves);
    };
    auto output = doctorOutput(options, environment);
    CHECK_THAT(output.out, !Contains("secret-hook") && !Contains("SG.key") && !Contains("[doctor."));
    return output;
  }
  // "warning" of the check "clock"; the remedy, too, where there is one.
  std::string found(const std::string& check) {
    DoctorOptions options;
    options.json = true;
    const auto answer = nlohmann::json::parse(doctor(options).out);
    std::string all;
    for (const auto& one : answer["checks"])
      if (one["check"] == check)
        all += one["result"].get<std::string>() + ": " + one["text"].get<std::string>() + " | " +
               one.value("todo", "") + "\n";
    return all;
  }

  TempStore folder;
  FakeTransport provider;
  ManualClock clock{Instant(std::chrono::sys_days{std::chrono::year(2026) / 11 / 27})};
  FakeTransport::Answer scopes =
      FakeTransport::reply(200, kScopes, {{"Date", "Fri, 27 Nov 2026 00:00:00 GMT"}});
  FakeTransport::Answer slack = FakeTransport::reply(400, "no_text");
  DaemonAnswer daemon{kExitOk, 200, std::string(R"({"version": ")") + kVersion + R"(", "problems": []})", "",
                      ""};
  std::optional<Room> room = Room{std::uint64_t{50} << 30, 0.5, 0.9};
  std::optional<UnitState> unit = UnitState{"active", "enabled"};
  std::map<std::string, std::vector<std::string>> records;
  bool resolves = true;
  std::string asked;  // of the daemon
  std::string yaml =
      "language: en\ntime_zone: Asia/Tokyo\naccounts: [{key: {credential: sendgrid-key}, credits: false, "
      "mailbox_providers: off, suppressions: false}]\nslack: {webhook: {credential: slack-webhook}}\n"
      "listen: {port: 0}\n";
};

}  // namespace

TEST_CASE_METHOD(Fixture, "where all is well the doctor has nothing to say but that, and exits with 0") {
  const auto output = doctor();
  INFO(output.out);
  CHECK(output.exit == kDoctorSound);
  CHECK_THAT(output.out, Contains("0 failed, 0 to look at"));
  CHECK_THAT(output.out, Contains("the clock agrees with that of api.sendgrid.com"));
  CHECK_THAT(output.out, Contains("is whole"));
}

TEST_CASE_METHOD(Fixture, "every text of the doctor is there in Japanese, too") {
  yaml.replace(0, 12, "language: ja");
  const auto output = doctor();
  CHECK_THAT(output.out, Contains("異常 0、注意 0"));
}

TEST_CASE_METHOD(Fixture,
                 "a mistake of the configuration is a finding, and the rest is looked at all the same") {
  yaml += "listn: {port: 1}\n";
  const auto output = doctor();
  CHECK(output.exit == kDoctorFinding);
  CHECK_THAT(output.out, Contains("failed: ") && Contains("listn"));
  CHECK_THAT(output.out, Contains("the daemon answers"));
}

TEST_CASE_METHOD(Fixture, "a key and a webhook that are refused fail, each in its group") {
  scopes = FakeTransport::reply(401, R"({"errors": [{"message": "authorization required"}]})");
  slack = FakeTransport::reply(404, "no_service");
  const auto output = doctor();
  CHECK(output.exit == kDoctorFinding);
  CHECK_THAT(found("key"), Contains("failed: accounts[main].key"));
  CHECK_THAT(found("webhook"), Contains("failed: channels[slack].webhook"));
}

TEST_CASE_METHOD(Fixture, "a webhook whose name is not known fails with what to do") {
  slack = http::Failure{http::Failure::Kind::dns, "hooks.slack.com: no such host"};
  CHECK_THAT(found("webhook"), Catch::StartsWith("failed") && Contains("| ") && Contains("http.proxy"));
}

TEST_CASE_METHOD(Fixture, "a heartbeat that is missing is advice, and no failure to look") {
  CHECK_THAT(found("heartbeat"), Catch::StartsWith("advice") && Contains("ArrivaldDown"));
  CHECK(doctor().exit == kDoctorSound);
}

TEST_CASE_METHOD(Fixture, "the daemon is asked in the language of the answer") {
  doctor();
  CHECK(asked == "/api/status?lang=en");
  DoctorOptions options;
  options.language = Language::japanese;
  doctor(options);
  CHECK(asked == "/api/status?lang=ja");
}

TEST_CASE_METHOD(Fixture, "a key of the other region is told with the region to write") {
  provider.clear();
  provider.always(FakeTransport::asked("GET", "api.eu.sendgrid.com/v3/scopes"),
                  FakeTransport::reply(200, kScopes));
  provider.always(FakeTransport::asked("GET", "/v3/scopes"), FakeTransport::reply(401, "{}"));
  CHECK_THAT(found("region"), Contains("failed") && Contains("region: eu"));
}

TEST_CASE_METHOD(Fixture, "a clock is compared with those who answer") {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "ok"}, {5, "ok"}, {30, "warning: "}, {3600, "failed: "}, {-30, "warning: "}, {-3600, "failed: "}};
  const auto start = clock.now();
  for (const auto& [seconds, result] : cases) {
    CAPTURE(seconds);
    clock.step(start + std::chrono::seconds(seconds) - clock.now());
    CHECK_THAT(found("clock"), Catch::StartsWith(result));
  }
  clock.step(start - clock.now());
  scopes = FakeTransport::reply(200, kScopes);
  CHECK_THAT(found("clock"), Catch::StartsWith("skipped"));
  CHECK(doctor().exit == kDoctorBlind);
}

TEST_CASE_METHOD(Fixture, "little room is a warning, hardly any a failure; so are inodes") {
  room = Room{std::uint64_t{500} << 20, 0.5, 0.9};
  CHECK_THAT(found("disk"), Catch::StartsWith("warning") && Contains("500 MiB") && Contains("journalctl"));
  room = Room{std::uint64_t{50} << 20, 0.5, 0.005};
  CHECK_THAT(found("disk"), Catch::StartsWith("failed"));
  CHECK_THAT(found("inodes"), Catch::StartsWith("failed") && Contains("du --inodes"));
  room = std::nullopt;
  CHECK(doctor().exit == kDoctorBlind);
}

TEST_CASE_METHOD(Fixture, "a damaged store is told with how a copy is put back") {
  std::ofstream(path("arrivald.db"), std::ios::in | std::ios::out)
      .seekp(8192)
      .write(std::string(65536, 'x').c_str(), 65536);
  CHECK_THAT(found("store"), Catch::StartsWith("failed") && Contains("arrivald restore"));
}

TEST_CASE_METHOD(Fixture, "the unit's state is told with the command that mends it") {
  const std::tuple<UnitState, const char*, const char*> cases[] = {
      {{"failed", "enabled"}, "failed", "journalctl -u arrivald"},
      {{"inactive", "disabled"}, "failed", "systemctl enable --now arrivald"},
      {{"active", "disabled"}, "warning", "systemctl enable arrivald"}};
  for (const auto& [state, result, todo] : cases) {
    unit = state;
    CHECK_THAT(found("unit"), Catch::StartsWith(result) && Contains(todo));
  }
}

TEST_CASE_METHOD(Fixture, "what the daemon itself reports is told, and that it is an older version") {
  daemon.body =
      R"({"version": "0.0.1", "problems": [{"severity": "critical", "text": "nothing is stored"}]})";
  CHECK_THAT(found("daemon"), Catch::StartsWith("warning") && Contains("0.0.1") && Contains("restart"));
  CHECK_THAT(found("status"), Catch::StartsWith("failed: nothing is stored"));
  // Right after the start nothing is known yet, and nothing is to be done about that.
  daemon.body = std::string(R"({"version": ")") + kVersion +
                R"(", "problems": [{"severity": "info", "text": "started a minute ago"}]})";
  CHECK_THAT(found("status"), Catch::StartsWith("advice: started a minute ago"));
  CHECK(doctor().exit == kDoctorSound);
  daemon = {kExitFailed, 0, "", "nobody answers at 127.0.0.1:9465\n", ""};
  CHECK_THAT(found("daemon"), Catch::StartsWith("failed") && Contains("127.0.0.1:9465"));
}

TEST_CASE_METHOD(Fixture, "the event webhook's settings are compared with the configuration, its key too") {
  yaml.replace(
      yaml.find("credits: false"), 14,
      "credits: false, events: {accept_unsigned: true, url: \"https://mail.example.jp/events/main\"}");
  INFO(doctor().out);
  const auto webhooks = FakeTransport::asked("GET", "/v3/user/webhooks/event/settings");
  SECTION("none posts here") {
    provider.always(webhooks, FakeTransport::reply(200, R"({"webhooks": []})"));
    CHECK_THAT(found("event_webhook"), Catch::StartsWith("failed") && Contains("webhook enable"));
  }
  SECTION("the key may not read them") {
    provider.always(webhooks, FakeTransport::reply(403, "{}"));
    CHECK_THAT(found("event_webhook"), Catch::StartsWith("skipped") && Contains("settings.read"));
  }
  SECTION("all is as it should be, but the address does not answer from here") {
    provider.always(webhooks, FakeTransport::reply(200, kWebhooks));
    CHECK_THAT(found("event_webhook"), Catch::StartsWith("ok"));
    CHECK_THAT(found("event_address"), Catch::StartsWith("warning") && Contains("curl -i"));
    provider.always(FakeTransport::asked("GET", "mail.example.jp/events/main"),
                    FakeTransport::reply(405, "", {{"Date", "Fri, 27 Nov 2026 05:00:00 GMT"}}));
    CHECK_THAT(found("event_address"), Catch::StartsWith("ok") && Contains("mail.example.jp"));
    // Its clock may be this machine's own.
    CHECK_THAT(found("clock"), Catch::StartsWith("ok") && Contains("api.sendgrid.com"));
  }
}

TEST_CASE_METHOD(Fixture, "the domains that mail is sent as are looked up") {
  yaml += "dmarc: {domains: [example.jp], post: {user: r, password: {file: " + path("sendgrid-key") + "}}}\n";
  records = {{"example.jp", {"v=spf1 include:sendgrid.net ~all", "google-site-verification=x"}},
             {"s1._domainkey.example.jp", {"k=rsa; t=s; p=" + std::string(392, 'A')}},
             {"s2._domainkey.example.jp", {"k=rsa; t=s; p=" + std::string(392, 'A')}},
             {"_dmarc.example.jp", {"v=DMARC1; p=none; rua=mailto:dmarc@example.jp"}}};
  for (const auto* check : {"record", "reports", "dkim", "spf"}) {
    CAPTURE(check);
    CHECK_THAT(found(check), Catch::StartsWith("ok: example.jp: "));
  }
  records["example.jp"].push_back("v=spf1 -all");
  CHECK_THAT(found("spf"), Catch::StartsWith("failed"));
  records["s2._domainkey.example.jp"] = {"k=rsa; p="};
  CHECK_THAT(found("dkim"), Contains("failed: ") && Contains("s2._domainkey.example.jp"));
  records["_dmarc.example.jp"] = {};
  CHECK_THAT(found("record"), Catch::StartsWith("failed") && Contains("_dmarc.example.jp"));
  resolves = false;
  CHECK_THAT(found("record"), Catch::StartsWith("skipped"));
}

TEST_CASE_METHOD(Fixture, "offline nobody is asked") {
  DoctorOptions options;
  options.offline = true;
  CHECK(doctor(options).exit == kDoctorBlind);
  CHECK(provider.requests().empty());
}

TEST_CASE_METHOD(Fixture, "secrets that cannot be read are unknown, not in order") {
  CHECK_THAT(found("secrets"), Contains("ok: all 2 secrets"));
  std::filesystem::remove(path("slack-webhook"));
  CHECK_THAT(found("secrets"), Contains("skipped: 1 of 2 secrets cannot be read here") && !Contains("ok: "));
  std::filesystem::remove(path("sendgrid-key"));
  CHECK_THAT(found("secrets"), Contains("skipped: 2 of 2 secrets cannot be read here"));
  SECTION("nor without a unit that hands them over") {
    std::filesystem::remove_all(path("system"));
    CHECK_THAT(found("secrets"), Contains("skipped: 2 of 2 secrets cannot be read here"));
    CHECK_THAT(found("file"), !Contains("not checked"));
  }
}
