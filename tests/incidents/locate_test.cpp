#include "incidents/locate.hpp"

#include <catch2/catch.hpp>

#include "incidents/mails.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;

struct Case {
  const char* what;
  std::vector<Town::Fault> faults;
  Root root;
};

}  // namespace

TEST_CASE("The mail that fails is located, and its cause named") {
  const std::vector<Case> cases{
      {"one receiver",
       {{"", "Gmail", 3, Kind::authentication}},
       {.receivers = {"Gmail"}, .kinds = {Kind::authentication}}},
      {"one category",
       {{"tax", "", 3, Kind::noAddress}},
       {.categories = {"tax"}, .kinds = {Kind::noAddress}}},
      {"one category at one receiver",
       {{"notice", "docomo", 2, Kind::content}},
       {.categories = {"notice"}, .receivers = {"docomo"}, .kinds = {Kind::content}}},
      {"two receivers",
       {{"", "Gmail", 3, Kind::senderBlocked}, {"", "Yahoo", 3, Kind::senderBlocked}},
       {.receivers = {"Gmail", "Yahoo"}, .kinds = {Kind::senderBlocked}}},
      {"all mail", {{"", "", 5, Kind::network}}, {.kinds = {Kind::network}}},
      {"a cause that no reply tells", {{"", "Gmail", 3, Kind::unspecified}}, {.receivers = {"Gmail"}}},
  };
  Town usual;
  usual.perMinute = 2;
  usual.pass(8h);
  for (const Case& one : cases) {
    INFO(one.what);
    Town town = usual;
    town.faults = one.faults;
    town.pass(20min);
    const auto found = locate(town.table.shares(30min), Family::shares);
    REQUIRE(found);
    CHECK(found->root == one.root);
    CHECK(found->score > kLeastScore);
  }
}

TEST_CASE("Nothing is located in usual mail, however much there is") {
  Town town;
  town.perMinute = 5;
  town.pass(12h);
  for (const Duration window : kWindows) CHECK_FALSE(locate(town.table.shares(window), Family::shares));
}

TEST_CASE("Nothing is located in a grid without mail") {
  CrossTable table(kNoon);
  CHECK_FALSE(locate(table.shares(10min), Family::shares));
}

TEST_CASE("With the first cause absorbed, the second one is located") {
  Town town;
  town.perMinute = 2;
  town.pass(8h);
  town.faults = {{"", "Gmail", 3, Kind::authentication}, {"tax", "", 5, Kind::noAddress}};
  town.pass(25min);
  const Root gmail{.receivers = {"Gmail"}, .kinds = {Kind::authentication}};
  Grids grids = town.table.shares(30min);
  absorb(grids, gmail, {});
  const auto second = locate(grids, Family::shares);
  REQUIRE(second);
  CHECK(second->root.categories == std::vector<std::string>{"tax"});
  CHECK(second->root.kinds == std::vector{Kind::noAddress});
  absorb(grids, second->root, {});
  CHECK_FALSE(locate(grids, Family::shares));
}

TEST_CASE("Replies that are read as another cause are no second cause") {
  Town town;
  town.perMinute = 2;
  town.pass(8h);
  // Of ten failures at Gmail one or two cannot be read.
  town.faults = {{"", "Gmail", 2, Kind::authentication}, {"", "Gmail", 10, Kind::unspecified}};
  town.pass(25min);
  Grids grids = town.table.shares(30min);
  absorb(grids, {.receivers = {"Gmail"}, .kinds = {Kind::authentication}}, {});
  CHECK_FALSE(locate(grids, Family::shares));
}

TEST_CASE(
    "Where only sums by category and by receiver are known, each is searched, and absorbing reaches both") {
  Axes byReceiver{{""}, {"Gmail", "docomo", "Yahoo"}, {Kind::unspecified}};
  Axes byCategory{{"notice", "tax"}, {""}, {Kind::unspecified}};
  Grids grids;
  grids.emplace_back(std::make_shared<const Axes>(byReceiver), 30min);
  grids.emplace_back(std::make_shared<const Axes>(byCategory), 30min);
  const double mails[]{100, 100, 100};
  const float seen[]{30, 1, 0};
  for (std::size_t g = 0; g < 3; ++g) {
    grids[0].mails(g) = mails[g];
    grids[0].seen(g, 0) = seen[g];
    grids[0].expected(g, 0) = 1;
  }
  for (std::size_t c = 0; c < 2; ++c) {
    grids[1].mails(c) = 150;
    grids[1].seen(c, 0) = 15.5F;
    grids[1].expected(c, 0) = 1.5F;
  }
  const auto found = locate(grids, Family::shares);
  REQUIRE(found);
  CHECK(found->root.receivers == std::vector<std::string>{"Gmail"});
  absorb(grids, found->root, {});
  CHECK_FALSE(locate(grids, Family::shares));
}

}  // namespace arrivald::incidents
