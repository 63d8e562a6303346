// deliver_outbox: takes one channel's notifications to it, in order, with patience.
#pragma once

#include "config/config.hpp"
#include "watch/channels.hpp"
#include "watch/job.hpp"
#include "watch/outbox.hpp"

namespace arrivald::watch {

/// What every channel's delivery shares. All of it must outlive the tasks.
struct DeliveryEnvironment {
  Outbox& outbox;
  Clock& clock;
  Random& random;
  const Channels& channels;
  const config::Config& config;  ///< for retry_for and the time zone
};

/// Endless; ends by cancellation, and what is being posted then stays waiting unless the other side has taken
/// it. A notification is recorded after it was delivered, so it may come twice if the process ends between
/// the two, but is never lost. One that cannot be delivered is kept, counted, logged, and told of on the
/// other channels, at most once an hour.
runtime::Task<> deliverOutbox(DeliveryEnvironment& environment, channel::Channel& channel);

/// Puts a marked test for each channel into the outbox, or only for `channel` if it is not empty; their
/// number.
Result<std::size_t> queueTestNotifications(Outbox& outbox, const Clock& clock, const config::Config& config,
                                           const std::string& channel, double random);

}  // namespace arrivald::watch
