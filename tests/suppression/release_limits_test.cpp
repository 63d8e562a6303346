#include "suppression/release_limits.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace arrivald;
using namespace arrivald::suppression;

namespace {
const Instant kOnce = parseIso("2026-11-24T09:00:00Z").value();
}

TEST_CASE("an operator releases bounces, blocks and invalid addresses") {
  const ReleaseLimits limits;
  for (const auto list : {List::bounces, List::blocks, List::invalidEmails})
    CHECK(requirementOf(list, std::nullopt, limits) == Requirement::anOperator);
}

TEST_CASE("a second release after a failure needs an admin") {
  CHECK(requirementOf(List::bounces, kOnce, {}) == Requirement::anAdmin);
}

TEST_CASE("spam reports and unsubscribes are released by nobody, and by admins where that is switched on") {
  for (const auto list : {List::spamReports, List::unsubscribes, List::groupUnsubscribes}) {
    CHECK(requirementOf(list, std::nullopt, {}) == Requirement::nobody);
    CHECK(requirementOf(list, kOnce, {20, 50, Wishes::kept}) == Requirement::nobody);
    CHECK(requirementOf(list, std::nullopt, {20, 50, Wishes::releasedByAdmins}) == Requirement::anAdmin);
  }
}

TEST_CASE("as advised are the safe rows and those whose fact was asserted, and no others") {
  const std::vector<DraftRow> rows = {
      {Advice::safe, Assertion::missing},          {Advice::onceConfirmed, Assertion::given},
      {Advice::onceConfirmed, Assertion::missing}, {Advice::noDifference, Assertion::given},
      {Advice::doNot, Assertion::given},           {Advice::adminOnly, Assertion::given}};
  CHECK(countAdvised(rows) == 2);
  CHECK(isAdvised(rows[0]));
  CHECK(isAdvised(rows[1]));
  const auto counts = countByAdvice(rows);
  CHECK(counts == std::array<std::size_t, 5>{1, 2, 1, 1, 1});
}

TEST_CASE("a request holds twenty entries and a day fifty, and what fits is said") {
  const ReleaseLimits limits;
  CHECK(overLimit(limits, 20, 0) == std::nullopt);
  CHECK(overLimit(limits, 21, 0) == OverLimit{OverLimit::Of::request, 21, 20, 20});
  CHECK(overLimit(limits, 21, 45) == OverLimit{OverLimit::Of::request, 21, 5, 20});
  CHECK(overLimit(limits, 5, 45) == std::nullopt);
  CHECK(overLimit(limits, 6, 45) == OverLimit{OverLimit::Of::day, 6, 5, 50});
  CHECK(overLimit(limits, 1, 50) == OverLimit{OverLimit::Of::day, 1, 0, 50});
  CHECK(overLimit(limits, 1, 60) == OverLimit{OverLimit::Of::day, 1, 0, 50});
  CHECK(leftToday(limits, 45) == 5);
  CHECK(leftToday(limits, 60) == 0);
}

TEST_CASE("motives and extents are read as they are spelled") {
  for (const auto motive : kMotives) CHECK(motiveNamed(name(motive)) == motive);
  CHECK(motiveNamed("") == std::nullopt);
  CHECK(extentNamed("advised") == Extent::advised);
  CHECK(extentNamed("all") == Extent::all);
  CHECK(extentNamed("everything") == std::nullopt);
}
