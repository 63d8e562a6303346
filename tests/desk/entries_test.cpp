// The list of the desk: what a query shows, how it is explained and advised, and the counts above it.
#include "desk/entries.hpp"

#include "desk/desk_fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::Advice;
using suppression::List;
using suppression::Side;

namespace {

struct Fixture : DeskFixture {
  Fixture() {
    account().zone = TimeZone::find("Asia/Tokyo").value();
    config.accounts.emplace_back().name = "city";
    config.accounts[1].zone = account().zone;
    retain();
    add(List::bounces, "Taro@Town.example.lg.jp", "550 5.1.1 no such user", 1h);
    add(List::blocks, "hanako@gmail.com", "554 5.7.1 Client host blocked using Spamhaus", 2h);
    add(List::bounces, "full@gmail.com", "552 5.2.2 mailbox full", 30h, "city");
    add(List::spamReports, "angry@example.com", "", 50h);
    add(List::bounces, "old@gmail.com", "550 5.1.1 no such user", 24h * 9);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "without any wish the list shows the last seven days, newest first") {
  const auto shown = page({});
  REQUIRE(shown.rows.size() == 4);
  CHECK(shown.next.empty());
  CHECK(emails({}) == std::vector<std::string>{"Taro@Town.example.lg.jp", "hanako@gmail.com",
                                               "full@gmail.com", "angry@example.com"});
  const auto& row = shown.rows[0];
  CHECK(row.account == "main");
  CHECK(row.domain == "town.example.lg.jp");
  CHECK(row.group == "Local governments");
  CHECK(row.cause.causeClass == causes::Class::noAddress);
  CHECK(row.side == Side::wrongAddress);
  CHECK(row.advice == Advice::doNot);
  CHECK(row.firstSeen == clock.now());
  CHECK(shown.rows[1].advice == Advice::noDifference);
  CHECK(shown.rows[2].advice == Advice::onceConfirmed);
  CHECK(shown.rows[3].advice == Advice::adminOnly);
  CHECK(shown.rows[3].side == Side::theirs);
}

TEST_CASE_METHOD(Fixture, "each part of a query narrows the list, and what means nothing is named") {
  const auto with = [](auto set) {
    QueryAsked asked;
    set(asked);
    return asked;
  };
  using Emails = std::vector<std::string>;
  CHECK(emails(with([](auto& q) { q.list = "blocks"; })) == Emails{"hanako@gmail.com"});
  CHECK(emails(with([](auto& q) { q.side = "wrong_address"; })) == Emails{"Taro@Town.example.lg.jp"});
  CHECK(emails(with([](auto& q) { q.cause = "mailbox_full"; })) == Emails{"full@gmail.com"});
  CHECK(emails(with([](auto& q) { q.group = "Gmail"; })) == Emails{"hanako@gmail.com", "full@gmail.com"});
  CHECK(emails(with([](auto& q) { q.domain = " @TOWN.example.lg.jp "; })) ==
        Emails{"Taro@Town.example.lg.jp"});
  CHECK(emails(with([](auto& q) { q.account = "city"; })) == Emails{"full@gmail.com"});
  CHECK(emails(with([](auto& q) { q.period = "today"; })) ==
        Emails{"Taro@Town.example.lg.jp", "hanako@gmail.com"});
  CHECK(emails(with([](auto& q) { q.from = "2026/10/1"; })).size() == 5);
  CHECK(emails(with([](auto& q) { q.gone = "1"; })).empty());
  const auto strange = with([](auto& q) {
    q.list = "x' OR 1=1 --";
    q.side = q.cause = q.period = q.after = q.gone = q.sort = "<script>";
  });
  CHECK(emails(strange).size() == 4);
  CHECK(entries().query(strange).ignored ==
        Emails{"list", "side", "cause", "after", "period", "gone", "sort"});
}

TEST_CASE_METHOD(Fixture, "a query and its parameters lead to the same entries") {
  QueryAsked asked;
  asked.from = "10/1";
  asked.to = "11/9";
  asked.list = "bounces";
  asked.side = "theirs";
  asked.cause = "F";
  asked.group = "Gmail";
  asked.account = "city";
  asked.sort = "stopped";
  QueryAsked again;
  const std::map<std::string, std::string*> into = {
      {"period", &again.period}, {"from", &again.from},     {"to", &again.to},
      {"list", &again.list},     {"side", &again.side},     {"cause", &again.cause},
      {"group", &again.group},   {"domain", &again.domain}, {"account", &again.account},
      {"gone", &again.gone},     {"sort", &again.sort}};
  for (const auto& [name, value] : parametersOf(entries().query(asked))) *into.at(name) = value;
  CHECK(again.from == "2026-10-01");
  CHECK(again.cause == "mailbox_full");
  CHECK(entries().query(again).filter == entries().query(asked).filter);
  CHECK(parametersOf(entries().query({})) ==
        std::vector<std::pair<std::string, std::string>>{{"period", "7d"}});
}

TEST_CASE_METHOD(Fixture, "pages follow one another by the place of the last row") {
  for (int i = 0; i < 60; ++i)
    add(List::blocks, "u" + std::to_string(i) + "@gmail.com", "554 refused", 3h + 1s * i);
  QueryAsked asked;
  asked.list = "blocks";
  std::vector<std::string> seen;
  for (int pages = 0; pages < 2; ++pages) {
    const auto shown = page(asked);
    CHECK(shown.rows.size() == (pages == 0 ? 50 : 11));
    for (const auto& row : shown.rows) seen.push_back(row.entry.email);
    CHECK(shown.next.empty() == (pages == 1));
    asked.after = shown.next;
  }
  CHECK(seen.size() == 61);
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 61);
}

TEST_CASE_METHOD(Fixture, "the tiles count by side, with the period before, whichever side is chosen") {
  QueryAsked asked;
  asked.side = "ours";
  const auto counts = entries().counts(entries().query(asked));
  REQUIRE(counts);
  CHECK(counts->now ==
        std::map<Side, std::int64_t>{{Side::ours, 1}, {Side::theirs, 2}, {Side::wrongAddress, 1}});
  CHECK(counts->total == 4);
  CHECK(counts->before == std::map<Side, std::int64_t>{{Side::wrongAddress, 1}});
  CHECK(counts->totalBefore == 1);
  const auto page = entries().overview(entries().query(asked));
  REQUIRE(page);
  CHECK((page->sides.now == counts->now && page->sides.before == counts->before));
  CHECK((page->sides.total == 4 && page->sides.totalBefore == 1));
  CHECK(page->breakdown == *entries().breakdown(entries().query(asked)));
  CHECK(page->breakdown.entries == 1);
  const auto split = entries().breakdown(entries().query({}));
  REQUIRE(split);
  CHECK(split->byAccount == std::map<std::string, std::int64_t>{{"main", 3}, {"city", 1}});
  CHECK(split->byReceivers.at("Gmail") == 2);
}

TEST_CASE_METHOD(Fixture, "first to do is the most frequent cause on our own side") {
  auto first = entries().overview(entries().query({}));
  REQUIRE(first);
  REQUIRE(first->toDo);
  CHECK(first->toDo->cause == causes::Class::senderBlocked);
  CHECK(first->toDo->receivers == "Gmail");
  CHECK(first->toDo->entries == 1);
  QueryAsked none;
  none.account = "city";
  first = entries().overview(entries().query(none));
  REQUIRE(first);
  CHECK_FALSE(first->toDo);
}

TEST_CASE_METHOD(Fixture,
                 "entries are found by their ids, and what was released and failed again is not advised") {
  const auto shown = page({});
  const auto id = shown.rows[2].id;
  history.failed["full@gmail.com"] = clock.now();
  auto all = entries();
  const auto found = all.find(std::vector<suppression::EntryId>{id, suppression::EntryId{12345}});
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK((*found)[0].entry.email == "full@gmail.com");
  CHECK((*found)[0].advice == Advice::doNot);
  CHECK(entryIdFrom(toText(id)) == id);
  for (const auto* text : {"", "0", "-1", "x", "1x", "1111111111111111111111111"})
    CHECK_FALSE(entryIdFrom(text));
}

TEST_CASE_METHOD(Fixture,
                 "all entries of a mailbox are found in any spelling, and its neighbours are counted") {
  const auto of = entries().of("TARO+tag@town.example.lg.jp", 10);
  REQUIRE(of);
  CHECK(of->size() == 1);
  CHECK(entries().listedOf("gmail.com").value() == 3);
}

TEST_CASE_METHOD(Fixture, "an unsubscribe from a group carries the group's name") {
  std::vector<suppression::Entry> left{{"a@b.jp", clock.now() - 1h, "", "", "", 100}};
  REQUIRE(owners().lists().add("main", List::groupUnsubscribes, left));
  REQUIRE(owners().lists().putGroups("main", {{100, "お知らせ"}}));
  QueryAsked asked;
  asked.list = "group_unsubscribes";
  REQUIRE(page(asked).rows.size() == 1);
  CHECK(page(asked).rows[0].unsubscribeGroup == "お知らせ");
  CHECK(page(asked).rows[0].entry.group == 100);
}

TEST_CASE_METHOD(Fixture, "the list is as old as its oldest part") {
  CHECK_FALSE(entries().age(config).crawled);
  for (const auto& one : config.accounts)
    for (const auto list : suppression::kLists) {
      REQUIRE(owners().lists().beginCrawl(one.name, list));
      const auto at = one.name == "city" && list == List::blocks ? clock.now() - 3h : clock.now();
      REQUIRE(owners().lists().finishCrawl(one.name, list, at, watch::SuppressionLists::Missing::kept));
    }
  CHECK(entries().age(config).crawled == clock.now() - 3h);
}

TEST_CASE_METHOD(DeskFixture,
                 "a released entry leaves the list at once, and comes back with its next bounce") {
  add(List::bounces, "taro@b.jp", "550 no", 2h);
  add(List::bounces, "hana@b.jp", "550 no", 1h);
  auto all = entries();
  const auto taro = page({}).rows.at(1);
  const auto released = clock.now();
  REQUIRE(owners().database().transact([&] { all.removed(taro.id, released); }));
  CHECK(emails({}) == std::vector<std::string>{"hana@b.jp"});
  CHECK(all.counts(all.query({}))->total == 1);
  CHECK(all.find(std::array{taro.id})->at(0).removed == released);
  // The provider gave the old entry once more, before it was deleted.
  clock.advance(10min);
  std::vector<suppression::Entry> late{taro.entry};
  REQUIRE(owners().lists().add("main", List::bounces, late));
  CHECK(emails({}) == std::vector<std::string>{"hana@b.jp"});
  add(List::bounces, "taro@b.jp", "550 no", 1min);
  CHECK(emails({}) == std::vector<std::string>{"taro@b.jp", "hana@b.jp"});
}
