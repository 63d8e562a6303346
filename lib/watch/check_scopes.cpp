#include "watch/check_scopes.hpp"

#include <fmt/format.h>

#include "sendgrid/scopes.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using sendgrid::Feature;

std::vector<Feature> wantedFeatures(const config::Account& account) {
  std::vector<Feature> wanted{Feature::statistics};
  if (account.mailboxProviders.any()) wanted.push_back(Feature::mailboxProviders);
  if (account.categories.any()) wanted.push_back(Feature::categories);
  if (account.subusers.any()) wanted.push_back(Feature::subusers);
  if (account.suppressions)
    wanted.insert(wanted.end(), sendgrid::kListFeatures.begin(), sendgrid::kListFeatures.end());
  if (account.credits) wanted.insert(wanted.end(), {Feature::credits, Feature::reputation});
  if (account.events && !account.events->url.empty()) wanted.push_back(Feature::eventWebhookSettings);
  return wanted;
}

runtime::Task<JobOutcome> checkScopes(Owners& owners, sendgrid::Client& client, std::vector<Feature> wanted) {
  auto answer = co_await client.scopes();
  if (!answer) co_return JobOutcome(toError(std::move(answer).error(), owners.clock().now()));
  const auto missing = sendgrid::missingScopes(*answer, wanted, Language::english);
  const auto& account = client.access().name;
  for (const auto& one : missing)
    log::warning(fmt::format("the key lacks the scope {}: {}", one.scope, one.loss), {{"account", account}});
  if (missing.empty()) log::info("the key has every scope that is needed", {{"account", account}});
  std::vector<std::string> scopes;
  for (const auto& one : missing) scopes.push_back(one.scope);
  owners.scopes().checked(account, std::move(scopes));
  co_return JobOutcome();
}

}  // namespace arrivald::watch
