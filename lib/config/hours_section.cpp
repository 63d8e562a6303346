// Holidays and office hours.
#include <fmt/format.h>

#include <algorithm>

#include "base/local_time.hpp"
#include "calendar/holidays.hpp"
#include "config/sections.hpp"

namespace arrivald::config {
namespace {

constexpr std::size_t kMaxHours = 20;

std::set<Date> ofAllYears(auto daysOfYear) {
  std::set<Date> all;
  for (int year = calendar::kFirstHolidayYear; year <= calendar::kLastHolidayYear; ++year)
    all.merge(daysOfYear(year));
  return all;
}

// "12-29"
std::optional<std::chrono::month_day> monthDay(std::string_view text) {
  constexpr std::string_view kLeapYear = "2028-";
  const auto date = parseDate(std::string(kLeapYear) + std::string(text));
  if (!date) return std::nullopt;
  const std::chrono::year_month_day parts(*date);
  return parts.month() / parts.day();
}

void readYearEnd(Reader& reader, Config& config, bool ofCountry) {
  std::string text;
  reader.text("year_end", text, 16);
  if (text == "off") return;
  std::optional<calendar::YearlySpan> span;
  if (!text.empty()) {
    const auto dots = text.find("..");
    const auto first = monthDay(text.substr(0, dots));
    const auto last = dots == std::string::npos ? std::nullopt : monthDay(text.substr(dots + 2));
    if (!first || !last)
      return reader.problem("year_end",
                            phrase("expected days such as 12-29..01-03, or off, found {}", shown(text)));
    span = calendar::YearlySpan{*first, *last};
  } else if (ofCountry) {
    span.emplace();
  }
  if (span) config.yearEnd = ofAllYears([&](int year) { return calendar::daysOf(*span, year); });
}

const std::vector<std::string> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// "mon-fri", "sat", also over the turn of the week: "sat-mon".
bool addDays(const std::string& text, std::array<bool, 7>& days) {
  const auto indexOf = [](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(kDays, name) - kDays.begin());
  };
  const auto dash = text.find('-');
  const auto first = indexOf(text.substr(0, dash));
  const auto last = dash == std::string::npos ? first : indexOf(text.substr(dash + 1));
  if (first >= kDays.size() || last >= kDays.size()) return false;
  for (auto day = first;; day = (day + 1) % kDays.size()) {
    days.at(day) = true;
    if (day == last) return true;
  }
}

void readDays(Reader& reader, calendar::Hours& hours) {
  std::vector<std::string> given;
  reader.texts("days", given, 7);
  if (given.empty()) return;
  hours.days = {};
  for (const auto& one : given)
    if (!addDays(one, hours.days))
      reader.problemAt(one, "days", phrase("expected days such as mon-fri or sat, found {}", shown(one)));
}

void readTimeOfDay(Reader& reader, std::string_view key, std::chrono::minutes& target) {
  std::string text;
  reader.text(key, text, 16);
  if (text.empty()) return;
  const auto time = parseTimeOfDay(text);
  if (time)
    target = *time;
  else
    reader.problem(key, phrase("expected a time such as \"08:30\", found {}", shown(text)));
}

void readClosed(Reader& reader, calendar::Hours& hours, const Config& config) {
  std::vector<std::string> given{"holidays", "year_end"};
  reader.texts("closed", given, 400);
  for (const auto& one : given) {
    if (one == "year_end") {
      hours.closed.insert(config.yearEnd.begin(), config.yearEnd.end());
    } else if (one == "holidays") {
      for (const auto date : config.holidays)
        if (!config.yearEnd.contains(date)) hours.closed.insert(date);
    } else if (const auto date = parseDate(one)) {
      hours.closed.insert(*date);
    } else {
      reader.problemAt(
          one, "closed",
          phrase("expected holidays, year_end or a date such as 2026-08-14, found {}", shown(one)));
    }
  }
}

}  // namespace

void readHolidays(Reader& root, Config& config) {
  const auto* node = root.section("holidays");
  if (!node || node->kind != Node::Kind::mapping) return root.dates("holidays", config.holidays);
  Reader reader(*node, "holidays", root.context());
  std::string country;
  reader.text("country", country, 16);
  const bool ofCountry = country == "jp";
  if (ofCountry)
    config.holidays = ofAllYears(calendar::japaneseHolidays);
  else if (!country.empty())
    reader.problem("country",
                   phrase("expected jp, found {}; name the days of others under also", shown(country)));
  readYearEnd(reader, config, ofCountry);
  config.holidays.insert(config.yearEnd.begin(), config.yearEnd.end());
  std::set<Date> also, except;
  reader.dates("also", also);
  reader.dates("except", except);
  config.holidays.insert(also.begin(), also.end());
  for (const auto date : except) {
    config.holidays.erase(date);
    config.yearEnd.erase(date);
  }
  reader.finish();
}

void readHours(Reader& root, Config& config) {
  const auto* node = root.section("hours");
  if (!node) return;
  if (node->kind != Node::Kind::mapping)
    return root.problem("hours",
                        phrase("expected names of hours, such as office: {from: \"08:30\", to: \"17:30\"}"));
  if (node->children.size() > kMaxHours)
    return root.problem("hours", phrase("expected at most {} hours", kMaxHours));
  for (const auto& child : node->children) {
    Reader reader(child, fmt::format("hours[{}]", child.key), root.context());
    if (!reader.usable()) continue;
    calendar::Hours hours;
    readDays(reader, hours);
    readTimeOfDay(reader, "from", hours.from);
    readTimeOfDay(reader, "to", hours.to);
    readClosed(reader, hours, config);
    if (hours.to <= hours.from) reader.problem("to", phrase("it closes before it opens"));
    reader.finish();
    config.hours.emplace(child.key, std::move(hours));
  }
}

}  // namespace arrivald::config
