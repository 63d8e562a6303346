#include "watch/event_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/mask.hpp"
#include "base/utf8.hpp"
#include "http/url.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using http::Response;
using runtime::Task;
using sendgrid::Event;
using store::StoredEvent;

namespace {

constexpr std::size_t kMostPendingBytes = 32 << 20;  // of bodies that wait to be stored
constexpr std::size_t kMostReason = 1000;
constexpr std::size_t kMostText = 320;
constexpr Duration kLatest = std::chrono::hours(24);  // the provider tries a batch again for so long
constexpr Duration kLost = std::chrono::hours(73);    // and a message for 72 hours
constexpr Duration kBookEvery = std::chrono::minutes(1);
constexpr Duration kSilent = std::chrono::minutes(10);
constexpr std::int64_t kPruneAtOnce = 2000;

Response answer(unsigned status, std::string text) { return http::plainText(status, std::move(text)); }

std::string lowered(std::string_view text) {
  std::string out(text.substr(0, kMostText));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::optional<stream::Step> stepOf(std::string_view kind) {
  if (kind == "processed") return stream::Step::processed;
  if (kind == "deferred") return stream::Step::deferred;
  if (kind == "delivered") return stream::Step::delivered;
  if (kind == "bounce" || kind == "blocked" || kind == "dropped") return stream::Step::failed;
  return std::nullopt;
}

// What an event adds to the counts of its receivers' group. "requests" has no event: it is what was processed
// or dropped.
void addTo(delivery::Counts& counts, std::string_view kind) {
  if (kind == "processed") {
    ++counts[Metric::processed];
    ++counts[Metric::requests];
  } else if (kind == "dropped") {
    ++counts[Metric::drops];
    ++counts[Metric::requests];
  } else if (kind == "delivered") {
    ++counts[Metric::delivered];
  } else if (kind == "deferred") {
    ++counts[Metric::deferred];
  } else if (kind == "bounce") {
    ++counts[Metric::bounces];
  } else if (kind == "blocked") {
    ++counts[Metric::blocks];
  } else if (kind == "spamreport") {
    ++counts[Metric::spamReports];
  } else if (kind == "unsubscribe") {
    ++counts[Metric::unsubscribes];
  } else if (kind == "open") {
    ++counts[Metric::opens];
  } else if (kind == "click") {
    ++counts[Metric::clicks];
  }
}

}  // namespace

std::uint64_t fingerprintOf(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto part : parts) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ 0xFF) * 0x100000001b3ULL;  // no part holds this byte: it is no UTF-8
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  return hash ^ (hash >> 31);
}

std::uint64_t addressKey(std::string_view address) { return fingerprintOf({"address", lowered(address)}); }

struct EventStream::Account {
  std::string name;
  std::vector<sendgrid::EventKey> keys;
  bool unsignedAllowed = false;
  std::string password;  // "Basic …", empty: none is asked
  Instant since{};
  std::optional<Instant> lastBatch;
  stream::InFlight inFlight;
  std::map<std::uint16_t, stream::LatencyWindow> latency;
  std::map<std::uint16_t, delivery::Counts> gained;  // since the last tick
  std::optional<Instant> ticked;
  struct Look {
    Instant now{};
    Duration after{}, window{};
    std::unordered_map<std::uint16_t, stream::InFlight::Waiting> byGroup;
  };
  Look looked;
};

struct EventStream::Pending {
  explicit Pending(boost::asio::any_io_executor executor) : signal(std::move(executor)) {}
  std::string account;
  std::vector<StoredEvent> events;
  std::vector<store::OddStoredEvent> odd;
  std::int64_t tests = 0;
  std::size_t bytes = 0;
  bool done = false;
  bool stored = false;
  boost::asio::steady_timer signal;
};

EventStream::EventStream(boost::asio::any_io_executor executor, State& state)
    : executor_(std::move(executor)),
      state_(state),
      table_(state.database()),
      groups_(std::make_unique<stream::DomainGroups>()) {
  state_.receivers = [this](const std::string& account) {
    std::vector<State::Receiver> all;
    for (const auto& group : groups(account))
      all.push_back({group.name, group.onTheirWay, group.overdue, group.lastHour.count, group.oldest,
                     group.lastHour.median, group.lastHour.p95});
    return all;
  };
  state_.waiting = [this](const Subject& subject, Duration after, Duration window, Instant now) {
    return waiting(subject, after, window, now);
  };
}

EventStream::~EventStream() {
  *alive_ = false;
  state_.receivers = nullptr;
  state_.waiting = nullptr;
  for (const auto& pending : pending_) pending->signal.cancel();
}

void EventStream::use(const config::Config& config) {
  const bool regroup = !(settings_.domainGroups == config.eventStream.domainGroups) ||
                       settings_.mostGroups != config.eventStream.mostGroups;
  settings_ = config.eventStream;
  ids_.setHorizon(settings_.horizon);
  contents_.setHorizon(settings_.horizon);
  if (regroup) groups_ = std::make_unique<stream::DomainGroups>(settings_.domainGroups, settings_.mostGroups);
  const auto isGone = [&](const auto& entry) {
    return std::none_of(config.accounts.begin(), config.accounts.end(),
                        [&](const auto& one) { return one.name == entry.first && one.events; });
  };
  std::erase_if(accounts_, isGone);
  std::erase_if(state_.streams, isGone);
  for (const auto& account : config.accounts) {
    if (!account.events) continue;
    auto& here = accounts_[account.name];
    if (!here) {
      here = std::make_unique<Account>();
      here->since = state_.clock().now();
      state_.streams[account.name].since = here->since;
    }
    here->name = account.name;
    here->keys.clear();
    for (const auto& text : account.events->publicKeys)
      if (auto key = sendgrid::EventKey::parse(text))
        here->keys.push_back(std::move(key).value());
      else
        log::error("a public key of the event stream cannot be used: " + key.error().text,
                   {{"account", account.name}});
    here->unsignedAllowed = account.events->acceptUnsigned;
    here->password = account.events->password
                         ? "Basic " + http::base64(account.events->user + ":" +
                                                   std::string(account.events->password->secret.reveal()))
                         : "";
  }
  // The numbers of the groups have changed: what is on its way is worked out anew from the store.
  if (regroup && loaded_) {
    for (auto& [name, account] : accounts_) {
      account->inFlight = {};
      account->looked = {};
      account->latency.clear();
      account->gained.clear();
    }
    const auto read = replay();
    if (!read)
      log::warning("messages on their way are not known until new events come: " + read.error().text);
  }
}

Done EventStream::load(const config::Config& config) {
  use(config);
  loaded_ = true;
  const auto counted = state_.database().read([&] {
    for (const auto& total : table_.totals())
      state_.registry().streamEvents(total.account, total.kind, total.events);
  });
  if (!counted) return counted;
  return replay();
}

Done EventStream::replay() {
  const auto now = state_.clock().now();
  // Messages are followed for as long as they may be on their way; duplicates are looked for over the
  // horizon.
  const auto since = now - std::max(settings_.horizon, kLost);
  return state_.database().read([&] {
    table_.each(since, [&](const StoredEvent& event) {
      if (event.idKey != 0) ids_.add(event.idKey, event.received);
      contents_.add(event.contentKey, event.received);
      apply(event, true);
    });
  });
}

StoredEvent EventStream::storedOf(const std::string& account, const Event& event, Instant now) const {
  StoredEvent stored;
  stored.account = account;
  stored.at = event.at;
  stored.received = now;
  stored.kind = name(event.kind);
  const auto email = lowered(event.email);
  const auto id = event.eventId.substr(0, kMostText);
  stored.idKey = id.empty() ? 0 : fingerprintOf({account, "id", id});
  stored.contentKey = fingerprintOf(
      {account, "content", event.name, email, event.messageId, fmt::format("{}", unixMilliseconds(event.at)),
       event.detail, event.reason, event.type, event.messageId.empty() ? id : std::string_view()});
  stored.messageId = oneLine(event.messageId, kMostText);
  stored.messageKey = fingerprintOf({account, "message", event.messageId, email});
  stored.emailKey = email.empty() ? 0 : addressKey(email);
  if (const auto at = email.rfind('@'); at != std::string::npos)
    stored.domain = oneLine(std::string_view(email).substr(at + 1), 253);
  if (!settings_.hashAddresses) stored.email = oneLine(event.email, kMostText);
  stored.reason = oneLine(settings_.hashAddresses ? maskAddresses(event.reason.substr(0, 4 * kMostReason))
                                                  : std::string(event.reason.substr(0, 4 * kMostReason)),
                          kMostReason);
  if (event.kind == Event::Kind::accountStatusChange) stored.reason = oneLine(event.type, kMostReason);
  stored.status = oneLine(event.status, 20);
  return stored;
}

bool EventStream::known(const StoredEvent& event, Instant now) const {
  return (event.idKey != 0 && ids_.contains(event.idKey, now)) || contents_.contains(event.contentKey, now);
}

Task<Response> EventStream::receive(const http::ServerRequest& request) {
  constexpr std::string_view kPrefix = "/events/";
  auto& registry = state_.registry();
  const auto accountName =
      request.path.starts_with(kPrefix) ? std::string(request.path.substr(kPrefix.size())) : std::string();
  const auto found = accounts_.find(accountName);
  if (found == accounts_.end()) {
    registry.streamBatch("", "unknown_account");
    co_return answer(404,
                     "no account of this name takes events; the address is /events/ACCOUNT, as the "
                     "configuration names it\n");
  }
  auto& account = *found->second;
  if (!account.password.empty()) {
    const auto given = request.headers.find("Authorization");
    if (!given || *given != account.password) {
      registry.streamBatch(accountName, "unauthorized");
      auto refused = answer(401, "the user or the password is wrong\n");
      refused.headers.add("WWW-Authenticate", "Basic realm=\"arrivald events\"");
      co_return refused;
    }
  }
  const auto signature = request.headers.find(sendgrid::kSignatureHeader);
  const auto timestamp = request.headers.find(sendgrid::kTimestampHeader);
  const bool genuine =
      signature && timestamp &&
      std::any_of(account.keys.begin(), account.keys.end(), [&](const sendgrid::EventKey& key) {
        return key.verifies(*signature, *timestamp, request.body);
      });
  if (!genuine && !(account.unsignedAllowed && account.keys.empty())) {
    registry.streamBatch(accountName, signature ? "bad_signature" : "no_signature");
    co_return answer(401, signature
                              ? "the signature does not fit; check events.public_keys of this account "
                                "against SendGrid's verification key\n"
                              : "there is no signature; switch on the Signed Event Webhook at SendGrid\n");
  }
  if (pendingBytes_ + request.body.size() > kMostPendingBytes) {
    registry.streamBatch(accountName, "busy");
    auto busy = answer(503, "too much waits to be stored; send it again later\n");
    busy.headers.add("Retry-After", "5");
    co_return busy;
  }
  const auto now = state_.clock().now();
  const auto pending = std::make_shared<Pending>(executor_);
  pending->account = accountName;
  pending->bytes = request.body.size();
  const auto& batch = reader_.read(request.body);
  for (const auto& event : batch.events) {
    if (event.test) {
      ++pending->tests;
    } else {
      pending->events.push_back(storedOf(accountName, event, now));
    }
  }
  for (const auto& odd : batch.odd)
    pending->odd.push_back(
        {accountName, now, odd.why, std::string(odd.raw.substr(0, store::EventsTable::kMostOddBytes))});
  account.lastBatch = now;
  state_.streams[accountName].lastBatch = now;
  pendingBytes_ += pending->bytes;
  pending_.push_back(pending);
  schedule();
  const auto alive = alive_;
  while (!pending->done && *alive) {
    pending->signal.expires_at(std::chrono::steady_clock::time_point::max());
    auto [error] = co_await pending->signal.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    static_cast<void>(error);
  }
  if (!pending->stored) {
    if (*alive) registry.streamBatch(accountName, "not_stored");
    auto busy = answer(503, "the events cannot be stored; send them again later\n");
    busy.headers.add("Retry-After", "30");
    co_return busy;
  }
  registry.streamBatch(accountName, "accepted");
  co_return Response{204, {}, ""};
}

// After everything that is ready on the loop, so that what came together is written together.
void EventStream::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  boost::asio::post(executor_, [this, alive = alive_] {
    if (!*alive) return;
    scheduled_ = false;
    commit();
  });
}

void EventStream::commit() {
  const auto batches = std::move(pending_);
  pending_.clear();
  pendingBytes_ = 0;
  const auto now = state_.clock().now();
  std::vector<const StoredEvent*> fresh;
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  std::map<std::string, std::int64_t> repeated;
  for (const auto& batch : batches)
    for (const auto& event : batch->events) {
      if (known(event, now)) {
        ++repeated[event.account];
        continue;
      }
      if (event.idKey != 0) ids_.add(event.idKey, now);
      contents_.add(event.contentKey, now);
      fresh.push_back(&event);
      ++counts[{event.account, event.kind}];
    }
  const auto stored = state_.database().transact([&] {
    for (const auto* event : fresh) table_.add(*event);
    for (const auto& [key, events] : counts) table_.count(key.first, key.second, events);
    for (const auto& batch : batches)
      for (const auto& odd : batch->odd) table_.addOdd(odd);
  });
  if (stored) {
    for (const auto& [key, events] : counts) state_.registry().streamEvents(key.first, key.second, events);
    for (const auto& [account, events] : repeated) state_.registry().streamRepeated(account, events);
    for (const auto& batch : batches) {
      if (!batch->odd.empty())
        state_.registry().streamOdd(batch->account, static_cast<std::int64_t>(batch->odd.size()));
      if (batch->tests > 0)
        log::info("the provider's test events came",
                  {{"account", batch->account}, {"events", fmt::format("{}", batch->tests)}});
    }
    for (const auto* event : fresh) apply(*event, false);
  } else {
    // Not stored is not known: the provider sends them again.
    for (const auto* event : fresh) {
      if (event->idKey != 0) ids_.remove(event->idKey);
      contents_.remove(event->contentKey);
    }
    log::error("events cannot be stored; the provider is asked to send them again: " + stored.error().text);
  }
  for (const auto& batch : batches) {
    batch->done = true;
    batch->stored = stored.ok();
    batch->signal.cancel();
  }
}

void EventStream::apply(const StoredEvent& event, bool replayed) {
  const auto found = accounts_.find(event.account);
  if (found == accounts_.end()) return;
  auto& account = *found->second;
  if (event.kind == "account_status_change") {
    if (!replayed)
      log::warning("the provider changed the account's status: " + event.reason,
                   {{"account", event.account}});
    return;
  }
  const auto group = groups_->of(event.domain);
  const auto now = state_.clock().now();
  if (const auto step = stepOf(event.kind)) {
    const auto change = account.inFlight.apply(event.messageKey, *step, event.at, group);
    if (change.latency) {
      account.latency[group].add(*change.latency, event.at, now);
      if (!replayed) state_.registry().streamLatency(event.account, groups_->name(group), *change.latency);
    }
  }
  // Late events belong to their own time, which the windows have passed; they count as mail, not as news.
  if (!replayed && event.at > now - kLatest) addTo(account.gained[group], event.kind);
}

void EventStream::tick() {
  const auto now = state_.clock().now();
  for (int slice = 0; slice < 4; ++slice) {
    ids_.age(now);
    contents_.age(now);
  }
  for (auto& [name, account] : accounts_) {
    account->inFlight.age(now, kLost,
                          [&](const stream::InFlight::Message&) { state_.registry().streamLost(name); });
    if (account->ticked && now - *account->ticked < kBookEvery && now >= *account->ticked) continue;
    const auto from = account->ticked.value_or(now);
    account->ticked = now;
    // Silence is unknown, not zero: nothing is booked while no batch comes.
    if (account->lastBatch && now - *account->lastBatch <= kSilent) {
      std::vector<delivery::Increment> increments;
      for (auto& [group, counts] : account->gained) {
        increments.push_back({{name, Dimension::domainGroup, groups_->name(group)}, from, now, counts, 0});
        counts = {};
      }
      if (!increments.empty())
        if (const auto booked = state_.bookStream(increments); !booked)
          log::warning("the stream's counts are kept in memory for now: " + booked.error().text);
    }
    auto waiting = account->inFlight.waiting(now, settings_.overdueAfter);
    for (const auto& [group, counts] : account->gained) waiting.try_emplace(group);
    for (const auto& [group, one] : waiting)
      state_.registry().streamWaiting(name, groups_->name(group), one.messages, one.overdue, one.oldest);
  }
  if (now - pruned_ > std::chrono::minutes(1) || now < pruned_) {
    const auto pruned = state_.database().transact([&] {
      if (!table_.prune(now - settings_.keep, settings_.mostKept, kPruneAtOnce)) pruned_ = now;
    });
    if (!pruned) pruned_ = now;
  }
}

std::vector<EventStream::GroupNow> EventStream::groups(const std::string& accountName) const {
  std::vector<GroupNow> all;
  const auto found = accounts_.find(accountName);
  if (found == accounts_.end()) return all;
  const auto now = state_.clock().now();
  std::map<std::uint16_t, GroupNow> byGroup;
  for (const auto& [group, one] : found->second->inFlight.waiting(now, settings_.overdueAfter)) {
    auto& here = byGroup[group];
    here.onTheirWay = one.messages;
    here.deferred = one.deferred;
    here.overdue = one.overdue;
    here.oldest = one.oldest;
  }
  for (const auto& [group, window] : found->second->latency)
    byGroup[group].lastHour = window.over(std::chrono::hours(1), now);
  for (auto& [group, one] : byGroup) {
    one.name = groups_->name(group);
    if (one.onTheirWay > 0 || one.lastHour.count > 0) all.push_back(std::move(one));
  }
  std::stable_sort(all.begin(), all.end(), [](const GroupNow& a, const GroupNow& b) {
    return std::tuple(-a.overdue, -a.onTheirWay, -a.lastHour.count) <
           std::tuple(-b.overdue, -b.onTheirWay, -b.lastHour.count);
  });
  return all;
}

std::optional<rules::Facts::Waiting> EventStream::waiting(const Subject& subject, Duration after,
                                                          Duration window, Instant now) const {
  const auto found = accounts_.find(subject.account);
  if (subject.dimension != Dimension::domainGroup || found == accounts_.end()) return std::nullopt;
  // A stream that is silent does not know what has arrived.
  if (!found->second->lastBatch || now - *found->second->lastBatch > kSilent) return std::nullopt;
  // Asked once a group at each look: the table is walked once for all of them.
  auto& looked = found->second->looked;
  if (looked.now != now || looked.after != after || looked.window != window)
    looked = {now, after, window, found->second->inFlight.waiting(now, after, window)};
  for (const auto& [group, one] : looked.byGroup)
    if (groups_->name(group) == subject.name) return rules::Facts::Waiting{one.overdue, one.oldest};
  return rules::Facts::Waiting{};
}

std::optional<Instant> EventStream::lastBatch(const std::string& account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? std::nullopt : found->second->lastBatch;
}

std::optional<Instant> EventStream::configuredSince(const std::string& account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? std::nullopt : std::optional(found->second->since);
}

}  // namespace arrivald::watch
