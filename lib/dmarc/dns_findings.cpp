#include "dmarc/dns_findings.hpp"

#include <algorithm>
#include <array>

namespace arrivald::dmarc {
namespace {

std::string_view reasonOf(RecordState state) {
  static constexpr std::array<std::string_view, 4> kNames = {"none", "one", "several", "broken"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::string_view reasonOf(KeyState state) {
  static constexpr std::array<std::string_view, 5> kNames = {"none", "revoked", "weak", "broken", "fine"};
  return kNames.at(static_cast<std::size_t>(state));
}

DnsFinding aboutRecord(const DnsFacts& facts) {
  DnsFinding found{DnsCheck::record, State::unknown, "unknown", facts.recordName};
  if (!facts.record) return found;
  found.reason = reasonOf(facts.record->state);
  const bool one = facts.record->state == RecordState::one;
  found.state = one ? State::met : State::unmet;
  if (one) found.subject = "p=" + facts.record->p;
  return found;
}

// Only a record that receivers take tells where reports go.
void addReports(const DnsFacts& facts, std::vector<DnsFinding>& all) {
  if (!facts.record || facts.record->state != RecordState::one) return;
  if (!facts.record->asks) {
    all.push_back({DnsCheck::reports, State::unmet, "no_address", facts.recordName});
    return;
  }
  DnsFinding found{DnsCheck::reports, State::met, "sent"};
  for (const auto& host : facts.record->reportHosts)
    found.subject += (found.subject.empty() ? "" : ", ") + host;
  for (const auto& [host, takes] : facts.takers) {
    if (takes && *takes) continue;
    const bool refused = takes.has_value();
    all.push_back({DnsCheck::reports, refused ? State::unmet : State::unknown,
                   refused ? "not_taken" : "unknown", facts.domain + "._report._dmarc." + host});
    found.state = State::unknown;
  }
  if (found.state == State::met) all.push_back(std::move(found));
}

void addKeys(const DnsFacts& facts, std::vector<DnsFinding>& all) {
  const auto nameOf = [&](const std::string& selector) { return selector + "._domainkey." + facts.domain; };
  const bool nowhere = !facts.keys.empty() && std::ranges::all_of(facts.keys, [](const auto& key) {
    return key.second == KeyState::none;
  });
  // Other selectors than the usual ones may be in use.
  if (nowhere && !facts.selectorsGiven) {
    std::string names;
    for (const auto& key : facts.keys) names += (names.empty() ? "" : ", ") + nameOf(key.first);
    all.push_back({DnsCheck::key, State::unknown, "elsewhere", std::move(names)});
    return;
  }
  for (const auto& [selector, key] : facts.keys) {
    DnsFinding found{DnsCheck::key, State::unknown, "unknown", nameOf(selector)};
    if (key) {
      found.reason = reasonOf(*key);
      found.state = *key == KeyState::fine ? State::met : State::unmet;
    }
    all.push_back(std::move(found));
  }
}

DnsFinding aboutSpf(const DnsFacts& facts) {
  DnsFinding found{DnsCheck::spf, State::unknown, "unknown", facts.domain};
  if (!facts.spf) return found;
  found.reason = reasonOf(facts.spf->state);
  // SendGrid's mail has another return path, so that a domain may do without.
  if (facts.spf->state == RecordState::none) {
    found.state = State::met;
  } else if (facts.spf->state != RecordState::one) {
    found.state = State::unmet;
  } else if (facts.lookups) {
    found.number = *facts.lookups;
    found.state = *facts.lookups <= kMaxSpfLookups ? State::met : State::unmet;
    found.reason = found.state == State::met ? "few" : "many";
  } else {
    found.reason = "unknown";
  }
  return found;
}

}  // namespace

std::string_view name(DnsCheck check) {
  static constexpr std::array<std::string_view, 4> kNames = {"record", "reports", "dkim", "spf"};
  return kNames.at(static_cast<std::size_t>(check));
}

std::vector<DnsFinding> judgeDns(const DnsFacts& facts) {
  std::vector<DnsFinding> all;
  all.push_back(aboutRecord(facts));
  addReports(facts, all);
  addKeys(facts, all);
  all.push_back(aboutSpf(facts));
  return all;
}

State stateOf(const std::vector<DnsFinding>& findings) {
  const auto isUnmet = [](const DnsFinding& one) { return one.state == State::unmet; };
  const auto isMet = [](const DnsFinding& one) { return one.state == State::met; };
  if (std::ranges::any_of(findings, isUnmet)) return State::unmet;
  return !findings.empty() && std::ranges::all_of(findings, isMet) ? State::met : State::unknown;
}

}  // namespace arrivald::dmarc
