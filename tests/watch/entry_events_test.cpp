// Sends that an entry stopped, and mail that its domain has accepted since: counted once, whatever happens.
#include "watch/entry_events.hpp"

#include "store/suppressions_table.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : StreamFixture {
  void add(List list, const std::string& email, std::int64_t group = 0) {
    std::vector<suppression::Entry> page{{email, clock.now() - 1h, "550 no", "", "", group}};
    REQUIRE(owners().lists().add("main", list, page));
  }
  store::StoredEntry entry(const std::string& email, List list = List::bounces) {
    const auto found = owners().lists().find(email, 10);
    REQUIRE(found);
    for (const auto& one : *found)
      if (one.list == list) return one;
    FAIL("no such entry");
    return {};
  }
  void drop(const std::string& email, const std::string& reason, const std::string& message) {
    CHECK(post(one("dropped", email, message, 1s, ",\"reason\":\"" + reason + "\"")) == 204);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a send that was dropped because of a list counts at the entry of that list") {
  add(List::bounces, "taro@b.jp");
  add(List::blocks, "taro@b.jp");
  add(List::spamReports, "taro@b.jp");
  add(List::groupUnsubscribes, "taro@b.jp", 100);
  drop("Taro@b.jp", "Bounced Address", "m1");
  drop("taro@b.jp", "Bounced Address", "m2");
  drop("taro@b.jp", "Spam Reporting Address", "m3");
  drop("taro@b.jp", "Unsubscribed Address", "m4");
  drop("taro@b.jp", "Recipient List over Package Quota", "m5");
  drop("hanako@b.jp", "Bounced Address", "m6");
  minutePasses();
  CHECK(entry("taro@b.jp").stopped == 2);
  CHECK(entry("taro@b.jp", List::blocks).stopped == 0);
  CHECK(entry("taro@b.jp", List::spamReports).stopped == 1);
  CHECK(entry("taro@b.jp", List::groupUnsubscribes).stopped == 1);
}

TEST_CASE_METHOD(Fixture,
                 "mail that a domain accepts counts for its entries from when they were first seen") {
  add(List::bounces, "taro@b.jp");
  CHECK(post(one("delivered", "hanako@B.jp", "m1", 1s)) == 204);
  CHECK(post(one("delivered", "hanako@other.jp", "m2", 1s)) == 204);
  minutePasses();
  add(List::bounces, "jiro@b.jp");
  CHECK(post(one("delivered", "hanako@b.jp", "m3", 1s)) == 204);
  minutePasses();
  CHECK(entry("taro@b.jp").acceptedSince == 2);
  CHECK(entry("jiro@b.jp").acceptedSince == 1);
  CHECK(entry("jiro@b.jp").acceptedAt == std::chrono::floor<std::chrono::seconds>(clock.now() - 1min - 1s));
}

TEST_CASE_METHOD(Fixture, "after a restart nothing is lost and nothing counts twice") {
  add(List::bounces, "taro@b.jp");
  drop("taro@b.jp", "Bounced Address", "m1");
  minutePasses();
  drop("taro@b.jp", "Bounced Address", "m2");
  CHECK(post(one("delivered", "hanako@b.jp", "m3", 1s)) == 204);
  for (int run = 0; run < 2; ++run) {
    restart();
    minutePasses();
    CHECK(entry("taro@b.jp").stopped == 2);
    CHECK(entry("taro@b.jp").acceptedSince == 1);
  }
}

TEST_CASE_METHOD(Fixture, "what the store refuses is written with the next flush") {
  add(List::bounces, "taro@b.jp");
  events().tick();
  drop("taro@b.jp", "Bounced Address", "m1");
  execute("ALTER TABLE entry_domains RENAME TO away");
  CHECK(post(one("delivered", "hanako@b.jp", "m2", 1s)) == 204);
  clock.advance(1min);
  events().tick();
  execute("ALTER TABLE away RENAME TO entry_domains");
  minutePasses();
  CHECK(entry("taro@b.jp").stopped == 1);
  CHECK(entry("taro@b.jp").acceptedSince == 1);
}
