#include "watch/event_authenticator.hpp"

#include <algorithm>

#include "http/url.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using http::Response;

namespace {

Response refused(unsigned status, std::string text) { return http::plainText(status, std::move(text)); }

// Required by RFC 6750; the provider fetches a new token when it reads this error in the body.
Response badToken(const char* word, unsigned status) {
  Response response{status,
                    {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                    std::string("{\"error\":\"") + word + "\"}\n"};
  response.headers.add("WWW-Authenticate",
                       std::string("Bearer realm=\"arrivald events\", error=\"") + word + "\"");
  return response;
}

}  // namespace

void EventAuthenticator::use(const config::Config& config) {
  accounts_.clear();
  for (const auto& account : config.accounts) {
    if (!account.events) continue;
    auto& here = accounts_[account.name];
    for (const auto& text : account.events->publicKeys)
      if (auto key = sendgrid::EventKey::parse(text))
        here.keys.push_back(std::move(key).value());
      else
        log::error("a public key of the event stream cannot be used: " + key.error().text,
                   {{"account", account.name}});
    // Where keys are given but cannot be used, nobody is let in rather than everybody.
    here.unsignedAllowed = account.events->acceptUnsigned && account.events->publicKeys.empty();
    if (account.events->password)
      here.password = "Basic " + http::base64(account.events->user + ":" +
                                              std::string(account.events->password->secret.reveal()));
    if (account.events->oauth)
      here.tokens.emplace(account.name, account.events->oauth->clientId,
                          account.events->oauth->clientSecret.secret);
  }
}

std::optional<EventAuthenticator::Refusal> EventAuthenticator::refusal(
    const std::string& name, const http::ServerRequest& request) const {
  const auto& account = accounts_.at(name);
  const auto given = request.headers.find("Authorization").value_or("");
  if (!account.password.empty() && !sendgrid::equalSecrets(given, account.password)) {
    auto response = refused(401, "the user or the password is wrong\n");
    response.headers.add("WWW-Authenticate", "Basic realm=\"arrivald events\"");
    return Refusal{"unauthorized", std::move(response)};
  }
  if (account.tokens) {
    constexpr std::string_view kBearer = "Bearer ";
    if (!given.starts_with(kBearer)) {
      return Refusal{"unauthorized", badToken("invalid_request", 401)};
    }
    if (!account.tokens->accepts(given.substr(kBearer.size()), clock_.now())) {
      return Refusal{"unauthorized", badToken("invalid_token", 401)};
    }
  }
  const auto signature = request.headers.find(sendgrid::kSignatureHeader);
  const auto timestamp = request.headers.find(sendgrid::kTimestampHeader);
  const bool genuine =
      signature && timestamp &&
      std::any_of(account.keys.begin(), account.keys.end(), [&](const sendgrid::EventKey& key) {
        return key.verifies(*signature, *timestamp, request.body);
      });
  if (genuine || (account.unsignedAllowed && account.keys.empty())) return std::nullopt;
  return Refusal{
      signature ? "bad_signature" : "no_signature",
      refused(401, signature ? "the signature does not fit; check events.public_keys of this account "
                               "against SendGrid's verification key\n"
                             : "there is no signature; switch on the Signed Event Webhook in SendGrid\n")};
}

Response EventAuthenticator::token(const std::string& name, const http::ServerRequest& request) const {
  const auto& account = accounts_.at(name);
  if (!account.tokens)
    return refused(404, "this account's events ask for no token: events.oauth is not set\n");
  const auto form = [&](std::string_view field) {
    http::ServerRequest body;
    body.query = request.body;
    return body.parameter(field);
  };
  auto id = form("client_id"), secret = form("client_secret");
  // Or by basic authentication, as RFC 6749 requires.
  constexpr std::string_view kBasic = "Basic ";
  if (const auto given = request.headers.find("Authorization"); given && given->starts_with(kBasic)) {
    const auto plain = http::fromBase64(given->substr(kBasic.size()));
    if (const auto colon = plain.find(':'); colon != std::string::npos) {
      id = http::percentDecode(plain.substr(0, colon));
      secret = http::percentDecode(plain.substr(colon + 1));
    }
  }
  if (form("grant_type") != "client_credentials") {
    registry_.streamBatch(name, "token_refused");
    auto response = badToken("unsupported_grant_type", 400);
    return response;
  }
  const auto token = account.tokens->issue(id.value_or(""), secret.value_or(""), clock_.now());
  if (!token) {
    registry_.streamBatch(name, "token_refused");
    return badToken("invalid_client", 401);
  }
  return {200,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          "{\"access_token\":\"" + *token + "\",\"token_type\":\"Bearer\",\"expires_in\":" +
              std::to_string(
                  std::chrono::duration_cast<std::chrono::seconds>(sendgrid::EventTokens::kGoodFor).count()) +
              "}\n"};
}

}  // namespace arrivald::watch
