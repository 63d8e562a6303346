// EventsTable: what the event stream told: durable before it is acknowledged, searchable afterwards, oldest
// out first.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

struct StoredEvent {
  std::string account;
  Instant at{};                  ///< the provider's time
  Instant received{};            ///< ours
  std::string kind;              ///< "delivered", …
  std::uint64_t idKey = 0;       ///< fingerprint of the event's id, or 0
  std::uint64_t contentKey = 0;  ///< fingerprint of what it says
  std::uint64_t messageKey = 0;  ///< of message and recipient
  std::uint64_t emailKey = 0;    ///< of the address
  std::string messageId;
  std::string email;   ///< personal data; empty where addresses are kept hashed
  std::string domain;  ///< of the address
  std::string reason;
  std::string status;
  friend bool operator==(const StoredEvent&, const StoredEvent&) = default;
};

struct OddStoredEvent {
  std::string account;
  Instant received{};
  std::string why;
  std::string raw;  ///< as it came, cut at kMostOddBytes
};

/// All members throw SqlError and belong into Database::transact or read.
class EventsTable {
 public:
  static constexpr std::size_t kMostOddBytes = 16 * 1024;
  static constexpr std::int64_t kMostOdd = 1000;

  explicit EventsTable(Database& database) : database_(database) {}

  void add(const StoredEvent& event);
  /// Adds to what was counted of a kind since the beginning: together with add(), in one transaction.
  void count(std::string_view account, std::string_view kind, std::int64_t events);
  struct Total {
    std::string account;
    std::string kind;
    std::int64_t events = 0;
  };
  std::vector<Total> totals();
  void addOdd(const OddStoredEvent& odd);
  std::vector<OddStoredEvent> latestOdd(std::size_t most);

  /// All received at or after `since`, in the order of their coming.
  void each(Instant since, const std::function<void(const StoredEvent&)>& take);
  /// Of an address or a message id, oldest first, at most `most`.
  std::vector<StoredEvent> ofAddress(std::uint64_t emailKey, std::size_t most);
  std::vector<StoredEvent> ofMessage(std::string_view messageId, std::size_t most);
  /// Deletes at most `most` of the oldest that were received before `before`, or that are beyond the newest
  /// `keep`. True if there may be more.
  bool prune(Instant before, std::int64_t keep, std::int64_t most);

 private:
  Database& database_;
};

}  // namespace arrivald::store
