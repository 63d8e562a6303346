// EventsTable: the events received, committed before they are acknowledged, searchable, and deleted oldest
// first. A row holds one batch: its records as opaque bytes, and 8 bytes per event for searching.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// The search keys of an event: the lower halves of the fingerprints of its address and its message id.
struct EventFinder {
  std::uint32_t address = 0;
  std::uint32_t message = 0;
};

struct EventBatchRow {
  std::int64_t id = 0;  ///< assigned by add(), ascending
  std::string account;
  Instant received{};          ///< by our clock as it is set now
  Instant oldest{}, newest{};  ///< of its events' timestamps (SendGrid's clock)
  std::int64_t events = 0;
  std::string records;
};

struct MalformedEvent {
  std::string account;
  Instant received{};
  std::string why;
  std::string raw;  ///< as received, truncated to kMaxMalformedBytes
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class EventsTable {
 public:
  static constexpr std::size_t kMaxMalformedBytes = std::size_t{1} << 20;        ///< of one
  static constexpr std::int64_t kMaxAllMalformedBytes = std::int64_t{64} << 20;  ///< of all together
  static constexpr std::int64_t kMaxMalformed = 10'000;
  static constexpr std::int64_t kMaxShownBytes = 64 * 1024;  ///< of one, when it is read back

  explicit EventsTable(Database& database) : database_(database) {}

  /// Stores a batch and returns its id. `finders`: one or more for each event, in any order.
  std::int64_t add(const EventBatchRow& batch, const std::vector<EventFinder>& finders);
  /// The id of the newest stored batch; 0 if there is none.
  std::int64_t last() const;
  /// Adds to the lifetime count of a kind of event; call it in the transaction of add().
  void count(std::string_view account, std::string_view kind, std::int64_t events);
  struct Total {
    std::string account;
    std::string kind;
    std::int64_t events = 0;
  };
  std::vector<Total> totals() const;
  void addMalformed(const MalformedEvent& malformed);
  /// Deletes the oldest malformed events beyond kMaxMalformed and kMaxAllMalformedBytes. Call it in the
  /// transaction of addMalformed().
  void limitMalformed();
  /// The latest ones, each up to kMaxShownBytes.
  std::vector<MalformedEvent> latestMalformed(std::size_t max) const;
  /// The accounts and times of those received since then, oldest first.
  std::vector<std::pair<std::string, Instant>> malformedSince(Instant since) const;

  /// Calls `take` with each batch received at or after `since`, ordered by id, until it returns false.
  void each(Instant since, const std::function<bool(const EventBatchRow&)>& take) const;

  /// Search conditions; an empty one matches every batch.
  struct Asked {
    std::string account;
    /// At least one of its events has this address, or one of these messages, as EventFinder has them.
    std::optional<std::uint32_t> address;
    std::vector<std::uint32_t> messages;
    std::vector<std::uint32_t> addresses;  ///< likewise, at least one of these; sorted
    std::optional<Instant> from, to;       ///< range of event timestamps
    std::int64_t maxEvents = INT64_MAX;    ///< ends after the keys of so many events
  };
  /// Calls `take` with each batch that may contain a matching event, newest first, until it returns false. A
  /// search by key scans 8 bytes per event: about 5 million events in a tenth of a second.
  void find(const Asked& asked, const std::function<bool(const EventBatchRow&)>& take) const;

  /// When the oldest stored batch of the account was received; nothing if none is stored.
  std::optional<Instant> oldestReceived(std::string_view account) const;

  struct Size {
    std::int64_t events = 0;  ///< with their records
    std::int64_t bytes = 0;   ///< of batches and of keys
  };
  Size size() const;

  struct Bounds {
    Instant before{};        ///< batches received before are deleted
    Instant repeatedFrom{};  ///< events received since then may be repeated; not earlier than `before`
    std::int64_t bytes = 0;  ///< limit of Size::bytes
  };
  /// Makes the keys of a batch out of its records.
  using KeysOf = std::function<std::string(std::string_view records)>;
  /// Deletes at most `max` batches, oldest first: those received before `bounds.before`, and others while
  /// `size` exceeds the limit. Of those that may be repeated the keys stay, until they are too old, or alone
  /// exceed the limit. Keeps `size` right. True if there may be more to delete.
  bool prune(const Bounds& bounds, std::int64_t max, Size& size, const KeysOf& keysOf);
  /// Calls `take` with the keys of each deleted batch that was received at or after `since`.
  struct Keys {
    std::string account;
    Instant received{};
    std::string_view bytes;
  };
  void eachKeys(Instant since, const std::function<void(const Keys&)>& take) const;
  /// Moves the time of receipt of everything stored. The rows stay as they are: the step is kept beside them.
  void shift(Duration step);

 private:
  bool pruneKeys(const Bounds& bounds, std::int64_t max, Size& size);
  void keepKeys(std::int64_t id, Size& size, const KeysOf& keysOf);

  Database& database_;
};

}  // namespace arrivald::store
