#include "causes/evidence.hpp"

#include "causes/provider.hpp"

namespace arrivald::causes {

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
  rulebook.match(into.normalised, into.environment(), into.matched);
}

}  // namespace arrivald::causes
