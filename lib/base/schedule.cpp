#include "base/schedule.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace arrivald {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

struct Field {
  std::string_view name;
  unsigned least;
  unsigned most;
  std::string_view names;  // three letters each, the first standing for `least`
};
constexpr Field kMinute{"minute", 0, 59, ""};
constexpr Field kHour{"hour", 0, 23, ""};
constexpr Field kDay{"day of the month", 1, 31, ""};
constexpr Field kMonth{"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"};
constexpr Field kWeekday{"day of the week", 0, 7, "sunmontuewedthufrisat"};

Error invalid(const Field& field, std::string_view text, std::string_view what) {
  return {Error::Kind::invalid,
          fmt::format("cron field \"{}\" ({}): {}", text.substr(0, 40), field.name, what)};
}

std::optional<unsigned> valueOf(const Field& field, std::string_view text) {
  if (text.size() == 3 && !field.names.empty()) {
    std::string small;
    for (const char c : text) small += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    for (std::size_t i = 0; i < field.names.size(); i += 3)
      if (field.names.substr(i, 3) == small) return field.least + static_cast<unsigned>(i / 3);
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < field.least || value > field.most)
    return std::nullopt;
  return value;
}

// One bit for each value the field allows.
Result<std::uint64_t> parseField(const Field& field, std::string_view text) {
  std::uint64_t bits = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto comma = std::min(text.find(',', begin), text.size());
    auto part = text.substr(begin, comma - begin);
    begin = comma + 1;
    unsigned step = 1;
    const auto slash = part.find('/');
    if (slash != std::string_view::npos) {
      const auto digits = part.substr(slash + 1);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
      if (error != std::errc() || end != digits.data() + digits.size() || step == 0 || step > field.most)
        return invalid(field, text, fmt::format("after / comes a step from 1 to {}", field.most));
      part = part.substr(0, slash);
    }
    unsigned from = field.least, to = field.most;
    if (part != "*") {
      const auto dash = part.find('-');
      const auto first = valueOf(field, part.substr(0, dash));
      const auto last = dash == std::string_view::npos ? first : valueOf(field, part.substr(dash + 1));
      if (!first || !last)
        return invalid(field, text,
                       fmt::format("expected *, or values from {} to {}", field.least, field.most));
      if (*first > *last) return invalid(field, text, "a range goes from the smaller to the greater value");
      from = *first;
      to = dash == std::string_view::npos && slash != std::string_view::npos ? field.most : *last;
    }
    for (unsigned value = from; value <= to; value += step) bits |= std::uint64_t{1} << value;
  }
  return bits;
}

bool bit(std::uint64_t bits, unsigned position) { return (bits >> position & 1) != 0; }

std::string_view spelledOut(std::string_view expression) {
  if (expression == "@hourly") return "0 * * * *";
  if (expression == "@daily" || expression == "@midnight") return "0 0 * * *";
  if (expression == "@weekly") return "0 0 * * 0";
  if (expression == "@monthly") return "0 0 1 * *";
  return expression;
}

// A leap day on a given weekday can be 40 years away.
constexpr int kDaysSearched = 366 * 41;

}  // namespace

Schedule Schedule::every(Duration period, double jitter) {
  Schedule schedule;
  schedule.period_ = std::max<Duration>(period, std::chrono::seconds(1));
  schedule.jitter_ = jitter;
  return schedule;
}

Result<Schedule> Schedule::cron(std::string_view expression, const TimeZone& zone) {
  const auto text = spelledOut(expression);
  std::array<std::string_view, 5> fields;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t", begin), text.size());
    if (count < fields.size()) fields[count] = text.substr(begin, at - begin);
    ++count;
  }
  if (count != fields.size())
    return Error{
        Error::Kind::invalid,
        fmt::format(
            "\"{}\" is no cron expression: it has {} fields, not five (minute hour day month weekday)",
            expression.substr(0, 60), count)};
  const auto minute = parseField(kMinute, fields[0]);
  if (!minute) return minute.error();
  const auto hour = parseField(kHour, fields[1]);
  if (!hour) return hour.error();
  const auto day = parseField(kDay, fields[2]);
  if (!day) return day.error();
  const auto month = parseField(kMonth, fields[3]);
  if (!month) return month.error();
  const auto weekday = parseField(kWeekday, fields[4]);
  if (!weekday) return weekday.error();

  Schedule schedule;
  schedule.cron_ = true;
  schedule.expression_ = expression;
  schedule.zone_ = zone;
  schedule.minutes_ = *minute;
  schedule.hours_ = static_cast<std::uint32_t>(*hour);
  schedule.days_ = static_cast<std::uint32_t>(*day);
  schedule.months_ = static_cast<std::uint16_t>(*month);
  schedule.weekdays_ = static_cast<std::uint8_t>((*weekday & 0x7F) | (bit(*weekday, 7) ? 1 : 0));
  schedule.everyHour_ = *hour == (1U << 24) - 1;
  schedule.everyDay_ = fields[2].starts_with("*");
  schedule.everyWeekday_ = fields[4].starts_with("*");
  bool possible = false;
  const Date leapYear{days(10957)};  // 2000-01-01: a leap year has every date there is
  for (int i = 0; i < 366 && !possible; ++i)
    possible = schedule.dayMatches(leapYear + days(i)) || !schedule.everyWeekday_;
  if (!possible)
    return Error{Error::Kind::invalid,
                 fmt::format("\"{}\" never comes: that month has no such day", expression.substr(0, 60))};
  return schedule;
}

bool Schedule::dayMatches(Date date) const {
  const std::chrono::year_month_day day{date};
  if (!bit(months_, static_cast<unsigned>(day.month()))) return false;
  const bool monthDay = bit(days_, static_cast<unsigned>(day.day()));
  const bool weekDay = bit(weekdays_, std::chrono::weekday(date).c_encoding());
  // Both restricted: either will do. Otherwise the one that is not * decides.
  return everyDay_ || everyWeekday_ ? monthDay && weekDay : monthDay || weekDay;
}

Instant Schedule::next(Instant after, double random) const {
  if (cron_) return nextCron(after);
  const auto shift = static_cast<double>(period_.count()) * jitter_ * (random - 0.5);
  return after + period_ + Duration(static_cast<Duration::rep>(shift));
}

Instant Schedule::nextCron(Instant after) const {
  const auto local = zone_.local(after);
  auto date = std::chrono::floor<days>(local) - days(1);
  std::optional<Instant> best;
  for (int searched = 0; searched < kDaysSearched; ++searched, date += days(1)) {
    // Offsets differ by hours, so a day's runs cannot come before those of two days earlier.
    if (best && zone_.startOf(date) > *best) break;
    if (!dayMatches(date)) continue;
    for (unsigned hour = 0; hour < 24; ++hour) {
      if (!bit(hours_, hour)) continue;
      for (unsigned minute = 0; minute < 60; ++minute) {
        if (!bit(minutes_, minute)) continue;
        const auto reading = zone_.instantsAt(date + hours(hour) + minutes(minute));
        // In a gap `first` is the moment it ends. With * for the hour the runs after it come anyway.
        if (reading.count == 0 && everyHour_) continue;
        if (reading.first > after && (!best || reading.first < *best)) best = reading.first;
        if (reading.count == 2 && everyHour_ && reading.second > after && (!best || reading.second < *best))
          best = reading.second;
      }
    }
  }
  // parse() has made sure that there is one; a century without it would be a bug of the zone's rules.
  return best.value_or(after + days(366));
}

Duration Schedule::period(Instant now) const {
  if (!cron_) return period_;
  const auto first = nextCron(now);
  return nextCron(first) - first;
}

std::string Schedule::text() const {
  return cron_ ? fmt::format("at {} ({})", expression_, zone_.name())
               : fmt::format("every {}", toText(period_));
}

}  // namespace arrivald
