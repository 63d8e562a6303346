#include "base/hide.hpp"

#include <algorithm>

namespace arrivald {
namespace {

constexpr std::string_view kHidden = "…";
// What no local part contains outside of quotes, nor what it is written as in JSON or a URL.
constexpr std::string_view kBefore = " \t\r\n\"<>(),:;[]{}";

struct AtSign {
  std::size_t begin = std::string_view::npos, size = 0;
};

// The first @ from `from` on, also an escaped one. In one pass: a search for each spelling would read the
// whole rest of a text for each @.
AtSign findAt(std::string_view text, std::size_t from) {
  for (auto at = text.find_first_of("@\\%", from); at != std::string_view::npos;
       at = text.find_first_of("@\\%", at + 1))
    for (const std::string_view spelling : {"@", "\\u0040", "\\U0040", "%40"})
      if (text.substr(at).starts_with(spelling)) return {at, spelling.size()};
  return {};
}

// Where the local part that ends at `end` begins, not before `from`.
std::size_t localBegin(std::string_view text, std::size_t from, std::size_t end) {
  if (end > from && text[end - 1] == '"') {
    // A quoted local part, in JSON between escaped quotes.
    const bool escaped = end - from >= 2 && text[end - 2] == '\\';
    const std::string_view quote = escaped ? "\\\"" : "\"";
    const auto inside = end - quote.size();
    const auto open = inside == 0 ? std::string_view::npos : text.rfind(quote, inside - 1);
    return open == std::string_view::npos || open < from ? from : open;
  }
  auto begin = end;
  while (begin > from && kBefore.find(text[begin - 1]) == std::string_view::npos) --begin;
  return begin;
}

// The value of a JSON member "email" need not look like an address.
std::string withoutEmailMembers(std::string_view text) {
  constexpr std::string_view kMember = "\"email\"";
  std::string out;
  for (auto at = text.find(kMember); at != std::string_view::npos; at = text.find(kMember)) {
    auto open = text.find_first_not_of(" \t\r\n:", at + kMember.size());
    if (open == std::string_view::npos || text[open] != '"') open = at + kMember.size() - 1;
    out += text.substr(0, open + 1);
    text.remove_prefix(open + 1);
    if (open == at + kMember.size() - 1) continue;
    std::size_t close = 0;
    while (close < text.size() && text[close] != '"') close += text[close] == '\\' ? 2U : 1U;
    const auto value = text.substr(0, close);
    // The domain of an address stays.
    const auto sign = findAt(value, 0);
    out += kHidden;
    if (sign.begin != std::string_view::npos) out += value.substr(sign.begin);
    text.remove_prefix(std::min(close, text.size()));
  }
  return out.append(text);
}

}  // namespace

std::string withoutAddresses(std::string_view text) {
  const auto members = withoutEmailMembers(text);
  const std::string_view rest = members;
  std::string out;
  std::size_t written = 0;
  for (auto sign = findAt(rest, 0); sign.begin != std::string_view::npos;
       sign = findAt(rest, sign.begin + sign.size)) {
    const auto begin = localBegin(rest, written, sign.begin);
    out += rest.substr(written, begin - written);
    if (begin < sign.begin) out += kHidden;
    out += rest.substr(sign.begin, sign.size);
    written = sign.begin + sign.size;
  }
  return out.append(rest.substr(written));
}

}  // namespace arrivald
