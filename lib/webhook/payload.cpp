#include "webhook/payload.hpp"

#include <fmt/format.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace arrivald::webhook {

using nlohmann::ordered_json;
using notify::About;

namespace {

constexpr std::size_t kMaxText = 4000, kMaxItem = 2000, kMaxItems = 20;

std::string text(const std::string& value, std::size_t max = kMaxText) {
  return std::string(cutUtf8(printable(repairUtf8(value)), max));
}

ordered_json list(const std::vector<std::string>& values) {
  auto all = ordered_json::array();
  for (const auto& value : values)
    if (all.size() < kMaxItems) all.push_back(text(value, kMaxItem));
  return all;
}

const char* stateOf(const notify::Notification& notification) {
  if (notification.tone == notify::Tone::test) return "test";
  if (!notification.about) return "info";
  switch (notification.about->state) {
    case About::State::open:
      return "open";
    case About::State::acknowledged:
      return "acknowledged";
    case About::State::over:
      break;
  }
  return "over";
}

std::string_view severityOf(const notify::Notification& notification) {
  if (notification.about) return rules::name(notification.about->severity);
  switch (notification.tone) {
    case notify::Tone::critical:
      return "critical";
    case notify::Tone::warning:
      return "warning";
    default:
      return "info";
  }
}

void addAbout(ordered_json& root, const About& about) {
  root["account"] = text(about.account);
  root["rule"] = text(about.rule);
  root["root"] = {{"categories", list(about.categories)},
                  {"receivers", list(about.receivers)},
                  {"kinds", list(about.kinds)}};
  root["since"] = about.since;
  root["counts"] = {{"mails", about.mails}, {"bad", about.bad}};
  root["members"] = list(about.members);
}

// What people read below the sentence.
std::vector<std::string> detailsOf(const notify::Notification& notification) {
  std::vector<std::string> all;
  for (const auto& field : notification.fields) all.push_back(field.label + ": " + field.value);
  for (const auto* lines : {&notification.breakdown, &notification.causes, &notification.samples})
    all.insert(all.end(), lines->begin(), lines->end());
  return all;
}

}  // namespace

std::string payloadOf(const notify::Notification& notification) {
  ordered_json root{{"version", kPayloadVersion}, {"id", text(notification.id)}};
  if (notification.about) root["conversation"] = text(notification.about->conversation);
  root["state"] = stateOf(notification);
  root["severity"] = severityOf(notification);
  if (notification.about) addAbout(root, *notification.about);
  ordered_json words{{"badge", text(notification.badge)},
                     {"title", text(notification.title)},
                     {"short", text(notification.fallback)},
                     {"sentence", text(notification.sentence)}};
  if (notification.side) words["side"] = text(notification.side->value);
  if (notification.next) words["next"] = text(notification.next->value);
  words["details"] = list(detailsOf(notification));
  root["text"] = std::move(words);
  auto& links = root["links"] = ordered_json::array();
  for (const auto& link : notification.links)
    if (links.size() < kMaxItems)
      links.push_back({{"label", text(link.label, kMaxItem)}, {"url", text(link.url, kMaxItem)}});
  return root.dump();
}

std::string signatureOf(const Secret& key, std::int64_t at, std::string_view body) {
  const auto characters = key.reveal();
  const auto signedText = fmt::format("{}.{}", at, body);
  std::array<unsigned char, 32> mac{};
  unsigned length = 0;
  HMAC(EVP_sha256(), characters.data(), static_cast<int>(characters.size()),
       reinterpret_cast<const unsigned char*>(signedText.data()), signedText.size(), mac.data(), &length);
  std::string signature = "v1=";
  for (const auto byte : mac) signature += fmt::format("{:02x}", byte);
  return signature;
}

}  // namespace arrivald::webhook
