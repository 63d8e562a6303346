#include "watch/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "notify/notification_json.hpp"
#include "watch/log.hpp"
#include "watch/test_alerts.hpp"

namespace arrivald::watch {

namespace {

constexpr Duration kDeliveredKept = std::chrono::hours(24 * 14);
constexpr std::size_t kMaxPassedOn = 10'000;  // of a channel that does not take them, or is removed
constexpr std::size_t kMaxStages = 100;       // of an alert's notifications that are looked at
constexpr std::size_t kMaxGroups = 50;        // likewise, of a channel's groups
constexpr std::string_view kReplacedBy = "replaced by ";
constexpr const char* kRemoved = "the channel was removed from the configuration";

bool isForAll(std::string_view change) {
  return !change.starts_with("undeliverable@") && !change.starts_with("deliverable@") &&
         !change.starts_with("store@") && !change.starts_with("digest#") && !isTestAlert(change);
}

// A group is called by its first change and the number of the others: "stall@main#1764046800000.1+3".
std::string_view withoutGroup(std::string_view change) {
  const auto dot = change.rfind('.');
  return dot == std::string_view::npos ? change : change.substr(0, change.find('+', dot));
}

// Grows from one change of an alert to the next: what stands behind the last dot, in "….12", "….12+3" and
// "….1764047100000-worse".
std::int64_t numberOf(std::string_view change) {
  std::int64_t number = 0;
  const auto dot = change.rfind('.');
  if (dot != std::string_view::npos)
    std::from_chars(change.data() + dot + 1, change.data() + change.size(), number);
  return number;
}

// In JSON every notification has the text of its id.
bool mayName(const store::QueuedNotification& queued, std::string_view prefix) {
  return queued.notification.find(prefix) != std::string::npos;
}

bool isGroup(std::string_view change) { return withoutGroup(change).size() != change.size(); }

// The changes that it is about: its own, or those of a group.
std::vector<std::string> changesOf(const store::QueuedNotification& queued) {
  std::vector<std::string> changes;
  if (isGroup(queued.change))
    if (const auto notification = notify::notificationFromJson(queued.notification))
      for (const auto& member : notification->members) changes.push_back(member.id);
  if (changes.empty()) changes.push_back(queued.change);
  return changes;
}

// As a stand-in shows it.
std::string markedFor(const store::QueuedNotification& queued) {
  auto notification = notify::notificationFromJson(queued.notification);
  if (!notification) return queued.notification;
  if (notification->standsInFor.empty()) notification->standsInFor = queued.channel;
  return notify::toJson(*notification);
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
    : database_(database),
      clock_(clock),
      registry_(registry),
      table_(database),
      conversations_(database, clock) {}

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
  broken_.clear();  // it may be what mends them
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
        for (const auto& copy : forOthers(table_.waiting(channel, kMaxPassedOn))) putCopy(copy, now);
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

// What others are to be told in place of the channel of `rows`, which are all that wait for it.
std::vector<store::QueuedNotification> Outbox::forOthers(
    const std::vector<store::QueuedNotification>& rows) const {
  std::map<std::string, std::int64_t, std::less<>> newest;
  for (const auto& row : rows)
    for (const auto& change : changesOf(row))
      if (const auto episode = episodeOf(change); !episode.empty()) {
        auto& number = newest[std::string(episode)];
        number = std::max(number, numberOf(change));
      }
  const auto isOlder = [&](const std::string& change) {
    const auto found = newest.find(episodeOf(change));
    return found != newest.end() && numberOf(change) < found->second;
  };
  std::vector<store::QueuedNotification> copies;
  for (const auto& row : rows) {
    const auto changes = changesOf(row);
    if (!isForAll(row.change) || std::ranges::all_of(changes, isOlder)) continue;
    std::string marked;
    for (const auto& channel : channels_) {
      const auto hasLater = [&](const std::string& change) { return !laterThan(change, channel).empty(); };
      if (channel == row.channel || std::ranges::all_of(changes, hasLater)) continue;
      if (marked.empty()) marked = markedFor(row);
      auto copy = row;
      copy.channel = channel;
      copy.notification = marked;
      copies.push_back(std::move(copy));
    }
  }
  return copies;
}

// Inside a transaction.
void Outbox::putCopy(const store::QueuedNotification& copy, Instant now) {
  table_.put(copy.change, copy.channel, copy.notification, copy.created, now);
}

void Outbox::standInFor(const std::string& channel, const store::QueuedNotification* refused) {
  const bool isNew = broken_.insert(channel).second;
  std::vector<store::QueuedNotification> rows;
  if (refused) rows.push_back(*refused);
  // What is put later is put for the others at once.
  if (auto waits = isNew ? waiting(channel, kMaxPassedOn) : decltype(rows)())
    for (auto& row : *waits)
      if (!refused || row.change != refused->change) rows.push_back(std::move(row));
  const auto copies = forOthers(rows);
  if (copies.empty()) return;
  const auto now = clock_.now();
  const auto put = [&] {
    for (const auto& copy : copies) putCopy(copy, now);
  };
  if (!database_.transact(put))
    for (const auto& copy : copies) holdOne(copy.change, copy.channel, copy.notification, copy.created);
  wake();
}

// `outgoing` for the channels that stand in for others.
std::vector<Outgoing> Outbox::copies(const std::vector<Outgoing>& outgoing) const {
  std::vector<Outgoing> copies;
  if (broken_.empty()) return copies;
  const auto isPut = [&](const std::vector<Outgoing>& among, const Outgoing& one,
                         const std::string& channel) {
    return std::ranges::any_of(
        among, [&](const Outgoing& other) { return other.change == one.change && other.channel == channel; });
  };
  for (const auto& each : outgoing) {
    if (!broken_.contains(each.channel) || !isForAll(each.change)) continue;
    for (const auto& channel : channels_) {
      if (channel == each.channel || isPut(outgoing, each, channel) || isPut(copies, each, channel)) continue;
      auto copy = each;
      copy.channel = channel;
      copy.notification.standsInFor = each.channel;
      copies.push_back(std::move(copy));
    }
  }
  return copies;
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
  for (const auto& each : outgoing) putRow(each, now);
  for (const auto& each : copies(outgoing)) putRow(each, now);
}

void Outbox::putRow(const Outgoing& outgoing, Instant now) {
  table_.put(outgoing.change, outgoing.channel, notify::toJson(outgoing.notification), now);
}

void Outbox::stored() {
  unsaved_.clear();
  wake();
}

void Outbox::hold(const std::vector<Outgoing>& outgoing) {
  const auto now = clock_.now();
  for (const auto& each : outgoing)
    holdOne(each.change, each.channel, notify::toJson(each.notification), now);
  for (const auto& each : copies(outgoing))
    holdOne(each.change, each.channel, notify::toJson(each.notification), now);
  wake();
}

void Outbox::holdOne(std::string change, std::string channel, std::string notification, Instant created) {
  bool known = false;
  static_cast<void>(database_.read([&] { known = table_.find(change, channel).has_value(); }));
  if (known) return;
  store::QueuedNotification queued;
  queued.change = std::move(change);
  queued.channel = std::move(channel);
  queued.notification = std::move(notification);
  queued.created = created;
  queued.tryingSince = queued.nextAttempt = clock_.now();
  if (!unsaved_.put(queued) && unsaved_.size() >= UnsavedOutbox::kMax)
    log::error(
        "a notification is lost: the store refuses, and memory holds as many as it may",
        {{"channel", queued.channel}, {"id", queued.change}, {"max", std::to_string(UnsavedOutbox::kMax)}});
}

Done Outbox::putNow(const std::vector<Outgoing>& outgoing) {
  // Only together with their alerts may those be stored that memory holds.
  const auto now = clock_.now();
  const auto stored = database_.transact([&] {
    for (const auto& each : outgoing) putRow(each, now);
    for (const auto& each : copies(outgoing)) putRow(each, now);
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

// Those of a channel whose change begins with `prefix`, the newest first, by the latest that is known.
std::vector<store::OutboxTable::Stage> Outbox::stages(std::string_view prefix,
                                                      std::string_view channel) const {
  std::vector<store::OutboxTable::Stage> stages, rows;
  const bool ofGroups = prefix.empty();
  const auto read = database_.read([&] {
    rows = ofGroups ? table_.groups(channel, kMaxGroups) : table_.stages(prefix, channel, kMaxStages);
  });
  if (!read) rows.clear();
  const auto& unsaved = unsaved_.entries();
  for (auto each = unsaved.rbegin(); each != unsaved.rend(); ++each)
    if (each->notification.id == 0 && each->notification.channel == channel &&
        (ofGroups ? isGroup(each->notification.change) : each->notification.change.starts_with(prefix)))
      stages.push_back({each->notification, std::string(name(each->state))});
  for (auto& row : rows) {
    if (const auto* known = unsaved_.find(row.notification.change, channel))
      row = {known->notification, std::string(name(known->state))};
    stages.push_back(std::move(row));
  }
  return stages;
}

// What the channel was to be told of the alert of `change`, the newest first.
std::vector<Outbox::Said> Outbox::said(std::string_view change, std::string_view channel) const {
  const auto prefix = episodeOf(withoutGroup(change));
  std::vector<Said> all;
  if (prefix.empty()) return all;
  for (auto& stage : stages(prefix, channel)) {
    const auto number = numberOf(stage.notification.change);
    all.push_back({number, std::move(stage)});
  }
  for (const auto& stage : stages({}, channel)) {
    if (stage.notification.change.starts_with(prefix) || !mayName(stage.notification, prefix)) continue;
    for (const auto& member : changesOf(stage.notification))
      if (member.starts_with(prefix)) all.push_back({numberOf(member), stage});
  }
  std::ranges::stable_sort(all, std::ranges::greater(), &Said::number);
  return all;
}

std::string Outbox::laterThan(std::string_view change, std::string_view channel) const {
  for (const auto& [number, stage] : said(change, channel)) {
    if (number <= numberOf(change)) break;
    if (stage.state != name(UnsavedOutbox::State::closed)) return stage.notification.change;
  }
  return {};
}

std::string Outbox::deliveredAfter(std::string_view change, std::string_view channel) const {
  for (const auto& [number, stage] : said(change, channel)) {
    if (number <= numberOf(change)) break;
    if (stage.state == name(UnsavedOutbox::State::delivered)) return stage.notification.change;
  }
  return {};
}

bool Outbox::deliveredBefore(std::string_view change, std::string_view channel) const {
  return std::ranges::any_of(said(change, channel), [&](const Said& one) {
    return one.number < numberOf(change) && one.stage.state == name(UnsavedOutbox::State::delivered);
  });
}

std::string Outbox::deliveredElsewhere(const Pending& pending) const {
  const auto& queued = pending.queued;
  if (!pending.notification || !isForAll(queued.change)) return {};
  const auto isDelivered = [&](const std::string& channel, const std::string& inPlaceOf) {
    for (const auto& [other, state] : stages(queued.change, channel)) {
      if (other.change != queued.change || state != name(UnsavedOutbox::State::delivered)) continue;
      if (inPlaceOf.empty()) return true;
      const auto notification = notify::notificationFromJson(other.notification);
      if (notification && notification->standsInFor == inPlaceOf) return true;
    }
    return false;
  };
  if (const auto& meantFor = pending.notification->standsInFor; !meantFor.empty())
    return isDelivered(meantFor, {}) || !deliveredAfter(queued.change, meantFor).empty() ? meantFor
                                                                                         : std::string();
  for (const auto& channel : channels_)
    if (channel != queued.channel && isDelivered(channel, queued.channel)) return channel;
  return {};
}

bool Outbox::replacesMention(const store::QueuedNotification& queued) const {
  for (const auto& [number, stage] : said(queued.change, queued.channel)) {
    if (number >= numberOf(queued.change)) continue;
    if (stage.state == name(UnsavedOutbox::State::delivered)) return false;
    if (stage.notification.outcome.starts_with(kReplacedBy)) {
      const auto notification = notify::notificationFromJson(stage.notification.notification);
      if (notification && notification->mention) return true;
    }
  }
  return false;
}

void Outbox::supersede(const store::QueuedNotification& queued, std::string_view by) {
  close(queued, fmt::format("{}{}", kReplacedBy, by));
  registry_.notified(queued.channel, "superseded");
  publish();
}

void Outbox::deliveredBy(const store::QueuedNotification& queued, std::string_view channel) {
  close(queued, fmt::format("delivered by the channel {}", channel));
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
