// SuppressionsTable: all entries of the suppression lists ever read, and how far each list has been read.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "store/database.hpp"
#include "store/entries_table.hpp"
#include "suppression/entry.hpp"

namespace arrivald::store {

/// How far a list of an account has been read.
struct ListProgress {
  std::optional<Instant> readTo;   ///< entries created up to here are known
  std::optional<Instant> crawled;  ///< end of the last complete crawl
  /// End of the first complete crawl. Entries found until then are the baseline and do not count as growth.
  std::optional<Instant> countedFrom;
  /// When that crawl began: an entry that was created until then is no news, whenever it is shown first.
  std::optional<Instant> baseline;
  std::int64_t added = 0, removed = 0;  ///< since countedFrom; putProgress() leaves them as they are
};

struct StoredEntry {
  suppression::EntryId id{};
  std::string account;
  suppression::List list = suppression::List::bounces;
  suppression::Entry entry;
  Instant firstSeen{};
  std::optional<Instant> removed;  ///< end of the second crawl that did not find it
  std::int64_t stopped = 0;        ///< sends that SendGrid did not make because of it
  /// Mails that the domain's server has accepted since the entry was first seen.
  std::int64_t acceptedSince = 0;
  std::optional<Instant> acceptedAt;  ///< the last such mail, also from before
};

/// How many new entries agree in these.
struct NewEntries {
  suppression::List list = suppression::List::bounces;
  causes::Class causeClass = causes::Class::unspecified;
  suppression::Side side = suppression::Side::unknown;
  std::string receivers;  ///< the group of receivers
  std::int64_t entries = 0;
  Instant oldest{};  ///< the earliest creation
};

/// Whether the entries that are added are news: what a first crawl finds was there before.
enum class Arrival : std::uint8_t { known, news };

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class SuppressionsTable {
 public:
  explicit SuppressionsTable(Database& database) : database_(database) {}

  /// The fingerprints of the entries that are on the list now, in no particular order.
  std::vector<std::uint64_t> fingerprints(std::string_view account, suppression::List list);
  /// Adds entries, each with its facets; one that was marked as removed is on the list again. Returns how
  /// many were.
  std::size_t add(std::string_view account, suppression::List list,
                  std::span<const suppression::Entry> entries, std::span<const EntryFacets> facets,
                  Instant seen, Arrival arrival = Arrival::known);
  /// The entry that is on the list now, of the same address and unsubscribe group as `entry`.
  std::optional<StoredEntry> listed(std::string_view account, suppression::List list,
                                    const suppression::Entry& entry);
  /// The entry with this fingerprint, whether it is on the list or was removed.
  std::optional<suppression::Entry> entryOf(std::string_view account, suppression::List list,
                                            std::uint64_t fingerprint);
  /// Computes anew the fingerprints of entries whose address stands behind a name ("Taro <taro@b.jp>"): older
  /// versions have stored them by the whole text. Reads all entries.
  void renewFingerprints();
  /// Replaces what a stored entry says by what `entry` says, but for texts that are empty there; it keeps its
  /// number and the spelling of its address. False, and nothing done, if another entry on the list says that.
  bool update(const StoredEntry& stored, const suppression::Entry& entry, const EntryFacets& facets);
  /// Returns how many of them were removed, by cause.
  std::map<causes::Class, std::int64_t> remove(std::string_view account, suppression::List list,
                                               std::span<const std::uint64_t> fingerprints, Instant at);

  ListProgress progress(std::string_view account, suppression::List list);
  void putProgress(std::string_view account, suppression::List list, const ListProgress& progress);

  /// Replaces the names of an account's unsubscribe groups.
  void putGroups(std::string_view account, const std::map<std::int64_t, std::string>& names);
  /// By account and id.
  std::map<std::pair<std::string, std::int64_t>, std::string> groups();

  /// Adds to ListProgress::added and removed.
  void count(std::string_view account, suppression::List list, std::int64_t added, std::int64_t removed);

  /// Entries first seen in (from, to].
  std::int64_t firstSeenWithin(std::string_view account, suppression::List list, Instant from, Instant to);

  /// News first seen in (from, to]: counted when they are added, so that a flood takes no longer.
  std::vector<NewEntries> news(std::string_view account, Instant from, Instant to);
  /// Forgets what was counted of news until then.
  void pruneNews(Instant until);

  /// Notes since when lists are not read: those of other accounts than these.
  void noteRead(std::span<const std::string> accounts, Instant now);
  /// Deletes at most `max` entries of lists that were not read since `until`, and lists without any left.
  /// Returns how many.
  std::size_t pruneUnread(Instant until, std::size_t max);
  /// Deletes at most `max` entries that were removed from their lists until `until`, those first that were
  /// removed first. Returns how many.
  std::size_t pruneRemoved(Instant until, std::size_t max);
  /// Whether the list ever held an entry of these receivers that was first seen until then, or by the first
  /// complete crawl. `receivers` empty: of any.
  bool hadBefore(std::string_view account, suppression::List list, std::string_view receivers, Instant until);

  /// How many entries are on the list now; takes as long for a million as for none.
  std::int64_t size(std::string_view account, suppression::List list);
  /// Entries that are on the list now, by cause.
  std::map<causes::Class, std::int64_t> causesOf(std::string_view account, suppression::List list);

  /// The wall clock was set by `step`: progress and the times of entries first seen after `since` move with
  /// it. `readTo` never moves forward: entries created while the clock was behind carry the provider's time.
  void shift(Duration step, Instant since);

  /// The entries with these ids that are known, in the order of `ids`.
  std::vector<StoredEntry> find(std::span<const suppression::EntryId> ids);
  /// At most `max` entries with greater ids than `after`, in the order of their ids.
  std::vector<StoredEntry> following(suppression::EntryId after, std::size_t max);

  /// All entries of a mailbox, in whatever spelling, on all lists and accounts, removed ones included; newest
  /// first, at most `max`.
  std::vector<StoredEntry> find(std::string_view email, std::size_t max);

 private:
  void erase(const std::vector<std::pair<std::int64_t, std::int64_t>>& entries);
  std::optional<std::int64_t> idOf(std::string_view account, suppression::List list);
  bool forgetRemoved(std::int64_t list, std::uint64_t fingerprint, suppression::EntryId otherThan);
  std::int64_t idForWriting(std::string_view account, suppression::List list);
  std::vector<std::int64_t> listIds();
  void addNews(std::int64_t list, std::span<const EntryFacets* const> news, Instant seen, Instant oldest);
  Database& database_;
};

}  // namespace arrivald::store
