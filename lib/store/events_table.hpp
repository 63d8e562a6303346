// EventsTable: what the event stream told: durable before it is acknowledged, searchable afterwards, oldest
// out first. A row holds a batch: the records as bytes that are not looked into here, and 8 bytes an event by
// which they are found.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "delivery/metric.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// How an event is found: the lower halves of the fingerprints of its address and of its message's id.
struct EventFinder {
  std::uint32_t address = 0;
  std::uint32_t message = 0;
};

struct EventBatchRow {
  std::int64_t id = 0;  ///< given by the store, ascending
  std::string account;
  Instant received{};          ///< our time
  Instant oldest{}, newest{};  ///< the provider's times of its events
  std::int64_t events = 0;
  std::string records;
};

struct MalformedEvent {
  std::string account;
  Instant received{};
  std::string why;
  std::string raw;  ///< as it came, cut at kMaxMalformedBytes
};

/// All members throw SqlError and belong into Database::transact or read.
class EventsTable {
 public:
  static constexpr std::size_t kMaxMalformedBytes = 64 * 1024;
  static constexpr std::int64_t kMaxMalformed = 1000;

  explicit EventsTable(Database& database) : database_(database) {}

  /// Returns the row's number. `finders`: one an event, in the order of the records.
  std::int64_t add(const EventBatchRow& batch, const std::vector<EventFinder>& finders);
  /// The number of the batch that was added last and is still there; 0: none.
  std::int64_t last();
  /// Adds to what was counted of a kind since the beginning: together with add(), in one transaction.
  void count(std::string_view account, std::string_view kind, std::int64_t events);
  struct Total {
    std::string account;
    std::string kind;
    std::int64_t events = 0;
  };
  std::vector<Total> totals();
  void addMalformed(const MalformedEvent& malformed);
  std::vector<MalformedEvent> latestMalformed(std::size_t max);

  /// All received at or after `since`, in the order of their coming; until `take` says false.
  void each(Instant since, const std::function<bool(const EventBatchRow&)>& take);

  /// What is asked of a batch; nothing asked is true of all.
  struct Asked {
    std::string account;
    std::optional<std::uint32_t> address, message;  ///< of at least one of its events
    std::optional<Instant> from, to;                ///< the provider's times
  };
  /// Batches that may hold what is asked, newest first, until `take` says false. By key 8 bytes an event are
  /// looked through: some 5 million in a tenth of a second.
  void find(const Asked& asked, const std::function<bool(const EventBatchRow&)>& take);

  struct Size {
    std::int64_t events = 0, bytes = 0;
  };
  Size size();
  /// Deletes at most `max` batches: the oldest, if received before `before` or while `size` is beyond
  /// `bytes`; takes them off `size`. True if there may be more.
  bool prune(Instant before, std::int64_t bytes, std::int64_t max, Size& size);

  /// An account's counts by its own days, beside which the statistics are held.
  void putDay(std::string_view account, Date day, const delivery::Counts& counts);
  std::map<std::pair<std::string, Date>, delivery::Counts> days();
  void forgetDaysBefore(Date day);

 private:
  Database& database_;
};

}  // namespace arrivald::store
