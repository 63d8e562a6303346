// EventQuery: finds stored events by address, message, group of receivers, kind and time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "base/result.hpp"
#include "causes/cause.hpp"
#include "http/server.hpp"
#include "stream/event_kind.hpp"
#include "watch/event_aggregator.hpp"
#include "watch/recent_causes.hpp"
#include "watch/stored_events.hpp"

namespace arrivald::watch {

/// The criteria; an empty field matches all events.
struct EventFilter {
  static constexpr std::size_t kMaxRows = 10'000;

  std::string of;       ///< an address or a message id
  std::string account;  ///< by name
  std::string group;    ///< of receivers, by its own name, or a domain
  std::string event;    ///< "bounce", …
  std::optional<Instant> from, to;
  std::size_t max = 500;  ///< rows; 1 to kMaxRows
};

/// Reads the parameters of, account, group, event, from, to, max. Times are ISO 8601 or an age: "2h".
/// Error::Kind::invalid with the expected form.
Result<EventFilter> readEventFilter(const http::ServerRequest& request, Instant now, Language language);

/// One stored event. Contains personal data.
struct FoundEvent {
  Instant at{};
  stream::EventKind kind = stream::EventKind::other;
  std::string account;
  std::string messageId;
  std::string smtpId;  ///< only where it does not begin as the message id does
  std::string email;   ///< empty if addresses are stored hashed
  std::string domain;
  std::string domainGroup;
  std::vector<std::string> categories;
  std::string status;
  std::string reply;
  std::optional<causes::Cause> cause;  ///< of a receiver's reply
};

struct FoundEvents {
  std::vector<FoundEvent> rows;  ///< oldest first
  /// False if there may be older events, beyond `max` rows or two million events examined.
  bool complete = true;
  /// How many events of other kinds fit all but the kind that was asked for.
  std::map<stream::EventKind, std::int64_t> otherKinds;
};

/// Resource; loop thread only.
class EventQuery {
 public:
  EventQuery(store::Database& database, StoredEvents& stored, const EventAggregator& aggregator,
             const RecentCauses& causes)
      : database_(database), stored_(stored), aggregator_(aggregator), causes_(causes) {}

  Result<FoundEvents> find(const EventFilter& filter);
  /// When the oldest stored event of the account was received; nothing if none is stored.
  Result<std::optional<Instant>> storedSince(const std::string& account);
  /// The latest malformed events as received, newest first.
  Result<std::vector<store::MalformedEvent>> malformed(std::size_t max);

 private:
  FoundEvent rowOf(const std::string& account, const stream::Record& record) const;

  store::Database& database_;
  StoredEvents& stored_;
  const EventAggregator& aggregator_;
  const RecentCauses& causes_;
};

}  // namespace arrivald::watch
