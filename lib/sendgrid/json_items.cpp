#include "sendgrid/json_items.hpp"

#include <algorithm>
#include <string>

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

namespace {

// Between the objects of a sequence: blanks, commas, the brackets of arrays, separators of records.
bool isBetween(std::string_view text, std::size_t at) {
  const char c = text[at];
  return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == '[' || c == ']';
}
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::size_t afterBetween(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (isBetween(text, at))
      ++at;
    else if (text.substr(at).starts_with(kByteOrderMark))
      at += kByteOrderMark.size();
    else
      break;
  }
  return at;
}

// The size of the object at the beginning of `text`; 0 if its brackets or quotes do not match. `read` is how
// far it looked.
std::size_t objectSize(std::string_view text, std::size_t& read) {
  std::string open;
  for (read = 0; read < text.size();) {
    const char c = text[read];
    if (c == '"') {
      const auto end = afterString(text, read);
      read = std::min(end, text.size());
      if (end == std::string_view::npos) return 0;
      continue;
    }
    ++read;
    if (c == '{' || c == '[') open += c;
    if (c != '}' && c != ']') continue;
    if (open.empty() || open.back() != (c == '}' ? '{' : '[')) return 0;
    open.pop_back();
    if (open.empty()) return read;
  }
  return 0;
}

// Whether a value can be one: two objects of which the first lacks a quotation mark can look like one.
bool canBeValue(std::string_view value) {
  if (value.empty()) return false;
  if (value.front() == '"') return afterString(value, 0) == value.size();
  if (value.front() == '{') return value.back() == '}';
  if (value.front() == '[') return value.back() == ']';
  return value.find_first_of("\"{[") == std::string_view::npos;
}

bool hasMembers(std::string_view text) {
  bool all = true;
  return eachMember(text,
                    [&](std::string_view, std::string_view value) { all = all && canBeValue(value); }) &&
         all;
}

/// Takes a text apart from its beginning to its end.
class Sequence {
 public:
  explicit Sequence(std::string_view text) : text_(text), budget_(8 * text.size()) {}

  std::vector<Piece> pieces() {
    std::vector<Piece> all;
    for (auto at = afterBetween(text_, 0); at < text_.size();) {
      const auto piece = text_[at] == '{' ? objectAt(at) : otherAt(at);
      at = afterBetween(text_, at + piece.text.size());
      all.push_back({trimmed(piece.text), piece.isObject});
    }
    return all;
  }

 private:
  Piece objectAt(std::size_t at) {
    const auto rest = text_.substr(at);
    const auto part = rest.substr(0, seemingEnd(at) - at);
    std::size_t read = 0;
    auto size = objectSize(part, read);
    // Objects within a sound one end, too: then it is longer.
    if (size == 0 && part.size() < rest.size() && budget_ > 0) {
      size = objectSize(rest, read);
      budget_ -= std::min(budget_, read);
    }
    if (size > 0 && hasMembers(rest.substr(0, size))) return {rest.substr(0, size), true};
    return {rest.substr(0, size > 0 ? std::min(size, part.size()) : part.size()), false};
  }

  // Up to the next object.
  Piece otherAt(std::size_t at) const {
    auto end = at;
    if (text_[at] == '"') {
      const auto after = afterString(text_, at);
      if (after != std::string_view::npos && (after == text_.size() || isBetween(text_, after)))
        return {text_.substr(at, after - at), false};
    }
    end = std::min(text_.find('{', at), text_.size());
    while (end > at && isBetween(text_, end - 1)) --end;
    return {text_.substr(at, end - at), false};
  }

  // Where another object seems to begin behind `at`: after a "}", or at the beginning of a line.
  std::size_t seemingEnd(std::size_t at) {
    if (seemingEnd_ > at) return seemingEnd_;
    if (line_ <= at) line_ = std::min(text_.find("\n{", at), text_.size());
    const auto before = text_.substr(0, line_);
    for (auto close = before.find('}', at); close != std::string_view::npos;
         close = before.find('}', close + 1)) {
      const auto next = afterBetween(text_, close + 1);
      if (next < text_.size() && text_[next] == '{') return seemingEnd_ = close + 1;
    }
    return seemingEnd_ = line_;
  }

  std::string_view text_;
  std::size_t budget_;  // bytes that may be looked at again because objects do not end
  std::size_t seemingEnd_ = 0;
  std::size_t line_ = 0;  // the next line that begins with an object, seen from the last place asked about
};

}  // namespace

std::vector<Piece> piecesOf(std::string_view text) { return Sequence(text).pieces(); }

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
