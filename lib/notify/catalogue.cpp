#include "notify/catalogue.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "notify/embedded.hpp"
#include "notify/fill.hpp"

namespace arrivald::notify {

namespace {

void read(std::string_view file, Catalogue::Texts& texts) {
  const auto parsed = nlohmann::json::parse(file);
  for (const auto& [key, text] : parsed.items()) texts[key] = text.get<std::string>();
}

}  // namespace

Catalogue::Catalogue(Language language, std::initializer_list<std::string_view> files,
                     std::string_view patterns)
    : language_(language) {
  for (const auto file : files) read(file, texts_);
  if (!patterns.empty()) read(patterns, patterns_);
}

const Catalogue& Catalogue::of(Language language) {
  static const Catalogue japanese(
      Language::japanese, {catalogueJapanese(), commandsJapanese(), deskJapanese(), incidentsJapanese()},
      phrasesJapanese());
  static const Catalogue english(
      Language::english, {catalogueEnglish(), commandsEnglish(), deskEnglish(), incidentsEnglish()}, {});
  return language == Language::japanese ? japanese : english;
}

std::string Catalogue::text(std::string_view key, std::initializer_list<Filling> fillings) const {
  const auto found = texts_.find(key);
  if (found == texts_.end()) return fmt::format("[{}]", key);
  return fill(found->second, fillings);
}

std::string Catalogue::say(const Phrase& phrase) const {
  if (phrase.pattern().empty()) return phrase.verbatimText();
  std::vector<std::string> arguments;
  arguments.reserve(phrase.arguments().size());
  for (const auto& argument : phrase.arguments()) arguments.push_back(say(argument));
  const auto found = patterns_.find(phrase.pattern());
  return filled(found == patterns_.end() ? phrase.pattern() : std::string_view(found->second), arguments);
}

std::string Catalogue::duration(Duration duration) const {
  const auto seconds = std::chrono::round<std::chrono::seconds>(duration).count();
  if (seconds < 60) return text("unit.seconds", {{"n", std::to_string(seconds)}});
  const auto minutes = seconds / 60;
  if (minutes < 60) return text("unit.minutes", {{"n", std::to_string(minutes)}});
  const auto hours = minutes / 60;
  if (hours < 48) {
    if (minutes % 60 == 0) return text("unit.hours", {{"n", std::to_string(hours)}});
    return text("unit.hoursMinutes", {{"h", std::to_string(hours)}, {"m", std::to_string(minutes % 60)}});
  }
  constexpr std::int64_t kUnending = 10 * 365 * 24;  // what lasts so long is no number that anybody reads
  if (hours >= kUnending) return text("unit.years");
  if (hours % 24 == 0) return text("unit.days", {{"n", std::to_string(hours / 24)}});
  return text("unit.daysHours", {{"d", std::to_string(hours / 24)}, {"h", std::to_string(hours % 24)}});
}

std::string Catalogue::percent(double share) const {
  const double percent = share * 100;
  const double edge = std::min(std::abs(percent), std::abs(100 - percent));
  const int digits = edge == 0 ? 0 : edge < 0.1 ? 2 : 1;
  return fmt::format("{:.{}f} %", percent, digits);
}

std::string Catalogue::percentBeside(double share, double other) const {
  auto text = percent(share);
  // 98.00 % is no other number than 98.0 %.
  const auto shown = [](const std::string& words) { return std::strtod(words.c_str(), nullptr); };
  for (int digits = 2; digits <= 4 && share != other && shown(text) == shown(percent(other)); ++digits)
    text = fmt::format("{:.{}f} %", share * 100, digits);
  return text;
}

std::string Catalogue::number(double number) const {
  const auto whole = std::llround(number);
  auto digits = std::to_string(std::llabs(whole));
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return whole < 0 ? "-" + digits : digits;
}

std::string Catalogue::value(rules::Input input, double value) const {
  switch (rules::unit(input)) {
    case rules::Unit::share:
      return percent(value);
    case rules::Unit::mails:
      return text("unit.mails", {{"n", number(value)}});
    case rules::Unit::seconds:
      return duration(Duration(static_cast<Duration::rep>(value * 1000)));
    case rules::Unit::entries:
      return text("unit.entries", {{"n", number(value)}});
    case rules::Unit::events:
      return text("unit.events", {{"n", number(value)}});
    case rules::Unit::credits:
      return text("unit.credits", {{"n", number(value)}});
    case rules::Unit::points:
      return text("unit.points", {{"n", number(value)}});
  }
  return number(value);
}

std::string Catalogue::groupName(std::string_view name) const {
  const auto found = texts_.find(fmt::format("group.{}", name));
  return found == texts_.end() ? std::string(name) : found->second;
}

}  // namespace arrivald::notify
