#include "rules/probability.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace arrivald::rules {
namespace {

constexpr double kSmallest = std::numeric_limits<double>::min();
constexpr double kPrecision = 1e-15;
constexpr int kIterations = 100'000;

// lgamma() writes the global `signgam`; this one may run on any thread.
double logGamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// Regularised incomplete gamma functions P(a, x) and Q(a, x), by series below x = a + 1 and by Lentz's
// continued fraction above (Abramowitz & Stegun 6.5.29 and 6.5.31); both converge in about √a steps.
double gammaSeries(double a, double x) {
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < kIterations; ++n) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * kPrecision) break;
  }
  return sum * std::exp(a * std::log(x) - x - logGamma(a));
}

double gammaFraction(double a, double x) {
  double b = x + 1 - a;
  double c = 1 / kSmallest;
  double d = 1 / b;
  double h = d;
  for (int n = 1; n < kIterations; ++n) {
    const double an = -n * (n - a);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < kSmallest) d = kSmallest;
    c = b + an / c;
    if (std::abs(c) < kSmallest) c = kSmallest;
    d = 1 / d;
    h *= d * c;
    if (std::abs(d * c - 1) < kPrecision) break;
  }
  return h * std::exp(a * std::log(x) - x - logGamma(a));
}

double gammaQ(double a, double x) { return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x); }

// The continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8), by Lentz; for
// x < (a + 1)/(a + b + 2).
double betaFraction(double a, double b, double x) {
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  if (std::abs(d) < kSmallest) d = kSmallest;
  d = 1 / d;
  double h = d;
  for (int m = 1; m < kIterations; ++m) {
    for (const double numerator : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                   -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 + numerator * d;
      if (std::abs(d) < kSmallest) d = kSmallest;
      c = 1 + numerator / c;
      if (std::abs(c) < kSmallest) c = kSmallest;
      d = 1 / d;
      h *= d * c;
    }
    if (std::abs(d * c - 1) < kPrecision) break;
  }
  return h;
}

// Regularised incomplete beta I_x(a, b).
double betaI(double a, double b, double x) {
  const double front =
      std::exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * betaFraction(a, b, x) / a;
  return 1 - front * betaFraction(b, a, 1 - x) / b;
}

}  // namespace

double wilsonLower(double f, double n, double z) {
  if (!(n > 0) || !(f > 0)) return 0;
  const double p = std::min(f, n) / n;
  const double z2 = z * z;
  const double spread = z * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return std::clamp((p + z2 / (2 * n) - spread) / (1 + z2 / n), 0.0, 1.0);
}

double poissonAtMost(std::int64_t k, double mean) {
  if (k < 0) return 0;
  if (!(mean > 0)) return 1;
  return std::clamp(gammaQ(static_cast<double>(k) + 1, mean), 0.0, 1.0);
}

double binomialAtLeast(std::int64_t x, std::int64_t n, double q) {
  if (x <= 0) return 1;
  if (x > n || !(q > 0)) return 0;
  if (q >= 1) return 1;
  return std::clamp(betaI(static_cast<double>(x), static_cast<double>(n - x) + 1, q), 0.0, 1.0);
}

double chanceOfNone(double mean, double shape) {
  if (!(mean > 0)) return 1;
  return shape > 0 ? std::exp(-shape * std::log1p(mean / shape)) : std::exp(-mean);
}

}  // namespace arrivald::rules
