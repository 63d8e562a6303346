#include "desk/proxy.hpp"

#include <algorithm>

namespace arrivald::desk {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxAddressBytes = 45;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool isAddress(std::string_view text) {
  return !text.empty() && text.size() <= kMaxAddressBytes &&
         text.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
}

Error denied(const char* why) { return {Error::Kind::denied, why}; }

}  // namespace

bool isProxy(const Proxies& proxies, std::string_view peer) {
  return std::find(proxies.peers.begin(), proxies.peers.end(), peer) != proxies.peers.end();
}

std::string addressOf(const Proxies& proxies, const http::Headers& headers, std::string_view peer) {
  if (!isProxy(proxies, peer)) return std::string(peer);
  std::string all;
  for (const auto& [name, value] : headers)
    if (http::equalsWithoutCase(name, "X-Forwarded-For")) all += (all.empty() ? "" : ",") + value;
  std::string_view rest = all;
  while (!rest.empty()) {
    const auto comma = rest.rfind(',');
    const auto one = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    if (!isAddress(one)) break;
    if (!isProxy(proxies, one)) return std::string(one);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
  }
  return std::string(peer);
}

Result<std::string> identityOf(const Proxies& proxies, const http::Headers& headers, std::string_view peer) {
  if (!isProxy(proxies, peer)) return denied("the request comes from a peer that is not in desk.proxy.peers");
  std::string_view found;
  std::size_t times = 0;
  for (const auto& [name, value] : headers) {
    if (!http::equalsWithoutCase(name, proxies.identityHeader)) continue;
    found = value;
    ++times;
  }
  if (times == 0) return denied("the proxy has sent no name of a user");
  if (times > 1) return denied("the proxy has sent the name of the user twice");
  if (found.empty() || found.size() > kMaxNameBytes)
    return denied("the name of the user is empty or too long");
  const bool isPlain = std::all_of(found.begin(), found.end(), [](char c) {
    return c != ',' && static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
  });
  if (!isPlain) return denied("the name of the user holds a comma, a blank or a control character");
  return std::string(found);
}

bool isSecureAtProxy(const Proxies& proxies, const http::Headers& headers, std::string_view peer) {
  const auto scheme = headers.find("X-Forwarded-Proto");
  return isProxy(proxies, peer) && scheme && *scheme == "https";
}

}  // namespace arrivald::desk
