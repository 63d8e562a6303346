// EntryCountsTable: how many entries of the suppression lists there are, by day and by what they can be
// filtered by, without reading the entries. Written by triggers of entry_facets only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/entry_filter.hpp"

namespace arrivald::store {

/// The entries that a filter leaves, split by one thing after another.
struct EntryCounts {
  std::int64_t entries = 0;
  std::map<suppression::Side, std::int64_t> bySide;
  std::map<causes::Class, std::int64_t> byCause;
  std::map<suppression::List, std::int64_t> byList;
  std::map<std::string, std::int64_t> byAccount;
  std::map<std::string, std::int64_t> byReceivers;
  friend bool operator==(const EntryCounts&, const EntryCounts&) = default;
};

/// How many entries that were created on one day agree in these.
struct EntriesOfDay {
  Date day;
  causes::Class causeClass = causes::Class::unspecified;
  std::string receivers;  ///< the group of receivers
  std::int64_t entries = 0;
};

/// All members throw SqlError; call them inside Database::read(). Loop thread only.
class EntryCountsTable {
 public:
  explicit EntryCountsTable(Database& database) : database_(database) {}

  /// By the counters, or, where the filter names a domain, by its entries.
  EntryCounts count(const EntryFilter& filter);
  /// The same without the splits but by side: what the tiles show.
  std::map<suppression::Side, std::int64_t> bySide(const EntryFilter& filter);
  /// By day and side; days without entries are left out.
  std::map<Date, std::map<suppression::Side, std::int64_t>> byDay(const EntryFilter& filter);
  /// Of an account's lists that hold replies, on or off them by now, created from `first` to `last`.
  std::vector<EntriesOfDay> repliesByDay(std::string_view account, Date first, Date last);
  /// The domains of the entries with the most of them first, at most `max`.
  std::vector<std::pair<std::string, std::int64_t>> domains(const EntryFilter& filter, std::size_t max);

 private:
  Database& database_;
};

}  // namespace arrivald::store
