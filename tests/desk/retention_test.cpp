// What the desk forgets, and what it does not.
#include "desk/retention.hpp"

#include "desk/desk_fixture.hpp"
#include "desk/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

const Duration kKept = config::DeskKeep().record;

}  // namespace

TEST_CASE("releases that are over are forgotten after two years, open ones never") {
  Desk desk;
  const auto first = desk.list("taro@example.jp");
  const auto cancelled = desk.releases->draft(kOperator, std::array{first}, suppression::Mode::real);
  REQUIRE(cancelled);
  REQUIRE(desk.releases->cancel(kOperator, cancelled->id));
  const auto second = desk.list("hanako@example.jp");
  const auto open = desk.releases->draft(kOperator, std::array{second}, suppression::Mode::real);
  REQUIRE(open);
  CHECK_FALSE(desk.releases->prune(desk.clock.now() - kKept, 10).value());
  CHECK(desk.releases->find(kOperator, cancelled->id).ok());
  desk.clock.advance(kKept + 1h);
  CHECK(desk.releases->prune(desk.clock.now() - kKept, 1).value());
  CHECK_FALSE(desk.releases->prune(desk.clock.now() - kKept, 1).value());
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
  desk.clock.advance(kKept + 1h);
  CHECK_FALSE(desk.record->prune(desk.clock.now() - kKept, 10).value());
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
    while (owners().lists().prune(clock.now() - kKept, 10).value()) {
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

TEST_CASE_METHOD(DeskFixture, "entries that were removed go after as long as the YAML says, others never") {
  config.desk.emplace().keep.removed = std::chrono::days(90);
  add(List::bounces, "taro@example.jp", "550 5.1.1 user unknown", std::chrono::days(400));
  add(List::bounces, "hanako@example.jp", "550 5.1.1 user unknown", std::chrono::days(400));
  add(List::bounces, "jiro@example.jp", "550 5.1.1 user unknown", std::chrono::days(400));
  const auto removed = [&](const char* email) {
    REQUIRE(database().transact([&] { entries().removed(entries().of(email, 1)->front().id, clock.now()); }));
  };
  const auto known = [&](const char* email) { return !entries().of(email, 10)->empty(); };
  Desk desk;
  desk::LookUps lookUps(database(), clock, [](std::size_t n) { return std::string(n, 'x'); });
  const desk::Retention retention{config.desk->keep, database(),   owners().lists(),
                                  *desk.releases,    *desk.record, lookUps};
  removed("taro@example.jp");
  clock.advance(std::chrono::days(60));
  removed("hanako@example.jp");
  clock.advance(std::chrono::days(31));
  CHECK(desk::prune(retention, clock.now()).value());
  CHECK_FALSE(desk::prune(retention, clock.now()).value());
  CHECK_FALSE(known("taro@example.jp"));
  CHECK(known("hanako@example.jp"));
  CHECK(known("jiro@example.jp"));
  // What is told of the lists agrees with what is left.
  desk::QueryAsked asked;
  asked.from = "2025-01-01";
  asked.gone = "1";
  CHECK(entries().counts(entries().query(asked))->total == 1);
}

TEST_CASE("a clock that is set years ahead takes a day of the record an hour, not years at once") {
  const auto now = parseIso("2026-11-25T00:00:00Z").value();
  CHECK(desk::nextBelieved(std::nullopt, now) == now);
  CHECK(desk::nextBelieved(now, now + 1h) == now + 1h);
  const auto ahead = now + std::chrono::days(4 * 365);
  CHECK(desk::nextBelieved(now, ahead) == now + 24h);
  // Set right again, nothing more goes until its time has come.
  CHECK(desk::nextBelieved(now + 24h, now + 2h) == now + 2h);
}

TEST_CASE_METHOD(DeskFixture, "the time by which things are forgotten outlives a restart") {
  Desk desk;
  desk::LookUps lookUps(database(), clock, [](std::size_t n) { return std::string(n, 'x'); });
  const desk::Retention retention{{}, database(), owners().lists(), *desk.releases, *desk.record, lookUps};
  CHECK(desk::moveBelieved(retention, clock.now()).value() == clock.now());
  const auto ahead = clock.now() + std::chrono::days(1000);
  CHECK(desk::moveBelieved(retention, ahead).value() == clock.now() + 24h);
}
