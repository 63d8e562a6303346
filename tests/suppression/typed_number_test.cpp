#include "suppression/typed_number.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

using namespace arrivald::suppression;

TEST_CASE("a typed number is read in any width, with blanks, commas and the counter") {
  for (const char* five : {"5", "５", "5件", " ５ 件 ", "　５　件", "5,", "⑤", "⁵", "₅", "𝟓", "05"}) {
    INFO(five);
    CHECK(typedNumber(five) == 5U);
  }
  CHECK(typedNumber("1,234件") == 1'234U);
  CHECK(typedNumber("１，２３４") == 1'234U);
  CHECK(typedNumber("999999999") == 999'999'999U);
}

TEST_CASE("what is no plain count is no number") {
  for (const char* other : {"", " ", "件", "five", "五", "-5", "+5", "5.0", "5e1", "0x5", "5件です", "5\n6",
                            "1234567890", "½", "\xff", "5\xe4"}) {
    INFO(other);
    CHECK(typedNumber(other) == std::nullopt);
  }
}
