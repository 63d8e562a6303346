#include "daemon/daemon.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/commands.hpp"
#include "daemon/systemd.hpp"
#include "desk/page.hpp"
#include "watch/deliver_outbox.hpp"
#include "watch/log.hpp"
#include "watch/publish.hpp"
#include "watch/report.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;
namespace log = watch::log;

namespace {

http::ClientOptions clientOptionsOf(const config::Config& config) {
  http::ClientOptions options;
  options.caFile = config.http.caFile;
  if (config.http.proxy) options.proxy = config.http.proxy->secret;
  options.noProxy = config.http.noProxy;
  return options;
}

Response textResponse(unsigned status, std::string text) {
  Response response{status,
                    {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
                    std::move(text)};
  return response;
}

Response jsonResponse(std::string text) {
  Response response{
      200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, std::move(text)};
  return response;
}

}  // namespace

// The time-outs of the YAML become the limits of every request.
class Daemon::LimitedTransport final : public http::Transport {
 public:
  LimitedTransport(boost::asio::any_io_executor executor, Clock& clock, const config::Config& config)
      : client_(std::move(executor), clock, clientOptionsOf(config)), http_(config.http) {}
  Task<Result<Response, http::Failure>> send(http::Request request) override {
    request.limits.connect = http_.connect;
    request.limits.read = http_.read;
    request.limits.total = http_.total;
    request.limits.bodyBytes = std::min(request.limits.bodyBytes, http_.maxBodyBytes);
    co_return co_await client_.send(std::move(request));
  }
  void closeIdle() { client_.closeIdle(); }

 private:
  http::Client client_;
  config::Http http_;
};

void Daemon::makeTransport() {
  transport_ = std::make_unique<LimitedTransport>(io_.get_executor(), networkClock_, *config_);
}

void startLog(const config::Log& settings) {
  const auto level = static_cast<log::Level>(settings.level);
  log::start(level, settings.json              ? log::Format::json
                    : systemd::logsToJournal() ? log::Format::journald
                                               : log::Format::text);
}

Daemon::Daemon(boost::asio::io_context& io, Clock& clock, Clock& networkClock, watch::Random random,
               LoadConfig loadConfig)
    : io_(io),
      clock_(clock),
      networkClock_(networkClock),
      random_(std::move(random)),
      loadConfig_(std::move(loadConfig)) {}

Daemon::~Daemon() = default;

Done Daemon::start(config::Config config) {
  config_ = std::make_shared<const config::Config>(std::move(config));
  auto database = store::Database::open(config_->storePath);
  if (!database) return database.error();
  database_ = std::move(*database);
  registry_ = std::make_unique<metrics::Registry>(
      clock_, kVersion,
      metrics::CardinalityLimits{config_->cardinality, 100, config_->exportedWindows, config_->maxSeries},
      kRevision);
  state_ = std::make_unique<watch::State>(*database_, clock_, *registry_);
  const auto loaded = state_->load();
  if (!loaded) return loaded;
  events_ = std::make_unique<watch::EventStream>(io_.get_executor(), *state_);
  const auto remembered = events_->load(*config_);
  if (!remembered) return remembered;
  addRoutes();
  auto server = listen(config_->listen);
  if (!server) return server.error();
  server_ = std::move(*server);
  auto eventServer = listenForEvents(*config_);
  if (!eventServer) return eventServer.error();
  eventServer_ = std::move(*eventServer);
  makeTransport();
  registry_->configAccepted(clock_.now());
  watch::publish(*state_, *config_);
  watch_ = makeWatch(config_);
  watch_->start();
  return done();
}

std::unique_ptr<watch::Watch> Daemon::makeWatch(std::shared_ptr<const config::Config> config) {
  return std::make_unique<watch::Watch>(io_.get_executor(), *state_, *transport_, random_, std::move(config),
                                        events_.get(), [this] { say(); });
}

void Daemon::say() {
  if (onRound) onRound(watch::statusLine(*state_, *config_));
}

Result<std::unique_ptr<http::Server>> Daemon::listen(const config::Listen& wanted) {
  http::ServerOptions options;
  options.address = wanted.address;
  options.port = wanted.port;
  options.certificateFile = wanted.certificateFile;
  options.keyFile = wanted.keyFile;
  if (!wanted.user.empty())
    options.basicAuthentication = Secret(wanted.user + ":" + std::string(wanted.password.secret.reveal()));
  options.bodyBytes = 64 * 1024;
  options.onFailure = [](std::string_view where, std::string_view what) {
    log::error("a request failed: " + std::string(what), {{"where", where}});
  };
  return http::Server::listen(io_.get_executor(), networkClock_, std::move(options),
                              [this](const ServerRequest& request) { return router_.dispatch(request); });
}

Result<std::unique_ptr<http::Server>> Daemon::listenForEvents(const config::Config& config) {
  const bool wanted = std::any_of(config.accounts.begin(), config.accounts.end(),
                                  [](const auto& account) { return account.events.has_value(); });
  if (!wanted) return std::unique_ptr<http::Server>();
  const auto& listen = config.eventStream.listen;
  http::ServerOptions options;
  options.address = listen.address;
  options.port = listen.port;
  options.certificateFile = listen.certificateFile;
  options.keyFile = listen.keyFile;
  options.bodyBytes = config.eventStream.maxBodyBytes;
  // Whoever comes gets a place; what strangers can make us hold is bounded by the bodies.
  options.connections = 1024;
  options.allBodiesBytes = std::max<std::size_t>(48 << 20, 4 * options.bodyBytes);
  options.onBusy = [this] { registry_->streamBatch("", "busy"); };
  options.onFailure = [](std::string_view where, std::string_view what) {
    log::error("a batch of events failed: " + std::string(what), {{"where", where}});
  };
  return http::Server::listen(io_.get_executor(), networkClock_, std::move(options),
                              [this](const ServerRequest& request) -> Task<Response> {
                                if (request.method != "POST") {
                                  co_return textResponse(405, "events are sent by POST\n");
                                }
                                co_return co_await events_->receive(request);
                              });
}

void Daemon::addRoutes() {
  const auto get = [this](const char* path, std::function<Response(const ServerRequest&)> answer) {
    router_.add("GET", path, [answer = std::move(answer)](const ServerRequest& request) -> Task<Response> {
      co_return answer(request);
    });
  };
  get("/", [this](const ServerRequest&) {
    Response response{200,
                      {{"Content-Type", "text/html; charset=utf-8"},
                       {"Cache-Control", "no-store"},
                       {"Referrer-Policy", "no-referrer"}},
                      {}};
    response.headers.add("Content-Security-Policy", desk::contentSecurityPolicy());
    response.body = desk::renderPage(watch::pageModelOf(*state_, *config_, kVersion));
    return response;
  });
  get("/metrics", [this](const ServerRequest&) {
    return Response{
        200, {{"Content-Type", std::string(metrics::Registry::contentType())}}, registry_->expose()};
  });
  get("/healthz", [](const ServerRequest&) { return textResponse(200, "ok\n"); });
  get("/readyz", [this](const ServerRequest&) {
    const auto reason = watch::notReady(*state_, *config_);
    return reason ? textResponse(503, *reason + "\n") : textResponse(200, "ok\n");
  });
  get("/api/status",
      [this](const ServerRequest&) { return jsonResponse(watch::statusJson(*state_, *config_, kVersion)); });
  get("/api/explain-alert", [this](const ServerRequest& request) {
    auto text = watch::explainAlerts(*state_, *config_, request.parameter("rule").value_or(""),
                                     request.parameter("subject").value_or(""));
    return text ? textResponse(200, std::move(*text)) : textResponse(404, text.error().text + "\n");
  });
  get("/api/trace", [this](const ServerRequest& request) {
    const auto query = watch::readEventQuery(request, clock_.now());
    return query ? jsonResponse(events_->search(*query)) : textResponse(400, query.error().text + "\n");
  });
  get("/api/malformed-events", [this](const ServerRequest&) { return jsonResponse(events_->malformed(50)); });
  // Changes something, so it wants a header that a web page elsewhere cannot make a browser send.
  router_.add("POST", "/api/test-alert", [this](const ServerRequest& request) -> Task<Response> {
    if (!request.headers.find("X-Arrivald")) {
      co_return textResponse(403, "send the header X-Arrivald: 1\n");
    }
    const auto count = watch::queueTestNotifications(state_->outbox(), clock_, *config_,
                                                     request.parameter("channel").value_or(""), random_());
    if (!count) {
      co_return textResponse(404, count.error().text + "\n");
    }
    co_return textResponse(202,
                           fmt::format("{} test message{} on the way\n", *count, *count == 1 ? "" : "s"));
  });
}

Task<> Daemon::reload() {
  if (reloading_ || stopping_) co_return;
  reloading_ = true;
  auto loaded = loadConfig_();
  for (const auto& problem : loaded.problems)
    log::write(problem.warning ? log::Level::warning : log::Level::error,
               config::toText(problem, "configuration"));
  if (!loaded.config) {
    registry_->configRefused();
    log::error("the configuration was not reloaded; the running one goes on unchanged");
    reloading_ = false;
    co_return;
  }
  auto next = std::make_shared<const config::Config>(std::move(*loaded.config));
  if (next->storePath != config_->storePath) log::warning("store.path changes at a restart only");
  const auto changes = config::differences(*config_, *next);
  std::unique_ptr<http::Server> server;
  if (!(next->listen == config_->listen)) {
    // A new address is bound before the old one is let go; the same port again needs the old one gone first.
    const bool samePort =
        next->listen.port == config_->listen.port && next->listen.address == config_->listen.address;
    if (samePort) co_await server_->stop(std::chrono::seconds(2));
    auto listening = listen(next->listen);
    if (!listening) {
      registry_->configRefused();
      log::error("the configuration was not reloaded: " + listening.error().text +
                 "; the running one goes on");
      if (samePort) {
        auto again = listen(config_->listen);
        if (again) server_ = std::move(*again);
      }
      reloading_ = false;
      co_return;
    }
    server = std::move(*listening);
  }
  co_await watch_->stop();
  watch_.reset();
  const bool streamMoves = !(next->eventStream.listen == config_->eventStream.listen) ||
                           next->eventStream.maxBodyBytes != config_->eventStream.maxBodyBytes;
  config_ = next;
  events_->use(*config_);
  const bool streamWanted = std::any_of(config_->accounts.begin(), config_->accounts.end(),
                                        [](const auto& account) { return account.events.has_value(); });
  if (streamMoves || streamWanted != (eventServer_ != nullptr)) {
    if (eventServer_) co_await eventServer_->stop(std::chrono::seconds(2));
    eventServer_.reset();
    auto listening = listenForEvents(*config_);
    if (listening)
      eventServer_ = std::move(*listening);
    else
      log::error("events are not received: " + listening.error().text);
  }
  makeTransport();
  startLog(config_->log);
  state_->profilesLearned = {};
  watch_ = makeWatch(config_);
  watch_->start();
  if (server) {
    std::swap(server, server_);
    co_await server->stop(std::chrono::seconds(2));
  }
  registry_->configAccepted(clock_.now());
  for (const auto& change : changes) log::info("reloaded: " + change);
  if (changes.empty()) log::info("reloaded; nothing has changed");
  reloading_ = false;
  say();
}

Task<> Daemon::stop() {
  stopping_ = true;
  if (watch_) co_await watch_->stop();
  if (eventServer_) co_await eventServer_->stop(std::chrono::seconds(3));
  if (server_) co_await server_->stop(std::chrono::seconds(3));
  if (transport_) transport_->closeIdle();
  if (database_) database_->checkpoint();
}

}  // namespace arrivald
