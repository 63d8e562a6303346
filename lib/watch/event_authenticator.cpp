#include "watch/event_authenticator.hpp"

#include <algorithm>

#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using http::Response;

namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kMaxSignature = 200;  // characters of base64: a signature has at most 72 bytes
// How long a wrong secret slows the requests for tokens, and by how much.
constexpr Duration kBrakeFor = std::chrono::minutes(1);
constexpr Duration kBrake = std::chrono::seconds(1);

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

// The same for every account, whether it exists or not, and whatever is wrong. A request with a token is told
// that it is invalid, since the provider then fetches a new one.
Response notAccepted(const http::ServerRequest& request) {
  if (request.headers.find("Authorization").value_or("").starts_with(kBearer))
    return badToken("invalid_token", 401);
  auto response = refused(
      401,
      "events are posted to /events/ACCOUNT, named and signed as the configuration says; the account, the "
      "signature, the password or the token of these is wrong: arrivald's log and `arrivald status` say "
      "which\n");
  response.headers.add("WWW-Authenticate", "Basic realm=\"arrivald events\"");
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
    // Where keys are given but cannot be used, every request is refused.
    here.unsignedAllowed = account.events->acceptUnsigned && account.events->publicKeys.empty();
    if (account.events->password)
      here.password = "Basic " + http::base64(account.events->user + ":" +
                                              std::string(account.events->password->secret.reveal()));
    if (account.events->oauth)
      here.tokens.emplace(account.name, account.events->oauth->clientId,
                          account.events->oauth->clientSecret.secret);
  }
}

std::optional<EventAuthenticator::Refusal> EventAuthenticator::refusalByHeader(
    const std::string& name, const http::ServerRequest& header) const {
  const auto refuse = [&](const char* kind) { return Refusal{kind, notAccepted(header)}; };
  const auto found = accounts_.find(name);
  if (found == accounts_.end()) return refuse("unknown_account");
  const auto& account = found->second;
  const auto given = header.headers.find("Authorization").value_or("");
  if (!account.password.empty() && !sendgrid::equalSecrets(given, account.password))
    return refuse("unauthorized");
  if (account.tokens &&
      (!given.starts_with(kBearer) || !account.tokens->accepts(given.substr(kBearer.size()), clock_.now())))
    return refuse("unauthorized");
  if (account.unsignedAllowed && account.keys.empty()) return std::nullopt;
  const auto signature = header.headers.find(sendgrid::kSignatureHeader);
  if (!signature || !header.headers.find(sendgrid::kTimestampHeader)) return refuse("no_signature");
  if (signature->empty() || signature->size() > kMaxSignature) return refuse("bad_signature");
  return std::nullopt;
}

std::optional<EventAuthenticator::Refusal> EventAuthenticator::refusal(
    const std::string& name, const http::ServerRequest& request) const {
  if (auto refused = refusalByHeader(name, request)) return refused;
  const auto& account = accounts_.at(name);
  if (account.unsignedAllowed && account.keys.empty()) return std::nullopt;
  const auto signature = request.headers.find(sendgrid::kSignatureHeader).value_or("");
  const auto timestamp = request.headers.find(sendgrid::kTimestampHeader).value_or("");
  const bool genuine = std::any_of(
      account.keys.begin(), account.keys.end(),
      [&](const sendgrid::EventKey& key) { return key.verifies(signature, timestamp, request.body); });
  if (genuine) return std::nullopt;
  return Refusal{"bad_signature", notAccepted(request)};
}

runtime::Task<Response> EventAuthenticator::token(std::string name, const http::ServerRequest& request) {
  struct Waiting {
    int& count;
    ~Waiting() { --count; }
  };
  const bool guessed = wrongSecretAt_ && clock_.sinceBoot() - *wrongSecretAt_ < kBrakeFor;
  if (guessed) {
    if (waiting_ >= kMaxWaiting) {
      auto response = refused(429, "too many requests for a token; try again in a minute\n");
      response.headers.add("Retry-After", "60");
      co_return response;
    }
    ++waiting_;
    const Waiting waiting{waiting_};
    co_await runtime::sleepFor(clock_, kBrake);
  }
  co_return judgeToken(name, request);
}

// Accounts that are unknown or have no OAuth are answered as a wrong secret is.
Response EventAuthenticator::judgeToken(const std::string& name, const http::ServerRequest& request) {
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
  const auto account = accounts_.find(name);
  const std::string known = account == accounts_.end() ? std::string() : name;
  if (form("grant_type") != "client_credentials") {
    registry_.streamBatch(known, "token_refused");
    return badToken("unsupported_grant_type", 400);
  }
  std::optional<std::string> token;
  if (account != accounts_.end() && account->second.tokens)
    token = account->second.tokens->issue(id.value_or(""), secret.value_or(""), clock_.now());
  if (!token) {
    wrongSecretAt_ = clock_.sinceBoot();
    registry_.streamBatch(known, "token_refused");
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
