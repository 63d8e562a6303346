#include "pagerduty/event.hpp"

#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace arrivald::pagerduty {

using nlohmann::ordered_json;
using notify::About;
using notify::Tone;

namespace {

constexpr std::size_t kMaxSummary = 1024, kMaxKey = 255, kMaxText = 4000, kMaxItem = 2000, kMaxItems = 20;

std::string text(const std::string& value, std::size_t max = kMaxText) {
  return std::string(cutUtf8(printable(repairUtf8(value)), max));
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

// What is about no alert, as the store: its notifications share what stands before the number.
std::string conversationOf(const notify::Notification& notification) {
  return notification.about ? notification.about->conversation
                            : notification.id.substr(0, notification.id.find('#'));
}

const char* actionOf(const notify::Notification& notification) {
  if (!notification.about)
    return notification.tone == Tone::good || notification.tone == Tone::ended ? "resolve" : "trigger";
  switch (notification.about->state) {
    case About::State::open:
      return "trigger";
    case About::State::acknowledged:
      return "acknowledge";
    case About::State::over:
      break;
  }
  return "resolve";
}

std::string_view severityOf(const notify::Notification& notification) {
  if (notification.about) return rules::name(notification.about->severity);
  return notification.tone == Tone::critical  ? "critical"
         : notification.tone == Tone::warning ? "warning"
                                              : "info";
}

ordered_json detailsOf(const notify::Notification& notification) {
  ordered_json details{{"id", text(notification.id, kMaxItem)}, {"sentence", text(notification.sentence)}};
  if (notification.side) details[text(notification.side->label, kMaxKey)] = text(notification.side->value);
  if (notification.next) details[text(notification.next->label, kMaxKey)] = text(notification.next->value);
  std::size_t count = 0;
  for (const auto& field : notification.fields)
    if (++count <= kMaxItems) details[text(field.label, kMaxKey)] = text(field.value, kMaxItem);
  const auto addLines = [&](const char* name, const std::vector<std::string>& lines) {
    for (const auto& line : lines)
      if (!details.contains(name) || details[name].size() < kMaxItems)
        details[name].push_back(text(line, kMaxItem));
  };
  addLines("breakdown", notification.breakdown);
  addLines("causes", notification.causes);
  addLines("replies", notification.samples);
  if (notification.about) addLines("alerts", notification.about->members);
  return details;
}

}  // namespace

std::string eventOf(const notify::Notification& notification, const Secret& key) {
  ordered_json event{{"routing_key", std::string(key.reveal())},
                     {"event_action", actionOf(notification)},
                     {"dedup_key", text(conversationOf(notification), kMaxKey)}};
  const auto summary = notification.title.empty() ? notification.fallback : notification.title;
  ordered_json payload{
      {"summary",
       text(notification.badge.empty() ? summary : "[" + notification.badge + "] " + summary, kMaxSummary)},
      {"source", "arrivald"},
      {"severity", severityOf(notification)}};
  if (const auto& about = notification.about) {
    payload["source"] = "arrivald " + text(about->account, kMaxKey);
    payload["component"] =
        text(joined(about->receivers.empty() ? about->categories : about->receivers), kMaxItem);
    payload["group"] = text(about->account, kMaxKey);
    payload["class"] = text(about->kinds.empty() ? about->rule : joined(about->kinds), kMaxItem);
  }
  payload["custom_details"] = detailsOf(notification);
  event["payload"] = std::move(payload);
  auto& links = event["links"] = ordered_json::array();
  for (const auto& link : notification.links)
    if (links.size() < kMaxItems)
      links.push_back({{"href", text(link.url, kMaxItem)}, {"text", text(link.label, kMaxKey)}});
  event["client"] = "arrivald";
  return event.dump();
}

}  // namespace arrivald::pagerduty
