// Silences from a command to the outbox: what is silenced is followed, and nobody is notified.
#include "watch/silence.hpp"

#include <nlohmann/json.hpp>

#include "base/local_time.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/incident_views.hpp"
#include "watch/page_model.hpp"
#include "watch/status_json.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using incidents::State;

namespace {

using Names = std::vector<std::string>;

// An account whose incident a test sets: what is asked here is only what becomes of it.
struct Fixture : StreamFixture {
  Fixture() {
    auto& channel = config.channels.emplace_back();
    channel.name = "team";
    channel.language = Language::english;
    config.routes.emplace_back().channels = {"team"};
    rules::Rule rule;
    rule.name = "delivery-rate";
    config.rules = {rule};
    restart();
  }

  void open(std::int64_t number, std::vector<std::string> receivers) {
    auto followed = owners().incidents().followed();
    auto& one = followed.incidents.emplace_back();
    one.number = followed.lastNumber = number;
    one.account = "main";
    one.root.receivers = std::move(receivers);
    one.openedAt = one.since = one.began = one.lastBad = one.rootSince = clock.now();
    one.severity = one.worstSeverity = rules::Severity::critical;
    one.numbers = {100, 20, 1};
    REQUIRE(owners().alerts().put({owners().alerts().all(), {}}, std::move(followed), {}));
  }
  Result<std::int64_t> add(const AddSilence& asked) { return addSilence(owners(), config, asked); }
  std::string refusal(const AddSilence& asked) {
    const auto added = add(asked);
    return added ? "taken" : added.error().text;
  }
  static AddSilence gmail() {
    AddSilence asked;
    asked.match.receiver = "Gmail";
    asked.by = "Sato";
    asked.why = "the provider knows";
    asked.length = "8h";
    return asked;
  }
  nlohmann::json listed() { return nlohmann::json::parse(silencesJson(owners(), config))["silences"]; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a silence is listed with whom it is by, until when, and what it silences") {
  open(1, {"Gmail"});
  open(2, {"docomo"});
  REQUIRE(add(gmail()).value() == 1);
  const auto one = listed().at(0);
  CHECK(one["id"] == 1);
  CHECK(one["state"] == "active");
  CHECK(one["match"] == nlohmann::json({{"receiver", "Gmail"}}));
  CHECK(one["by"] == "Sato");
  CHECK(one["end"] == toIso(clock.now() + 8h));
  CHECK(one["incidents"] == nlohmann::json({1}));
  const IncidentViews views(owners(), config, Language::english);
  CHECK_THAT(views.page(1)->silenced,
             Catch::StartsWith("until ") && Catch::EndsWith("(Sato: the provider knows)"));
  CHECK(views.page(2)->silenced.empty());
  const auto lines = silenceLines(owners(), config, Language::english);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("silence 1: receiver \"Gmail\", until "));
  CHECK_THAT(silenceLines(owners(), config, Language::japanese).at(0),
             Catch::StartsWith("静音1: 宛先「Gmail」、"));
  CHECK(pageModelOf(owners(), config, "1").silences.size() == 1);
  const auto status = nlohmann::json::parse(statusJson(owners(), config, "1", {}));
  CHECK(status["silences"].size() == 1);
  CHECK(status["incidents"][0]["number"] == 2);
  CHECK(status["incidents"][1].contains("silenced"));
  restart();
  CHECK(listed().size() == 1);
  clock.advance(8h);
  CHECK(listed().empty());
}

TEST_CASE_METHOD(Fixture, "a silence is ended by its number, once") {
  REQUIRE(add(gmail()));
  CHECK(endSilence(owners(), config, 7).error().kind == Error::Kind::notFound);
  REQUIRE(endSilence(owners(), config, 1));
  CHECK(listed().empty());
  CHECK(endSilence(owners(), config, 1).error().kind == Error::Kind::notFound);
  // A number is not given twice.
  CHECK(add(gmail()).value() == 2);
}

TEST_CASE_METHOD(Fixture, "what a silence silenced is shown as it is from its end on, before anybody looks") {
  open(1, {"Gmail"});
  REQUIRE(add(gmail()));
  const auto shown = [this] {
    const IncidentViews views(owners(), config, Language::english);
    return views.page(1)->silenced;
  };
  CHECK_FALSE(shown().empty());
  SECTION("not at all") {
    REQUIRE(endSilence(owners(), config, 1));
    CHECK(shown().empty());
    CHECK_FALSE(
        nlohmann::json::parse(statusJson(owners(), config, "1", {}))["incidents"][0].contains("silenced"));
  }
  SECTION("by the other one that silences it as well") {
    auto other = gmail();
    other.by = "Ito";
    other.length = "1h";
    REQUIRE(add(other));
    REQUIRE(endSilence(owners(), config, 1));
    CHECK_THAT(shown(), Catch::Contains("Ito"));
  }
}

TEST_CASE_METHOD(Fixture, "a silence of what is not known is taken with a doubt, which names the nearest") {
  const auto doubt = [this](const rules::Matcher& match) {
    return doubtOf(match, owners(), config).english();
  };
  CHECK(doubt({.receiver = "docomo"}).empty());
  CHECK(doubt({.receiver = "doc*"}).empty());
  CHECK(doubt({.account = "main"}).empty());
  CHECK_THAT(doubt({.receiver = "docmo"}),
             Catch::Contains("docmo") && Catch::Contains("did you mean \"docomo\"?"));
  CHECK_THAT(doubt({.category = "no-such"}), Catch::Contains("no category is known as no-such"));
  config.eventStream.domainGroups.push_back({"our-school", {"school.example.jp"}});
  CHECK(doubt({.receiver = "our-school"}).empty());
}

TEST_CASE_METHOD(Fixture, "what is wrong with a silence is said with its remedy") {
  auto asked = gmail();
  asked.match = {};
  CHECK_THAT(refusal(asked), Catch::StartsWith("say what is silenced: --incident"));
  asked = gmail();
  asked.why = " ";
  CHECK_THAT(refusal(asked), Catch::Contains("--why"));
  asked = gmail();
  asked.length = "";
  CHECK_THAT(refusal(asked), Catch::StartsWith("say until when"));
  asked.length = "8h";
  asked.until = "18:00";
  CHECK_THAT(refusal(asked), Catch::StartsWith("say until when"));
  asked = gmail();
  asked.length = "31d";
  CHECK_THAT(refusal(asked), Catch::StartsWith("a silence lasts at most 30d"));
  asked.length = "soon";
  CHECK_THAT(refusal(asked), Catch::Contains("such as 2h"));
  asked = gmail();
  asked.length = "";
  asked.until = "2020-01-01 09:00";
  CHECK_THAT(refusal(asked), Catch::StartsWith("it would end at 2020-01-01 09:00 UTC"));
  asked.until = "over";
  CHECK_THAT(refusal(asked), Catch::StartsWith("--until over is for one incident"));
  asked.until = "tomorrow";
  CHECK_THAT(refusal(asked), Catch::StartsWith("a time is such as 18:00"));
  asked = gmail();
  asked.match.account = "other";
  CHECK_THAT(refusal(asked), Catch::Contains("there are main"));
  asked = gmail();
  asked.match.rule = "stal";
  CHECK_THAT(refusal(asked), Catch::Contains("there are delivery-rate"));
  asked = gmail();
  asked.match.cause = "rain";
  CHECK_THAT(refusal(asked), Catch::Contains("auth_failure"));
  asked = gmail();
  asked.from = "2036-01-01";
  CHECK_THAT(refusal(asked), Catch::StartsWith("--from is at most"));
  asked = {};
  asked.incident = 9;
  asked.by = asked.why = "x";
  asked.until = "over";
  CHECK(add(asked).error().kind == Error::Kind::notFound);
  asked = gmail();
  asked.incident = 9;
  CHECK_THAT(refusal(asked), Catch::StartsWith("--incident stands alone"));
  // What would be forgotten at the next start is no answer.
  memory->health.record("alerts", Error{Error::Kind::diskFull, "full", Party::storage});
  CHECK(add(gmail()).error().kind == Error::Kind::diskFull);
  memory->health.record("alerts", done());
  CHECK(listed().empty());
  for (std::size_t i = 0; i < incidents::kMaxSilences; ++i) REQUIRE(add(gmail()));
  CHECK_THAT(refusal(gmail()), Catch::StartsWith("there are 200 silences already"));
}

TEST_CASE_METHOD(Fixture, "a silence of one incident lasts until that is over, thirty days at most") {
  open(1, {"Gmail"});
  AddSilence asked;
  asked.incident = 1;
  asked.by = asked.why = "x";
  asked.until = "over";
  REQUIRE(add(asked));
  CHECK(listed()[0]["until_over"] == true);
  CHECK(listed()[0]["end"] == toIso(clock.now() + 30 * 24h));
  CHECK(owners().incidents().find(1)->silenced);
}

TEST_CASE_METHOD(Fixture, "what is planned begins at its time; maintenance windows stand beside it") {
  open(1, {"Gmail"});
  auto asked = gmail();
  asked.from = toIso(clock.now() + 2h);
  REQUIRE(add(asked));
  CHECK(listed()[0]["state"] == "planned");
  CHECK(listed()[0]["end"] == toIso(clock.now() + 10h));
  CHECK(listed()[0]["incidents"].empty());
  CHECK_FALSE(owners().incidents().find(1)->silenced);
  CHECK_THAT(silenceLines(owners(), config, Language::english).at(0),
             Catch::StartsWith("silence 1, planned: "));
  config::Maintenance once;
  once.name = "move";
  once.match.account = "*";
  once.why = "DNS";
  once.from = clock.now() - 1h;
  once.to = clock.now() + 1h;
  config::Maintenance again = once;
  again.name = "weekly";
  again.from = again.to = std::nullopt;
  again.begin = Schedule::cron("0 0 * * sun", TimeZone()).value();
  again.length = 2h;
  config.maintenance = {once, again};
  const auto windows = maintenanceAt(config, clock.now());
  REQUIRE(windows.size() == 2);
  CHECK(isActive(windows[0], clock.now()));
  CHECK(windows[1].begin > clock.now() - 2h);
  CHECK(listed().size() == 3);
  CHECK(listed()[0]["maintenance"] == "move");
  CHECK(maintenanceAt(config, windows[1].begin + 1h).back().begin == windows[1].begin);
  CHECK(maintenanceAt(config, windows[1].begin + 2h).back().begin == windows[1].begin + 7 * 24h);
}

TEST_CASE("a time of the day is the next one") {
  const auto zone = TimeZone::find("Asia/Tokyo").value();
  const auto now = parseIso("2026-11-27T09:00:00+09:00").value();
  CHECK(readTime("18:00", zone, now).value() == now + 9h);
  CHECK(readTime("08:00", zone, now).value() == now + 23h);
  CHECK(readTime("09:00", zone, now).value() == now + 24h);
  CHECK(readTime("2026-11-28 18:00", zone, now).value() == now + 33h);
  CHECK_FALSE(readTime("noon", zone, now));
}
