// What the store refused of the outbox, in memory.
#include "watch/unsaved_outbox.hpp"

#include <catch2/catch.hpp>

#include "base/instant.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-24T03:00:00Z").value();

store::QueuedNotification notification(const std::string& change, const std::string& channel = "ops") {
  store::QueuedNotification made;
  made.change = change;
  made.channel = channel;
  made.notification = "{}";
  made.created = made.tryingSince = made.nextAttempt = kNow;
  return made;
}

}  // namespace

TEST_CASE("a notification is held once for each channel, oldest first") {
  UnsavedOutbox unsaved;
  CHECK(unsaved.put(notification("a")));
  CHECK_FALSE(unsaved.put(notification("a")));
  CHECK(unsaved.put(notification("a", "mail")));
  CHECK(unsaved.put(notification("b")));
  CHECK(unsaved.size() == 3);
  REQUIRE(unsaved.next("ops"));
  CHECK(unsaved.next("ops")->notification.change == "a");
  CHECK(unsaved.next("nobody") == nullptr);
}

TEST_CASE("the outcome of an attempt replaces what is known") {
  UnsavedOutbox unsaved;
  unsaved.put(notification("a"));
  unsaved.update({notification("a"), UnsavedOutbox::State::delivered, kNow});
  CHECK(unsaved.size() == 1);
  CHECK(unsaved.next("ops") == nullptr);
  CHECK(unsaved.find("a", "ops")->state == UnsavedOutbox::State::delivered);
  // Of a row that the table has.
  auto stored = notification("b");
  stored.id = 7;
  unsaved.update({stored, UnsavedOutbox::State::undeliverable, kNow});
  CHECK(unsaved.find("b", "ops")->state == UnsavedOutbox::State::undeliverable);
  unsaved.forget("b", "ops");
  CHECK(unsaved.find("b", "ops") == nullptr);
}

TEST_CASE(
    "memory is bounded: what was delivered makes room, and what waits is never dropped for something new") {
  UnsavedOutbox unsaved;
  for (std::size_t i = 0; i < UnsavedOutbox::kMax; ++i) CHECK(unsaved.put(notification(std::to_string(i))));
  CHECK_FALSE(unsaved.put(notification("new")));
  CHECK(unsaved.size() == UnsavedOutbox::kMax);
  unsaved.update({notification("5"), UnsavedOutbox::State::delivered, kNow});
  CHECK(unsaved.put(notification("new")));
  CHECK(unsaved.size() <= UnsavedOutbox::kMax);
  CHECK(unsaved.find("0", "ops"));
  CHECK(unsaved.find("new", "ops"));
}

TEST_CASE("a removed channel's notifications go, and times move with the clock") {
  UnsavedOutbox unsaved;
  unsaved.put(notification("a"));
  unsaved.put(notification("a", "mail"));
  unsaved.retain({"mail"});
  CHECK(unsaved.size() == 1);
  CHECK(unsaved.find("a", "mail"));
  unsaved.shift(2h);
  CHECK(unsaved.find("a", "mail")->notification.nextAttempt == kNow + 2h);
  CHECK(unsaved.find("a", "mail")->notification.created == kNow + 2h);
}

TEST_CASE("everything is written at once when the store works again") {
  TempStore folder;
  auto database = store::Database::open(folder.path()).value();
  store::OutboxTable table(*database);
  UnsavedOutbox unsaved;
  unsaved.put(notification("waits"));
  unsaved.put(notification("done"));
  unsaved.update({notification("done"), UnsavedOutbox::State::delivered, kNow});
  REQUIRE(database->transact([&] { unsaved.store(table); }));
  unsaved.clear();
  CHECK(unsaved.empty());
  std::vector<store::QueuedNotification> waiting;
  REQUIRE(database->read([&] { waiting = table.waiting("ops", 10); }));
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].change == "waits");
  // Once more, as after a commit whose outcome is not known.
  unsaved.put(notification("waits"));
  REQUIRE(database->transact([&] { unsaved.store(table); }));
  REQUIRE(database->read([&] { waiting = table.waiting("ops", 10); }));
  CHECK(waiting.size() == 1);
}
