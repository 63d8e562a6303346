// What is remembered, as the page shows it.
#include "watch/page_model.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  Fixture() { config.language = Language::english; }
  pages::StatusPage model() { return pageModelOf(owners(), config, "1.2.3"); }
  pages::AccountCard card() { return model().accounts.at(0); }
  rules::Alert alert(const std::string& rule, rules::AlertState state, rules::Severity severity,
                     Duration ago) {
    rules::Alert made;
    made.key = {rule, whole};
    made.state = state;
    made.severity = severity;
    made.startedAt = made.beganAt = clock.now() - ago;
    if (state == rules::AlertState::resolved) made.resolvedAt = clock.now();
    return made;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "before anything was read the page knows the accounts and nothing of them") {
  const auto page = model();
  CHECK(page.version == "1.2.3");
  CHECK(page.now == clock.now());
  CHECK(page.language == Language::english);
  CHECK_FALSE(page.statusDescription);
  CHECK(page.storeTrouble.empty());
  REQUIRE(page.accounts.size() == 1);
  CHECK(page.accounts[0].rates.size() == config.windows.size());
  for (const auto& rate : page.accounts[0].rates) CHECK_FALSE(rate.known);
  REQUIRE(page.accounts[0].lists.size() == suppression::kLists.size());
  for (const auto& list : page.accounts[0].lists) CHECK_FALSE(list.second);  // not read yet is not empty
  CHECK_FALSE(page.accounts[0].lastRead);
  CHECK_FALSE(page.accounts[0].hasStream);
}

TEST_CASE_METHOD(Fixture, "rates, trend, lists and causes of an account are on its card") {
  for (int minute = 0; minute <= 30; ++minute) {
    statisticsSay(10 * minute, 8 * minute);
    clock.advance(1min);
  }
  for (const auto list : suppression::kLists) {
    REQUIRE(owners().lists().beginCrawl("main", list));
    REQUIRE(owners().lists().finishCrawl("main", list, clock.now(), SuppressionLists::Missing::removed));
  }
  std::vector<suppression::Entry> page{{"a@b.jp", clock.now() - 1min, "550 5.1.1 no such user", "5.1.1", ""}};
  REQUIRE(owners().lists().add("main", suppression::List::bounces, page));
  owners().scopes().checked("main", {"categories.stats.read"});
  const auto shown = card();
  CHECK(shown.rates[0].window == "5m");
  CHECK(shown.rates[0].title == "last 5 min");
  CHECK(shown.rates[0].known);
  CHECK(shown.rates[0].delivered);
  CHECK(shown.requests.size() == 24);
  CHECK_FALSE(shown.requests.front());
  CHECK(shown.requests.back());
  REQUIRE(shown.lists.size() == suppression::kLists.size());
  CHECK(shown.lists[0].second == 1);
  REQUIRE(shown.causes.size() == 1);
  CHECK(shown.causes[0].second == 1);
  REQUIRE(shown.missingScopes.size() == 1);
  CHECK(shown.missingScopes[0].starts_with("categories.stats.read: "));
  CHECK(shown.missingScopes[0].size() > 30);
  account().suppressions = false;
  CHECK(card().lists.empty());
}

TEST_CASE_METHOD(Fixture, "mailbox providers stand by how much mail they took, at most twelve") {
  const auto readTotals = [&](int factor) {
    delivery::Read read{
        {"main", delivery::Dimension::mailboxProvider}, clock.now(), Date{}, Date{}, {}, true};
    read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
    for (int i = 0; i < 15; ++i) {
      delivery::SubjectTotals totals{{"main", delivery::Dimension::mailboxProvider, "p" + std::to_string(i)},
                                     {{read.firstDay, {}}}};
      totals.days[0].counts[delivery::Metric::delivered] = factor * (i + 1);
      read.totals.push_back(totals);
    }
    REQUIRE(owners().statistics().apply(read));
  };
  readTotals(1);
  clock.advance(5min);
  readTotals(7);
  const auto shown = card().providers;
  REQUIRE(shown.size() == 12);
  CHECK(shown[0].name == "p14");
  CHECK(shown[0].outcomes == 90);
}

TEST_CASE_METHOD(Fixture, "alerts stand by weight and then the latest first; what is over has its end") {
  using rules::AlertState;
  using rules::Severity;
  std::vector<rules::Alert> alerts{alert("calm", AlertState::inactive, Severity::critical, 1h),
                                   alert("early", AlertState::firing, Severity::critical, 2h),
                                   alert("late", AlertState::recovering, Severity::critical, 1h),
                                   alert("over", AlertState::resolved, Severity::critical, 1h),
                                   alert("soon", AlertState::pending, Severity::critical, 1h),
                                   alert("mild", AlertState::firing, Severity::warning, 1h)};
  REQUIRE(owners().alerts().put({alerts, {}}, {}));
  std::vector<std::string> names;
  const auto page = model();
  for (const auto& row : page.alerts) names.push_back(row.rule);
  CHECK(names == std::vector<std::string>{"early", "mild", "late", "soon", "over"});
  CHECK_FALSE(page.alerts[0].until);
  CHECK(page.alerts[4].until == clock.now());
  CHECK_THAT(page.alerts[0].subject, Catch::Contains("main"));
}

TEST_CASE_METHOD(Fixture,
                 "a task's failure is shown with whose side it is on; what is only ours is not listed") {
  for (const auto& id : {TaskId{"main", "statistics"}, TaskId{"", "rules"}, TaskId{"", "event_stream"}})
    owners().jobs().added(id, 1min, Party::provider);
  owners().jobs().started({"main", "statistics"}, 0);
  owners().jobs().failed({"main", "statistics"}, Error{Error::Kind::serverError, "503", Party::provider}, 1s);
  const auto page = model();
  REQUIRE(page.jobs.size() == 1);
  CHECK(page.jobs[0].account == "main");
  CHECK_THAT(page.jobs[0].error, Catch::Contains("SendGrid") && Catch::Contains("503"));
}

TEST_CASE_METHOD(Fixture, "the outbox, the status page and the store have their say") {
  statuspage::StatusSummary summary;
  summary.description = "Partial Outage";
  owners().provider().read(summary, clock.now());
  config.channels.emplace_back().name = "ops";
  retain();
  REQUIRE(owners().outbox().putNow({{"a:1", "ops", {}}}));
  memory->health.record("statistics", Error{Error::Kind::diskFull, "full", Party::storage});
  const auto page = model();
  CHECK(page.statusDescription == "Partial Outage");
  CHECK(page.outboxWaiting == 1);
  CHECK_THAT(page.storeTrouble, Catch::StartsWith("arrivald's own disk is full") &&
                                    Catch::Contains("Free space on the file system of"));
}

TEST_CASE_METHOD(Fixture, "an account with an event stream shows whether it lives, and its receivers") {
  account().events.emplace();
  retain();
  CHECK(card().hasStream);
  CHECK_FALSE(card().streamAlive);
  owners().events().status().batchReceived("main", clock.now());
  CHECK_FALSE(card().streamAlive);  // it may have held nothing that can be read
  owners().events().status().eventsReceived("main", clock.now());
  CHECK(card().streamAlive);
  CHECK(card().lastBatch == clock.now());
  CHECK(card().receivers.empty());
}

TEST_CASE_METHOD(Fixture, "an alert that is notified under another's name, or is passing, is shown so") {
  auto muted = alert("overdue", rules::AlertState::firing, rules::Severity::critical, 5min);
  muted.mutedBy = "stall@main";
  auto recovering = alert("stall", rules::AlertState::recovering, rules::Severity::critical, 5min);
  REQUIRE(owners().alerts().put({{muted, recovering}, {}}, {}));
  const auto rows = model().alerts;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].weight == pages::Weight::recovering);
  CHECK(rows[1].weight == pages::Weight::muted);
  CHECK(rows[1].value == "notified with: stalled mail");
}

TEST_CASE_METHOD(Fixture, "an open alert says whose side it is and what to do, as its notification does") {
  auto open = alert("drop-rate", rules::AlertState::firing, rules::Severity::critical, 5min);
  open.evidence = rules::RateEvidence{.input = rules::Input::dropRate,
                                      .mails = {30, 100},
                                      .threshold = rules::BadShare(0.1),
                                      .window = 10min};
  auto muted = open, over = open;
  muted.key.rule = "delivery-rate";
  muted.mutedBy = "drop-rate@main";
  over.key.rule = "stall";
  over.state = rules::AlertState::resolved;
  over.resolvedAt = clock.now();
  REQUIRE(owners().alerts().put({{open, muted, over}, {}}, {}));
  config.language = Language::japanese;
  const auto rows = model().alerts;
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].rule == "drop-rate");
  REQUIRE(rows[0].notes.size() == 2);
  CHECK(rows[0].notes[0].label == "どちら側の問題か");
  CHECK_THAT(rows[0].notes[0].text, Catch::StartsWith("名簿(こちら側)の問題とみられます。"));
  CHECK(rows[0].notes[1].label == "次にすること");
  CHECK_THAT(rows[0].notes[1].text, Catch::StartsWith("SendGridのサプレッションリスト"));
  // What another alert explains, or what is over, needs no step.
  CHECK(rows[1].notes.empty());
  CHECK(rows[2].notes.empty());
}

TEST_CASE_METHOD(Fixture, "of very many alerts the worst are explained") {
  std::vector<rules::Alert> many;
  for (int i = 0; i < 50; ++i) {
    many.push_back(alert("r" + std::to_string(i), rules::AlertState::firing, rules::Severity::warning, 5min));
    many.back().evidence = rules::StatusEvidence{"compliance_suspend"};
  }
  REQUIRE(owners().alerts().put({many, {}}, {}));
  const auto rows = model().alerts;
  REQUIRE(rows.size() == 50);
  CHECK_FALSE(rows[19].notes.empty());
  CHECK(rows[20].notes.empty());
}

TEST_CASE_METHOD(Fixture, "a task that reads nothing is not shown as well") {
  auto& jobs = owners().jobs();
  const TaskId lists{"main", "suppressions"}, credits{"main", "credits"};
  for (const auto& id : {lists, credits}) {
    jobs.added(id, 1min, Party::provider);
    jobs.started(id, 0);
    jobs.succeeded(id, 1s);
  }
  const auto unknown = [&](const char* id) {
    const auto page = model();
    for (const auto& job : page.jobs)
      if (job.id == id) return job.unknown;
    return std::string("no such job");
  };
  CHECK(unknown("suppressions") == "waits for the first full reading");
  CHECK(unknown("credits") == "SendGrid tells neither credits nor reputation to this key");
  CHECK(model().jobs[0].name == "credits and reputation");
  REQUIRE(owners().lists().beginCrawl("main", suppression::List::blocks));
  REQUIRE(owners().lists().finishCrawl("main", suppression::List::blocks, clock.now(),
                                       SuppressionLists::Missing::removed));
  store::StandingRow row;
  row.at = clock.now();
  row.reputation = 98;
  owners().accounts().standings().read(account(), row);
  CHECK(unknown("suppressions").empty());
  CHECK(unknown("credits") == "credits unknown: SendGrid does not tell them to this key");
  CHECK(card().standing == "Credits: unknown · reputation: 98");
}
