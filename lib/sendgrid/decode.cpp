#include "sendgrid/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/hide.hpp"
#include "base/utf8.hpp"
#include "sendgrid/json.hpp"

namespace arrivald::sendgrid {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxErrorBytes = 300;
constexpr std::size_t kMaxErrors = 5;
constexpr std::size_t kMaxUrlBytes = 1'000;

void sortUnique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

Answer<NamePage> decodeNames(std::string_view text, const char* field) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  NamePage page;
  if (parsed->is_null() || (parsed->is_object() && parsed->empty())) return page;
  if (!parsed->is_array()) return malformed(phrase("the answer is not a list of names"));
  page.rows = parsed->size();
  for (const auto& row : *parsed) {
    auto name = textOf(row.is_string() ? row : member(row, field), kMaxNameBytes);
    if (name && !name->empty()) page.names.push_back(std::move(*name));
  }
  if (page.names.empty() && page.rows > 0)
    return malformed(phrase("no row of the answer has a \"{}\"", field));
  return page;
}

/// The URL without user, password, query and fragment, any of which may contain secrets.
std::string withoutSecrets(std::string url) {
  url.erase(std::min(url.find_first_of("?#"), url.size()));
  const auto scheme = url.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  const auto at = url.rfind('@', std::min(url.find('/', host), url.size()));
  if (at != std::string::npos && at >= host) url.erase(host, at + 1 - host);
  return url;
}

bool hasUserInfo(std::string_view url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto authority = url.substr(host, url.find_first_of("/?#", host) - host);
  return authority.find('@') != std::string_view::npos;
}

}  // namespace

Answer<std::vector<std::string>> decodeScopes(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  const json& list = member(*parsed, "scopes");
  if (!list.is_array()) return malformed(phrase("the answer has no list of scopes"));
  std::vector<std::string> scopes;
  for (const auto& scope : list)
    if (auto name = textOf(scope, kMaxNameBytes)) scopes.push_back(std::move(*name));
  sortUnique(scopes);
  return scopes;
}

Answer<NamePage> decodeCategories(std::string_view text) { return decodeNames(text, "category"); }
Answer<NamePage> decodeSubusers(std::string_view text) { return decodeNames(text, "username"); }

Answer<std::vector<UnsubscribeGroup>> decodeUnsubscribeGroups(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  std::vector<UnsubscribeGroup> groups;
  if (parsed->is_null() || (parsed->is_object() && parsed->empty())) return groups;
  if (!parsed->is_array()) return malformed(phrase("the answer is not a list of groups"));
  for (const auto& row : *parsed) {
    const auto id = countOf(member(row, "id"));
    if (!id || *id == 0) continue;
    groups.push_back({*id, subjectName(textOf(member(row, "name"), kMaxNameBytes).value_or(""))});
  }
  return groups;
}

namespace {

// A count that may be negative: what was sent beyond the plan.
std::optional<std::int64_t> balanceOf(const json& value) {
  std::string digits;
  if (value.is_string()) digits = value.get_ref<const std::string&>();
  if (value.is_number())
    if (const auto number = value.get<double>(); number < 0 && std::floor(number) == number)
      digits = fmt::format("{:.0f}", number);
  if (digits.size() < 2 || digits[0] != '-') return countOf(value);
  const auto below = countOf(std::string_view(digits).substr(1));
  if (!below) return std::nullopt;
  return -*below;
}

}  // namespace

Answer<Credits> decodeCredits(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->is_object()) return malformed(phrase("the answer has no credits"));
  Credits credits;
  credits.remain = balanceOf(member(*parsed, "remain"));
  credits.total = countOf(member(*parsed, "total"));
  credits.overage = countOf(member(*parsed, "overage"));
  const auto used = countOf(member(*parsed, "used"));
  if (!credits.remain && used && credits.total) credits.remain = *credits.total - *used;
  // A plan that is not counted in credits has none of them, and takes mail.
  const auto frequency = textOf(member(*parsed, "reset_frequency"), kMaxNameBytes);
  if (frequency == "unlimited" && credits.total.value_or(0) == 0) credits.remain.reset();
  const auto reset = textOf(member(*parsed, "next_reset"), kMaxNameBytes);
  if (const auto date = parseDate(reset ? std::string_view(*reset).substr(0, 10) : std::string_view());
      date.ok())
    credits.nextReset = *date;
  return credits;
}

Answer<Standing> decodeStanding(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->is_object()) return malformed(phrase("the answer has no account"));
  Standing standing;
  standing.plan = textOf(member(*parsed, "type"), 64).value_or("");
  const json& reputation = member(*parsed, "reputation");
  if (reputation.is_number())
    if (const double value = reputation.get<double>(); value >= 0 && value <= 100)
      standing.reputation = value;
  return standing;
}

Answer<std::vector<EventWebhookSettings>> decodeEventWebhooks(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  const json& list = parsed->is_array() ? *parsed : member(*parsed, "webhooks");
  if (!list.is_array()) return malformed(phrase("the answer has no list of webhooks"));
  // All switches of a webhook are boolean members; these ones are not event types.
  constexpr std::array<std::string_view, 3> kNotEvents = {"enabled", "oauth_client_secret_set", "signed"};
  std::vector<EventWebhookSettings> webhooks;
  for (const auto& each : list) {
    const auto url = textOf(member(each, "url"), kMaxUrlBytes);
    if (!url || url->empty()) continue;
    EventWebhookSettings settings;
    settings.id = textOf(member(each, "id"), kMaxNameBytes).value_or("");
    settings.url = withoutSecrets(*url);
    settings.hasPassword = hasUserInfo(*url);
    settings.oauthClientId = textOf(member(each, "oauth_client_id"), kMaxNameBytes).value_or("");
    settings.oauthTokenUrl =
        withoutSecrets(textOf(member(each, "oauth_token_url"), kMaxUrlBytes).value_or(""));
    settings.enabled = truthOf(member(each, "enabled"));
    for (const auto& [key, value] : each.items())
      if (value.is_boolean() && value.get<bool>() &&
          std::find(kNotEvents.begin(), kNotEvents.end(), key) == kNotEvents.end())
        settings.events.push_back(key.substr(0, kMaxNameBytes));
    sortUnique(settings.events);
    webhooks.push_back(std::move(settings));
  }
  return webhooks;
}

Answer<std::string> decodeEventWebhookKey(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  return textOf(member(*parsed, "public_key"), kMaxUrlBytes).value_or("");
}

Answer<std::string> decodeEventWebhookId(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  auto id = textOf(member(*parsed, "id"), kMaxNameBytes);
  if (!id || id->empty()) return malformed(phrase("the answer names no webhook"));
  return std::move(*id);
}

std::string encodeEventWebhook(const EventWebhookWanted& wanted) {
  json body{{"enabled", true}, {"url", wanted.url.reveal()}};
  // A name that somebody gave it is kept.
  if (wanted.create) body["friendly_name"] = "arrivald";
  if (!wanted.oauthClientId.empty()) {
    body["oauth_client_id"] = wanted.oauthClientId;
    body["oauth_client_secret"] = wanted.oauthClientSecret.reveal();
    body["oauth_token_url"] = wanted.oauthTokenUrl;
  }
  for (const auto type : kEventTypesNeeded) body[std::string(type)] = true;
  for (const auto* type : {"spam_report", "unsubscribe", "group_unsubscribe", "group_resubscribe"})
    body[type] = true;
  // arrivald does not need opens and clicks, for privacy; those enabled for other consumers stay enabled.
  for (const auto* type : {"open", "click"}) body[type] = false;
  for (const auto& type : wanted.keep)
    if (type != "account_status_change") body[type] = true;
  return body.dump();
}

std::string encodeEventWebhookTest(std::string_view id, std::string_view url) {
  return json{{"id", id}, {"url", url}}.dump();
}

std::string decodeErrors(std::string_view text) {
  constexpr std::size_t kMaxBody = 64 * 1024;  // error bodies are far smaller
  const auto parsed = parse(text.substr(0, kMaxBody));
  if (!parsed.ok()) return {};
  std::vector<std::string> messages;
  const auto add = [&](const json& message, const json& field) {
    auto entry = textOf(message, kMaxErrorBytes);
    if (!entry || entry->empty() || messages.size() == kMaxErrors) return;
    const auto about = textOf(field, 64);
    if (about && !about->empty() && *about != "null") entry = *about + ": " + *entry;
    messages.push_back(std::move(*entry));
  };
  const auto addAll = [&](const json& errors) {
    if (errors.is_string()) add(errors, json());
    if (errors.is_object()) add(member(errors, "message"), member(errors, "field"));
    if (!errors.is_array()) return;
    for (const auto& each : errors) {
      if (each.is_string()) add(each, json());
      const auto& field = member(each, "field");
      add(member(each, "message"), field.is_null() ? member(each, "parameter") : field);
    }
  };
  addAll(member(*parsed, "errors"));
  addAll(member(*parsed, "error"));
  if (messages.empty()) add(member(*parsed, "message"), json());
  std::string joined;
  for (const auto& message : messages) joined += (joined.empty() ? "" : "; ") + message;
  return withoutAddresses(oneLine(joined, kMaxErrorBytes));
}

}  // namespace arrivald::sendgrid
