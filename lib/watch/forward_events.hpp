// forward_events: forwards batches of the event stream to another consumer, unchanged and in order. Runs on
// the loop's thread; what it takes by reference must outlive the task.
#pragma once

#include "config/config.hpp"
#include "http/transport.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Endless; ends by cancellation. A batch that the target does not accept is retried while later ones wait;
/// after `retryFor` it is discarded, logged and counted.
runtime::Task<> forwardEvents(Owners& owners, http::Transport& transport, Random& random,
                              const config::Forward& target);

}  // namespace arrivald::watch
