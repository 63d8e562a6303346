// scopes: compares the scopes that a key has with those that arrivald needs. Pure; the texts are data.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.hpp"

namespace arrivald::sendgrid {

/// The data that arrivald can read of an account.
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
  eventWebhookSettings,
  credits,
  reputation,
  groupUnsubscribes,
};
inline constexpr std::size_t kFeatureCount = 13;
/// One for each suppression list, see suppression::kLists.
inline constexpr std::array kListFeatures = {Feature::bounces,       Feature::blocks,
                                             Feature::invalidEmails, Feature::spamReports,
                                             Feature::unsubscribes,  Feature::groupUnsubscribes};

struct MissingScope {
  Feature feature;
  std::string scope;  ///< "categories.stats.read": the permission to enable for the key
  std::string loss;   ///< what does not work without it: one sentence in the requested language
};

/// The scopes that `wanted` needs and `granted` lacks, in the order of `wanted`. Where SendGrid's reference
/// names a wide and a narrow scope for the same data ("suppression.read", "suppression.bounces.read"), either
/// one suffices and the narrow one is reported.
std::vector<MissingScope> missingScopes(const std::vector<std::string>& granted,
                                        const std::vector<Feature>& wanted, Language language);

/// The lists whose entries a key is to release.
enum class Releasable {
  deliveryFailures,  ///< bounces, blocks, invalid addresses
  wishesToo,         ///< spam reports and global unsubscribes as well
};
/// The scopes that the desk's key needs for that and lacks. Of groups of unsubscribes nothing is said.
std::vector<MissingScope> missingReleaseScopes(const std::vector<std::string>& granted, Releasable wanted,
                                               Language language);

/// The loss of MissingScope, by the scope; empty if it is none of those.
std::string_view lossOf(std::string_view scope, Language language);

}  // namespace arrivald::sendgrid
