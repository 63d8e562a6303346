// ReleasesTable: the requests to take entries off the provider's lists, and what became of each entry.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.hpp"
#include "suppression/release_request.hpp"

namespace arrivald::store {

/// The open request that an entry is part of.
struct Claim {
  suppression::ReleaseId release{};
  std::string user;
  Instant since{};
  suppression::ReleaseState state = suppression::ReleaseState::draft;
};

/// An item with the request that it belongs to.
struct ReleasedItem {
  suppression::ReleaseItem item;
  suppression::ReleaseRequest request;
};

struct ReleasedFilter {
  std::optional<suppression::Aftermath> aftermath;
  std::optional<suppression::ItemState> state;
  std::string email;                          ///< empty: all; without case
  std::optional<suppression::ItemId> before;  ///< only older ones: for paging
  std::size_t max = 50;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class ReleasesTable {
 public:
  explicit ReleasesTable(Database& database) : database_(database) {}

  /// The request's id is chosen here; ids ascend and are never used again.
  suppression::ReleaseId add(const suppression::ReleaseRequest& request);
  /// Throws SqlError where the entry is claimed: ask claimOf() before.
  suppression::ItemId add(const suppression::ReleaseItem& item);
  /// Writes state, version and decision. `day`: on which the decision counts.
  void put(const suppression::ReleaseRequest& request, std::optional<Date> day = std::nullopt);
  /// Writes everything but the entry as shown.
  void put(const suppression::ReleaseItem& item);
  void remove(suppression::ItemId item);
  /// Removes at most `max` requests from before `before` that are over, and of which no item is followed any
  /// more. Returns how many.
  std::size_t prune(Instant before, std::size_t max);

  std::optional<suppression::ReleaseRequest> find(suppression::ReleaseId id);
  /// In the order in which they were added.
  std::vector<suppression::ReleaseItem> items(suppression::ReleaseId id);
  std::optional<suppression::ReleaseItem> item(suppression::ItemId id);

  std::optional<Claim> claimOf(const suppression::ShownEntry& entry);
  /// Items decided on that day by that user, in requests of that mode.
  std::size_t releasedOn(std::string_view user, Date day, suppression::Mode mode);
  /// Drafts of a user, or of all if it is empty, oldest first.
  std::vector<suppression::ReleaseRequest> drafts(std::string_view user);
  /// Requests that are confirmed or running.
  std::vector<suppression::ReleaseRequest> unfinished();

  /// Chosen items that are open and due at `now`, the longest due first.
  std::vector<suppression::ReleaseItem> due(Instant now, std::size_t max);
  std::optional<Instant> nextDue();
  /// Items whose later mail is to be looked for.
  std::vector<suppression::ReleaseItem> followDue(Instant now, std::size_t max);

  /// When the mail after the last release of the address failed; empty if it did not, or is not known yet.
  std::optional<Instant> failedAgain(std::string_view account, std::string_view email);

  /// Items that were decided on, newest first.
  std::vector<ReleasedItem> released(const ReleasedFilter& filter);
  /// How many there are, whatever `before` and `max` say.
  std::size_t count(const ReleasedFilter& filter);
  /// The wall clock was set by `step`: drafts, open items and what is followed keep their ages. What was
  /// decided and what is over keep their times.
  void shift(Duration step);

  /// How many items settled since `since` have which aftermath.
  std::map<suppression::Aftermath, std::size_t> aftermaths(Instant since);

 private:
  /// The condition of the filter but its place and number, and their values.
  static std::string conditionsOf(const ReleasedFilter& filter);
  static void bind(const ReleasedFilter& filter, Statement& statement);

  Database& database_;
};

}  // namespace arrivald::store
