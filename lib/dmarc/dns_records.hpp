// dns_records: what the TXT records of a domain say about its mail. Pure; the records are bytes of strangers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::dmarc {

enum class RecordState : std::uint8_t {
  none,
  one,
  several,  ///< receivers then take none of them
  broken,
};

/// RFC 9989 section 4.7, which replaces RFC 7489 section 6.3.
struct DmarcRecord {
  RecordState state = RecordState::none;
  std::string p, sp, np;  ///< as written, in lower case; `p` is one of the three policies
  std::vector<std::string>
      reportHosts;    ///< domains of the mailto: addresses of rua, in lower case, each once
  bool asks = false;  ///< it has a rua that can be used
};
/// `texts`: all TXT records of "_dmarc.<domain>".
DmarcRecord readDmarcRecord(const std::vector<std::string>& texts);

/// Whether a host takes reports about others: "<domain>._report._dmarc.<host>", RFC 9990 section 4.
bool takesReports(const std::vector<std::string>& texts);

enum class KeyState : std::uint8_t {
  none,
  revoked,  ///< p= is empty
  weak,     ///< RSA of fewer than 1024 bits
  broken,
  fine,
};
/// RFC 6376 section 3.6.1. `texts`: all TXT records of "<selector>._domainkey.<domain>".
KeyState readDkimKey(const std::vector<std::string>& texts);

/// RFC 7208: what a domain's SPF record has receivers look up.
struct SpfRecord {
  RecordState state = RecordState::none;
  int lookups = 0;                    ///< terms that ask the name servers, those of `includes` among them
  std::vector<std::string> includes;  ///< domains without macros, that of redirect= last
};
SpfRecord readSpfRecord(const std::vector<std::string>& texts);

}  // namespace arrivald::dmarc
