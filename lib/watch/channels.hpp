// channels: makes the channels that the configuration names. The one place that knows which kinds there are.
#pragma once

#include <memory>
#include <vector>

#include "channel/channel.hpp"
#include "config/config.hpp"
#include "http/transport.hpp"

namespace arrivald::watch {

using Channels = std::vector<std::unique_ptr<channel::Channel>>;

/// In the order of the configuration, which may go afterwards; `transport` must outlive the channels.
Channels makeChannels(const config::Config& config, http::Transport& transport);

/// In which notifications for a channel are composed: its own language, or the one of all.
Language languageOf(const config::Config& config, const config::Channel& channel);

}  // namespace arrivald::watch
