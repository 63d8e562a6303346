// Daemon: puts everything together, in one straight line, and takes it apart again in the reverse order.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "config/load.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "metrics/registry.hpp"
#include "runtime/task_group.hpp"
#include "store/database.hpp"
#include "watch/event_stream.hpp"
#include "watch/state.hpp"
#include "watch/watch.hpp"

namespace arrivald {

/// Resource. start(); then io.run(), which returns after stop() has been awaited.
class Daemon {
 public:
  /// Reads the configuration: at the start and at each reload.
  using LoadConfig = std::function<config::Loaded()>;

  /// `clock` is the time of the watch; `networkClock` that of time-outs (the demo's clocks differ).
  Daemon(boost::asio::io_context& io, Clock& clock, Clock& networkClock, watch::Random random,
         LoadConfig loadConfig);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  /// Opens the store, listens, and starts to watch. The error says what to mend.
  Done start(config::Config config);
  /// Takes a good configuration in place of the running one; a bad one changes nothing and says so in the
  /// log.
  runtime::Task<> reload();
  /// Ends every task, answers what is being asked, and folds the store.
  runtime::Task<> stop();

  /// Called after each evaluation with a line for the service manager.
  std::function<void(const std::string& statusLine)> onRound;

  std::uint16_t port() const { return server_->port(); }
  std::uint16_t eventPort() const { return eventServer_ ? eventServer_->port() : 0; }
  watch::State& state() { return *state_; }

 private:
  class LimitedTransport;
  void makeTransport();
  std::unique_ptr<watch::Watch> makeWatch(std::shared_ptr<const config::Config> config);
  Result<std::unique_ptr<http::Server>> listen(const config::Listen& listen);
  /// Nothing where no account has an event stream.
  Result<std::unique_ptr<http::Server>> listenForEvents(const config::Config& config);
  void addRoutes();
  void say();

  boost::asio::io_context& io_;
  Clock& clock_;
  Clock& networkClock_;
  watch::Random random_;
  LoadConfig loadConfig_;
  std::shared_ptr<const config::Config> config_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<metrics::Registry> registry_;
  std::unique_ptr<watch::State> state_;
  std::unique_ptr<LimitedTransport> transport_;
  std::unique_ptr<watch::EventStream> events_;
  std::unique_ptr<watch::Watch> watch_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> eventServer_;
  bool reloading_ = false;
  bool stopping_ = false;
};

/// The log as the configuration and the surroundings want it.
void startLog(const config::Log& log);

}  // namespace arrivald
