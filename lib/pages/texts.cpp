#include "pages/texts.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "notify/catalogue.hpp"
#include "pages/embedded.hpp"

namespace arrivald::pages {

namespace {

constexpr std::string_view kShared = "desk.";

}  // namespace

Texts::Texts(std::string_view file, const notify::Catalogue& shared) {
  for (auto at = shared.texts().lower_bound(kShared); at != shared.texts().end(); ++at) {
    if (!at->first.starts_with(kShared)) break;
    texts_[at->first.substr(kShared.size())] = at->second;
  }
  const auto read = nlohmann::json::parse(file);
  for (const auto& [key, text] : read.items()) texts_[key] = text.get<std::string>();
}

const Texts& Texts::of(Language language) {
  static const Texts japanese(deskJapanese(), notify::Catalogue::of(Language::japanese));
  static const Texts english(deskEnglish(), notify::Catalogue::of(Language::english));
  return language == Language::japanese ? japanese : english;
}

std::string Texts::text(std::string_view key, std::initializer_list<notify::Filling> fillings) const {
  const auto found = texts_.find(key);
  return found == texts_.end() ? fmt::format("[{}]", key) : notify::fill(found->second, fillings);
}

std::string Texts::count(std::string_view key, std::int64_t n) const {
  const auto one = n == 1 ? fmt::format("{}.one", key) : std::string();
  return text(!one.empty() && has(one) ? std::string_view(one) : key, {{"n", numberText(n)}});
}

std::string numberText(std::int64_t number) {
  auto digits = std::to_string(number);
  const std::ptrdiff_t first = number < 0 ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > first; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace arrivald::pages
