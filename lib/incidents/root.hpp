// Root: which mail an incident is about, and what befell it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "incidents/kind.hpp"

namespace arrivald::incidents {

/// Incidents of different families never explain one another.
enum class Family : std::uint8_t {
  shares,   ///< mail that fails
  waiting,  ///< mail that has no outcome yet
  rule,     ///< everything else: one incident a rule and account
};
std::string_view name(Family family);
std::optional<Family> familyNamed(std::string_view name);

/// Names, sorted; no name means all of them.
struct Root {
  Family family = Family::shares;
  std::vector<std::string> categories = {};
  std::vector<std::string> receivers = {};
  std::vector<Kind> kinds = {};  ///< at most two; none: the incident is of no kind that could be named
  std::string rule = {};         ///< of Family::rule only
  friend bool operator==(const Root&, const Root&) = default;

  bool isWhole() const { return categories.empty() && receivers.empty(); }
};
/// "receiver Gmail, category notice: auth_failure", for logs and tests.
std::string toText(const Root& root);
/// Whether all mail of `inner` is mail of `outer`; kinds do not matter.
bool contains(const Root& outer, const Root& inner);
/// Whether the named kinds have one in common, or one side names none.
bool kindsMeet(const Root& a, const Root& b);

}  // namespace arrivald::incidents
