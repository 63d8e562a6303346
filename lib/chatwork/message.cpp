#include "chatwork/message.hpp"

#include <algorithm>

#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace arrivald::chatwork {
namespace {

constexpr std::size_t kMaxTitle = 500, kMaxText = 2000, kMaxLine = 400, kMaxLines = 10, kMaxBytes = 20'000;

// There is no way to escape a bracket.
std::string text(const std::string& value, std::size_t max) {
  std::string shown;
  for (const char c : printable(repairUtf8(value)))
    if (c == '[')
      shown += "［";
    else if (c == ']')
      shown += "］";
    else
      shown += c;
  return std::string(cutUtf8(shown, max));
}

const char* markOf(notify::Tone tone) {
  switch (tone) {
    case notify::Tone::critical:
      return "🔴 ";
    case notify::Tone::warning:
      return "🟠 ";
    case notify::Tone::good:
      return "🟢 ";
    case notify::Tone::ended:
      return "⚪ ";
    default:
      return "🔵 ";
  }
}

class Lines {
 public:
  void add(const std::string& line) {
    if (line.empty() || text_.size() + line.size() + 1 > kMaxBytes - kMaxTitle - kMaxText) return;
    text_ += (text_.empty() ? "" : "\n") + line;
  }
  void add(const notify::Field& field) {
    add(text(field.label, kMaxLine) + ": " + text(field.value, kMaxText));
  }
  void add(const std::string& label, const std::vector<std::string>& lines) {
    if (!lines.empty()) add(text(label, kMaxLine));
    for (std::size_t i = 0; i < std::min(lines.size(), kMaxLines); ++i) add("・" + text(lines[i], kMaxLine));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string messageOf(const notify::Notification& notification, const std::vector<std::string>& mentions) {
  std::string message;
  if (notification.mention)
    for (const auto& mention : mentions) message += mention == "all" ? "[toall]" : "[To:" + mention + "]";
  if (!message.empty()) message += '\n';
  Lines lines;
  lines.add(text(notification.sentence, kMaxText));
  if (notification.next) lines.add(*notification.next);
  if (notification.side) lines.add(*notification.side);
  for (std::size_t i = 0; i < std::min(notification.fields.size(), kMaxLines); ++i)
    lines.add(notification.fields[i]);
  lines.add(notification.breakdownLabel, notification.breakdown);
  lines.add(notification.causesLabel, notification.causes);
  lines.add("", notification.samples);
  if (notification.statusPage) lines.add(*notification.statusPage);
  for (std::size_t i = 0; i < std::min(notification.links.size(), kMaxLines); ++i)
    lines.add(text(notification.links[i].label, kMaxLine) + ": " + text(notification.links[i].url, kMaxLine));
  lines.add(text(notification.footer, kMaxLine));
  const auto badge = notification.badge.empty() ? std::string() : "[" + notification.badge + "] ";
  return message + "[info][title]" + markOf(notification.tone) + text(badge + notification.title, kMaxTitle) +
         "[/title]" + lines.take() + "[/info]";
}

}  // namespace arrivald::chatwork
