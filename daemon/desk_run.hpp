// DeskRun: what asks the provider for releases, with the keys of one configuration.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "daemon/desk_state.hpp"
#include "desk/digest_sender.hpp"
#include "desk/release_entries.hpp"
#include "desk/watched_mail.hpp"
#include "http/transport.hpp"
#include "runtime/task_group.hpp"

namespace arrivald {

/// Resource; loop thread only. If it was started, stop() must complete before destruction. Shared with
/// requests in progress, which may ask the provider.
class DeskRun {
 public:
  DeskRun(watch::Owners& owners, DeskState& state, std::shared_ptr<const config::Config> configuration,
          std::unique_ptr<http::Transport> transport, std::function<double()> random);
  DeskRun(const DeskRun&) = delete;
  DeskRun& operator=(const DeskRun&) = delete;

  /// `port`: of the desk, for links where the configuration names no URL.
  void start(std::uint16_t port);
  runtime::Task<> stop();
  const desk::ReleaseClients& clients() const { return clients_; }

 private:
  watch::Owners& owners_;
  DeskState& state_;
  std::shared_ptr<const config::Config> config_;
  std::unique_ptr<http::Transport> transport_;
  desk::Random random_;
  desk::WatchedMail mail_;
  std::optional<desk::DigestSender> digests_;  // once started
  std::vector<std::unique_ptr<sendgrid::ReleaseClient>> owned_;
  desk::ReleaseClients clients_;
  runtime::TaskGroup tasks_;
};

}  // namespace arrivald
