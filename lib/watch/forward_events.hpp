// forward_events: hands batches of the event stream on to another consumer, byte for byte and in order.
#pragma once

#include "config/config.hpp"
#include "http/transport.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Endless; ends by cancellation. What a target does not take is tried again, everything else of it waits
/// behind; after `retryFor` a batch is let go, with a word in the log and a metric.
runtime::Task<> forwardEvents(Owners& owners, http::Transport& transport, Random& random,
                              const config::Forward& target);

}  // namespace arrivald::watch
