#include "watch/check_stream_settings.hpp"

#include <algorithm>

#include "http/url.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

// A URL in the form that decodeEventWebhooks() returns: without user, password and query.
std::string bare(std::string url) {
  http::takeCredentials(url);
  url.resize(std::min(url.find_first_of("?#"), url.size()));
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

const sendgrid::EventWebhookSettings* ours(const config::AccountEvents& wanted,
                                           const std::vector<sendgrid::EventWebhookSettings>& found) {
  const auto address = bare(wanted.url);
  const sendgrid::EventWebhookSettings* best = nullptr;
  for (const auto& one : found)
    if (bare(one.url) == address && (!best || (one.enabled && !best->enabled))) best = &one;
  return best;
}

std::string wrongSettings(const config::AccountEvents& wanted,
                          const std::vector<sendgrid::EventWebhookSettings>& found,
                          const std::optional<std::string>& key) {
  const auto* settings = ours(wanted, found);
  if (!settings) return "missing";
  std::string wrong;
  const auto add = [&](std::string_view word) { (wrong += wrong.empty() ? "" : ",") += word; };
  if (!settings->enabled) add("disabled");
  for (const auto type : sendgrid::kEventTypesNeeded)
    if (std::find(settings->events.begin(), settings->events.end(), type) == settings->events.end())
      add(type);
  // What our own door demands of a batch besides.
  if (wanted.password && !settings->hasPassword) add("password");
  if (wanted.oauth && (settings->oauthClientId != wanted.oauth->clientId ||
                       bare(settings->oauthTokenUrl) != bare(wanted.url) + "/token"))
    add("oauth");
  if (!wanted.publicKeys.empty() && key) {
    if (key->empty())
      add("signature");
    else if (std::find(wanted.publicKeys.begin(), wanted.publicKeys.end(), *key) == wanted.publicKeys.end())
      add("key");
  }
  return wrong;
}

runtime::Task<JobOutcome> checkStreamSettings(Owners& owners, sendgrid::Client& client,
                                              const config::Account& account) {
  auto found = co_await client.eventWebhookSettings();
  if (!found) co_return JobOutcome(toError(std::move(found).error(), owners.clock().now()));
  std::optional<std::string> key;
  const auto* settings = ours(*account.events, *found);
  if (settings && !account.events->publicKeys.empty()) {
    auto reported = co_await client.eventWebhookKey(settings->id);
    // A webhook that was never signed has no key, which is not an error.
    if (reported)
      key = *reported;
    else if (reported.error().kind == sendgrid::Failure::Kind::notFound)
      key = "";
    else
      co_return JobOutcome(toError(std::move(reported).error(), owners.clock().now()));
  }
  auto wrong = wrongSettings(*account.events, *found, key);
  const auto news = wrong;
  if (owners.events().status().settingsChecked(account.name, std::move(wrong)) && !news.empty())
    log::warning("the event stream's settings in SendGrid are not what they should be: " + news,
                 {{"account", account.name}});
  co_return JobOutcome();
}

}  // namespace arrivald::watch
