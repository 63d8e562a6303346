#include "watch/event_aggregator.hpp"

#include <algorithm>
#include <tuple>

#include "sendgrid/decode.hpp"
#include "stream/drop_reason.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using stream::Aggregator;
using stream::EventKind;
using stream::Record;

namespace {

constexpr Duration kFlushEvery = std::chrono::minutes(1);
constexpr std::size_t kDefaultCategories = 100;
constexpr std::size_t kMaxCategories = 1000;
// How many of the 256 tables of messages in flight are aged at each tick.
constexpr int kAgedAtOnce = 4;
// Stored events that were received within it are read back into the tables, to know what is usual: explaining
// their replies takes time.
constexpr Duration kTabulated = std::chrono::hours(24);

}  // namespace

EventAggregator::EventAggregator(store::Database& database, const Clock& clock, metrics::Registry& registry,
                                 EventCounts& counts, StreamStatus& status, RecentCauses& causes,
                                 const StoredEvents& stored)
    : clock_(clock),
      registry_(registry),
      counts_(counts),
      status_(status),
      causes_(causes),
      stored_(stored),
      groups_(std::make_shared<stream::DomainGroups>()),
      entries_(database) {}

std::set<std::string> EventAggregator::retain(const config::Config& configuration) {
  const auto& wanted = configuration.eventStream;
  const bool regroup =
      !(settings_.domainGroups == wanted.domainGroups) || settings_.maxGroups != wanted.maxGroups;
  settings_ = wanted;
  std::set<std::string> streamed;
  for (const auto& account : configuration.accounts)
    if (account.events) streamed.insert(account.name);
  const auto leaves = [&](const auto& entry) { return !streamed.contains(entry.first); };
  const bool anyLeaves = std::any_of(accounts_.begin(), accounts_.end(), leaves);
  // Acknowledged events that have not been flushed would be lost with the aggregator.
  if ((regroup || anyLeaves) && !accounts_.empty()) flush(clock_.now());
  std::erase_if(accounts_, leaves);
  for (auto& [name, account] : accounts_) account.latencies.clear();
  tables_.retain(regroup ? std::set<std::string>{} : streamed);
  if (regroup) {
    // The groups' numbers change.
    accounts_.clear();
    groups_ = std::make_shared<stream::DomainGroups>(settings_.domainGroups, settings_.maxGroups);
  }
  std::set<std::string> made;
  for (const auto& account : configuration.accounts) {
    if (!account.events || accounts_.contains(account.name)) continue;
    make(account);
    made.insert(account.name);
  }
  return made;
}

void EventAggregator::make(const config::Account& account) {
  const auto wanted = account.categories.any() ? account.categories.names.size() + account.categories.limit
                                               : kDefaultCategories;
  auto made =
      std::make_unique<Aggregator>(account.name, account.zone, groups_, std::min(wanted, kMaxCategories));
  for (const auto& name : account.categories.names) made->know(sendgrid::subjectName(name));
  for (const auto& [subject, series] : counts_.windows())
    if (subject.account == account.name && subject.dimension == Dimension::category) made->know(subject.name);
  accounts_.insert_or_assign(account.name, Account{std::move(made)});
}

void EventAggregator::consume(const std::string& account, std::string_view records) {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return;
  const auto now = clock_.now();
  tables_.begin(account, now);
  tables_.advance(account, now);
  stream::RecordReader reader(records);
  std::int64_t late = 0;
  for (Record record; reader.next(record);) {
    if (record.at <= now - Aggregator::kLatest) ++late;
    if (record.kind == EventKind::accountStatusChange) {
      log::warning("the provider changed the account's status: " + std::string(record.reason),
                   {{"account", account}});
      status_.accountStatusChanged(account, record.at, record.reason);
      continue;
    }
    noteStatus(account, record);
    const auto effect = found->second.aggregator->apply(record, now, true);
    if (effect.finished) status_.outcomeReceived(account, record.at, now);
    entries_.note(account, record);
    if (effect.latency) observe(account, effect.group, *effect.latency);
    std::optional<causes::Class> cause;
    if (record.kind == EventKind::dropped || stream::hasReply(record.kind))
      cause = causes_.noteEvent(account, groups_->name(effect.group), record, now);
    if (record.kind == EventKind::dropped)
      registry_.streamDropped(account, stream::name(stream::aboutOf(record.reason)));
    tabulate(account, record, effect, cause);
  }
  registry_.streamLate(account, late);
  status_.lateReceived(account, late);
}

// Each mail once, by its first outcome. A mail that was dropped for its address says that an earlier one
// failed: what fails for one cause now would go on failing for weeks.
void EventAggregator::tabulate(const std::string& account, const Record& record,
                               const Aggregator::Effect& effect, std::optional<causes::Class> cause) {
  if (!effect.finished) return;
  const bool dropped = record.kind == EventKind::dropped;
  if (dropped && stream::aboutOf(record.reason) == stream::DropAbout::address) return;
  std::optional<incidents::Kind> failure;
  if (dropped || stream::isFailure(record.kind))
    failure = incidents::kindOf(cause.value_or(causes::Class::unspecified));
  tables_.add(account, effect.category, groups_->name(effect.group), failure, record.at);
}

std::optional<causes::Class> EventAggregator::causeOf(const Record& record) const {
  if (record.kind == EventKind::delivered) return std::nullopt;
  return causes_.explain(record).causeClass;
}

// All replayed events restore the messages in flight, and the table as it was. Those that were stored after
// the last flush are counted as well, as if they arrived now.
void EventAggregator::replay(const store::EventBatchRow& batch) {
  const auto found = accounts_.find(batch.account);
  if (found == accounts_.end()) return;
  const auto now = clock_.now();
  const bool tabulated = batch.received > now - kTabulated;
  if (tabulated) {
    tables_.begin(batch.account, batch.received);
    tables_.advance(batch.account, batch.received);
  }
  const bool count = batch.id > counts_.flushedTo(batch.account);
  const bool noted = entries_.contains(batch.account, batch.id);
  const auto received = count ? now : batch.received;
  status_.batchReceived(batch.account, batch.received);
  stream::RecordReader reader(batch.records);
  for (Record record; reader.next(record);) {
    if (stream::isAboutMail(record.kind)) status_.eventsReceived(batch.account, batch.received);
    const auto effect = found->second.aggregator->apply(record, now, count, received);
    if (tabulated && effect.finished)
      tabulate(
          batch.account, record, effect,
          stream::isFailure(record.kind) ? std::optional(causes_.explain(record).causeClass) : std::nullopt);
    if (!noted) entries_.note(batch.account, record);
    if (record.kind == EventKind::accountStatusChange)
      status_.accountStatusChanged(batch.account, record.at, record.reason);
    noteStatus(batch.account, record);
  }
}

// What shows that a stopped account works again.
void EventAggregator::noteStatus(const std::string& account, const Record& record) {
  if (record.kind == EventKind::processed) status_.mailProcessed(account, record.at, record.messageKey);
  if (record.kind == EventKind::delivered) status_.mailDelivered(account, record.messageKey);
}

void EventAggregator::observe(const std::string& account, std::uint16_t group, Duration latency) {
  auto& known = accounts_.at(account).latencies;
  if (group >= known.size()) known.resize(group + 1U);
  if (!known[group]) known[group] = registry_.streamLatency(account, groups_->name(group));
  known[group]->observe(latency);
}

void EventAggregator::shift(Duration step) {
  for (auto& [name, account] : accounts_) account.aggregator->shift(step);
  tables_.shift(step);
}

void EventAggregator::tick() {
  const auto now = clock_.now();
  for (int slice = 0; slice < kAgedAtOnce; ++slice)
    for (auto& [name, account] : accounts_)
      if (const auto lost = account.aggregator->inFlight().age(now, Aggregator::kLost); lost > 0)
        registry_.streamLost(name, static_cast<std::int64_t>(lost));
  if (!flushedAt_ || now - *flushedAt_ >= kFlushEvery || now < *flushedAt_) flush(now);
}

namespace {

// What comes later than this is not how the stream usually is.
constexpr Duration kLate = std::chrono::minutes(10);

std::optional<rules::StreamFacts::CameLate> lateIn(const Aggregator::Flush& flush, Instant now) {
  constexpr Duration kMinute = std::chrono::minutes(1);
  std::optional<rules::StreamFacts::CameLate> all;
  for (const auto& late : flush.late) {
    if (now - late.at < kLate || late.counts.failed() <= 0) continue;
    if (!all) all = {now, late.at - kMinute, late.at};
    all->from = std::min(all->from, late.at - kMinute);
    all->to = std::max(all->to, late.at);
  }
  return all;
}

}  // namespace

std::optional<rules::StreamFacts::CameLate> EventAggregator::cameLate(const std::string& account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() || found->second.lateLookedAt ? std::nullopt : found->second.late;
}

void EventAggregator::lateLookedAt() {
  for (auto& [name, account] : accounts_) account.lateLookedAt = true;
}

void EventAggregator::flush(Instant now) {
  const auto from = flushedAt_.value_or(now);
  flushedAt_ = now;
  std::vector<EventCounts::AccountFlush> flushes;
  std::set<std::string> accounts;
  for (auto& [name, account] : accounts_) {
    accounts.insert(name);
    // Without events counts are unknown, not zero: nothing is flushed while the stream may have failed.
    if (account.aggregator->anythingToFlush() || status_.alive(name, now)) {
      flushes.push_back({name, account.aggregator->flush(from, now)});
      if (auto late = lateIn(flushes.back().flush, now)) {
        // What comes in a row is one stretch.
        if (account.late && now - account.late->at <= 2 * kFlushEvery) {
          late->from = std::min(late->from, account.late->from);
          late->to = std::max(late->to, account.late->to);
        }
        account.late = late;
        account.lateLookedAt = false;
      }
    }
    publishInFlight(name, *account.aggregator, now);
  }
  if (const auto stored = entries_.flush(accounts, stored_.last()); !stored)
    log::warning("stopped sends and accepted mail are kept in memory and written in a minute: " +
                 stored.error().text);
  if (!flushes.empty() || !counts_.stored()) store(flushes, accounts);
  tabulateWaiting(now);
}

void EventAggregator::store(const std::vector<EventCounts::AccountFlush>& flushes,
                            const std::set<std::string>& accounts) {
  if (const auto stored = counts_.add(flushes, accounts, stored_.last()); !stored)
    log::warning("the event stream's counts are kept in memory and written with the next ones: " +
                 stored.error().text);
}

// A silent stream does not know what was delivered.
void EventAggregator::tabulateWaiting(Instant now) {
  for (const auto& [name, account] : accounts_) {
    tables_.begin(name, now);
    tables_.advance(name, now);
    std::vector<incidents::WaitingWindow> waiting;
    if (status_.alive(name, now))
      waiting = waitingOf(name, *account.aggregator, *groups_, counts_.windows(), now);
    tables_.setWaiting(name, std::move(waiting));
  }
}

void EventAggregator::publishInFlight(const std::string& account, const Aggregator& aggregator, Instant now) {
  for (std::size_t i = 0; i < aggregator.inFlight().groups(); ++i) {
    const auto group = static_cast<std::uint16_t>(i);
    const auto waiting = aggregator.inFlight().waiting(group, now, settings_.overdueAfter);
    registry_.streamWaiting(account, groups_->name(group), waiting.messages, waiting.overdue, waiting.oldest);
  }
}

std::vector<EventAggregator::Receiver> EventAggregator::receivers(const std::string& account) const {
  std::vector<Receiver> all;
  const auto* aggregator = find(account);
  if (!aggregator) return all;
  const auto now = clock_.now();
  for (std::size_t i = 0; i < groups_->size(); ++i) {
    const auto group = static_cast<std::uint16_t>(i);
    Receiver one;
    one.name = groups_->name(group);
    one.waiting = aggregator->inFlight().waiting(group, now, settings_.overdueAfter);
    if (const auto* window = aggregator->latency({account, Dimension::domainGroup, one.name}))
      one.lastHour = window->over(std::chrono::hours(1), now);
    if (one.waiting.messages > 0 || one.lastHour.count > 0) all.push_back(std::move(one));
  }
  std::stable_sort(all.begin(), all.end(), [](const Receiver& a, const Receiver& b) {
    return std::tuple(-a.waiting.overdue, -a.waiting.messages, -a.lastHour.count) <
           std::tuple(-b.waiting.overdue, -b.waiting.messages, -b.lastHour.count);
  });
  return all;
}

const Aggregator* EventAggregator::find(const std::string& account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? nullptr : found->second.aggregator.get();
}

}  // namespace arrivald::watch
