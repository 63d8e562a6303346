// Entries: the entries of the suppression lists as the desk shows them: pages, counts, and single ones.
#pragma once

#include "config/config.hpp"
#include "desk/address_lookup.hpp"
#include "desk/entry_lookup.hpp"
#include "desk/query.hpp"
#include "desk/release_history.hpp"
#include "store/entry_counts_table.hpp"
#include "store/suppressions_table.hpp"
#include "watch/owners.hpp"

namespace arrivald::desk {

struct Page {
  std::vector<ListedEntry> rows;
  std::string next;  ///< for QueryAsked::after; empty: no more rows
};

/// Of the period, and of the period before.
struct SideCounts {
  std::map<suppression::Side, std::int64_t> now, before;
  std::int64_t total = 0, totalBefore = 0;
};

/// The most frequent cause on our own side: what to do first.
struct OwnCause {
  causes::Class cause = causes::Class::unspecified;
  std::string receivers;  ///< where most of it is; empty: several groups
  std::int64_t entries = 0;
};

/// What a page says of its period beside its rows, from one pass over what is counted.
struct Overview {
  SideCounts sides;              ///< the tiles, whichever side the query chooses
  store::EntryCounts breakdown;  ///< what the query can be narrowed by, and how many entries that leaves
  std::optional<OwnCause> toDo;  ///< nothing: no entry is on our own side
};

/// How far the lists have been read.
struct ListAge {
  /// The oldest end of a complete crawl, and of a read of new entries; nothing if a list was never read.
  std::optional<Instant> crawled, read;
};

/// Reads only; keeps nothing in memory. Resource; loop thread only.
class Entries final : public EntryLookup, public AddressLookup {
 public:
  static constexpr std::size_t kPageRows = 50;

  /// `history` may be null: nothing has been released.
  Entries(watch::Owners& owners, const ReleaseHistory* history) : owners_(owners), history_(history) {}

  Query query(const QueryAsked& asked) const { return queryOf(asked, zone(), owners_.clock().now()); }
  Result<Page> page(const Query& query, std::size_t max = kPageRows) const;
  Result<Overview> overview(const Query& query) const;
  /// Its parts alone.
  Result<SideCounts> counts(const Query& query) const;
  Result<store::EntryCounts> breakdown(const Query& query) const;
  Result<std::vector<ListedEntry>> find(std::span<const suppression::EntryId> ids) override;
  /// The crawls do not find it either, and count it as removed then.
  void removed(suppression::EntryId id, Instant at) override;
  /// All entries of a mailbox in any spelling, removed ones included; newest first.
  Result<std::vector<ListedEntry>> of(const std::string& email, std::size_t max) const override;
  /// Other entries of the same domain that are on a list now.
  Result<std::int64_t> listedOf(const std::string& domain) const;
  ListAge age(const config::Config& configuration) const;

  /// Of the days of periods.
  const TimeZone& zone() const { return owners_.lists().facets().zone(); }

 private:
  /// Inside Database::read().
  ListedEntry listed(store::StoredEntry stored) const;
  std::vector<ListedEntry> listed(std::vector<store::StoredEntry> stored) const;

  watch::Owners& owners_;
  const ReleaseHistory* history_;
};

}  // namespace arrivald::desk
