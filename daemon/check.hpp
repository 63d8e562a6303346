// check: what `arrivald check` finds out beyond the mistakes of the configuration itself.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/load.hpp"
#include "daemon/ask.hpp"
#include "daemon/unit.hpp"
#include "http/transport.hpp"

namespace arrivald {

/// What surrounds the check; injected for tests.
struct CheckEnvironment {
  config::Environment environment;
  std::vector<std::string> unitFolders;
  /// For --online.
  std::function<std::unique_ptr<http::Transport>(boost::asio::io_context&, Clock&, const config::Config&)>
      makeTransport;
};

/// Problems go to `err`, what holds to `out`. kExitConfig: the service would not start, or not with this;
/// with `online` kExitFailed: a key or a webhook is refused.
Output checkOutput(const CheckOptions& options, const CheckEnvironment& environment);

/// What SendGrid or a webhook says of a key or an address.
struct OnlineFinding {
  enum class About { key, channel };
  enum class Result {
    works,
    refused,
    unread
  };  ///< unread: not asked, since this user cannot read the secret
  About about;
  Result result;
  std::string text;
  std::string todo = {};  ///< the remedy, where `text` does not say it
};

/// Asks SendGrid and the webhooks of a configuration, without posting a visible message.
std::vector<OnlineFinding> checkOnline(const config::Config& config, const CheckEnvironment& environment);

}  // namespace arrivald
