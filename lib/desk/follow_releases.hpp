// follow_releases: looks for the next mail to each released address, for 30 days. Runs on the loop's thread;
// what it takes by reference must outlive the task.
#pragma once

#include <functional>

#include "base/clock.hpp"
#include "desk/later_mail_source.hpp"
#include "desk/releases.hpp"
#include "runtime/task.hpp"

namespace arrivald::desk {

/// How soon an address is looked at again, that many after its release: ten minutes on the first day, then an
/// hour.
Duration followInterval(Duration sinceRelease);

/// Looks at up to `max` addresses that are due, the longest due first: each may search many events, and holds
/// the loop for that long.
Done followReleases(Releases& releases, LaterMailSource& mail, Instant now, std::size_t max);

/// Endless: a few every some seconds. Ends by cancellation. `report` gets an error of the store;
/// `noticeClock` as for keepReleasing().
runtime::Task<> keepFollowing(Releases& releases, LaterMailSource& mail, Clock& clock,
                              std::function<void()> noticeClock, std::function<void(const Error&)> report);

}  // namespace arrivald::desk
