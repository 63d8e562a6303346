#include "http/url.hpp"

#include <algorithm>
#include <cstdint>

namespace arrivald::http {
namespace {

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error invalid(Phrase what) {
  return Error::of(Error::Kind::invalid, phrase("not an http or https address: {}", std::move(what)));
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    url.secure = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return invalid(phrase("it must begin with https:// or http://"));
  }
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F)
      return invalid(phrase("it contains a space or a control character"));
  const auto end = text.find_first_of("/?#");
  auto authority = text.substr(0, end);
  if (end != std::string_view::npos) {
    auto rest = text.substr(end);
    rest = rest.substr(0, rest.find('#'));
    url.target = rest.starts_with("/") ? std::string(rest) : "/" + std::string(rest);
  } else {
    url.target = "/";
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.credentials = percentDecode(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with("[")) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos)
      return invalid(phrase("the bracket of the IPv6 address is not closed"));
    url.host = authority.substr(1, close - 1);
    const auto rest = authority.substr(close + 1);
    if (!rest.empty() && rest[0] != ':')
      return invalid(phrase("after the IPv6 address comes :port or nothing"));
    port = rest.empty() ? rest : rest.substr(1);
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
  }
  if (url.host.empty()) return invalid(phrase("it has no host"));
  unsigned number = 0;
  for (const char c : port) {
    if (c < '0' || c > '9' || number > 65535)
      return invalid(phrase("the port is not a number from 1 to 65535"));
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (!port.empty() && (number == 0 || number > 65535))
    return invalid(phrase("the port is not a number from 1 to 65535"));
  url.port = port.empty() ? (url.secure ? "443" : "80") : std::string(port);
  return url;
}

std::string Url::hostHeader() const {
  const auto shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (secure ? "443" : "80") ? shown : shown + ":" + port;
}

std::string takeCredentials(std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return {};
  const auto begin = scheme + 3, end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto at = end > begin ? url.rfind('@', end - 1) : std::string::npos;
  if (at == std::string::npos || at < begin) return {};
  auto credentials = percentDecode(std::string_view(url).substr(begin, at - begin));
  url.erase(begin, at + 1 - begin);
  return credentials;
}

std::string percentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool unreserved = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string percentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? hexValue(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) out += kDigits[group >> (18 - 6 * j) & 63];
  }
  // Padding: one = if the last group has two bytes, two if it has one.
  const auto rest = bytes.size() % 3;
  for (std::size_t j = 0; rest != 0 && j < 3 - rest; ++j) out[out.size() - 1 - j] = '=';
  return out;
}

std::string fromBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int digit = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (digit < 0) return "";
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) out += static_cast<char>(group >> (bits -= 8) & 0xFF);
  }
  return out;
}

}  // namespace arrivald::http
