// What `status` calls wrong, and how badly.
#include "watch/status_problems.hpp"

#include "rules/defaults.hpp"
#include "watch/provider_fixture.hpp"
#include "watch/test_alerts.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using Catch::Contains;
using rules::Severity;

namespace {

struct Fixture : ProviderFixture {
  explicit Fixture(int minutes = 6) {
    config.language = Language::english;
    config.zone = TimeZone::find("Asia/Tokyo").value();
    config.channels.emplace_back().name = "ops";
    config.routes.emplace_back().channels = {"ops"};
    retain();
    owners().jobs().added(statistics, 1min, Party::provider);
    for (int minute = 0; minute < minutes; ++minute) {
      statisticsSay(900 + 10 * minute, 890 + 10 * minute);
      owners().jobs().succeeded(statistics, 1s);
      clock.advance(1min);
    }
  }
  std::vector<StatusProblem> all() { return problemsOf(owners(), config); }
  std::string_view state() { return stateOf(all(), owners(), config); }
  void onlyOne(Severity severity, const std::string& part) {
    const auto found = all();
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == severity);
    CHECK_THAT(found[0].text, Contains(part));
  }
  void undeliverable() {
    notify::Notification notification;
    notification.id = notification.title = "x";
    REQUIRE(owners().outbox().putNow({{"stall@main#1.1", "ops", notification}}));
    const auto next = owners().outbox().next("ops");
    owners().outbox().record(**next, Error{Error::Kind::notFound, "404 no_service", Party::configuration},
                             std::nullopt);
  }
  const TaskId statistics{"main", "statistics"};
};

/// An account of which nothing has been read yet.
struct Fresh : Fixture {
  Fresh() : Fixture(0) {}
  delivery::Counts counted;
  void minute(bool arrives) {
    ++counted[delivery::Metric::requests];
    ++counted[delivery::Metric::processed];
    ++counted[arrives ? delivery::Metric::delivered : delivery::Metric::bounces];
    delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
    read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
    read.totals.push_back({whole, {{read.firstDay, counted}}});
    REQUIRE(owners().statistics().apply(read));
    owners().jobs().succeeded(statistics, 1s);
    clock.advance(1min);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "where nothing is wrong there is no problem") {
  CHECK(all().empty());
  CHECK(state() == "ok");
}

TEST_CASE_METHOD(Fixture, "what nobody gets is critical, and what waits for long is a warning") {
  notify::Notification notification;
  REQUIRE(owners().outbox().putNow({{"stall@main#1.1", "ops", notification}}));
  CHECK(all().empty());
  clock.advance(16min);
  onlyOne(Severity::warning, "1 notifications wait to be delivered, the oldest since 2026-11-10 12:06 JST");
  CHECK(state() == "warning");
  const auto next = owners().outbox().next("ops");
  owners().outbox().record(**next, Error{Error::Kind::notFound, "404 no_service", Party::configuration},
                           std::nullopt);
  onlyOne(Severity::critical, "The last was for ops: 404 no_service");
  CHECK(state() == "critical");
}

TEST_CASE_METHOD(Fixture,
                 "events for an account that takes none are said, and are a warning if they look genuine") {
  const auto said = [&] {
    std::optional<Severity> severity;
    for (const auto& one : all())
      if (one.text.find("that are for no account with `events:`") != std::string::npos)
        severity = one.severity;
    return severity;
  };
  http::ServerRequest header;
  header.method = "POST";
  header.path = "/events/main";
  const auto post = [&] { CHECK(owners().events().receiver().admit(header)->status == 401); };
  post();
  onlyOne(Severity::info, "1 batches of events were refused within the last hour");
  onlyOne(Severity::info, "accounts[NAME] needs `events:`");
  header.headers.add("User-Agent", "SendGrid Event API");
  for (int minute = 0; minute < 3; ++minute) {
    post();
    clock.advance(1min);
  }
  CHECK(said() == Severity::warning);
  clock.advance(61min);
  CHECK_FALSE(said());
}

TEST_CASE_METHOD(Fixture, "statistics that lack a metric name it, and so does an answer that is held back") {
  for (int minute = 0; minute < 10; ++minute) {
    statisticsSay(1000 + 10 * minute, 990 + 10 * minute);
    clock.advance(1min);
  }
  CHECK(all().empty());
  SECTION("one answer is worth a note, several are a warning") {
    statisticsSay(1100, static_cast<int>(delivery::kLacking));
    onlyOne(
        Severity::info,
        "The latest statistics of main lack delivered, since 2026-11-10 12:16 JST. What depends on it is");
    clock.advance(6min);
    statisticsSay(1110, static_cast<int>(delivery::kLacking));
    onlyOne(Severity::warning, "lack delivered, since 2026-11-10 12:16 JST");
    clock.advance(1min);
    statisticsSay(1120, 1110);
    CHECK(all().empty());
  }
  SECTION("what cannot be true") {
    const auto today = TimeZone().dateOf(clock.now());
    const auto answer = [&](std::int64_t requests, std::int64_t delivered) {
      delivery::Counts counts;
      counts[delivery::Metric::requests] = counts[delivery::Metric::processed] = requests;
      counts[delivery::Metric::delivered] = delivered;
      REQUIRE(owners().statistics().apply({{"main", delivery::Dimension::account},
                                           clock.now(),
                                           today - std::chrono::days(1),
                                           today,
                                           {{whole, {{today, counts}}}},
                                           true}));
    };
    answer(1100, 2200);
    onlyOne(Severity::info,
            "have contradicted themselves since 2026-11-10 12:16 JST: delivered 2,200 of 1,100 requested");
    clock.advance(1min);
    answer(1110, 1100);
    CHECK(all().empty());
  }
  SECTION("outcomes beyond all mail") {
    statisticsSay(1100, 50'000);
    onlyOne(Severity::info, "with delivered 50,000 they have 50,000 outcomes of 1,100 mails requested");
    clock.advance(1min);
    statisticsSay(1110, 1100);
    CHECK(all().empty());
  }
  SECTION("what is held") {
    statisticsSay(50'000, 49'000);
    onlyOne(Severity::info, "held until the next answer confirms them: requests 50,000 instead of 1,090");
    clock.advance(1min);
    statisticsSay(1110, 1100);
    CHECK(all().empty());
  }
}

TEST_CASE_METHOD(Fixture, "the worst comes first, and an alert that another explains says so") {
  undeliverable();
  rules::Alert alert;
  alert.key = {"drift", whole};
  alert.state = rules::AlertState::recovering;
  alert.severity = Severity::warning;
  alert.startedAt = alert.beganAt = clock.now() - 1h;
  alert.mutedBy = "stall@main";
  auto cause = alert;
  cause.key.rule = "stall";
  cause.mutedBy.clear();
  REQUIRE(owners().alerts().put({{alert, cause}, {}}, {}));
  owners().scopes().checked("main", {"stats.read", "bounces.read"});
  const auto found = all();
  REQUIRE(found.size() == 4);
  CHECK(found[0].severity == Severity::critical);
  CHECK_THAT(found[1].text, Contains("stall") && !Contains("explains it"));
  CHECK_THAT(found[2].text, Contains("recovering") && Contains("stall, ") && Contains("explains it") &&
                                !Contains("stall@main"));
  CHECK_THAT(found[3].text, Contains("lacks 2 scopes: stats.read, bounces.read"));
}

TEST_CASE_METHOD(Fixture, "an alert that recovers is a warning at most") {
  rules::Alert alert;
  alert.key = {"stall", whole};
  alert.state = rules::AlertState::firing;
  alert.severity = Severity::critical;
  alert.startedAt = alert.beganAt = clock.now() - 1h;
  alert.lastBad = clock.now();
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  CHECK(state() == "critical");
  alert.state = rules::AlertState::recovering;
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  CHECK(state() == "warning");
}

TEST_CASE_METHOD(Fixture, "what stops all tasks of an account is said once, with the tasks") {
  const Error refused = Error::of(Error::Kind::unauthorized, verbatim("401"), Party::configuration);
  for (const auto* task : {"categories", "suppressions"})
    owners().jobs().added({"main", task}, 1min, Party::provider);
  for (const auto* task : {"statistics", "categories", "suppressions"})
    owners().jobs().failed({"main", task}, refused, 1s);
  onlyOne(Severity::warning, "This stops: categories, statistics, new list entries of main");
}

TEST_CASE_METHOD(Fixture, "one DMARC report that cannot be read is a note: nothing stops") {
  owners().jobs().added({"", "dmarc"}, 1min, Party::internal);
  owners().jobs().failed({"", "dmarc"},
                         Error::of(Error::Kind::unavailable,
                                   verbatim("the DMARC report a.xml cannot be read"), Party::configuration),
                         1s);
  onlyOne(Severity::info, "a.xml cannot be read. All other reports are read");
}

TEST_CASE_METHOD(Fixture, "a cause stands before the alert that follows from it, which points to it") {
  owners().jobs().failed(statistics,
                         Error::of(Error::Kind::unauthorized, verbatim("401"), Party::configuration), 1s);
  rules::Alert alert;
  alert.key = {"not-readable", whole};
  alert.state = rules::AlertState::firing;
  alert.severity = Severity::critical;
  alert.startedAt = alert.beganAt = clock.now() - 1h;
  alert.evidence = rules::ReadingEvidence{rules::Source::statistics, 1h, 5min, Party::configuration,
                                          Error::Kind::unauthorized};
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  const auto found = all();
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0].text, Contains("401"));
  CHECK(found[0].severity == Severity::critical);
  CHECK_THAT(found[1].text, Contains("not-readable") && Contains("follows from the error above"));
}

TEST_CASE_METHOD(Fixture, "a firing alert names the next step, as its notification does") {
  rules::Alert alert;
  alert.key = {"stall", whole};
  alert.state = rules::AlertState::firing;
  alert.severity = Severity::critical;
  alert.startedAt = alert.beganAt = clock.now() - 1h;
  alert.evidence = rules::StallEvidence{.requests = 240, .outcomes = 3};
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  onlyOne(Severity::critical, "What to do next: ");
}

TEST_CASE_METHOD(Fixture, "after the start it says what is not known yet, and when it will be") {
  restart();
  owners().jobs().added(statistics, 1min, Party::provider);
  onlyOne(Severity::info,
          "has just started (2026-11-10 12:06 JST). How the mail of main does is not known yet.");
  CHECK_THAT(all()[0].text, Contains("Not read yet: statistics."));
  CHECK(state() == "unknown");
  CHECK(isStarting(owners(), config));
}

TEST_CASE_METHOD(Fixture, "nothing is called well before a rule can judge it, however much of it is read") {
  config.rules = rules::defaults();
  auto aMinuteMore = [&, delivered = 890 + 60](int minute) mutable {
    delivered += 5;  // every second mail fails
    statisticsSay(960 + 10 * minute, delivered);
    owners().jobs().succeeded(statistics, 1s);
    clock.advance(1min);
  };
  aMinuteMore(0);
  onlyOne(Severity::info, "It can be judged from about 2026-11-10 12:10 JST on.");
  CHECK(state() == "unknown");
  for (int minute = 1; minute < 6; ++minute) aMinuteMore(minute);
  CHECK(all().empty());
  CHECK(state() == "ok");
}

TEST_CASE_METHOD(Fresh,
                 "on the first day a mail a minute, half of which fails, is too little to judge, not well") {
  config.rules = rules::defaults();
  for (int each = 0; each < 16; ++each) minute(each % 2 == 0);
  onlyOne(Severity::info, "too little mail of main to judge it yet: 8 of 15 mails");
  CHECK(state() == "unknown");
  for (int each = 0; each < 8; ++each) minute(each % 2 == 0);
  CHECK(all().empty());  // by now the rules decide
  CHECK(state() == "ok");
}

TEST_CASE_METHOD(Fresh,
                 "on the first day little mail that arrives is well as far as it goes: it is learned") {
  config.rules = rules::defaults();
  for (int each = 0; each < 16; ++each) minute(true);
  onlyOne(Severity::info,
          "main is new here and still being learned: of 15 mails with an outcome none failed");
  CHECK(isLearning(owners(), config));
  CHECK(state() == "ok");
  for (int each = 0; each < 8; ++each) minute(true);
  CHECK(all().empty());
  CHECK_FALSE(isLearning(owners(), config));
}

TEST_CASE_METHOD(Fixture, "a test that failed is not well until something is delivered") {
  REQUIRE(queueTestAlerts(owners().outbox(), clock, config, "", 0.5, Repeat::atOnce).ok());
  CHECK(all().empty());
  const auto next = owners().outbox().next("ops");
  owners().outbox().giveUp((*next)->queued, "404 no_service");
  onlyOne(Severity::warning,
          "The test notification of 2026-11-10 12:06 JST did not reach ops: 404 no_service.");
  CHECK_THAT(all()[0].text, Contains("make a new one in Slack"));
  clock.advance(1min);
  notify::Notification notification;
  REQUIRE(owners().outbox().putNow({{"stall@main#1.1", "ops", notification}}));
  owners().outbox().record(**owners().outbox().next("ops"), done(), std::nullopt);
  CHECK(all().empty());
}

TEST_CASE_METHOD(Fixture, "a refused reload is known until one is taken, whatever the clock does") {
  ConfigNotices notices;
  notices.refused = {clock.sinceBoot(), phrase("{} (and {} more)", "arrivald.yaml:3:1: unknown key", 2)};
  clock.advance(10min);
  const auto found = problemsOf(owners(), config, notices);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::warning);
  CHECK_THAT(found[0].text,
             Contains("A reload was refused at 2026-11-10 12:06 JST: arrivald.yaml:3:1: unknown "
                      "key (and 2 more). The former configuration stays in effect."));
}

TEST_CASE_METHOD(Fixture, "changed settings of the event webhook are told in words") {
  account().events.emplace();
  retain();
  owners().events().status().settingsChecked("main", "password,oauth");
  const auto found = all();
  REQUIRE_FALSE(found.empty());
  CHECK_THAT(found[0].text,
             Contains("it lacks the user and password") && Contains("OAuth client is not the one"));
}

TEST_CASE_METHOD(Fixture, "a configuration that notifies nobody is worth a note") {
  config.routes.clear();
  onlyOne(Severity::info, "Nobody is notified");
  CHECK(state() == "ok");
}

TEST_CASE_METHOD(Fixture, "the problems are in the language of the configuration") {
  config.language = Language::japanese;
  config.routes.clear();
  onlyOne(Severity::info, "誰にも通知されません");
}

TEST_CASE_METHOD(Fixture,
                 "mail of a day that has not begun in the account's time_zone names it on that day") {
  const auto readAt = [&](std::string_view iso, std::int64_t tomorrow) {
    clock.advance(parseIso(iso).value() - clock.now());
    delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
    const auto days = sendgrid::daysToAsk(account().zone, clock.now(), 3);
    const auto today = TimeZone().dateOf(clock.now());
    read.firstDay = days.from;
    read.lastDay = days.to;
    delivery::SubjectTotals totals{whole, {{today, {}}, {today + std::chrono::days(1), {}}}};
    totals.days[0].counts[delivery::Metric::requests] = 950;
    totals.days[0].counts[delivery::Metric::processed] = 950;
    totals.days[0].counts[delivery::Metric::delivered] = 940;
    totals.days[1].counts[delivery::Metric::requests] = tomorrow;
    read.totals.push_back(totals);
    REQUIRE(owners().statistics().apply(read));
    owners().jobs().succeeded(statistics, 1s);
  };
  readAt("2026-11-10T14:59:00Z", 0);
  CHECK(all().empty());
  readAt("2026-11-10T15:10:00Z", 7);  // in Tokyo it is the 11th
  CHECK(owners()
            .statistics()
            .windows()
            .find(whole)
            ->sum(15min, clock.now(), 1min)
            .counts[delivery::Metric::requests] == 7);
  onlyOne(Severity::warning, "main have mail of 2026-11-11, but in its time_zone UTC that day has not begun");
  account().zone = TimeZone::find("Asia/Tokyo").value();
  retain();
  CHECK(all().empty());
  account().zone = TimeZone();
  readAt("2026-11-10T23:55:00Z", 7);  // the provider's clock may be minutes ahead of ours
  CHECK(all().empty());
}

TEST_CASE_METHOD(Fixture, "an alert that stands only since its window still holds what is over is a note") {
  rules::Alert alert;
  alert.key = {"blocklist-or-authentication", whole};
  alert.state = rules::AlertState::firing;
  alert.startedAt = alert.beganAt = clock.now() - 6h;
  alert.lastBad = clock.now();
  const auto withReplies = [&](std::int64_t replies) {
    alert.evidence = rules::CauseEvidence{
        .replies = replies, .minMails = 8, .window = 24h, .causes = {"sender_blocked", "auth_failure"}};
    REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  };
  const auto refusedAt = [&](Instant at) {
    stream::Record record;
    record.kind = stream::EventKind::blocked;
    record.at = at;
    record.email = "a@outlook.jp";
    record.domain = "outlook.jp";
    record.reason = "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org";
    owners().causes().noteEvent("main", "Microsoft", record, clock.now());
  };
  // When the last one came is not known.
  withReplies(20);
  onlyOne(Severity::warning, "What to do next");
  refusedAt(clock.now() - 5h);
  onlyOne(Severity::info, "nothing is to be done");
  CHECK(state() == "ok");
  // Of so few it says nothing that none came for five hours.
  withReplies(8);
  onlyOne(Severity::warning, "What to do next");
  withReplies(20);
  refusedAt(clock.now() - 10min);
  onlyOne(Severity::warning, "What to do next");
}

TEST_CASE_METHOD(Fixture, "an alert of an incident that has recovered is a note that says since when") {
  rules::Alert alert;
  alert.key = {"delivery-rate", whole};
  alert.state = rules::AlertState::firing;
  alert.severity = Severity::critical;
  alert.startedAt = alert.beganAt = clock.now() - 3h;
  alert.lastBad = clock.now();
  alert.evidence = rules::RateEvidence{.mails = {30, 900}, .threshold = rules::BadShare(0.02), .window = 24h};
  incidents::Followed followed;
  followed.lastNumber = 3;
  auto& incident = followed.incidents.emplace_back();
  incident.number = 3;
  incident.account = "main";
  incident.state = incidents::State::resolved;
  incident.began = clock.now() - 3h;
  incident.endedAt = clock.now() - 1h;
  incident.goodSince = clock.now() - 70min;
  incident.members = {alert.key};
  REQUIRE(owners().alerts().put({{alert}, {}}, followed, {}));
  onlyOne(Severity::info, "#3 ended at 2026-11-10 10:56 JST; nothing is to be done");
  CHECK(state() == "ok");
}

TEST_CASE_METHOD(Fixture, "the alerts of one incident have one next step, which is the incident's") {
  incidents::Followed followed;
  followed.lastNumber = 4;
  auto& incident = followed.incidents.emplace_back();
  incident.number = 4;
  incident.account = "main";
  incident.root.receivers = {"Yahoo! JAPAN"};
  incident.root.kinds = {incidents::Kind::noAddress};
  incident.began = incident.openedAt = incident.since = clock.now() - 20min;
  incident.lastBad = clock.now();
  incident.numbers = incident.worst = {300, 50, 1};
  incident.window = 10min;
  std::vector<rules::Alert> alerts;
  for (const auto& subject : {whole, delivery::Subject{"main", delivery::Dimension::category, "notice"}}) {
    auto& alert = alerts.emplace_back();
    alert.key = {"delivery-rate", subject};
    alert.state = rules::AlertState::firing;
    alert.severity = Severity::critical;
    alert.startedAt = alert.beganAt = clock.now() - 20min;
    alert.lastBad = clock.now();
    alert.evidence =
        rules::RateEvidence{.mails = {50, 300}, .threshold = rules::BadShare(0.02), .window = 10min};
    incident.members.push_back(alert.key);
  }
  REQUIRE(owners().alerts().put({alerts, {}}, followed, {}));
  const auto found = all();
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0].text, Contains("What to do next: "));
  CHECK_THAT(found[1].text, Contains("the same as above, of #4") && !Contains("What to do next: "));
}
