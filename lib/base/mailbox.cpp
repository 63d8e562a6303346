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
  const auto at = out.rfind('@');
  if (at == std::string::npos) return out;
  std::string domain = out.substr(at + 1);
  std::string local = out.substr(0, at);
  if (local.size() >= 2 && local.front() == '"' && local.back() == '"')
    local = local.substr(1, local.size() - 2);
  std::erase(local, '\\');
  if (const auto tag = local.find('+'); tag != std::string::npos && tag > 0) local.erase(tag);
  if (domain == "googlemail.com") domain = "gmail.com";
  if (domain == "gmail.com") std::erase(local, '.');
  return local + '@' + domain;
}

bool isSameMailbox(std::string_view one, std::string_view other) {
  return !one.empty() && !other.empty() && canonicalMailbox(one) == canonicalMailbox(other);
}

}  // namespace arrivald
