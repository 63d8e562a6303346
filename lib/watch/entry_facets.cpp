#include "watch/entry_facets.hpp"

#include <algorithm>

#include "base/lower.hpp"
#include "stream/fingerprint.hpp"

namespace arrivald::watch {

TimeZone deskZone(const config::Config& configuration) {
  const auto& accounts = configuration.accounts;
  const bool agree = !accounts.empty() && std::ranges::all_of(accounts, [&](const config::Account& account) {
    return account.zone == accounts.front().zone;
  });
  return agree ? accounts.front().zone : configuration.zone;
}

std::string domainOf(std::string_view email) {
  const auto at = email.rfind('@');
  return at == std::string_view::npos ? std::string() : lower(email.substr(at + 1));
}

void EntryFacetsMaker::retain(const config::Config& configuration) {
  const auto& rules = configuration.eventStream.domainGroups;
  if (rules != rules_) {
    groups_ = std::make_unique<stream::DomainGroups>(rules);
    rules_ = rules;
  }
  zone_ = deskZone(configuration);
  std::string groups;
  for (const auto* some : {&rules, &stream::defaultGroups()})
    for (const auto& group : *some) {
      groups += "\n" + group.name + ":";
      for (const auto& domain : group.domains) groups += " " + domain;
    }
  version_ = std::to_string(
      stream::fingerprintOf({std::to_string(causes_.version()), groups, zone_.name(), "facets 1"}));
}

const std::string& EntryFacetsMaker::receiversOf(std::string_view domain) const {
  return groups_->name(groups_->peek(domain));
}

store::EntryFacets EntryFacetsMaker::of(suppression::List list, const suppression::Entry& entry) const {
  const auto cause = causes_.causeOf(list, entry);
  store::EntryFacets facets;
  facets.day = zone_.dateOf(entry.created);
  facets.causeClass = cause.causeClass;
  facets.side = suppression::sideOf(cause);
  facets.domain = domainOf(entry.email);
  facets.receivers = receiversOf(facets.domain);
  return facets;
}

}  // namespace arrivald::watch
