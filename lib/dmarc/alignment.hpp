// alignment: what passed of a message, as its receiver says, and why nothing did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "aggregate/report.hpp"

namespace arrivald::dmarc {

/// What passed for the domain of the header. A message passes DMARC unless it is `none`. The numbers are
/// stored.
enum class Aligned : std::uint8_t { none = 0, spf = 1, dkim = 2, both = 3 };
/// "none", "spf", "dkim", "both".
std::string_view name(Aligned aligned);
/// The receiver's word, even where the rest of its record says otherwise.
Aligned alignedOf(const aggregate::Row& row);

/// Why a message failed, from what DKIM and SPF came to by themselves. All failures are one of these.
enum class FailureCause : std::uint8_t {
  nothingPassed,
  dkimForAnother,  ///< only DKIM passed, for another domain
  spfForAnother,   ///< only SPF passed, for another domain
  bothForOthers,   ///< both passed, neither for this domain
};
std::string_view name(FailureCause cause);
/// Nothing if the row passed. All signatures count, not the first.
std::optional<FailureCause> failureCauseOf(const aggregate::Report& report, const aggregate::Row& row);

/// Messages by what passed.
struct Tally {
  std::uint64_t both = 0, dkimOnly = 0, spfOnly = 0, fail = 0;

  std::uint64_t messages() const { return both + dkimOnly + spfOnly + fail; }
  void add(Aligned aligned, std::uint64_t messages);
  Tally& operator+=(const Tally& other);
  friend bool operator==(const Tally&, const Tally&) = default;
};
Tally tallyOf(const aggregate::Report& report);

}  // namespace arrivald::dmarc
