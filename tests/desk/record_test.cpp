#include "desk/record.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "desk/fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;

TEST_CASE("each act has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kActCount; ++i) names.insert(name(static_cast<Act>(i)));
  CHECK(names.size() == kActCount);
}

TEST_CASE("a look-up is recorded with its address masked, a release with the whole one") {
  Desk desk;
  RecordEntry entry;
  entry.by = kViewer;
  entry.act = Act::lookUp;
  entry.address = "taro.yamada@example.jp";
  REQUIRE(desk.record->append(entry).ok());
  const auto rows = desk.record->find(kViewer, {});
  REQUIRE(rows->size() == 1);
  CHECK(rows->at(0).address == "t…@example.jp");
  CHECK(rows->at(0).role == "viewer");
  CHECK(rows->at(0).at == kNoon);
}

TEST_CASE("people read what they did themselves, admins what everybody did") {
  Desk desk;
  for (const auto& actor : {kViewer, kOperator, kAdmin}) {
    RecordEntry entry;
    entry.by = actor;
    entry.act = Act::logIn;
    REQUIRE(desk.record->append(entry).ok());
  }
  CHECK(desk.record->find(kOperator, {})->size() == 1);
  store::RecordFilter others;
  others.user = "admin-1";
  CHECK(desk.record->find(kOperator, others)->empty());
  CHECK(desk.record->find(kAdmin, others)->size() == 1);
  CHECK(desk.record->find(kAdmin, {})->size() == 3);
  CHECK(desk.record->find({"", Role::admin, ""}, {}).error().kind == Error::Kind::denied);
  CHECK_FALSE(desk.record->check()->firstBroken);
}

TEST_CASE("an entry is recorded as it was, whatever bytes its reply holds") {
  suppression::Entry entry{"taro@example.jp", kNoon, "550 \xff\"\n", "5.1.1", "", 4};
  CHECK(recordJson(entry) ==
        R"({"created":"2026-11-25T03:00:00Z","reason":"550 �\"\n","status":"5.1.1","group":4})");
}
