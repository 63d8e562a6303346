#include "http/accept_language.hpp"

#include "http/message.hpp"

namespace arrivald::http {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Thousandths, as "0.8" and "1.000" have at most three digits; 0 for anything else.
int weightOf(std::string_view range) {
  const auto at = range.find("q=");
  if (at == std::string_view::npos) return 1000;
  const auto text = trimmed(range.substr(at + 2));
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * 1000;
  int digit = 100;
  for (std::size_t i = 2; i < text.size() && i < 5 && text[1] == '.'; ++i, digit /= 10) {
    if (text[i] < '0' || text[i] > '9') return 0;
    weight += (text[i] - '0') * digit;
  }
  return weight;
}

std::optional<Language> languageOf(std::string_view tag) {
  const auto primary = tag.substr(0, tag.find('-'));
  if (equalsWithoutCase(primary, "ja")) return Language::japanese;
  if (equalsWithoutCase(primary, "en")) return Language::english;
  return std::nullopt;
}

}  // namespace

std::optional<Language> preferredLanguage(std::string_view header) {
  std::optional<Language> preferred;
  int most = 0;
  while (!header.empty()) {
    const auto end = header.find(',');
    const auto range = header.substr(0, end);
    const auto language = languageOf(trimmed(range.substr(0, range.find(';'))));
    const auto weight = weightOf(range);
    if (language && weight > most) {
      preferred = language;
      most = weight;
    }
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
  }
  return preferred;
}

}  // namespace arrivald::http
