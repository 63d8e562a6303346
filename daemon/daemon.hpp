// Daemon: puts everything together, in one straight line, and takes it apart again in the reverse order.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "config/load.hpp"
#include "daemon/api.hpp"
#include "http/server.hpp"
#include "metrics/registry.hpp"
#include "store/database.hpp"
#include "watch/owners.hpp"
#include "watch/watch.hpp"

namespace arrivald {

/// What the daemon gets from outside; all of it outlives the daemon.
struct DaemonEnvironment {
  boost::asio::io_context& io;
  Clock& clock;         ///< the time of the watch
  Clock& networkClock;  ///< that of time-outs; the demo's clocks differ
  watch::Random random;
  /// Reads the configuration: at each reload.
  std::function<config::Loaded()> loadConfig;
  /// How requests leave, by a configuration; null: over the network.
  std::function<std::unique_ptr<http::Transport>(const config::Config&)> makeTransport = nullptr;
};

/// Resource; loop thread only. start(); then io.run(), which returns after stop() has been awaited.
class Daemon final : private watch::RoundObserver {
 public:
  explicit Daemon(DaemonEnvironment environment);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() override;

  /// Opens the store, reads back what is remembered, and applies the configuration. The error says what to
  /// do.
  Done start(config::Config config);
  /// Reads the configuration and applies it. An error says why the running one goes on unchanged; log and
  /// metric say so too.
  runtime::Task<Done> reload();
  /// Ends every task, answers what is being asked, and folds the store.
  runtime::Task<> stop();

  /// Called after each evaluation with a line for the service manager.
  std::function<void(const std::string& statusLine)> onRound;

  std::uint16_t port() const;
  /// 0 where no account has an event stream.
  std::uint16_t eventPort() const;
  watch::Owners& owners() { return *owners_; }

 private:
  struct Running;
  void evaluated(const std::string& statusLine) override;
  Result<std::unique_ptr<Running>> prepare(config::Config config);
  Done prepareListeners(Running& next);
  std::unique_ptr<Running> activate(std::unique_ptr<Running> next);
  runtime::Task<Done> apply(config::Config config);
  runtime::Task<> retire(Running& former);

  DaemonEnvironment environment_;
  watch::StoreHealth health_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<metrics::Registry> registry_;
  std::unique_ptr<watch::Owners> owners_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Running> running_;  // null before start()
  bool busy_ = false;                 // a reload or the stop is under way
  bool stopping_ = false;
};

/// The log as the configuration and the environment want it.
void startLog(const config::Log& log);

}  // namespace arrivald
