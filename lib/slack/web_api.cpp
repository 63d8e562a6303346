#include "slack/web_api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "base/utf8.hpp"
#include "channel/answer.hpp"
#include "http/status.hpp"

namespace arrivald::slack {
namespace {

// Those that pass by themselves; every other word needs people: a channel, a token, a scope, or our message.
constexpr std::string_view kPassing[] = {"internal_error",  "fatal_error",   "service_unavailable",
                                         "request_timeout", "accesslimited", "team_added_to_org",
                                         "ratelimited",     "rate_limited",  "message_limit_exceeded"};
constexpr std::string_view kMalformed[] = {
    "invalid_blocks", "invalid_attachments",  "invalid_arguments",  "no_text",
    "msg_too_long",   "too_many_attachments", "msg_blocks_too_long"};

constexpr std::size_t kMaxWord = 60;

bool isOneOf(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

std::string textAt(const nlohmann::json& answer, const char* key) {
  const auto found = answer.find(key);
  return found != answer.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Error refusalBy(const std::string& word) {
  if (isOneOf(word, kPassing)) return Error::of(Error::Kind::unavailable, verbatim(word), Party::thirdParty);
  const auto kind = isOneOf(word, kMalformed) ? Error::Kind::badRequest : Error::Kind::forbidden;
  return Error::of(kind, verbatim(word), Party::configuration);
}

// An answer whose "ok" is true.
Result<nlohmann::json> accepted(http::Response response, std::string_view token) {
  if (response.status / 100 != 2) return channel::refusal(std::move(response), token);
  auto answer = nlohmann::json::parse(response.body, nullptr, false);
  if (!answer.is_object() || !answer.contains("ok") || !answer["ok"].is_boolean())
    return channel::foreignAnswer();
  if (!answer["ok"].get<bool>())
    return refusalBy(channel::withoutSecret(oneLine(textAt(answer, "error"), kMaxWord), token));
  return answer;
}

}  // namespace

Result<std::string> timestampOf(http::Response response, std::string_view token) {
  const auto answer = accepted(std::move(response), token);
  if (!answer) return answer.error();
  auto timestamp = textAt(*answer, "ts");
  if (timestamp.empty() || timestamp.size() > kMaxWord) return channel::foreignAnswer();
  return timestamp;
}

Done mayPost(http::Response response, std::string_view token) {
  const auto scopes = response.headers.find("X-OAuth-Scopes");
  // Not every proxy passes the header on.
  const bool lacks = scopes && scopes->find("chat:write") == std::string_view::npos;
  const auto answer = accepted(std::move(response), token);
  if (!answer) return answer.error();
  if (lacks) return refusalBy("missing_scope");
  return done();
}

}  // namespace arrivald::slack
