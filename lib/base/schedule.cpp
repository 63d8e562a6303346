#include "base/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace arrivald {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

struct Field {
  Pattern name;
  unsigned min;
  unsigned max;
  unsigned greatest;       // the last value of *: 7 as a weekday is a second spelling of Sunday
  std::string_view names;  // three letters each; the first stands for `min`
  Pattern expected;        // the range of values, for error messages
};
constexpr std::array<Field, 5> kFields{{
    {pattern("minute"), 0, 59, 59, "", pattern("0 to 59")},
    {pattern("hour"), 0, 23, 23, "", pattern("0 to 23")},
    {pattern("day of the month"), 1, 31, 31, "", pattern("1 to 31")},
    {pattern("month"), 1, 12, 12, "janfebmaraprmayjunjulaugsepoctnovdec", pattern("1 to 12 or jan to dec")},
    {pattern("day of the week"), 0, 7, 6, "sunmontuewedthufrisat", pattern("0 to 7 or sun to sat")},
}};

constexpr std::size_t kLongestExpression = 200;
constexpr std::uint32_t kEveryHour = (1U << 24) - 1;

// 29 February on a given weekday can be 40 years ahead (2072 to 2112).
constexpr int kDaysSearched = 366 * 41;
// Every possible combination of month, day and weekday occurs within the first 28 years of this century.
constexpr Date kFirstPossible{days(11323)};  // 2001-01-01
constexpr int kDaysPossible = 28 * 366;

Error invalid(Phrase what) { return Error::of(Error::Kind::invalid, std::move(what)); }

Error wrong(const Field& field, std::string_view text, Phrase expected) {
  return invalid(phrase("cron field \"{}\" ({}): expected {}", text.substr(0, 40), phrase(field.name),
                        std::move(expected)));
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

std::optional<unsigned> valueOf(const Field& field, std::string_view text) {
  if (text.size() == 3) {
    std::string small;
    for (const char c : text) small += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    for (std::size_t i = 0; i < field.names.size(); i += 3)
      if (field.names.substr(i, 3) == small) return field.min + static_cast<unsigned>(i / 3);
  }
  const auto value = number(text);
  if (!value || *value < field.min || *value > field.max) return std::nullopt;
  return value;
}

// Sets bit n for each value n that the field allows.
Result<std::uint64_t> parseField(const Field& field, std::string_view text) {
  std::uint64_t bits = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto comma = std::min(text.find(',', begin), text.size());
    auto part = text.substr(begin, comma - begin);
    begin = comma + 1;

    unsigned step = 1;
    const auto slash = part.find('/');
    if (slash != std::string_view::npos) {
      const auto given = number(part.substr(slash + 1));
      if (!given || *given == 0 || *given > field.max)
        return wrong(field, text, phrase("a step from 1 to {} after /", field.max));
      step = *given;
      part = part.substr(0, slash);
    }

    unsigned from = field.min;
    unsigned to = field.greatest;
    if (part != "*") {
      const auto dash = part.find('-');
      const bool range = dash != std::string_view::npos;
      const auto first = valueOf(field, part.substr(0, dash));
      const auto last = range ? valueOf(field, part.substr(dash + 1)) : first;
      if (!first || !last)
        return wrong(field, text, phrase("*, a value ({}), a range or a list", phrase(field.expected)));
      if (*first > *last) return wrong(field, text, phrase("a range from the smaller to the greater value"));
      from = *first;
      if (range || slash == std::string_view::npos) to = *last;
    }
    for (unsigned value = from; value <= to; value += step) bits |= std::uint64_t{1} << value;
  }
  return bits;
}

bool bit(std::uint64_t bits, unsigned position) { return (bits >> position & 1) != 0; }

struct Nickname {
  std::string_view name;
  std::string_view expression;
};
constexpr Nickname kNicknames[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
};

}  // namespace

Schedule Schedule::every(Duration period, double jitter) {
  Schedule schedule;
  schedule.period_ = std::max<Duration>(period, std::chrono::seconds(1));
  schedule.jitter_ = std::clamp(jitter, 0.0, 0.5);
  return schedule;
}

Result<Schedule> Schedule::cron(std::string_view expression, const TimeZone& zone) {
  if (expression.size() > kLongestExpression)
    return invalid(phrase("a cron expression has at most {} characters", kLongestExpression));
  auto text = expression;
  if (expression.starts_with('@')) {
    const auto* const found = std::ranges::find(kNicknames, expression, &Nickname::name);
    if (found == std::end(kNicknames))
      return invalid(phrase("\"{}\" is not known: expected @hourly, @daily, @weekly, @monthly or @yearly",
                            expression.substr(0, 40)));
    text = found->expression;
  }

  std::array<std::string_view, kFields.size()> given;
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(" \t", at), text.size());
    if (count < given.size()) given[count] = text.substr(at, end - at);
    ++count;
    at = end;
  }
  if (count != given.size())
    return invalid(
        phrase("\"{}\" has {} fields: expected five (minute, hour, day of the month, month, day of the week)",
               expression.substr(0, 60), count));

  std::array<std::uint64_t, kFields.size()> bits{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto parsed = parseField(kFields[i], given[i]);
    if (!parsed) return parsed.error();
    bits[i] = *parsed;
  }

  Schedule schedule;
  schedule.cron_ = true;
  schedule.expression_ = expression;
  schedule.zone_ = zone;
  schedule.minutes_ = bits[0];
  schedule.hours_ = static_cast<std::uint32_t>(bits[1]);
  schedule.days_ = static_cast<std::uint32_t>(bits[2]);
  schedule.months_ = static_cast<std::uint16_t>(bits[3]);
  schedule.weekdays_ = static_cast<std::uint8_t>((bits[4] & 0x7F) | (bit(bits[4], 7) ? 1 : 0));
  schedule.anyDay_ = given[2].starts_with('*');
  schedule.anyWeekday_ = given[4].starts_with('*');

  for (int day = 0; day < kDaysPossible; ++day)
    if (schedule.dayMatches(kFirstPossible + days(day))) return schedule;
  return invalid(phrase("\"{}\" never comes: no such day in any such month", expression.substr(0, 60)));
}

bool Schedule::dayMatches(Date date) const {
  const std::chrono::year_month_day day{date};
  if (!bit(months_, static_cast<unsigned>(day.month()))) return false;
  const bool ofMonth = bit(days_, static_cast<unsigned>(day.day()));
  const bool ofWeek = bit(weekdays_, std::chrono::weekday(date).c_encoding());
  return anyDay_ || anyWeekday_ ? ofMonth && ofWeek : ofMonth || ofWeek;
}

Instant Schedule::next(Instant after, double random) const {
  if (cron_) return hours_ == kEveryHour ? nextReading(after) : nextOnce(after);
  const auto shift = static_cast<double>(period_.count()) * jitter_ * (2 * random - 1);
  return after + std::max(Duration(1), period_ + Duration(static_cast<Duration::rep>(shift)));
}

// For expressions that allow every hour: the next minute whose local time matches.
Instant Schedule::nextReading(Instant after) const {
  Instant at = std::chrono::floor<minutes>(after) + minutes(1);
  for (int steps = 0; steps < kDaysSearched; ++steps) {
    const auto local = zone_.local(at);
    auto date = std::chrono::floor<days>(local);
    if (dayMatches(date)) {
      const auto minute = std::chrono::floor<minutes>(local - date).count() % 60;
      if (bit(minutes_, static_cast<unsigned>(minute))) return at;
      at += minutes(1);
      continue;
    }
    // Where clocks are set back across midnight, the previous date occurs twice.
    const auto eve = zone_.instantsAt(date - minutes(1));
    if (eve.count == 2 && eve.second >= at) {
      at += minutes(1);
      continue;
    }
    do date += days(1), ++steps;
    while (!dayMatches(date) && steps < kDaysSearched);
    at = std::max<Instant>(zone_.startOf(date), at + minutes(1));
  }
  return Instant::max();  // not reached: cron() has checked that some date matches
}

// For expressions that restrict the hour: each local time once. The first instant at which clocks show a
// local time, or a later one, never decreases as the local time increases, so the first match in local order
// is the next run.
Instant Schedule::nextOnce(Instant after) const {
  const auto local = zone_.local(after);
  auto date = std::chrono::floor<days>(local);
  auto firstHour = static_cast<unsigned>(std::chrono::floor<hours>(local - date).count());
  for (int searched = 0; searched < kDaysSearched; ++searched, date += days(1), firstHour = 0) {
    if (!dayMatches(date)) continue;
    for (unsigned hour = firstHour; hour < 24; ++hour) {
      if (!bit(hours_, hour)) continue;
      for (unsigned minute = 0; minute < 60; ++minute) {
        if (!bit(minutes_, minute)) continue;
        const auto run = zone_.instantsAt(date + hours(hour) + minutes(minute)).first;
        if (run > after) return run;
      }
    }
  }
  return Instant::max();
}

Duration Schedule::period(Instant now) const {
  if (!cron_) return period_;
  const auto first = next(now, 0);
  return next(first, 0) - first;
}

std::string Schedule::text() const {
  return cron_ ? fmt::format("at {} ({})", expression_, zone_.name())
               : fmt::format("every {}", toText(period_));
}

}  // namespace arrivald
