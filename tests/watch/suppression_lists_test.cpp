// The entries of the lists: kept once, counted as growth, and moved with the clock.
#include "watch/suppression_lists.hpp"

#include "watch/logged_lines.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : ProviderFixture {
  SuppressionLists& lists() { return owners().lists(); }
  void crawl(std::vector<suppression::Entry> entries) {
    clock.advance(20min);
    REQUIRE(lists().beginCrawl("main", List::bounces));
    REQUIRE(lists().addCrawled("main", List::bounces, entries));
    REQUIRE(lists().finishCrawl("main", List::bounces, clock.now(), SuppressionLists::Missing::removed));
  }
  void add(const std::string& email) {
    std::vector<suppression::Entry> page{entry(email)};
    REQUIRE(lists().add("main", List::bounces, page));
  }
  /// Listed when it is first named.
  suppression::Entry entry(const std::string& email) {
    std::string name = email;
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return {email, listed.try_emplace(name, clock.now() - 1min).first->second, "550 no", "", ""};
  }
  std::map<std::string, Instant> listed;
  std::optional<std::int64_t> growth(Duration window) {
    return lists().listGrowth("main", "bounces", window, clock.now());
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an entry is kept and counted once, whoever brings it") {
  crawl({entry("a@b.jp")});
  add("A@B.jp");
  add("c@b.jp");
  CHECK(lists().size("main", List::bounces) == 2);
  CHECK(exposes("arrivald_suppression_list_entries{account=\"main\",list=\"bounces\"} 2"));
  restart();
  CHECK(lists().size("main", List::bounces) == 2);
  CHECK(lists().size("main", List::blocks) == 0);
}

TEST_CASE_METHOD(Fixture, "after a restart the lists are exported as the store has them, with their age") {
  crawl({entry("a@b.jp"), entry("c@b.jp")});
  const auto read = clock.now();
  const auto isExported = [&] {
    CHECK(exposes("arrivald_suppression_list_entries{account=\"main\",list=\"bounces\"} 2\n"));
    CHECK(exposes("arrivald_suppression_list_read_timestamp_seconds{account=\"main\",list=\"bounces\"} " +
                  std::to_string(unixSeconds(read)) + "\n"));
    CHECK(exposes("arrivald_suppression_cause_entries{account=\"main\",cause="));
    CHECK_FALSE(exposes("arrivald_suppression_list_entries{account=\"main\",list=\"blocks\"}"));
  };
  isExported();
  clock.advance(10h);
  restart();
  isExported();
}

TEST_CASE_METHOD(Fixture,
                 "growth is known once the first crawl lies before the window, and never of other lists") {
  crawl({entry("a@b.jp")});
  CHECK_FALSE(growth(1h));
  clock.advance(2h);
  add("c@b.jp");
  CHECK(growth(1h) == 1);
  CHECK_FALSE(lists().listGrowth("main", "no_such_list", 1h, clock.now()));
  CHECK_FALSE(lists().listGrowth("other", "bounces", 1h, clock.now()));
}

TEST_CASE_METHOD(Fixture, "growth stays what it was when the clock is set, and comes to nothing later") {
  crawl({entry("a@b.jp")});
  clock.advance(2h);
  REQUIRE(lists().readUpTo("main", List::bounces, clock.now()));
  add("c@b.jp");
  clock.advance(5min);
  for (const auto step : {-Duration(5h), Duration(3h)}) {
    const auto read = *lists().progress("main", List::bounces).readTo;
    clock.step(step);
    owners().noticeClockStep();
    CHECK(growth(1h) == 1);
    // Never later than before: what was created meanwhile carries the provider's time.
    CHECK(*lists().progress("main", List::bounces).readTo == read + std::min(step, Duration{}));
  }
  clock.advance(5h);
  CHECK(growth(1h) == 0);
}

TEST_CASE_METHOD(Fixture, "a crawl that is abandoned, or whose pages shifted, removes nothing") {
  crawl({entry("a@b.jp"), entry("c@b.jp")});
  REQUIRE(lists().beginCrawl("main", List::bounces));
  lists().abandonCrawl("main", List::bounces);
  CHECK(lists().size("main", List::bounces) == 2);
  REQUIRE(lists().beginCrawl("main", List::bounces));
  REQUIRE(lists().finishCrawl("main", List::bounces, clock.now(), SuppressionLists::Missing::kept));
  CHECK(lists().size("main", List::bounces) == 2);
  crawl({});
  CHECK(lists().size("main", List::bounces) == 2);  // one crawl may have passed over them
  CHECK(lists().suspects("main", List::bounces) == 2);
  crawl({});
  CHECK(lists().size("main", List::bounces) == 0);
}

TEST_CASE_METHOD(Fixture,
                 "what a shrinking list hides from one crawl was never removed, and is not added again") {
  crawl({entry("a@b.jp"), entry("c@b.jp"), entry("d@b.jp")});
  crawl({entry("a@b.jp")});
  crawl({entry("a@b.jp"), entry("c@b.jp")});
  CHECK(lists().size("main", List::bounces) == 2);
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 1\n"));
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0\n"));
}

TEST_CASE_METHOD(Fixture, "the first crawl is a baseline, and counters go on after a restart") {
  crawl({entry("a@b.jp"), entry("c@b.jp")});
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0\n"));
  clock.advance(5min);
  add("d@b.jp");
  crawl({entry("d@b.jp")});
  crawl({entry("d@b.jp")});
  for (int run = 0; run < 2; ++run) {
    CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 1\n"));
    CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 2\n"));
    restart();
  }
}

TEST_CASE_METHOD(Fixture, "many removed entries are stored in steps; what is listed anew in between stays") {
  crawl({entry("a@b.jp"), entry("c@b.jp"), entry("d@b.jp")});
  crawl({});
  clock.advance(6h);
  REQUIRE(lists().beginCrawl("main", List::bounces));
  auto removed = lists().endCrawl("main", List::bounces, clock.now(), SuppressionLists::Missing::removed);
  REQUIRE(removed.size() == 3);
  REQUIRE(lists().removeSome("main", List::bounces, removed, 1));
  CHECK(removed.size() == 2);
  // The same entries, as a poll finds them meanwhile.
  std::vector<suppression::Entry> page{entry("a@b.jp"), entry("c@b.jp"), entry("d@b.jp")};
  REQUIRE(lists().add("main", List::bounces, page));
  REQUIRE(lists().removeSome("main", List::bounces, removed, 5));
  CHECK(removed.empty());
  REQUIRE(lists().noteCrawled("main", List::bounces, clock.now()));
  CHECK(lists().size("main", List::bounces) == 3);
  for (const auto* email : {"a@b.jp", "c@b.jp", "d@b.jp"})
    CHECK_FALSE(lists().find(email, 1)->front().removed);
}

TEST_CASE_METHOD(Fixture, "of bounces the reply is explained and counted by cause; other lists hold none") {
  crawl({});
  clock.advance(5min);
  add("a@b.jp");
  CHECK(exposes("arrivald_suppression_causes_total{account=\"main\""));
  CHECK(owners().causes().summary("main", "", {.window = 1h}, clock.now()).entries == 1);
  std::vector<suppression::Entry> page{entry("c@b.jp")};
  REQUIRE(lists().add("main", List::unsubscribes, page));
  CHECK(owners().causes().summary("main", "", {.window = 1h}, clock.now()).entries == 1);
}

TEST_CASE_METHOD(Fixture, "what is removed is counted by cause, too") {
  crawl({entry("a@b.jp"), entry("c@b.jp")});
  crawl({entry("c@b.jp")});
  crawl({entry("c@b.jp")});
  CHECK(exposes("arrivald_suppression_causes_removed_total{account=\"main\""));
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 1\n"));
}

TEST_CASE_METHOD(Fixture, "an account whose lists are switched off and on again has its entries") {
  add("a@b.jp");
  account().suppressions = false;
  retain();
  account().suppressions = true;
  retain();
  CHECK(lists().size("main", List::bounces) == 1);
  add("a@b.jp");
  CHECK(lists().size("main", List::bounces) == 1);
}
