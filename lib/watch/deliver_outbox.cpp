#include "watch/deliver_outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "notify/compose.hpp"
#include "notify/notification_json.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

namespace asio = boost::asio;
using notify::DeliveryOutcome;
using runtime::Task;

namespace {

// A pending retry is checked this often, since its time moves when the wall clock is set.
constexpr Duration kLookAgain = std::chrono::minutes(1);
constexpr Duration kNotifyOthersEvery = std::chrono::hours(1);
// A channel that has taken nothing for so long is not waited for: the others get its notifications.
constexpr Duration kOthersAfter = std::chrono::minutes(15);
// How often a channel is tried whose notifications were all given up.
constexpr Duration kProbeEvery = std::chrono::minutes(10);
// From this age on a notification says when it was meant.
constexpr Duration kLate = std::chrono::minutes(5);
constexpr std::size_t kLookAhead = 200;   // notifications among which replaced ones are sought
constexpr std::size_t kMaxPassedOn = 50;  // at a time

// "stall@main#1764046800000": all changes of an alert's episode begin so. Empty for other notifications.
std::string_view episodeOf(std::string_view change) {
  const auto dot = change.rfind('.');
  const bool single = dot != std::string_view::npos && change.find('#') < dot &&
                      change.find('+', dot) == std::string_view::npos;
  return single ? change.substr(0, dot + 1) : std::string_view();
}

// What is said about a channel or the store goes to every channel anyway.
bool isPassedOn(std::string_view change) {
  return !change.starts_with("undeliverable@") && !change.starts_with("store@") &&
         !change.starts_with("test#");
}

// The delivery loop of one channel and the state of its last attempts.
class Delivery {
 public:
  Delivery(DeliveryEnvironment& environment, channel::Channel& channel)
      : environment_(environment), channel_(channel), probed_(environment.clock.sinceBoot()) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  Task<> run();

 private:
  Task<> waitForMore();
  Task<> attempt(Pending pending, Attempt kind);
  bool isReplaced(const Pending& pending);
  notify::Notification readable(const Pending& pending) const;
  std::optional<Instant> nextAttemptAfter(const Pending& pending, const DeliveryOutcome& outcome) const;
  void report(const Pending& pending, const DeliveryOutcome& outcome, std::optional<Instant> nextAttempt);
  void passOn(const Pending& pending, const std::string& reason);
  void notifyOthers(const std::string& reason);

  DeliveryEnvironment& environment_;
  channel::Channel& channel_;
  bool inTrouble_ = false;
  Duration probed_;  // by the monotonic clock
};

Task<> Delivery::run() {
  auto& outbox = environment_.outbox;
  auto& clock = environment_.clock;
  while (!environment_.attempts.closed()) {
    auto next = outbox.next(channel_.name());
    if (!next) {
      log::error(fmt::format("the outbox cannot be read: {}; looking again within {}", next.error().text,
                             toText(kLookAgain)),
                 {{"channel", channel_.name()}});
      co_await outbox.wait(kLookAgain);
      continue;
    }
    if (!*next) {
      co_await waitForMore();
      continue;
    }
    Pending pending = std::move(**next);
    const Duration left = pending.queued.nextAttempt - clock.now();
    if (left > Duration{}) {
      const Duration nap = std::min(left, kLookAgain);
      co_await runtime::sleepFor(clock, nap);
      continue;
    }
    if (isReplaced(pending)) continue;
    co_await attempt(std::move(pending), Attempt::regular);
  }
}

// A channel that takes nothing gets nothing new to try, once everything was given up: it is tried now and
// then with one of those.
Task<> Delivery::waitForMore() {
  auto& outbox = environment_.outbox;
  const auto now = environment_.clock.sinceBoot();
  if (now - probed_ >= kProbeEvery) {
    probed_ = now;
    auto given = outbox.toProbe(channel_.name());
    if (given) {
      co_await attempt(std::move(*given), Attempt::probe);
      co_return;
    }
  }
  co_await outbox.wait(kProbeEvery);
}

Task<> Delivery::attempt(Pending pending, Attempt kind) {
  const auto notification = readable(pending);
  environment_.attempts.begin();
  const auto outcome = co_await channel_.deliver(notification);
  environment_.attempts.end();
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none &&
      outcome.kind != DeliveryOutcome::Kind::delivered)
    co_return;
  const auto nextAttempt = kind == Attempt::probe ? std::nullopt : nextAttemptAfter(pending, outcome);
  // Awaits nothing, so that a delivery during cancellation is recorded, too.
  const auto waitAgain = environment_.outbox.record(pending, outcome, nextAttempt, kind);
  if (waitAgain > 0)
    log::info("undeliverable notifications are tried again, since the channel works",
              {{"channel", channel_.name()}, {"count", std::to_string(waitAgain)}});
  if (kind == Attempt::regular || outcome.kind == DeliveryOutcome::Kind::delivered)
    report(pending, outcome, nextAttempt);
  co_await runtime::sleepFor(environment_.clock, channel_.pace());
}

// Whether a later notification says what became of this one, which comes late. It is closed then: what is
// over is notified once, as over.
bool Delivery::isReplaced(const Pending& pending) {
  const auto& queued = pending.queued;
  const auto episode = episodeOf(queued.change);
  if (episode.empty() || environment_.clock.now() - queued.created < kLate) return false;
  const auto waiting = environment_.outbox.waiting(channel_.name(), kLookAhead);
  if (!waiting) return false;
  const auto later = std::find_if(waiting->rbegin(), waiting->rend(), [&](const auto& each) {
    return each.change.starts_with(episode) && episodeOf(each.change) == episode;
  });
  if (later == waiting->rend() || later->change == queued.change) return false;
  environment_.outbox.supersede(queued, later->change);
  return true;
}

// A stored notification that cannot be read is replaced by one that says so.
notify::Notification Delivery::readable(const Pending& pending) const {
  const auto& config = environment_.config;
  const auto now = environment_.clock.now();
  if (!pending.notification) {
    log::error("a stored notification could not be read and is replaced by one with its id: " +
                   pending.notification.error().text,
               {{"channel", channel_.name()}, {"id", pending.queued.change}});
    return notify::composeUnreadable(pending.notification.error().text, pending.queued.change, now,
                                     config.zone, channel_.language());
  }
  auto notification = *pending.notification;
  if (now - pending.queued.created >= kLate)
    notify::markLate(notification, pending.queued.created, config.zone, channel_.language());
  return notification;
}

std::optional<Instant> Delivery::nextAttemptAfter(const Pending& pending,
                                                  const DeliveryOutcome& outcome) const {
  if (outcome.kind == DeliveryOutcome::Kind::delivered) return std::nullopt;
  return notify::nextAttempt(outcome, pending.queued.attempts + 1, pending.queued.tryingSince,
                             environment_.clock.now(), environment_.random(), environment_.config.retryFor);
}

void Delivery::report(const Pending& pending, const DeliveryOutcome& outcome,
                      std::optional<Instant> nextAttempt) {
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
    if (environment_.clock.now() - pending.queued.tryingSince < kOthersAfter) return;
  } else {
    const auto& c = notify::Catalogue::of(Language::english);
    log::error(fmt::format("a notification cannot be delivered and is kept: {}. {}", outcome.text,
                           c.text(notify::undeliverableKey(outcome.text), {{"channel", channel_.name()}})),
               {{"channel", channel_.name()}, {"id", pending.queued.change}});
  }
  notifyOthers(outcome.text);
  passOn(pending, outcome.text);
}

// The other channels get what this one does not take; those that have it already do not get it again.
void Delivery::passOn(const Pending& pending, const std::string& reason) {
  std::vector<store::QueuedNotification> all{pending.queued};
  if (auto waiting = environment_.outbox.waiting(channel_.name(), kMaxPassedOn))
    for (auto& queued : *waiting)
      if (queued.change != pending.queued.change) all.push_back(std::move(queued));
  std::vector<Outgoing> outgoing;
  for (const auto& queued : all) {
    const auto notification = notify::notificationFromJson(queued.notification);
    if (!notification || !isPassedOn(queued.change)) continue;
    for (const auto& other : environment_.channels)
      if (other->name() != channel_.name()) outgoing.push_back({queued.change, other->name(), *notification});
  }
  if (outgoing.empty()) return;
  log::debug("notifications are passed on to the other channels: " + reason, {{"channel", channel_.name()}});
  static_cast<void>(environment_.outbox.putNow(outgoing));
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
  static_cast<void>(environment_.outbox.putNow(outgoing));
}

}  // namespace

void Attempts::end() {
  --running_;
  ended_.wake();
}

Task<> Attempts::settle(Clock& clock, Duration max) {
  const auto until = clock.sinceBoot() + max;
  for (auto now = clock.sinceBoot(); running_ > 0 && now < until; now = clock.sinceBoot())
    co_await ended_.wait(clock, until - now);
}

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
  static_cast<void>(outbox.putNow(outgoing));
  return outgoing.size();
}

}  // namespace arrivald::watch
