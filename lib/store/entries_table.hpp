// EntriesTable: what the list of the desk needs of each entry of a suppression list, in one narrow row: its
// place in time and what it can be filtered by. The texts stay in suppression_entries.
//
// Counts of entries by day are kept by triggers, in the transaction that changes the entries: see
// EntryCountsTable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "causes/cause.hpp"
#include "store/database.hpp"
#include "store/entry_filter.hpp"
#include "suppression/advice.hpp"
#include "suppression/entry.hpp"

namespace arrivald::store {

/// What is derived of an entry when it is stored.
struct EntryFacets {
  Date day{};  ///< of its creation, in the desk's time zone
  causes::Class causeClass = causes::Class::unspecified;
  suppression::Side side = suppression::Side::unknown;
  std::string receivers;  ///< the group of receivers that its domain belongs to
  std::string domain;     ///< of its address, in lower case
  friend bool operator==(const EntryFacets&, const EntryFacets&) = default;
};

/// Place of an entry in the order of the list: newest first, or most stopped sends first.
struct EntryPlace {
  std::int64_t created = 0;  ///< milliseconds since 1970
  suppression::EntryId id{};
  std::int64_t stopped = 0;
  friend bool operator==(const EntryPlace&, const EntryPlace&) = default;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class EntriesTable {
 public:
  explicit EntriesTable(Database& database) : database_(database) {}

  /// Adds an entry that is on the list, or puts one that was removed back; what it counted stays.
  enum class Put : std::uint8_t { added, back };
  Put put(suppression::EntryId id, Instant created, std::int64_t list, const EntryFacets& facets);
  /// Returns its cause; nothing if no such entry has a row.
  std::optional<causes::Class> remove(suppression::EntryId id, Instant created);
  /// Replaces what was derived of an entry that has a row.
  void update(suppression::EntryId id, Instant created, const EntryFacets& facets);

  /// The time at which an entry was created is another one.
  void move(suppression::EntryId id, Instant created, Instant to);

  /// Adds to the sends that SendGrid did not make because of the entry.
  void addStopped(suppression::EntryId id, Instant created, std::int64_t sends);

  /// The server of a domain has accepted so many more mails, the last one at `last`. Of domains that no entry
  /// has ever had nothing is kept.
  void addAccepted(std::string_view domain, std::int64_t mails, Instant last);

  enum class Order : std::uint8_t { newest, mostStopped };
  /// At most `max` places after `after`, in this order.
  std::vector<EntryPlace> page(const EntryFilter& filter, Order order, const std::optional<EntryPlace>& after,
                               std::size_t max);

  /// Entries of a domain that are on a list now.
  std::int64_t listedOf(std::string_view domain);

 private:
  std::int64_t idOf(std::string_view insert, std::string_view select, std::string_view name);
  /// Which entries are chosen by their stopped sends, and with `some` in which order.
  enum class Stops : std::uint8_t { any, some, none };
  void select(const EntryFilter& filter, std::string_view index, Stops stops,
              const std::optional<EntryPlace>& after, std::size_t max, std::vector<EntryPlace>& places);
  Database& database_;
};

}  // namespace arrivald::store
