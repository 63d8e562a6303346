// What the desk forgets, and what it does not.
#include "desk/retention.hpp"

#include "desk/desk_fixture.hpp"
#include "desk/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

TEST_CASE("releases that are over are forgotten after two years, open ones never") {
  Desk desk;
  const auto first = desk.list("taro@example.jp");
  const auto cancelled = desk.releases->draft(kOperator, std::array{first}, suppression::Mode::real);
  REQUIRE(cancelled);
  REQUIRE(desk.releases->cancel(kOperator, cancelled->id));
  const auto second = desk.list("hanako@example.jp");
  const auto open = desk.releases->draft(kOperator, std::array{second}, suppression::Mode::real);
  REQUIRE(open);
  CHECK_FALSE(desk.releases->prune(desk::kRecordKept, 10).value());
  CHECK(desk.releases->find(kOperator, cancelled->id).ok());
  desk.clock.advance(desk::kRecordKept + 1h);
  CHECK(desk.releases->prune(desk::kRecordKept, 1).value());
  CHECK_FALSE(desk.releases->prune(desk::kRecordKept, 1).value());
  CHECK_FALSE(desk.releases->find(kOperator, cancelled->id).ok());
  CHECK(desk.releases->find(kOperator, open->id).ok());
}

TEST_CASE("the record is pruned after two years, says so, and can still be checked") {
  Desk desk;
  for (int i = 0; i < 3; ++i) {
    desk::RecordEntry entry;
    entry.by = kOperator;
    entry.act = desk::Act::logIn;
    REQUIRE(desk.record->append(entry));
  }
  desk.clock.advance(desk::kRecordKept + 1h);
  CHECK_FALSE(desk.record->prune(desk::kRecordKept, 10).value());
  const auto rows = desk.record->find(kAdmin, {});
  REQUIRE(rows->size() == 1);
  CHECK(rows->at(0).action == "prune");
  CHECK(rows->at(0).outcome == "3 rows that were too old");
  const auto check = desk.record->check();
  CHECK(check->prunedTo == 3);
  CHECK_FALSE(check->firstBroken);
}

TEST_CASE_METHOD(DeskFixture, "entries of an account that is not configured any more go after 90 days") {
  config.accounts.emplace_back().name = "second";
  retain();
  add(List::bounces, "taro@example.jp", "550 5.1.1 user unknown", 1h, "second");
  add(List::bounces, "hanako@example.jp", "550 5.1.1 user unknown", 1h);
  const auto prune = [&] {
    while (owners().lists().prune(10).value()) {
    }
  };
  const auto known = [&](const char* email) { return !entries().of(email, 10)->empty(); };
  config.accounts.pop_back();
  retain();
  prune();
  clock.advance(watch::SuppressionLists::kUnreadKept - 1h);
  SECTION("unless it comes back") {
    config.accounts.emplace_back().name = "second";
    retain();
    prune();
    clock.advance(2h);
    prune();
    CHECK(known("taro@example.jp"));
  }
  SECTION("and only then") {
    prune();
    CHECK(known("taro@example.jp"));
    clock.advance(2h);
    prune();
    CHECK_FALSE(known("taro@example.jp"));
    CHECK(known("hanako@example.jp"));
    desk::QueryAsked asked;
    asked.period = "month";
    asked.account = "second";
    CHECK(entries().counts(entries().query(asked))->total == 0);
  }
}

TEST_CASE("a clock that is set years ahead takes a day of the record an hour, not years at once") {
  const auto now = parseIso("2026-11-25T00:00:00Z").value();
  const auto first = desk::nextHorizon(std::nullopt, now);
  CHECK(first == now - desk::kRecordKept);
  CHECK(desk::nextHorizon(first, now + 1h) == first + 1h);
  const auto ahead = now + std::chrono::days(4 * 365);
  CHECK(desk::nextHorizon(first, ahead) == first + 24h);
  // Set right again, nothing more goes until its time has come.
  CHECK(desk::nextHorizon(first + 24h, now + 2h) == first + 2h);
}

TEST_CASE_METHOD(DeskFixture, "the horizon outlives a restart") {
  Desk desk;
  desk::LookUps lookUps(database(), clock, [](std::size_t n) { return std::string(n, 'x'); });
  const desk::Retention retention{database(), owners().lists(), *desk.releases, *desk.record, lookUps};
  CHECK(desk::moveHorizon(retention, clock.now()).value() == desk::kRecordKept);
  const auto ahead = clock.now() + std::chrono::days(1000);
  CHECK(desk::moveHorizon(retention, ahead).value() ==
        desk::kRecordKept + std::chrono::days(1000) - std::chrono::hours(24));
}
