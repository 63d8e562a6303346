#include "notify/channel_answer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace arrivald::notify {
namespace {

struct Remedy {
  std::string_view word, remedy;
};

constexpr Remedy kWords[] = {
    {"invalid_payload", "ours"},  {"invalid_blocks", "ours"},       {"invalid_attachments", "ours"},
    {"no_text", "ours"},          {"too_many_attachments", "ours"}, {"user_not_found", "mentions"},
    {"channel_", "channel"},      {"is_archived", "channel"},       {"prohibited", "forbidden"},
    {"posting_to", "forbidden"},  {"invalid_token", "webhook"},     {"token_revoked", "webhook"},
    {"no_service", "webhook"},    {"no_active_hooks", "webhook"},   {"no_team", "webhook"},
    {"team_disabled", "webhook"}, {"not Slack's", "proxy"},         {"not the channel's", "proxy"}};

// What a bot's token is answered: the word alone, without a status.
constexpr Remedy kBotWords[] = {{"not_in_channel", "invite"},
                                {"channel_not_found", "room"},
                                {"is_archived", "room"},
                                {"missing_scope", "scope"},
                                {"invalid_auth", "token"},
                                {"not_authed", "token"},
                                {"token_revoked", "token"},
                                {"token_expired", "token"},
                                {"account_inactive", "token"},
                                {"not_allowed_token_type", "token"},
                                {"restricted_action", "forbidden"},
                                {"no_permission", "forbidden"},
                                {"internal_error", "service"},
                                {"fatal_error", "service"},
                                {"service_unavailable", "service"},
                                {"ratelimited", "rate"}};

// Without a word of Slack's: the status, or the kind of a failed request.
constexpr Remedy kBeginnings[] = {{"403", "forbidden"},   {"404", "webhook"},   {"410", "webhook"},
                                  {"429", "rate"},        {"5", "service"},     {"dns", "network"},
                                  {"connect", "network"}, {"tls", "network"},   {"timed_out", "network"},
                                  {"proxy", "network"},   {"closed", "network"}};

// Failed requests: what stands before the brackets, see channel::failedRequest().
constexpr std::string_view kFailures[] = {"dns",    "connect",   "proxy",    "tls",        "timed_out",
                                          "closed", "too_large", "protocol", "invalid_url"};

}  // namespace

std::string answerWords(const Catalogue& words, std::string_view answer) {
  for (const auto failure : kFailures) {
    if (!answer.starts_with(failure) || !answer.substr(failure.size()).starts_with(" (")) continue;
    const auto where = answer.substr(failure.size() + 2);
    const auto host = where.substr(0, std::min(where.find(": "), where.find(')')));
    return words.text(fmt::format("answer.{}", failure), {{"host", std::string(host)}});
  }
  if (answer.find("not Slack's") != std::string_view::npos) return words.text("answer.foreign");
  if (answer.find("not the channel's") != std::string_view::npos) return words.text("answer.foreign.other");
  if (const auto at = answer.find(" a redirection"); at != std::string_view::npos)
    return words.text("answer.redirection", {{"status", std::string(answer.substr(0, at))}});
  return std::string(answer);
}

std::string_view remedyFor(std::string_view answer) {
  for (const auto& each : kBotWords)
    if (answer == each.word || answer.starts_with(std::string(each.word) + '_')) return each.remedy;
  for (const auto& each : kWords)
    if (answer.find(each.word) != std::string_view::npos) return each.remedy;
  for (const auto& each : kBeginnings)
    if (answer.starts_with(each.word)) return each.remedy;
  return "other";
}

}  // namespace arrivald::notify
