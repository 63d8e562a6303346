#include "watch/event_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/mask.hpp"
#include "base/utf8.hpp"
#include "stream/fingerprint.hpp"
#include "watch/forward_events.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Subject;
using http::Response;
using runtime::Task;
using sendgrid::Event;
using stream::Aggregator;
using stream::EventKind;
using stream::Record;

namespace {

constexpr std::size_t kMaxPendingBytes = 32 << 20;  // of bodies that wait to be stored
constexpr Duration kFlushEvery = std::chrono::minutes(1);
constexpr auto kCommitEvery = std::chrono::milliseconds(2);
constexpr std::size_t kSpareBuffers = 8;
constexpr std::int64_t kPruneAtOnce = 200;  // batches
constexpr std::size_t kDefaultCategories = 100;
// Of the 256 tables of duplicates and of messages on their way, at each tick.
constexpr int kAgedAtOnce = 4;

Response answer(unsigned status, std::string text) { return http::plainText(status, std::move(text)); }

Response busy(const char* why, const char* retryAfter) {
  auto response = answer(503, why);
  response.headers.add("Retry-After", retryAfter);
  return response;
}

// Controls and bad UTF-8 only cost time where there are any.
bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

bool wants(const config::Forward& target, const std::string& account) {
  return target.accounts.empty() ||
         std::find(target.accounts.begin(), target.accounts.end(), account) != target.accounts.end();
}

}  // namespace

/// One event of a batch that waits to be stored.
struct EventStream::Fresh {
  EventKind kind;
  std::uint64_t idKey, contentKey;
  Instant at;
  store::EventFinder finder;
  std::size_t begin, end;  // in the batch's records
};

struct EventStream::Pending {
  explicit Pending(boost::asio::any_io_executor executor) : signal(std::move(executor)) {}
  std::string account;
  std::vector<Fresh> events;
  std::string records;
  std::vector<store::MalformedEvent> malformed;
  std::int64_t tests = 0;
  std::string headers;  // as they came, only if somebody else wants them
  std::string body;
  bool done = false;
  bool stored = false;
  boost::asio::steady_timer signal;
};

EventStream::EventStream(boost::asio::any_io_executor executor, State& state)
    : executor_(std::move(executor)),
      state_(state),
      authenticator_(state.clock(), state.registry()),
      forwards_(state.database()),
      groups_(std::make_shared<stream::DomainGroups>()),
      commitTimer_(executor_) {
  state_.receivers = [this](const std::string& account) {
    std::vector<State::Receiver> all;
    for (const auto& group : groups(account))
      all.push_back({group.name, group.waiting.messages, group.waiting.overdue, group.lastHour.count,
                     group.waiting.oldest, group.lastHour.median, group.lastHour.p95});
    return all;
  };
  state_.waiting = [this](const Subject& subject, Duration after, Duration window, Instant now) {
    return waiting(subject, after, window, now);
  };
  state_.latency = [this](const Subject& subject, Duration window, Instant now) {
    return latency(subject, window, now);
  };
}

EventStream::~EventStream() {
  *alive_ = false;
  state_.receivers = nullptr;
  state_.waiting = nullptr;
  state_.latency = nullptr;
  for (const auto& pending : pending_) pending->signal.cancel();
  commitTimer_.cancel();
}

void EventStream::use(const config::Config& config) {
  const bool regroup = !(settings_.domainGroups == config.eventStream.domainGroups) ||
                       settings_.maxGroups != config.eventStream.maxGroups;
  settings_ = config.eventStream;
  ids_.setHorizon(settings_.horizon);
  contents_.setHorizon(settings_.horizon);
  authenticator_.use(config);
  const auto isRemoved = [&](const auto& entry) { return !authenticator_.knows(entry.first); };
  std::erase_if(aggregators_, isRemoved);
  std::erase_if(state_.streams, isRemoved);
  std::erase_if(state_.accountStatus, isRemoved);
  observers_.clear();
  if (regroup) {
    // The numbers of the groups change: what is counted goes to the windows first.
    if (loaded_) book(state_.clock().now());
    aggregators_.clear();
    groups_ = std::make_shared<stream::DomainGroups>(settings_.domainGroups, settings_.maxGroups);
  }
  std::vector<std::string> targets;
  for (const auto& target : settings_.forward) targets.push_back(target.name);
  if (const auto kept = state_.database().transact([&] { forwards_.retain(targets); }); !kept)
    log::warning("batches for targets that are no longer configured stay in the store: " + kept.error().text);
  std::set<std::string> fresh;
  for (const auto& account : config.accounts) {
    if (!account.events || aggregators_.contains(account.name)) continue;
    fresh.insert(account.name);
    const auto max = account.categories.any() ? account.categories.names.size() + account.categories.limit
                                              : kDefaultCategories;
    auto& made = aggregators_[account.name] =
        std::make_unique<Aggregator>(account.name, account.zone, groups_, std::min<std::size_t>(max, 1000));
    for (const auto& name : account.categories.names) made->know(name);
    for (const auto& [subject, series] : state_.streamed())
      if (subject.account == account.name && subject.dimension == Dimension::category)
        made->know(subject.name);
    if (!state_.streams.contains(account.name)) state_.streams[account.name].since = state_.clock().now();
  }
  if (!fresh.empty() && loaded_) {
    const auto read = replay(fresh);
    if (!read)
      log::warning("messages on their way are not known until new events come: " + read.error().text);
  }
}

Done EventStream::load(const config::Config& config) {
  use(config);
  const auto counted = state_.database().read([&] {
    for (const auto& total : state_.events().totals())
      state_.registry().streamEvents(total.account, total.kind, total.events);
    size_ = state_.events().size();
  });
  if (!counted) return counted;
  std::set<std::string> all;
  for (const auto& [name, book] : aggregators_) all.insert(name);
  const auto read = replay(all);
  loaded_ = true;
  return read;
}

// Messages are followed for as long as they may be on their way; duplicates are looked for over the horizon.
// What was stored after the last booking is counted, as if it came now. Only into books that are new: what
// another has counted and not booked yet must not be counted again.
Done EventStream::replay(const std::set<std::string>& accounts) {
  const auto now = state_.clock().now();
  return state_.database().read([&] {
    state_.events().each(now - std::max(settings_.horizon, Aggregator::kLost), [&](const auto& batch) {
      stored_ = std::max(stored_, batch.id);
      auto* book = aggregatorOf(batch.account);
      if (!book || !accounts.contains(batch.account)) return true;
      auto& last = state_.streams[batch.account].lastBatch;
      last = std::max(last.value_or(batch.received), batch.received);
      const bool count = batch.id > state_.eventsFlushedTo();
      stream::RecordReader reader(batch.records);
      for (Record record; reader.next(record);) {
        if (record.idKey != 0) ids_.add(record.idKey, batch.received);
        contents_.add(record.contentKey, batch.received);
        book->apply(record, now, count);
        if (record.kind == EventKind::accountStatusChange) noteStatus(batch.account, record);
      }
      return true;
    });
  });
}

Aggregator* EventStream::aggregatorOf(const std::string& account) const {
  const auto found = aggregators_.find(account);
  return found == aggregators_.end() ? nullptr : found->second.get();
}

bool EventStream::isForwarded(const std::string& account) const {
  return std::any_of(settings_.forward.begin(), settings_.forward.end(),
                     [&](const auto& target) { return wants(target, account); });
}

void EventStream::encode(Pending& pending, const Event& event) {
  // Cut before anything is worked out of it, so that a giant costs no more than others.
  const auto email = event.email.substr(0, Record::kMaxText);
  const auto eventId = event.eventId.substr(0, Record::kMaxText);
  const auto messageId = event.messageId.substr(0, Record::kMaxText);
  auto reason = (event.kind == EventKind::accountStatusChange ? event.type : event.reason)
                    .substr(0, 4 * Record::kMaxReason);
  Record record;
  record.kind = event.kind;
  record.at = event.at;
  const auto milliseconds = unixMilliseconds(event.at);
  const std::string_view when(reinterpret_cast<const char*>(&milliseconds), sizeof milliseconds);
  record.emailKey = email.empty() ? 0 : stream::addressKey(email);
  const std::string_view who(reinterpret_cast<const char*>(&record.emailKey), sizeof record.emailKey);
  if (!eventId.empty()) record.idKey = stream::fingerprintOf({pending.account, "id", eventId});
  record.contentKey =
      stream::fingerprintOf({pending.account, "content", event.name, who, messageId, when, event.detail,
                             reason, event.type, messageId.empty() ? eventId : std::string_view()});
  record.messageKey = stream::fingerprintOf({pending.account, "message", messageId, who});
  auto& [cleanId, cleanEmail, cleanReason, cleanStatus, domain, categories] = scratch_;
  categories.clear();
  const auto clean = [](std::string_view text, std::string& kept, std::size_t max) -> std::string_view {
    if (text.size() <= max && plain(text)) return text;
    kept = oneLine(text, max);
    return kept;
  };
  record.messageId = clean(messageId, cleanId, Record::kMaxText);
  const auto shownEmail = clean(email, cleanEmail, Record::kMaxText);
  if (const auto at = shownEmail.rfind('@'); at != std::string_view::npos) {
    record.domain = shownEmail.substr(at + 1, 253);
    if (std::any_of(record.domain.begin(), record.domain.end(),
                    [](char c) { return c >= 'A' && c <= 'Z'; })) {
      domain = record.domain;
      std::transform(domain.begin(), domain.end(), domain.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      record.domain = domain;
    }
  }
  if (settings_.hashAddresses) {
    cleanReason = oneLine(maskAddresses(reason), Record::kMaxReason);
    record.reason = cleanReason;
  } else {
    record.email = shownEmail;
    record.reason = clean(reason, cleanReason, Record::kMaxReason);
  }
  record.status = clean(event.status, cleanStatus, 20);
  for (const auto category : event.categories()) {
    if (!categories.empty()) categories += Record::kBetweenCategories;
    if (plain(category) && category.size() <= 255)
      categories += category;
    else
      categories += oneLine(category, 255);
  }
  record.categories = categories;

  const auto begin = pending.records.size();
  append(pending.records, record);
  pending.events.push_back(
      {record.kind,
       record.idKey,
       record.contentKey,
       record.at,
       {static_cast<std::uint32_t>(record.emailKey),
        messageId.empty() ? 0 : static_cast<std::uint32_t>(stream::messageIdKey(messageId))},
       begin,
       pending.records.size()});
}

Task<Response> EventStream::receive(const http::ServerRequest& request) {
  constexpr std::string_view kPrefix = "/events/", kToken = "/token";
  auto& registry = state_.registry();
  auto name =
      request.path.starts_with(kPrefix) ? std::string(request.path.substr(kPrefix.size())) : std::string();
  const bool wantsToken = name.ends_with(kToken);
  if (wantsToken) name.resize(name.size() - kToken.size());
  if (!authenticator_.knows(name)) {
    registry.streamBatch("", "unknown_account");
    co_return answer(404,
                     "no account of this name takes events; the address is /events/ACCOUNT, as the "
                     "configuration names it\n");
  }
  if (wantsToken) co_return authenticator_.token(name, request);
  if (auto refusal = authenticator_.refusal(name, request)) co_return std::move(*refusal);
  if (pendingBytes_ + request.body.size() > kMaxPendingBytes) {
    registry.streamBatch(name, "busy");
    co_return busy("too much waits to be stored; send it again later\n", "5");
  }
  const auto now = state_.clock().now();
  const auto pending = std::make_shared<Pending>(executor_);
  pending->account = name;
  if (isForwarded(name)) {
    pending->headers = forwardedHeaders(request.headers);
    pending->body = request.body;
  }
  const auto& batch = reader_.read(request.body);
  pending->events.reserve(batch.events.size());
  if (!spare_.empty()) {
    pending->records = std::move(spare_.back());
    spare_.pop_back();
  }
  for (const auto& event : batch.events) {
    if (event.test) {
      ++pending->tests;
    } else {
      encode(*pending, event);
    }
  }
  for (const auto& malformed : batch.malformed)
    pending->malformed.push_back(
        {name, now, malformed.why,
         std::string(malformed.raw.substr(0, store::EventsTable::kMaxMalformedBytes))});
  state_.streams[name].lastBatch = now;
  if (pending->tests > 0) state_.streams[name].lastTest = now;
  pendingBytes_ += request.body.size();
  pending_.push_back(pending);
  schedule();
  const auto alive = alive_;
  while (!pending->done && *alive) {
    pending->signal.expires_at(std::chrono::steady_clock::time_point::max());
    auto [error] = co_await pending->signal.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    static_cast<void>(error);
  }
  if (!pending->stored) {
    if (*alive) registry.streamBatch(name, "not_stored");
    co_return busy("the events cannot be stored; send them again later\n", "30");
  }
  registry.streamBatch(name, "accepted");
  co_return Response{204, {}, ""};
}

// After everything that is ready on the loop, so that what came together is written together; and under load
// not more often than every few milliseconds: most of what a small batch costs is the disk's promise.
void EventStream::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  const auto due = committed_ + kCommitEvery;
  if (std::chrono::steady_clock::now() < due) {
    commitTimer_.expires_at(due);
    commitTimer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
      if (!*alive || error) return;
      scheduled_ = false;
      commit();
    });
    return;
  }
  boost::asio::post(executor_, [this, alive = alive_] {
    if (!*alive) return;
    scheduled_ = false;
    commit();
  });
}

void EventStream::commit() {
  // From its end, so that however slow the disk is, what waits gets a turn.
  struct Ended {
    std::chrono::steady_clock::time_point& at;
    ~Ended() { at = std::chrono::steady_clock::now(); }
  } const ended{committed_};
  const auto batches = std::move(pending_);
  pending_.clear();
  pendingBytes_ = 0;
  const auto now = state_.clock().now();
  // One row an account, of all its batches that came together.
  struct Row {
    store::EventBatchRow row;
    std::vector<store::EventFinder> finders;
    std::array<std::int64_t, stream::kEventKinds> counts{};
    std::int64_t repeated = 0;
  };
  std::map<std::string, Row> rows;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> added;  // keys, to be taken back if nothing is stored
  for (const auto& batch : batches) {
    auto& row = rows[batch->account];
    // Runs of events that are new are copied together; usually that is the whole batch.
    std::size_t begin = 0, end = 0;
    const auto copy = [&] {
      // The usual case, one batch that is all new, is not copied at all.
      if (begin == 0 && end == batch->records.size() && row.row.records.empty())
        row.row.records.swap(batch->records);
      else
        row.row.records.append(batch->records, begin, end - begin);
    };
    // Tables of millions lie outside the caches: all slots are fetched before the first is needed.
    for (const auto& event : batch->events) {
      ids_.prefetch(event.idKey);
      contents_.prefetch(event.contentKey);
    }
    for (const auto& event : batch->events) {
      if (contents_.contains(event.contentKey, now) || (event.idKey != 0 && !ids_.add(event.idKey, now))) {
        ++row.repeated;
        copy();
        begin = end = event.end;
        continue;
      }
      contents_.add(event.contentKey, now);
      added.emplace_back(event.idKey, event.contentKey);
      row.finders.push_back(event.finder);
      row.row.oldest = row.row.events == 0 ? event.at : std::min(row.row.oldest, event.at);
      row.row.newest = row.row.events == 0 ? event.at : std::max(row.row.newest, event.at);
      ++row.row.events;
      ++row.counts[static_cast<std::size_t>(event.kind)];
      end = event.end;
    }
    copy();
  }
  const auto stored = state_.database().transact([&] {
    for (auto& [account, row] : rows) {
      if (row.row.events == 0) continue;
      row.row.account = account;
      row.row.received = now;
      row.row.id = state_.events().add(row.row, row.finders);
      for (std::size_t kind = 0; kind < row.counts.size(); ++kind)
        if (row.counts[kind] > 0)
          state_.events().count(account, stream::name(static_cast<EventKind>(kind)), row.counts[kind]);
    }
    for (const auto& batch : batches) {
      for (const auto& malformed : batch->malformed) state_.events().addMalformed(malformed);
      if (batch->body.empty()) continue;
      for (const auto& target : settings_.forward)
        if (wants(target, batch->account)) forwards_.put(target.name, now, batch->headers, batch->body);
    }
  });
  if (stored) {
    auto& registry = state_.registry();
    for (const auto& [account, row] : rows) {
      for (std::size_t kind = 0; kind < row.counts.size(); ++kind)
        if (row.counts[kind] > 0)
          registry.streamEvents(account, stream::name(static_cast<EventKind>(kind)), row.counts[kind]);
      if (row.repeated > 0) registry.streamRepeated(account, row.repeated);
      if (row.row.events == 0) continue;
      stored_ = row.row.id;
      size_.events += row.row.events;
      size_.bytes +=
          static_cast<std::int64_t>(row.row.records.size() + row.finders.size() * sizeof(store::EventFinder));
      apply(account, row.row.records);
    }
    if (std::any_of(batches.begin(), batches.end(), [](const auto& batch) { return !batch->body.empty(); }))
      forwardWakeup_.wake();
    for (const auto& batch : batches) {
      if (!batch->malformed.empty())
        registry.streamMalformed(batch->account, static_cast<std::int64_t>(batch->malformed.size()));
      if (batch->tests > 0)
        log::info("the provider's test events came",
                  {{"account", batch->account}, {"events", fmt::format("{}", batch->tests)}});
    }
  } else {
    // Not stored is not known: the provider sends them again.
    for (const auto& [idKey, contentKey] : added) {
      if (idKey != 0) ids_.remove(idKey);
      contents_.remove(contentKey);
    }
    log::error("events cannot be stored; the provider is asked to send them again: " + stored.error().text);
  }
  // Buffers are used again: such large ones would be given back to the system and asked for at each batch.
  const auto keep = [&](std::string& buffer) {
    if (spare_.size() >= kSpareBuffers || buffer.capacity() == 0) return;
    buffer.clear();
    spare_.push_back(std::move(buffer));
  };
  for (auto& [account, row] : rows) keep(row.row.records);
  for (const auto& batch : batches) {
    keep(batch->records);
    batch->done = true;
    batch->stored = stored.ok();
    batch->signal.cancel();
  }
}

void EventStream::apply(const std::string& account, std::string_view records) {
  auto* book = aggregatorOf(account);
  if (!book) return;
  const auto now = state_.clock().now();
  stream::RecordReader reader(records);
  for (Record record; reader.next(record);) {
    if (record.kind == EventKind::accountStatusChange) {
      log::warning("the provider changed the account's status: " + std::string(record.reason),
                   {{"account", account}});
      noteStatus(account, record);
      continue;
    }
    const auto effect = book->apply(record, now, true);
    if (effect.latency) observe(account, effect.group, *effect.latency);
    if (stream::hasReply(record.kind))
      state_.causesSeen.noteEvent(account, groups_->name(effect.group), record, now);
  }
}

// Events may come in any order: the latest by the provider's own time says how things stand.
void EventStream::noteStatus(const std::string& account, const Record& record) {
  auto& at = statusAt_[account];
  if (record.at < at) return;
  at = record.at;
  state_.accountStatus[account] = record.reason == "reactivate" ? "" : std::string(record.reason);
}

void EventStream::observe(const std::string& account, std::uint16_t group, Duration latency) {
  auto& observers = observers_[account];
  if (group >= observers.size()) observers.resize(group + 1U);
  if (!observers[group]) observers[group] = state_.registry().streamLatency(account, groups_->name(group));
  observers[group](latency);
}

void EventStream::tick() {
  const auto now = state_.clock().now();
  for (int slice = 0; slice < kAgedAtOnce; ++slice) {
    ids_.age(now);
    contents_.age(now);
    for (auto& [name, book] : aggregators_)
      if (const auto lost = book->inFlight().age(now, Aggregator::kLost); lost > 0)
        state_.registry().streamLost(name, static_cast<std::int64_t>(lost));
  }
  if (!flushed_ || now - *flushed_ >= kFlushEvery || now < *flushed_) book(now);
  prune(now);
}

void EventStream::book(Instant now) {
  const auto from = flushed_.value_or(now);
  flushed_ = now;
  std::vector<Aggregator::Flush> flushes;
  std::vector<std::string> accounts;
  for (auto& [name, book] : aggregators_) {
    // Silence is unknown, not zero: nothing is booked while the stream may have failed.
    if (book->anythingToFlush() || state_.streamAlive(name, now)) {
      flushes.push_back(book->flush(from, now));
      accounts.push_back(name);
    }
    for (std::size_t i = 0; i < book->inFlight().groups(); ++i) {
      const auto group = static_cast<std::uint16_t>(i);
      const auto waiting = book->inFlight().waiting(group, now, settings_.overdueAfter);
      state_.registry().streamWaiting(name, groups_->name(group), waiting.messages, waiting.overdue,
                                      waiting.oldest);
    }
  }
  if (flushes.empty()) return;
  if (const auto booked = state_.addStream(flushes, accounts, stored_); !booked)
    log::warning("the stream's counts are kept in memory for now: " + booked.error().text);
}

void EventStream::prune(Instant now) {
  if (now - pruned_ <= std::chrono::minutes(1) && now >= pruned_) return;
  const auto before = size_;
  const auto pruned = state_.database().transact([&] {
    if (!state_.events().prune(now - settings_.keep, settings_.maxBytes, kPruneAtOnce, size_)) pruned_ = now;
    state_.events().forgetDaysBefore(
        TimeZone().dateOf(now - std::max<Duration>(settings_.keep, std::chrono::hours(24 * 35))));
  });
  if (pruned) return;
  size_ = before;
  pruned_ = now;
}

std::vector<EventStream::GroupNow> EventStream::groups(const std::string& account) const {
  std::vector<GroupNow> all;
  const auto* book = aggregatorOf(account);
  if (!book) return all;
  const auto now = state_.clock().now();
  for (std::size_t i = 0; i < groups_->size(); ++i) {
    const auto group = static_cast<std::uint16_t>(i);
    GroupNow one;
    one.name = groups_->name(group);
    one.waiting = book->inFlight().waiting(group, now, settings_.overdueAfter);
    if (const auto* window = book->latency({account, Dimension::domainGroup, one.name}))
      one.lastHour = window->over(std::chrono::hours(1), now);
    if (one.waiting.messages > 0 || one.lastHour.count > 0) all.push_back(std::move(one));
  }
  std::stable_sort(all.begin(), all.end(), [](const GroupNow& a, const GroupNow& b) {
    return std::tuple(-a.waiting.overdue, -a.waiting.messages, -a.lastHour.count) <
           std::tuple(-b.waiting.overdue, -b.waiting.messages, -b.lastHour.count);
  });
  return all;
}

std::optional<rules::Facts::Waiting> EventStream::waiting(const Subject& subject, Duration after,
                                                          Duration window, Instant now) const {
  const auto* book = aggregatorOf(subject.account);
  if (!book || (subject.dimension != Dimension::domainGroup && subject.dimension != Dimension::account))
    return std::nullopt;
  // A stream that is silent does not know what has arrived.
  if (!state_.streamAlive(subject.account, now)) return std::nullopt;
  const auto waiting = book->waiting(subject, now, after, window);
  rules::Facts::Waiting reported{waiting.overdue, waiting.messages, waiting.deferred, waiting.oldest, {}};
  if (const auto* latency = book->latency(subject))
    reported.usualShare = latency->usualShareBeyond(after, now);
  return reported;
}

std::optional<stream::LatencyWindow::Summary> EventStream::latency(const Subject& subject, Duration window,
                                                                   Instant now) const {
  const auto* book = aggregatorOf(subject.account);
  if (!book || !state_.streamAlive(subject.account, now)) return std::nullopt;
  const auto* latency = book->latency(subject);
  if (!latency) return std::nullopt;
  return latency->over(window, now);
}

}  // namespace arrivald::watch
