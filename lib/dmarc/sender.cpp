#include "dmarc/sender.hpp"

#include <algorithm>

namespace arrivald::dmarc {

using aggregate::AuthOutcome;
using aggregate::Method;

bool isWithin(std::string_view name, std::string_view domain) {
  if (domain.empty() || !name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

aggregate::IpAddress networkOf(const aggregate::IpAddress& address) {
  auto network = address;
  const std::size_t kept = address.isV4() ? 15 : 6;
  std::fill(network.bytes.begin() + static_cast<std::ptrdiff_t>(kept), network.bytes.end(), std::uint8_t{0});
  return network;
}

std::string networkText(const aggregate::IpAddress& network) {
  return network.text() + (network.isV4() ? "/24" : "/48");
}

Sender senderOf(const aggregate::Report& report, const aggregate::Row& row) {
  Sender sender;
  sender.network = networkOf(row.source);
  const auto from = report.words[row.headerFrom];
  // Aligned is what shares the organisational domain; the domain of the policy is that, or below it.
  const auto isAligned = [&](std::string_view domain) {
    return isWithin(domain, report.policy.domain) || isWithin(domain, from) || isWithin(from, domain);
  };
  for (const auto& result : report.authOf(row)) {
    if (result.outcome != AuthOutcome::pass) continue;
    const auto domain = report.words[result.domain];
    if (domain.empty()) continue;
    // The smallest, so that it does not depend on the order of the results.
    if (result.method == Method::spf && domain != from && (sender.spf.empty() || domain < sender.spf))
      sender.spf = domain;
    if (result.method == Method::dkim && !isAligned(domain) && (sender.dkim.empty() || domain < sender.dkim))
      sender.dkim = domain;
  }
  return sender;
}

}  // namespace arrivald::dmarc
