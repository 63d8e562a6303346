// Statistics: one response of the provider's statistics: the totals so far, by subject and calendar day.
#pragma once

#include <vector>

#include "base/instant.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"

namespace arrivald::delivery {

/// The earliest and the latest date that it is anywhere on earth (UTC-12, UTC+14): an account's time zone may
/// not be the configured one.
inline Date earliestDate(Instant at) {
  return Date(std::chrono::floor<std::chrono::days>(at - std::chrono::hours(12)).time_since_epoch());
}
inline Date latestDate(Instant at) {
  return Date(std::chrono::floor<std::chrono::days>(at + std::chrono::hours(14)).time_since_epoch());
}

/// The running totals of one subject on one day of the account's time zone. They grow from 0; late events may
/// raise earlier days, and the provider may correct totals downwards. A total below 0 is kLacking.
struct DayTotal {
  Date date;
  Counts counts;
  friend bool operator==(const DayTotal&, const DayTotal&) = default;
};

/// What one read returned for one subject: its days, ascending.
struct SubjectTotals {
  Subject subject;
  std::vector<DayTotal> days;
};

}  // namespace arrivald::delivery
