// DmarcWords: what is said of DMARC reports, in one language; pages and commands share it.
#pragma once

#include <string>

#include "dmarc/enforcement.hpp"
#include "notify/catalogue.hpp"
#include "watch/dmarc_view.hpp"

namespace arrivald::watch {

class DmarcWords {
 public:
  explicit DmarcWords(Language language) : words_(notify::Catalogue::of(language)) {}

  const notify::Catalogue& catalogue() const { return words_; }
  std::string number(std::uint64_t value) const { return words_.number(static_cast<double>(value)); }
  /// "98.3 %"; "–" of nothing.
  std::string share(std::uint64_t part, std::uint64_t of) const;
  std::string origin(dmarc::Origin origin) const;
  std::string evidence(dmarc::Evidence evidence) const;
  /// "Not ready for p=quarantine".
  std::string outlook(const dmarc::Enforcement& judged) const;
  /// "Days with reports: 9 (at least 14)".
  std::string condition(const dmarc::Condition& condition, dmarc::Step step) const;
  /// What to do about one that is not met.
  std::string advice(const dmarc::Condition& condition, dmarc::Step step) const;
  /// What the domain name system says; what to do about it, where it is not as it must be.
  std::string finding(const dmarc::DnsFinding& finding) const;
  std::string advice(const dmarc::DnsFinding& finding) const;
  /// What to do first; empty if nothing is open.
  std::string first(const DmarcView& view) const;
  /// What to do where no record asks for reports, so that waiting for them is in vain; empty if one does or
  /// nothing is known of it.
  std::string firstOfDns(const DmarcView& view) const;
  std::string stake(const dmarc::AtStake& stake) const;
  /// Why failing messages failed, the most frequent cause first: "signed for another domain 12".
  std::string causes(const dmarc::Source& source) const;
  /// "none since 2026-09-01".
  std::string policy(const dmarc::Policy& policy) const;
  /// Why an input was refused.
  std::string refusal(const std::string& reason) const;

 private:
  std::string key(const char* group, const dmarc::Condition& condition, dmarc::Step step) const;
  std::string amount(const dmarc::Condition& condition, double value, double other) const;
  const notify::Catalogue& words_;
};

}  // namespace arrivald::watch
