// deliver_outbox: takes one channel's letters to it, in order, with patience.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "config/config.hpp"
#include "http/transport.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Wakes the channels' loops when there are new letters. Loop thread only.
class Wakeup {
 public:
  explicit Wakeup(boost::asio::any_io_executor executor);
  void wake();
  /// Ends when the bell rings, or after `atMost`. Throws operation_aborted on cancellation.
  runtime::Task<> wait(Clock& clock, Duration atMost);

 private:
  boost::asio::any_io_executor executor_;
  std::uint64_t rung_ = 0;
  std::vector<boost::asio::steady_timer*> waiting_;
};

/// Endless; ends by cancellation. A letter that cannot be delivered is kept, counted, logged, and told to
/// `others`.
runtime::Task<> deliverOutbox(State& state, http::Transport& transport, Random& random, Wakeup& wakeup,
                              const config::Config& config, const config::Channel& channel);

/// Puts a marked test for each channel into the outbox, or only for `channel` if it is not empty; their
/// number.
Result<std::size_t> queueTestNotifications(State& state, const config::Config& config,
                                           const std::string& channel, double random);

}  // namespace arrivald::watch
