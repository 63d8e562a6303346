// The command demo: the real daemon against a simulated account, which this process serves over HTTP on the
// loopback. Only the daemon's clock is replaced: it runs faster.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
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
#include <set>

#include "daemon/commands.hpp"
#include "daemon/daemon.hpp"
#include "daemon/language.hpp"
#include "daemon/system_random.hpp"
#include "desk/password.hpp"
#include "http/client.hpp"
#include "notify/catalogue.hpp"
#include "notify/job_words.hpp"
#include "notify/kind_words.hpp"
#include "runtime/sleep.hpp"
#include "simulator/archive.hpp"
#include "simulator/poster.hpp"
#include "simulator/report_mails.hpp"
#include "simulator/scenario.hpp"
#include "simulator/server.hpp"
#include "slack/render.hpp"
#include "watch/dmarc_answers.hpp"
#include "watch/log.hpp"

namespace arrivald {

using runtime::Task;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// A temporary folder for the demo's state, removed with this object.
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

// All entries are on the suppression lists at the start at up to this speed. Reading them takes some seconds,
// which are hours of the account's time at a higher speed; it has fewer then, lest an alert says that they
// cannot be read.
constexpr auto kArchived = static_cast<double>(simulator::Archive::kOfAllYears);
constexpr double kArchivedAtSpeed = 60;

// Of the users of the demo's desk, which listens on this machine only.
constexpr const char* kDeskPassword = "arrivald-demo";

std::string deskHash() {
  static const auto hash = desk::hashPassword(Secret(kDeskPassword), systemRandom(desk::kSaltBytes));
  return hash;
}

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
      "desk:\n"
      "  listen: {{port: 0}}\n"
      "  delete_key: {{environment: ARRIVALD_DEMO_KEY}}\n"
      "  release_unsubscribes: true\n"
      "  sessions: {{idle: 4h, max: 24h}}\n"
      "  users:\n"
      "    - {{name: viewer-1, role: viewer, password: \"{}\"}}\n"
      "    - {{name: ops-1, role: operator, password: \"{}\"}}\n"
      "    - {{name: admin-1, role: admin, password: \"{}\"}}\n"
      "dmarc: {{domains: [{}], directory: {}/reports}}\n"
      "store: {{path: {}/arrivald.db}}\n"
      "log: {{level: warning}}\n",
      options.language == Language::english ? "en" : "ja", provider, publicKey, webhookVariable, provider,
      options.port, deskHash(), deskHash(), deskHash(), simulator::kReportedDomain, folder, folder);
}

constexpr Duration kLearned = std::chrono::hours(24 * 22);

// The simulated start: a weekday morning.
Instant morning() {
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  return tokyo.startOf(parseDate("2026-11-24").value()) + 9h + 50min;
}

simulator::AccountOptions accountOf(const DemoOptions& options) {
  simulator::AccountOptions account;
  account.seed = options.seed;
  account.zone = TimeZone::find("Asia/Tokyo").value();
  account.archived = static_cast<std::size_t>(kArchived * std::min(1.0, kArchivedAtSpeed / options.speed));
  return account;
}

// That requests are missing, or that more fails each day, is known only to who has learned what is usual,
// from more than two weeks.
bool needsLearnedTraffic(const simulator::Scenario& scenario) {
  return std::ranges::any_of(scenario.steps, [](const auto& step) {
    return step.incident == simulator::Incident::senderStops || step.incident == simulator::Incident::drift;
  });
}

// What the statistics said in the weeks before `start`, as arrivald would have read it.
std::vector<delivery::Read> readBefore(simulator::Account& account, Instant start, Duration history) {
  // Of the last day, by which the provider's update interval is judged, as often as it publishes.
  constexpr Duration kSeldom = 15min, kOften = 2min, kOfLate = std::chrono::hours(26);
  const delivery::Subject whole{"machi", delivery::Dimension::account, ""};
  std::vector<delivery::Read> reads;
  for (Instant at = start - history; at<start; at += start - at> kOfLate ? kSeldom : kOften) {
    account.advance(at);
    delivery::Read read{{whole.account, whole.dimension}, at, Date{}, Date{}, {}, true};
    read.lastDay = account.zone().dateOf(at);
    read.firstDay = read.lastDay - std::chrono::days(1);
    delivery::SubjectTotals totals{whole, {}};
    for (const auto day : {read.firstDay, read.lastDay})
      totals.days.push_back({day, account.total(whole, day)});
    read.totals.push_back(std::move(totals));
    reads.push_back(std::move(read));
  }
  return reads;
}

// The number of the incident in a badge, "Critical · #1" or "緊急・事案1"; empty: it is of none.
std::string incidentIn(std::string_view badge) {
  for (const std::string_view mark : {"#", "事案"})
    if (const auto at = badge.find(mark); at != std::string_view::npos) {
      const auto from = at + mark.size();
      return std::string(badge.substr(from, badge.find_first_not_of("0123456789", from) - from));
    }
  return {};
}

// The receivers' reports of five weeks, as a mail server would deliver them to a Maildir.
void deliverReports(const std::string& folder, Date today) {
  for (const auto* part : {"/reports/new", "/reports/cur", "/reports/tmp"})
    std::filesystem::create_directories(folder + part);
  for (const auto& [name, mail] : simulator::reportMails(today, 35)) {
    std::ofstream file(folder + "/reports/new/" + name, std::ios::binary);
    file << mail;
  }
}

// The output on the terminal.
class Screen {
 public:
  Screen(const DemoOptions& options, const TimeZone& zone, Clock& clock)
      : english_(options.language == Language::english),
        style_(isatty(1) != 0 ? slack::Preview::coloured : slack::Preview::plain),
        zone_(zone),
        clock_(clock) {
    if (!options.slackFile.empty()) kept_.open(options.slackFile, std::ios::app);
  }

  /// Prints the URLs and the scenario's steps.
  void introduce(const simulator::Scenario& scenario, double speed, const std::string& page,
                 const std::string& desk, const std::string& provider, Instant start) const {
    fmt::print(
        fmt::runtime(
            english_
                ? "arrivald demo: a simulated town office sends mail, {:g} times as fast as "
                  "in life.\n  page     {}\n  desk     {}  (ops-1, admin-1, viewer-1; password {})\n"
                  "  DMARC    {}dmarc\n  metrics  {}metrics\n  provider {}\n"
                  "Scenario \"{}\":\n"
                : "arrivald のデモ: 仮想の役所がメールを送っています(実際の{:g}倍の速さ)。\n"
                  "  画面       {}\n  不達デスク {}  (desk。ops-1・admin-1・viewer-1、パスワード {})\n"
                  "  DMARC      {}dmarc\n  メトリクス {}metrics\n  仮想のSendGrid {}\nシナリオ「{}」:\n"),
        speed, page, desk, kDeskPassword, page, page, provider, scenario.name);
    for (const auto& step : scenario.steps)
      fmt::print("  {} – {}  {}\n", zone_.minuteText(start + step.after),
                 zone_.zonedText(start + step.after + step.length).substr(11),
                 simulator::name(step.incident));
    fmt::print("{}\n", english_ ? "Ctrl-C ends it." : "Ctrl-C で終わります。");
    std::fflush(stdout);
  }

  /// Prints and counts a message as Slack would show it.
  void show(const std::string& payload) {
    if (kept_) kept_ << payload << std::endl;
    const auto shown = slack::previewOfPayload(payload, style_);
    std::printf("\n%s  %s\n%s", zone_.zonedText(clock_.now()).c_str(),
                english_ ? "Slack would show:" : "Slack にはこう表示されます:", shown.c_str());
    std::fflush(stdout);
    const bool resolution = payload.find("#2e7d32") != std::string::npos;
    const bool ended = payload.find("#757575") != std::string::npos;
    // The badge of what is not new has a second part, "Critical · worse"; that of an incident its number.
    const auto badge = shown.substr(0, std::min(shown.find(']'), shown.find('\n')));
    const auto number = incidentIn(badge);
    const bool isNew = number.empty() ? badge.find("·") == std::string::npos : numbers_.insert(number).second;
    ++(resolution ? resolved_ : ended ? ended_ : isNew ? fired_ : worsened_);
  }

  /// `open`: the alerts that still fire, as text.
  void summarise(const std::vector<std::string>& open) const {
    fmt::print(
        fmt::runtime(
            english_ ? "\nNotifications: {} of new problems, {} of problems that grew worse or went "
                       "on, {} of recoveries, {} of other ends.\n"
                     : "\n通知: 新しい異常 {} 件、悪化・継続 {} 件、回復 {} 件、そのほかの終了 {} 件。\n"),
        fired_, worsened_, resolved_, ended_);
    for (const auto& alert : open)
      fmt::print(fmt::runtime(english_ ? "Still open at the end: {}\n" : "終了時点で継続中: {}\n"), alert);
  }
  /// What DMARC reports tell, and what to do first about them.
  void sayReports(const Daemon& daemon) const {
    const auto view = daemon.dmarcViews().latest(simulator::kReportedDomain, dmarc::kEnforcementDays);
    if (!view) return;
    fmt::print("\n{}\n{}", english_ ? "DMARC reports:" : "DMARCレポート:",
               watch::dmarcSummaryText({view}, english_ ? Language::english : Language::japanese));
  }
  /// Where nothing was notified of the scenario's incidents, says why.
  void explainSilence(const simulator::Scenario& scenario) const {
    if (scenario.steps.empty() || fired_ > 0) return;
    std::string incidents;
    for (const auto& step : scenario.steps)
      incidents += (incidents.empty() ? "" : ", ") + std::string(simulator::name(step.incident));
    fmt::print(
        fmt::runtime(english_
                         ? "An alert was expected of {}, and none came. Another --seed has other mail; at a "
                           "high --speed much happens between two looks.\n"
                         : "{} のアラートが出るはずでしたが、出ませんでした。--seed を変えるとメールの内容が"
                           "変わります。--speed が大きいと、確認のあいだに多くのことが起きます。\n"),
        incidents);
  }
  std::size_t fired() const { return fired_; }

 private:
  const bool english_;
  const slack::Preview style_;
  const TimeZone& zone_;
  Clock& clock_;
  std::ofstream kept_;  // not open if no file is given
  std::size_t fired_ = 0;
  std::size_t worsened_ = 0;
  std::size_t resolved_ = 0;
  std::size_t ended_ = 0;
  std::set<std::string> numbers_;  // of incidents that were shown
};

// The demo is no service: nobody reads its status line.
class NoServiceStatus final : public watch::RoundObserver {
 public:
  void evaluated(const std::string&) override {}
};

// Where the demo runs: the simulated account's URLs and verification key, the folder of the state.
struct Place {
  std::string provider;  // URLs
  std::string webhook;
  std::string folder;
  std::string publicKey;
};

// The demo's configuration; independent of the process's environment.
config::Loaded loadFor(const DemoOptions& options, const Place& place) {
  auto environment = config::Environment::ofProcess();
  environment.variable = [&place](const std::string& name) -> std::optional<std::string> {
    if (name == "ARRIVALD_DEMO_KEY") return simulator::Server::kKey;
    if (name == "ARRIVALD_DEMO_WEBHOOK") return place.webhook;
    return std::nullopt;
  };
  return config::load(
      yamlFor(options, place.provider, place.folder, "ARRIVALD_DEMO_WEBHOOK", place.publicKey), environment);
}

// Ends the daemon and the provider at a signal or when the scenario is over, whichever comes first.
class Ending {
 public:
  Ending(asio::io_context& io, Daemon& daemon, simulator::Server& server, http::Client& postman)
      : io_(io),
        daemon_(daemon),
        server_(server),
        postman_(postman),
        signals_(io, SIGINT, SIGTERM),
        tasks_(io.get_executor(), [](std::string_view, std::string_view) {}) {}

  void atSignal() { tasks_.spawn("signal", waitForSignal()); }
  void after(Clock& clock, Duration length) { tasks_.spawn("end", waitFor(clock, length)); }
  /// A further task that ends with the demo.
  void add(std::string_view name, Task<> task) { tasks_.spawn(std::string(name), std::move(task)); }
  bool interrupted() const { return interrupted_; }

 private:
  Task<> waitForSignal() {
    auto [error, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(number);
    if (error) co_return;
    interrupted_ = true;
    asio::co_spawn(io_, stopAll(), asio::detached);
  }
  Task<> waitFor(Clock& clock, Duration length) {
    co_await runtime::sleepFor(clock, length);
    asio::co_spawn(io_, stopAll(), asio::detached);
  }
  Task<> stopAll() {
    tasks_.stop();
    co_await daemon_.stop();
    co_await server_.stop();
    postman_.closeIdle();
  }

  asio::io_context& io_;
  Daemon& daemon_;
  simulator::Server& server_;
  http::Client& postman_;
  asio::signal_set signals_;
  bool interrupted_ = false;
  runtime::TaskGroup tasks_;
};

// As people call them.
std::vector<std::string> openAlerts(Daemon& daemon, const notify::Catalogue& words) {
  std::vector<std::string> open;
  for (const auto& alert : daemon.owners().alerts().all())
    if (rules::active(alert.state) && alert.mutedBy.empty())
      open.push_back(words.text("incident.part_over.alert",
                                {{"rule", notify::what(alert.evidence, words)},
                                 {"subject", notify::subjectWords(words, alert.key.subject)}}));
  return open;
}

int failed(const std::string& why, int exit = kExitFailed) {
  std::fprintf(stderr, "%s\n", why.c_str());
  return exit;
}

}  // namespace

int demo(const DemoOptions& given) {
  auto options = given;
  if (!options.language) options.language = localeLanguage(config::Environment::ofProcess());
  const auto scenario = simulator::Scenario::named(options.scenario);
  const auto& words = notify::Catalogue::of(*options.language);
  if (!scenario) return failed(words.say(scenario.error().said()), kExitUsage);
  asio::io_context io(1);
  SystemClock network;
  const auto start = morning();
  std::mt19937_64 generator(options.seed);
  std::uniform_real_distribution<double> uniform(0, 1);

  const auto accountOptions = accountOf(options);
  const Duration history = needsLearnedTraffic(*scenario) ? kLearned : Duration{};
  simulator::Account account(accountOptions, start - history);
  const auto learned = readBefore(account, start, history);
  account.advance(start);
  scenario->planFor(account, start);
  AcceleratedClock clock(start, options.speed);
  auto provider = simulator::Server::listen(io.get_executor(), clock, network, account, 0);
  if (!provider) return failed(words.say(provider.error().said()));
  auto& server = **provider;

  http::Client postman(io.get_executor(), network, {});
  simulator::Poster poster(postman, clock, account);
  TemporaryFolder folder;
  deliverReports(folder.path(), accountOptions.zone.dateOf(start));
  const Place place{server.url(), server.url() + "/services/T0/B0/demo", folder.path(), poster.publicKey()};
  const auto load = [&] { return loadFor(options, place); };
  auto loaded = load();
  if (!loaded.config) {
    for (const auto& problem : loaded.problems) failed(config::toText(problem, "demo"));
    return kExitFailed;
  }
  startLog(loaded.config->log);
  loaded.config->links.page.clear();

  Screen screen(options, accountOptions.zone, clock);
  server.onMessage = [&](const std::string& payload) { screen.show(payload); };
  NoServiceStatus status;
  Daemon daemon({io, clock, network, [&] { return uniform(generator); }, status, load, nullptr});
  // Registers the signals before the first output, so that Ctrl-C always ends the demo cleanly.
  Ending ending(io, daemon, server, postman);
  const auto started = daemon.start(std::move(*loaded.config));
  if (!started) return failed(words.say(started.error().said()));
  for (const auto& read : learned) static_cast<void>(daemon.owners().statistics().apply(read));
  screen.introduce(*scenario, options.speed, fmt::format("http://127.0.0.1:{}/", daemon.port()),
                   fmt::format("http://127.0.0.1:{}/", daemon.deskPort()), server.url(), start);

  // The provider also posts its events to the daemon as they happen.
  ending.add("events", poster.post(fmt::format("http://127.0.0.1:{}/events/machi", daemon.eventPort())));
  ending.atSignal();
  if (!options.untilInterrupted) ending.after(clock, scenario->length);
  io.run();
  screen.summarise(openAlerts(daemon, words));
  screen.sayReports(daemon);
  if (!ending.interrupted()) screen.explainSilence(*scenario);
  if (ending.interrupted() || options.untilInterrupted) return kExitOk;
  return scenario->steps.empty() == (screen.fired() == 0) ? kExitOk : kExitFailed;
}

}  // namespace arrivald
