// scopes: what the key may do, against what is wanted of it. Pure; the texts are data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/language.hpp"

namespace arrivald::sendgrid {

/// What an account can be asked for.
enum class Feature {
  statistics,
  mailboxProviders,
  categories,
  subusers,
  bounces,
  blocks,
  invalidEmails,
  spamReports,
  unsubscribes,
  classifications,
  eventWebhookSettings,
};
inline constexpr std::size_t kFeatureCount = 11;

struct MissingScope {
  Feature feature;
  std::string scope;  ///< "categories.stats.read": what to tick when making the key
  std::string loss;   ///< what stops working without it: one sentence in the language asked for
};

/// The scopes that `wanted` needs and `granted` lacks, in the order of `wanted`. Where the provider's
/// reference names a wide and a narrow scope for the same thing ("suppression.read",
/// "suppression.bounces.read"), either will do and the narrow one is reported.
std::vector<MissingScope> missingScopes(const std::vector<std::string>& granted,
                                        const std::vector<Feature>& wanted, Language language);

/// The scopes to tick for `wanted`, ordered, without repetition.
std::vector<std::string> scopesFor(const std::vector<Feature>& wanted);

}  // namespace arrivald::sendgrid
