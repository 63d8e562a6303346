// EventsChannel: a service of PagerDuty with an Events API v2 integration.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "channel/channel.hpp"
#include "http/transport.hpp"

namespace arrivald::pagerduty {

struct EventsOptions {
  std::string name;
  Language language = Language::japanese;
  Secret key;  ///< of the integration; whoever has it can open incidents
  std::string url = "https://events.pagerduty.com/v2/enqueue";
};

/// Resource. Loop thread only.
class EventsChannel final : public channel::Channel {
 public:
  /// `transport` must outlive the channel.
  EventsChannel(http::Transport& transport, EventsOptions options)
      : transport_(transport), options_(std::move(options)) {}

  const std::string& name() const override { return options_.name; }
  Language language() const override { return options_.language; }
  Duration pace() const override { return std::chrono::milliseconds(500); }
  runtime::Task<Done> deliver(const notify::Notification& notification) override;

 private:
  http::Transport& transport_;
  EventsOptions options_;
};

}  // namespace arrivald::pagerduty
