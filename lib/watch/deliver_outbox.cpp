#include "watch/deliver_outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "notify/compose.hpp"
#include "notify/retry.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"
#include "watch/test_alerts.hpp"

namespace arrivald::watch {

namespace asio = boost::asio;
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
  std::optional<Pending> toProbe();
  std::optional<Pending> olderThan(const Pending& pending);
  notify::Notification readable(const Pending& pending) const;
  std::optional<Instant> nextAttemptAfter(const Pending& pending, const Done& outcome) const;
  void report(const Pending& pending, const Done& outcome, std::optional<Instant> nextAttempt);
  void notifyOthers(const std::string& reason);

  DeliveryEnvironment& environment_;
  channel::Channel& channel_;
  bool inTrouble_ = false;
  bool refused_ = false;     // the last attempt was, for good
  std::string triedBefore_;  // the change before which an older one was tried
  Duration attempted_{};     // this and the next by the monotonic clock
  Duration probed_;
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
    if (auto older = olderThan(pending)) {
      co_await attempt(std::move(*older), Attempt::probe);
      continue;
    }
    co_await attempt(std::move(pending), Attempt::regular);
  }
}

// Where the last attempt was refused for good and is some time ago, what was given up earlier is tried before
// a new notification: if the channel works again, all are delivered in their order.
std::optional<Pending> Delivery::olderThan(const Pending& pending) {
  if (!refused_ || triedBefore_ == pending.queued.change) return std::nullopt;
  if (environment_.clock.sinceBoot() - attempted_ < kLookAgain) return std::nullopt;
  triedBefore_ = pending.queued.change;
  return toProbe();
}

// A channel that takes nothing gets nothing new to try, once everything was given up: it is tried now and
// then with one of those.
Task<> Delivery::waitForMore() {
  auto& outbox = environment_.outbox;
  const auto now = environment_.clock.sinceBoot();
  if (now - probed_ >= kProbeEvery) {
    probed_ = now;
    auto given = toProbe();
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
  if (cancellation.cancelled() != asio::cancellation_type::none && !outcome.ok()) co_return;
  if (isTestAlert(pending.queued.change) && !outcome.ok()) {
    environment_.outbox.giveUp(pending.queued, outcome.error().text);
    log::warning("a test notification was not delivered, and is not tried again: " + outcome.error().text,
                 {{"channel", channel_.name()}});
    co_await runtime::sleepFor(environment_.clock, channel_.pace());
    co_return;
  }
  attempted_ = environment_.clock.sinceBoot();
  const auto nextAttempt = kind == Attempt::probe ? std::nullopt : nextAttemptAfter(pending, outcome);
  refused_ = !outcome.ok() && !nextAttempt;
  // Awaits nothing, so that a delivery during cancellation is recorded, too.
  const auto waitAgain = environment_.outbox.record(pending, outcome, nextAttempt, kind);
  if (waitAgain > 0)
    log::info("undeliverable notifications are tried again, since the channel works",
              {{"channel", channel_.name()}, {"count", std::to_string(waitAgain)}});
  if (kind == Attempt::regular || outcome.ok()) report(pending, outcome, nextAttempt);
  co_await runtime::sleepFor(environment_.clock, channel_.pace());
}

// Whether a later notification says what became of this one, and this one comes late or would follow it. It
// is closed then: what is over is notified once, as over.
bool Delivery::isReplaced(const Pending& pending) {
  const auto& queued = pending.queued;
  if (episodeOf(queued.change).empty()) return false;
  const auto& outbox = environment_.outbox;
  const bool late = environment_.clock.now() - queued.created >= kLate;
  const auto later = late ? outbox.laterThan(queued) : outbox.deliveredAfter(queued);
  if (later.empty()) return false;
  environment_.outbox.supersede(queued, later);
  return true;
}

std::optional<Pending> Delivery::toProbe() {
  auto given = environment_.outbox.toProbe(channel_.name());
  while (given && isReplaced(*given)) given = environment_.outbox.toProbe(channel_.name());
  return given;
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
  const bool late = now - pending.queued.created >= kLate;
  const auto& outbox = environment_.outbox;
  if (notification.mention && late)
    notification.mention = outbox.laterThan(pending.queued).empty();
  else if (notification.tone == notify::Tone::critical && !notification.mention)
    notification.mention = outbox.replacesMention(pending.queued);
  if (late) notify::markLate(notification, pending.queued.created, config.zone, channel_.language());
  return notification;
}

std::optional<Instant> Delivery::nextAttemptAfter(const Pending& pending, const Done& outcome) const {
  if (outcome.ok()) return std::nullopt;
  return notify::nextAttempt(outcome.error(), pending.queued.attempts + 1, pending.queued.tryingSince,
                             environment_.clock.now(), environment_.random(), environment_.config.retryFor);
}

void Delivery::report(const Pending& pending, const Done& outcome, std::optional<Instant> nextAttempt) {
  if (outcome.ok()) {
    // Whoever sends a test waits for this line.
    log::write(isTestAlert(pending.queued.change) ? log::Level::info : log::Level::debug,
               "a notification was delivered", {{"channel", channel_.name()}, {"id", pending.queued.change}});
    if (inTrouble_) log::info("notifications are delivered again", {{"channel", channel_.name()}});
    inTrouble_ = false;
    return;
  }
  if (nextAttempt) {
    if (!inTrouble_)
      log::warning(fmt::format("a notification could not be delivered: {}; trying again for up to {}",
                               outcome.error().text, toText(environment_.config.retryFor)),
                   {{"channel", channel_.name()}});
    inTrouble_ = true;
    // A wait that the other side asks for need not pass first.
    const auto until = outcome.error().retryAfter ? *nextAttempt : environment_.clock.now();
    if (until - pending.queued.tryingSince < kOthersAfter) return;
  } else {
    const auto& c = notify::Catalogue::of(Language::english);
    log::error(
        fmt::format("a notification cannot be delivered and is kept: {}. {}", outcome.error().text,
                    c.text(notify::undeliverableKey(outcome.error().text), {{"channel", channel_.name()}})),
        {{"channel", channel_.name()}, {"id", pending.queued.change}});
  }
  notifyOthers(outcome.error().text);
  environment_.outbox.passOn(pending.queued);
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

}  // namespace arrivald::watch
