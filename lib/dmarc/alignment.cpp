#include "dmarc/alignment.hpp"

#include <array>

namespace arrivald::dmarc {

using aggregate::AuthOutcome;
using aggregate::Method;

std::string_view name(Aligned aligned) {
  static constexpr std::array<std::string_view, 4> kNames = {"none", "spf", "dkim", "both"};
  return kNames.at(static_cast<std::size_t>(aligned));
}

Aligned alignedOf(const aggregate::Row& row) {
  return static_cast<Aligned>((row.dkim ? 2U : 0U) | (row.spf ? 1U : 0U));
}

std::string_view name(FailureCause cause) {
  static constexpr std::array<std::string_view, 4> kNames = {"nothing_passed", "dkim_for_another",
                                                             "spf_for_another", "both_for_others"};
  return kNames.at(static_cast<std::size_t>(cause));
}

std::optional<FailureCause> failureCauseOf(const aggregate::Report& report, const aggregate::Row& row) {
  if (alignedOf(row) != Aligned::none) return std::nullopt;
  bool dkim = false, spf = false;
  for (const auto& result : report.authOf(row)) {
    if (result.outcome != AuthOutcome::pass) continue;
    (result.method == Method::dkim ? dkim : spf) = true;
  }
  if (dkim && spf) return FailureCause::bothForOthers;
  if (dkim) return FailureCause::dkimForAnother;
  return spf ? FailureCause::spfForAnother : FailureCause::nothingPassed;
}

void Tally::add(Aligned aligned, std::uint64_t messages) {
  switch (aligned) {
    case Aligned::both:
      both += messages;
      break;
    case Aligned::dkim:
      dkimOnly += messages;
      break;
    case Aligned::spf:
      spfOnly += messages;
      break;
    case Aligned::none:
      fail += messages;
      break;
  }
}

Tally& Tally::operator+=(const Tally& other) {
  both += other.both;
  dkimOnly += other.dkimOnly;
  spfOnly += other.spfOnly;
  fail += other.fail;
  return *this;
}

Tally tallyOf(const aggregate::Report& report) {
  Tally tally;
  for (const auto& row : report.rows) tally.add(alignedOf(row), row.count);
  return tally;
}

}  // namespace arrivald::dmarc
