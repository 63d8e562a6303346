// release_paths: judges a request about an entry of a list, by rules that share nothing with its encoder.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sendgrid/release_target.hpp"

namespace arrivald::testing {

inline int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The path that a server acts on which decodes first, then cuts off query and fragment and resolves dots.
inline std::string resolved(std::string_view decoded) {
  decoded = decoded.substr(0, decoded.find_first_of("?#"));
  std::vector<std::string> segments;
  for (std::size_t begin = 0; begin <= decoded.size();) {
    const auto end = std::min(decoded.find_first_of("/\\", begin), decoded.size());
    const std::string segment(decoded.substr(begin, end - begin));
    begin = end + 1;
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string path;
  for (const auto& segment : segments) path += "/" + segment;
  return path;
}

/// What is wrong with a read or a deletion of `address`; empty if it is about that entry and nothing else.
inline std::string faultOf(const sendgrid::ReleaseCall& call, std::string_view address) {
  if (call.methodName() != "GET" && call.methodName() != "DELETE") return "another method";
  if (!call.body().empty()) return "it has a body";
  const auto& path = call.path();
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return "no path";
  const auto folder = path.substr(0, slash + 1);
  constexpr std::array kFolders = {"/v3/suppression/bounces/",        "/v3/suppression/blocks/",
                                   "/v3/suppression/invalid_emails/", "/v3/suppression/spam_reports/",
                                   "/v3/asm/suppressions/global/",    "/v3/asm/suppressions/",
                                   "/v3/asm/groups/4/suppressions/"};
  bool known = false;
  for (const auto* one : kFolders) known = known || folder == one;
  if (!known) return "another folder: " + folder;
  const auto segment = path.substr(slash + 1);
  if (segment.empty()) return "no address";
  std::string decoded;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const auto byte = static_cast<unsigned char>(segment[i]);
    if (byte <= ' ' || byte >= 0x7F) return "a byte that is not encoded";
    if (std::string_view("?#/\\;@*:&=+,\"'<>{}[]|^`").find(segment[i]) != std::string_view::npos)
      return "a delimiter that is not encoded";
    if (segment[i] != '%') {
      decoded += segment[i];
      continue;
    }
    if (i + 2 >= segment.size() || hexValue(segment[i + 1]) < 0 || hexValue(segment[i + 2]) < 0)
      return "a broken escape";
    decoded += static_cast<char>(hexValue(segment[i + 1]) * 16 + hexValue(segment[i + 2]));
    i += 2;
  }
  if (decoded != address) return "another address";
  if (decoded.find_first_not_of(" .\t\r\n") == std::string::npos) return "an empty address";
  const auto acted = resolved(folder + decoded);
  if (acted.size() <= folder.size() || acted.substr(0, folder.size()) != folder)
    return "once decoded, it is about " + acted;
  return "";
}

}  // namespace arrivald::testing
