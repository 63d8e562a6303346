// StatusSummary: the content of the provider's public status page that is relevant to mail. Pure. The format
// is that of Atlassian Statuspage, version 2; the names of components are not known in advance.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace arrivald::statuspage {

/// The page's overall status, or the impact of an incident. `unknown`: a value that is not in the list.
enum class Indicator { none, minor, major, critical, unknown };

struct Component {
  std::string name;
  std::string status;  ///< "operational", "degraded_performance", "partial_outage", "major_outage", …
  friend bool operator==(const Component&, const Component&) = default;
};

struct Incident {
  std::string name;
  std::string status;  ///< "investigating", "identified", "monitoring", …
  Indicator impact = Indicator::unknown;
  std::optional<Instant> started;
  std::string link;       ///< https, or empty
  bool concerns = false;  ///< its name or one of its components matches the pattern
  friend bool operator==(const Incident&, const Incident&) = default;
};

struct StatusSummary {
  Indicator indicator = Indicator::unknown;
  std::string description;            ///< "All Systems Operational"
  std::vector<Component> components;  ///< matching ones, degraded first; at most kMaxComponents
  std::vector<Incident> incidents;    ///< unresolved ones, matching first, then newest first
  std::optional<Instant> updated;
  /// True if the page reports a problem of a matching component or a matching incident.
  bool troubled() const;
  friend bool operator==(const StatusSummary&, const StatusSummary&) = default;
};

inline constexpr std::size_t kMaxComponents = 50;
inline constexpr std::size_t kMaxIncidents = 20;
inline constexpr std::size_t kMaxTextBytes = 300;

/// Selects component and incident names: alternatives separated by "|", each matching anywhere in a name,
/// ignoring case, where * stands for any sequence of characters and ? for one byte. Not a regular expression,
/// on purpose: matching takes at most pattern × name steps for any input.
class NamePattern {
 public:
  /// At most 1,000 bytes; at least one alternative, none of them empty; a leading "(?i)" is ignored.
  /// Characters that occur only in regular expressions are refused, so that no one is mistaken for a pattern.
  /// Fails with Error::Kind::invalid.
  static Result<NamePattern> parse(std::string_view text);
  /// The default pattern.
  static NamePattern usual();
  bool matches(std::string_view name) const;

 private:
  std::vector<std::string> alternatives_;  // in lower case
};

/// Parses summary.json. Fields may be missing or have another type; only a document that has neither a status
/// nor a list is refused (Kind::invalid).
Result<StatusSummary> decodeSummary(std::string_view json, const NamePattern& pattern);

}  // namespace arrivald::statuspage
