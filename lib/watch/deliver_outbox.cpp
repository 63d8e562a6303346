#include "watch/deliver_outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "notify/compose.hpp"
#include "runtime/sleep.hpp"
#include "slack/render.hpp"
#include "slack/webhook.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

namespace asio = boost::asio;
using notify::DeliveryOutcome;
using runtime::Task;

namespace {

constexpr Duration kDeliveredKept = std::chrono::hours(24 * 14);
constexpr Duration kLongestWait = std::chrono::hours(1);

void publishDepth(State& state) {
  store::OutboxTable::Depth depth;
  const auto read = state.database().read([&] { depth = state.outbox().depth(); });
  if (read) state.registry().outbox(depth.waiting, depth.undeliverable, depth.oldest);
}

// A channel that takes nothing is told of in all others, at most once an hour.
void tellOthers(State& state, const config::Config& config, const config::Channel& channel,
                const std::string& reason, Instant now) {
  const auto hour = std::chrono::floor<std::chrono::hours>(now.time_since_epoch()).count();
  const auto id = fmt::format("undeliverable@{}#{}", channel.name, hour);
  const auto stored = state.database().transact([&] {
    for (const auto& other : config.channels) {
      if (other.name == channel.name) continue;
      const auto message =
          notify::composeUndeliverable(channel.name, reason, id, now, config.zone, languageOf(config, other));
      state.outbox().put({0, id, other.name, slack::render(message, {}), now, 0, now, ""});
    }
  });
  if (!stored) log::error("the outbox cannot be written: " + stored.error().text);
}

}  // namespace

Task<> deliverOutbox(State& state, http::Transport& transport, Random& random, runtime::Wakeup& wakeup,
                     const config::Config& config, const config::Channel& channel) {
  auto& clock = state.clock();
  {
    // The configuration may have been mended: what was given up waits again.
    std::int64_t again = 0;
    const auto stored = state.database().transact(
        [&] { again = state.outbox().retryUndeliverable(channel.name, clock.now()); });
    if (stored && again > 0)
      log::info("undeliverable messages are tried again",
                {{"channel", channel.name}, {"count", std::to_string(again)}});
  }
  bool inTrouble = false;
  for (;;) {
    publishDepth(state);
    std::vector<store::QueuedNotification> notifications;
    const auto read = state.database().read([&] { notifications = state.outbox().waiting(channel.name, 1); });
    if (!read) log::error("the outbox cannot be read: " + read.error().text);
    if (notifications.empty()) {
      co_await wakeup.wait(clock, kLongestWait);
      continue;
    }
    const auto notification = std::move(notifications.front());
    const auto left = notification.nextAttempt - clock.now();
    if (left > Duration{}) {
      co_await runtime::sleepFor(clock, left);
      continue;
    }
    auto outcome = co_await slack::post(transport, channel.webhook.secret, notification.message);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none &&
        outcome.kind != DeliveryOutcome::Kind::delivered)
      co_return;
    const auto now = clock.now();
    const auto next = notify::nextAttempt(outcome, notification.attempts + 1, notification.created, now,
                                          random(), config.retryFor);
    const bool delivered = outcome.kind == DeliveryOutcome::Kind::delivered;
    const auto stored = state.database().transact([&] {
      if (delivered) {
        state.outbox().delivered(notification.id, now, outcome.text);
        state.outbox().prune(now, kDeliveredKept);
      } else if (next) {
        state.outbox().tryAgain(notification.id, *next, outcome.text);
      } else {
        state.outbox().undeliverable(notification.id, now, outcome.text);
      }
    });
    if (!stored)
      log::error("the outbox cannot be written: " + stored.error().text + "; a message may come twice");
    state.registry().notified(channel.name, delivered ? "delivered" : next ? "retried" : "undeliverable");
    if (delivered) {
      if (inTrouble) log::info("messages are delivered again", {{"channel", channel.name}});
      inTrouble = false;
    } else if (next) {
      if (!inTrouble)
        log::warning(fmt::format("a message could not be delivered: {}; trying again for up to {}",
                                 outcome.text, toText(config.retryFor)),
                     {{"channel", channel.name}});
      inTrouble = true;
    } else {
      log::error(fmt::format("a message cannot be delivered and is kept: {}; put a working webhook where "
                             "this channel's is read from, and restart",
                             outcome.text),
                 {{"channel", channel.name}, {"id", notification.change}});
      tellOthers(state, config, channel, outcome.text, now);
      wakeup.wake();
    }
    co_await runtime::sleepFor(clock, slack::kPace);
  }
}

Result<std::size_t> queueTestNotifications(State& state, const config::Config& config,
                                           const std::string& channel, double random) {
  const auto now = state.clock().now();
  const auto id = fmt::format("test#{}.{}", unixMilliseconds(now), static_cast<int>(random * 1e6));
  std::size_t count = 0;
  const auto stored = state.database().transact([&] {
    for (const auto& one : config.channels) {
      if (!channel.empty() && one.name != channel) continue;
      const auto message = notify::composeTest(one.name, id, now, config.zone, languageOf(config, one));
      state.outbox().put({0, id, one.name, slack::render(message, {}), now, 0, now, ""});
      ++count;
    }
  });
  if (!stored) return stored.error();
  if (count == 0)
    return Error{Error::Kind::notFound,
                 channel.empty() ? "no channel is configured" : "no channel is called " + channel};
  return count;
}

}  // namespace arrivald::watch
