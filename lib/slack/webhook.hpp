// WebhookChannel: a Slack incoming webhook.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "channel/channel.hpp"
#include "http/transport.hpp"

namespace arrivald::slack {

struct WebhookOptions {
  std::string name;
  Language language = Language::japanese;
  Secret address;                     ///< https://hooks.slack.com/services/…; whoever has it can post
  std::vector<std::string> mentions;  ///< see render()
};

/// Resource. Loop thread only.
class WebhookChannel final : public channel::Channel {
 public:
  /// `transport` must outlive the channel.
  WebhookChannel(http::Transport& transport, WebhookOptions options)
      : transport_(transport), options_(std::move(options)) {}

  const std::string& name() const override { return options_.name; }
  Language language() const override { return options_.language; }
  Duration pace() const override;
  /// Where Slack refuses the blocks, the attempt goes on with plain text.
  runtime::Task<Done> deliver(const notify::Notification& notification) override;

 private:
  runtime::Task<Done> post(std::string payload);

  http::Transport& transport_;
  WebhookOptions options_;
};

/// Whether Slack refused the form of a message, not the channel or its address. Pure.
bool refusesBlocks(const Error& error);

/// The outcome of an attempt by Slack's response. Pure.
Done outcomeOf(const http::Response& response);

}  // namespace arrivald::slack
