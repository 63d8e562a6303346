// Period: which days a list shows: a preset or typed dates, mended where they make no sense. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/time_zone.hpp"

namespace arrivald::suppression {

/// Relative to today in the desk's time zone, which each of them includes but `yesterday`.
/// `undated`: the day of the entries whose date cannot be read.
enum class Preset : std::uint8_t { today, yesterday, sevenDays, month, undated };
/// "today", "yesterday", "7d", "month", "undated".
std::string_view name(Preset preset);
std::optional<Preset> presetNamed(std::string_view name);

/// What was changed of typed dates; the page says so.
enum class PeriodMend : std::uint8_t {
  unreadable,  ///< a date could not be read: the last seven days are shown
  swapped,     ///< the end was before the beginning
  future,      ///< days that have not come yet are left out
  tooLong,     ///< only the last two years are shown
};
/// Key of the message: "period.unreadable", "period.swapped", "period.future", "period.too_long".
std::string_view name(PeriodMend mend);

/// Whole days of a time zone.
struct Period {
  Date first{}, last{};          ///< both included
  Instant from{}, to{};          ///< the same days: [from, to)
  std::optional<Preset> preset;  ///< nothing for typed dates
  std::vector<PeriodMend> mended;
  friend bool operator==(const Period&, const Period&) = default;
};

/// As typed or linked; each may be empty.
struct PeriodAsked {
  std::string_view period;  ///< name of a preset; ignored if a date is given
  std::string_view from;
  std::string_view to;
};

/// Reads any input. A typed date has the forms 2026-11-19, 2026/11/19, 2026年11月19日, 20261119, or without
/// the year, 11/19: then the latest such day; digits may be full-width. Without an end it is today, without a
/// beginning the period has seven days. Without anything: the last seven days.
Period periodOf(const PeriodAsked& asked, const TimeZone& zone, Instant now);

/// Whether an entry's date could be read; without one it is that of 1970.
constexpr bool isDated(Instant created) { return created != Instant{}; }

/// As many days right before it, to compare with.
Period before(const Period& period, const TimeZone& zone);

}  // namespace arrivald::suppression
