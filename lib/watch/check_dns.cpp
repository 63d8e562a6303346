#include "watch/check_dns.hpp"

#include <algorithm>
#include <set>

#include "dmarc/services.hpp"

namespace arrivald::watch {
namespace {

using dns::Answer;

// SPF records include others at most so often before receivers give up; so many are asked for.
constexpr std::size_t kMaxIncluded = 20;
constexpr std::size_t kMaxHosts = 5;

// Nothing where nobody answered.
template <class Read>
auto readIf(const Answer& answer, Read read) -> std::optional<decltype(read(answer.texts))> {
  if (answer.state == Answer::State::unknown) return std::nullopt;
  return read(answer.texts);
}

runtime::Task<> askRecord(dns::Resolver& resolver, dmarc::DnsFacts& facts) {
  const auto organisation = dmarc::organisationOf(facts.domain);
  facts.recordName = "_dmarc." + facts.domain;
  auto answer = co_await resolver.texts(facts.recordName);
  facts.record = readIf(answer, dmarc::readDmarcRecord);
  const bool isNone = facts.record && facts.record->state == dmarc::RecordState::none;
  if (!isNone || organisation == facts.domain) co_return;
  auto name = "_dmarc." + organisation;
  answer = co_await resolver.texts(name);
  facts.record = readIf(answer, dmarc::readDmarcRecord);
  facts.recordName = std::move(name);
}

runtime::Task<> askTakers(dns::Resolver& resolver, dmarc::DnsFacts& facts) {
  if (!facts.record) co_return;
  const auto own = dmarc::organisationOf(facts.domain);
  for (const auto& host : facts.record->reportHosts) {
    if (dmarc::organisationOf(host) == own || facts.takers.size() == kMaxHosts) continue;
    auto name = facts.domain + "._report._dmarc." + host;
    const auto answer = co_await resolver.texts(std::move(name));
    facts.takers[host] = readIf(answer, dmarc::takesReports);
  }
}

runtime::Task<> askSpf(dns::Resolver& resolver, dmarc::DnsFacts& facts) {
  const auto answer = co_await resolver.texts(facts.domain);
  facts.spf = readIf(answer, dmarc::readSpfRecord);
  if (!facts.spf || facts.spf->state != dmarc::RecordState::one) co_return;
  int lookups = facts.spf->lookups;
  auto waiting = facts.spf->includes;
  std::set<std::string> asked{facts.domain};
  while (!waiting.empty() && lookups <= dmarc::kMaxSpfLookups && asked.size() <= kMaxIncluded) {
    auto name = std::move(waiting.front());
    waiting.erase(waiting.begin());
    if (!asked.insert(name).second) continue;
    const auto included = co_await resolver.texts(std::move(name));
    const auto record = readIf(included, dmarc::readSpfRecord);
    if (!record) co_return;
    lookups += record->lookups;
    waiting.insert(waiting.end(), record->includes.begin(), record->includes.end());
  }
  facts.lookups = lookups;
}

bool isComplete(const std::vector<dmarc::DnsFinding>& findings) {
  return std::ranges::none_of(findings, dmarc::isUnanswered);
}

}  // namespace

runtime::Task<dmarc::DnsFacts> askDns(dns::Resolver& resolver, config::DmarcDomain domain) {
  dmarc::DnsFacts facts;
  facts.domain = domain.name;
  facts.selectorsGiven = !domain.selectors.empty();
  co_await askRecord(resolver, facts);
  co_await askTakers(resolver, facts);
  const std::vector<std::string> usual{"s1", "s2"};  // of SendGrid's domain authentication
  for (const auto& selector : facts.selectorsGiven ? domain.selectors : usual) {
    auto name = selector + "._domainkey." + facts.domain;
    const auto answer = co_await resolver.texts(std::move(name));
    facts.keys[selector] = readIf(answer, dmarc::readDkimKey);
  }
  co_await askSpf(resolver, facts);
  co_return std::move(facts);
}

const DmarcDnsLook* DmarcDns::of(const std::string& domain) const {
  const auto found = kept_.find(domain);
  return found == kept_.end() ? nullptr : &found->second.look;
}

void DmarcDns::put(const std::string& domain, dmarc::DnsFacts facts, Instant now) {
  auto findings = dmarc::judgeDns(facts);
  const auto [found, isNew] = kept_.try_emplace(domain);
  auto& kept = found->second;
  const bool complete = isComplete(findings);
  if (!complete && !isNew && now - kept.complete < kHolds) return;
  if (complete) kept.complete = now;
  const bool changed = isNew || dmarc::stateOf(findings) != dmarc::stateOf(kept.look.findings) ||
                       findings.size() != kept.look.findings.size();
  kept.look = {now, std::move(facts), std::move(findings)};
  if (changed) ++version_;
}

void DmarcDns::retain(const config::Config& configuration, bool asks) {
  asks_ = asks && configuration.dmarc && configuration.dmarc->checksDns;
  ++version_;
  std::erase_if(kept_, [&](const auto& known) {
    if (!asks_) return true;
    const auto& domains = configuration.dmarc->domains;
    return std::ranges::find(domains, known.first, &config::DmarcDomain::name) == domains.end();
  });
}

}  // namespace arrivald::watch
