// channels: makes the configured channels. The only place that knows which kinds of channels exist. Loop
// thread only.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "channel/channel.hpp"
#include "config/config.hpp"
#include "http/transport.hpp"
#include "notify/plan.hpp"
#include "slack/conversations.hpp"

namespace arrivald::watch {

using Channels = std::vector<std::unique_ptr<channel::Channel>>;

/// In the order of the configuration, which need not outlive them; all else must.
Channels makeChannels(const config::Config& config, http::Transport& transport, const Clock& clock,
                      slack::Conversations& conversations);

/// The language of a channel's notifications: its own, or the global one.
Language languageOf(const config::Config& config, const config::Channel& channel);

/// Which notifications go where, by the configuration, which has to outlive the answer.
notify::PlanSettings planSettingsOf(const config::Config& config);

}  // namespace arrivald::watch
