// Alertmanager is told of incidents as long as they go on, and of their end.
#include "watch/post_to_alertmanager.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using incidents::Incident;
using incidents::State;

namespace {

struct Fixture : ProviderFixture {
  incidents::Followed followed;
  std::unique_ptr<PostToAlertmanager> post;

  Fixture() {
    config.language = Language::english;
    config.links.page = "https://arrivald.example.jp";
    auto& settings = config.alertmanager.emplace();
    settings.urls = {"http://am1.example:9093", "http://am2.example:9093"};
    settings.labels = {{"team", "mail"}};
    restartPosting();
  }
  void restartPosting() { post = std::make_unique<PostToAlertmanager>(owners(), transport, config); }

  Incident& add(std::int64_t number, const std::string& receiver) {
    auto& incident = followed.incidents.emplace_back();
    incident.number = number;
    incident.account = "main";
    incident.root.receivers = {receiver};
    incident.root.kinds = {incidents::kindNamed("auth_failure").value()};
    incident.began = incident.openedAt = incident.since = clock.now() - 10min;
    incident.severity = incident.worstSeverity = rules::Severity::critical;
    incident.worstRule = "delivery-rate";
    incident.numbers.mails = 31;
    incident.numbers.seen = 6;
    incident.window = 10min;
    incident.notified.emplace().openedAt = clock.now();
    return incident;
  }
  void end(Incident& incident) {
    incident.state = State::resolved;
    incident.endedAt = clock.now();
    incident.notified->closed = true;
  }
  JobOutcome round() {
    owners().incidents().take(followed);
    return runTask(io, post->postOnce());
  }
  void members(FakeTransport::Answer first, FakeTransport::Answer second) {
    transport.clear();
    transport.always(FakeTransport::asked("POST", "am1.example:9093/api/v2/alerts"), std::move(first));
    transport.always(FakeTransport::asked("POST", "am2.example:9093/api/v2/alerts"), std::move(second));
  }
  nlohmann::json posted() const { return nlohmann::json::parse(transport.requests().back().body); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "each member is posted every incident that people know of") {
  add(128, "Gmail");
  add(129, "docomo").notified.reset();  // a warning that may be over before it is told
  members(FakeTransport::reply(200), FakeTransport::reply(200));
  CHECK_FALSE(round());
  REQUIRE(transport.requests().size() == 2);
  CHECK(transport.requests()[0].body == transport.requests()[1].body);
  const auto alerts = posted();
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0]["labels"] == nlohmann::json({{"alertname", "MailIncident"},
                                               {"account", "main"},
                                               {"incident", "128"},
                                               {"severity", "critical"},
                                               {"receiver", "Gmail"},
                                               {"cause", "auth_failure"},
                                               {"rule", "delivery-rate"},
                                               {"team", "mail"}}));
  CHECK_THAT(alerts[0]["annotations"]["summary"].get<std::string>(),
             Catch::Contains("#128") && Catch::Contains("Gmail"));
  for (const auto* key : {"description", "side", "next_step"})
    CHECK_FALSE(alerts[0]["annotations"][key].get<std::string>().empty());
  CHECK(alerts[0]["startsAt"] == toIso(clock.now() - 10min));
  CHECK(alerts[0]["endsAt"] == toIso(clock.now() + kLapsesAfter));
  CHECK(alerts[0]["generatorURL"] == "https://arrivald.example.jp/incident/128");
}

TEST_CASE_METHOD(Fixture,
                 "what was silenced after people knew of it goes on, and says who silenced it and why") {
  auto& incident = add(1, "Gmail");
  auto& silenced = incident.silenced.emplace();
  silenced.by.by = "ops-1";
  silenced.by.why = "known";
  members(FakeTransport::reply(200), FakeTransport::reply(200));
  CHECK_FALSE(round());
  CHECK(posted()[0]["annotations"]["silenced"] == "ops-1: known");
  CHECK(posted()[0]["endsAt"] == toIso(clock.now() + kLapsesAfter));
}

TEST_CASE_METHOD(Fixture, "the end is told at once, also right after a restart") {
  members(FakeTransport::reply(200), FakeTransport::reply(200));
  auto& incident = add(1, "Gmail");
  CHECK_FALSE(round());
  clock.advance(30s);
  end(incident);
  const bool restarted = GENERATE(false, true);
  if (restarted) restartPosting();
  CHECK_FALSE(round());
  REQUIRE(posted().size() == 1);
  CHECK(posted()[0]["endsAt"] == toIso(clock.now()));
  clock.advance(kLapsesAfter + 1min);
  members(FakeTransport::reply(500), FakeTransport::reply(500));
  transport.always(FakeTransport::asked("GET", "/-/ready"), FakeTransport::reply(200));
  CHECK_FALSE(round());
  CHECK(transport.requests().back().method == "GET");
}

TEST_CASE_METHOD(Fixture, "trouble of arrivald's own is posted as incidents are, and its end as well") {
  members(FakeTransport::reply(200), FakeTransport::reply(200));
  add(9, "Gmail");
  owners().incidents().take(followed);
  const auto began = clock.now();
  memory->health.record("alerts", Error{Error::Kind::diskFull, "no space left", Party::storage});
  const auto pass = [&](Duration span) {
    for (Duration gone{}; gone < span; gone += 10s) {
      clock.advance(10s);
      owners().alerts().notifyOfOwn(config, owners().jobs());
    }
    CHECK_FALSE(runTask(io, post->postOnce()));
  };
  pass(1min);
  auto alerts = posted();
  REQUIRE(alerts.size() == 2);
  const auto number = alerts[0]["labels"]["incident"].get<std::string>();
  CHECK(alerts[0]["labels"] == nlohmann::json({{"alertname", "MailIncident"},
                                               {"incident", number},
                                               {"severity", "critical"},
                                               {"rule", "arrivald-store"},
                                               {"team", "mail"}}));
  CHECK_THAT(alerts[0]["annotations"]["summary"].get<std::string>(), Catch::Contains("#" + number + " "));
  for (const auto* key : {"description", "side", "next_step"})
    CHECK_FALSE(alerts[0]["annotations"][key].get<std::string>().empty());
  CHECK(alerts[0]["startsAt"] == toIso(began));
  CHECK(alerts[0]["endsAt"] == toIso(clock.now() + kLapsesAfter));
  CHECK(alerts[0]["generatorURL"] == "https://arrivald.example.jp/incident/" + number);
  memory->health.record("alerts", done());
  memory->health.recovered();
  pass(2min);
  alerts = posted();
  REQUIRE(alerts.size() == 2);
  CHECK(alerts[1]["labels"]["incident"] == number);
  CHECK(alerts[1]["endsAt"].get<std::string>() <= toIso(clock.now()));
  pass(kLapsesAfter);
  CHECK(posted().size() == 1);
}

TEST_CASE_METHOD(Fixture, "a member that fails keeps no other from being told, and the task says which") {
  add(1, "Gmail");
  members(FakeTransport::fail(http::Failure::Kind::connect, "am1.example:9093: connection refused"),
          FakeTransport::reply(200));
  const auto outcome = round();
  CHECK(transport.requests().size() == 2);
  REQUIRE(outcome);
  CHECK_THAT(outcome->text, Catch::Contains("am1.example:9093"));
}

TEST_CASE_METHOD(Fixture, "without incidents a member that is gone is noticed before there is one") {
  transport.always(FakeTransport::asked("GET", "am1.example:9093/-/ready"), FakeTransport::reply(200));
  transport.always(FakeTransport::asked("GET", "am2.example:9093/-/ready"), FakeTransport::reply(502));
  const auto outcome = round();
  REQUIRE(outcome);
  CHECK_THAT(outcome->text, Catch::Contains("am2.example:9093"));
}
