// release_entries: asks the provider for what was decided, entry by entry, and verifies it by reading. Runs
// on the loop's thread; what it takes by reference must outlive the task.
//
// Before each deletion the entry is read again, and that it will be asked for is stored. Whatever ends the
// process, an entry that was asked for is read again before anything is sent.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "desk/releases.hpp"
#include "runtime/task.hpp"
#include "sendgrid/release_client.hpp"

namespace arrivald::desk {

/// By the account's name, whose key also serves its subusers; one without a key for releasing has none.
using ReleaseClients = std::map<std::string, sendgrid::ReleaseClient*, std::less<>>;

/// Uniform in [0,1); injected for tests.
using Random = std::function<double()>;

/// Takes every item that is due one step further: a read, and a deletion where it is called for. The error is
/// that of the store; answers of the provider are kept with the items.
runtime::Task<Done> releaseEntries(Releases& releases, const ReleaseClients& clients, Clock& clock,
                                   Random& random);

/// Endless: does that whenever something is due, and lets drafts expire. Ends by cancellation. `report` gets
/// an error of the store; it is tried again within a minute. `noticeClock` is called before anything gets a
/// time: it moves what is stored with a wall clock that was set.
runtime::Task<> keepReleasing(Releases& releases, const ReleaseClients& clients, Clock& clock, Random& random,
                              std::function<void()> noticeClock, std::function<void(const Error&)> report);

/// Puts the unsubscribes of a request back, or that one of it, one call each.
runtime::Task<Outcome<ReleaseView>> undoRelease(Releases& releases, const ReleaseClients& clients,
                                                Clock& clock, Actor actor, suppression::ReleaseId id,
                                                std::optional<suppression::ItemId> only);

}  // namespace arrivald::desk
