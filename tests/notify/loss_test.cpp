// What most failures have in common: how much of them, and since when.
#include "notify/loss.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

std::vector<FailedMail> failing(int times, const char* group, const char* code, Duration ago = 1min) {
  return std::vector<FailedMail>(static_cast<std::size_t>(times), FailedMail{kNow - ago, group, code});
}

std::vector<FailedMail> operator+(std::vector<FailedMail> a, const std::vector<FailedMail>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("the main loss is what at least half of five or more failures have in common") {
  struct Row {
    const char* what;
    int same, others;
    bool found;
  };
  const auto row = GENERATE(values<Row>({{"nothing", 0, 0, false},
                                         {"too few", 4, 0, false},
                                         {"enough", 5, 0, true},
                                         {"enough together", 3, 2, true},
                                         {"half", 5, 5, true},
                                         {"less than half", 5, 6, false}}));
  CAPTURE(row.what);
  auto all = failing(row.same, "gmail", "550 5.7.26");
  // Each with a code of its own.
  for (int i = 0; i < row.others; ++i)
    all = all + failing(1, "docomo", ("550 5.1." + std::to_string(i)).c_str());
  const auto loss = mainLoss(all, 1h, kNow);
  REQUIRE(loss.has_value() == row.found);
  if (!loss) return;
  CHECK(loss->group == "gmail");
  CHECK(loss->code == "550 5.7.26");
  CHECK(loss->failures == static_cast<std::size_t>(row.same));
  CHECK(loss->share == Approx(static_cast<double>(row.same) / (row.same + row.others)));
  CHECK_FALSE(loss->othersNormal);
}

TEST_CASE("the same code at another receiver is another loss") {
  CHECK_FALSE(
      mainLoss(failing(3, "gmail", "550") + failing(4, "docomo", "550") + failing(4, "au", "550"), 1h, kNow));
}

TEST_CASE("what is older than the window decides nothing, but shows since when") {
  const auto old = failing(9, "gmail", "550 5.7.26", 90min);
  CHECK_FALSE(mainLoss(old, 1h, kNow));
  CHECK(mainLoss(old, 2h, kNow)->since == kNow - 90min);
  const auto loss = mainLoss(old + failing(5, "gmail", "550 5.7.26", 40min), 1h, kNow);
  REQUIRE(loss);
  CHECK(loss->failures == 5);
  CHECK(loss->since == kNow - 90min);
}

TEST_CASE("a loss has begun after the last hour without such a failure") {
  const auto one = [](Duration ago, const char* code = "550") { return failing(1, "gmail", code, ago); };
  const auto earlier = one(299min) + one(239min);
  const auto recent = one(178min) + one(120min) + one(61min) + failing(5, "gmail", "550");
  CHECK(mainLoss(earlier + recent, 1h, kNow)->since == kNow - 178min);
  // Another code bridges no pause; the same code does.
  CHECK(mainLoss(earlier + one(200min, "421") + recent, 1h, kNow)->since == kNow - 178min);
  CHECK(mainLoss(earlier + one(210min) + recent, 1h, kNow)->since == kNow - 299min);
}
