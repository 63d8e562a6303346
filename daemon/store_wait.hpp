// StoreWait: what the program does while another process has the store, before there is a daemon.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/daemon.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"
#include "watch/channels.hpp"
#include "watch/outbox.hpp"

namespace arrivald {

/// Resource. Loop thread only. Nothing is watched meanwhile: two that share a store would notify twice. The
/// listeners answer /healthz, and everything else with 503 and the reason, so that SendGrid sends events
/// again. After two minutes every channel is notified from memory, and every four hours again.
class StoreWait {
 public:
  /// `isFree` asks whether the store can be tried again; null: whether no other process has a lock on it.
  StoreWait(const DaemonEnvironment& environment, config::Config config, Error why,
            std::function<bool()> isFree = nullptr);
  StoreWait(const StoreWait&) = delete;
  StoreWait& operator=(const StoreWait&) = delete;
  ~StoreWait();

  /// Listens as the daemon would; the error is that of Daemon::start().
  Done listen();
  /// Ends once the store is free, or after end(): then nothing listens any more.
  runtime::Task<> run();
  /// Ends run() soon.
  void end();

  std::uint16_t port() const;
  std::uint16_t eventPort() const;
  /// Why it waits, with the process that has the store now.
  const Error& why() const { return why_; }
  /// What those are to be notified of who were notified of the wait, to be put into the daemon's outbox.
  std::vector<watch::Outgoing> recovery() const;

 private:
  Result<std::unique_ptr<http::Server>> server(const config::Listen& listen);
  runtime::Task<http::Response> answer(const http::ServerRequest& request);
  runtime::Task<> notify(channel::Channel& channel);
  notify::Notification trouble(Language language) const;
  void look();

  const DaemonEnvironment& environment_;
  config::Config config_;
  Error why_;
  std::function<bool()> isFree_;
  std::unique_ptr<http::Transport> transport_;
  struct People {
    slack::RememberedConversations conversations;
    watch::Channels channels;
  };
  People people_;
  std::vector<std::unique_ptr<http::Server>> servers_;  // of the status first, then of events
  Instant since_;
  bool ended_ = false;
  bool notified_ = false;  // somebody was
  runtime::Wakeup end_;
  runtime::TaskGroup tasks_;
};

}  // namespace arrivald
