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
// A channel that has failed so often in a row, or for so long, is not waited for: the others stand in for it.
constexpr int kMaxFailures = 2;
constexpr Duration kStandInAfter = std::chrono::minutes(3);
// While no channel works each is tried so often, whatever they ask for: people have to know.
constexpr Duration kTryEvery = std::chrono::minutes(2);
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
  bool isNeedless(const Pending& pending);
  bool isReplaced(const Pending& pending);
  bool isDeliveredElsewhere(const Pending& pending);
  std::string replacementOf(const std::string& change, const store::QueuedNotification& queued) const;
  Duration untilAttempt(const Pending& pending) const;
  Duration untilOthersKnow();
  Duration untilStandIn(const Pending& pending);
  std::optional<Pending> toProbe();
  std::optional<Pending> olderThan(const Pending& pending);
  notify::Notification withoutReplaced(const Pending& pending) const;
  notify::Notification readable(const Pending& pending) const;
  std::optional<Instant> nextAttemptAfter(const Pending& pending, const Done& outcome) const;
  void report(const Pending& pending, const Done& outcome, std::optional<Instant> nextAttempt);
  void notifyOthers(const std::string& reason, Duration atMostEvery);
  void notifyOthersOfEnd();

  DeliveryEnvironment& environment_;
  channel::Channel& channel_;
  int failures_ = 0;         // in a row
  Duration failingSince_{};  // by the monotonic clock, if there are any
  bool refused_ = false;     // the last attempt was, for good
  std::string triedBefore_;  // the change before which an older one was tried
  std::string failedFor_;    // by the last attempt that failed
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
    const Duration left = untilAttempt(pending);
    if (left > Duration{}) {
      const Duration nap = std::min({left, kLookAgain, untilStandIn(pending)});
      co_await runtime::sleepFor(clock, nap);
      continue;
    }
    if (isNeedless(pending)) continue;
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
  if (!outcome.ok()) failedFor_ = outcome.error().text;
  if (kind == Attempt::regular || outcome.ok())
    report(pending, outcome, nextAttempt);
  else
    notifyOthers(failedFor_, Duration::max());
  co_await runtime::sleepFor(environment_.clock, channel_.pace());
}

Duration Delivery::untilAttempt(const Pending& pending) const {
  const Duration left = pending.queued.nextAttempt - environment_.clock.now();
  const auto& channels = environment_.channels;
  const bool noneWorks = channels.size() > 1 && std::ranges::all_of(channels, [&](const auto& channel) {
                           return environment_.outbox.isBroken(channel->name());
                         });
  if (!noneWorks) return left;
  return std::min(left, attempted_ + kTryEvery - environment_.clock.sinceBoot());
}

// A channel that fails is not waited for. Returns when to look again; forever if it is known to be broken.
Duration Delivery::untilStandIn(const Pending& pending) {
  auto& outbox = environment_.outbox;
  if (outbox.isBroken(channel_.name())) return untilOthersKnow();
  // Failures before a restart count, too.
  const int failures = std::max(failures_, pending.queued.attempts);
  if (failures == 0) return Duration::max();
  if (failures_ == 0) failingSince_ = environment_.clock.sinceBoot();
  failures_ = failures;
  const auto left = failingSince_ + kStandInAfter - environment_.clock.sinceBoot();
  if (failures_ < kMaxFailures && left > Duration{}) return left;
  outbox.standInFor(channel_.name());
  return untilOthersKnow();
}

// Of a channel that has failed for a while others are notified then, however far away the next attempt is.
Duration Delivery::untilOthersKnow() {
  // After a restart the next attempt says why it fails.
  if (failures_ == 0 || failedFor_.empty()) return Duration::max();
  const auto left = failingSince_ + kStandInAfter - environment_.clock.sinceBoot();
  if (left > Duration{}) return left;
  notifyOthers(failedFor_, kNotifyOthersEvery);
  return Duration::max();
}

bool Delivery::isNeedless(const Pending& pending) {
  return isReplaced(pending) || isDeliveredElsewhere(pending);
}

// A later notification that says what became of `change`, where `queued` comes late or would follow it.
std::string Delivery::replacementOf(const std::string& change,
                                    const store::QueuedNotification& queued) const {
  if (episodeOf(change).empty()) return {};
  const auto& outbox = environment_.outbox;
  const bool late = environment_.clock.now() - queued.created >= kLate;
  return late ? outbox.laterThan(change, queued.channel) : outbox.deliveredAfter(change, queued.channel);
}

// What is over is notified once, as over. A group is left out if all of its alerts are.
bool Delivery::isReplaced(const Pending& pending) {
  const auto& queued = pending.queued;
  std::string later;
  if (pending.notification && !pending.notification->members.empty()) {
    for (const auto& member : pending.notification->members) {
      later = replacementOf(member.id, queued);
      if (later.empty()) return false;
    }
  } else {
    later = replacementOf(queued.change, queued);
  }
  if (later.empty()) return false;
  environment_.outbox.supersede(queued, later);
  return true;
}

// What the stand-ins have delivered is not repeated, unless people need it here: the newest of what goes on,
// and the end of what they were notified of here. Nor does a stand-in repeat what came through after all.
bool Delivery::isDeliveredElsewhere(const Pending& pending) {
  auto& outbox = environment_.outbox;
  const auto& queued = pending.queued;
  const auto by = outbox.deliveredElsewhere(pending);
  if (by.empty()) return false;
  const bool isCopy = !pending.notification->standsInFor.empty();
  const bool isAlert = !episodeOf(queued.change).empty() || !pending.notification->members.empty();
  if (!isCopy && isAlert) {
    const bool isOver = notify::isOver(*pending.notification);
    if (isOver ? outbox.deliveredBefore(queued.change, queued.channel)
               : outbox.laterThan(queued.change, queued.channel).empty())
      return false;
  }
  outbox.deliveredBy(queued, by);
  return true;
}

std::optional<Pending> Delivery::toProbe() {
  auto given = environment_.outbox.toProbe(channel_.name());
  while (given && isNeedless(*given)) given = environment_.outbox.toProbe(channel_.name());
  return given;
}

// Of a group what is not replaced yet; where members are known by their id only, all of it.
notify::Notification Delivery::withoutReplaced(const Pending& pending) const {
  const auto& group = *pending.notification;
  std::vector<notify::Notification> left;
  for (const auto& member : group.members) {
    if (member.title.empty()) return group;
    if (replacementOf(member.id, pending.queued).empty()) left.push_back(member);
  }
  if (left.empty() || left.size() == group.members.size()) return group;
  auto rest = left.size() == 1 ? std::move(left.front())
                               : notify::composeGroup(std::move(left), pending.queued.created,
                                                      environment_.config.zone, channel_.language());
  rest.standsInFor = group.standsInFor;
  return rest;
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
  auto notification = withoutReplaced(pending);
  const auto& queued = pending.queued;
  const bool late = now - queued.created >= kLate;
  const auto& outbox = environment_.outbox;
  if (notification.mention && late)
    notification.mention = outbox.laterThan(queued.change, queued.channel).empty();
  else if (notification.tone == notify::Tone::critical && !notification.mention)
    notification.mention = outbox.replacesMention(queued);
  if (late) notify::markLate(notification, queued.created, config.zone, channel_.language());
  notify::markStandIn(notification, channel_.language());
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
    if (failures_ > 0) log::info("notifications are delivered again", {{"channel", channel_.name()}});
    failures_ = 0;
    environment_.outbox.endStandIn(channel_.name());
    notifyOthersOfEnd();
    return;
  }
  const auto now = environment_.clock.sinceBoot();
  if (failures_++ == 0) failingSince_ = now;
  auto failingFor = now - failingSince_;
  if (nextAttempt) {
    if (failures_ == 1)
      log::warning(fmt::format("a notification could not be delivered: {}; trying again for up to {}",
                               outcome.error().text, toText(environment_.config.retryFor)),
                   {{"channel", channel_.name()}});
    // A wait that the other side asks for need not pass first.
    if (outcome.error().retryAfter) failingFor += *nextAttempt - environment_.clock.now();
    if (failures_ >= kMaxFailures || failingFor >= kStandInAfter)
      environment_.outbox.standInFor(channel_.name());
    if (failingFor >= kStandInAfter) notifyOthers(outcome.error().text, kNotifyOthersEvery);
    return;
  }
  const auto& c = notify::Catalogue::of(Language::english);
  log::error(
      fmt::format("a notification cannot be delivered and is kept: {}. {}", outcome.error().text,
                  c.text(notify::undeliverableKey(outcome.error().text), {{"channel", channel_.name()}})),
      {{"channel", channel_.name()}, {"id", pending.queued.change}});
  notifyOthers(outcome.error().text, kNotifyOthersEvery);
  environment_.outbox.standInFor(channel_.name(), &pending.queued);
}

void Delivery::notifyOthersOfEnd() {
  auto& outbox = environment_.outbox;
  const auto begun = outbox.lastPut(fmt::format("undeliverable@{}#", channel_.name()));
  const auto prefix = fmt::format("deliverable@{}#", channel_.name());
  const auto ended = outbox.lastPut(prefix);
  if (!begun || (ended && *ended >= *begun)) return;
  const auto now = environment_.clock.now();
  const auto id = fmt::format("{}{}", prefix, unixMilliseconds(now));
  std::vector<Outgoing> outgoing;
  for (const auto& other : environment_.channels)
    if (other->name() != channel_.name())
      outgoing.push_back({id, other->name(),
                          notify::composeDeliverable(channel_.name(), id, now, environment_.config.zone,
                                                     other->language())});
  static_cast<void>(outbox.putNow(outgoing));
}

void Delivery::notifyOthers(const std::string& reason, Duration atMostEvery) {
  const auto now = environment_.clock.now();
  const auto prefix = fmt::format("undeliverable@{}#", channel_.name());
  const auto last = environment_.outbox.lastPut(prefix);
  const auto ended = environment_.outbox.lastPut(fmt::format("deliverable@{}#", channel_.name()));
  // Another failure after the end of one is news.
  const bool goesOn = last && (!ended || *ended < *last);
  if (goesOn && *last <= now && now - *last < atMostEvery) return;
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
