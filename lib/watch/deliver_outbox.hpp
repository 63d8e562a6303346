// deliver_outbox: delivers one channel's notifications in order, with retries. Runs on the loop's thread;
// what it takes by reference must outlive the task.
#pragma once

#include "config/config.hpp"
#include "runtime/wakeup.hpp"
#include "watch/channels.hpp"
#include "watch/job.hpp"
#include "watch/outbox.hpp"

namespace arrivald::watch {

/// The attempts that are under way, so that a stop can wait for them.
class Attempts {
 public:
  void begin() { ++running_; }
  void end();
  /// From now on no attempt begins.
  void close() { closed_ = true; }
  bool closed() const { return closed_; }
  /// Ends when no attempt is under way, at the latest after `max`.
  runtime::Task<> settle(Clock& clock, Duration max);

 private:
  int running_ = 0;
  bool closed_ = false;
  runtime::Wakeup ended_;
};

/// What the deliveries of all channels share. All of it must outlive the tasks.
struct DeliveryEnvironment {
  Outbox& outbox;
  Clock& clock;
  Random& random;
  const Channels& channels;
  const config::Config& config;  ///< for retry_for and the time zone
  Attempts& attempts;
};

/// Ends by cancellation, or before the next attempt once `attempts` is closed. A notification that is being
/// posted then stays in the outbox unless the other side has accepted it. Deliveries are recorded afterwards:
/// if the process ends in between, a notification is sent twice, but none is lost. One that cannot be
/// delivered is kept, counted, logged, and tried again every ten minutes.
///
/// Once two attempts in a row have failed, or three minutes after the first that did, or as soon as the
/// channel refuses for good or asks for a longer wait, the other channels stand in for it: of each alert they
/// get the newest notification that waits, and what is new at once. They are notified of the channel itself
/// after three minutes, at most once an hour. When the channel works again it gets of what its stand-ins
/// have delivered only the newest notification of each alert that goes on, and the end of one whose beginning
/// it was notified of. While no channel works each is tried every two minutes.
///
/// A notification that comes late says when it was meant; if there is a later one of the same alert,
/// delivered or not, it is left out, and only the latest mentions anybody. A group leaves out those of its
/// alerts. A test is tried once: its outcome is what somebody waits for.
runtime::Task<> deliverOutbox(DeliveryEnvironment& environment, channel::Channel& channel);

}  // namespace arrivald::watch
