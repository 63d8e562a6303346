// Ticks are kept by the server: a form changes only what it showed.
#include "desk/selections.hpp"

#include "desk/desk_fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : DeskFixture {
  std::vector<std::string> ids;  // newest first
  Fixture() {
    for (int i = 0; i < 6; ++i)
      add(List::bounces, "u" + std::to_string(i) + "@b.jp", "550 no", 1h + 1min * i);
    for (const auto& row : page({}).rows) ids.push_back(toText(row.id));
    REQUIRE(ids.size() == 6);
  }
  Selections selections() { return Selections(database(), clock); }
  Selections::Change change(const std::string& user, std::vector<std::string> shown,
                            std::vector<std::string> ticked) {
    const auto changed = selections().change(user, shown, ticked);
    REQUIRE(changed);
    return *changed;
  }
  std::vector<std::string> selected(const std::string& user) {
    std::vector<std::string> all;
    const auto found = selections().of(user);
    REQUIRE(found);
    for (const auto id : *found) all.push_back(toText(id));
    return all;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what a page did not show stays ticked") {
  CHECK(change("ops-1", {ids[0], ids[1], ids[2]}, {ids[0], ids[2]}).selected == 2);
  CHECK(change("ops-1", {ids[3], ids[4]}, {ids[4]}).selected == 3);
  CHECK(change("ops-1", {ids[0], ids[1], ids[2]}, {ids[1]}).selected == 2);
  CHECK(selected("ops-1") == std::vector<std::string>{ids[1], ids[4]});
  CHECK(selected("ops-2").empty());
  restart();
  CHECK(selected("ops-1").size() == 2);
  REQUIRE(selections().remove("ops-1", std::vector{*entryIdFrom(ids[1])}));
  CHECK(selected("ops-1") == std::vector<std::string>{ids[4]});
  REQUIRE(selections().clear("ops-1"));
  CHECK(selected("ops-1").empty());
}

TEST_CASE_METHOD(Fixture, "ids of no entry are dropped and counted, and the others stored") {
  const auto changed = change("ops-1", {}, {"999999", "x", "", std::string(30, '1'), "-1", ids[0], ids[0]});
  CHECK(changed.dropped == 5);
  CHECK(changed.selected == 1);
}

TEST_CASE_METHOD(Fixture, "ticks last for seven days") {
  change("ops-1", {}, {ids[0], ids[1]});
  clock.advance(24h * 6);
  change("ops-1", {}, {ids[0]});
  clock.advance(24h * 2);
  CHECK(selected("ops-1") == std::vector<std::string>{ids[0]});
  CHECK(change("ops-1", {}, {}).selected == 1);
}

TEST_CASE_METHOD(Fixture, "ten thousand rows are kept, and what is beyond is refused and counted") {
  std::vector<suppression::Entry> many;
  for (int i = 0; i < 10'001; ++i)
    many.push_back({"m" + std::to_string(i) + "@c.jp", clock.now() - 2h, "", "", "", 0});
  REQUIRE(owners().lists().add("main", List::blocks, many));
  std::vector<std::string> ticked;
  for (int i = 0; i < 10'001; ++i) ticked.push_back(std::to_string(7 + i));
  const auto changed = change("ops-1", {}, ticked);
  CHECK(changed.selected == Selections::kMaxRows);
  CHECK(changed.refused == 1);
  CHECK(changed.dropped == 0);
}
