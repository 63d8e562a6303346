// dns_findings: is what the domain name system says of a domain as it must be, before its policy is enforced?
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/dns_records.hpp"
#include "dmarc/enforcement.hpp"

namespace arrivald::dmarc {

/// What was answered; what nobody answered is missing.
struct DnsFacts {
  std::string domain;
  std::string recordName;  ///< "_dmarc.example.jp": where the record stands, or should
  std::optional<DmarcRecord> record;
  std::map<std::string, std::optional<bool>>
      takers;  ///< hosts of others that reports go to: whether they take them
  std::map<std::string, std::optional<KeyState>> keys;  ///< by selector
  bool selectorsGiven = false;                          ///< the configuration names them
  std::optional<SpfRecord> spf;
  std::optional<int> lookups;  ///< of SPF, with all that it includes
};

enum class DnsCheck : std::uint8_t { record, reports, key, spf };
/// "record", "reports", "dkim", "spf".
std::string_view name(DnsCheck check);

struct DnsFinding {
  DnsCheck check;
  State state = State::unknown;  ///< never byHand
  /// "one", "none", "several", "broken"; "sent", "no_address", "not_taken"; "fine", "revoked", "weak",
  /// "elsewhere"; "few", "many"; "unknown": the part of the text's key.
  std::string reason = {};
  std::string subject = {};  ///< a name in the domain name system or the record's policy
  std::int64_t number = 0;   ///< of look-ups
};

/// RFC 7208 section 4.6.4.
inline constexpr int kMaxSpfLookups = 10;

std::vector<DnsFinding> judgeDns(const DnsFacts& facts);
/// Nobody answered, so that nothing can be said.
inline bool isUnanswered(const DnsFinding& finding) { return finding.reason == "unknown"; }
/// All met; one unmet; else unknown.
State stateOf(const std::vector<DnsFinding>& findings);

}  // namespace arrivald::dmarc
