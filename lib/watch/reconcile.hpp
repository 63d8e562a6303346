// reconcile: statistics beside the event stream.
#pragma once

#include <optional>

#include "rules/stream_facts.hpp"
#include "watch/event_counts.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

/// The account's last day that both know as a whole and that has had six hours to settle.
std::optional<rules::StreamFacts::DayCompared> closedDay(const Statistics& statistics,
                                                         const EventCounts& events,
                                                         const config::Account& account, Instant now);

/// How far the statistics are behind the event stream, by mail processed today; negative: the stream is
/// behind. Nothing where one of them does not know the day.
std::optional<Duration> lagOfStatistics(const Statistics& statistics, const EventCounts& events,
                                        const config::Account& account, Instant now);

}  // namespace arrivald::watch
