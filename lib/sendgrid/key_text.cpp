#include "sendgrid/key_text.hpp"

#include <algorithm>

namespace arrivald::sendgrid {

bool hasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

std::string withoutKeys(std::string text, std::string_view key) {
  constexpr std::string_view kHidden = "…";
  constexpr std::string_view kPrefix = "SG.";  // of every key of SendGrid
  const auto isOfKey = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  };
  if (!key.empty())
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + kHidden.size()))
      text.replace(at, key.size(), kHidden);
  for (auto at = text.find(kPrefix); at != std::string::npos; at = text.find(kPrefix, at + kHidden.size())) {
    const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), isOfKey);
    text.replace(at, static_cast<std::size_t>(end - text.begin()) - at, kHidden);
  }
  return text;
}

}  // namespace arrivald::sendgrid
