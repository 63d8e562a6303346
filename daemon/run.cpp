#include <csignal>
#include <cstdio>
#include <random>

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/commands.hpp"
#include "daemon/daemon.hpp"
#include "daemon/server_options.hpp"
#include "daemon/store_wait.hpp"
#include "daemon/systemd.hpp"
#include "dns/system_resolver.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald {

using runtime::Task;
namespace asio = boost::asio;

namespace {

// The status line of `systemctl status`.
class ServiceStatus final : public watch::RoundObserver {
 public:
  void evaluated(const std::string& statusLine) override { systemd::status(statusLine); }
};

// Ends by cancellation. Runs on the event loop, so that the watchdog notices when the loop hangs.
Task<> feedWatchdog(Clock& clock, Duration interval) {
  for (;;) {
    systemd::watchdogAlive();
    co_await runtime::sleepFor(clock, interval);
  }
}

// False if the reload could not be completed, so that the process has to end.
Task<bool> reload(Daemon& daemon) {
  systemd::reloading();
  try {
    const auto reloaded = co_await daemon.reload();
    // The service keeps running either way; `systemctl status` shows whether the reload succeeded.
    systemd::ready(reloaded ? std::string("reloaded")
                            : "the configuration was not reloaded: " + reloaded.error().text);
  } catch (const std::exception&) {
    co_return false;
  }
  co_return true;
}

Task<> obeySignals(Daemon& daemon, runtime::TaskGroup& helpers, asio::signal_set& signals, int& exitCode) {
  for (;;) {
    auto [error, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    if (number != SIGHUP) break;
    const bool goesOn = co_await reload(daemon);
    if (goesOn) continue;
    exitCode = kExitFailed;
    break;
  }
  watch::log::info("stopping");
  systemd::stopping();
  co_await daemon.stop();
  helpers.stop();
  co_await helpers.join();
}

Task<> obeyWaiting(asio::signal_set& signals, StoreWait& wait, bool& stopped) {
  for (;;) {
    auto [error, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    // The configuration is read anew at the end of the wait.
    if (number == SIGHUP) continue;
    stopped = true;
    wait.end();
    co_return;
  }
}

Task<> waitAndEnd(StoreWait& wait, asio::signal_set& signals, runtime::TaskGroup& helpers) {
  co_await wait.run();
  signals.cancel();
  helpers.stop();
}

enum class Waited { free, stopped, failed };

// Another process has the store: the service is up, and says so everywhere, until it can begin. Runs the
// loop.
Waited waitForStore(DaemonEnvironment& environment, const config::Config& config, const Error& why,
                    asio::signal_set& signals, std::vector<watch::Outgoing>& recovery) {
  auto& io = environment.io;
  runtime::TaskGroup helpers(io.get_executor(),
                             [](std::string_view, std::string_view what) { watch::log::error(what); });
  bool stopped = false;
  {
    StoreWait wait(environment, config, why);
    if (const auto listening = wait.listen(); !listening) {
      // Both are of another arrivald, such as the service that runs already.
      watch::log::error(fmt::format("arrivald cannot start: {}; {}", why.text, listening.error().text));
      return Waited::failed;
    }
    systemd::ready("waiting for the store: " + why.text);
    if (const auto interval = systemd::watchdogInterval())
      helpers.spawn("watchdog", feedWatchdog(environment.networkClock,
                                             std::chrono::duration_cast<Duration>(*interval / 3)));
    asio::co_spawn(io, obeyWaiting(signals, wait, stopped), asio::detached);
    asio::co_spawn(io, waitAndEnd(wait, signals, helpers), asio::detached);
    io.run();
    io.restart();
    if (auto said = wait.recovery(); !said.empty()) recovery = std::move(said);
  }
  if (stopped) {
    watch::log::info("stopped");
    systemd::stopping();
  }
  return stopped ? Waited::stopped : Waited::free;
}

// main() held it back; a request that came meanwhile is obeyed now.
void releaseReloadSignal() {
  sigset_t reload;
  sigemptyset(&reload);
  sigaddset(&reload, SIGHUP);
  sigprocmask(SIG_UNBLOCK, &reload, nullptr);
}

}  // namespace

int run(const std::string& configPath) {
  const auto environment = config::Environment::ofProcess();
  const auto load = [&] { return config::loadFile(configPath, environment); };
  auto loaded = load();
  for (const auto& problem : loaded.problems)
    std::fprintf(stderr, "%s\n", config::toText(problem, configPath).c_str());
  if (!loaded.config) return kExitConfig;
  startLog(loaded.config->log);
  // A limit of the size of files is an error of the store like a full disk; by default it ends the process.
  std::signal(SIGXFSZ, SIG_IGN);

  asio::io_context io(1);
  // Registered before start(), so that a SIGHUP during the start does not end the process; before that,
  // main() holds it back.
  asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  releaseReloadSignal();
  SystemClock clock;
  std::mt19937_64 generator(std::random_device{}());
  std::uniform_real_distribution<double> uniform(0, 1);
  ServiceStatus status;
  DaemonEnvironment surroundings{io,     clock, clock,   [&] { return uniform(generator); },
                                 status, load,  nullptr, configPath};
  dns::SystemResolver resolver(io.get_executor(), clock, {});
  surroundings.resolver = &resolver;
  Daemon daemon(surroundings);
  runtime::TaskGroup helpers(io.get_executor(),
                             [](std::string_view, std::string_view what) { watch::log::error(what); });
  auto started = daemon.start(*loaded.config);
  std::vector<watch::Outgoing> recovery;
  while (!started && started.error().kind == Error::Kind::locked) {
    const auto waited = waitForStore(surroundings, *loaded.config, started.error(), signals, recovery);
    if (waited != Waited::free) return waited == Waited::stopped ? kExitOk : kExitFailed;
    // It may have been changed meanwhile; a bad one does not replace the one that was good.
    if (auto again = load(); again.config) loaded = std::move(again);
    started = daemon.start(*loaded.config);
  }
  if (!started) {
    watch::log::error("arrivald cannot start: " + started.error().text);
    asio::co_spawn(io, daemon.stop(), asio::detached);
    io.run();
    return kExitFailed;
  }
  if (!recovery.empty()) static_cast<void>(daemon.owners().outbox().putNow(recovery));
  watch::log::info("arrivald is watching", {{"version", kVersion}, {"port", std::to_string(daemon.port())}});
  systemd::ready("watching");
  if (const auto interval = systemd::watchdogInterval())
    helpers.spawn("watchdog", feedWatchdog(clock, std::chrono::duration_cast<Duration>(*interval / 3)));
  int exitCode = kExitOk;
  asio::co_spawn(io, obeySignals(daemon, helpers, signals, exitCode), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  watch::log::info("stopped");
  return exitCode;
}

}  // namespace arrivald
