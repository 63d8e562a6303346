#include "config/load.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>

#include "config/fixture.hpp"
#include "config/vocabulary.hpp"
#include "rules/defaults.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::config;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

std::string example() { return readText(testing::inTree("/deploy/arrivald.example.yaml")); }
// With every setting in force: a # that a space follows is prose.
std::string fullExample() {
  return std::regex_replace(example(), std::regex("(^|\n)( *)#([^ #\n])"), "$1$2$3");
}

}  // namespace

TEST_CASE("a key and a webhook are enough") {
  const auto result = load(kMinimal, fakeEnvironment());
  CHECK(texts(result).empty());
  REQUIRE(result.config.has_value());
  const auto& config = *result.config;
  REQUIRE(config.accounts.size() == 1);
  const auto& account = config.accounts[0];
  CHECK(account.name == "main");
  CHECK(account.key.secret.reveal() == "SG.key-of-the-environment");
  CHECK(account.key.place == "environment variable KEY");
  CHECK(account.baseUrl == "https://api.sendgrid.com");
  CHECK(account.zone.name() == "Asia/Tokyo");
  CHECK(account.poll.statistics == Schedule::every(1min));
  CHECK(account.mailboxProviders.discover);
  CHECK_FALSE(account.subusers.any());
  REQUIRE(config.channels.size() == 1);
  CHECK(config.channels[0].name == "slack");
  REQUIRE(config.routes.size() == 1);
  CHECK(config.routes[0].channels == std::vector<std::string>{"slack"});
  CHECK(config.rules == rules::defaults());
  CHECK(config.storePath == "/var/lib/arrivald/arrivald.db");
}

TEST_CASE("the example loads as it is, without a warning") {
  const auto result = load(example(), fakeEnvironment());
  CHECK(texts(result).empty());
  CHECK(result.config.has_value());
}

TEST_CASE("the example loads with every commented-out setting in force, without a warning") {
  const auto result = load(fullExample(), fakeEnvironment());
  CHECK(texts(result).empty());
  REQUIRE(result.config.has_value());
  CHECK(result.config->accounts.size() == 2);
  CHECK(result.config->channels.size() == 7);
}

TEST_CASE("the example shows every key that the loader knows") {
  Vocabulary vocabulary;
  REQUIRE(load(fullExample(), fakeEnvironment(), &vocabulary).config.has_value());
  // Each way to give a secret or a schedule is explained at the top of the example, not everywhere.
  const std::regex elsewhere(R"((.*\.)?(file|environment|credential|every|cron|jitter|time_zone))");
  std::vector<std::string> missing;
  // The short form takes what a channel takes, and is shown with one of the two ways to reach Slack.
  const auto isShown = [&](const std::string& key) {
    return vocabulary.present.contains(key) ||
           (key.starts_with("slack.") && vocabulary.present.contains("channels[]" + key.substr(5)));
  };
  for (const auto& key : vocabulary.asked)
    if (!isShown(key) && !std::regex_match(key, elsewhere)) missing.push_back(key);
  CHECK(missing == std::vector<std::string>{});
  CHECK(vocabulary.asked.size() > 100);
}

TEST_CASE("a channel of Slack is a webhook, or an app by its token and the id of a channel") {
  const auto config = loaded(
      "accounts: [{key: {environment: KEY}}]\n"
      "slack: {token: {credential: slack-bot-token}, room: C0123456789, mention: [here]}\n");
  REQUIRE(config.channels.size() == 1);
  CHECK(config.channels[0].isBot());
  CHECK(config.channels[0].key.secret.reveal() == "xoxb-0123456789-abcdef");
  CHECK(config.channels[0].mention == std::vector<std::string>{"here"});
  CHECK_FALSE(loaded(kMinimal).channels[0].isBot());
}

TEST_CASE("holidays are a list, or those of Japan by law with the turn of the year") {
  const auto with = [](const char* holidays) {
    return loaded(std::string(kMinimal) + "holidays: " + holidays + "\n");
  };
  const auto on = [](const char* date) { return parseDate(date).value(); };
  CHECK(with("[2026-12-29]").holidays == std::set{on("2026-12-29")});
  const auto japan = with("{country: jp, also: [2027-02-10], except: [2026-12-29]}");
  for (const auto* date : {"2026-11-23", "2026-09-22", "2027-01-03", "2026-12-30", "2027-02-10"})
    CHECK(japan.holidays.contains(on(date)));
  CHECK_FALSE(japan.holidays.contains(on("2026-12-29")));
  CHECK(japan.yearEnd.contains(on("2026-12-30")));
  CHECK_FALSE(japan.yearEnd.contains(on("2026-11-23")));
  CHECK_FALSE(with("{country: jp, year_end: off}").holidays.contains(on("2026-12-30")));
  CHECK(with("{year_end: 12-24..12-26}").holidays.contains(on("2027-12-25")));
}

TEST_CASE("hours are named, and a route waits for them or goes elsewhere") {
  const auto config =
      loaded(std::string(kMinimal) +
             "holidays: {country: jp}\n"
             "hours: {office: {}, desk: {days: [sat-mon, wed], from: \"10:00\", to: \"16:00\", "
             "closed: [2026-08-14]}}\n"
             "routes: [{channels: [slack], hours: office, otherwise: hold}, "
             "{channels: [slack], hours: desk, otherwise: [slack], hold_critical: true}]\n");
  const auto& office = config.hours.at("office");
  CHECK(office.from == std::chrono::minutes(510));
  CHECK(office.closed.contains(parseDate("2026-11-23").value()));
  CHECK(office.closed.contains(parseDate("2026-12-29").value()));
  const auto& desk = config.hours.at("desk");
  CHECK(desk.days == std::array{true, true, false, true, false, false, true});
  CHECK(desk.closed.size() == 1);
  CHECK(config.routes.at(0).hours == "office");
  CHECK(config.routes.at(0).otherwise.empty());
  CHECK(config.routes.at(1).otherwise == std::vector<std::string>{"slack"});
  CHECK(config.routes.at(1).holdCritical);
}

TEST_CASE(
    "a webhook of one's own is signed, and PagerDuty gets what is critical unless it is said otherwise") {
  const auto config = loaded(
      "accounts: [{key: {environment: KEY}}]\n"
      "channels:\n"
      "  - {name: own, type: webhook, url: {file: /etc/arrivald/own-webhook}, sign_with: {credential: "
      "own-webhook-key}, severity: warning}\n"
      "  - {name: pager, type: pagerduty, key: {credential: pagerduty-key}}\n"
      "  - {name: pager-2, type: pagerduty, key: {credential: pagerduty-key}, severity: info, url: "
      "\"https://events.eu.pagerduty.com/v2/enqueue\"}\n");
  CHECK(config.channels[0].type == ChannelType::webhook);
  CHECK(config.channels[0].webhook.secret.reveal() == "https://ops.example.jp/hook/token");
  CHECK(config.channels[0].key.secret.reveal().size() == 32);
  CHECK(config.channels[0].minSeverity == rules::Severity::warning);
  CHECK(config.channels[1].minSeverity == rules::Severity::critical);
  CHECK(config.channels[2].minSeverity == rules::Severity::info);
  CHECK(config.channels[2].url == "https://events.eu.pagerduty.com/v2/enqueue");
}

TEST_CASE("a digest goes to people unless the file says otherwise: nobody is to be paged for it") {
  const std::string desk =
      "desk: {users: [{name: ops-1, role: operator, password: \"$argon2id$v=19$m=19456,t=2,p=1$"
      "YXJyaXZhbGQtZXhhbXBsZQ$Ezv0jv3vbyq0QpYVrJmXfZ2cLhZ3kqKf0bX6mY0m2tM\"}]";
  const std::string yaml = std::string(kMinimal) +
                           "channels: [{name: pager, type: pagerduty, key: {credential: pagerduty-key}}]\n" +
                           desk;
  CHECK(loaded(yaml + "}\n").desk->digest->channels == std::vector<std::string>{"slack"});
  CHECK(loaded(yaml + ", digest: {channels: [pager]}}\n").desk->digest->channels ==
        std::vector<std::string>{"pager"});
}

TEST_CASE("maintenance is once, at local times, or again and again") {
  const auto config =
      loaded(std::string(kMinimal) +
             "maintenance:\n"
             "  - {name: once, why: x, account: \"*\", from: \"2026-12-05 22:00\", to: 2026-12-06}\n"
             "  - {name: again, why: y, receiver: Gmail, begin: {cron: \"0 2 * * sun\"}, for: 1h}\n");
  REQUIRE(config.maintenance.size() == 2);
  CHECK(config.maintenance[0].from == parseIso("2026-12-05T13:00:00Z").value());
  CHECK(config.maintenance[0].to == parseIso("2026-12-05T15:00:00Z").value());
  CHECK(config.maintenance[1].match.receiver == "Gmail");
  CHECK(config.maintenance[1].begin->isCron());
  CHECK(config.maintenance[1].length == 1h);
}

TEST_CASE("the desk listens on loopback only, and reads only, unless the file says otherwise") {
  CHECK_FALSE(loaded(kMinimal).desk);
  const auto desk =
      *loaded(std::string(kMinimal) +
              "time_zone: Europe/Paris\n"
              "desk: {users: [{name: ops-1, role: operator, password: \"$argon2id$v=19$m=19456,t=2,p=1$"
              "c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g\"}]}\n")
           .desk;
  CHECK(desk.listen.address == "127.0.0.1");
  CHECK(desk.listen.port == 9467);
  CHECK(desk.deleteKeys.empty());
  CHECK(desk.zone.name() == "Europe/Paris");
  CHECK(desk.users.at(0).role == DeskRole::operator_);
  CHECK_FALSE(desk.users.at(0).passwordHash.empty());
  CHECK((desk.idle == std::chrono::minutes(60) && desk.maxSession == std::chrono::hours(12)));
  CHECK((desk.perRequest == 20 && desk.perDay == 50));
  CHECK_FALSE((desk.allowPlainHttp || desk.dryRun || desk.releaseUnsubscribes));
}

TEST_CASE("a desk brings a digest on weekdays at nine in its zone, and rules of its own") {
  const std::string yaml =
      std::string(kMinimal) +
      "desk: {users: [{name: ops-1, role: operator, password: \"$argon2id$v=19$m=19456,t=2,p=1$"
      "YXJyaXZhbGQtZXhhbXBsZQ$Ezv0jv3vbyq0QpYVrJmXfZ2cLhZ3kqKf0bX6mY0m2tM\"}], time_zone: "
      "Europe/Paris";
  const auto config = loaded(yaml + "}\n");
  REQUIRE(config.desk->digest);
  CHECK(config.desk->digest->schedule == Schedule::cron("0 9 * * mon-fri", config.desk->zone).value());
  CHECK(config.desk->digest->channels == std::vector<std::string>{"slack"});
  CHECK(config.rules.size() == rules::defaults().size() + rules::deskDefaults().size());
  CHECK(loaded(yaml + ", digest: {every: 6h}}\n").desk->digest->schedule == Schedule::every(6h, 0));
  CHECK_FALSE(loaded(yaml + ", digest: {enabled: false}}\n").desk->digest);
  CHECK_FALSE(loaded(yaml + ", digest: {channels: []}}\n").desk->digest);
  CHECK(loaded("default_rules: false\n" + yaml + "}\n").rules.empty());
}

TEST_CASE("one key releases for all accounts, or each account has its own") {
  const auto full = loaded(fullExample());
  CHECK(full.desk->deleteKeys.size() == full.accounts.size());
  CHECK((full.desk->zone == full.zone));
}

TEST_CASE("the example names every default rule") {
  auto all = rules::defaults();
  for (const auto& rule : rules::deskDefaults()) all.push_back(rule);
  for (const auto& rule : rules::dmarcDefaults()) all.push_back(rule);
  for (const auto& rule : all) {
    CAPTURE(rule.name);
    CHECK(std::regex_search(example(), std::regex("\n#   " + rule.name + "  +[a-z]")));
  }
}

TEST_CASE("what the example shows as defaults are the defaults") {
  const auto full = loaded(fullExample());
  const auto minimal = loaded(kMinimal);
  CHECK(full.language == minimal.language);
  CHECK(full.zone == minimal.zone);
  CHECK(full.accounts[0].poll == minimal.accounts[0].poll);
  CHECK(full.accounts[0].baseUrl == minimal.accounts[0].baseUrl);
  CHECK(full.accounts[0].subusers == minimal.accounts[0].subusers);
  CHECK(full.accounts[0].categories == minimal.accounts[0].categories);
  CHECK(full.accounts[0].mailboxProviders == minimal.accounts[0].mailboxProviders);
  CHECK(full.accounts[0].suppressions == minimal.accounts[0].suppressions);
  CHECK(full.statusPage == minimal.statusPage);
  CHECK((full.reminders == minimal.reminders));
  CHECK((full.retryFor == minimal.retryFor));
  CHECK(full.heartbeat->schedule == Heartbeat().schedule);
  CHECK(full.heartbeat->post == Heartbeat().post);
  CHECK((full.causes.languageModel->timeout == LanguageModel().timeout));
  CHECK(full.causes.languageModel->below == LanguageModel().below);
  CHECK((full.windows == minimal.windows));
  CHECK(full.cardinality == minimal.cardinality);
  CHECK(full.listen.address == minimal.listen.address);
  CHECK(full.listen.port == minimal.listen.port);
  CHECK((full.http.connect == minimal.http.connect));
  CHECK((full.http.read == minimal.http.read));
  CHECK((full.http.total == minimal.http.total));
  CHECK(full.http.maxBodyBytes == minimal.http.maxBodyBytes);
  CHECK(full.log == minimal.log);
  CHECK(full.storePath == minimal.storePath);
}

TEST_CASE("the metrics of a dimension show the windows that were chosen for it") {
  const auto config = loaded(
      "accounts: [{key: {file: /etc/arrivald/sendgrid-key}}]\n"
      "windows: [5m, 1h, 24h]\n"
      "metrics: {windows: {category: [1h], mailbox_provider: [1h, 24h]}, max_series: 5000}\n");
  CHECK(config.maxSeries == 5'000);
  const std::map<delivery::Dimension, std::vector<Duration>> chosen = {
      {delivery::Dimension::category, {1h}}, {delivery::Dimension::mailboxProvider, {1h, 24h}}};
  CHECK((config.exportedWindows == chosen));
}

TEST_CASE("secrets come from a file, the environment or a credential, without the line's end") {
  const auto config = loaded(
      "accounts:\n"
      "  - {name: a, key: {file: /etc/arrivald/sendgrid-key}}\n"
      "  - {name: b, key: {environment: KEY}}\n"
      "  - {name: c, key: {credential: sendgrid-key}}\n");
  CHECK(config.accounts[0].key.secret.reveal() == "SG.key-of-a-file");
  CHECK(config.accounts[0].key.place == "file /etc/arrivald/sendgrid-key");
  CHECK(config.accounts[1].key.secret.reveal() == "SG.key-of-the-environment");
  CHECK(config.accounts[2].key.secret.reveal() == "SG.key-of-a-credential");
  CHECK(config.accounts[2].key.place == "credential sendgrid-key");
}

TEST_CASE("a check outside of the unit does without credentials, with a warning") {
  auto environment = fakeEnvironment();
  environment.variable = [](const std::string&) { return std::nullopt; };
  const std::string yaml =
      "accounts: [{key: {credential: sendgrid-key}}]\nslack: {webhook: {credential: hook}}\n";
  CHECK_FALSE(load(yaml, environment).config.has_value());
  environment.credentialsComeLater = true;
  const auto result = load(yaml, environment);
  REQUIRE(result.config.has_value());
  CHECK(result.config->accounts[0].key.secret.empty());
  CHECK(result.problems.size() == 2);
  CHECK(result.config->storePath == "./arrivald.db");
}

TEST_CASE("a region decides on the host, and an address of one's own on both") {
  const auto config = loaded(
      "accounts:\n"
      "  - {name: a, region: eu, key: {environment: KEY}}\n"
      "  - {name: b, region: eu, base_url: \"http://127.0.0.1:8025/\", key: {environment: KEY}}\n");
  CHECK(config.accounts[0].baseUrl == "https://api.eu.sendgrid.com");
  CHECK(config.accounts[0].region == Region::eu);
  CHECK(config.accounts[1].baseUrl == "http://127.0.0.1:8025");
}

TEST_CASE("schedules are a duration, a period with jitter, or a cron expression in a zone") {
  const auto config = loaded(
      "time_zone: Europe/Berlin\n"
      "accounts:\n"
      "  - key: {environment: KEY}\n"
      "    poll:\n"
      "      statistics: 30s\n"
      "      categories: {every: 2m, jitter: 0%}\n"
      "      history: {cron: 17 3 * * *}\n"
      "      suppressions_full: {cron: \"@daily\", time_zone: UTC}\n");
  const auto& poll = config.accounts[0].poll;
  CHECK(poll.statistics == Schedule::every(30s));
  CHECK(poll.categories == Schedule::every(2min, 0));
  CHECK(poll.history == Schedule::cron("17 3 * * *", TimeZone::find("Europe/Berlin").value()).value());
  CHECK(poll.crawl == Schedule::cron("@daily", TimeZone()).value());
}

TEST_CASE("parts of an account are all, none, named, or both") {
  const auto config = loaded(
      "accounts:\n"
      "  - key: {environment: KEY}\n"
      "    subusers: all\n"
      "    categories: [receipts, password-reset]\n"
      "    mailbox_providers: off\n"
      "  - name: b\n"
      "    key: {environment: OTHER_KEY}\n"
      "    subusers: {limit: 7}\n"
      "    categories: {names: [receipts], discover: true}\n"
      "    mailbox_providers: [Gmail]\n");
  CHECK(config.accounts[0].subusers == Selection{true, 50, {}});
  CHECK(config.accounts[0].categories == Selection{false, 50, {"receipts", "password-reset"}});
  CHECK_FALSE(config.accounts[0].mailboxProviders.any());
  CHECK(config.accounts[1].subusers == Selection{true, 7, {}});
  CHECK(config.accounts[1].categories == Selection{true, 50, {"receipts"}});
  CHECK(config.accounts[1].mailboxProviders == Selection{false, 200, {"Gmail"}});
}

TEST_CASE("a default rule is changed or disabled by its name, and others are added") {
  const auto config =
      loaded(std::string(kMinimal) +
             "rules:\n"
             "  - {name: stall, for: 3m, lag: 10m}\n"
             "  - {name: drift, enabled: false}\n"
             "  - {name: blocks, kind: rate_threshold, input: block_rate, warning: 2%, windows: 30m}\n");
  const auto rule = [&](std::string_view name) {
    const auto found =
        std::find_if(config.rules.begin(), config.rules.end(), [&](const auto& r) { return r.name == name; });
    return found == config.rules.end() ? nullptr : &*found;
  };
  CHECK(config.rules.size() == rules::defaults().size());
  CHECK(rule("drift") == nullptr);
  REQUIRE(rule("stall"));
  CHECK((rule("stall")->holdFor == 3min));
  CHECK((std::get<rules::Stall>(rule("stall")->kind).lag == 10min));
  // The rest of it stays as it was.
  CHECK(rule("stall")->severity == rules::defaults()[0].severity);
  CHECK(rule("stall")->mutes == rules::defaults()[0].mutes);
  REQUIRE(rule("blocks"));
  const auto& kind = std::get<rules::RateThreshold>(rule("blocks")->kind);
  REQUIRE(kind.warning);
  CHECK(kind.warning->value() == Approx(0.02));
  CHECK_FALSE(kind.critical.has_value());
  CHECK((kind.windows == std::vector<Duration>{30min}));
}

TEST_CASE("default_rules: false leaves only what the file says") {
  const auto config =
      loaded(std::string(kMinimal) +
             "default_rules: false\n"
             "rules:\n"
             "  - {name: old, kind: threshold, input: data_age, warning: 10m, critical: 1h}\n");
  REQUIRE(config.rules.size() == 1);
  const auto& kind = std::get<rules::Threshold>(config.rules[0].kind);
  CHECK(kind.warning == 600.0);
  CHECK(kind.critical == 3600.0);
}

TEST_CASE("sections with nothing behind them are as good as left out") {
  const auto result =
      load(std::string(kMinimal) + "rules:\nroutes:\nhttp:\nlisten:\nlinks:\nholidays:\n", fakeEnvironment());
  CHECK(texts(result).empty());
  CHECK(*result.config == loaded(kMinimal));
}

TEST_CASE("aliases and merge keys save repetition") {
  const auto config = loaded(
      "accounts:\n"
      "  - &first\n"
      "    name: a\n"
      "    key: {environment: KEY}\n"
      "    time_zone: UTC\n"
      "    categories: &some [receipts]\n"
      "  - <<: *first\n"
      "    name: b\n"
      "    key: {environment: OTHER_KEY}\n"
      "    subusers: *some\n");
  CHECK(config.accounts[1].name == "b");
  CHECK(config.accounts[1].zone.name() == "UTC");
  CHECK(config.accounts[1].categories.names == std::vector<std::string>{"receipts"});
  CHECK(config.accounts[1].subusers.names == std::vector<std::string>{"receipts"});
  CHECK(config.accounts[1].key.secret.reveal() == "SG.another-key");
}

TEST_CASE("files are read as text with or without a byte order mark and with either kind of line end") {
  std::string windows;
  for (const char c : std::string(kMinimal)) windows += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(loaded("\xEF\xBB\xBF" + windows) == loaded(kMinimal));
}

TEST_CASE("a file is read as it stands on the disk") {
  const TempFile file(kMinimal);
  auto environment = Environment::ofProcess();
  const auto text = environment.readFile(file.path());
  REQUIRE(text.ok());
  CHECK(*text == kMinimal);
  file.permit(0600);
  CHECK_FALSE(environment.worldReadable(file.path()));
  file.permit(0644);
  CHECK(environment.worldReadable(file.path()));
  CHECK(environment.readFile(file.path() + ".not").error().text == "there is no such file");
  CHECK(environment.readFile(file.folder()).error().text == "it is a directory");
  CHECK(environment.readFile("/dev/null").error().text == "it is not a regular file");
  const TempFile large(std::string(kMaxConfigBytes + 1, '#'));
  CHECK(environment.readFile(large.path()).error().text == "it is larger than 1 MiB");

  environment.variable = fakeEnvironment().variable;
  CHECK(loadFile(file.path(), environment).config.has_value());
  const auto missing = loadFile(file.path() + ".not", environment);
  CHECK_FALSE(missing.config.has_value());
  CHECK(texts(missing) == std::vector<std::string>{"bad.yaml: cannot be read: there is no such file"});
}

TEST_CASE(
    "certificate and key of TLS may be credentials as secrets are, for the daemon and for its commands") {
  auto environment = fakeEnvironment();
  environment.readFile = [](const std::string& path) -> Result<std::string> {
    if (path == "/run/credentials/arrivald.service/tls-crt")
      return std::string("-----BEGIN CERTIFICATE-----\n");
    if (path == "/run/credentials/arrivald.service/tls-key")
      return std::string("-----BEGIN PRIVATE KEY-----\n");
    return fakeEnvironment().readFile(path);
  };
  const std::string yaml =
      std::string(kMinimal) +
      "listen: {tls: {certificate: {credential: tls-crt}, key: {credential: tls-key}}}\n";
  const auto listen = loaded(yaml, environment).listen;
  CHECK(listen.certificateFile == "/run/credentials/arrivald.service/tls-crt");
  CHECK(listen.keyFile == "/run/credentials/arrivald.service/tls-key");
  // Those who ask the daemon have no credentials: they read what systemd reads.
  environment.variable = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  environment.credentialsComeLater = true;
  environment.credentialSource = [](const std::string& name) { return "/etc/arrivald/" + name; };
  environment.readFile = [&](const std::string& path) -> Result<std::string> {
    return path == "listen.yaml" ? Result<std::string>(yaml)
                                 : Error::of(Error::Kind::denied, phrase("permission denied"));
  };
  const auto asked = loadListener("listen.yaml", environment);
  REQUIRE(asked.config.has_value());
  CHECK(asked.config->listen.certificateFile == "/etc/arrivald/tls-crt");
}

TEST_CASE("each source of a secret is told with its key, also where it cannot be read") {
  auto environment = fakeEnvironment();
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    return name == "CREDENTIALS_DIRECTORY" ? std::nullopt : fakeEnvironment().variable(name);
  };
  environment.credentialsComeLater = true;
  const auto result =
      load(std::string(kMinimal) +
               "dmarc: {domains: [example.jp], post: {user: r, password: {credential: dmarc-password}}}\n",
           environment);
  REQUIRE(result.sources.size() == 3);
  CHECK(result.sources[0].key == "accounts[main].key");
  CHECK(result.sources[0].place == "environment variable KEY");
  CHECK(result.sources[1].key == "dmarc.post.password");
  CHECK(result.sources[1].place == "credential dmarc-password");
  CHECK(result.sources[1].line == result.problems.front().line);
  CHECK(result.sources[1].column == result.problems.front().column);
  CHECK(result.sources[2].key == "slack.webhook");
}

TEST_CASE(
    "a credential's file that is newer than what systemd handed over asks for a restart, not a reload") {
  auto environment = fakeEnvironment();
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "CREDENTIALS_DIRECTORY") return "/run/credentials/arrivald.service";
    return fakeEnvironment().variable(name);
  };
  environment.readFile = [](const std::string&) -> Result<std::string> { return std::string("SG.old"); };
  environment.folder = "/etc/arrivald/";
  const std::string yaml =
      "accounts: [{key: {credential: sendgrid-key}}]\nslack: {webhook: {environment: HOOK}}\n";
  const auto said = [&](Duration later) {
    const auto start = fromUnixSeconds(1'800'000'000);
    environment.modifiedAt = [=](const std::string& path) -> std::optional<Instant> {
      return path == "/etc/arrivald/sendgrid-key" ? start + later : start;
    };
    return texts(load(yaml, environment));
  };
  CHECK(said(-1h).empty());
  REQUIRE(said(1h).size() == 1);
  CHECK_THAT(said(1h).front(), Catch::Contains("\"/etc/arrivald/sendgrid-key\" is newer") &&
                                   Catch::Contains("systemctl restart arrivald"));
  // Of a folder of secrets, LoadCredential=s:/etc/arrivald/secrets.
  environment.modifiedAt = [](const std::string& path) -> std::optional<Instant> {
    return fromUnixSeconds(path == "/etc/arrivald/secrets/key" ? 1'800'000'100 : 1'800'000'000);
  };
  const auto folder = texts(
      load("accounts: [{key: {credential: s_key}}]\nslack: {webhook: {environment: HOOK}}\n", environment));
  REQUIRE(folder.size() == 1);
  CHECK_THAT(folder.front(), Catch::Contains("\"/etc/arrivald/secrets/key\" is newer"));
}

TEST_CASE("whatever the bytes are, there is a configuration or a problem, and no secret in any") {
  std::mt19937 random(20261123);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  const std::string full = fullExample();
  const std::string alphabet = " \n\t:-#{}[],&*!|>'\"%@`?0aZ~\\\x00\xC3\xFF<.";
  int good = 0, bad = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = full;
    for (auto edits = 1 + pick(4); edits > 0; --edits) {
      const auto at = pick(text.size());
      switch (pick(5)) {
        case 0:
          text[at] = static_cast<char>(pick(256));
          break;
        case 1:
          text.erase(at, 1 + pick(20));
          break;
        case 2:
          text.insert(at, 1, alphabet[pick(alphabet.size())]);
          break;
        case 3: {  // a piece of it elsewhere
          const auto from = pick(text.size()), length = pick(60);
          text.insert(at, text.substr(from, length));
          break;
        }
        default:
          text.resize(std::max<std::size_t>(at, 1));
          break;
      }
    }
    const auto result = load(text, fakeEnvironment());
    (result.config ? good : bad) += 1;
    const bool fatal =
        std::any_of(result.problems.begin(), result.problems.end(), [](const auto& p) { return !p.warning; });
    REQUIRE(result.config.has_value() != fatal);
    for (const auto& problem : result.problems) {
      REQUIRE(problem.what.english().find("key-of-") == std::string::npos);
      REQUIRE(problem.what.english().find("services/T") == std::string::npos);
      REQUIRE(problem.what.english().size() < 2000);
    }
    if (result.config) REQUIRE(differences(*result.config, *result.config).empty());
  }
  // Both have been seen.
  CHECK(good > 20);
  CHECK(bad > 20);
}

TEST_CASE("a place where nothing can be stored is told by the check, not by the first start") {
  const auto warned = [](const std::string& path) {
    auto environment = fakeEnvironment();
    environment.unusable = Environment::ofProcess().unusable;
    const auto result = load(kMinimal + ("store: {path: " + path + "}\n"), environment);
    REQUIRE(result.config.has_value());
    return texts(result);
  };
  REQUIRE(warned("/no/such/folder/arrivald.db").size() == 1);
  CHECK_THAT(warned("/no/such/folder/arrivald.db")[0],
             Catch::Contains("there is no folder /no/such/folder/"));
  CHECK_THAT(warned("/tmp")[0], Catch::Contains("it is a folder"));
  CHECK_THAT(warned("/dev/null/arrivald.db")[0], Catch::Contains("no folder"));
  CHECK(warned("/tmp/arrivald.db").empty());
}

TEST_CASE("a key as the console shows it is told to be masked") {
  auto environment = fakeEnvironment();
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "KEY") return "SG.aaaaaaaaaaaaaaaaaaaaaa.*****";
    return "https://hooks.slack.com/services/T0/B0/x";
  };
  const auto result = load(kMinimal, environment);
  CHECK_FALSE(result.config);
  REQUIRE_FALSE(texts(result).empty());
  CHECK_THAT(texts(result)[0], Catch::Contains("is masked"));
}

TEST_CASE("what was pasted with more around it is told, before it fails at night") {
  auto environment = fakeEnvironment();
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "QUOTED") return "\"SG.a-key\"";
    if (name == "NAMED") return "SENDGRID_API_KEY=SG.a-key";
    if (name == "KEY") return "SG.a-key";
    if (name == "CHAT") return "https://chat.example.com/hooks/1";
    return std::nullopt;
  };
  for (const auto* name : {"QUOTED", "NAMED"}) {
    const auto result =
        load(std::string("accounts: [{name: a, key: {environment: ") + name + "}}]\n", environment);
    CHECK_FALSE(result.config.has_value());
    CHECK(texts(result).back().find("without quotes and without a name before it") != std::string::npos);
  }
  const auto other = load(
      "accounts: [{name: a, key: {environment: KEY}}]\nslack: {webhook: {environment: CHAT}}\n", environment);
  CHECK(other.config.has_value());
  REQUIRE(texts(other).size() == 1);
  CHECK(texts(other)[0].find("does not contain a Slack URL") != std::string::npos);
}

TEST_CASE("events without a key are refused, but for the command that brings the key") {
  const auto* yaml =
      "accounts: [{name: a, key: {environment: KEY}, events: {url: 'https://mail.example.jp/events/a'}}]\n"
      "slack: {webhook: {environment: HOOK}}\n";
  auto environment = fakeEnvironment();
  const auto refused = load(yaml, environment);
  CHECK_FALSE(refused.config.has_value());
  REQUIRE(refused.problems.size() == 1);
  CHECK(refused.problems[0].what.english().find("sudo arrivald webhook enable") != std::string::npos);
  environment.publicKeysComeLater = true;
  CHECK(load(yaml, environment).config.has_value());
  CHECK_FALSE(load(std::string(yaml) + "listn: {port: 1}\n", environment).config.has_value());
}

TEST_CASE("an address in the clear is one of this machine, with or without a user and a password") {
  const auto problemsOf = [](const std::string& url) {
    auto environment = fakeEnvironment();
    const auto others = environment.variable;
    environment.variable = [&](const std::string& name) {
      return name == "URL" ? std::optional<std::string>(url) : others(name);
    };
    const auto loaded = load(
        "accounts: [{key: {environment: KEY}, events: {accept_unsigned: true}}]\n"
        "channels: [{name: a, webhook: {environment: URL}}]\n"
        "event_stream: {forward: [{name: b, url: {environment: URL}}]}\n",
        environment);
    std::vector<std::string> texts;
    for (const auto& problem : loaded.problems)
      if (!problem.warning) texts.push_back(problem.what.english());
    return texts;
  };
  for (const auto* url : {"http://127.0.0.1:8080/a", "http://user:p%40ss@127.0.0.1/a", "http://localhost/a",
                          "http://u:p@localhost:80/a", "http://u:p@[::1]:80/a", "http://[::1]/a"}) {
    INFO(url);
    CHECK(problemsOf(url).empty());
  }
  for (const auto* url : {"http://127.0.0.1.evil.example/a", "http://localhost.evil.example/a",
                          "http://localhost@evil.example/a", "http://example.jp/a", "http://127.a/"}) {
    INFO(url);
    const auto problems = problemsOf(url);
    REQUIRE(problems.size() == 2);
    for (const auto& problem : problems) CHECK(problem.find("begins with https://") != std::string::npos);
  }
  for (const auto* url : {"http://u:p@127.0.0.1:99999/a", "http://127.0.0.1:x/a"}) {
    INFO(url);
    const auto problems = problemsOf(url);
    REQUIRE(problems.size() == 2);
    for (const auto& problem : problems) CHECK(problem.find("has no host, or a port") != std::string::npos);
  }
}
