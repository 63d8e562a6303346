#include "store/releases_table.hpp"

#include <catch2/catch.hpp>

#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::store;
using namespace arrivald::suppression;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-25T05:51:00Z").value();
const Date kDay = parseDate("2026-11-25").value();

ReleaseItem itemOf(ReleaseId release, std::string email, std::string account = "main",
                   List list = List::bounces) {
  ReleaseItem item;
  item.release = release;
  item.shown = {EntryId(42),
                std::move(account),
                list,
                {std::move(email), kNow - 48h, "552 5.2.2 full", "5.2.2", "", 0},
                causes::Class::mailboxFull,
                "mailbox_full",
                "example.jp",
                "docomo",
                Advice::onceConfirmed};
  return item;
}

struct Scene {
  Scene() : database(std::move(*Database::open(place.path()))) {}
  template <class Body>
  void write(Body body) {
    const auto done = database->transact([&] { body(ReleasesTable(*database)); });
    INFO((done.ok() ? "" : done.error().text));
    REQUIRE(done.ok());
  }
  ReleaseId draft(std::string user = "ops-1", Mode mode = Mode::real) {
    ReleaseRequest request;
    request.user = std::move(user);
    request.created = kNow;
    request.mode = mode;
    ReleaseId id{};
    write([&](ReleasesTable table) { id = table.add(request); });
    return id;
  }
  void reopen() {
    database = nullptr;
    database = std::move(*Database::open(place.path()));
  }
  testing::TempStore place;
  std::unique_ptr<Database> database;
};

}  // namespace

TEST_CASE("a request and its items are read as they were written, over a restart") {
  Scene scene;
  const auto id = scene.draft();
  auto item = itemOf(id, "taro@example.jp");
  item.failedAgain = kNow - 24h;
  scene.write([&](ReleasesTable table) { item.id = table.add(item); });
  item.assertedBy = "ops-1";
  item.chosen = true;
  item.progress = {ItemState::pending, Problem::busy, 429, 2, 3, kNow + 5s, kNow, kNow + 1s, kNow + 2s};
  item.after = {Aftermath::delivered, kNow + 1h, 2100ms, true};
  item.followDue = kNow + 2h;
  ReleaseRequest request{id,
                         "ops-1",
                         kNow,
                         ReleaseState::running,
                         4,
                         Mode::real,
                         {kNow + 1min, "192.0.2.17", Extent::all, Motive::mended, "memo", 1}};
  scene.write([&](ReleasesTable table) {
    table.put(item);
    table.put(request, kDay);
  });
  scene.reopen();
  scene.write([&](ReleasesTable table) {
    CHECK(table.find(id) == request);
    CHECK(table.items(id) == std::vector{item});
    CHECK(table.item(item.id) == item);
    CHECK(table.find(ReleaseId(99)) == std::nullopt);
    CHECK(table.released({}).at(0).request == request);
    CHECK(table.released({}).at(0).item == item);
    CHECK(table.count({}) == 1);
    ReleasedFilter filter;
    filter.aftermath = Aftermath::bouncedAgain;
    CHECK(table.count(filter) == 0);
    filter.aftermath = Aftermath::delivered;
    filter.state = ItemState::pending;
    filter.email = "TARO@example.jp";
    filter.before = item.id;
    CHECK(table.released(filter).empty());
  });
}

TEST_CASE("an entry is in one open request at a time, in whatever case its address is written") {
  Scene scene;
  const auto mine = scene.draft("ops-1");
  const auto theirs = scene.draft("ops-2");
  auto item = itemOf(mine, "Taro@example.jp");
  scene.write([&](ReleasesTable table) { item.id = table.add(item); });
  const auto claim = [&](const ReleaseItem& wanted) {
    std::optional<Claim> found;
    scene.write([&](ReleasesTable table) { found = table.claimOf(wanted.shown); });
    return found;
  };
  const auto again = itemOf(theirs, "taro@EXAMPLE.jp");
  REQUIRE(claim(again));
  CHECK(claim(again)->user == "ops-1");
  CHECK(claim(again)->release == mine);
  CHECK_FALSE(scene.database->transact([&] { ReleasesTable(*scene.database).add(again); }).ok());
  CHECK_FALSE(claim(itemOf(theirs, "taro@example.jp", "news")));
  CHECK_FALSE(claim(itemOf(theirs, "taro@example.jp", "main", List::blocks)));
  item.claims = false;
  scene.write([&](ReleasesTable table) { table.put(item); });
  CHECK_FALSE(claim(again));
  scene.write([&](ReleasesTable table) { table.add(again); });
}

TEST_CASE("the unsubscribes of two groups are two entries") {
  Scene scene;
  const auto id = scene.draft();
  auto one = itemOf(id, "taro@example.jp", "main", List::groupUnsubscribes);
  one.shown.entry.group = 4;
  auto other = one;
  other.shown.entry.group = 5;
  scene.write([&](ReleasesTable table) {
    table.add(one);
    table.add(other);
    CHECK(table.items(id).at(1).shown.list == List::groupUnsubscribes);
  });
}

TEST_CASE("what counts against a day is what was decided on it, by user and apart from rehearsals") {
  Scene scene;
  const auto decide = [&](const char* user, Mode mode, std::size_t released, Date day) {
    const auto id = scene.draft(user, mode);
    scene.write([&](ReleasesTable table) {
      auto request = table.find(id).value();
      request.state = ReleaseState::confirmed;
      request.decision.released = released;
      table.put(request, day);
      request.state = ReleaseState::running;
      table.put(request);  // does not move the day
    });
  };
  decide("ops-1", Mode::real, 3, kDay);
  decide("ops-1", Mode::real, 4, kDay);
  decide("ops-1", Mode::real, 5, kDay - std::chrono::days(1));
  decide("ops-1", Mode::rehearsal, 6, kDay);
  decide("ops-2", Mode::real, 7, kDay);
  scene.write([&](ReleasesTable table) {
    CHECK(table.releasedOn("ops-1", kDay, Mode::real) == 7);
    CHECK(table.releasedOn("ops-1", kDay, Mode::rehearsal) == 6);
    CHECK(table.releasedOn("ops-2", kDay, Mode::real) == 7);
    CHECK(table.releasedOn("ops-3", kDay, Mode::real) == 0);
  });
}

TEST_CASE("items are due once they are chosen, the longest due first") {
  Scene scene;
  const auto id = scene.draft();
  scene.write([&](ReleasesTable table) {
    for (int i = 0; i < 4; ++i) {
      auto item = itemOf(id, std::to_string(i) + "@example.jp");
      item.progress.due = kNow + std::chrono::seconds(10 - i);
      item.id = table.add(item);
      item.chosen = i != 3;
      table.put(item);
    }
    CHECK(table.nextDue() == kNow + 8s);
    const auto due = table.due(kNow + 9s, 10);
    REQUIRE(due.size() == 2);
    CHECK(due[0].shown.entry.email == "2@example.jp");
    CHECK(table.due(kNow + 9s, 1).size() == 1);
  });
}

TEST_CASE("a failure after the last release of an address is known, a delivery after it ends that") {
  Scene scene;
  const auto settle = [&](Aftermath aftermath, Instant at) {
    const auto id = scene.draft();
    scene.write([&](ReleasesTable table) {
      auto item = itemOf(id, "taro@example.jp");
      item.id = table.add(item);
      item.claims = false;
      item.after = {aftermath, at, std::nullopt, true};
      table.put(item);
    });
  };
  const auto failed = [&](const char* account, const char* email) {
    std::optional<Instant> at;
    scene.write([&](ReleasesTable table) { at = table.failedAgain(account, email); });
    return at;
  };
  CHECK_FALSE(failed("main", "taro@example.jp"));
  settle(Aftermath::bouncedAgain, kNow);
  CHECK(failed("main", "TARO@example.jp") == kNow);
  CHECK_FALSE(failed("news", "taro@example.jp"));
  settle(Aftermath::unknown, kNow + 1h);
  CHECK(failed("main", "taro@example.jp") == kNow);
  settle(Aftermath::delivered, kNow + 2h);
  CHECK_FALSE(failed("main", "taro@example.jp"));
}

TEST_CASE("the numbers of a release's enumerations are stored and stay") {
  CHECK(static_cast<int>(ReleaseState::draft) == 0);
  CHECK(static_cast<int>(ReleaseState::running) == 2);
  CHECK(static_cast<int>(ReleaseState::expired) == 5);
  CHECK(static_cast<int>(ItemState::asked) == 1);
  CHECK(static_cast<int>(ItemState::gone) == 3);
  CHECK(static_cast<int>(ItemState::alreadyGone) == 4);
  CHECK(static_cast<int>(ItemState::rehearsed) == 8);
  CHECK(static_cast<int>(Problem::stillListed) == 5);
  CHECK(static_cast<int>(Aftermath::delivered) == 1);
  CHECK(static_cast<int>(Aftermath::bouncedAgain) == 2);
  CHECK(static_cast<int>(Aftermath::unknown) == 5);
  CHECK(static_cast<int>(Mode::rehearsal) == 1);
  CHECK(static_cast<int>(Extent::all) == 1);
  CHECK(static_cast<int>(Motive::other) == 3);
  CHECK(static_cast<int>(Advice::adminOnly) == 4);
}
