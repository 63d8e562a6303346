#include "dmarc/dns_records.hpp"

#include <algorithm>

#include "base/lower.hpp"
#include "mime/text.hpp"
#include "mime/transfer_encoding.hpp"

namespace arrivald::dmarc {
namespace {

constexpr std::size_t kMaxTerms = 200;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (parts.size() < kMaxTerms) {
    const auto end = text.find(at);
    parts.push_back(mime::trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

struct Tag {
  std::string name;
  std::string_view value;
};

// "v=DMARC1; p=none;": the first of each name. An empty part ends the list or is a slip of the pen.
std::vector<Tag> tagsOf(std::string_view text) {
  std::vector<Tag> tags;
  for (const auto part : split(text, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    auto name = lower(mime::trimmed(part.substr(0, equals)));
    if (std::ranges::find(tags, name, &Tag::name) == tags.end())
      tags.push_back({std::move(name), mime::trimmed(part.substr(equals + 1))});
  }
  return tags;
}

std::string_view valueOf(const std::vector<Tag>& tags, std::string_view name) {
  const auto found = std::ranges::find(tags, name, &Tag::name);
  return found == tags.end() ? std::string_view() : found->value;
}

// The version is the first tag, and is spelt exactly so.
bool isDmarc(std::string_view text) {
  const auto tags = tagsOf(text);
  return !tags.empty() && tags.front().name == "v" && tags.front().value == "DMARC1";
}

bool isPolicy(std::string_view text) { return text == "none" || text == "quarantine" || text == "reject"; }

// "mailto:a@host!10m": the host. Others than mailto: nobody sends to.
std::string hostOf(std::string_view uri) {
  constexpr std::string_view kScheme = "mailto:";
  if (lower(uri.substr(0, kScheme.size())) != kScheme) return {};
  const auto at = uri.rfind('@');
  if (at == std::string_view::npos) return {};
  auto host = lower(uri.substr(at + 1));
  if (const auto end = host.find('!'); end != std::string::npos) host.resize(end);
  return host;
}

// Of a SubjectPublicKeyInfo the length tells how long the number in it is: 162 bytes for 1024 bits.
constexpr std::size_t kBytesOf1024Bits = 158;

KeyState keyStateOf(const std::vector<Tag>& tags) {
  const auto found = std::ranges::find(tags, "p", &Tag::name);
  if (found == tags.end()) return KeyState::broken;
  if (found->value.empty()) return KeyState::revoked;
  const auto isBase64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=' || c == ' ' || c == '\t';
  };
  if (!std::ranges::all_of(found->value, isBase64)) return KeyState::broken;
  const auto bytes = mime::decoded(found->value, mime::TransferEncoding::base64);
  const auto kind = lower(valueOf(tags, "k"));
  if (kind == "ed25519") return bytes.size() == 32 ? KeyState::fine : KeyState::broken;
  if (!kind.empty() && kind != "rsa") return KeyState::broken;
  return bytes.size() >= kBytesOf1024Bits ? KeyState::fine : KeyState::weak;
}

bool isSpf(std::string_view text) {
  constexpr std::string_view kVersion = "v=spf1";
  return lower(text.substr(0, kVersion.size())) == kVersion &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

// A term of SPF without its qualifier, "include:_spf.example.jp": counted, if it asks the name servers.
void readTerm(std::string_view term, SpfRecord& record, std::string& redirect) {
  if (!term.empty() && std::string_view("+-~?").find(term.front()) != std::string_view::npos)
    term.remove_prefix(1);
  const auto end = term.find_first_of(":=/");
  const auto name = lower(term.substr(0, end));
  const auto value = end == std::string_view::npos ? std::string_view() : term.substr(end + 1);
  const bool known = name == "a" || name == "mx" || name == "ptr" || name == "exists" || name == "include" ||
                     name == "redirect";
  if (!known) {
    if (name != "all" && name != "ip4" && name != "ip6" && name != "exp" &&
        (end == std::string_view::npos || term[end] != '='))
      record.state = RecordState::broken;
    return;
  }
  ++record.lookups;
  if (value.find('%') != std::string_view::npos) return;
  if (name == "include") record.includes.push_back(lower(value));
  if (name == "redirect") redirect = lower(value);
}

// The one text that is such a record; null, and `state` says why, where there is none or more than one.
const std::string* theOnly(const std::vector<std::string>& texts, bool (*isRecord)(std::string_view),
                           RecordState& state) {
  const std::string* only = nullptr;
  for (const auto& text : texts) {
    if (!isRecord(text)) continue;
    state = only == nullptr ? RecordState::one : RecordState::several;
    only = &text;
  }
  return state == RecordState::one ? only : nullptr;
}

}  // namespace

DmarcRecord readDmarcRecord(const std::vector<std::string>& texts) {
  DmarcRecord record;
  const auto* only = theOnly(texts, isDmarc, record.state);
  if (only == nullptr) return record;
  const auto tags = tagsOf(*only);
  record.p = lower(valueOf(tags, "p"));
  record.sp = lower(valueOf(tags, "sp"));
  record.np = lower(valueOf(tags, "np"));
  for (const auto uri : split(valueOf(tags, "rua"), ',')) {
    auto host = hostOf(uri);
    if (host.empty()) continue;
    record.asks = true;
    if (std::ranges::find(record.reportHosts, host) == record.reportHosts.end())
      record.reportHosts.push_back(std::move(host));
  }
  // Without a policy it counts as p=none where it asks for reports, and else not at all.
  if (!isPolicy(record.p)) {
    if (record.p.empty() && record.asks)
      record.p = "none";
    else
      record.state = RecordState::broken;
  }
  return record;
}

bool takesReports(const std::vector<std::string>& texts) { return std::ranges::any_of(texts, isDmarc); }

KeyState readDkimKey(const std::vector<std::string>& texts) {
  auto state = KeyState::none;
  for (const auto& text : texts) {
    const auto tags = tagsOf(text);
    if (std::ranges::find(tags, "p", &Tag::name) == tags.end()) continue;
    const auto version = valueOf(tags, "v");
    const auto of = version.empty() || version == "DKIM1" ? keyStateOf(tags) : KeyState::broken;
    if (state == KeyState::none || of == KeyState::fine) state = of;
  }
  return state;
}

SpfRecord readSpfRecord(const std::vector<std::string>& texts) {
  SpfRecord record;
  const auto* only = theOnly(texts, isSpf, record.state);
  if (only == nullptr) return record;
  std::string redirect;
  for (const auto term : split(*only, ' '))
    if (!term.empty() && !isSpf(term)) readTerm(term, record, redirect);
  if (!redirect.empty()) record.includes.push_back(std::move(redirect));
  return record;
}

}  // namespace arrivald::dmarc
