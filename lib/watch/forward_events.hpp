// forward_events: hands batches of the event stream on to another consumer, byte for byte and in order.
#pragma once

#include "config/config.hpp"
#include "http/message.hpp"
#include "http/transport.hpp"
#include "runtime/wakeup.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// The headers that a consumer needs to verify a batch by itself, as the store keeps them.
std::string forwardedHeaders(const http::Headers& headers);

/// Endless; ends by cancellation. What a target does not take is tried again, everything else of it waits
/// behind; after `retryFor` a batch is let go, with a word in the log and a metric.
runtime::Task<> forwardEvents(State& state, http::Transport& transport, Random& random,
                              runtime::Wakeup& wakeup, const config::Forward& target);

}  // namespace arrivald::watch
