#include "slack/render.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace arrivald::slack {

using nlohmann::json;
using notify::Notification;
using notify::Tone;

namespace {

// Slack's limits in characters; counted in bytes here, which is at least as strict, but for the header.
constexpr std::size_t kSection = 3000, kHeader = 150, kField = 2000, kFields = 10, kBlocks = 50,
                      kFallback = 400;

std::string cut(std::string text, std::size_t max) {
  if (text.size() <= max) return text;
  return std::string(cutUtf8(text, max - 3)) + "…";
}

// Counted in UTF-16 units, the strictest way to count characters: in bytes a Japanese title would lose its
// end.
std::string cutHeader(const std::string& text) {
  std::size_t units = 0, fits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte & 0xC0) == 0x80) continue;
    if (units < kHeader) fits = at;
    units += byte >= 0xF0 ? 2U : 1U;
  }
  return units <= kHeader ? text : text.substr(0, fits) + "…";
}

// & < > are markup everywhere, * _ ~ ` only in mrkdwn; the latter are separated by an invisible character so
// that they do not form pairs, and so are the signs of a URL, which a receiver's reply must not make a link.
// An underscore within a word is no markup: the name of a setting can be copied as it is.
std::string escaped(std::string_view given) {
  const auto text = printable(given);
  const auto isWord = [&](std::size_t at) {
    return at < text.size() && ((text[at] >= 'a' && text[at] <= 'z') ||
                                (text[at] >= 'A' && text[at] <= 'Z') || (text[at] >= '0' && text[at] <= '9'));
  };
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '_' && at > 0 && isWord(at - 1) && isWord(at + 1)) {
      out += c;
      continue;
    }
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '*':
      case '_':
      case '~':
      case '`':
        out += "\u200b";
        out += c;
        out += "\u200b";
        break;
      case '/':
        if (out.ends_with(':')) out += "\u200b";
        out += c;
        break;
      default:
        out += c;
    }
  }
  return out;
}

const char* colourOf(Tone tone) {
  switch (tone) {
    case Tone::critical:
      return "#c62828";
    case Tone::warning:
      return "#ef8f00";
    case Tone::info:
      return "#1565c0";
    case Tone::good:
      return "#2e7d32";
    case Tone::ended:
      return "#757575";
    case Tone::test:
      return "#6a1b9a";
  }
  return "#666666";
}

const char* emojiOf(Tone tone) {
  switch (tone) {
    case Tone::critical:
      return "🔴";
    case Tone::warning:
      return "🟠";
    case Tone::info:
      return "🔵";
    case Tone::good:
      return "🟢";
    case Tone::ended:
      return "⚪";
    case Tone::test:
      return "🟣";
  }
  return "";
}

json markdown(std::string text) { return {{"type", "mrkdwn"}, {"text", cut(std::move(text), kSection)}}; }
json section(std::string text) { return {{"type", "section"}, {"text", markdown(std::move(text))}}; }
std::string bold(std::string_view label) { return "*" + escaped(label) + "*"; }

// The first row is the summary; the others form the list.
std::string listText(std::string_view label, const std::vector<std::string>& rows) {
  std::string text = bold(label);
  for (std::size_t i = 0; i < rows.size(); ++i) text += (i == 0 ? "\n" : "\n• ") + escaped(rows[i]);
  return text;
}

// Inside a link, too, an ampersand is markup.
std::string urlText(std::string_view url) {
  std::string text;
  for (const char c : url) text += c == '&' ? std::string("&amp;") : std::string(1, c);
  return text;
}

std::string linksText(const std::vector<notify::Link>& links) {
  std::string text;
  for (const auto& link : links)
    text += (text.empty() ? "<" : "  ·  <") + urlText(link.url) + "|" + escaped(link.label) + ">";
  return text;
}

std::string mentionText(const std::vector<std::string>& mentions) {
  std::string text;
  for (const auto& mention : mentions) {
    if (!text.empty()) text += ' ';
    if (mention == "here" || mention == "channel") {
      text += "<!" + mention + ">";
    } else if (mention.starts_with('S')) {
      text += "<!subteam^" + mention + ">";
    } else {
      text += "<@" + mention + ">";
    }
  }
  return text;
}

}  // namespace

std::string sparkline(const std::vector<std::optional<double>>& values) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::optional<double> low, high;
  for (const auto& value : values) {
    if (!value) continue;
    low = std::min(low.value_or(*value), *value);
    high = std::max(high.value_or(*value), *value);
  }
  std::string line;
  for (const auto& value : values) {
    if (!value) {
      line += "·";
      continue;
    }
    const double span = *high - *low;
    const double position = span > 0 ? (*value - *low) / span : 0.5;
    line += kBars[std::clamp(static_cast<int>(std::lround(position * 7)), 0, 7)];
  }
  return line;
}

namespace {

std::string dumped(const json& payload) {
  return payload.dump(-1, ' ', false, json::error_handler_t::replace);
}

json headerOf(const Notification& notification) {
  const auto title =
      std::string(emojiOf(notification.tone)) + " [" + notification.badge + "] " + notification.title;
  return {{"type", "header"},
          {"text", {{"type", "plain_text"}, {"text", cutHeader(printable(title))}, {"emoji", true}}}};
}

// The next step right under the headline: Slack folds up what is long.
void addHead(json& blocks, const Notification& notification, const std::string& ring) {
  blocks.push_back(headerOf(notification));
  if (notification.next)
    blocks.push_back(section(bold(notification.next->label) + "\n" + escaped(notification.next->value)));
  blocks.push_back(section((ring.empty() ? "" : ring + "\n") + escaped(notification.sentence)));
  if (notification.side)
    blocks.push_back(section(bold(notification.side->label) + "\n" + escaped(notification.side->value)));
}

void addFoot(json& blocks, const Notification& notification) {
  blocks.push_back({{"type", "context"},
                    {"elements", json::array({{{"type", "plain_text"},
                                               {"text", cut(printable(notification.footer), kField)}}})}});
}

std::string ringOf(const Notification& notification, const std::vector<std::string>& mentions) {
  return notification.mention && !mentions.empty() ? mentionText(mentions) : std::string();
}

std::string payloadOf(const Notification& notification, const std::string& ring, json blocks) {
  if (blocks.size() > kBlocks) blocks.erase(blocks.begin() + kBlocks, blocks.end());
  json payload;
  // Slack notifies members only for mentions in the text itself, not for those in an attachment.
  payload["text"] =
      (ring.empty() ? "" : ring + " ") +
      cut(escaped(std::string(emojiOf(notification.tone)) + " " + notification.fallback), kFallback);
  payload["attachments"] =
      json::array({{{"color", colourOf(notification.tone)}, {"blocks", std::move(blocks)}}});
  payload["unfurl_links"] = false;
  return dumped(payload);
}

}  // namespace

std::string render(const Notification& notification, const std::vector<std::string>& mentions) {
  const auto ring = ringOf(notification, mentions);
  json blocks = json::array();
  addHead(blocks, notification, ring);
  if (!notification.fields.empty()) {
    json fields = json::array();
    for (const auto& field : notification.fields) {
      if (fields.size() == kFields) break;
      fields.push_back(
          {{"type", "mrkdwn"}, {"text", cut(bold(field.label) + "\n" + escaped(field.value), kField)}});
    }
    blocks.push_back({{"type", "section"}, {"fields", std::move(fields)}});
  }
  if (notification.trend)
    blocks.push_back(section(bold(notification.trend->label) + "\n`" + sparkline(notification.trend->values) +
                             "`  " + escaped(notification.trend->range)));
  if (!notification.breakdown.empty())
    blocks.push_back(section(listText(notification.breakdownLabel, notification.breakdown)));
  if (!notification.causes.empty()) {
    auto text = listText(notification.causesLabel, notification.causes);
    for (const auto& sample : notification.samples) text += "\n> " + escaped(sample);
    auto block = section(std::move(text));
    // What receivers write is shown as it is: Slack makes no links of it.
    if (!notification.samples.empty()) block["text"]["verbatim"] = true;
    blocks.push_back(std::move(block));
  }
  if (notification.statusPage)
    blocks.push_back(
        section(bold(notification.statusPage->label) + "\n" + escaped(notification.statusPage->value)));
  if (!notification.links.empty()) blocks.push_back(section(linksText(notification.links)));
  addFoot(blocks, notification);
  return payloadOf(notification, ring, std::move(blocks));
}

std::string renderShort(const Notification& notification, const std::vector<std::string>& mentions) {
  const auto ring = ringOf(notification, mentions);
  json blocks = json::array();
  addHead(blocks, notification, ring);
  addFoot(blocks, notification);
  return payloadOf(notification, ring, std::move(blocks));
}

std::string renderPlain(const Notification& notification, const std::vector<std::string>& mentions) {
  std::string text = std::string(emojiOf(notification.tone)) + " [" + escaped(notification.badge) + "] " +
                     escaped(notification.title);
  const auto add = [&](std::string_view label, std::string_view value) {
    text += "\n" + escaped(label) + ": " + escaped(value);
  };
  if (notification.next) add(notification.next->label, notification.next->value);
  text += "\n" + escaped(notification.sentence);
  if (notification.side) add(notification.side->label, notification.side->value);
  for (const auto& field : notification.fields) add(field.label, field.value);
  for (const auto& row : notification.breakdown) text += "\n" + escaped(row);
  for (const auto& row : notification.causes) text += "\n" + escaped(row);
  text += "\n" + escaped(notification.footer);
  text = cut(std::move(text), kSection);
  if (notification.mention && !mentions.empty()) text = mentionText(mentions) + " " + text;
  json payload;
  payload["text"] = std::move(text);
  payload["unfurl_links"] = false;
  return dumped(payload);
}

std::string withRemark(const std::string& payload, const Notification& remark) {
  auto root = json::parse(payload, nullptr, false);
  if (!root.is_object() || !root.contains("attachments")) return payload;
  auto& blocks = root["attachments"][0]["blocks"];
  if (!blocks.is_array() || blocks.size() >= kBlocks) return payload;
  auto line = section(bold(remark.title) + "\n" + escaped(remark.sentence));
  // Above the footer.
  blocks.insert(blocks.empty() ? blocks.end() : blocks.end() - 1, std::move(line));
  return dumped(root);
}

namespace {

json addressed(const std::string& payload, std::string_view room) {
  auto root = json::parse(payload, nullptr, false);
  if (!root.is_object()) root = json::object();
  root["channel"] = room;
  return root;
}

}  // namespace

std::string inChannel(const std::string& payload, std::string_view room) {
  return dumped(addressed(payload, room));
}

std::string editOf(const std::string& payload, std::string_view room, std::string_view timestamp) {
  auto root = addressed(payload, room);
  root["ts"] = timestamp;
  // What an edit leaves out stays as it was.
  if (!root.contains("attachments")) root["attachments"] = json::array();
  return dumped(root);
}

std::string below(const std::string& payload, std::string_view room, std::string_view timestamp,
                  Reach reach) {
  auto root = addressed(payload, room);
  root["thread_ts"] = timestamp;
  if (reach == Reach::channelToo) root["reply_broadcast"] = true;
  return dumped(root);
}

namespace {

// Converts Slack's markup to plain text: without stars around bold text, link labels before their URL,
// entities as characters.
std::string shown(const std::string& markup) {
  std::string out;
  for (std::size_t at = 0; at < markup.size();) {
    const auto rest = std::string_view(markup).substr(at);
    const auto take = [&](std::string_view token, std::string_view as) {
      if (!rest.starts_with(token)) return false;
      out += as;
      at += token.size();
      return true;
    };
    if (take("&amp;", "&") || take("&lt;", "<") || take("&gt;", ">") || take("\u200b", "") || take("*", "") ||
        take("`", ""))
      continue;
    if (markup[at] == '<') {
      const auto end = markup.find('>', at);
      const auto bar = markup.find('|', at);
      if (end != std::string::npos && bar != std::string::npos && bar < end) {
        out += markup.substr(bar + 1, end - bar - 1) + " " + shown(markup.substr(at + 1, bar - at - 1));
        at = end + 1;
        continue;
      }
      if (end != std::string::npos && markup[at + 1] == '!') {
        out += "@" + markup.substr(at + 2, end - at - 2);
        at = end + 1;
        continue;
      }
    }
    out += markup[at++];
  }
  return out;
}

}  // namespace

std::string previewOfPayload(const std::string& payload, Preview style) {
  const bool coloured = style == Preview::coloured;
  const auto root = json::parse(payload, nullptr, false);
  if (!root.is_object() || !root.contains("attachments")) return "(not a notification of arrivald)\n";
  const auto& attachment = root["attachments"][0];
  const auto hue = attachment.value("color", "");
  const char* code = hue == colourOf(Tone::critical)  ? "31"
                     : hue == colourOf(Tone::warning) ? "33"
                     : hue == colourOf(Tone::good)    ? "32"
                     : hue == colourOf(Tone::test)    ? "35"
                                                      : "34";
  const std::string bar = coloured ? std::string("\x1b[") + code + "m┃\x1b[0m " : "┃ ";
  std::string out;
  const auto lines = [&](const std::string& text) {
    // Line by line, so that each line has the bar; control characters from outside are removed.
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find('\n', begin), text.size());
      out += bar + oneLine(text.substr(begin, end - begin), 2000) + "\n";
      begin = end + 1;
    }
  };
  out += (coloured ? "\x1b[1m" : "") + oneLine(shown(root.value("text", "")), 400) +
         (coloured ? "\x1b[0m" : "") + "\n";
  for (const auto& block : attachment["blocks"]) {
    if (block.contains("text")) lines(shown(block["text"].value("text", "")));
    if (block.contains("fields")) {
      std::string row;
      for (const auto& field : block["fields"]) {
        auto text = shown(field.value("text", ""));
        if (const auto end = text.find('\n'); end != std::string::npos) text.replace(end, 1, ": ");
        row += (row.empty() ? "" : "   ") + text;
      }
      lines(row);
    }
    if (block.contains("elements"))
      for (const auto& element : block["elements"]) lines(shown(element.value("text", "")));
  }
  return out;
}

}  // namespace arrivald::slack
