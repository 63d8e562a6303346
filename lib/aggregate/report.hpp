// report: an aggregate report (RFC 7489, RFC 9990) as plain values: who reports, about which domain and
// period, and how many messages came from where and passed what.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/ip_address.hpp"
#include "aggregate/reason.hpp"
#include "aggregate/words.hpp"
#include "base/instant.hpp"

namespace arrivald::aggregate {

// The numbers of these are stored.

/// What the receiver did.
enum class Disposition : std::uint8_t { none = 0, quarantine = 1, reject = 2, pass = 3, other = 4 };
/// What SPF or DKIM came to by itself, aligned or not.
enum class AuthOutcome : std::uint8_t {
  pass = 0,
  fail = 1,
  softfail = 2,
  neutral = 3,
  none = 4,
  policy = 5,
  temperror = 6,
  permerror = 7,
  other = 8,
};
/// Why the receiver did not do as the policy asks.
enum class Override : std::uint8_t {
  other = 0,
  forwarded = 1,
  sampledOut = 2,
  trustedForwarder = 3,
  mailingList = 4,
  localPolicy = 5,
  policyTestMode = 6,
};
enum class Method : std::uint8_t { dkim = 0, spf = 1 };

std::string_view name(Disposition disposition);
std::string_view name(AuthOutcome outcome);
std::string_view name(Override why);

struct AuthResult {
  Method method;
  AuthOutcome outcome;
  Words::Id domain;
  Words::Id detail;  ///< the selector of DKIM, the scope of SPF
  friend bool operator==(const AuthResult&, const AuthResult&) = default;
};
struct Reason {
  Override type;
  Words::Id comment;
  friend bool operator==(const Reason&, const Reason&) = default;
};

/// Records that are equal but for their count are one row. Ids are those of Report::words, or of its tables
/// of sets.
struct Row {
  IpAddress source;
  std::uint64_t count = 0;
  Words::Id headerFrom = 0;
  Words::Id envelopeFrom = 0;  ///< the domain only
  Words::Id envelopeTo = 0;    ///< the domain only
  Words::Id auth = 0;          ///< of Report::authSets
  Words::Id reasons = 0;       ///< of Report::reasonSets
  Disposition disposition = Disposition::none;
  bool dkim = false;  ///< passed and aligned, as the receiver says
  bool spf = false;
};

/// As the reporter saw it; empty: not said.
struct Policy {
  std::string domain;  ///< in lower case, without the last dot
  std::string adkim, aspf, p, sp, np, pct, fo, testing, discoveryMethod;
  friend bool operator==(const Policy&, const Policy&) = default;
};

struct Period {
  Instant begin, end;  ///< end ≥ begin
  friend bool operator==(const Period&, const Period&) = default;
};

inline constexpr std::size_t kMaxWords = 100'000;
inline constexpr std::size_t kMaxRows = 500'000;
inline constexpr std::size_t kMaxRecords = 1'000'000;
inline constexpr std::uint64_t kMaxCount = 1'000'000'000'000;
inline constexpr std::size_t kMaxText = 4096;

struct Report {
  std::string reporter;  ///< org_name
  std::string reportId;  ///< without <>; empty if the report has none
  std::string generator;
  std::vector<std::string> errors;
  Period period;
  Policy policy;
  std::vector<Row> rows;
  Words words{kMaxWords, "other"};
  Words authSets{kMaxRows, ""};
  Words reasonSets{kMaxRows, ""};
  std::uint64_t records = 0;  ///< that count, before equal ones were merged
  std::uint64_t recordsWithoutIp = 0;
  std::uint64_t recordsWithBadCount = 0;
  Warnings warnings;

  std::uint64_t recordsSkipped() const { return recordsWithoutIp + recordsWithBadCount; }
  std::vector<AuthResult> authOf(const Row& row) const;
  std::vector<Reason> reasonsOf(const Row& row) const;
};

/// How sets are kept in Words.
std::string packed(const std::vector<AuthResult>& results);
std::string packed(const std::vector<Reason>& reasons);

}  // namespace arrivald::aggregate
