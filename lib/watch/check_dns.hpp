// check_dns: asks the domain name system about the domains whose mail is watched; DmarcDns keeps what it
// said.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "dmarc/dns_findings.hpp"
#include "dns/resolver.hpp"

namespace arrivald::watch {

/// What was last found out about a domain. What nobody answered this time stands as it was answered before,
/// for kHolds: a name server that is silent for an hour changes no verdict.
struct DmarcDnsLook {
  Instant at{};
  dmarc::DnsFacts facts;
  std::vector<dmarc::DnsFinding> findings;
};

/// Loop thread only; in memory only: after a start it is asked at once.
class DmarcDns {
 public:
  static constexpr Duration kHolds = std::chrono::hours(24);

  /// Whether it is asked; without, nothing is known nor waited for.
  bool asks() const { return asks_; }
  /// Null: not asked yet.
  const DmarcDnsLook* of(const std::string& domain) const;
  void put(const std::string& domain, dmarc::DnsFacts facts, Instant now);
  void retain(const config::Config& configuration, bool asks);
  /// Rises where a finding changes.
  std::uint64_t version() const { return version_; }

 private:
  struct Kept {
    DmarcDnsLook look;
    Instant complete{};  // when all was last answered
  };
  std::map<std::string, Kept> kept_;
  std::uint64_t version_ = 0;
  bool asks_ = false;
};

/// At most about fifty questions, one after the other.
runtime::Task<dmarc::DnsFacts> askDns(dns::Resolver& resolver, config::DmarcDomain domain);

}  // namespace arrivald::watch
