#include "base/mailbox.hpp"

#include <algorithm>

namespace arrivald {
namespace {

constexpr std::size_t kMaxBytes = 320;  // RFC 5321 allows 254: what is longer need only be distinct

bool isBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string canonicalMailbox(std::string_view address) {
  while (!address.empty() && (isBlank(address.front()) || address.front() == '<')) address.remove_prefix(1);
  while (!address.empty() && (isBlank(address.back()) || address.back() == '>' || address.back() == '.'))
    address.remove_suffix(1);
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
