#include "desk/origin.hpp"

#include <algorithm>

#include "http/url.hpp"

namespace arrivald::desk {
namespace {

// Without its port; an IPv6 address without its brackets.
std::string_view nameOf(std::string_view host) {
  if (!host.empty() && host.front() == '[') return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool isLoopback(std::string_view name) {
  return name == "::1" || name == "127.0.0.1" || http::equalsWithoutCase(name, "localhost");
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

bool isOwnHost(std::string_view host, std::string_view url) {
  const auto name = nameOf(host);
  if (name.empty()) return false;
  if (isLoopback(name)) return true;
  const auto own = http::Url::parse(url);
  return own && http::equalsWithoutCase(own->host, name);
}

bool isGivenTwice(const http::Headers& headers, std::string_view name) {
  return std::ranges::count_if(
             headers, [&](const auto& field) { return http::equalsWithoutCase(field.first, name); }) > 1;
}

bool isSameOrigin(const http::Headers& headers) {
  if (const auto site = headers.find("Sec-Fetch-Site")) return *site == "same-origin";
  const auto origin = headers.find("Origin");
  const auto host = headers.find("Host");
  if (!origin || !host) return false;
  const auto scheme = origin->find("://");
  return scheme != std::string_view::npos && http::equalsWithoutCase(origin->substr(scheme + 3), *host);
}

bool isCrossSite(const http::Headers& headers) {
  const auto site = headers.find("Sec-Fetch-Site");
  return site && *site == "cross-site";
}

std::string localPath(std::string_view target) {
  const bool isPath = target.starts_with('/') && !target.starts_with("//") && target.size() <= 4096;
  const bool isClean = std::none_of(target.begin(), target.end(), [](char c) {
    return c == '\\' || static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
  });
  return isPath && isClean ? std::string(target) : "/";
}

std::string cookieNamed(const http::Headers& headers, std::string_view name) {
  for (const auto& [field, value] : headers) {
    if (!http::equalsWithoutCase(field, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const auto pair = trimmed(rest.substr(0, end));
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name)
        return std::string(pair.substr(equals + 1));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return {};
}

}  // namespace arrivald::desk
