// Confidence bounds and tail probabilities. All are defined for any counts: 0, one-sided, and up to 2^53.
#pragma once

#include <cstdint>

namespace arrivald::rules {

/// The lower Wilson score bound of a share f/n at `z` standard deviations (z ≥ 0); counts may be fractions of
/// mails where clusters count as one. n ≤ 0 gives 0. f is clamped into [0, n].
///   (p + z²/2n − z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n),  E. B. Wilson, JASA 22 (1927), 209–212.
double wilsonLower(double f, double n, double z);

/// P(X ≤ k) for X ~ Poisson(mean). 0 for k < 0; 1 for mean ≤ 0 and k ≥ 0.
double poissonAtMost(std::int64_t k, double mean);

/// P(X ≥ x) for X ~ Bin(n, q): the probability that x or more of n messages are still in flight.
double binomialAtLeast(std::int64_t x, std::int64_t n, double q);

/// P(X = 0) for a negative binomial of this mean and shape k (variance mean + mean²/k); k ≤ 0 means Poisson.
double chanceOfNone(double mean, double shape);

}  // namespace arrivald::rules
