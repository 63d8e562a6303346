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

// Calls `visit` with the parts between the commas of the outermost level of brackets, of at least `bytes`
// bytes each if there are more parts to join. False if brackets or quotes do not match. Only the depth is
// tracked: whether the kinds of brackets match does not matter for splitting.
template <class Visit>
bool eachPart(std::string_view text, char open, char close, std::size_t bytes, Visit visit) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != open || text.back() != close) return false;
  const auto inside = text.substr(1, text.size() - 2);
  if (trimmed(inside).empty()) return true;
  std::size_t begin = 0, depth = 0;
  for (std::size_t at = 0; at < inside.size();) {
    const char c = inside[at];
    if (c == '"') {
      at = afterString(inside, at);
      if (at == std::string_view::npos) return false;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') {
      if (depth == 0) return false;
      --depth;
    }
    if (c == ',' && depth == 0 && at - begin >= bytes) {
      if (!visit(trimmed(inside.substr(begin, at - begin)))) return false;
      begin = at + 1;
    }
    ++at;
  }
  return depth == 0 && visit(trimmed(inside.substr(begin)));
}

std::optional<std::vector<std::string_view>> partsOf(std::string_view text, std::size_t bytes) {
  std::vector<std::string_view> parts;
  const bool split = eachPart(text, '[', ']', bytes, [&](std::string_view part) {
    parts.push_back(part);
    return true;
  });
  if (!split) return std::nullopt;
  return parts;
}

}  // namespace

std::optional<std::vector<std::string_view>> itemsOf(std::string_view text) { return partsOf(text, 0); }

std::optional<std::vector<std::string_view>> slicesOf(std::string_view text, std::size_t bytes) {
  return partsOf(text, bytes);
}

std::vector<std::string_view> objectsOf(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  text = trimmed(text);
  if (text.starts_with('[')) text.remove_prefix(1);
  if (text.ends_with(']')) text.remove_suffix(1);
  std::vector<std::string_view> objects;
  std::size_t begin = 0;
  for (auto at = text.find('}'); at != std::string_view::npos; at = text.find('}', at + 1)) {
    const auto comma = text.find_first_not_of(kBlank, at + 1);
    if (comma == std::string_view::npos || text[comma] != ',') continue;
    const auto next = text.find_first_not_of(kBlank, comma + 1);
    if (next == std::string_view::npos || text[next] != '{') continue;
    objects.push_back(trimmed(text.substr(begin, at + 1 - begin)));
    begin = next;
  }
  if (const auto rest = trimmed(text.substr(begin)); !rest.empty()) objects.push_back(rest);
  return objects;
}

bool eachMember(std::string_view text,
                const std::function<void(std::string_view key, std::string_view value)>& visit) {
  return eachPart(text, '{', '}', 0, [&](std::string_view part) {
    if (part.empty() || part.front() != '"') return false;
    const auto end = afterString(part, 0);
    if (end == std::string_view::npos) return false;
    const auto value = trimmed(part.substr(end));
    if (value.size() < 2 || value.front() != ':') return false;
    visit(part.substr(1, end - 2), trimmed(value.substr(1)));
    return true;
  });
}

}  // namespace arrivald::sendgrid
