#include "teams/card.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace arrivald::teams {

using nlohmann::ordered_json;
using notify::Tone;

namespace {

constexpr std::size_t kMaxTitle = 300, kMaxText = 2000, kMaxLine = 400, kMaxLines = 10, kMaxLinks = 5;
constexpr std::size_t kFrame = 1024;  // what stands around the blocks and the links

std::string text(const std::string& value, std::size_t max) {
  return std::string(cutUtf8(printable(repairUtf8(value)), max));
}

const char* colourOf(Tone tone) {
  switch (tone) {
    case Tone::critical:
      return "attention";
    case Tone::warning:
      return "warning";
    case Tone::good:
      return "good";
    default:
      return "accent";
  }
}

ordered_json run(const std::string& words) { return {{"type", "TextRun"}, {"text", words}}; }

ordered_json block(const std::vector<ordered_json>& runs) {
  return {{"type", "RichTextBlock"}, {"inlines", runs}};
}

// Blocks from the most important to the least, as long as there is room.
class Body {
 public:
  void add(ordered_json one) {
    const auto size = one.dump().size() + 1;
    if (full_ || size_ + size > kMaxBytes - kFrame - kMaxLinks * kMaxLine) {
      full_ = true;
      return;
    }
    size_ += size;
    blocks_.push_back(std::move(one));
  }
  void addText(const std::string& words) {
    if (!words.empty()) add(block({run(words)}));
  }
  void addField(const notify::Field& field) {
    auto label = run(text(field.label, kMaxLine) + ": ");
    label["weight"] = "bolder";
    add(block({std::move(label), run(text(field.value, kMaxText))}));
  }
  void addLines(const std::string& label, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    if (!label.empty()) {
      auto heading = run(text(label, kMaxLine));
      heading["weight"] = "bolder";
      add(block({std::move(heading)}));
    }
    for (std::size_t i = 0; i < std::min(lines.size(), kMaxLines); ++i) addText(text(lines[i], kMaxLine));
  }
  ordered_json take() { return std::move(blocks_); }

 private:
  ordered_json blocks_ = ordered_json::array();
  std::size_t size_ = 0;
  bool full_ = false;
};

ordered_json linksOf(const notify::Notification& notification) {
  auto links = ordered_json::array();
  for (const auto& link : notification.links)
    if (links.size() < kMaxLinks && link.url.size() < kMaxLine / 2)
      links.push_back({{"type", "Action.OpenUrl"},
                       {"title", text(link.label, kMaxLine / 4)},
                       {"url", text(link.url, kMaxLine)}});
  return links;
}

}  // namespace

std::string messageOf(const notify::Notification& notification) {
  Body body;
  auto title = run(text(
      notification.badge.empty() ? notification.title : "[" + notification.badge + "] " + notification.title,
      kMaxTitle));
  title["size"] = "large";
  title["weight"] = "bolder";
  title["color"] = colourOf(notification.tone);
  body.add(block({std::move(title)}));
  body.addText(text(notification.sentence, kMaxText));
  if (notification.next) body.addField(*notification.next);
  if (notification.side) body.addField(*notification.side);
  for (std::size_t i = 0; i < std::min(notification.fields.size(), kMaxLines); ++i)
    body.addField(notification.fields[i]);
  body.addLines(notification.breakdownLabel, notification.breakdown);
  body.addLines(notification.causesLabel, notification.causes);
  body.addLines("", notification.samples);
  if (notification.statusPage) body.addField(*notification.statusPage);
  auto footer = run(text(notification.footer, kMaxLine));
  footer["isSubtle"] = true;
  footer["size"] = "small";
  if (!notification.footer.empty()) body.add(block({std::move(footer)}));
  ordered_json card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                    {"type", "AdaptiveCard"},
                    {"version", "1.2"},
                    {"fallbackText", text(notification.fallback, kMaxLine / 2)},
                    {"body", body.take()}};
  if (auto links = linksOf(notification); !links.empty()) card["actions"] = std::move(links);
  ordered_json attachment{{"contentType", "application/vnd.microsoft.card.adaptive"},
                          {"content", std::move(card)}};
  return ordered_json{{"type", "message"}, {"attachments", ordered_json::array({std::move(attachment)})}}
      .dump();
}

}  // namespace arrivald::teams
