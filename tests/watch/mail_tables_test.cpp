// The table in which incidents are found, as the event stream fills it.
#include "watch/mail_tables.hpp"

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using incidents::Kind;
using incidents::Late;

namespace {

struct Fixture : StreamFixture {
  Fixture() {
    config.accounts[0].categories.names = {"notice"};
    config.eventStream.domainGroups = {{"Gmail", {"gmail.com"}}};
    restart();
  }
  const incidents::CrossTable* table() { return events().tables().find("main"); }
  /// Of all mail, or of one kind, in the last ten minutes.
  incidents::Numbers sum(const incidents::Root& root = {}) {
    REQUIRE(table());
    const auto grids = table()->shares(10min);
    const auto slice = grids.front().sliceOf(root);
    return slice ? grids.front().sum(*slice) : incidents::Numbers{};
  }
  incidents::Root of(std::vector<std::string> categories, std::vector<std::string> receivers,
                     std::vector<Kind> kinds = {}) {
    incidents::Root root;
    root.categories = std::move(categories);
    root.receivers = std::move(receivers);
    root.kinds = std::move(kinds);
    return root;
  }
  std::string mail(const std::string& kind, const std::string& message, const std::string& more = "") {
    return one(kind, message + "@gmail.com", message, 30s, ",\"category\":[\"notice\",\"other\"]" + more);
  }
};

const std::string kBlocked =
    ",\"type\":\"blocked\",\"status\":\"5.7.26\",\"reason\":\"550 5.7.26 Unauthenticated email from "
    "a.example\"";

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "each mail is in the table once, with its first category, its receiver and its cause") {
  CHECK(post(mail("processed", "a")) == 204);
  CHECK(post(mail("delivered", "a")) == 204);
  CHECK(post(mail("delivered", "a")) == 204);  // another event of the same mail
  CHECK(post(mail("bounce", "b", kBlocked)) == 204);
  const auto repeated = mail("bounce", "c", kBlocked);
  CHECK(post(repeated) == 204);
  CHECK(post(repeated) == 204);
  CHECK(post(mail("open", "d")) == 204);
  CHECK(post(mail("deferred", "e", ",\"response\":\"450 later\"")) == 204);
  CHECK(sum().mails == 3);
  CHECK(sum().seen == 2);
  CHECK(sum(of({"notice"}, {"Gmail"})).mails == 3);
  CHECK(sum(of({"notice"}, {"Gmail"}, {Kind::authentication})).seen == 2);
}

TEST_CASE_METHOD(Fixture, "a mail that bounces after it was delivered stays the delivered one") {
  CHECK(post(mail("delivered", "a")) == 204);
  CHECK(post(mail("bounce", "a", kBlocked)) == 204);
  CHECK(sum().mails == 1);
  CHECK(sum().seen == 0);
}

TEST_CASE_METHOD(Fixture, "what is dropped counts as failed, unless for an address that failed before") {
  CHECK(post(mail("dropped", "a", ",\"reason\":\"Bounced Address\"")) == 204);
  CHECK(sum().mails == 0);
  CHECK(post(mail("dropped", "b", ",\"reason\":\"Spam Content (if spam checker app enabled)\"")) == 204);
  CHECK(sum().seen == 1);
}

TEST_CASE_METHOD(Fixture, "categories that are not counted by themselves are together") {
  for (int i = 0; i < 5; ++i)
    CHECK(post(one("delivered", "x@gmail.com", "m" + std::to_string(i), 30s,
                   ",\"category\":\"once-" + std::to_string(i) + "\"")) == 204);
  CHECK(sum().mails == 5);
  CHECK(table()->categories().size() == 1);
}

TEST_CASE_METHOD(Fixture, "after a restart the table is read back from the stored events") {
  CHECK(post(mail("delivered", "a")) == 204);
  CHECK(post(mail("bounce", "b", kBlocked)) == 204);
  minutePasses();
  CHECK(post(mail("delivered", "c")) == 204);
  clock.advance(5min);
  const auto covered = [&] {
    events().tables().advance(clock.now());
    return table()->covered();
  };
  const auto before = covered();
  restart();
  CHECK(covered() == before);
  CHECK(sum().mails == 3);
  CHECK(sum(of({"notice"}, {"Gmail"}, {Kind::authentication})).seen == 1);
}

TEST_CASE_METHOD(Fixture, "mail that waits is in the table by receiver") {
  for (int i = 0; i < 4; ++i) CHECK(post(mail("processed", "w" + std::to_string(i))) == 204);
  for (int minute = 0; minute < 6; ++minute) minutePasses();
  CHECK(post(mail("delivered", "other")) == 204);
  minutePasses();
  const auto grid = table()->late(Late::soon, 15min);
  REQUIRE(grid);
  const auto slice = grid->sliceOf(of({}, {"Gmail"}));
  REQUIRE(slice);
  CHECK(grid->sum(*slice).seen == 4);
  CHECK(grid->sum(*slice).mails == 4);
}

TEST_CASE_METHOD(Fixture,
                 "a reload keeps the table, a removed stream drops it, a step of the clock moves it") {
  CHECK(post(mail("delivered", "a")) == 204);
  reload();
  CHECK(sum().mails == 1);
  clock.step(5h);
  owners().noticeClockStep();
  events().tables().advance(clock.now());
  CHECK(sum().mails == 1);
  config.accounts[0].events.reset();
  reload();
  CHECK(table() == nullptr);
}
