// reconcile: compares the statistics with the event stream. Owns nothing; loop thread only.
#pragma once

#include <optional>
#include <string>

#include "rules/stream_facts.hpp"
#include "watch/event_counts.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

/// The account's last day that both cover completely and that ended at least six hours ago.
std::optional<rules::StreamFacts::DayCompared> closedDay(const Statistics& statistics,
                                                         const EventCounts& events,
                                                         const config::Account& account, Instant now);

/// Where the account's days begin in truth, where that explains why closed days differ by a tenth and more:
/// its time_zone is not the one of its settings at the provider. "UTC-07:00", or empty.
std::string daysBeginElsewhere(const Statistics& statistics, const EventCounts& events,
                               const config::Account& account, Instant now);

/// A day with mail in the statistics that has not begun in the account's zone: its time_zone lies behind the
/// one of its settings at the provider. Needs no event stream.
std::optional<Date> mailOfDayAhead(const Statistics& statistics, const config::Account& account, Instant now);

/// How far the statistics lag behind the event stream, by mail processed today; negative if the stream lags.
/// Nothing if one of them does not cover the day.
std::optional<Duration> lagOfStatistics(const Statistics& statistics, const EventCounts& events,
                                        const config::Account& account, Instant now);

}  // namespace arrivald::watch
