#include <catch2/catch.hpp>
#include <cmath>

#include "rules/probability.hpp"

using namespace arrivald::rules;

namespace {

// The same sums done the slow and obvious way.
double poissonSum(std::int64_t k, double mean) {
  double sum = 0;
  for (std::int64_t i = 0; i <= k; ++i)
    sum += std::exp(static_cast<double>(i) * std::log(mean) - mean - std::lgamma(static_cast<double>(i) + 1));
  return sum;
}

double binomialSum(std::int64_t x, std::int64_t n, double q) {
  double sum = 0;
  for (std::int64_t i = x; i <= n; ++i) {
    const auto all = static_cast<double>(n), hits = static_cast<double>(i), rest = static_cast<double>(n - i);
    sum += std::exp(std::lgamma(all + 1) - std::lgamma(hits + 1) - std::lgamma(rest + 1) +
                    hits * std::log(q) + rest * std::log1p(-q));
  }
  return sum;
}

}  // namespace

TEST_CASE("Wilson's lower bound is that of the formula, and stays within a share") {
  // 10 of 100 at 1.96: the textbook's 5.52 %.
  CHECK(wilsonLower(10, 100, 1.959964) == Approx(0.05523).epsilon(1e-3));
  CHECK(wilsonLower(7, 100, 0) == Approx(0.07));

  CHECK(wilsonLower(0, 100, 3.1) == 0);
  CHECK(wilsonLower(0, 0, 3.1) == 0);
  CHECK(wilsonLower(5, -1, 3.1) == 0);
  // More failures than mails is what corrections give: taken as all of them.
  CHECK(wilsonLower(7, 5, 3.1) == wilsonLower(5, 5, 3.1));
  CHECK(wilsonLower(9e15, 9e15, 3.1) == Approx(1.0));
}

TEST_CASE("the lower bound grows with the number of mails") {
  CHECK(wilsonLower(1, 1, 3.1) < 0.1);
  CHECK(wilsonLower(100, 100, 3.1) > 0.9);
}

TEST_CASE("Poisson tails equal the plain sum, also where it underflows") {
  for (const double mean : {0.3, 2.0, 17.0, 90.0, 400.0})
    for (const std::int64_t k : {0, 1, 5, 40, 100, 380}) {
      CAPTURE(mean, k);
      CHECK(poissonAtMost(k, mean) == Approx(poissonSum(k, mean)).epsilon(1e-9).margin(1e-300));
    }
  CHECK(poissonAtMost(0, 600) == Approx(std::exp(-600.0)).epsilon(1e-9));
  CHECK(poissonAtMost(0, 1e6) == 0);
  CHECK(poissonAtMost(1'000'000, 1e6) == Approx(0.5).margin(0.001));
  CHECK(poissonAtMost(-1, 3) == 0);
  CHECK(poissonAtMost(0, 0) == 1);
}

TEST_CASE("binomial tails equal the plain sum, also in the far tails") {
  for (const std::int64_t n : {1, 7, 60, 500})
    for (const double q : {0.001, 0.02, 0.3, 0.9})
      for (const std::int64_t x : {std::int64_t{1}, n / 3, n / 2, n}) {
        CAPTURE(n, q, x);
        CHECK(binomialAtLeast(x, n, q) == Approx(binomialSum(x, n, q)).epsilon(1e-8).margin(1e-300));
      }
  CHECK(binomialAtLeast(0, 10, 0.5) == 1);
  CHECK(binomialAtLeast(11, 10, 0.5) == 0);
  CHECK(binomialAtLeast(1, 10, 0) == 0);
  CHECK(binomialAtLeast(10, 10, 1) == 1);
  CHECK(binomialAtLeast(500'000, 1'000'000, 0.5) == Approx(0.5).margin(0.001));
}

TEST_CASE("no mail is more likely with a higher variance") {
  CHECK(chanceOfNone(10, 0) == Approx(std::exp(-10.0)));
  CHECK(chanceOfNone(10, 1e9) == Approx(std::exp(-10.0)).epsilon(1e-6));
  CHECK(chanceOfNone(10, 1) == Approx(1.0 / 11));
  CHECK(chanceOfNone(0, 3) == 1);
}
