// identity: which report a report is, so that none is counted twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "aggregate/report.hpp"

namespace arrivald::dmarc {

/// What has to be remembered of a report to know it again.
struct Fingerprint {
  std::uint64_t key = 0;   ///< reporter, id, domain and period: an id alone is used again on other days
  std::uint64_t rows = 0;  ///< of its rows, in any order
  std::uint64_t messages = 0;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
/// Stored, so it never changes. A report without an id has its content for it.
Fingerprint fingerprintOf(const aggregate::Report& report);

enum class Standing : std::uint8_t {
  fresh,            ///< not known before
  same,             ///< known, row by row
  differsAndStays,  ///< known with other rows, and no fewer messages: the known one stays
  replaces,         ///< known with fewer messages: this one takes its place
};
/// Reports of one key are never added up: some reporters send a second one that contains the first.
Standing standingOf(const std::optional<Fingerprint>& known, const Fingerprint& read);

/// The reports known so far, in memory.
class KnownReports {
 public:
  /// Where the report stands, and remembers it.
  Standing meet(const Fingerprint& read);

 private:
  std::map<std::uint64_t, Fingerprint> known_;  // by key
};

}  // namespace arrivald::dmarc
