#include <csignal>
#include <cstdio>
#include <random>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/commands.hpp"
#include "daemon/daemon.hpp"
#include "daemon/server_options.hpp"
#include "daemon/systemd.hpp"
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
  Daemon daemon({io, clock, clock, [&] { return uniform(generator); }, status, load, nullptr, configPath});
  runtime::TaskGroup helpers(io.get_executor(),
                             [](std::string_view, std::string_view what) { watch::log::error(what); });
  const auto started = daemon.start(std::move(*loaded.config));
  if (!started) {
    watch::log::error("arrivald cannot start: " + started.error().text);
    asio::co_spawn(io, daemon.stop(), asio::detached);
    io.run();
    return kExitFailed;
  }
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
