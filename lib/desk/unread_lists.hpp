// UnreadList: a list of an account that may hold entries which the desk does not know of, and its words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/language.hpp"
#include "base/time_zone.hpp"
#include "config/config.hpp"
#include "store/entries_table.hpp"
#include "suppression/entry.hpp"
#include "watch/owners.hpp"

namespace arrivald::desk {

struct UnreadList {
  std::string account;
  suppression::List list = suppression::List::bounces;
  enum class Why : std::uint8_t {
    notWatched,  ///< the configuration says so
    notYet,      ///< no crawl has ended yet, and none has failed
    failing,     ///< its last read failed
    late,        ///< it should have been read again long ago
  } why = Why::notYet;
  std::optional<Instant> since;  ///< its last read; nothing: it was never read
  std::optional<Error> error;    ///< of the read that failed
};
/// "not_watched", "not_yet", "failing", "late".
std::string_view name(UnreadList::Why why);

/// All of them, in the order of accounts and lists. What is not on such a list may be on it all the same.
std::vector<UnreadList> unreadLists(const watch::Owners& owners, const config::Config& configuration);
/// Those whose entries the filter could show.
std::vector<UnreadList> within(std::vector<UnreadList> lists, const store::EntryFilter& filter);
/// Whether any is to be read, and was not.
bool anyMissed(const std::vector<UnreadList>& lists);

/// A sentence for each account and cause: which lists, since when, why, and what to do.
std::vector<std::string> unreadTexts(const std::vector<UnreadList>& lists, const TimeZone& zone,
                                     Language language);
/// [{"account", "list", "why", "since", "text"}]: the same for programs.
std::string unreadJson(const std::vector<UnreadList>& lists, const TimeZone& zone, Language language);

}  // namespace arrivald::desk
