// DmarcKnown: implements rules::DmarcFacts: what was last found in the reports about each configured domain.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "rules/dmarc_facts.hpp"

namespace arrivald::watch {

/// Loop thread only.
class DmarcKnown final : public rules::DmarcFacts {
 public:
  std::vector<delivery::Subject> sendingDomains() const override;
  const rules::DmarcSigns* dmarcSigns(const delivery::Subject& subject) const override;

  /// The domains of the configuration. A domain without an account is told of with the first one.
  void retain(const config::Config& configuration);
  void put(const std::string& domain, rules::DmarcSigns signs) { signs_[domain] = std::move(signs); }
  /// Until it is found anew, nothing is known.
  void clear() { signs_.clear(); }

 private:
  std::map<std::string, std::string> accounts_;  // by domain
  std::map<std::string, rules::DmarcSigns> signs_;
};

}  // namespace arrivald::watch
