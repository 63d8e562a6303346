// reason: why an input is not counted, and what had to be overlooked in one that is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace arrivald::aggregate {

/// Why a report, or all of an input, is refused. The numbers are stored.
enum class Refusal : std::uint8_t {
  empty = 0,             ///< no bytes
  notAReport = 1,        ///< whatever it is, no aggregate report
  xmlNotWellFormed = 2,  ///< beyond repair
  xmlTruncated = 3,      ///< the report ends inside
  xmlTooDeep = 4,
  doctypeNotAllowed = 5,
  noDomain = 6,       ///< does not say whose mail it is about
  periodInvalid = 7,  ///< no two numbers, or the end before the beginning
  periodInFuture = 8,
  periodTooLong = 9,
  archiveTruncated = 10,
  archiveDamaged = 11,
  archiveEncrypted = 12,
  tooLarge = 13,  ///< a report, or all that an input unpacks to
  tooManyMembers = 14,
  tooManyParts = 15,   ///< of a mail
  nestedTooDeep = 16,  ///< containers in containers
};
inline constexpr std::size_t kRefusalCount = 17;

/// What is told of a report that counts. The numbers are bits of what is stored.
enum class Warning : std::uint8_t {
  prologSkipped = 0,
  trailingBytes = 1,
  bytesReplaced = 2,
  textEscaped = 3,
  textCut = 4,
  noRecords = 5,
  orgFromEmail = 6,
  noReportId = 7,
  recordWithoutIp = 8,
  recordWithBadCount = 9,
  dispositionContradicts = 10,
  policyTwice = 11,
  longPeriod = 12,
};
inline constexpr std::size_t kWarningCount = 13;

/// "xml_truncated", "prolog_skipped": the spelling of metrics, of the store and of JSON.
std::string_view name(Refusal refusal);
std::string_view name(Warning warning);

/// A set of warnings.
class Warnings {
 public:
  void add(Warning warning) { bits_ |= 1U << static_cast<unsigned>(warning); }
  bool has(Warning warning) const { return (bits_ >> static_cast<unsigned>(warning) & 1U) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t bits() const { return bits_; }
  friend bool operator==(Warnings, Warnings) = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace arrivald::aggregate
