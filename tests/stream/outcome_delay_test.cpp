#include "stream/outcome_delay.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::stream;
using namespace std::chrono_literals;

TEST_CASE("how late outcomes are told is known after a lump or two, whatever was posted again") {
  const Instant now = parseIso("2026-11-24T03:00:00Z").value();
  OutcomeDelay delay;
  CHECK_FALSE(delay.nineInTen());
  for (int mail = 0; mail < 100; ++mail) delay.note(now - 1h, now);  // after a downtime
  CHECK_FALSE(delay.nineInTen());
  for (int mail = 0; mail < 20; ++mail) delay.note(now - mail * 15s, now);
  CHECK(delay.nineInTen() == 18 * 15s);
  SECTION("and changes with the last hundreds") {
    for (int mail = 0; mail < 256; ++mail) delay.note(now - 3s, now);
    CHECK(delay.nineInTen() == 3s);
  }
  SECTION("a clock that is ahead is no delay") {
    for (int mail = 0; mail < 256; ++mail) delay.note(now + 1min, now);
    CHECK(delay.nineInTen() == 0s);
  }
}
