#include "desk/look_ups.hpp"

#include <algorithm>

#include "base/domain_name.hpp"
#include "base/lower.hpp"
#include "store/look_ups_table.hpp"

namespace arrivald::desk {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kMaxAskedBytes = 400;

// U+FF01 to U+FF5E, the full-width forms of ASCII, and the ideographic space.
std::string narrowed(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const bool isWide = at + 2 < text.size() && byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD);
    const bool isBlank = at + 2 < text.size() && byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80;
    if (isBlank) {
      out += ' ';
      at += 2;
      continue;
    }
    const unsigned code = isWide ? (byte(1) - 0xBCU) * 0x40U + byte(2) - 0x80U : 0;
    if (isWide && code >= 1 && code <= 0x5E) {
      out += static_cast<char>(0x20U + code);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

Asked readAsked(std::string_view typed) {
  if (typed.size() > kMaxAskedBytes) return {};
  const auto narrow = narrowed(typed);
  auto text = trimmed(narrow);
  // "Hanako <hanako@example.jp>"
  const auto open = text.rfind('<'), close = text.rfind('>');
  if (open != std::string_view::npos && close != std::string_view::npos && open < close)
    text = trimmed(text.substr(open + 1, close - open - 1));
  if (lower(text.substr(0, 7)) == "mailto:") text = trimmed(text.substr(7));
  if (text.empty() || text.find_first_of(" \t\r\n,;") != std::string_view::npos) return {};
  const auto at = text.rfind('@');
  if (at == std::string_view::npos)
    return text.find('.') == std::string_view::npos ? Asked{} : Asked{Asked::Of::domain, asciiDomain(text)};
  if (at == 0 && text.find('.') != std::string_view::npos)
    return {Asked::Of::domain, asciiDomain(text.substr(1))};
  if (at == 0 || at + 1 == text.size()) return {};
  const auto domain = text.substr(at + 1);
  const bool isAscii =
      std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return {Asked::Of::address,
          std::string(text.substr(0, at + 1)) + (isAscii ? std::string(domain) : asciiDomain(domain))};
}

void LookUps::storeShift(Duration step) { store::LookUpsTable(database_).shift(step); }

std::string LookUps::keep(const std::string& address) {
  const auto now = clock_.now();
  std::string key;
  const auto stored = database_.transact([&] {
    store::LookUpsTable table(database_);
    key = table.keyOf(address, now).value_or("");
    if (key.empty()) key = toHex(random_(kKeyBytes));
    table.put(key, address, now + kKept);
    table.keepNewest(kMaxKept);
  });
  if (stored) {
    unsaved_.clear();
    return key;
  }
  for (const auto& [known, of] : unsaved_)
    if (of == address) return known;
  if (unsaved_.size() >= kMaxUnsaved) unsaved_.clear();
  key = toHex(random_(kKeyBytes));
  unsaved_.insert_or_assign(key, address);
  return key;
}

std::optional<std::string> LookUps::find(std::string_view key) const {
  if (const auto found = unsaved_.find(key); found != unsaved_.end()) return found->second;
  std::optional<std::string> address;
  const auto now = clock_.now();
  static_cast<void>(database_.read([&] { address = store::LookUpsTable(database_).find(key, now); }));
  return address;
}

Done LookUps::prune() {
  return database_.transact([&] { store::LookUpsTable(database_).removeUntil(clock_.now()); });
}

}  // namespace arrivald::desk
