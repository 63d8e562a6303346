#include "sheet/cell.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace arrivald::sheet {
namespace {

using std::string_view;

// Characters whose compatibility form (NFKC) is = + - or @, and the prolonged sound mark, which Japanese
// input methods put for a minus.
constexpr std::array kFormulaSigns = {string_view("="),      string_view("+"),      string_view("-"),
                                      string_view("@"),      string_view("\uFF1D"), string_view("\uFF0B"),
                                      string_view("\uFF0D"), string_view("\uFF20"), string_view("\uFE66"),
                                      string_view("\uFE62"), string_view("\uFE63"), string_view("\uFE6B"),
                                      string_view("\u207C"), string_view("\u207A"), string_view("\u207B"),
                                      string_view("\u208C"), string_view("\u208A"), string_view("\u208B"),
                                      string_view("\u2212"), string_view("\u30FC"), string_view("\uFF70")};
constexpr std::array kBlanks = {string_view(" "),      string_view("\r"),     string_view("\n"),
                                string_view("\u00A0"), string_view("\u3000"), string_view("\u200B"),
                                string_view("\u2060"), string_view("\uFEFF")};

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::string cellText(string_view text) {
  // A character takes one UTF-16 unit for up to three bytes, two units for four bytes.
  auto out = repairUtf8(cutUtf8(text, kMaxCharacters * 3));
  std::ranges::replace_if(out, isControl, ' ');
  std::size_t units = 0, at = 0;
  while (at < out.size()) {
    const auto byte = static_cast<unsigned char>(out[at]);
    const std::size_t size = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    units += size == 4 ? 2 : 1;
    if (units > kMaxCharacters) break;
    at += size;
  }
  out.resize(std::min(at, out.size()));
  return out;
}

bool looksLikeFormula(string_view text) {
  for (;;) {
    if (text.starts_with('\t')) return true;
    const auto blank = std::ranges::find_if(kBlanks, [&](string_view one) { return text.starts_with(one); });
    if (blank == kBlanks.end()) break;
    text.remove_prefix(blank->size());
  }
  return std::ranges::any_of(kFormulaSigns, [&](string_view sign) { return text.starts_with(sign); });
}

std::string csvField(string_view text) {
  std::string out = looksLikeFormula(text) ? "\"'" : "\"";
  for (const char c : cellText(text)) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace arrivald::sheet
