#include "causes/evidence.hpp"

#include <algorithm>

#include "base/lower.hpp"
#include "base/mailbox.hpp"
#include "causes/provider.hpp"

namespace arrivald::causes {
namespace {

// Whether one of the addresses is our recipient's. Where only its domain is known, an address there counts.
bool namesRecipient(const Reply& reply, const std::vector<std::string>& addresses) {
  const auto domain = lower(reply.recipientDomain.substr(0, 320));
  return std::any_of(addresses.begin(), addresses.end(), [&](const std::string& address) {
    if (!reply.recipient.empty()) return isSameMailbox(address, reply.recipient);
    return !domain.empty() && std::string_view(address).substr(address.rfind('@') + 1) == domain;
  });
}

}  // namespace

void examine(const Reply& reply, const Rulebook& rulebook, Evidence& into) {
  into.unwrapped = unwrap(reply.text);
  normalise(into.unwrapped.said, reply.status, into.normalised);
  into.provider = providerOf(builtInProviders(), reply, into.normalised);
  if (into.provider.empty() && !into.unwrapped.before.empty()) {
    static thread_local Normalised before;
    normalise(into.unwrapped.before, "", before);
    into.provider = providerOf(builtInProviders(), Reply(), before);
  }
  into.stage = reply.stage != Stage::unknown ? reply.stage : into.unwrapped.stage;
  into.at = reply.at;
  into.outcome = reply.outcome;
  into.namesRecipient = namesRecipient(reply, into.normalised.addresses);
  rulebook.match(into.normalised, into.environment(), into.matched);
}

}  // namespace arrivald::causes
