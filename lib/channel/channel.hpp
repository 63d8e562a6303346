// Channel: the interface of a service that delivers notifications. A channel renders a notification in the
// service's format and sends it. Each channel passes the contract test in tests/channel/contract.hpp.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/language.hpp"
#include "base/result.hpp"
#include "notify/notification.hpp"
#include "runtime/task.hpp"

namespace arrivald::channel {

/// Resource. Loop thread only.
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel();

  /// The name used in the configuration, routes and metrics.
  virtual const std::string& name() const = 0;
  /// The language of notifications for this channel.
  virtual Language language() const = 0;
  /// The minimum time between two deliveries, by the service's rate limit.
  virtual Duration pace() const = 0;

  /// Makes one attempt, which succeeds if the service confirms it. An error of Party::configuration is final;
  /// after any other the attempt may be repeated, see notify::nextAttempt(). The error's text is short, since
  /// it is shown beside the notification ("429", "404 no_service"), and never contains the channel's secret.
  /// `notification` and the channel must live until the task has ended. Never throws; an attempt that is
  /// cancelled before the service has confirmed it is an error.
  virtual runtime::Task<Done> deliver(const notify::Notification& notification) = 0;
};

}  // namespace arrivald::channel
