// SuppressionLists: the entries of the provider's suppression lists, and how far they have been read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "metrics/registry.hpp"
#include "rules/stream_facts.hpp"
#include "store/suppressions_table.hpp"
#include "suppression/index.hpp"
#include "watch/entry_facets.hpp"
#include "watch/list_news.hpp"
#include "watch/owner.hpp"
#include "watch/recent_causes.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Entries that cannot be stored are not kept in memory; the next crawl finds
/// them.
class SuppressionLists final : public Owner, public rules::ListFacts {
 public:
  SuppressionLists(store::Database& database, const Clock& clock, metrics::Registry& registry,
                   RecentCauses& causes);

  /// To be called before anything is read, at the start: once for a store, see store::SuppressionsTable. A
  /// store that cannot be written has it done at a later start.
  void renewFingerprints();
  void retain(const config::Config& configuration) override;
  void storeReopened() override;
  void storeShift(Duration step) override;

  /// Reduces `page` to the entries that are new, stores and counts them. Once the list has been read to its
  /// end, what may be a fault of one answer waits for the next one, see suppression::Index, and what was
  /// created before the last crawl, or before the first one began, is stored but is no news. An entry is
  /// known by its owner, list, address and unsubscribe group: where its time or its reply has become another
  /// one, that is stored, and no news.
  Done add(const std::string& account, suppression::List list, std::vector<suppression::Entry>& page);
  /// Records that all entries created up to `readTo` are known.
  Done readUpTo(const std::string& account, suppression::List list, Instant readTo);

  /// Whose lists are read: the account's own, and those of the subusers that were found last. By
  /// suppression::ownerName(), the account first.
  std::vector<std::string> ownersOf(const config::Account& account) const;
  /// The subusers whose lists are read from now on, instead of those before. Names that no header can carry
  /// are left out.
  Done putSubusers(const std::string& account, std::vector<std::string> names);

  /// Replaces the names of the account's unsubscribe groups, by id.
  Done putGroups(const std::string& account, const std::map<std::int64_t, std::string>& names);

  // A full crawl: begin, add every page, then finish or abandon.
  /// Returns false while one of the list is under way.
  bool beginCrawl(const std::string& account, suppression::List list);
  Done addCrawled(const std::string& account, suppression::List list, std::vector<suppression::Entry>& page);
  /// Whether entries that a crawl did not find were removed at the provider, or may have been skipped.
  /// `doubted`: of single ones the provider has said that they are listed, or it has said nothing.
  enum class Missing { removed, kept, doubted };
  /// `unreadable`: rows without an address, which may be entries that were not found.
  Done finishCrawl(const std::string& account, suppression::List list, Instant crawledTo, Missing missing,
                   std::size_t unreadable = 0);
  // The steps of finishCrawl(), for who lets others run in between, since thousands may have been removed.
  /// Returns the fingerprints of the entries that are taken as removed.
  std::vector<std::uint64_t> endCrawl(const std::string& account, suppression::List list, Instant crawledTo,
                                      Missing missing, std::size_t unreadable = 0);
  /// Takes at most `max` of them and stores that these were removed. What a crash leaves, later crawls
  /// remove.
  Done removeSome(const std::string& account, suppression::List list, std::vector<std::uint64_t>& removed,
                  std::size_t max);
  Done noteCrawled(const std::string& account, suppression::List list, Instant crawledTo);
  void abandonCrawl(const std::string& account, suppression::List list);
  /// Those that endCrawl() would take as removed, so that the provider can be asked for single ones: at most
  /// `max`, spread over all of them. `all`: how many there are.
  struct Missed {
    std::size_t all = 0;
    std::vector<suppression::Entry> asked;
    /// Two crawls contradict each other: one answer about a single one may be wrong as well.
    bool contradicts = false;
  };
  Result<Missed> missed(const std::string& account, suppression::List list, Instant crawledTo,
                        std::size_t unreadable, std::size_t max);
  /// The provider has said that this entry, which the crawl under way did not find, is listed.
  void isListed(const std::string& account, suppression::List list, const suppression::Entry& entry);
  /// How many entries the last crawl did not find; suppression::Index says when they are taken as removed.
  std::size_t suspects(const std::string& account, suppression::List list);
  /// How many entries wait for an answer that has them again.
  std::size_t held(const std::string& account, suppression::List list);
  /// Whether it is time for a crawl that decides on the suspects, or on entries that wait and that only a
  /// crawl finds.
  bool wantsConfirmation(const std::string& account, suppression::List list);

  /// Derives anew what is stored of at most `max` entries, where it was derived by other rules or groups, or
  /// in another time zone. Returns whether any may be left. Call it again until none are.
  Result<bool> explainAnew(std::size_t max);
  /// Entries of accounts that are not configured stay for so long.
  static constexpr Duration kUnreadKept = std::chrono::days(90);
  /// Deletes at most `max` entries that have stayed for longer, and as many that were removed until
  /// `removedUntil`. Returns whether any may be left. Call it every hour, and again until none are.
  Result<bool> prune(Instant removedUntil, std::size_t max);
  /// The rules by which entries are explained now.
  const EntryFacetsMaker& facets() const { return facets_; }

  store::ListProgress progress(const std::string& account, suppression::List list) const;
  /// A read of a list that failed: of its latest entries, or of all.
  struct ReadFailure {
    Error error;
    enum class Of : std::uint8_t { latest, crawl } of = Of::latest;
  };
  /// Remembered until a read of the same kind, or a crawl, succeeds. Not stored: each start reads anew.
  void readFailed(const std::string& account, suppression::List list, ReadFailure failure);
  /// The last failure, unless the list has been read since; null: none. Valid until the next call.
  const ReadFailure* readFailure(const std::string& account, suppression::List list) const;
  /// Number of entries on the list, as far as read; before the first read since the start by the store.
  std::size_t size(const std::string& account, suppression::List list) const;
  /// All entries of a mailbox in whatever spelling, removed ones included; newest first, at most `max`.
  Result<std::vector<store::StoredEntry>> find(const std::string& mailbox, std::size_t max) const;
  /// Nothing before the first complete crawl, or if that ended within the window.
  std::optional<std::int64_t> listGrowth(std::string_view account, std::string_view list, Duration window,
                                         Instant end) const override;
  std::optional<std::int64_t> listedCauses(const delivery::Subject& subject,
                                           const std::vector<std::string>& causes, Duration window,
                                           Instant end) const override;
  std::optional<double> usuallyListed(const delivery::Subject& subject,
                                      const std::vector<std::string>& causes, Duration window,
                                      Instant end) const override;
  std::optional<ListedBlocks> listedBlocks(const delivery::Subject& subject, Duration window,
                                           Instant end) const override;
  /// Without the group that holds all other receivers.
  std::vector<delivery::Subject> listedGroups(std::string_view account, Duration window,
                                              Instant end) const override;

 private:
  using Key = std::pair<std::string, suppression::List>;
  /// Whether any list that holds replies has been read to its end.
  bool hasReplies(const std::string& account) const;
  suppression::Index& index(const std::string& account, suppression::List list) const;
  void readSubusers(const config::Config& configuration);
  void exportTotals(std::set<std::string> wanted);
  void exportStored(const std::string& account, suppression::List list, const store::ListProgress& known);
  void exportCauses(const std::string& account, suppression::List list);
  Done addNew(const std::string& account, suppression::List list, std::vector<suppression::Entry>& page);
  struct Update {
    store::StoredEntry stored;
    suppression::Entry entry;
  };
  Result<std::vector<Update>> compare(const std::string& account, suppression::List list,
                                      std::vector<suppression::Entry> met,
                                      std::vector<suppression::Entry>& page,
                                      std::vector<suppression::Entry>* old);
  Done update(const std::string& account, suppression::List list, std::span<const Update> updates);
  Done keep(const std::string& account, suppression::List list, std::span<const suppression::Entry> added,
            store::Arrival arrival, Instant seen);
  store::SuppressionsTable table() const { return store::SuppressionsTable(database_); }

  store::Database& database_;
  const Clock& clock_;
  metrics::Registry& registry_;
  RecentCauses& causes_;
  EntryFacetsMaker facets_;
  mutable ListNews news_;
  mutable std::map<Key, suppression::Index> indexes_;  // read from the table when first asked for
  std::map<Key, ReadFailure> failures_;
  std::map<std::string, std::vector<std::string>> subusers_;  // by account
  std::set<std::string> exported_;  // owners of lists whose running totals are exported
};

}  // namespace arrivald::watch
