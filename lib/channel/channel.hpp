// Channel: one way to reach people. It renders a notification in its own form and hands it to the other side.
// Each channel passes the contract in tests/channel/contract.hpp.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/language.hpp"
#include "notify/notification.hpp"
#include "notify/retry.hpp"
#include "runtime/task.hpp"

namespace arrivald::channel {

/// How a preview is written: plain text, or with a terminal's colours.
enum class Preview { plain, coloured };

/// Resource. Loop thread only.
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel();

  /// By which the configuration, the routes and the metrics know it.
  virtual const std::string& name() const = 0;
  /// In which notifications for it are composed.
  virtual Language language() const = 0;
  /// The least time between two deliveries, as the other side's limit on their rate asks.
  virtual Duration pace() const = 0;

  /// One attempt. `notification` and the channel must live until the task has ended. Never throws; an attempt
  /// that is cancelled before the other side has said yes is not delivered. No text of the outcome holds the
  /// channel's secret.
  virtual runtime::Task<notify::DeliveryOutcome> deliver(const notify::Notification& notification) = 0;

  /// About what people will see, for a terminal. Ends with a line break; moves no cursor.
  virtual std::string preview(const notify::Notification& notification, Preview style) const = 0;
};

}  // namespace arrivald::channel
