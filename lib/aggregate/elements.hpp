// elements: the elements of a report that are read, by their exact path. Whatever else a report holds is
// skipped with all that is in it, whatever it is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace arrivald::aggregate {

// "policy_evaluated/dkim" is evaluatedDkim: an element is its path.
enum class Element : std::uint8_t {
  none,
  document,
  feedback,
  metadata,
  orgName,
  email,
  extraContactInfo,
  reportId,
  dateRange,
  begin,
  end,
  error,
  generator,
  policyPublished,
  policyDomain,
  adkim,
  aspf,
  p,
  sp,
  np,
  pct,
  fo,
  testing,
  discoveryMethod,
  record,
  row,
  sourceIp,
  count,
  policyEvaluated,
  disposition,
  evaluatedDkim,
  evaluatedSpf,
  reason,
  reasonType,
  reasonComment,
  identifiers,
  headerFrom,
  envelopeFrom,
  envelopeTo,
  authResults,
  dkim,
  dkimDomain,
  dkimSelector,
  dkimResult,
  spf,
  spfDomain,
  spfScope,
  spfResult,
};
inline constexpr std::size_t kElementCount = 48;

/// none: not read. `localName` is without prefix.
Element childOf(Element parent, std::string_view localName);
/// Whether its text is read; else its children are.
bool holdsText(Element element);

}  // namespace arrivald::aggregate
