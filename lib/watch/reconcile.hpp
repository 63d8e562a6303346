// reconcile: the statistics and the event stream of an account, held against one another.
#pragma once

#include "config/config.hpp"
#include "rules/facts.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

/// The last day of the account's own calendar that is closed for both: statistics go on moving for some hours
/// after midnight, and late events come. Nothing where one of them did not watch the whole of it.
std::optional<rules::Facts::DayCompared> closedDay(const State& state, const config::Account& account,
                                                   Instant now);

/// How far the statistics are behind the stream now (above zero), or the stream behind the statistics
/// (below): the time that the mail took which one of them has counted and the other has not. Nothing without
/// both.
std::optional<Duration> lagOfStatistics(const State& state, const config::Account& account, Instant now);

}  // namespace arrivald::watch
