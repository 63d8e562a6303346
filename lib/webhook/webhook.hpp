// WebhookChannel: an address of the operator's that takes notifications as signed JSON.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "channel/channel.hpp"
#include "http/transport.hpp"

namespace arrivald::webhook {

struct WebhookOptions {
  std::string name;
  Language language = Language::japanese;
  Secret address;  ///< may contain a password
  Secret key;      ///< see signatureOf()
};

/// Resource. Loop thread only. Each request has the headers X-Arrivald-Timestamp and X-Arrivald-Signature.
/// Any 2xx is taken for a confirmation, unless it is a page.
class WebhookChannel final : public channel::Channel {
 public:
  /// `transport` and `clock` must outlive the channel.
  WebhookChannel(http::Transport& transport, const Clock& clock, WebhookOptions options)
      : transport_(transport), clock_(clock), options_(std::move(options)) {}

  const std::string& name() const override { return options_.name; }
  Language language() const override { return options_.language; }
  Duration pace() const override { return std::chrono::milliseconds(200); }
  runtime::Task<Done> deliver(const notify::Notification& notification) override;

 private:
  http::Transport& transport_;
  const Clock& clock_;
  WebhookOptions options_;
};

}  // namespace arrivald::webhook
