#include "suppression/period.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace arrivald::suppression {
namespace {

using std::chrono::days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 5> kPresets = {"today", "yesterday", "7d", "month", "undated"};
constexpr std::array<std::string_view, 4> kMends = {"period.unreadable", "period.swapped", "period.future",
                                                    "period.too_long"};
constexpr days kUsual{7};
constexpr days kMaxLength{731};

struct Spelling {
  std::string_view text, plain;
};
constexpr std::array<Spelling, 21> kPlain = {
    {{"０", "0"}, {"１", "1"}, {"２", "2"}, {"３", "3"}, {"４", "4"}, {"５", "5"}, {"６", "6"},
     {"７", "7"}, {"８", "8"}, {"９", "9"}, {"／", "/"}, {"－", "/"}, {"．", "/"}, {"年", "/"},
     {"月", "/"}, {"日", ""},  {"-", "/"},  {".", "/"},  {"　", ""},  {" ", ""},   {"\t", ""}}};

// Digits and slashes; any other character is kept, and makes the date unreadable.
std::string plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto found = std::ranges::find_if(
        kPlain, [&](const Spelling& spelling) { return text.starts_with(spelling.text); });
    if (found == kPlain.end()) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += found->plain;
      text.remove_prefix(found->text.size());
    }
  }
  return out;
}

// The numbers between slashes; nothing if there is anything else, or a number of more than eight digits.
std::optional<std::vector<int>> numbersOf(std::string_view text) {
  std::vector<int> numbers;
  int number = 0;
  std::size_t digits = 0;
  for (const char c : std::string(text) + "/") {
    if (c == '/') {
      if (digits == 0 || digits > 8) return std::nullopt;
      numbers.push_back(number);
      number = 0;
      digits = 0;
    } else if (c >= '0' && c <= '9' && digits < 9) {
      number = number * 10 + (c - '0');
      ++digits;
    } else {
      return std::nullopt;
    }
  }
  return numbers;
}

std::optional<Date> dateFrom(int year, int month, int day) {
  if (year < 1970 || year > 9999 || month < 1 || day < 1) return std::nullopt;
  const auto date = year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return Date(date);
}

std::optional<Date> dateOf(std::string_view typed, Date today) {
  const auto numbers = numbersOf(plain(typed));
  if (!numbers) return std::nullopt;
  const auto& n = *numbers;
  if (n.size() == 3) return dateFrom(n[0], n[1], n[2]);
  if (n.size() == 1) return dateFrom(n[0] / 10'000, n[0] / 100 % 100, n[0] % 100);
  if (n.size() != 2) return std::nullopt;
  // 29 February may be up to eight years back.
  const int thisYear = static_cast<int>(year_month_day(today).year());
  for (int year = thisYear; year > thisYear - 9; --year)
    if (const auto date = dateFrom(year, n[0], n[1]); date && *date <= today) return date;
  return std::nullopt;
}

Period between(Date first, Date last, const TimeZone& zone) {
  Period period;
  period.first = first;
  period.last = last;
  period.from = zone.startOf(first);
  period.to = zone.startOf(last + days(1));
  return period;
}

Period ofPreset(Preset preset, Date today, const TimeZone& zone) {
  Date first = today, last = today;
  if (preset == Preset::yesterday) first = last = today - days(1);
  if (preset == Preset::sevenDays) first = today - kUsual + days(1);
  if (preset == Preset::undated) first = last = zone.dateOf(Instant{});
  if (preset == Preset::month) {
    const year_month_day date(today);
    first = Date(year_month_day(date.year(), date.month(), std::chrono::day(1)));
  }
  auto period = between(first, last, zone);
  period.preset = preset;
  return period;
}

bool isBlank(std::string_view text) { return plain(text).empty(); }

}  // namespace

std::string_view name(Preset preset) { return kPresets[static_cast<std::size_t>(preset)]; }
std::string_view name(PeriodMend mend) { return kMends[static_cast<std::size_t>(mend)]; }

std::optional<Preset> presetNamed(std::string_view wanted) {
  for (std::size_t i = 0; i < kPresets.size(); ++i)
    if (kPresets[i] == wanted) return static_cast<Preset>(i);
  return std::nullopt;
}

Period periodOf(const PeriodAsked& asked, const TimeZone& zone, Instant now) {
  const auto today = zone.dateOf(now);
  if (isBlank(asked.from) && isBlank(asked.to))
    return ofPreset(presetNamed(asked.period).value_or(Preset::sevenDays), today, zone);
  const auto from = isBlank(asked.from) ? std::nullopt : dateOf(asked.from, today);
  const auto to = isBlank(asked.to) ? std::optional(today) : dateOf(asked.to, today);
  if (!to || (!from && !isBlank(asked.from))) {
    auto usual = ofPreset(Preset::sevenDays, today, zone);
    usual.mended.push_back(PeriodMend::unreadable);
    return usual;
  }
  auto first = from.value_or(*to - kUsual + days(1)), last = *to;
  std::vector<PeriodMend> mended;
  // A beginning that has not come yet is no reason to swap it with the end that was not typed.
  if (last < first && !isBlank(asked.to)) {
    std::swap(first, last);
    mended.push_back(PeriodMend::swapped);
  }
  if (first > today || last > today) {
    first = std::min(first, today);
    last = std::min(last, today);
    mended.push_back(PeriodMend::future);
  }
  if (last - first >= kMaxLength) {
    first = last - kMaxLength + days(1);
    mended.push_back(PeriodMend::tooLong);
  }
  auto period = between(first, last, zone);
  period.mended = std::move(mended);
  return period;
}

Period before(const Period& period, const TimeZone& zone) {
  const auto length = period.last - period.first + days(1);
  return between(period.first - length, period.last - length, zone);
}

}  // namespace arrivald::suppression
