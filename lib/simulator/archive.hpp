// Archive: what the suppression lists of the simulated account have gathered in years, made on demand: an
// entry is computed from its number and not kept. Pure; the same seed gives the same entries.
#pragma once

#include <cstddef>

#include "base/instant.hpp"
#include "suppression/entry.hpp"

namespace arrivald::simulator {

/// All unsubscribes from a group are from this one.
inline constexpr std::int64_t kArchivedGroup = 100;

class Archive {
 public:
  /// As many gather in the years that the lists go back at most.
  static constexpr std::size_t kOfAllYears = 110'000;
  /// `entries` on all lists together, the newest created on the day before `end`, as days are in Japan. Fewer
  /// than kOfAllYears go less far back: each day of late has as many, whereby what is usual is told.
  Archive(unsigned seed, std::size_t entries, Instant end);

  std::size_t size(suppression::List list) const;
  /// `index` < size(); newest first.
  Instant created(suppression::List list, std::size_t index) const;
  suppression::Entry entry(suppression::List list, std::size_t index) const;

 private:
  unsigned seed_;
  std::size_t entries_;
  Instant end_;
};

}  // namespace arrivald::simulator
