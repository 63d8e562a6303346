#include "sendgrid/json_items.hpp"

namespace arrivald::sendgrid {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// The position after the string that begins at `at`; npos if it is not terminated.
std::size_t afterString(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return std::string_view::npos;
}

// Splits the text between the outer brackets at the commas of the outermost level.
std::optional<std::vector<std::string_view>> partsOf(std::string_view text, char open, char close) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != open || text.back() != close) return std::nullopt;
  const auto inside = text.substr(1, text.size() - 2);
  std::vector<std::string_view> parts;
  if (trimmed(inside).empty()) return parts;
  // Only the depth is tracked: whether the kinds of brackets match does not matter for splitting.
  std::size_t begin = 0, depth = 0;
  for (std::size_t at = 0; at < inside.size();) {
    const char c = inside[at];
    if (c == '"') {
      at = afterString(inside, at);
      if (at == std::string_view::npos) return std::nullopt;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') {
      if (depth == 0) return std::nullopt;
      --depth;
    }
    if (c == ',' && depth == 0) {
      parts.push_back(trimmed(inside.substr(begin, at - begin)));
      begin = at + 1;
    }
    ++at;
  }
  if (depth != 0) return std::nullopt;
  parts.push_back(trimmed(inside.substr(begin)));
  return parts;
}

}  // namespace

std::optional<std::vector<std::string_view>> itemsOf(std::string_view text) {
  return partsOf(text, '[', ']');
}

std::optional<std::vector<std::pair<std::string_view, std::string_view>>> membersOf(std::string_view text) {
  const auto parts = partsOf(text, '{', '}');
  if (!parts) return std::nullopt;
  std::vector<std::pair<std::string_view, std::string_view>> members;
  for (const auto part : *parts) {
    if (part.empty() || part.front() != '"') return std::nullopt;
    const auto end = afterString(part, 0);
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = trimmed(part.substr(end));
    if (value.size() < 2 || value.front() != ':') return std::nullopt;
    members.emplace_back(part.substr(1, end - 2), trimmed(value.substr(1)));
  }
  return members;
}

}  // namespace arrivald::sendgrid
