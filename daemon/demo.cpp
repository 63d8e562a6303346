// The demo: the whole daemon against a simulated account that this very program serves over real HTTP on the
// loopback. Nothing of the daemon is replaced; only its clock runs faster.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "daemon/commands.hpp"
#include "daemon/daemon.hpp"
#include "runtime/sleep.hpp"
#include "simulator/poster.hpp"
#include "simulator/scenario.hpp"
#include "simulator/server.hpp"
#include "slack/render.hpp"
#include "watch/log.hpp"

namespace arrivald {

using runtime::Task;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// A folder of its own for the demo's state, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "arrivald-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder can be made in " +
                               std::filesystem::temp_directory_path().string());
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string yamlFor(const DemoOptions& options, const std::string& provider, const std::string& folder,
                    const std::string& webhookVariable, const std::string& publicKey) {
  return fmt::format(
      "language: {}\n"
      "time_zone: Asia/Tokyo\n"
      "accounts:\n"
      "  - name: machi\n"
      "    key: {{environment: ARRIVALD_DEMO_KEY}}\n"
      "    base_url: {}\n"
      "    time_zone: Asia/Tokyo\n"
      "    categories: {{discover: true}}\n"
      "    events: {{public_keys: [{}]}}\n"
      "event_stream: {{listen: {{port: 0}}}}\n"
      "slack:\n"
      "  webhook: {{environment: {}}}\n"
      "status_page: {{url: {}, schedule: {{every: 1m}}}}\n"
      "listen: {{port: {}}}\n"
      "store: {{path: {}/arrivald.db}}\n"
      "log: {{level: warning}}\n",
      options.language, provider, publicKey, webhookVariable, provider, options.port, folder);
}

// A weekday morning in the town.
Instant morning() {
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  return tokyo.startOf(parseDate("2026-11-24").value()) + 9h + 50min;
}

}  // namespace

int demo(const DemoOptions& options) {
  const auto scenario = simulator::Scenario::named(options.scenario);
  if (!scenario) {
    std::fprintf(stderr, "%s\n", scenario.error().text.c_str());
    return kExitUsage;
  }
  const bool english = options.language == "en";
  const auto style = isatty(1) != 0 ? channel::Preview::coloured : channel::Preview::plain;
  asio::io_context io(1);
  SystemClock network;
  const auto start = morning();
  AcceleratedClock clock(start, options.speed);
  std::mt19937_64 generator(options.seed);
  std::uniform_real_distribution<double> uniform(0, 1);

  simulator::AccountOptions accountOptions;
  accountOptions.seed = options.seed;
  accountOptions.zone = TimeZone::find("Asia/Tokyo").value();
  simulator::Account account(accountOptions, start);
  scenario->planFor(account, start);
  auto provider = simulator::Server::listen(io.get_executor(), clock, network, account, 0);
  if (!provider) {
    std::fprintf(stderr, "%s\n", provider.error().text.c_str());
    return kExitFailed;
  }

  TemporaryFolder folder;
  auto environment = config::Environment::ofProcess();
  const auto webhook = (*provider)->url() + "/services/T0/B0/demo";
  environment.variable = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "ARRIVALD_DEMO_KEY") return simulator::Server::kKey;
    if (name == "ARRIVALD_DEMO_WEBHOOK") return webhook;
    return std::nullopt;
  };
  http::Client postman(io.get_executor(), network, {});
  simulator::Poster poster(postman, clock, account);
  const auto yaml =
      yamlFor(options, (*provider)->url(), folder.path(), "ARRIVALD_DEMO_WEBHOOK", poster.publicKey());
  const auto load = [&] { return config::load(yaml, environment); };
  auto loaded = load();
  if (!loaded.config) {
    for (const auto& problem : loaded.problems)
      std::fprintf(stderr, "%s\n", config::toText(problem, "demo").c_str());
    return kExitFailed;
  }
  startLog(loaded.config->log);
  loaded.config->links.page.clear();

  std::ofstream kept;
  if (!options.slackFile.empty()) kept.open(options.slackFile, std::ios::app);
  std::size_t fired = 0, resolved = 0;
  (*provider)->onMessage = [&](const std::string& payload) {
    if (kept) kept << payload << std::endl;
    const auto shown = slack::previewOfPayload(payload, style);
    const auto& zone = accountOptions.zone;
    std::printf("\n%s  %s\n%s", zone.minuteText(clock.now()).c_str(),
                english ? "Slack would show:" : "Slack にはこう表示されます:", shown.c_str());
    std::fflush(stdout);
    if (payload.find("#2e7d32") != std::string::npos) {
      ++resolved;
    } else {
      ++fired;
    }
  };

  // Taken before anything is said, so that a Ctrl-C at the first line already ends it cleanly.
  asio::signal_set signals(io, SIGINT, SIGTERM);
  Daemon daemon(io, clock, network, [&] { return uniform(generator); }, load);
  const auto started = daemon.start(std::move(*loaded.config));
  if (!started) {
    std::fprintf(stderr, "%s\n", started.error().text.c_str());
    return kExitFailed;
  }
  const auto page = fmt::format("http://127.0.0.1:{}/", daemon.port());
  if (english) {
    fmt::print(
        "arrivald demo: a simulated town office sends mail, {:g} times as fast as in life.\n  page     {}\n  "
        "metrics  {}metrics\n  provider {}\nScenario \"{}\":\n",
        options.speed, page, page, (*provider)->url(), scenario->name);
  } else {
    fmt::print(
        "arrivald のデモ: 仮想の役所がメールを送っています(実際の{:g}倍の速さ)。\n  画面       {}\n  "
        "メトリクス {}metrics\n  仮想のSendGrid {}\nシナリオ「{}」:\n",
        options.speed, page, page, (*provider)->url(), scenario->name);
  }
  for (const auto& step : scenario->steps)
    fmt::print("  {} – {}  {}\n", accountOptions.zone.minuteText(start + step.after),
               accountOptions.zone.minuteText(start + step.after + step.length).substr(11),
               simulator::name(step.incident));
  fmt::print("{}\n", english ? "Ctrl-C ends it." : "Ctrl-C で終わります。");
  std::fflush(stdout);

  bool interrupted = false;
  runtime::TaskGroup ending(io.get_executor(), [](std::string_view, std::string_view) {});
  auto stopAll = [&]() -> Task<> {
    ending.stop();
    co_await daemon.stop();
    auto& server = **provider;
    co_await server.stop();
    postman.closeIdle();
  };
  auto waitForSignal = [&]() -> Task<> {
    auto [error, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(number);
    if (error) co_return;
    interrupted = true;
    asio::co_spawn(io, stopAll(), asio::detached);
  };
  auto waitForEnd = [&]() -> Task<> {
    co_await runtime::sleepFor(clock, scenario->length);
    asio::co_spawn(io, stopAll(), asio::detached);
  };
  // The provider's other half: what happens is posted to the daemon as it happens.
  ending.spawn("events", poster.post(fmt::format("http://127.0.0.1:{}/events/machi", daemon.eventPort())));
  ending.spawn("signal", waitForSignal());
  if (!options.untilInterrupted) ending.spawn("end", waitForEnd());
  io.run();
  fmt::print(fmt::runtime(english ? "\n{} alerts fired or worsened, {} resolved.\n"
                                  : "\n発生・悪化の知らせ {} 件、回復の知らせ {} 件。\n"),
             fired, resolved);
  const bool expected = scenario->steps.empty() ? fired == 0 : fired > 0;
  return interrupted || options.untilInterrupted || expected ? kExitOk : kExitFailed;
}

}  // namespace arrivald
