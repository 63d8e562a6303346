// Daemon: the composition root. Constructs everything in one place and destroys it in reverse order.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/load.hpp"
#include "daemon/api.hpp"
#include "daemon/desk_site.hpp"
#include "dns/resolver.hpp"
#include "http/server.hpp"
#include "metrics/registry.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"
#include "store/database.hpp"
#include "watch/dmarc_views.hpp"
#include "watch/owners.hpp"
#include "watch/watch.hpp"

namespace arrivald {

/// The daemon's collaborators; they outlive it.
struct DaemonEnvironment {
  boost::asio::io_context& io;
  Clock& clock;         ///< of polling, rules and notifications
  Clock& networkClock;  ///< of time-outs; in the demo it is a different clock
  watch::Random random;
  watch::RoundObserver& observer;  ///< gets the status line after each evaluation and each reload
  /// Reads the configuration; called at each reload.
  std::function<config::Loaded()> loadConfig;
  /// Makes the transport for a configuration; null: an HTTP client.
  std::function<std::unique_ptr<http::Transport>(const config::Config&)> makeTransport = nullptr;
  std::string configPath = "configuration";  ///< for messages about mistakes in it
  /// For sessions and keys; null: the system's.
  desk::RandomBytes randomBytes = nullptr;
  /// For the records of domains; null: the domain name system is not asked.
  dns::Resolver* resolver = nullptr;
};

/// Resource. Loop thread only. Call start(), then io.run(), which returns after stop() has been awaited.
class Daemon final {
 public:
  explicit Daemon(DaemonEnvironment environment);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  /// Opens the store, loads the state and applies the configuration. The error text names the remedy. A disk
  /// that is full, read-only or failing is no error: the daemon then works from memory, and says so.
  Done start(config::Config config);
  /// Reads the configuration and applies it. On an error the running configuration stays in effect; the error
  /// says why, as do the log and the metrics. Throws if it could not be completed after the tasks were
  /// stopped: then nothing is watched any more, and the process has to end.
  runtime::Task<Done> reload();
  /// Ends every task, completes requests in progress and closes the store. A reload in progress ends first,
  /// with an error if it has not taken effect yet.
  runtime::Task<> stop();

  std::uint16_t port() const;
  /// The port of the event listener; 0 if no account has an event stream.
  std::uint16_t eventPort() const;
  /// The port of the desk; 0 if none is configured.
  std::uint16_t deskPort() const;
  watch::Owners& owners() { return *owners_; }
  const watch::Statistics& statistics() const { return std::as_const(*owners_).statistics(); }
  const watch::DmarcViews& dmarcViews() const;

 private:
  struct Running;
  Result<std::unique_ptr<Running>> prepare(config::Config config);
  Done prepareListeners(Running& next);
  Done prepareDesk(Running& next, const std::vector<const http::Server*>& predecessors);
  void activateDesk(Running* former);
  std::unique_ptr<Running> activate(std::unique_ptr<Running> next);
  Result<std::unique_ptr<Running>> prepareReload(std::vector<std::string>& changes);
  runtime::Task<Done> apply(std::unique_ptr<Running> next);
  http::ServerOptions eventOptions(const config::Config& config);
  runtime::Task<http::Response> receiveEvents(const http::ServerRequest& request);
  void retire(std::unique_ptr<http::Server> former);
  runtime::Task<> endRetired(std::shared_ptr<http::Server> former);

  DaemonEnvironment environment_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<metrics::Registry> registry_;
  std::unique_ptr<watch::StoreHealth> health_;
  std::unique_ptr<watch::Owners> owners_;
  struct Sites;
  std::unique_ptr<Sites> sites_;
  std::unique_ptr<Running> running_;  // null before start()
  bool reloading_ = false;            // a reload is in progress
  bool stopping_ = false;
  runtime::Wakeup reloaded_;                            // ends the wait of a stop for a reload
  std::vector<std::shared_ptr<http::Server>> retired_;  // they serve what they accepted before a reload
  runtime::TaskGroup retirements_;
};

/// Sets up the log according to the configuration and the environment. Call it before Daemon::start();
/// reloads that change the settings call it themselves.
void startLog(const config::Log& log);

}  // namespace arrivald
