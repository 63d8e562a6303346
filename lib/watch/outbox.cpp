#include "watch/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/notification_json.hpp"
#include "watch/log.hpp"
#include "watch/test_alerts.hpp"

namespace arrivald::watch {

namespace {

constexpr Duration kDeliveredKept = std::chrono::hours(24 * 14);
constexpr std::size_t kMaxPassedOn = 50;          // of a channel that does not take them
constexpr std::size_t kMaxPassedOnOnce = 10'000;  // of a channel that is removed
constexpr std::size_t kMaxStages = 100;           // of an alert's notifications that are looked at
constexpr std::string_view kReplacedBy = "replaced by ";
constexpr const char* kRemoved = "the channel was removed from the configuration";

bool isForAll(std::string_view change) {
  return !change.starts_with("undeliverable@") && !change.starts_with("store@") &&
         !change.starts_with("digest#") && !isTestAlert(change);
}

// A group is called by its first change and the number of the others: "stall@main#1764046800000.1+3".
std::string_view withoutGroup(std::string_view change) {
  const auto dot = change.rfind('.');
  return dot == std::string_view::npos ? change : change.substr(0, change.find('+', dot));
}

std::string_view name(UnsavedOutbox::State state) {
  switch (state) {
    case UnsavedOutbox::State::waiting:
      return "waiting";
    case UnsavedOutbox::State::delivered:
      return "delivered";
    case UnsavedOutbox::State::undeliverable:
      return "undeliverable";
    case UnsavedOutbox::State::closed:
      break;
  }
  return "closed";
}

}  // namespace

std::string_view episodeOf(std::string_view change) {
  const auto dot = change.rfind('.');
  const bool single = dot != std::string_view::npos && change.find('#') < dot &&
                      change.find('+', dot) == std::string_view::npos;
  return single ? change.substr(0, dot + 1) : std::string_view();
}

Outbox::Outbox(store::Database& database, Clock& clock, metrics::Registry& registry)
    : database_(database), clock_(clock), registry_(registry), table_(database) {}

void Outbox::load() {
  const auto known = table_.depth();
  registry_.outbox(known.waiting, known.undeliverable, known.oldest);
}

void Outbox::retain(const config::Config& config) {
  std::set<std::string> configured;
  for (const auto& channel : config.channels) configured.insert(channel.name);
  for (const auto& channel : channels_)
    if (!configured.contains(channel)) registry_.forgetChannel(channel);
  channels_ = configured;
  retainedAt_ = clock_.now();
  unsaved_.retain({configured.begin(), configured.end()});
  aligned_ = false;
  if (const auto stored = align(); !stored) {
    log::error("the outbox cannot be brought in line with the configuration yet: " + stored.error().text);
    forgetRemoved();
  }
  wake();
}

void Outbox::retainMissed() {
  if (!aligned_ && align()) wake();
}

// Tries again what channels have not taken, and closes what was for channels that are no longer configured.
Done Outbox::align() {
  struct Change {
    std::string channel;
    store::OutboxTable::Closed closed;
    std::int64_t again = 0;
  };
  std::vector<Change> changes;
  const auto now = clock_.now();
  const auto stored = database_.transact([&] {
    for (const auto& channel : table_.channels()) {
      Change change;
      change.channel = channel;
      if (channels_.contains(channel))
        change.again = table_.retry(channel, now);
      else {
        // What it has not taken would never be said otherwise.
        putForOthers(table_.waiting(channel, kMaxPassedOnOnce), now);
        change.closed = table_.close(channel, now, kRemoved);
      }
      changes.push_back(std::move(change));
    }
    table_.prune(now, kDeliveredKept);
  });
  if (!stored) return stored;
  aligned_ = true;
  for (const auto& change : changes) {
    if (change.again > 0)
      log::info("undeliverable notifications are tried again",
                {{"channel", change.channel}, {"count", std::to_string(change.again)}});
    if (const auto count = change.closed.waiting + change.closed.undeliverable; count > 0)
      log::warning("a channel was removed; what waited for it goes to the others, and is closed for it",
                   {{"channel", change.channel},
                    {"count", std::to_string(count)},
                    {"waiting", std::to_string(change.closed.waiting)}});
  }
  return done();
}

// Inside a transaction.
void Outbox::putForOthers(const std::vector<store::QueuedNotification>& rows, Instant now) {
  for (const auto& row : rows)
    for (const auto& channel : channels_)
      if (channel != row.channel && isForAll(row.change))
        table_.put(row.change, channel, row.notification, now);
}

void Outbox::passOn(const store::QueuedNotification& refused) {
  std::vector<store::QueuedNotification> rows{refused};
  if (auto waits = waiting(refused.channel, kMaxPassedOn))
    for (auto& row : *waits)
      if (row.change != refused.change && rows.size() < kMaxPassedOn) rows.push_back(std::move(row));
  const auto now = clock_.now();
  if (!database_.transact([&] { putForOthers(rows, now); }))
    for (const auto& row : rows)
      for (const auto& channel : channels_)
        if (channel != row.channel && isForAll(row.change)) holdOne(row.change, channel, row.notification);
  wake();
}

// What the store cannot close yet is closed in memory, so that a later channel of the same name does not get
// it.
void Outbox::forgetRemoved() {
  std::vector<store::QueuedNotification> rows;
  const auto read = database_.read([&] {
    for (const auto& channel : table_.channels()) {
      if (channels_.contains(channel)) continue;
      const auto waiting = table_.waiting(channel, UnsavedOutbox::kMax);
      rows.insert(rows.end(), waiting.begin(), waiting.end());
    }
    for (auto& row : table_.undeliverable(UnsavedOutbox::kMax))
      if (!channels_.contains(row.channel)) rows.push_back(std::move(row));
  });
  static_cast<void>(read);  // of what cannot be read nothing is delivered either
  for (auto& row : rows) {
    row.outcome = kRemoved;
    unsaved_.update({std::move(row), UnsavedOutbox::State::closed, clock_.now()});
  }
}

void Outbox::storeShift(Duration step) { table_.shift(step); }

void Outbox::put(const std::vector<Outgoing>& outgoing) {
  unsaved_.store(table_);
  const auto now = clock_.now();
  for (const auto& each : outgoing)
    table_.put(each.change, each.channel, notify::toJson(each.notification), now);
}

void Outbox::stored() {
  unsaved_.clear();
  wake();
}

void Outbox::hold(const std::vector<Outgoing>& outgoing) {
  for (const auto& each : outgoing) holdOne(each.change, each.channel, notify::toJson(each.notification));
  wake();
}

void Outbox::holdOne(std::string change, std::string channel, std::string notification) {
  bool known = false;
  static_cast<void>(database_.read([&] { known = table_.find(change, channel).has_value(); }));
  if (known) return;
  store::QueuedNotification queued;
  queued.change = std::move(change);
  queued.channel = std::move(channel);
  queued.notification = std::move(notification);
  queued.created = queued.tryingSince = queued.nextAttempt = clock_.now();
  if (!unsaved_.put(queued) && unsaved_.size() >= UnsavedOutbox::kMax)
    log::error(
        "a notification is lost: the store refuses, and memory holds as many as it may",
        {{"channel", queued.channel}, {"id", queued.change}, {"max", std::to_string(UnsavedOutbox::kMax)}});
}

Done Outbox::putNow(const std::vector<Outgoing>& outgoing) {
  // Only together with their alerts may those be stored that memory holds.
  const auto now = clock_.now();
  const auto stored = database_.transact([&] {
    for (const auto& each : outgoing)
      table_.put(each.change, each.channel, notify::toJson(each.notification), now);
  });
  if (stored)
    wake();
  else
    hold(outgoing);
  return stored;
}

void Outbox::wake() {
  publish();
  wakeup_.wake();
}

// What memory knows better than the table; nothing if it does not wait any more.
std::optional<store::QueuedNotification> Outbox::asKnown(store::QueuedNotification row) const {
  const auto* known = unsaved_.find(row.change, row.channel);
  if (!known) return row;
  if (known->state != UnsavedOutbox::State::waiting) return std::nullopt;
  return known->notification;
}

Result<std::vector<store::QueuedNotification>> Outbox::waiting(std::string_view channel, std::size_t max) {
  std::vector<store::QueuedNotification> rows, all;
  const auto read = database_.read([&] { rows = table_.waiting(channel, max + unsaved_.size()); });
  for (auto& row : rows)
    if (auto known = asKnown(std::move(row)); known && all.size() < max) all.push_back(std::move(*known));
  for (const auto& entry : unsaved_.entries())
    if (entry.notification.channel == channel && entry.notification.id == 0 &&
        entry.state == UnsavedOutbox::State::waiting && all.size() < max)
      all.push_back(entry.notification);
  if (!read && all.empty()) return read.error();
  return all;
}

Result<std::optional<Pending>> Outbox::next(std::string_view channel) {
  auto first = waiting(channel, 1);
  if (!first) return first.error();
  if (first->empty()) return std::optional<Pending>();
  auto notification = notify::notificationFromJson(first->front().notification);
  return std::optional<Pending>(Pending{std::move(first->front()), std::move(notification)});
}

std::optional<Pending> Outbox::toProbe(std::string_view channel) {
  std::optional<store::QueuedNotification> row;
  const auto read = database_.read([&] { row = table_.leastTried(channel); });
  if (!read || !row || unsaved_.find(row->change, row->channel)) return std::nullopt;
  auto notification = notify::notificationFromJson(row->notification);
  return Pending{std::move(*row), std::move(notification)};
}

std::int64_t Outbox::rowOf(const store::QueuedNotification& queued) {
  // Stored while it was being delivered.
  return queued.id != 0 ? queued.id : table_.find(queued.change, queued.channel).value_or(0);
}

std::int64_t Outbox::record(const Pending& pending, const Done& outcome, std::optional<Instant> nextAttempt,
                            Attempt attempt) {
  const bool delivered = outcome.ok();
  const std::string text = delivered ? "ok" : outcome.error().text;
  const auto now = clock_.now();
  const auto& queued = pending.queued;
  const auto* known = unsaved_.find(queued.change, queued.channel);
  const bool onlyInMemory = known && known->notification.id == 0;
  std::int64_t again = 0;
  const auto write = [&] {
    const auto id = rowOf(queued);
    if (delivered) {
      table_.delivered(id, now, text);
      table_.prune(now, kDeliveredKept);
      again = table_.retryOnce(queued.channel, now);
    } else if (attempt == Attempt::probe) {
      table_.triedInVain(id, text);
    } else if (nextAttempt) {
      table_.tryAgain(id, *nextAttempt, text);
    } else {
      table_.undeliverable(id, now, text);
    }
  };
  if (!onlyInMemory && database_.transact(write)) {
    unsaved_.forget(queued.change, queued.channel);
  } else if (delivered || attempt == Attempt::regular) {
    UnsavedOutbox::Entry entry{queued, UnsavedOutbox::State::waiting, now};
    ++entry.notification.attempts;
    entry.notification.nextAttempt = nextAttempt.value_or(now);
    entry.notification.outcome = text;
    if (!nextAttempt)
      entry.state = delivered ? UnsavedOutbox::State::delivered : UnsavedOutbox::State::undeliverable;
    unsaved_.update(std::move(entry));
  }
  registry_.notified(queued.channel, delivered                                  ? "delivered"
                                     : nextAttempt || attempt == Attempt::probe ? "retried"
                                                                                : "undeliverable");
  publish();
  return again;
}

void Outbox::close(const store::QueuedNotification& queued, std::string_view outcome) {
  const auto now = clock_.now();
  const auto* known = unsaved_.find(queued.change, queued.channel);
  const bool onlyInMemory = known && known->notification.id == 0;
  if (!onlyInMemory && database_.transact([&] { table_.closeOne(rowOf(queued), now, outcome); })) {
    unsaved_.forget(queued.change, queued.channel);
  } else {
    UnsavedOutbox::Entry entry{queued, UnsavedOutbox::State::closed, now};
    entry.notification.outcome = outcome;
    unsaved_.update(std::move(entry));
  }
}

// What the channel was to be told of an alert's episode, the newest first, by the latest that is known.
std::vector<store::OutboxTable::Stage> Outbox::episode(const store::QueuedNotification& queued) const {
  const auto prefix = episodeOf(withoutGroup(queued.change));
  std::vector<store::OutboxTable::Stage> stages, rows;
  if (prefix.empty()) return stages;
  const auto read = database_.read([&] { rows = table_.stages(prefix, queued.channel, kMaxStages); });
  if (!read) rows.clear();
  const auto& unsaved = unsaved_.entries();
  for (auto each = unsaved.rbegin(); each != unsaved.rend(); ++each)
    if (each->notification.id == 0 && each->notification.channel == queued.channel &&
        each->notification.change.starts_with(prefix))
      stages.push_back({each->notification, std::string(name(each->state))});
  for (auto& row : rows) {
    if (const auto* known = unsaved_.find(row.notification.change, queued.channel))
      row = {known->notification, std::string(name(known->state))};
    stages.push_back(std::move(row));
  }
  return stages;
}

std::string Outbox::laterThan(const store::QueuedNotification& queued) const {
  for (const auto& [other, state] : episode(queued)) {
    if (other.change == queued.change) break;
    if (state != name(UnsavedOutbox::State::closed) && !episodeOf(other.change).empty()) return other.change;
  }
  return {};
}

std::string Outbox::deliveredAfter(const store::QueuedNotification& queued) const {
  for (const auto& [other, state] : episode(queued)) {
    if (other.change == queued.change) break;
    if (state == name(UnsavedOutbox::State::delivered) && !episodeOf(other.change).empty())
      return other.change;
  }
  return {};
}

bool Outbox::replacesMention(const store::QueuedNotification& queued) const {
  bool older = false;
  for (const auto& [other, state] : episode(queued)) {
    if (older && state == name(UnsavedOutbox::State::delivered)) return false;
    if (older && other.outcome.starts_with(kReplacedBy)) {
      const auto notification = notify::notificationFromJson(other.notification);
      if (notification && notification->mention) return true;
    }
    older = older || other.change == queued.change;
  }
  return false;
}

void Outbox::supersede(const store::QueuedNotification& queued, std::string_view by) {
  close(queued, fmt::format("{}{}", kReplacedBy, by));
  registry_.notified(queued.channel, "superseded");
  publish();
}

void Outbox::giveUp(const store::QueuedNotification& queued, std::string_view outcome) {
  close(queued, outcome);
  registry_.notified(queued.channel, "undeliverable");
  publish();
}

std::vector<Outbox::Message> Outbox::messagesOf(std::int64_t incident, Instant opened,
                                                std::size_t max) const {
  constexpr std::size_t kMaxRead = 500;
  const auto prefix = fmt::format("incident-{}@", incident);
  std::vector<store::OutboxTable::Stage> rows;
  const auto read = database_.read([&] { rows = table_.ofIncidents(prefix, opened, kMaxRead); });
  if (!read) rows.clear();
  const auto& unsaved = unsaved_.entries();
  for (const auto& entry : unsaved)
    if (entry.notification.id == 0)
      rows.insert(rows.begin(), {entry.notification, std::string(name(entry.state))});
  std::vector<Message> messages;
  for (auto& [queued, state] : rows) {
    auto notification = notify::notificationFromJson(queued.notification);
    if (!notification || messages.size() >= max) continue;
    const auto& about = notification->about;
    const bool named = about && std::ranges::find(about->incidents, incident) != about->incidents.end();
    if (!named && !queued.change.starts_with(prefix)) continue;
    if (const auto* known = unsaved_.find(queued.change, queued.channel))
      state = std::string(name(known->state));
    messages.push_back(
        {{queued.change, state, queued.outcome, queued.created}, queued.channel, std::move(*notification)});
  }
  return messages;
}

std::optional<store::OutboxTable::Progress> Outbox::latest(std::string_view prefix,
                                                           std::string_view channel) const {
  std::optional<store::OutboxTable::Progress> latest;
  const auto read = database_.read([&] { latest = table_.latest(prefix, channel); });
  if (!read) latest.reset();
  for (const auto& [queued, state, finished] : unsaved_.entries())
    if (queued.channel == channel && queued.change.starts_with(prefix) &&
        (!latest || queued.created >= latest->created))
      latest = {queued.change, std::string(name(state)), queued.outcome, queued.created};
  return latest;
}

std::optional<Instant> Outbox::lastPut(std::string_view prefix) {
  std::optional<Instant> last;
  const auto read = database_.read([&] { last = table_.lastPut(prefix); });
  if (!read) last.reset();
  for (const auto& entry : unsaved_.entries())
    if (entry.notification.change.starts_with(prefix))
      last = std::max(last.value_or(entry.notification.created), entry.notification.created);
  return last;
}

Result<store::OutboxTable::Depth> Outbox::depth() const {
  store::OutboxTable::Depth depth;
  const auto read = database_.read([&] { depth = table_.depth(); });
  if (!read && unsaved_.empty()) return read.error();
  for (const auto& [queued, state, finished] : unsaved_.entries()) {
    if (queued.id != 0) {
      if (state != UnsavedOutbox::State::waiting) --depth.waiting;
    } else if (state == UnsavedOutbox::State::waiting) {
      ++depth.waiting;
      depth.oldest = std::min(depth.oldest.value_or(queued.created), queued.created);
    }
    if (state == UnsavedOutbox::State::undeliverable) ++depth.undeliverable;
  }
  if (depth.waiting <= 0) depth.oldest.reset();
  return depth;
}

Result<std::vector<store::QueuedNotification>> Outbox::undeliverable(std::size_t max) const {
  std::vector<store::QueuedNotification> notifications;
  const auto read = database_.read([&] { notifications = table_.undeliverable(max); });
  for (const auto& entry : unsaved_.entries())
    if (entry.state == UnsavedOutbox::State::undeliverable && notifications.size() < max)
      notifications.push_back(entry.notification);
  if (!read && notifications.empty()) return read.error();
  return notifications;
}

// If the table cannot be read, the gauges keep their values; the next reader reports the error.
void Outbox::publish() {
  if (const auto known = depth()) registry_.outbox(known->waiting, known->undeliverable, known->oldest);
}

}  // namespace arrivald::watch
