// Statistics: one answer of the provider, as facts: per subject and calendar day, the day's count so far.
#pragma once

#include <vector>

#include "base/instant.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"

namespace arrivald::delivery {

/// The running total of one subject on one day of the account's time zone. Totals grow from 0, late mail may
/// raise earlier days, and the provider may correct them downwards.
struct DayTotal {
  Date date;
  Counts counts;
  friend bool operator==(const DayTotal&, const DayTotal&) = default;
};

/// What one read said about one subject: its days, ascending.
struct SubjectTotals {
  Subject subject;
  std::vector<DayTotal> days;
};

}  // namespace arrivald::delivery
