// A number is read only where the whole text is one.
#include "base/number.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

using namespace arrivald;

TEST_CASE("a text is a number only as a whole, and within the range") {
  CHECK(numberIn<std::int64_t>("0") == 0);
  CHECK(numberIn<std::int64_t>("-12") == -12);
  CHECK(numberIn<std::int64_t>("9223372036854775807") == INT64_MAX);
  CHECK(numberIn<std::uint16_t>("65535") == 65535);
  for (const auto* text : {"", "-", "+1", " 1", "1 ", "1x", "0x10", "1.5", "1e3", "9223372036854775808"}) {
    INFO(text);
    CHECK_FALSE(numberIn<std::int64_t>(text));
  }
  CHECK_FALSE(numberIn<std::uint16_t>("65536"));
  CHECK_FALSE(numberIn<std::size_t>("-1"));
  CHECK_FALSE(numberIn<std::int64_t>(std::string_view("12\0", 3)));
}
