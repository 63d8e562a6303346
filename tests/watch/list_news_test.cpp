// What is new on the lists, as rules ask for it: at a count of one, without an event stream, over a restart.
#include "watch/list_news.hpp"

#include "rules/defaults.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;
using delivery::Subject;
using suppression::List;

namespace {

constexpr const char* kRefused = "550 5.7.1 Service unavailable; Client host blocked using Spamhaus";

struct Fixture : ProviderFixture {
  Fixture() {
    config.rules = rules::deskDefaults();
    config.channels.emplace_back().name = "ops";
    config.routes.emplace_back().channels = {"ops"};
    retain();
    for (const auto list : {List::bounces, List::blocks}) crawl(list, {});
    clock.advance(2h);
  }
  SuppressionLists& lists() { return owners().lists(); }
  void crawl(List list, std::vector<suppression::Entry> entries) {
    REQUIRE(lists().beginCrawl("main", list));
    REQUIRE(lists().addCrawled("main", list, entries));
    REQUIRE(lists().finishCrawl("main", list, clock.now(), SuppressionLists::Missing::kept));
  }
  void add(List list, const std::string& email, const std::string& reason = "550 5.1.1 user unknown") {
    std::vector<suppression::Entry> page{{email, clock.now() - 1min, reason, "", ""}};
    REQUIRE(lists().add("main", list, page));
  }
  Subject group(const std::string& name) const { return {"main", Dimension::domainGroup, name}; }
  bool fires(const std::string& rule, const Subject& subject) {
    evaluateRules(owners(), config);
    const auto& all = owners().alerts().all();
    return std::ranges::any_of(all, [&](const auto& one) {
      return one.key.rule == rule && one.key.subject == subject && rules::active(one.state);
    });
  }
  /// Fires once it has held for as long as an incident takes to be found.
  bool firesInTime(const std::string& rule, const Subject& subject) {
    if (fires(rule, subject)) return true;
    clock.advance(10min);
    return fires(rule, subject);
  }
  std::string notified() {
    const auto waiting = owners().outbox().waiting("ops", 10);
    REQUIRE(waiting);
    std::string all;
    for (const auto& one : *waiting) all += one.notification + "\n";
    return all;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the first block ever of a group is notified with its reply, after ten minutes") {
  CHECK_FALSE(fires("first-block", group("docomo")));
  add(List::blocks, "taro@docomo.ne.jp", kRefused);
  CHECK_FALSE(fires("first-block", group("docomo")));
  CHECK(firesInTime("first-block", group("docomo")));
  CHECK_FALSE(fires("first-block", group("au")));
  CHECK(notified().find("Spamhaus") != std::string::npos);
  CHECK(notified().find("taro@") == std::string::npos);
}

TEST_CASE_METHOD(Fixture,
                 "a group that blocked before is no news, and neither is what the first crawl finds") {
  crawl(List::blocks, {{"old@docomo.ne.jp", clock.now() - 500h, kRefused, "", ""}});
  clock.advance(2h);
  // The event stream may know the next block before the list is read.
  CHECK(lists().listedBlocks(group("docomo"), 1h, clock.now())->before);
  CHECK_FALSE(lists().listedBlocks(group("au"), 1h, clock.now())->before);
  add(List::blocks, "taro@docomo.ne.jp", kRefused);
  CHECK_FALSE(firesInTime("first-block", group("docomo")));
}

TEST_CASE_METHOD(Fixture, "other receivers together are no group that is watched") {
  add(List::blocks, "taro@nobody-knows.example", kRefused);
  CHECK_FALSE(firesInTime("first-block", group("other")));
}

TEST_CASE_METHOD(Fixture, "a bounce is no block") {
  add(List::bounces, "taro@docomo.ne.jp");
  CHECK_FALSE(firesInTime("first-block", group("docomo")));
  CHECK_FALSE(fires("blocklist-or-authentication", whole));
}

TEST_CASE_METHOD(Fixture, "a blocklist or authentication is notified at the third reply that names it") {
  const auto* reply = "550 5.7.26 Unauthenticated email is not accepted due to DMARC policy";
  for (const auto* address : {"taro@example.jp", "jiro@example.jp"}) add(List::bounces, address, reply);
  CHECK_FALSE(firesInTime("blocklist-or-authentication", whole));
  add(List::bounces, "saburo@example.jp", reply);
  CHECK(firesInTime("blocklist-or-authentication", whole));
}

TEST_CASE_METHOD(Fixture, "replies that come now and then are no news, many more than usual are") {
  std::vector<suppression::Entry> older;
  for (int day = 2; day < 30; ++day)
    older.push_back({std::to_string(day) + "@example.jp", clock.now() - day * 24h, kRefused, "", ""});
  // One day's flood: it does not make as many usual.
  for (int i = 0; i < 300; ++i)
    older.push_back({"f" + std::to_string(i) + "@example.jp", clock.now() - 100h, kRefused, "", ""});
  crawl(List::bounces, older);
  clock.advance(26h);
  const auto usual = lists().usuallyListed(whole, {"sender_blocked"}, 24h, clock.now());
  REQUIRE(usual);
  CHECK(*usual == Approx(1).margin(0.1));
  CHECK(lists().usuallyListed(whole, {"auth_failure"}, 24h, clock.now()) == 0);
  add(List::bounces, "taro@example.jp", kRefused);
  CHECK_FALSE(firesInTime("blocklist-or-authentication", whole));
  for (int i = 0; i < 8; ++i) add(List::bounces, std::to_string(i) + "new@example.jp", kRefused);
  CHECK(firesInTime("blocklist-or-authentication", whole));
}

TEST_CASE_METHOD(Fixture, "what was stored before a crash is notified after it") {
  for (const auto* address : {"taro@docomo.ne.jp", "jiro@docomo.ne.jp", "saburo@docomo.ne.jp"})
    add(List::blocks, address, kRefused);
  restart();
  CHECK(firesInTime("first-block", group("docomo")));
  CHECK(firesInTime("blocklist-or-authentication", whole));
}

TEST_CASE_METHOD(Fixture, "the alert ends an hour after the only block, and does not fire at the second") {
  add(List::blocks, "taro@docomo.ne.jp", kRefused);
  REQUIRE(firesInTime("first-block", group("docomo")));
  clock.advance(61min);
  fires("first-block", group("docomo"));
  clock.advance(6min);
  CHECK_FALSE(fires("first-block", group("docomo")));
  add(List::blocks, "hana@docomo.ne.jp", kRefused);
  CHECK_FALSE(firesInTime("first-block", group("docomo")));
}

TEST_CASE_METHOD(Fixture, "before the first crawl has ended nothing is known") {
  config.accounts.emplace_back().name = "second";
  retain();
  const Subject second{"second", Dimension::account, ""};
  CHECK_FALSE(lists().listedCauses(second, {"sender_blocked"}, 1h, clock.now()));
  CHECK_FALSE(lists().listedBlocks(second, 1h, clock.now()));
  CHECK(lists().listedCauses(whole, {"sender_blocked"}, 1h, clock.now()) == 0);
  CHECK_FALSE(
      lists().listedCauses({"main", Dimension::category, "news"}, {"sender_blocked"}, 1h, clock.now()));
}

TEST_CASE_METHOD(Fixture, "news are counted by group within the window") {
  add(List::blocks, "a@docomo.ne.jp", kRefused);
  clock.advance(90min);
  add(List::bounces, "b@docomo.ne.jp", kRefused);
  add(List::bounces, "c@example.jp", kRefused);
  const auto count = [&](const Subject& subject, Duration window) {
    return lists().listedCauses(subject, {"sender_blocked"}, window, clock.now());
  };
  CHECK(count(whole, 1h) == 2);
  CHECK(count(whole, 2h) == 3);
  CHECK(count(group("docomo"), 2h) == 2);
  CHECK(lists().listedGroups("main", 2h, clock.now()) == std::vector{group("docomo")});
  clock.step(-5h);
  owners().noticeClockStep();
  CHECK(count(whole, 2h) == 3);
}
