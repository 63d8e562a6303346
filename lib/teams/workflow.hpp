// WorkflowChannel: a workflow of Microsoft Teams that posts what its webhook receives.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "channel/channel.hpp"
#include "http/transport.hpp"

namespace arrivald::teams {

struct WorkflowOptions {
  std::string name;
  Language language = Language::japanese;
  Secret address;  ///< of the trigger "When a Teams webhook request is received"; whoever has it can post
};

/// Resource. Loop thread only.
class WorkflowChannel final : public channel::Channel {
 public:
  /// `transport` must outlive the channel.
  WorkflowChannel(http::Transport& transport, WorkflowOptions options)
      : transport_(transport), options_(std::move(options)) {}

  const std::string& name() const override { return options_.name; }
  Language language() const override { return options_.language; }
  /// Four a second are taken.
  Duration pace() const override { return std::chrono::seconds(1); }
  runtime::Task<Done> deliver(const notify::Notification& notification) override;

 private:
  http::Transport& transport_;
  WorkflowOptions options_;
};

}  // namespace arrivald::teams
