// Day totals, windows and running totals, in memory and in the store.
#include "watch/statistics.hpp"

#include <sstream>

#include "watch/doubt_words.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(ProviderFixture, "what was read is there again after a restart, and its counters go on") {
  statisticsSay(10, 10);
  clock.advance(5min);
  statisticsSay(17, 16);
  CHECK(exposes("account=\"main\""));
  restart();
  CHECK(delivered(whole, 30min) == 6);
  CHECK(owners().statistics().dayTotal(whole, TimeZone().dateOf(clock.now()))->outcomes() == 16);
  CHECK_FALSE(owners().statistics().dayTotal(whole, TimeZone().dateOf(clock.now()) - std::chrono::days(1)));
  clock.advance(5min);
  statisticsSay(18, 17);
  CHECK(delivered(whole, 30min) == 7);
}

TEST_CASE_METHOD(ProviderFixture,
                 "what a store lost that is opened again is written before anything new comes") {
  statisticsSay(10, 10);
  clock.advance(5min);
  statisticsSay(17, 16);
  for (const auto* table : {"statistics_days", "statistics_marks"})
    execute(std::string("DELETE FROM ") + table);
  owners().statistics().storeReopened();
  CHECK(owners().statistics().storeMissing());
  restart();
  CHECK(delivered(whole, 30min) == 6);
  CHECK(owners().statistics().dayTotal(whole, TimeZone().dateOf(clock.now()))->outcomes() == 16);
}

TEST_CASE_METHOD(ProviderFixture, "while the store refuses memory goes on, and then everything is written") {
  statisticsSay(10, 10);
  execute("ALTER TABLE statistics_days RENAME TO away");
  clock.advance(5min);
  delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
  read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
  delivery::SubjectTotals totals{whole, {{read.firstDay, {}}}};
  totals.days[0].counts[delivery::Metric::delivered] = 13;
  read.totals.push_back(totals);
  CHECK_FALSE(owners().statistics().apply(read));
  CHECK(delivered(whole, 30min) == 3);
  CHECK_FALSE(memory->health.ok());
  execute("ALTER TABLE away RENAME TO statistics_days");
  clock.advance(5min);
  statisticsSay(14, 14);
  CHECK(memory->health.ok());
  restart();
  CHECK(delivered(whole, 30min) == 4);
}

TEST_CASE_METHOD(ProviderFixture,
                 "an account that is taken out is not exported, and goes on where it was when put back") {
  statisticsSay(10, 10);
  clock.advance(5min);
  statisticsSay(17, 17);
  const auto accounts = std::exchange(config.accounts, {});
  restart();
  CHECK_FALSE(exposes("account=\"main\""));
  config.accounts = accounts;
  retain();
  CHECK(exposes("account=\"main\""));
  CHECK(delivered(whole, 30min) == 7);
}

TEST_CASE_METHOD(ProviderFixture, "one wrong answer leaves no trace, also right after a restart") {
  const bool restarted = GENERATE(false, true);
  const int wrong = GENERATE(4, 60, 100'000);
  CAPTURE(restarted, wrong);
  int mails = 20;
  const auto pass = [&](int more) {
    clock.advance(1min);
    mails += more;
    statisticsSay(mails, mails);
  };
  statisticsSay(mails, mails);
  for (int minute = 0; minute < 30; ++minute) pass(minute % 10 == 0 ? 1 : 0);
  if (restarted) restart();
  clock.advance(1min);
  const auto counted = [&] {
    std::string lines;
    std::istringstream all(memory->registry.expose());
    for (std::string line; std::getline(all, line);)
      if (line.find("_total{account=\"main\"}") != std::string::npos) lines += line + "\n";
    return lines;
  };
  const auto before = counted();
  CHECK(before.find("arrivald_requests_total") != std::string::npos);
  statisticsSay(mails + wrong, mails);
  CHECK(owners().statistics().doubts({"main", delivery::Dimension::account}).held);
  pass(0);
  CHECK_FALSE(owners().statistics().doubts({"main", delivery::Dimension::account}).held);
  CHECK(counted() == before);
  pass(1);
  const auto sum = owners().statistics().windows().find(whole)->sum(30min, clock.now(), 1min);
  CHECK(sum.knows(delivery::Metrics::all()));
  CHECK(sum.counts[delivery::Metric::requests] == 3);
}

TEST_CASE_METHOD(ProviderFixture, "corrections are counted once three reads agree, and take nothing away") {
  statisticsSay(10, 10);
  for (int read = 0; read < 3; ++read) {
    CHECK_FALSE(exposes("arrivald_corrections_total{account=\"main\""));
    clock.advance(1min);
    statisticsSay(10, 8);
  }
  CHECK(delivered(whole, 30min) == 0);
  CHECK(exposes("arrivald_corrections_total{account=\"main\""));
}

TEST_CASE_METHOD(ProviderFixture,
                 "answers that show old numbers are told and not counted, also over a restart in them") {
  config.windows = {10min};
  int mails = 1000;
  std::vector<int> shown;
  const auto pass = [&](int behind) {
    clock.advance(1min);
    mails += 10;
    shown.push_back(mails);
    const auto known = shown[shown.size() - 1 - static_cast<std::size_t>(behind)];
    statisticsSay(known, known);
  };
  const auto& doubts = [&]() -> const Statistics::Doubts& {
    return owners().statistics().doubts({"main", delivery::Dimension::account});
  };
  statisticsSay(mails, mails);
  for (int minute = 0; minute < 70; ++minute) pass(0);
  for (int round = 0; round < 3; ++round) {
    const auto last = clock.now();
    for (int minute = 0; minute < 8; ++minute) {
      pass(60);
      REQUIRE(doubts().behind);
      CHECK(doubts().untoldSince(delivery::Metric::requests, Statistics::Doubts::Below::far) == last);
      if (minute == 4) restart();
    }
    const auto words = doubtWords(owners().statistics(), {"main", delivery::Dimension::account},
                                  notify::Catalogue::of(Language::english), TimeZone(), clock.now());
    REQUIRE(words.size() == 1);
    CHECK_THAT(words[0].text, Catch::Contains("old numbers"));
    CHECK(words[0].since == last);
    CHECK(owners().statistics().lastRead({"main", delivery::Dimension::account}) == last);
    for (int minute = 0; minute < 12; ++minute) pass(0);
    CHECK_FALSE(doubts().behind);
    CHECK(delivered(whole, 10min) == 100);
    CHECK(exposes("arrivald_requests_total{account=\"main\"} " + std::to_string(mails - 1000)));
  }
}
