#include "daemon/daemon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "daemon/commands.hpp"
#include "daemon/dmarc_site.hpp"
#include "daemon/limited_transport.hpp"
#include "daemon/responses.hpp"
#include "daemon/server_options.hpp"
#include "daemon/system_random.hpp"
#include "daemon/systemd.hpp"
#include "runtime/sleep.hpp"
#include "runtime/turns.hpp"
#include "store/lock_holder.hpp"
#include "watch/dmarc_receiver.hpp"
#include "watch/dmarc_watch.hpp"
#include "watch/log.hpp"
#include "watch/publish.hpp"
#include "watch/readiness.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;
namespace log = watch::log;

namespace {

// Of a listener that a reload replaced: for a request in progress, and for one that a connection accepted
// before may still send.
constexpr Duration kReloadGrace = std::chrono::seconds(30);
constexpr Duration kReloadIdleGrace = std::chrono::seconds(5);
constexpr Duration kStopGrace = std::chrono::seconds(3);
constexpr std::size_t kApiBodyBytes = 64 * 1024;
constexpr std::size_t kDeskBodyBytes = 1024 * 1024;
constexpr std::size_t kDeskConnections = 64;
// Every poster of events gets a connection; memory is bounded by the limit on all bodies together.
constexpr std::size_t kEventConnections = 1024;
constexpr std::size_t kMinAllBodiesBytes = std::size_t{48} << 20;

Error faultOf(const std::exception& problem) {
  return {Error::Kind::bug, fmt::format("a fault of arrivald, please report it: {}", problem.what())};
}

// The first mistake, and how many more there are.
Error mistakesIn(const config::Loaded& loaded, const std::string& path) {
  const auto isMistake = [](const config::Problem& problem) { return !problem.warning; };
  const auto first = std::ranges::find_if(loaded.problems, isMistake);
  if (first == loaded.problems.end())
    return Error::of(Error::Kind::invalid, phrase("the configuration has mistakes"));
  const auto count = std::ranges::count_if(loaded.problems, isMistake);
  if (count == 1) return Error::of(Error::Kind::invalid, config::said(*first, path));
  return Error::of(Error::Kind::invalid, phrase("{} (and {} more)", config::said(*first, path), count - 1));
}

// The files that prepareListeners() reads: the event listener runs for an event stream only.
std::set<std::string> certificatesOf(const config::Config& config) {
  std::set<std::string> files{config.listen.certificateFile};
  if (listensForEvents(config)) files.insert(config.eventStream.listen.certificateFile);
  files.erase("");
  return files;
}

// DMARC reports come by the same listener, and are larger.
std::size_t maxEventBody(const config::Config& config) {
  const bool takesReports = config.dmarc && !config.dmarc->user.empty();
  return takesReports ? std::max(config.eventStream.maxBodyBytes, watch::DmarcReceiver::kMaxBodyBytes)
                      : config.eventStream.maxBodyBytes;
}

// The answer to a batch of events beyond the limit of events.
std::optional<Response> tooLarge(std::size_t bytes, std::size_t max) {
  if (bytes <= max) return std::nullopt;
  return http::plainText(413, fmt::format("the body is larger than {} bytes", max));
}

// Of the header; 0 if it does not say.
std::size_t contentLength(const ServerRequest& header) {
  const auto text = header.headers.find("Content-Length").value_or("");
  std::size_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

// Of the status listener; the next one is told to come again.
constexpr std::size_t kWaitingRequests = 64;
// Of its 256 connections; a proxy is one peer.
constexpr std::size_t kStatusConnectionsPerPeer = 128;
constexpr std::size_t kHealthConnections = 32;

bool isHealthCheck(std::string_view path) { return path == "/healthz" || path == "/readyz"; }

// A listener with a certificate is always replaced: its file may have been renewed under the same name.
bool sameListener(const config::Listen& a, const config::Listen& b) {
  return a == b && a.certificateFile.empty();
}

}  // namespace

void startLog(const config::Log& settings) {
  const auto level = static_cast<log::Level>(settings.level);
  log::start(level, settings.json              ? log::Format::json
                    : systemd::logsToJournal() ? log::Format::journald
                                               : log::Format::text);
}

/// Everything that depends on one configuration. Constructed beside the running one, so that a failure leaves
/// that unchanged.
struct Daemon::Running {
  std::shared_ptr<const config::Config> config;
  std::vector<Phrase> notices;  // warnings about the configuration, such as a credential that needs a restart
  std::unique_ptr<http::Transport> transport;
  std::unique_ptr<watch::Watch> watch;
  std::unique_ptr<watch::DmarcWatch> dmarc;
  std::unique_ptr<http::Server> server;       // null in a prepared one: the running server is kept
  std::unique_ptr<http::Server> eventServer;  // likewise, where wantsEventServer
  bool wantsEventServer = false;
  std::shared_ptr<DeskRun> deskRun;          // null without a desk
  std::unique_ptr<http::Server> deskServer;  // null in a prepared one that keeps the running server
};

namespace {

// The metrics as they were rendered last, kept while others wait that came before that.
class Scrapes {
 public:
  /// Of a request as it comes; those who come later have greater numbers.
  std::uint64_t number() { return ++last_; }
  /// What was rendered after that request came.
  std::optional<Response> shared(std::uint64_t number) {
    if (!rendered_ || number > renderedFor_) return std::nullopt;
    auto response = *rendered_;
    if (number == renderedFor_) rendered_.reset();
    return response;
  }
  void rendered(const Response& response, std::uint64_t number) {
    rendered_.reset();
    renderedFor_ = last_;
    if (last_ > number) rendered_ = response;
  }

 private:
  std::uint64_t last_ = 0;
  std::optional<Response> rendered_;
  std::uint64_t renderedFor_ = 0;
};

}  // namespace

/// What the listeners answer; outlives reloads.
struct Daemon::Sites {
  Sites(watch::Owners& owners, watch::StoreHealth& health, const DaemonEnvironment& environment)
      : api(owners, environment.random),
        state(owners, environment.networkClock, environment.randomBytes),
        desk(owners, state, environment.randomBytes),
        reports(owners.database(), owners.clock(), owners.registry(), health),
        reportThread(owners.executor(), environment.networkClock, ""),
        views(reports, owners.statistics(), environment.clock, reportThread, &dns),
        dmarc(owners, reports, views, reportThread),
        receiver(reports, owners.clock(), reportThread) {
    owners.join(reports);
    owners.useDmarc(&reports.known());
    dmarc.addTo(api.router());
  }
  Task<Response> answer(const ServerRequest& request);
  Api api;
  runtime::Turns turns{kWaitingRequests};
  Scrapes scrapes;
  DeskState state;
  DeskSite desk;
  watch::DmarcReports reports;
  runtime::FileThread reportThread;
  watch::DmarcDns dns;
  watch::DmarcViews views;
  DmarcSite dmarc;
  watch::DmarcReceiver receiver;
};

// Whoever asks for page after page, in however many connections, must not keep health checks and events
// waiting. The metrics are rendered once for all that wait.
Task<Response> Daemon::Sites::answer(const ServerRequest& request) {
  if (isHealthCheck(request.path)) {
    co_return co_await api.answer(request);
  }
  const auto number = scrapes.number();
  const bool isMine = co_await turns.mine();
  if (!isMine) {
    auto busy = textResponse(503, "too many requests wait; try again later\n");
    busy.headers.add("Retry-After", "5");
    co_return busy;
  }
  const bool isScrape = request.method == "GET" && request.path == "/metrics";
  if (isScrape) {
    if (auto shared = scrapes.shared(number)) co_return std::move(*shared);
  }
  auto response = co_await api.answer(request);
  if (isScrape) scrapes.rendered(response, number);
  co_return response;
}

Daemon::Daemon(DaemonEnvironment environment)
    : environment_(std::move(environment)),
      retirements_(environment_.io.get_executor(),
                   [](std::string_view, std::string_view what) { log::error(what); }) {
  if (!environment_.randomBytes) environment_.randomBytes = systemRandom;
  if (!environment_.makeTransport)
    environment_.makeTransport = [this](const config::Config& config) {
      return std::make_unique<LimitedTransport>(environment_.io.get_executor(), environment_.networkClock,
                                                config);
    };
}

Daemon::~Daemon() = default;

std::uint16_t Daemon::port() const { return running_ ? running_->server->port() : std::uint16_t{0}; }

std::uint16_t Daemon::eventPort() const {
  return running_ && running_->eventServer ? running_->eventServer->port() : std::uint16_t{0};
}

std::uint16_t Daemon::deskPort() const {
  return running_ && running_->deskServer ? running_->deskServer->port() : std::uint16_t{0};
}

const watch::DmarcViews& Daemon::dmarcViews() const { return sites_->views; }

namespace {

bool mayWatchWithout(const Error& error, const std::string& storePath) {
  if (error.kind != Error::Kind::locked) return store::canContinueWithout(error.kind);
  const auto holder = store::lockHolder(storePath);
  return holder && !holder->mayBeArrivald();
}

}  // namespace

Done Daemon::start(config::Config config) {
  auto database = store::Database::open(config.storePath);
  if (!database && !mayWatchWithout(database.error(), config.storePath)) return database.error();
  database_ =
      database ? std::move(*database) : store::Database::openUnwritable(config.storePath, database.error());
  // What others only read is there, and comes: an empty state must not take its place.
  if (!database && database.error().kind == Error::Kind::locked && database_->standsIn())
    return database.error();
  registry_ =
      std::make_unique<metrics::Registry>(environment_.clock, kVersion, watch::limitsOf(config), kRevision);
  health_ = std::make_unique<watch::StoreHealth>(environment_.clock, *registry_);
  if (!database) health_->record("store", database.error());
  owners_ = std::make_unique<watch::Owners>(watch::Environment{environment_.io.get_executor(), *database_,
                                                               environment_.clock, *registry_, *health_,
                                                               environment_.clock.now()});
  sites_ = std::make_unique<Sites>(*owners_, *health_, environment_);
  const auto loaded = owners_->load();
  if (!loaded) return loaded;
  auto next = prepare(std::move(config));
  if (!next) return std::move(next).error();
  activate(std::move(*next));
  return done();
}

// Does everything that can fail, without any effect on the running configuration.
Result<std::unique_ptr<Daemon::Running>> Daemon::prepare(config::Config config) {
  auto next = std::make_unique<Running>();
  next->config = std::make_shared<const config::Config>(std::move(config));
  next->transport = environment_.makeTransport(*next->config);
  if (next->config->desk)
    next->deskRun = std::make_shared<DeskRun>(*owners_, sites_->state, next->config,
                                              environment_.makeTransport(*next->config), environment_.random);
  const auto listening = prepareListeners(*next);
  if (!listening) return listening.error();
  next->watch = std::make_unique<watch::Watch>(*owners_, *next->transport, environment_.random, next->config,
                                               environment_.observer);
  next->dmarc = std::make_unique<watch::DmarcWatch>(*owners_, sites_->reports, sites_->views,
                                                    sites_->reportThread, next->config, environment_.random);
  if (environment_.resolver) next->dmarc->askDnsBy(*environment_.resolver, sites_->dns);
  return next;
}

Done Daemon::prepareListeners(Running& next) {
  const auto& config = *next.config;
  const auto executor = environment_.io.get_executor();
  auto& clock = environment_.networkClock;
  const auto* former = running_.get();
  next.wantsEventServer = listensForEvents(config);
  const bool keepsStatus = former && sameListener(former->config->listen, config.listen);
  const bool keepsEvents = former && former->eventServer &&
                           sameListener(former->config->eventStream.listen, config.eventStream.listen) &&
                           maxEventBody(*former->config) == maxEventBody(config) &&
                           former->config->eventStream.maxBodyBytes == config.eventStream.maxBodyBytes;
  // Sockets are handed over by whoever gives theirs up, so that two listeners may also swap their ports.
  const auto* givenStatus = former && !keepsStatus ? former->server.get() : nullptr;
  const auto* givenEvents =
      former && (!keepsEvents || !next.wantsEventServer) ? former->eventServer.get() : nullptr;
  const bool keepsDesk = former && former->deskServer && config.desk &&
                         sameListener(former->config->desk->listen, config.desk->listen);
  const auto* givenDesk = former && !keepsDesk ? former->deskServer.get() : nullptr;
  // "Any free port" is the one that the same listener had.
  const auto predecessors = [&](const config::Listen& listen, const http::Server* own) {
    if (listen.port == 0) return std::vector<const http::Server*>{own};
    return std::vector<const http::Server*>{givenStatus, givenEvents, givenDesk};
  };
  if (config.desk && !keepsDesk) {
    const auto prepared = prepareDesk(next, predecessors(config.desk->listen, givenDesk));
    if (!prepared) return prepared;
  }
  if (!keepsStatus) {
    auto options = serverOptions(config.listen, "a request");
    options.bodyBytes = kApiBodyBytes;
    options.connectionsPerPeer = kStatusConnectionsPerPeer;
    options.reserve = kHealthConnections;
    options.mayUseReserve = isHealthCheck;
    auto server = http::Server::bind(
        executor, clock, std::move(options),
        [this](const ServerRequest& request) { return sites_->answer(request); },
        predecessors(config.listen, givenStatus));
    if (!server) return std::move(server).error();
    next.server = std::move(*server);
  }
  if (!next.wantsEventServer || keepsEvents) return done();
  auto server = http::Server::bind(
      executor, clock, eventOptions(config),
      [this](const ServerRequest& request) {
        // Before its events get a time: what is remembered and stored has to follow a clock that was set.
        owners_->noticeClockStep();
        return receiveEvents(request);
      },
      predecessors(config.eventStream.listen, givenEvents));
  if (!server) return std::move(server).error();
  next.eventServer = std::move(*server);
  return done();
}

Done Daemon::prepareDesk(Running& next, const std::vector<const http::Server*>& predecessors) {
  auto options = serverOptions(next.config->desk->listen, "a request of the desk");
  options.connections = kDeskConnections;
  options.bodyBytes = kDeskBodyBytes;
  auto server = http::Server::bind(
      environment_.io.get_executor(), environment_.networkClock, std::move(options),
      [this](const ServerRequest& request) { return sites_->desk.answer(request); }, predecessors);
  if (!server) return std::move(server).error();
  next.deskServer = std::move(*server);
  return done();
}

Task<Response> Daemon::receiveEvents(const ServerRequest& request) {
  if (watch::DmarcReceiver::handles(request.path)) {
    co_return co_await sites_->receiver.receive(request);
  }
  if (auto refused = tooLarge(request.body.size(), running_->config->eventStream.maxBodyBytes)) {
    owners_->events().receiver().refusedByListener(request.path, refused->status);
    co_return std::move(*refused);
  }
  co_return co_await owners_->events().receiver().receive(request);
}

http::ServerOptions Daemon::eventOptions(const config::Config& config) {
  const auto& stream = config.eventStream;
  auto options = serverOptions(stream.listen, "a batch of events");
  options.bodyBytes = maxEventBody(config);
  options.connections = kEventConnections;
  options.allBodiesBytes = std::max({kMinAllBodiesBytes, 4 * stream.maxBodyBytes, 2 * options.bodyBytes});
  options.admit = [this, max = stream.maxBodyBytes](const ServerRequest& header) -> std::optional<Response> {
    if (watch::DmarcReceiver::handles(header.path)) return sites_->receiver.admit(header);
    if (auto refused = tooLarge(contentLength(header), max)) {
      owners_->events().receiver().refusedByListener(header.path, refused->status);
      return refused;
    }
    auto refused = owners_->events().receiver().admit(header);
    if (refused && refused->status == 404) return notFound(header, running_->config->language, "events");
    return refused;
  };
  options.onRefused = [this](std::string_view path, unsigned status) {
    if (!watch::DmarcReceiver::handles(path)) owners_->events().receiver().refusedByListener(path, status);
  };
  return options;
}

// The running server of the desk is kept where the configuration does not change its listener.
void Daemon::activateDesk(Running* former) {
  const bool isNew = running_->deskServer != nullptr;
  const auto& config = running_->config;
  if (!config->desk) {
    sites_->desk.end();
    return sites_->api.use(DeskParts{});
  }
  if (!isNew && former) running_->deskServer = std::move(former->deskServer);
  sites_->state.retain(*config->desk);
  sites_->desk.use(config, running_->deskRun);
  sites_->api.use(
      DeskParts{&sites_->state.releases, &sites_->state.entries, &sites_->state.throttle, config});
  running_->deskRun->start(running_->deskServer->port());
  if (isNew) running_->deskServer->start();
}

// Cannot fail. The watch of the former configuration has stopped. Returns the former configuration's remains.
std::unique_ptr<Daemon::Running> Daemon::activate(std::unique_ptr<Running> next) {
  auto former = std::move(running_);
  running_ = std::move(next);
  const bool newServer = running_->server != nullptr, newEventServer = running_->eventServer != nullptr;
  if (!newServer) running_->server = std::move(former->server);
  if (!newEventServer && running_->wantsEventServer) running_->eventServer = std::move(former->eventServer);
  const auto& config = *running_->config;
  if (former && !(former->config->log == config.log)) startLog(config.log);
  registry_->use(watch::limitsOf(config));  // before owners export what is configured anew
  owners_->retain(config);
  sites_->api.use(running_->config, running_->notices);
  sites_->dmarc.use(running_->config);
  sites_->receiver.use(config);
  registry_->configAccepted(environment_.clock.now());
  watch::publish(*owners_, config);
  running_->watch->start();
  running_->dmarc->start();
  activateDesk(former.get());
  if (newServer) running_->server->start();
  if (newEventServer) running_->eventServer->start();
  return former;
}

Task<Done> Daemon::apply(std::unique_ptr<Running> next) {
  co_await running_->watch->stop();
  co_await running_->dmarc->stop();
  if (running_->deskRun) co_await running_->deskRun->stop();
  if (stopping_) co_return Error{Error::Kind::unavailable, "the daemon stops"};
  const auto former = activate(std::move(next));
  retire(std::move(former->server));
  retire(std::move(former->eventServer));
  retire(std::move(former->deskServer));
  co_return done();
}

// No accepted connection is cut: requests in progress, and connections that are about to send one, are served
// by the former listener beside the new one.
void Daemon::retire(std::unique_ptr<http::Server> former) {
  if (!former) return;
  former->retire(kReloadIdleGrace);
  retired_.emplace_back(std::move(former));
  retirements_.spawn("retirement", endRetired(retired_.back()));
}

Task<> Daemon::endRetired(std::shared_ptr<http::Server> former) {
  co_await runtime::sleepFor(environment_.networkClock, kReloadIdleGrace);
  co_await former->stop(kReloadGrace);
  std::erase(retired_, former);
}

// Reads the configuration and prepares it. Whatever is thrown leaves the running configuration untouched too.
Result<std::unique_ptr<Daemon::Running>> Daemon::prepareReload(std::vector<std::string>& changes) try {
  auto loaded = environment_.loadConfig();
  for (const auto& problem : loaded.problems)
    log::write(problem.warning ? log::Level::warning : log::Level::error,
               config::toText(problem, environment_.configPath));
  if (!loaded.config) return mistakesIn(loaded, environment_.configPath);
  if (loaded.config->storePath != running_->config->storePath) {
    log::warning("a changed store.path takes effect at a restart only");
    // What runs is what later reloads are compared with.
    loaded.config->storePath = running_->config->storePath;
  }
  changes = config::differences(*running_->config, *loaded.config);
  auto next = prepare(std::move(*loaded.config));
  if (next)
    for (const auto& problem : loaded.problems)
      (*next)->notices.push_back(config::said(problem, environment_.configPath));
  return next;
} catch (const std::exception& problem) {
  return faultOf(problem);
}

Task<Done> Daemon::reload() {
  if (reloading_ || stopping_)
    co_return Error{Error::Kind::unavailable, "a reload or the stop is in progress"};
  reloading_ = true;
  std::vector<std::string> changes;
  auto next = prepareReload(changes);
  auto applied = done();
  // Whatever is thrown has stopped the tasks. The stop waits for the end of this.
  try {
    if (next)
      applied = co_await apply(std::move(*next));
    else
      applied = std::move(next).error();
  } catch (const std::exception& problem) {
    log::error("a reload could not be completed; arrivald ends, to be started anew: " +
               faultOf(problem).text);
    reloading_ = false;
    reloaded_.wake();
    throw;
  }
  reloading_ = false;
  reloaded_.wake();
  if (!applied) {
    registry_->configRefused();
    sites_->api.reloadRefused(applied.error().said());
    log::error("the configuration was not reloaded: " + applied.error().text +
               "; the running configuration stays in effect");
    co_return applied;
  }
  for (const auto& change : changes) log::info("reloaded: " + change);
  const auto certificates = certificatesOf(*running_->config);
  for (const auto& file : certificates)
    log::info("reloaded: the certificate of a listener was read again", {{"file", file}});
  if (changes.empty() && certificates.empty())
    log::info(running_->notices.empty() ? "reloaded; nothing has changed"
                                        : "reloaded; nothing has changed, but see the warnings before this");
  environment_.observer.evaluated(watch::statusLine(*owners_, *running_->config));
  co_return applied;
}

Task<> Daemon::stop() {
  stopping_ = true;
  while (reloading_) co_await reloaded_.wait(environment_.clock, kStopGrace);
  if (running_ && running_->watch) {
    co_await running_->watch->stop();
    co_await running_->dmarc->stop();
    if (running_->deskRun) co_await running_->deskRun->stop();
    if (running_->deskServer) co_await running_->deskServer->stop(kStopGrace);
    if (running_->eventServer) co_await running_->eventServer->stop(kStopGrace);
    if (running_->server) co_await running_->server->stop(kStopGrace);
    running_->watch.reset();
    running_->transport.reset();
    // Kept connections to the provider would keep the loop going.
    running_->deskRun.reset();
    sites_->desk.end();
  }
  retirements_.stop();
  const auto retired = retired_;
  for (const auto& server : retired) co_await server->stop(kStopGrace);
  co_await retirements_.join();
  if (database_) database_->checkpoint();
}

}  // namespace arrivald
