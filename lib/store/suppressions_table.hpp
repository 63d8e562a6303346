// SuppressionsTable: every entry of the provider's lists that was ever read, and how far the reading has
// come.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/database.hpp"
#include "suppression/entry.hpp"

namespace arrivald::store {

/// How far a list of an account has been read.
struct ListProgress {
  std::optional<Instant> readTo;   ///< entries created up to here are known
  std::optional<Instant> crawled;  ///< end of the last complete crawl
  /// End of the first complete crawl: what was found until then is where counting begins, not growth.
  std::optional<Instant> countedFrom;
};

struct StoredEntry {
  std::string account;
  suppression::List list = suppression::List::bounces;
  suppression::Entry entry;
  Instant firstSeen{};
  std::optional<Instant> removed;  ///< when a crawl no longer found it
};

/// All members throw SqlError and belong into Database::transact or read.
class SuppressionsTable {
 public:
  explicit SuppressionsTable(Database& database) : database_(database) {}

  /// Of entries that are on the list now, in no particular order.
  std::vector<std::uint64_t> fingerprints(std::string_view account, suppression::List list);
  /// An entry that was removed and is there again is no longer removed.
  void add(std::string_view account, suppression::List list, std::span<const suppression::Entry> entries,
           Instant seen);
  void remove(std::string_view account, suppression::List list, std::span<const std::uint64_t> fingerprints,
              Instant at);

  ListProgress progress(std::string_view account, suppression::List list);
  void putProgress(std::string_view account, suppression::List list, const ListProgress& progress);

  /// Entries first seen in (from, to].
  std::int64_t firstSeenWithin(std::string_view account, suppression::List list, Instant from, Instant to);

  /// Every entry of an address, on whichever list and account, removed ones included; newest first, at most
  /// `max`.
  std::vector<StoredEntry> find(std::string_view email, std::size_t max);

 private:
  std::optional<std::int64_t> idOf(std::string_view account, suppression::List list);
  std::int64_t idForWriting(std::string_view account, suppression::List list);
  Database& database_;
};

}  // namespace arrivald::store
