// `arrivald check`: what the service could do with a configuration, where an alert would go, and whether key
// and webhook work.
#include "daemon/check.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "support/shared_transport.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using Catch::Contains;

namespace {

struct Fixture {
  Fixture() {
    // As systemd has it: what root owns, others may not read.
    chmod(folder.folder().c_str(), 0755);
    std::filesystem::create_directories(units());
    put("sendgrid-key", "SG.key", 0600);
    put("slack-webhook", "https://hooks.slack.com/services/T/B/secret-hook", 0600);
    unit("LoadCredential=sendgrid-key:" + path("sendgrid-key") +
         "\nLoadCredential=slack-webhook:" + path("slack-webhook") + "\n");
  }
  std::string path(const std::string& name) const { return folder.folder() + "/" + name; }
  std::string units() const { return path("system"); }
  void put(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    std::ofstream(path(name)) << text;
    chmod(path(name).c_str(), mode);
  }
  void unit(const std::string& lines) const {
    std::ofstream(units() + "/arrivald.service")
        << "[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/arrivald run " << path("arrivald.yaml")
        << "\n"
        << "DynamicUser=yes\nStateDirectory=arrivald\nProtectSystem=strict\n"
        << lines << "[Install]\nWantedBy=multi-user.target\n";
  }
  void dropIn(const std::string& lines) const {
    std::filesystem::create_directories(units() + "/arrivald.service.d");
    std::ofstream(units() + "/arrivald.service.d/override.conf") << "[Service]\n" << lines;
  }
  Output check(const std::string& more = "", CheckOptions options = {}) {
    put("arrivald.yaml", yaml + more);
    options.config = path("arrivald.yaml");
    CheckEnvironment environment;
    environment.environment = config::Environment::ofProcess();
    environment.environment.variable = [](const std::string& name) -> std::optional<std::string> {
      if (name == "HOOK") return "https://hooks.slack.com/services/T/B/secret-hook";
      return std::nullopt;
    };
    environment.unitFolders = {units()};
    environment.makeTransport = [this](auto&, auto&, const auto&) -> std::unique_ptr<http::Transport> {
      return std::make_unique<SharedTransport>(provider);
    };
    auto output = checkOutput(options, environment);
    CHECK_THAT(output.out + output.err, !Contains("secret-hook") && !Contains("SG.key"));
    return output;
  }
  Output online() {
    CheckOptions options;
    options.online = true;
    return check("", options);
  }

  TempStore folder;
  FakeTransport provider;
  std::string yaml =
      "language: en\ntime_zone: Asia/Tokyo\naccounts: [{key: {credential: sendgrid-key}, credits: false, "
      "mailbox_providers: off, suppressions: false}]\nslack: {webhook: {credential: slack-webhook}}\n"
      "listen: {port: 0}\n";
};

}  // namespace

TEST_CASE_METHOD(
    Fixture, "a configuration whose credentials the unit hands over is in order, and they are read there") {
  const auto output = check();
  CHECK(output.exit == kExitOk);
  CHECK(output.err.empty());
  CHECK_THAT(output.out, Contains("hands over what this configuration needs"));
  CHECK_THAT(output.out, Contains("Store: /var/lib/arrivald/arrivald.db"));
  put("sendgrid-key", "", 0600);
  const auto empty = check();
  CHECK(empty.exit == kExitConfig);
  CHECK_THAT(empty.err, Contains("credential sendgrid-key is empty"));
}

TEST_CASE_METHOD(Fixture, "a store whose folder is missing is a mistake, with what to do about it") {
  const auto missing = check("store: {path: " + path("none/arrivald.db") + "}\n");
  CHECK(missing.exit == kExitConfig);
  CHECK_THAT(missing.err, Contains("store.path: there is no folder " + path("none")) &&
                              Contains("sudo install -d -m 700 -o USER " + path("none")));
  put("file", "");
  const auto file = check("store: {path: " + path("file/arrivald.db") + "}\n");
  CHECK(file.exit == kExitConfig);
  CHECK_THAT(file.err, Contains("store.path") && Contains(path("file")));
}

TEST_CASE_METHOD(Fixture, "a credential that the unit does not hand over is a mistake that names the line") {
  unit("LoadCredential=sendgrid-key:" + path("sendgrid-key") + "\n");
  const auto output = check();
  CHECK(output.exit == kExitConfig);
  CHECK_THAT(output.err, Contains("slack.webhook") &&
                             Contains("LoadCredential=slack-webhook:/etc/arrivald/slack-webhook") &&
                             Contains("systemctl edit arrivald"));
  SECTION("a drop-in counts") {
    dropIn("LoadCredential=slack-webhook:\\\n  " + path("slack-webhook") + "\n");
    dropIn("LoadCredential=slack-webhook:" + path("slack-webhook") + "\n");
    CHECK(check().exit == kExitOk);
  }
  SECTION("a folder of secrets gives each file a name") {
    std::filesystem::create_directories(path("secrets"));
    put("secrets/hook", "https://hooks.slack.com/services/T/B/secret-hook", 0600);
    dropIn("LoadCredential=s:" + path("secrets") + "\n");
    yaml.replace(yaml.find("slack-webhook"), 13, "s_hook");
    CHECK(check().exit == kExitOk);
  }
  SECTION("one that is set in the unit or encrypted cannot be read here, which is a warning") {
    dropIn("SetCredential=slack-webhook:x\n");
    CHECK(check().exit == kExitOk);
    CHECK_THAT(check().err, Contains("not checked"));
  }
}

TEST_CASE_METHOD(Fixture, "each credential of the file is compared with the unit, wherever it stands") {
  const std::pair<const char*, const char*> cases[] = {
      {"dmarc: {domains: [example.jp], post: {user: r, password: {credential: extra}}}\n",
       "dmarc.post.password"},
      {"heartbeat: {url: {credential: extra}}\n", "heartbeat.url"},
      {"http: {proxy: {credential: extra}}\n", "http.proxy"},
      {"causes: {language_model: {url: https://m.example.jp/v1, model: m, key: {credential: extra}}}\n",
       "causes.language_model.key"},
      {"event_stream: {forward: [{name: copy, url: {credential: extra}}]}\n",
       "event_stream.forward[copy].url"},
  };
  for (const auto& [more, key] : cases) {
    CAPTURE(more);
    std::filesystem::remove_all(units() + "/arrivald.service.d");
    const auto without = check(more);
    CHECK(without.exit == kExitConfig);
    CHECK_THAT(without.err,
               Contains(std::string(key) + ": ") && Contains("LoadCredential=extra:/etc/arrivald/extra"));
    // A line whose file is missing is used all the same.
    dropIn("LoadCredential=extra:" + path("extra") + "\n");
    const auto missing = check(more);
    CHECK(missing.exit == kExitConfig);
    CHECK_THAT(missing.err, Contains(std::string(key) + ": ") && Contains("does not exist") &&
                                !Contains("nothing uses it"));
  }
  std::filesystem::remove_all(units() + "/arrivald.service.d");
  for (const std::string way : {"basic_auth: {user: u, password", "oauth: {client_id: c, client_secret"}) {
    const auto before = yaml;
    yaml.replace(yaml.find("credits: false"), 14,
                 "credits: false, events: {accept_unsigned: true, " + way + ": {credential: extra}}}");
    CHECK_THAT(check().err, Contains("LoadCredential=extra:/etc/arrivald/extra"));
    yaml = before;
  }
}

TEST_CASE_METHOD(Fixture, "a line of the unit that no secret needs is to be removed if its file is missing") {
  dropIn("LoadCredential=extra:" + path("extra") + "\n");
  CHECK_THAT(check().err, Contains("nothing uses it"));
}

TEST_CASE_METHOD(Fixture, "a secret that the service does not get is told once") {
  std::filesystem::remove(path("slack-webhook"));
  const auto err = check().err;
  CHECK(std::ranges::count(err, '\n') == 1);
  CHECK_THAT(err, !Contains("not checked"));
}

TEST_CASE_METHOD(Fixture,
                 "certificate and key of TLS can be credentials, which are read where the unit has them") {
  put("tls.crt", "-----BEGIN CERTIFICATE-----\n", 0644);
  put("tls.key", "no key", 0600);
  yaml.replace(yaml.find("{port: 0}"), 9,
               "{port: 0, tls: {certificate: " + path("tls.crt") + ", key: {credential: tls-key}}}");
  CHECK_THAT(check().err, Contains("listen.tls.key: ") && Contains("LoadCredential=tls-key:"));
  dropIn("LoadCredential=tls-key:" + path("tls.key") + "\n");
  CHECK_THAT(check().err, Contains("listen.tls.key: ") && Contains("does not contain a private key"));
}

TEST_CASE_METHOD(Fixture, "a folder of DMARC reports that the service cannot read is a mistake") {
  const auto of = [&](const std::string& folderOfReports) {
    return check("dmarc: {domains: [example.jp], directory: " + folderOfReports + "}\n");
  };
  CHECK_THAT(of(path("reports")).err, Contains("dmarc.directory: ") && Contains("there is no folder"));
  std::filesystem::create_directories(path("reports"));
  chmod(path("reports").c_str(), 0700);
  CHECK(of(path("reports")).exit == kExitConfig);
  CHECK_THAT(of(path("reports")).err, Contains("dmarc.directory: ") && Contains("may not read it"));
  chmod(path("reports").c_str(), 0744);
  CHECK(of(path("reports")).exit == kExitConfig);
  chmod(path("reports").c_str(), 0755);
  CHECK(of(path("reports")).exit == kExitOk);
  for (const std::string part : {"reports/new", "reports/cur"})
    std::filesystem::create_directories(path(part));
  for (const std::string part : {"reports/new", "reports/cur"}) {
    chmod(path(part).c_str(), 0700);
    CHECK_THAT(of(path("reports")).err,
               Contains("dmarc.directory: ") && Contains("cannot read the folder " + path(part)));
    CHECK(of(path("reports")).exit == kExitConfig);
    chmod(path(part).c_str(), 0755);
  }
  CHECK(of(path("reports")).exit == kExitOk);
  dropIn("ProtectHome=yes\n");
  CHECK_THAT(of("/home/dm/dmarc").err, Contains("ProtectHome= hides it"));
  put("file", "x");
  CHECK_THAT(of(path("file")).err, Contains("is not a folder"));
}

TEST_CASE_METHOD(Fixture, "a credential whose file is missing keeps the service from starting") {
  std::filesystem::remove(path("slack-webhook"));
  const auto output = check();
  CHECK(output.exit == kExitConfig);
  CHECK_THAT(output.err, Contains("LoadCredential=slack-webhook:") && Contains("does not exist"));
}

TEST_CASE_METHOD(Fixture, "what this user may read and the service may not is a mistake") {
  yaml.replace(yaml.find("{credential: slack-webhook}"), 27, "{file: " + path("slack-webhook") + "}");
  const auto output = check();
  CHECK(output.exit == kExitConfig);
  CHECK_THAT(output.err, Contains("slack.webhook") && Contains("the service's user may not read it") &&
                             Contains("LoadCredential="));
  unit("LoadCredential=sendgrid-key:" + path("sendgrid-key") + "\nDynamicUser=no\n");
  CHECK(check().exit == kExitOk);  // root's service reads root's files
}

TEST_CASE_METHOD(Fixture, "a store where the service may not write, or that is no database, is a mistake") {
  const auto elsewhere = check("store: {path: " + path("arrivald.db") + "}\n");
  CHECK(elsewhere.exit == kExitConfig);
  CHECK_THAT(elsewhere.err, Contains(path("arrivald.db")) && Contains("ProtectSystem=strict") &&
                                Contains("ReadWritePaths="));
  dropIn("ReadWritePaths=" + folder.folder() + "\n");
  CHECK(check("store: {path: " + path("arrivald.db") + "}\n").exit == kExitOk);
  CHECK_FALSE(std::filesystem::exists(path("arrivald.db.check")));
  put("arrivald.db", std::string(5000, 'x'));
  CHECK_THAT(check("store: {path: " + path("arrivald.db") + "}\n").err, Contains("is not a database"));
}

TEST_CASE_METHOD(
    Fixture, "without the unit the store's path is still named in full, and what was not checked is said") {
  std::filesystem::remove_all(units());
  const auto output = check();
  CHECK(output.exit == kExitOk);
  CHECK_THAT(output.out, Contains("Store: " + std::filesystem::current_path().string() + "/arrivald.db") &&
                             Contains("not installed here"));
}

TEST_CASE_METHOD(Fixture, "where alerts go is proven by the routes") {
  CHECK_THAT(check().out, Contains("reach a channel: slack"));
  const auto partly = check("routes: [{severity: critical, channels: [slack]}]\n");
  CHECK(partly.exit == kExitOk);
  CHECK_THAT(partly.err, Contains("kinds of alert reach nobody") && Contains("(warning)"));
}

TEST_CASE_METHOD(
    Fixture, "online: key and webhook are tried without a visible message, and what is not proven is said") {
  provider.always(FakeTransport::asked("GET", "/v3/scopes"),
                  FakeTransport::reply(200, R"({"scopes":["stats.read"]})"));
  SECTION("both work") {
    provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(400, "no_text"));
    const auto output = online();
    CHECK(output.exit == kExitOk);
    CHECK_THAT(output.out, Contains("SendGrid takes the key of account main") && Contains("every scope") &&
                               Contains("Slack knows the webhook of channel slack") &&
                               Contains("Not proven"));
    CHECK(provider.requests().back().body == "{}");
  }
  SECTION("a webhook that was revoked") {
    provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(404, "no_service"));
    const auto output = online();
    CHECK(output.exit == kExitFailed);
    CHECK_THAT(output.err, Contains("channels[slack].webhook") && Contains("404 no_service"));
  }
  SECTION("something that takes everything") {
    provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(200, "ok"));
    CHECK(online().exit == kExitFailed);
  }
}

TEST_CASE_METHOD(Fixture, "online: a key that is refused or lacks a scope is a failure") {
  provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(400, "no_text"));
  SECTION("refused") {
    provider.always(FakeTransport::asked("GET", "/v3/scopes"),
                    FakeTransport::reply(401, R"({"errors":[{"message":"authorization required"}]})"));
    const auto output = online();
    CHECK(output.exit == kExitFailed);
    CHECK_THAT(output.err, Contains("accounts[main].key"));
  }
  SECTION("lacks a scope") {
    provider.always(FakeTransport::asked("GET", "/v3/scopes"),
                    FakeTransport::reply(200, R"({"scopes":["mail.send"]})"));
    const auto output = online();
    CHECK(output.exit == kExitFailed);
    CHECK_THAT(output.err, Contains("lacks the scope stats.read"));
  }
}

namespace {
const std::string kDesk =
    "desk: {proxy: {peers: [127.0.0.1], header: X-Remote-User}, listen: {port: 0}, url: "
    "https://desk.example.jp, "
    "users: [{name: hanako, role: operator}], delete_key: {credential: delete-key}}\n";
}

TEST_CASE_METHOD(Fixture, "a key of the desk that the unit does not load is a problem as any other") {
  const auto output = check(kDesk);
  CHECK(output.exit == kExitConfig);
  CHECK_THAT(output.err, Contains("desk.delete_key: ") && Contains("delete-key"));
}

TEST_CASE_METHOD(Fixture,
                 "online: the desk's key is tried for what it is to release, and nothing is released") {
  put("delete-key", "SG.other", 0600);
  dropIn("LoadCredential=delete-key:" + path("delete-key") + "\n");
  provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(400, "no_text"));
  CheckOptions options;
  options.online = true;
  SECTION("it has what it needs") {
    provider.always(FakeTransport::asked("GET", "/v3/scopes"),
                    FakeTransport::reply(200, R"({"scopes":["stats.read","suppression.read",)"
                                              R"("suppression.bounces.delete","suppression.blocks.delete",)"
                                              R"("suppression.invalid_emails.delete"]})"));
    const auto output = check(kDesk, options);
    CHECK(output.exit == kExitOk);
    CHECK_THAT(output.out, Contains("SendGrid takes the desk's key of account main") &&
                               Contains("nothing was released); it has every scope"));
  }
  SECTION("it lacks some") {
    provider.always(FakeTransport::asked("GET", "/v3/scopes"),
                    FakeTransport::reply(200, R"({"scopes":["stats.read","suppression.read",)"
                                              R"("suppression.bounces.delete"]})"));
    const auto output = check(kDesk, options);
    CHECK(output.exit == kExitFailed);
    CHECK_THAT(output.err, Contains("desk.delete_key[main]: lacks the scope suppression.blocks.delete") &&
                               !Contains("suppression.bounces.delete") &&
                               !Contains("suppression.spam_reports"));
  }
  for (const auto& request : provider.requests()) CHECK(request.method != "DELETE");
}

TEST_CASE_METHOD(Fixture, "a name that nearly is a known one is asked about, in names and in except") {
  const auto output =
      check("rules: [{name: drift, except: [docmo, anything]}, {name: delivery-rate, except: [mian]}]\n");
  CHECK_THAT(output.err, Contains("did you mean \"docomo\"?") && Contains("did you mean \"main\"?") &&
                             Contains("\"anything\"; there are "));
}
