#include "watch/outbox.hpp"

#include <fmt/format.h>

#include "notify/notification_json.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using notify::DeliveryOutcome;

namespace {

constexpr Duration kDeliveredKept = std::chrono::hours(24 * 14);

}  // namespace

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
      if (configured.contains(channel))
        change.again = table_.retry(channel, now);
      else
        change.closed = table_.close(channel, now, "the channel was removed from the configuration");
      changes.push_back(std::move(change));
    }
    table_.prune(now, kDeliveredKept);
  });
  if (!stored) {
    log::error("the outbox cannot be brought in line with the configuration before the next reload: " +
               stored.error().text);
    return;
  }
  for (const auto& change : changes) {
    if (change.again > 0)
      log::info("undeliverable notifications are tried again",
                {{"channel", change.channel}, {"count", std::to_string(change.again)}});
    if (const auto count = change.closed.waiting + change.closed.undeliverable; count > 0)
      log::warning("a channel was removed; its notifications that were not delivered are closed",
                   {{"channel", change.channel},
                    {"count", std::to_string(count)},
                    {"waiting", std::to_string(change.closed.waiting)}});
  }
  wake();
}

void Outbox::storeShift(Duration step) { table_.shift(step); }

void Outbox::put(const std::vector<Outgoing>& outgoing) {
  const auto now = clock_.now();
  for (const auto& each : outgoing)
    table_.put(each.change, each.channel, notify::toJson(each.notification), now);
}

Done Outbox::putNow(const std::vector<Outgoing>& outgoing) {
  const auto stored = database_.transact([&] { put(outgoing); });
  if (stored) wake();
  return stored;
}

void Outbox::wake() {
  publish();
  wakeup_.wake();
}

Result<std::optional<Pending>> Outbox::next(std::string_view channel) {
  std::vector<store::QueuedNotification> waiting;
  const auto read = database_.read([&] { waiting = table_.waiting(channel, 1); });
  if (!read) return read.error();
  if (waiting.empty()) return std::optional<Pending>();
  auto& row = waiting.front();
  return std::optional<Pending>(Pending{row.id, std::move(row.change), std::move(row.channel),
                                        notify::notificationFromJson(row.notification), row.tryingSince,
                                        row.attempts, row.nextAttempt});
}

Result<std::int64_t> Outbox::record(const Pending& pending, const DeliveryOutcome& outcome,
                                    std::optional<Instant> nextAttempt) {
  const bool delivered = outcome.kind == DeliveryOutcome::Kind::delivered;
  const auto now = clock_.now();
  std::int64_t again = 0;
  const auto stored = database_.transact([&] {
    if (delivered) {
      table_.delivered(pending.id, now, outcome.text);
      table_.prune(now, kDeliveredKept);
      again = table_.retryOnce(pending.channel, now);
    } else if (nextAttempt) {
      table_.tryAgain(pending.id, *nextAttempt, outcome.text);
    } else {
      table_.undeliverable(pending.id, now, outcome.text);
    }
  });
  if (!stored) return stored.error();
  registry_.notified(pending.channel, delivered ? "delivered" : nextAttempt ? "retried" : "undeliverable");
  publish();
  return again;
}

std::optional<Instant> Outbox::lastPut(std::string_view prefix) {
  std::optional<Instant> last;
  const auto read = database_.read([&] { last = table_.lastPut(prefix); });
  return read ? last : std::nullopt;
}

Result<store::OutboxTable::Depth> Outbox::depth() {
  store::OutboxTable::Depth depth;
  const auto read = database_.read([&] { depth = table_.depth(); });
  if (!read) return read.error();
  return depth;
}

Result<std::vector<store::QueuedNotification>> Outbox::undeliverable(std::size_t max) {
  std::vector<store::QueuedNotification> notifications;
  const auto read = database_.read([&] { notifications = table_.undeliverable(max); });
  if (!read) return read.error();
  return notifications;
}

// If the table cannot be read, the gauges keep their values; the next reader reports the error.
void Outbox::publish() {
  if (const auto known = depth()) registry_.outbox(known->waiting, known->undeliverable, known->oldest);
}

}  // namespace arrivald::watch
