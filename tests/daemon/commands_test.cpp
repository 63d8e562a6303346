// The commands that ask the running daemon, as an operator sees them: what they print, and their exit codes.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "daemon/ask.hpp"
#include "daemon/command_fixture.hpp"
#include "daemon/commands.hpp"
#include "daemon/export_rules.hpp"
#include "daemon/status_text.hpp"
#include "support/certificates.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

bool isOneLine(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') == 1 && text.ends_with('\n') && text.size() <= 201;
}

// A daemon that has all it needs, and one Slack channel.
struct Fixture : CommandFixture {
  Fixture() {
    yaml = "language: en\ntime_zone: Asia/Tokyo\n" + streaming("", ports("0", "0"));
    replace("channels: []\n", "channels: [{name: ops, type: slack, webhook: {environment: HOOK}}]\n");
    replace("suppressions: false\n", "suppressions: false\n    credits: false\n");
    secrets["HOOK"] = "https://hooks.slack.com/services/T/B/secret-hook";
    provider.clear();
    provider.always(FakeTransport::asked("GET", "/v3/scopes"),
                    FakeTransport::reply(200, R"({"scopes":["stats.read"]})"));
  }
  void replace(const std::string& part, const std::string& by) {
    REQUIRE(yaml.find(part) != std::string::npos);
    yaml.replace(yaml.find(part), part.size(), by);
  }
  void statisticsAnswer(unsigned status = 200) {
    provider.always(
        FakeTransport::asked("GET", "/v3/stats?"),
        FakeTransport::reply(status, R"([{"date":"2026-11-25","stats":[{"metrics":{"requests":10,)"
                                     R"("processed":10,"delivered":10,"bounces":0,"blocks":0,"deferred":0,)"
                                     R"("bounce_drops":0,"spam_report_drops":0,"invalid_emails":0,)"
                                     R"("unsubscribe_drops":0,"spam_reports":0,"unsubscribes":0}}]}])"));
  }
  void slackAnswers(unsigned status, const std::string& body) {
    provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(status, body));
  }
  void startWell() {
    statisticsAnswer();
    REQUIRE(start());
    pass(10s);
  }
  void pass(Duration span) {
    drain(io);
    for (Duration done{}; done < span; done += 1s) {
      clock.advance(1s);
      drain(io);
    }
  }
  template <class Options>
  Output run(Output (*command)(const Options&, const config::Environment&), Options options) {
    const auto output = asAnotherProcess(command, std::move(options), [&] {
      // A channel waits between two messages.
      if constexpr (std::is_same_v<Options, TestAlertOptions>) clock.advance(10ms);
    });
    CHECK_THAT(output.out + output.err, !Contains("secret-hook") && !Contains("SG.key"));
    return output;
  }
  Output status(StatusOptions options = {}) { return run(statusOutput, std::move(options)); }
  Output checked() {
    StatusOptions options;
    options.check = true;
    return status(options);
  }
  Output testAlert(TestAlertOptions options = {}) { return run(testAlertOutput, std::move(options)); }
  Output trace(const std::string& what, const std::string& group = "",
               std::optional<Language> language = std::nullopt) {
    TraceOptions options;
    options.what = what;
    options.group = group;
    options.language = language;
    return run(traceOutput, std::move(options));
  }
  Output explainAlert(const std::string& name) {
    ExplainAlertOptions options;
    options.name = name;
    return run(explainAlertOutput, std::move(options));
  }
  void fire(rules::Severity severity, const std::string& rule = "stall") {
    rules::Alert alert;
    alert.key = {rule, {"main", delivery::Dimension::account, ""}};
    alert.state = rules::AlertState::firing;
    alert.severity = alert.worstSeverity = severity;
    alert.evidence = alert.worst = rules::StallEvidence{.requests = 240, .outcomes = 3};
    alert.startedAt = alert.beganAt = alert.since = clock.now() - 20min;
    REQUIRE(daemon->owners().alerts().put({{alert}, {}}, {}));
  }
  std::size_t posted() const {
    const auto& all = provider.requests();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& request) {
      return request.url.find("hooks.slack.com") != std::string::npos;
    }));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "status: where all is well it says so, shows the tasks that work, and exits with 0") {
  startWell();
  SECTION("four seconds after the start nothing is well yet") {
    const auto early = status();
    CHECK(early.exit == kExitFailed);
    CHECK_THAT(early.out, Contains("starting; how mail does is not known yet") &&
                              Contains("It can be judged from about") && !Contains("all is well"));
    CHECK(checked().exit == 3);
    CHECK_THAT(checked().out, Catch::StartsWith("UNKNOWN: arrivald has just started"));
    return;
  }
  pass(6min);
  const auto output = status();
  CHECK(output.exit == kExitOk);
  CHECK(output.err.empty());
  // No mail of the first day failed, nor was there any.
  CHECK_THAT(output.out, Contains("no problems so far; still learning how mail does") && Contains(" JST"));
  CHECK_THAT(output.out, Contains("main statistics: ok; last success"));
  CHECK_THAT(output.out, Contains("main the last 30 days again: not run yet; next"));
  CHECK_THAT(output.out, Contains("event stream: not in use") && Contains("last event never so far"));
  CHECK(checked().out == "OK: no problems\n");
  CHECK(checked().exit == 0);
}

TEST_CASE_METHOD(Fixture, "status: before the first read nothing is known, which is neither well nor wrong") {
  provider.hang(FakeTransport::asked("GET", "/v3/stats?"));
  REQUIRE(start());
  drain(io);
  const auto output = status();
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.out, Contains("not known yet") && Contains("Not read yet: ") && Contains("statistics"));
  CHECK_THAT(output.out, Contains("main statistics: running; last success never so far"));
  CHECK(checked().exit == 3);
  CHECK_THAT(checked().out, Catch::StartsWith("UNKNOWN: ") && Contains("main"));
}

TEST_CASE_METHOD(Fixture, "status: what fails stands first, with its last success and whose side it is") {
  statisticsAnswer(503);
  REQUIRE(start());
  pass(10s);
  const auto output = status();
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.out, Contains("critical: SendGrid") && Contains("Nothing is known of main") &&
                             Contains("last success: never so far") && Contains("SendGrid"));
  CHECK(output.out.find("critical:") < output.out.find("Account main"));
  CHECK(checked().exit == 2);
  CHECK_THAT(checked().out, Catch::StartsWith("CRITICAL: SendGrid"));
  CHECK(isOneLine(checked().out));
}

TEST_CASE_METHOD(Fixture, "status and test-alert answer in the language of --lang, errors included") {
  statisticsAnswer(503);
  slackAnswers(404, "no_service");
  REQUIRE(start());
  pass(10s);
  StatusOptions japanese;
  japanese.language = Language::japanese;
  const auto output = status(japanese);
  CHECK_THAT(output.out, Contains("問題が起きています") && Contains("SendGrid側の障害です") &&
                             Contains("返答は 503 です") && !Contains("critical:"));
  TestAlertOptions test;
  test.language = Language::japanese;
  CHECK_THAT(testAlert(test).err, Contains("ops: 届いていません") && Contains("404 no_service"));
  test.channel = "nobody";
  CHECK_THAT(testAlert(test).err, Contains("nobody という通知先はありません。あるもの: ops"));
}

TEST_CASE_METHOD(Fixture, "status: a firing alert is a problem of its severity") {
  startWell();
  pass(6min);
  fire(rules::Severity::warning);
  CHECK(checked().exit == 1);
  fire(rules::Severity::critical);
  CHECK(checked().exit == 2);
  const auto output = status();
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.out, Contains("critical: stall, the whole account \"main\": stalled mail") &&
                             Contains(" JST") && Contains("1 firing"));
  StatusOptions options;
  options.json = true;
  const auto answer = nlohmann::json::parse(status(options).out);
  CHECK(answer["state"] == "critical");
  CHECK(answer["problems"][0]["severity"] == "critical");
  fire(rules::Severity::info);
  CHECK(checked().exit == 0);
}

TEST_CASE_METHOD(Fixture, "status --check: one line of at most 200 bytes, the worst and how many more") {
  const auto language = GENERATE(as<std::string>(), "en", "ja");
  yaml = "language: " + language + "\n" + yaml.substr(yaml.find('\n') + 1);
  startWell();
  pass(6min);
  std::vector<rules::Alert> alerts;
  for (const auto* rule : {"stall", "delivery-rate", "drop-rate"}) {
    rules::Alert alert;
    alert.key = {rule, {"main", delivery::Dimension::account, ""}};
    alert.state = rules::AlertState::firing;
    alert.severity = alert.worstSeverity = rules::Severity::critical;
    alert.evidence = alert.worst = rules::StallEvidence{.requests = 240, .outcomes = 3};
    alert.startedAt = alert.beganAt = alert.since = alert.lastBad = clock.now();
    alerts.push_back(alert);
  }
  incidents::Followed followed;
  auto& incident = followed.incidents.emplace_back();
  incident.number = followed.lastNumber = 12;
  incident.account = "main";
  incident.root = {.receivers = {"docomo"}, .kinds = {incidents::Kind::network}};
  incident.began = incident.openedAt = clock.now();
  incident.numbers = {40, 38, 0.2};
  incident.severity = incident.worstSeverity = rules::Severity::critical;
  incident.members = {alerts[0].key, alerts[1].key};
  incident.notified.emplace();
  REQUIRE(daemon->owners().alerts().put({alerts, {}}, followed, {}));
  const auto output = checked();
  CAPTURE(output.out);
  CHECK(output.exit == 2);
  CHECK(isOneLine(output.out));
  CHECK(output.out.size() <= 201);
  // Cut, if it is, behind a word.
  const auto cut = output.out.find(" …");
  CHECK((output.out.find("…") == std::string::npos || cut != std::string::npos));
  // The incident stands for its two alerts.
  CHECK_THAT(output.out, Catch::StartsWith(language == "en" ? "CRITICAL: #12 " : "CRITICAL: 事案12 ") &&
                             Contains("docomo") &&
                             Catch::EndsWith(language == "en" ? " (1 more)\n" : "(ほか1件)\n"));
}

TEST_CASE("status --check is cut within no time: half of one reads as another") {
  for (std::size_t before = 60; before < 200; ++before) {
    const auto what = std::string(before / 2, 'x') + " " + std::string(before - before / 2, 'y') +
                      " from 2026-11-24 10:10 JST to 10:55 JST" + std::string(200, 'z');
    auto line = monitoringLine("critical", what, " (1 more)");
    CAPTURE(line);
    CHECK(line.size() <= 200);
    for (const std::string time : {"2026-11-24 10:10 JST", "10:55 JST"})
      if (const auto at = line.find(time); at != std::string::npos) line.erase(at, time.size());
    CHECK(line.find("2026") == std::string::npos);
    CHECK(line.find("10:") == std::string::npos);
    CHECK(line.find("JST") == std::string::npos);
  }
}

TEST_CASE_METHOD(Fixture, "incident: without a number it says what is needed, and lists what there is") {
  startWell();
  incidents::Followed followed;
  auto& incident = followed.incidents.emplace_back();
  incident.number = followed.lastNumber = 12;
  incident.account = "main";
  incident.root = {.receivers = {"docomo"}, .kinds = {incidents::Kind::network}};
  incident.began = incident.openedAt = clock.now();
  incident.numbers = {40, 38, 0.2};
  REQUIRE(daemon->owners().alerts().put({{}, {}}, followed, {}));
  IncidentOptions options;
  options.isOne = true;
  const auto output = run(incidentOutput, options);
  CHECK(output.exit == kExitUsage);
  CHECK(output.out.empty());
  CHECK_THAT(output.err, Contains("arrivald incident NUMBER") && Contains("#12") && Contains("docomo"));
  options.number = 99;
  CHECK(run(incidentOutput, options).exit == kExitFailed);
}

TEST_CASE_METHOD(Fixture,
                 "status: a missing scope and a refused batch of events are warnings with a remedy") {
  provider.clear();
  provider.always(FakeTransport::asked("GET", "/v3/scopes"), FakeTransport::reply(200, R"({"scopes":[]})"));
  startWell();
  http::Request request;
  request.method = "POST";
  request.url = "http://127.0.0.1:" + std::to_string(daemon->eventPort()) + "/events/main";
  request.body = "[]";
  CHECK(send(std::move(request)).status != 204);
  const auto output = status();
  CHECK(output.exit == kExitFailed);
  CHECK(checked().exit == 1);
  CHECK_THAT(output.out, Contains("warning: The API key of main lacks 1 scopes: stats.read") &&
                             Contains("1 batches of events for main were refused"));
}

TEST_CASE_METHOD(Fixture, "status: a refused reload is told with its mistake, until one is taken") {
  startWell();
  pass(6min);
  const auto good = yaml;
  yaml += "lisen: {}\n";
  CHECK_FALSE(runTask(io, daemon->reload()).ok());
  const auto output = status();
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.out, Contains("warning: A reload was refused at") &&
                             Contains("did you mean \"listen\"") &&
                             Contains("former configuration stays in effect"));
  CHECK(checked().exit == 1);
  StatusOptions options;
  options.json = true;
  CHECK_THAT(nlohmann::json::parse(status(options).out)["reload_refused"]["why"].get<std::string>(),
             Contains("lisen"));
  yaml = good;
  CHECK(runTask(io, daemon->reload()).ok());
  CHECK_THAT(status().out, !Contains("refused"));
}

TEST_CASE_METHOD(Fixture, "status: a status page that is switched off is not unknown") {
  startWell();
  CHECK_THAT(status().out, Contains("status page: not watched (status_page: off)"));
  StatusOptions options;
  options.json = true;
  CHECK(nlohmann::json::parse(status(options).out)["status_page_watched"] == false);
}

TEST_CASE_METHOD(Fixture,
                 "status: a daemon that does not answer is critical for monitoring, with the next step") {
  yaml = "language: en\nlisten: {port: 1}\n" + streaming();
  const auto output = status();
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.err, Contains("arrivald does not answer") && Contains("systemctl status arrivald") &&
                             Contains("nothing listens") && !Contains("firewall"));
  CHECK(checked().exit == 2);
  CHECK(isOneLine(checked().out));
}

TEST_CASE_METHOD(Fixture,
                 "where the daemon listens is never guessed: what cannot be read is named, with the remedy") {
  startWell();
  pass(6min);
  SECTION("no such file") {
    StatusOptions options;
    options.config = folder.folder() + "/elsewhere.yaml";
    const auto output = statusOutput(options, environment());
    CHECK(output.exit == kExitConfig);
    CHECK_THAT(output.err, Contains("elsewhere.yaml") && Contains("was not asked") && Contains("sudo"));
    options.check = true;
    CHECK(statusOutput(options, environment()).exit == 3);
  }
  SECTION("the password") {
    replace("listen: {port: 0}\n",
            "listen: {port: 0, basic_auth: {user: ops, password: {credential: pw}}}\n");
    const auto output = status();
    CHECK(output.exit == kExitConfig);
    CHECK_THAT(output.err, Contains("password") && Contains("CREDENTIALS_DIRECTORY=/etc/arrivald"));
  }
  SECTION("other secrets and mistakes do not matter") {
    yaml += "lisen: {}\n";
    secrets.erase("KEY");
    CHECK(status().exit == kExitOk);
  }
}

TEST_CASE_METHOD(
    Fixture, "an own certificate is known by its file, whatever its name, and no other setting is advised") {
  Certificates::Wanted wanted;
  wanted.names = "DNS:mail.example.jp";
  const Certificates own(wanted), renewed(wanted);
  const auto tls = [](const Certificates& one) {
    return "listen: {port: 0, tls: {certificate: " + one.certificateFile() + ", key: " + one.keyFile() +
           "}}\n";
  };
  replace("listen: {port: 0}\n", tls(own));
  startWell();
  pass(6min);
  CHECK(status().exit == kExitOk);
  replace(tls(own), tls(renewed));
  const auto output = status();
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.err, Contains(renewed.certificateFile()) && Contains("systemctl reload arrivald") &&
                             !Contains("ca_file"));
}

TEST_CASE_METHOD(Fixture, "test-alert waits for the channel's answer, and its exit code tells it") {
  startWell();
  SECTION("delivered") {
    slackAnswers(200, "ok");
    const auto output = testAlert();
    CHECK(output.exit == kExitOk);
    CHECK_THAT(output.out, Contains("ops: delivered"));
  }
  SECTION("a webhook that was revoked") {
    slackAnswers(404, "no_service");
    const auto output = testAlert();
    CHECK(output.exit == kExitFailed);
    CHECK(output.out.empty());
    CHECK_THAT(output.err,
               Contains("ops: NOT delivered") && Contains("404 no_service") && Contains("revoked"));
    pass(30min);
    CHECK(posted() == 1);  // neither tried again nor kept
    CHECK(DaemonFixture::status()["outbox"]["undeliverable"] == 0);
  }
  SECTION("a server that fails is told at once, and the test not posted again and again") {
    slackAnswers(500, "oops");
    const auto output = testAlert();
    CHECK(output.exit == kExitFailed);
    CHECK_THAT(output.err, Contains("500 oops") && Contains("Slack fails"));
    pass(5min);
    CHECK(posted() == 1);
  }
  SECTION("somebody who takes it, but is not Slack") {
    slackAnswers(200, "<html>");
    CHECK_THAT(testAlert().err, Contains("Somebody else answered"));
    pass(5min);
    CHECK(posted() == 1);
  }
  SECTION("no answer within the time") {
    provider.hang(FakeTransport::asked("POST", "hooks.slack.com"));
    TestAlertOptions options;
    options.within = 500ms;
    const auto output = testAlert(options);
    CHECK(output.exit == kExitFailed);
    CHECK_THAT(output.err, Contains("ops: no outcome within"));
    provider.release(FakeTransport::reply(200, "ok"));
    drain(io);
  }
  SECTION("a channel that does not exist") {
    TestAlertOptions options;
    options.channel = "opps";
    const auto output = testAlert(options);
    CHECK(output.exit == kExitFailed);
    CHECK_THAT(output.err, Contains("opps") && Contains("there are: ops"));
  }
}

TEST_CASE_METHOD(Fixture,
                 "test-alert: a second test within a minute is not posted, unless that is asked for") {
  startWell();
  slackAnswers(200, "ok");
  CHECK(testAlert().exit == kExitOk);
  const auto second = testAlert();
  CHECK(second.exit == kExitOk);
  CHECK_THAT(second.out, Contains("none was posted anew"));
  CHECK(posted() == 1);
  TestAlertOptions options;
  options.again = true;
  CHECK(testAlert(options).exit == kExitOk);
  CHECK(posted() == 2);
  pass(2min);
  CHECK(testAlert().exit == kExitOk);
  CHECK(posted() == 3);
  CHECK(reload());  // the address may be another one now
  CHECK(testAlert().exit == kExitOk);
  CHECK(posted() == 4);
}

TEST_CASE_METHOD(Fixture, "test-alert: with several channels each is told, and one failure is a failure") {
  replace("channels: [", "channels: [{name: second, type: slack, webhook: {environment: SECOND}}, ");
  secrets["SECOND"] = "https://hooks.slack.com/services/T/B/other";
  startWell();
  provider.always(FakeTransport::asked("POST", "/other"), FakeTransport::reply(410, "channel_is_archived"));
  slackAnswers(200, "ok");
  const auto output = testAlert();
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.out, Contains("ops: delivered"));
  CHECK_THAT(output.err, Contains("second: NOT delivered") && Contains("archived or deleted"));
}

TEST_CASE_METHOD(Fixture,
                 "trace finds a mailbox in every spelling, in the events and on the lists, in one language") {
  startWell();
  CHECK(post(delivered("m1")) == 204);
  std::vector<suppression::Entry> page{
      {"\"ab..cde\"@docomo.ne.jp", clock.now() - 1h, "550 5.1.1 unknown user", "5.1.1", ""}};
  REQUIRE(daemon->owners().lists().add("main", suppression::List::bounces, page));
  CHECK_THAT(trace("A+news@b.jp").out,
             Contains("delivered") && Contains("m1") && Contains("Times in Asia/Tokyo"));
  const auto listed = trace("AB..cde@docomo.ne.jp");
  CHECK_THAT(listed.out, Contains("On the list \"bounces\" of main since 2026-11-25 11:00") &&
                             Contains("550 5.1.1 unknown user") && Contains("No event is stored"));
  const auto japanese = trace("AB..cde@docomo.ne.jp", "", Language::japanese);
  CHECK_THAT(japanese.out, Contains("リスト") && !Contains("On the list"));
  const auto nothing = trace("nobody@b.jp");
  CHECK(nothing.exit == kExitOk);
  CHECK_THAT(nothing.out, Contains("Nothing is stored about it") && Contains("events from before") &&
                              Contains("main: all (suppressions: false)"));
}

TEST_CASE_METHOD(Fixture,
                 "trace takes a group in any spelling; an unknown one is an error that lists the groups") {
  startWell();
  CHECK(post("[{\"event\":\"delivered\",\"email\":\"a@gmail.com\",\"sg_message_id\":\"g1\",\"sg_event_id\":"
             "\"g1\","
             "\"timestamp\":" +
             std::to_string(unixSeconds(clock.now() - 1s)) + "}]") == 204);
  for (const auto* spelling : {"Gmail", "gmail", "GMAIL", "gmai", "gmail.com"}) {
    CAPTURE(spelling);
    CHECK_THAT(trace("", spelling).out, Contains("g1"));
  }
  CHECK(
      post("[{\"event\":\"delivered\",\"email\":\"a@docomo.ne.jp\",\"sg_message_id\":\"d1\",\"sg_event_id\":"
           "\"d1\","
           "\"timestamp\":" +
           std::to_string(unixSeconds(clock.now() - 1s)) + "}]") == 204);
  for (const auto* spelling : {"docomo", "ドコモ", "NTTドコモ", "docomo.ne.jp", "@docomo.ne.jp"}) {
    CAPTURE(spelling);
    CHECK_THAT(trace("", spelling).out, Contains("d1") && !Contains("g1"));
  }
  CHECK(trace("", "lg.jp").exit == kExitOk);
  CHECK_THAT(trace("", "yahoo japan").out, Contains("No event is stored") || Contains("Nothing is stored"));
  CHECK_THAT(trace("", "Yahoo").out, Contains("called alike: Yahoo! JAPAN"));
  TraceOptions bounces;
  bounces.group = "docomo";
  bounces.event = "bounce";
  CHECK_THAT(run(traceOutput, bounces).out,
             Contains("Of others are stored") && !Contains("no events to docomo"));
  CHECK(trace("", "自治体").exit == kExitOk);
  const auto unknown = trace("", "Gmial");
  CHECK(unknown.exit == kExitUsage);
  CHECK_THAT(unknown.err, Contains("Gmial") && Contains("docomo") && Contains("Gmail"));
  CHECK_THAT(trace("", "Gmial", Language::japanese).err, Contains("宛先グループはありません"));
  CHECK_THAT(trace("", "yah").err, Contains("could be one of several: Yahoo! JAPAN, Yahoo"));
}

TEST_CASE_METHOD(Fixture, "trace in Japanese names events and groups of receivers in Japanese") {
  startWell();
  CHECK(post(delivered("m1")) == 204);
  const auto found = trace("a@b.jp", "", Language::japanese).out;
  CHECK_THAT(found, Contains("配信済み") && !Contains("delivered"));
  CHECK_THAT(trace("", "Gmial", Language::japanese).err,
             Contains("自治体") && !Contains("Local governments"));
  TraceOptions options;
  options.what = "a@b.jp";
  options.event = "bounce";
  options.language = Language::japanese;
  CHECK_THAT(run(traceOutput, options).out, Contains("「バウンス」") && Contains("1 配信済み"));
}

TEST_CASE_METHOD(Fixture, "status tells of an alert that has ended when it began and when it ended") {
  startWell();
  rules::Alert alert;
  alert.key = {"stall", {"main", delivery::Dimension::account, ""}};
  alert.state = rules::AlertState::resolved;
  alert.startedAt = alert.beganAt = clock.now() - 3h;
  alert.since = alert.lastBad = clock.now() - 1h;
  alert.resolvedAt = clock.now() - 1h;
  REQUIRE(daemon->owners().alerts().put({{alert}, {}}, {}));
  CHECK_THAT(status().out, Contains("stall@main: ended at 2026-11-25 11:0") && Contains("; it began at "));
}

TEST_CASE_METHOD(Fixture, "trace without an event stream says so instead of finding nothing") {
  const auto from = yaml.find("    events: {");
  yaml.erase(from, yaml.find('\n', from) + 1 - from);
  startWell();
  const auto output = trace("taro@example.jp");
  CHECK_THAT(output.out, Contains("There is no event stream"));
  CHECK(nlohmann::json::parse(ask(daemon->port(), "/api/trace?of=a%40b.jp").body)["event_stream"] == false);
}

TEST_CASE_METHOD(
    Fixture, "explain-alert explains what anything is called, in sentences of the configuration's language") {
  replace("default_rules: false\n", "");
  startWell();
  fire(rules::Severity::critical);
  const auto output = explainAlert("STALL");
  CHECK(output.exit == kExitOk);
  CHECK_THAT(output.out, Contains("stall, the whole account \"main\":") &&
                             Contains("Alert (critical) since") && Contains(" JST") &&
                             Contains("3 outcomes for 240 requests") && Contains("cannot be judged") &&
                             Contains("The data begins at"));
  CHECK_THAT(output.out, !Contains("value 0") && !Contains("0 of 0"));
  CHECK(explainAlert("stall@main#1764046800000.2").out == output.out);
  const auto all = explainAlert("");
  CHECK(all.out.find("stall, the whole") == 0);  // what fires comes first
  const auto unknown = explainAlert("Gmial");
  CHECK(unknown.exit == kExitFailed);
  CHECK_THAT(unknown.err, Contains("Gmial") && Contains("stall") && Contains("main"));
  CHECK_THAT(explainAlert("rate").err, Contains("could be one of several") && Contains("drop-rate"));
}

TEST_CASE_METHOD(
    Fixture, "a key whose file is newer than what runs is told after a reload, in the log and by status") {
  startWell();
  secrets["CREDENTIALS_DIRECTORY"] = "/run/credentials/arrivald.service";
  replace("key: {environment: KEY}", "key: {credential: sendgrid-key}");
  surround = [](config::Environment& environment) {
    environment.folder = "/etc/arrivald/";
    environment.readFile = [](const std::string&) -> Result<std::string> { return std::string("SG.key"); };
    environment.modifiedAt = [](const std::string& path) -> std::optional<Instant> {
      return fromUnixSeconds(path == "/etc/arrivald/sendgrid-key" ? 1'800'000'100 : 1'800'000'000);
    };
  };
  REQUIRE(reload());
  CHECK_THAT(status().out, Contains("/etc/arrivald/sendgrid-key") && Contains("systemctl restart arrivald"));
}

TEST_CASE_METHOD(Fixture, "desk list refuses what it does not understand instead of listing something else") {
  startWell();
  const std::pair<const char*, const char*> wrong[] = {{"period", "30d"}, {"list", "bouncs"}, {"side", "his"},
                                                       {"cause", "x"},    {"from", "soon"},   {"to", "never"},
                                                       {"after", "here"}};
  for (const auto& [name, value] : wrong)
    for (const bool json : {false, true}) {
      CAPTURE(name, json);
      DeskListOptions options;
      options.narrowed = {{name, value}};
      options.json = json;
      const auto output = asAnotherProcess(deskListOutput, options);
      CHECK(output.exit == kExitUsage);
      CHECK(output.out.empty());
      CHECK_THAT(output.err, Contains(std::string("--") + name + ": " + value + " is not understood") &&
                                 Contains("--help"));
    }
  DeskListOptions options;
  options.narrowed = {{"period", "month"}, {"from", ""}, {"side", "ours"}};
  CHECK(asAnotherProcess(deskListOutput, options).exit == kExitOk);
}

TEST_CASE("explain answers for a list whose entries hold no reply") {
  const auto explained = [](const std::string& list) {
    ExplainOptions options;
    options.list = list;
    options.language = Language::english;
    std::ostringstream out;
    auto* before = std::cout.rdbuf(out.rdbuf());
    const int exit = explain(options);
    std::cout.rdbuf(before);
    CHECK(exit == kExitOk);
    return out.str();
  };
  CHECK_THAT(explained("spam_reports"), Contains("reported an earlier mail as spam") &&
                                            Contains("list.spam_reports") && !Contains("reply "));
  CHECK_THAT(explained("unsubscribes"), Contains("has unsubscribed"));
  CHECK_THAT(explained("bounces"), Contains("could not make out the reason"));
}

TEST_CASE_METHOD(Fixture, "trace says how far back the stored events of each account really go") {
  startWell();
  CHECK_THAT(trace("nobody@b.jp").out, Contains("main: no event has been stored yet"));
  CHECK(post(delivered("m1")) == 204);
  const auto since = daemon->owners().events().query().storedSince("main");
  REQUIRE(since);
  REQUIRE(*since);
  pass(2h);
  CHECK_THAT(trace("nobody@b.jp").out,
             Contains("main: events from before " + TimeZone::find("Asia/Tokyo")->zonedText(**since)) &&
                 Contains("were not searched") && Contains("14 d"));
}

TEST_CASE_METHOD(Fixture, "trace says what follows from spam reports and unsubscribes, events and entries") {
  startWell();
  const auto at = std::to_string(unixSeconds(clock.now() - 1s));
  CHECK(post(R"([{"event":"spamreport","email":"a@b.jp","sg_event_id":"s1","timestamp":)" + at +
             R"(},{"event":"unsubscribe","email":"c@b.jp","sg_event_id":"s2","timestamp":)" + at + "}]") ==
        204);
  CHECK_THAT(trace("a@b.jp").out,
             Contains("reported a mail as spam: SendGrid sends nothing more to this address"));
  CHECK_THAT(trace("c@b.jp", "", Language::japanese).out, Contains("本人が配信を停止しました"));
  std::vector<suppression::Entry> page{{"d@b.jp", clock.now() - 1h, "", "", ""}};
  REQUIRE(daemon->owners().lists().add("main", suppression::List::spamReports, page));
  CHECK_THAT(trace("d@b.jp").out, Contains("Do not remove it from the list"));
}

TEST_CASE_METHOD(Fixture, "trace takes no reply for a verdict that came while most of such mail failed") {
  startWell();
  std::vector<suppression::Entry> page{
      {"a@docomo.ne.jp", clock.now() - 30min, "550 5.1.1 User unknown", "5.1.1", ""},
      {"b@docomo.ne.jp", clock.now() - 3h, "550 5.1.1 User unknown", "5.1.1", ""}};
  REQUIRE(daemon->owners().lists().add("main", suppression::List::bounces, page));
  incidents::Followed followed;
  auto& incident = followed.incidents.emplace_back();
  incident.number = followed.lastNumber = 7;
  incident.account = "main";
  incident.root = {.receivers = {"docomo"}};
  incident.began = incident.openedAt = clock.now() - 40min;
  incident.worst = {50, 50, 0.5};
  const auto doubted = [&](const char* address) {
    REQUIRE(daemon->owners().alerts().put({}, followed, {}));
    return trace(address).out.find("(#7). The address need not be gone") != std::string::npos;
  };
  CHECK(doubted("a@docomo.ne.jp"));
  CHECK_FALSE(doubted("b@docomo.ne.jp"));  // of long before
  // Where a part fails, as of an old list, such a reply means what it says.
  followed.incidents[0].worst = {500, 70, 0.5};
  CHECK_FALSE(doubted("a@docomo.ne.jp"));
}

TEST_CASE(
    "the exported alert that arrivald is down says itself what to do, since nobody serves a page then") {
  const auto text = relayedRules("https://mail.example.jp");
  const auto down = text.find("- alert: ArrivaldDown"), next = text.find("- alert: ", down + 1);
  REQUIRE(next != std::string::npos);
  const auto alert = text.substr(down, next - down);
  CHECK(alert.find("runbook_url") == std::string::npos);
  CHECK_THAT(alert, Contains("runbook: |-") && Contains("sudo systemctl restart arrivald"));
  CHECK_THAT(text.substr(next), Contains("runbook_url: 'https://mail.example.jp/runbooks/"));
  // Also where no page has an address, which others have nothing to link to then.
  const auto plain = relayedRules("");
  CHECK_THAT(plain, Contains("runbook: |-") && Contains("sudo systemctl restart arrivald"));
  CHECK(plain.find("runbook_url") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "trace --event says which other events of the same mail are stored") {
  startWell();
  CHECK(post(delivered("m1")) == 204);
  TraceOptions options;
  options.what = "a@b.jp";
  options.event = "bounce";
  const auto output = run(traceOutput, options);
  CHECK_THAT(output.out, Contains("No event of this kind is stored") && Contains("1 delivered") &&
                             Contains("without --event") && !Contains("Nothing is stored"));
  options.event = "delivered";
  CHECK_THAT(run(traceOutput, options).out, !Contains("without --event"));
  options.event = "spam";
  CHECK_THAT(run(traceOutput, options).err, Contains("spamreport") && Contains("group_unsubscribe"));
}

TEST_CASE_METHOD(Fixture, "trace --malformed gives times in the zone of the configuration, and names it") {
  startWell();
  CHECK(post("[{\"event\":7}]") == 204);
  TraceOptions options;
  options.malformed = true;
  const auto output = run(traceOutput, options);
  CHECK_THAT(output.out, Contains("Times in Asia/Tokyo") &&
                             Contains(TimeZone::find("Asia/Tokyo")->minuteText(clock.now())) &&
                             !Contains("Z  main"));
}

TEST_CASE_METHOD(Fixture, "a file that is no YAML at the moment does not hide the daemon, and is told of") {
  startWell();
  pass(6min);
  const auto good = yaml;
  for (const auto* broken : {"rules: [{name: drift\n", "channels: [{\n  bad\n: :\n",
                             "holidays: []\nholidays: []\n", "listen: {port: 1}\n"}) {
    CAPTURE(broken);
    yaml = good + broken;
    const auto output = status();
    CHECK(output.exit == kExitOk);
    CHECK_THAT(output.out, Contains("main"));
    CHECK_THAT(output.err, Contains("arrivald.yaml:") && Contains("runs with what it took before"));
    CHECK_THAT(trace("nobody@b.jp").out, Contains("no event has been stored yet"));
  }
  yaml = good;
  CHECK(status().err.empty());
}
