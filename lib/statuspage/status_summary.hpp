// StatusSummary: what a provider's public status page says, cut down to what concerns mail. Pure.
// The page is Atlassian Statuspage's, version 2; component names are found at run time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace arrivald::statuspage {

/// The page's word on everything at once, and on each incident. `unknown` is a word we do not know.
enum class Indicator { none, minor, major, critical, unknown };
/// "none", "minor", …
std::string_view name(Indicator indicator);

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
  bool concerns = false;  ///< its name or one of its components matches
  friend bool operator==(const Incident&, const Incident&) = default;
};

struct StatusSummary {
  Indicator indicator = Indicator::unknown;
  std::string description;            ///< "All Systems Operational"
  std::vector<Component> components;  ///< those that match, troubled ones first; at most kMaxComponents
  std::vector<Incident> incidents;    ///< unresolved, those that concern us first, then the latest first
  std::optional<Instant> updated;
  /// The page admits trouble with something that matches.
  bool troubled() const;
  friend bool operator==(const StatusSummary&, const StatusSummary&) = default;
};

inline constexpr std::size_t kMaxComponents = 50;
inline constexpr std::size_t kMaxIncidents = 20;
inline constexpr std::size_t kMaxTextBytes = 300;

/// Which component and incident names concern us: alternatives separated by "|", each found anywhere in a
/// name, without regard to case, where * stands for any run of characters and ? for one byte. Not a regular
/// expression on purpose: matching costs at most pattern × name steps, whatever either holds.
class NamePattern {
 public:
  /// At most 1,000 bytes, at least one alternative and none of them empty; a leading "(?i)" is passed over.
  /// The signs that only a regular expression would hold are refused, so that nobody takes it for one.
  static Result<NamePattern> parse(std::string_view text);
  /// "mail|smtp|api|event webhook|stat"
  static NamePattern usual();
  bool matches(std::string_view name) const;

 private:
  std::vector<std::string> alternatives_;  // in small letters
};

/// Reads summary.json. Fields may be missing or of another type; only an answer that has neither a status nor
/// a list is refused (Kind::invalid).
Result<StatusSummary> decodeSummary(std::string_view json, const NamePattern& pattern);

}  // namespace arrivald::statuspage
