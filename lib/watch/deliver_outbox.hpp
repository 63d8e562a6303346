// deliver_outbox: takes one channel's letters to it, in order, with patience.
#pragma once

#include "config/config.hpp"
#include "http/transport.hpp"
#include "runtime/wakeup.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Endless; ends by cancellation. A letter that cannot be delivered is kept, counted, logged, and told to
/// `others`.
runtime::Task<> deliverOutbox(State& state, http::Transport& transport, Random& random,
                              runtime::Wakeup& wakeup, const config::Config& config,
                              const config::Channel& channel);

/// Puts a marked test for each channel into the outbox, or only for `channel` if it is not empty; their
/// number.
Result<std::size_t> queueTestNotifications(State& state, const config::Config& config,
                                           const std::string& channel, double random);

}  // namespace arrivald::watch
