// EventStream: batches of the provider's events: received, verified, stored, and each counted once.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "http/server.hpp"
#include "runtime/task.hpp"
#include "runtime/wakeup.hpp"
#include "sendgrid/events.hpp"
#include "store/forwards_table.hpp"
#include "stream/aggregator.hpp"
#include "stream/recent_keys.hpp"
#include "watch/event_authenticator.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

/// What is asked of the stored events; nothing asked is true of all.
struct EventQuery {
  std::string of;  ///< an address, or a message id
  std::string account, group, event;
  std::optional<Instant> from, to;
  std::size_t max = 500;
};

/// The parameters of, account, group, event, from, to, most. Times are ISO 8601, or how long ago: "2h".
Result<EventQuery> readEventQuery(const http::ServerRequest& request, Instant now);

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

  /// POST /events/ACCOUNT, and /events/ACCOUNT/token for those who come with OAuth.
  runtime::Task<http::Response> receive(const http::ServerRequest& request);

  /// Moves counts into the windows and the metrics, and ages what is old, in slices: every few seconds.
  void tick();

  struct GroupNow {
    std::string name;
    stream::InFlight::Waiting waiting;
    stream::LatencyWindow::Summary lastHour;
  };
  /// Of an account, most mail overdue or on its way first.
  std::vector<GroupNow> groups(const std::string& account) const;
  /// What the rules ask: nothing while the account's stream is silent.
  std::optional<rules::Facts::Waiting> waiting(const delivery::Subject& subject, Duration after,
                                               Duration window, Instant now) const;
  std::optional<stream::LatencyWindow::Summary> latency(const delivery::Subject& subject, Duration window,
                                                        Instant now) const;

  /// What the store holds of it, oldest first, as JSON.
  std::string search(const EventQuery& query);

  /// The latest events that could not be understood, as they came, as JSON.
  std::string malformed(std::size_t max);

  /// Rings when there is a batch to be forwarded.
  runtime::Wakeup& forwardWakeup() { return forwardWakeup_; }

 private:
  struct Pending;
  struct Fresh;
  Done replay(const std::set<std::string>& accounts);
  void commit();
  void schedule();
  void encode(Pending& pending, const sendgrid::Event& event);
  void apply(const std::string& account, std::string_view records);
  void noteStatus(const std::string& account, const stream::Record& record);
  void observe(const std::string& account, std::uint16_t group, Duration latency);
  void book(Instant now);
  void prune(Instant now);
  bool isForwarded(const std::string& account) const;
  stream::Aggregator* aggregatorOf(const std::string& account) const;

  boost::asio::any_io_executor executor_;
  State& state_;
  sendgrid::EventReader reader_;
  config::EventStream settings_;
  EventAuthenticator authenticator_;
  store::ForwardsTable forwards_;
  runtime::Wakeup forwardWakeup_;
  stream::RecentKeys ids_;
  stream::RecentKeys contents_;
  std::shared_ptr<stream::DomainGroups> groups_;
  std::map<std::string, std::unique_ptr<stream::Aggregator>> aggregators_;  // by account
  std::deque<std::shared_ptr<Pending>> pending_;
  std::map<std::string, std::vector<std::function<void(Duration)>>> observers_;  // by account and group
  std::array<std::string, 6> scratch_;                                           // of encode()
  std::map<std::string, Instant> statusAt_;  // of the latest change of status, by account
  std::size_t pendingBytes_ = 0;
  bool scheduled_ = false;
  boost::asio::steady_timer commitTimer_;
  std::chrono::steady_clock::time_point committed_{};
  std::vector<std::string> spare_;  // buffers for records
  bool loaded_ = false;
  std::int64_t stored_ = 0;  // the last batch in the store
  store::EventsTable::Size size_;
  std::optional<Instant> flushed_;
  Instant pruned_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace arrivald::watch
