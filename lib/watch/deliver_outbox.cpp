#include "watch/deliver_outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "notify/compose.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

namespace asio = boost::asio;
using notify::DeliveryOutcome;
using runtime::Task;

namespace {

// An empty outbox is checked this often, in case a wake-up is missed.
constexpr Duration kIdleWait = std::chrono::hours(1);
// A pending retry is checked this often, since its time moves when the wall clock is set.
constexpr Duration kLookAgain = std::chrono::minutes(1);
constexpr Duration kStoreRetry = std::chrono::seconds(10);
constexpr Duration kNotifyOthersEvery = std::chrono::hours(1);

// The delivery loop of one channel and the state of its last attempts.
class Delivery {
 public:
  Delivery(DeliveryEnvironment& environment, channel::Channel& channel)
      : environment_(environment), channel_(channel) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  Task<> run();

 private:
  notify::Notification readable(const Pending& pending) const;
  std::optional<Instant> nextAttemptAfter(const Pending& pending, const DeliveryOutcome& outcome) const;
  void reportRefusal(const Pending& pending, const Error& error) const;
  void report(const Pending& pending, const DeliveryOutcome& outcome, std::optional<Instant> nextAttempt,
              std::int64_t waitAgain);
  void notifyOthers(const std::string& reason);

  DeliveryEnvironment& environment_;
  channel::Channel& channel_;
  bool inTrouble_ = false;
};

Task<> Delivery::run() {
  auto& outbox = environment_.outbox;
  auto& clock = environment_.clock;
  for (;;) {
    auto next = outbox.next(channel_.name());
    if (!next) {
      log::error(fmt::format("the outbox cannot be read: {}; looking again within {}", next.error().text,
                             toText(kLookAgain)),
                 {{"channel", channel_.name()}});
      co_await outbox.wait(kLookAgain);
      continue;
    }
    if (!*next) {
      co_await outbox.wait(kIdleWait);
      continue;
    }
    const Pending pending = std::move(**next);
    const Duration left = pending.nextAttempt - clock.now();
    if (left > Duration{}) {
      const Duration nap = std::min(left, kLookAgain);
      co_await runtime::sleepFor(clock, nap);
      continue;
    }
    const auto notification = readable(pending);
    const auto outcome = co_await channel_.deliver(notification);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none &&
        outcome.kind != DeliveryOutcome::Kind::delivered)
      co_return;
    const auto nextAttempt = nextAttemptAfter(pending, outcome);
    // The first attempt to record awaits nothing, so that a delivery during cancellation is recorded, too.
    auto recorded = outbox.record(pending, outcome, nextAttempt);
    if (!recorded) reportRefusal(pending, recorded.error());
    // Waits until the delivery is recorded: otherwise the same notification would be posted again and again.
    while (!recorded) {
      co_await runtime::sleepFor(clock, kStoreRetry);
      recorded = outbox.record(pending, outcome, nextAttempt);
    }
    report(pending, outcome, nextAttempt, *recorded);
    co_await runtime::sleepFor(clock, channel_.pace());
  }
}

// A stored notification that cannot be read is replaced by one that says so.
notify::Notification Delivery::readable(const Pending& pending) const {
  if (pending.notification) return *pending.notification;
  log::error("a stored notification could not be read and is replaced by one with its id: " +
                 pending.notification.error().text,
             {{"channel", channel_.name()}, {"id", pending.change}});
  return notify::composeUnreadable(pending.notification.error().text, pending.change,
                                   environment_.clock.now(), environment_.config.zone, channel_.language());
}

std::optional<Instant> Delivery::nextAttemptAfter(const Pending& pending,
                                                  const DeliveryOutcome& outcome) const {
  if (outcome.kind == DeliveryOutcome::Kind::delivered) return std::nullopt;
  return notify::nextAttempt(outcome, pending.attempts + 1, pending.tryingSince, environment_.clock.now(),
                             environment_.random(), environment_.config.retryFor);
}

void Delivery::reportRefusal(const Pending& pending, const Error& error) const {
  log::error(fmt::format("the outbox cannot be written: {}; trying again every {}, and this channel waits; a "
                         "notification may come twice after a restart",
                         error.text, toText(kStoreRetry)),
             {{"channel", channel_.name()}, {"id", pending.change}});
}

void Delivery::report(const Pending& pending, const DeliveryOutcome& outcome,
                      std::optional<Instant> nextAttempt, std::int64_t waitAgain) {
  if (waitAgain > 0)
    log::info("undeliverable notifications are tried again, since the channel works",
              {{"channel", channel_.name()}, {"count", std::to_string(waitAgain)}});
  if (outcome.kind == DeliveryOutcome::Kind::delivered) {
    if (inTrouble_) log::info("notifications are delivered again", {{"channel", channel_.name()}});
    inTrouble_ = false;
    return;
  }
  if (nextAttempt) {
    if (!inTrouble_)
      log::warning(fmt::format("a notification could not be delivered: {}; trying again for up to {}",
                               outcome.text, toText(environment_.config.retryFor)),
                   {{"channel", channel_.name()}});
    inTrouble_ = true;
    return;
  }
  log::error(fmt::format("a notification cannot be delivered and is kept: {}; correct the channel's address "
                         "where the configuration reads it from and reload: it is tried again then, and when "
                         "the channel next takes one",
                         outcome.text),
             {{"channel", channel_.name()}, {"id", pending.change}});
  notifyOthers(outcome.text);
}

void Delivery::notifyOthers(const std::string& reason) {
  const auto now = environment_.clock.now();
  const auto prefix = fmt::format("undeliverable@{}#", channel_.name());
  const auto last = environment_.outbox.lastPut(prefix);
  if (last && *last <= now && now - *last < kNotifyOthersEvery) return;
  const auto id = fmt::format("{}{}", prefix, unixMilliseconds(now));
  std::vector<Outgoing> outgoing;
  for (const auto& other : environment_.channels)
    if (other->name() != channel_.name())
      outgoing.push_back({id, other->name(),
                          notify::composeUndeliverable(channel_.name(), reason, id, now,
                                                       environment_.config.zone, other->language())});
  const auto stored = environment_.outbox.putNow(outgoing);
  if (!stored)
    log::error(
        "the other channels are not notified, since the outbox cannot be written: " + stored.error().text,
        {{"channel", channel_.name()}});
}

}  // namespace

Task<> deliverOutbox(DeliveryEnvironment& environment, channel::Channel& channel) {
  Delivery delivery(environment, channel);
  co_await delivery.run();
}

Result<std::size_t> queueTestNotifications(Outbox& outbox, const Clock& clock, const config::Config& config,
                                           const std::string& channel, double random) {
  const auto now = clock.now();
  const auto id = fmt::format("test#{}.{}", unixMilliseconds(now), static_cast<int>(random * 1e6));
  std::vector<Outgoing> outgoing;
  for (const auto& each : config.channels)
    if (channel.empty() || each.name == channel)
      outgoing.push_back(
          {id, each.name, notify::composeTest(each.name, id, now, config.zone, languageOf(config, each))});
  if (outgoing.empty())
    return Error{Error::Kind::notFound,
                 channel.empty() ? "no channel is configured" : "no channel is called " + channel};
  const auto stored = outbox.putNow(outgoing);
  if (!stored) return stored.error();
  return outgoing.size();
}

}  // namespace arrivald::watch
