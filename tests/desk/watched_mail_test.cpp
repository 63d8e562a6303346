// What the event stream and the lists tell of the mail after a release.
#include "desk/watched_mail.hpp"

#include <catch2/catch.hpp>

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::suppression;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Scene : StreamFixture {
  Scene() {
    entry.account = "main";
    entry.entry.email = "taro@gmail.com";
    released = clock.now() - 1h;
  }
  LaterMail since() { return WatchedMail(events(), owners().lists(), clock).since(entry, released).value(); }
  void list(List list, Instant created, const std::string& email = "taro@gmail.com") {
    std::vector<Entry> page = {{email, created, "550", "5.1.1", "", 0}};
    REQUIRE(owners().lists().add("main", list, page).ok());
  }
  ShownEntry entry;
  Instant released;
};

}  // namespace

TEST_CASE_METHOD(Scene, "the first delivery after the release is found, with the time it took") {
  REQUIRE(post("[" + event("processed", "taro@gmail.com", "m0", 90min) + "," +
               event("delivered", "taro@gmail.com", "m0", 89min) + "," +
               event("processed", "Taro@gmail.com", "m1", 30min) + "," +
               event("delivered", "Taro@gmail.com", "m1", 29min) + "," +
               event("delivered", "taro@gmail.com", "m2", 5min) + "," +
               event("bounce", "hanako@gmail.com", "m3", 5min) + "]") == 204);
  const auto mail = since();
  CHECK(mail.covered);
  CHECK(mail.delivered == clock.now() - 29min);
  CHECK(mail.took == 1min);
  CHECK_FALSE(mail.failed);
  CHECK_FALSE(mail.dropped);
}

TEST_CASE_METHOD(Scene, "bounces, blocks and drops about the address are failures, other drops are not") {
  REQUIRE(post(one("dropped", "taro@gmail.com", "m1", 50min, ",\"reason\":\"Invalid SMTPAPI header\"")) ==
          204);
  CHECK_FALSE(since().dropped);
  REQUIRE(post(one("dropped", "taro@gmail.com", "m2", 40min, ",\"reason\":\"Unsubscribed Address\"")) == 204);
  CHECK(since().dropped == clock.now() - 40min);
  REQUIRE(post(one("bounce", "taro@gmail.com", "m3", 30min, ",\"type\":\"blocked\",\"reason\":\"550\"")) ==
          204);
  CHECK(since().failed == clock.now() - 30min);
}

TEST_CASE_METHOD(Scene, "without an event stream the lists alone tell, and silence is not covered") {
  config.accounts[0].events.reset();
  reload();
  CHECK_FALSE(since().covered);
  list(List::bounces, released - 24h);
  CHECK_FALSE(since().failed);
  list(List::bounces, released + 10min);
  CHECK(since().failed == released + 10min);
}

TEST_CASE_METHOD(Scene, "another list that holds the address stops it, a block and another spelling do not") {
  list(List::blocks, released - 24h);
  list(List::unsubscribes, released - 24h, "taro+news@gmail.com");
  CHECK_FALSE(since().otherList);
  list(List::unsubscribes, released - 48h);
  CHECK(since().otherList == released - 48h);
}
