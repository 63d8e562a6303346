#include "daemon/store_wait.hpp"

#include <fmt/format.h>

#include "daemon/limited_transport.hpp"
#include "daemon/responses.hpp"
#include "daemon/server_options.hpp"
#include "notify/compose.hpp"
#include "notify/retry.hpp"
#include "runtime/sleep.hpp"
#include "store/lock_holder.hpp"
#include "watch/log.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;
namespace log = watch::log;

namespace {

constexpr Duration kLookEvery = std::chrono::seconds(2);
// A process that stops, or a look into the store by hand, is over by then.
constexpr Duration kNotifyAfter = std::chrono::minutes(2);
constexpr Duration kRemindEvery = std::chrono::hours(4);
constexpr Duration kGrace = std::chrono::seconds(3);

std::string idOf(Instant now) { return fmt::format("store@arrivald#{}", unixMilliseconds(now)); }

}  // namespace

StoreWait::StoreWait(const DaemonEnvironment& environment, config::Config config, Error why,
                     std::function<bool()> isFree)
    : environment_(environment),
      config_(std::move(config)),
      why_(std::move(why)),
      isFree_(std::move(isFree)),
      since_(environment.clock.now()),
      tasks_(environment.io.get_executor(),
             [](std::string_view, std::string_view what) { log::error(what); }) {
  if (!isFree_) isFree_ = [this] { return !store::lockHolder(config_.storePath).has_value(); };
  if (environment_.makeTransport)
    transport_ = environment_.makeTransport(config_);
  else
    transport_ = std::make_unique<LimitedTransport>(environment_.io.get_executor(), environment_.networkClock,
                                                    config_);
  people_.channels = watch::makeChannels(config_, *transport_, environment_.clock, people_.conversations);
}

StoreWait::~StoreWait() = default;

Done StoreWait::listen() {
  auto status = server(config_.listen);
  if (!status) return std::move(status).error();
  servers_.push_back(std::move(*status));
  if (listensForEvents(config_)) {
    auto events = server(config_.eventStream.listen);
    if (!events) return std::move(events).error();
    servers_.push_back(std::move(*events));
  }
  for (const auto& each : servers_) each->start();
  return done();
}

Result<std::unique_ptr<http::Server>> StoreWait::server(const config::Listen& listen) {
  auto options = serverOptions(listen, "a request");
  // Bodies are not read: whoever sends one gets the answer to its header.
  options.admit = [this](const ServerRequest& header) -> std::optional<Response> {
    if (header.method == "GET" || header.method == "HEAD") return std::nullopt;
    auto response = textResponse(503, why_.text + "\n");
    response.headers.add("Retry-After", "30");
    return response;
  };
  return http::Server::bind(environment_.io.get_executor(), environment_.networkClock, std::move(options),
                            [this](const ServerRequest& request) { return answer(request); });
}

Task<Response> StoreWait::answer(const ServerRequest& request) {
  if (request.path == "/healthz") co_return textResponse(200, "ok\n");
  co_return textResponse(503, why_.text + "\n");
}

std::uint16_t StoreWait::port() const { return servers_.empty() ? std::uint16_t{0} : servers_[0]->port(); }

std::uint16_t StoreWait::eventPort() const {
  return servers_.size() < 2 ? std::uint16_t{0} : servers_[1]->port();
}

void StoreWait::end() {
  ended_ = true;
  end_.wake();
}

// The process may be another one by now.
void StoreWait::look() {
  const auto holder = store::lockHolder(config_.storePath);
  if (!holder) return;
  auto said = store::lockedBy(holder, config_.storePath);
  if (said.english() == why_.text) return;
  why_.say(std::move(said));
  log::warning("arrivald waits for its store: " + why_.text);
}

Task<> StoreWait::run() {
  log::warning("arrivald waits for its store: " + why_.text);
  auto& clock = environment_.clock;
  const auto begun = clock.sinceBoot();
  bool notifying = false;
  while (!ended_ && !isFree_()) {
    look();
    if (!notifying && clock.sinceBoot() - begun >= kNotifyAfter) {
      notifying = true;
      for (const auto& channel : people_.channels) tasks_.spawn(channel->name(), notify(*channel));
    }
    co_await end_.wait(clock, kLookEvery);
  }
  if (!ended_) log::info("the store is free again");
  tasks_.stop();
  co_await tasks_.join();
  for (const auto& each : servers_) co_await each->stop(kGrace);
}

notify::Notification StoreWait::trouble(Language language) const {
  const auto now = environment_.clock.now();
  return notify::composeStoreTrouble({why_, config_.storePath, since_, true}, idOf(now), now, config_.zone,
                                     language);
}

// Ends by cancellation.
Task<> StoreWait::notify(channel::Channel& channel) {
  auto& clock = environment_.clock;
  int failures = 0;
  for (;;) {
    const auto notification = trouble(channel.language());
    const auto outcome = co_await channel.deliver(notification);
    if (outcome.ok()) {
      failures = 0;
      notified_ = true;
      co_await runtime::sleepFor(clock, kRemindEvery);
      continue;
    }
    ++failures;
    const auto now = clock.now();
    const auto again =
        notify::nextAttempt(outcome.error(), failures, now, now, environment_.random(), config_.retryFor);
    const Duration wait = again ? *again - now : kRemindEvery;
    log::error(fmt::format("a notification could not be delivered: {}", outcome.error().text),
               {{"channel", channel.name()}});
    co_await runtime::sleepFor(clock, wait);
  }
}

std::vector<watch::Outgoing> StoreWait::recovery() const {
  std::vector<watch::Outgoing> outgoing;
  if (!notified_) return outgoing;
  const auto now = environment_.clock.now();
  for (const auto& channel : people_.channels)
    outgoing.push_back(
        {idOf(now), channel->name(),
         notify::composeStoreWorks({config_.storePath, since_, now, notify::StoreRecovery::Memory::none},
                                   idOf(now), now, config_.zone, channel->language())});
  return outgoing;
}

}  // namespace arrivald
