// What a person types to ask about, and what is kept of it and of forms that came too late.
#include <catch2/catch.hpp>

#include "desk/kept_forms.hpp"
#include "desk/look_ups.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::desk;

namespace {

struct Keys {
  int n = 0;
  RandomBytes random() {
    return [this](std::size_t count) { return std::string(count - 4, 'k') + std::to_string(1000 + n++); };
  }
};

}  // namespace

TEST_CASE("what people paste around an address is mended, not refused") {
  for (const auto* typed :
       {"hanako@mobile.example.jp", "  hanako@mobile.example.jp\n", "mailto:hanako@mobile.example.jp",
        "MAILTO:hanako@mobile.example.jp", "<hanako@mobile.example.jp>", "花子 <hanako@mobile.example.jp>",
        "hanako＠mobile.example.jp", "ｈａｎａｋｏ＠ｍｏｂｉｌｅ．ｅｘａｍｐｌｅ．ｊｐ",
        "　hanako@mobile.example.jp　"}) {
    INFO(typed);
    CHECK(readAsked(typed).of == Asked::Of::address);
    CHECK(readAsked(typed).text == "hanako@mobile.example.jp");
  }
}

TEST_CASE("a domain is looked for in the list, and what is neither is nothing") {
  // A domain in another script, as lists have it.
  CHECK(readAsked("Hanako@日本語.jp").text == "Hanako@xn--wgv71a119e.jp");
  CHECK(readAsked("日本語.jp").text == "xn--wgv71a119e.jp");
  CHECK(readAsked("City.Example.lg.jp").of == Asked::Of::domain);
  CHECK(readAsked("@city.example.lg.jp").text == "city.example.lg.jp");
  for (const auto& typed : {std::string(), std::string("hanako"), std::string("a@b.jp, c@d.jp"),
                            std::string("@"), std::string("x@"), std::string(500, 'x') + "@a.jp"})
    CHECK(readAsked(typed).of == Asked::Of::nothing);
}

TEST_CASE("an address has a key that does not tell it, for half a day") {
  testing::ManualClock clock;
  testing::TempStore place;
  auto database = store::Database::open(place.path()).value();
  Keys keys;
  LookUps lookUps(*database, clock, keys.random());
  const auto key = lookUps.keep("hanako@mobile.example.jp");
  CHECK(key.find("hanako") == std::string::npos);
  CHECK(lookUps.keep("hanako@mobile.example.jp") == key);
  CHECK(lookUps.find(key) == "hanako@mobile.example.jp");
  CHECK_FALSE(lookUps.find("other"));
  clock.advance(LookUps::kKept - std::chrono::minutes(1));
  database.reset();
  database = store::Database::open(place.path()).value();
  CHECK(LookUps(*database, clock, keys.random()).find(key) == "hanako@mobile.example.jp");
  clock.advance(std::chrono::minutes(1));
  LookUps late(*database, clock, keys.random());
  CHECK_FALSE(late.find(key));
  REQUIRE(late.prune());
  REQUIRE(database->read([&] {
    store::Statement rows(*database, "SELECT count(*) FROM look_ups");
    CHECK((rows.step() && rows.integer(0) == 0));
  }));
}

TEST_CASE("while the store refuses, an address has a key all the same") {
  testing::ManualClock clock;
  testing::TempStore place;
  auto database =
      store::Database::openUnwritable(place.path(), Error{Error::Kind::diskFull, "the disk is full"});
  Keys keys;
  LookUps lookUps(*database, clock, keys.random());
  const auto key = lookUps.keep("hanako@mobile.example.jp");
  CHECK(lookUps.find(key) == "hanako@mobile.example.jp");
  CHECK(lookUps.keep("hanako@mobile.example.jp") == key);
}

TEST_CASE("a form that came too late is given back once, to the same user") {
  testing::ManualClock clock;
  Keys keys;
  KeptForms forms(clock, keys.random());
  const auto key = forms.keep("ops-1", Form::parse("entry=1&entry=2&shown=1,2,3").value());
  CHECK(forms.ticksOf(key) == 2);
  CHECK(forms.ticksOf("other") == 0);
  CHECK_FALSE(forms.take(key, "ops-2"));
  CHECK(forms.take(key, "ops-1")->all("entry").size() == 2);
  CHECK_FALSE(forms.take(key, "ops-1"));
  const auto late = forms.keep("ops-1", Form());
  clock.advance(KeptForms::kKept);
  CHECK_FALSE(forms.take(late, "ops-1"));
  for (std::size_t i = 0; i < KeptForms::kMaxKept; ++i) forms.keep("ops-1", Form());
  CHECK_FALSE(forms.take(late, "ops-1"));
}
