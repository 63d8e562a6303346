// forward_events: forwards batches of the event stream to another consumer, unchanged. Runs on the loop's
// thread; what it takes by reference must outlive the task.
#pragma once

#include "config/config.hpp"
#include "http/transport.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Endless; ends by cancellation. Batches are sent in the order in which they came, up to eight at once, as
/// the provider does. A batch that the target does not accept is retried alone while later ones wait; after
/// `retryFor` it is discarded, logged and counted.
runtime::Task<> forwardEvents(Owners& owners, http::Transport& transport, Random& random,
                              const config::Forward& target);

}  // namespace arrivald::watch
