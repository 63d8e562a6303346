#include "watch/dmarc_known.hpp"

namespace arrivald::watch {

using delivery::Dimension;

std::vector<delivery::Subject> DmarcKnown::sendingDomains() const {
  std::vector<delivery::Subject> subjects;
  for (const auto& [domain, account] : accounts_)
    subjects.push_back({account, Dimension::sendingDomain, domain});
  return subjects;
}

const rules::DmarcSigns* DmarcKnown::dmarcSigns(const delivery::Subject& subject) const {
  if (subject.dimension != Dimension::sendingDomain || !accounts_.contains(subject.name)) return nullptr;
  const auto found = signs_.find(subject.name);
  return found == signs_.end() ? nullptr : &found->second;
}

void DmarcKnown::retain(const config::Config& configuration) {
  accounts_.clear();
  if (configuration.dmarc && !configuration.accounts.empty())
    for (const auto& domain : configuration.dmarc->domains)
      accounts_[domain.name] =
          domain.accounts.empty() ? configuration.accounts.front().name : domain.accounts.front();
  std::erase_if(signs_, [&](const auto& known) { return !accounts_.contains(known.first); });
}

}  // namespace arrivald::watch
