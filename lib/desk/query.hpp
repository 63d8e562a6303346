// Query: which entries a page of the desk shows, in which order. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/entries_table.hpp"
#include "suppression/period.hpp"

namespace arrivald::desk {

/// What stands in the URL; each may be empty or anything.
struct QueryAsked {
  std::string period, from, to;
  std::string list, side, cause, group, domain, account;
  std::string gone;   ///< "1": entries that are not on their list any more
  std::string sort;   ///< "stopped": most stopped sends first
  std::string after;  ///< Page::next of the page before
  std::string seen;   ///< seenText(): entries that arrivald first saw then
};

struct Query {
  suppression::Period period;
  store::EntryFilter filter;  ///< its days are those of `period`
  store::EntriesTable::Order order = store::EntriesTable::Order::newest;
  std::optional<store::EntryPlace> after;
  /// Names of the parameters whose value means nothing; they narrow nothing.
  std::vector<std::string> ignored;
};

/// Reads any input.
Query queryOf(const QueryAsked& asked, const TimeZone& zone, Instant now);

/// The parameters that lead to the same entries, for links: names and values, without empty ones and without
/// the place. Presets stay relative, typed dates absolute.
std::vector<std::pair<std::string, std::string>> parametersOf(const Query& query);

/// The same over another period.
Query during(Query query, const suppression::Period& period);

std::string seenText(const store::EntryFilter::Seen& seen);
std::optional<store::EntryFilter::Seen> seenFrom(std::string_view text);

std::string toText(const store::EntryPlace& place);
std::optional<store::EntryPlace> placeFrom(std::string_view text);

/// Ids as forms carry them. Nothing for anything else, or for more than 24 characters.
std::string toText(suppression::EntryId id);
std::optional<suppression::EntryId> entryIdFrom(std::string_view text);

}  // namespace arrivald::desk
