// locate: which mail fails beside the usual, and of which cause: a scan of subsets by likelihood ratio.
#pragma once

#include <optional>
#include <vector>

#include "incidents/grid.hpp"

namespace arrivald::incidents {

/// What was found in a grid.
struct Located {
  Slice slice;       ///< with the kinds by which it was found
  Root root;         ///< its names; the kinds are those that hold the excess
  double score = 0;  ///< nats: log likelihood ratio less the penalties
  Numbers numbers;   ///< of the slice
  Duration window{0};
};

/// A score below this is chance.
inline constexpr double kLeastScore = 6;

/// The slice with the highest score, of at least kLeastScore; nothing if nothing stands out.
std::optional<Located> locate(const Grid& grid, Family family);
/// The best of several grids.
std::optional<Located> locate(const Grids& grids, Family family);

/// The score of one slice, whatever it is.
double scoreOf(const Grid& grid, const Slice& slice);

/// The kinds that hold the excess of the slice's categories and receivers: one that holds half of it and is
/// not `unspecified`, or two that hold four fifths together and a quarter each.
std::vector<Kind> namedKinds(const Grid& grid, const Slice& slice);

}  // namespace arrivald::incidents
