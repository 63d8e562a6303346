#include "base/mailbox.hpp"

#include <algorithm>

namespace arrivald {
namespace {

constexpr std::size_t kMaxBytes = 320;  // RFC 5321 allows 254: what is longer need only be distinct

bool isBlank(char c) { return c == ' ' || c == '\t'; }

// The first < that no quotation marks enclose, with an address after it: what comes before is a name.
std::size_t nameEnd(std::string_view text) {
  bool isQuoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      isQuoted = !isQuoted;
    } else if (text[i] == '<' && !isQuoted) {
      return text.find('@', i) == std::string_view::npos ? std::string_view::npos : i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view addressIn(std::string_view text) {
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  if (!text.empty() && text.back() == '>')
    if (const auto end = nameEnd(text); end != std::string_view::npos) text.remove_prefix(end + 1);
  while (!text.empty() && (isBlank(text.front()) || text.front() == '<')) text.remove_prefix(1);
  while (!text.empty() && (isBlank(text.back()) || text.back() == '>' || text.back() == '.'))
    text.remove_suffix(1);
  return text;
}

std::string canonicalMailbox(std::string_view address) {
  address = addressIn(address);
  std::string out(address.substr(0, kMaxBytes));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  // In place, since each event's address passes here. `at` stays the place of the @.
  auto at = out.rfind('@');
  if (at == std::string::npos) return out;
  const auto removeFromLocal = [&](char unwanted) {
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(at);
    const auto kept = std::remove(out.begin(), end, unwanted);
    at = static_cast<std::size_t>(kept - out.begin());
    out.erase(kept, end);
  };
  if (at >= 2 && out[0] == '"' && out[at - 1] == '"') {
    out.erase(at - 1, 1).erase(0, 1);
    at -= 2;
  }
  removeFromLocal('\\');
  if (const auto tag = out.find('+'); tag > 0 && tag < at) {
    out.erase(tag, at - tag);
    at = tag;
  }
  if (std::string_view(out).substr(at) == "@googlemail.com") out.replace(at + 1, 10, "gmail");
  if (std::string_view(out).substr(at) == "@gmail.com") removeFromLocal('.');
  return out;
}

bool isSameMailbox(std::string_view one, std::string_view other) {
  return !one.empty() && !other.empty() && canonicalMailbox(one) == canonicalMailbox(other);
}

}  // namespace arrivald
