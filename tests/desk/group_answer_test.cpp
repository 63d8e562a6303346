// What a group of receivers refuses, by day and side, and the text for its IT staff.
#include "desk/group_answer.hpp"

#include "desk/desk_fixture.hpp"
#include "desk/local_date.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;
using suppression::Side;

namespace {

struct Fixture : DeskFixture {
  Fixture() {
    for (int i = 0; i < 3; ++i)
      add(List::blocks, "u" + std::to_string(i) + "@town.example.lg.jp",
          "554 5.7.1 Client host [203.0.113.7] blocked using Spamhaus", 1h + 24h * i);
    add(List::bounces, "x@city.example.lg.jp", "550 5.1.1 no such user", 2h);
    add(List::bounces, "y@gmail.com", "550 5.1.1 no such user", 2h);
    add(List::bounces, "old@city.example.lg.jp", "550 5.1.1 no such user", 24h * 8);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "groups are listed with what each refuses, most first") {
  const auto all = entries();
  const auto groups = Groups(owners(), all).all(all.query({}));
  REQUIRE(groups);
  REQUIRE(groups->size() == 2);
  CHECK((*groups)[0].group == "Local governments");
  CHECK((*groups)[0].entries == 4);
  CHECK((*groups)[0].bySide == std::map<Side, std::int64_t>{{Side::ours, 3}, {Side::wrongAddress, 1}});
}

TEST_CASE_METHOD(Fixture,
                 "a group answers by day, side, cause and domain, and with the text for its IT staff") {
  const auto all = entries();
  const auto answer = Groups(owners(), all).answer("Local governments", all.query({}), Language::japanese);
  REQUIRE(answer);
  CHECK(answer->entries == 4);
  CHECK(answer->entriesBefore == 1);
  CHECK(answer->byDay.size() == 3);
  REQUIRE(answer->causes.size() == 2);
  CHECK(answer->causes[0] == std::pair(causes::Class::senderBlocked, std::int64_t{3}));
  REQUIRE(answer->domains.size() == 2);
  CHECK(answer->domains[0] == std::pair(std::string("town.example.lg.jp"), std::int64_t{3}));
  REQUIRE(answer->refusal);
  CHECK(answer->refusal->entry.email == "u0@town.example.lg.jp");
  CHECK_THAT(answer->itDeskText, Catch::Contains("town.example.lg.jp宛て") &&
                                     Catch::Contains("11月8日から") && Catch::Contains("203.0.113.7") &&
                                     Catch::Contains("blocked using Spamhaus"));
}

TEST_CASE_METHOD(Fixture, "a group without entries, or that does not exist, answers with nothing") {
  const auto all = entries();
  for (const auto* group : {"docomo", "no such group"}) {
    const auto answer = Groups(owners(), all).answer(group, all.query({}), Language::english);
    REQUIRE(answer);
    CHECK(answer->entries == 0);
    CHECK_FALSE(answer->refusal);
    CHECK(answer->itDeskText.empty());
  }
}

TEST_CASE("the address of a server is found in a reply, and no version or code is taken for one") {
  CHECK(addressIn("554 5.7.1 [203.0.113.7] blocked") == "203.0.113.7");
  CHECK(addressIn("host 203.0.113.7.") == "203.0.113.7");
  CHECK(addressIn("550 5.7.1 refused") == "");
  CHECK(addressIn("1.2.3.4.5") == "");
  CHECK(addressIn("999.1.1.1 or 1.2.3") == "");
  CHECK(addressIn("") == "");
  CHECK(addressIn("203.0.113.") == "");
}

TEST_CASE("dates stand in sentences as each language writes them") {
  const auto date = parseDate("2026-11-04").value();
  CHECK(localDate(date, Language::japanese) == "11月4日");
  CHECK(localDate(date, Language::english) == "4 November");
}
