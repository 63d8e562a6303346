// EventStream: batches of the provider's events, verified, kept, counted and followed.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "http/server.hpp"
#include "runtime/task.hpp"
#include "sendgrid/event_signature.hpp"
#include "sendgrid/events.hpp"
#include "store/events_table.hpp"
#include "stream/domain_groups.hpp"
#include "stream/in_flight.hpp"
#include "stream/latency.hpp"
#include "stream/recent_keys.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. A batch is answered with 2xx once it is in the store, never before; batches
/// that come while another is being written are written together. Counters are moved by what the store holds:
/// what was acknowledged is counted once, whatever dies.
class EventStream {
 public:
  EventStream(boost::asio::any_io_executor executor, State& state);
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  ~EventStream();

  /// Reads back what duplicates, messages on their way and latencies need.
  Done load(const config::Config& config);
  /// Takes the keys, groups and limits of a configuration. Events received before stay.
  void use(const config::Config& config);

  /// POST /events/ACCOUNT.
  runtime::Task<http::Response> receive(const http::ServerRequest& request);

  /// Moves counts into the windows and the metrics, and ages what is old, in slices: every few seconds.
  void tick();

  struct GroupNow {
    std::string name;
    std::int64_t onTheirWay = 0, deferred = 0, overdue = 0;
    Duration oldest{};
    stream::LatencyWindow::Summary lastHour;
  };
  /// Of an account, most mail on its way first.
  std::vector<GroupNow> groups(const std::string& account) const;
  /// What the rules ask: of a group of receivers, while its account's stream is not silent.
  std::optional<rules::Facts::Waiting> waiting(const delivery::Subject& subject, Duration after,
                                               Duration window, Instant now) const;
  std::optional<Instant> lastBatch(const std::string& account) const;
  /// When the stream of an account was first configured in this process.
  std::optional<Instant> configuredSince(const std::string& account) const;

  /// One address's or message's events, oldest first, as JSON.
  std::string trace(std::string_view addressOrMessageId);

 private:
  struct Account;
  struct Pending;
  Done replay();
  void commit();
  void schedule();
  bool known(const store::StoredEvent& event, Instant now) const;
  void apply(const store::StoredEvent& event, bool replayed);
  store::StoredEvent storedOf(const std::string& account, const sendgrid::Event& event, Instant now) const;

  boost::asio::any_io_executor executor_;
  State& state_;
  store::EventsTable table_;
  sendgrid::EventReader reader_;
  config::EventStream settings_;
  stream::RecentKeys ids_;
  stream::RecentKeys contents_;
  std::unique_ptr<stream::DomainGroups> groups_;
  std::map<std::string, std::unique_ptr<Account>> accounts_;
  std::deque<std::shared_ptr<Pending>> pending_;
  std::size_t pendingBytes_ = 0;
  bool scheduled_ = false;
  bool loaded_ = false;
  Instant pruned_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// FNV-1a, finished by splitmix64: what addresses, ids and contents are known by.
std::uint64_t fingerprintOf(std::initializer_list<std::string_view> parts);

/// Of an address, whatever the case of its letters.
std::uint64_t addressKey(std::string_view address);

}  // namespace arrivald::watch
