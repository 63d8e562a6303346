// Releases: the requests to take entries off the provider's lists. What people decide is here; what is then
// asked of the provider is in release_entries.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/time_zone.hpp"
#include "desk/entry_lookup.hpp"
#include "desk/record.hpp"
#include "desk/refusal.hpp"
#include "desk/users.hpp"
#include "metrics/registry.hpp"
#include "runtime/wakeup.hpp"
#include "store/releases_table.hpp"
#include "suppression/release_request.hpp"

namespace arrivald::desk {

/// What the configuration says about releases.
struct ReleaseSettings {
  suppression::ReleaseLimits limits;
  TimeZone zone;                   ///< of the days that are counted
  std::set<std::string> accounts;  ///< those that have a key for releasing
  /// Whether every request is a rehearsal, whatever is asked for.
  suppression::Mode mode = suppression::Mode::real;
};

/// Why a row cannot be released by this person now. For lock icons and for drafts.
struct Lock {
  enum class Kind : std::uint8_t {
    gone,          ///< it is not on its list any more
    mayNot,        ///< the role does not release
    wishesKept,    ///< spam reports and unsubscribes are never released here
    needsAdmin,    ///< an admin can: see Lock::failedAgain; empty: it is the recipient's wish
    noKey,         ///< the account has no key for releasing
    notPlausible,  ///< no request about this address alone can be made
    claimed,       ///< it is in an open request: see `claim`
  };
  Kind kind = Kind::gone;
  std::optional<Instant> failedAgain;
  std::optional<store::Claim> claim;
};
std::string_view name(Lock::Kind kind);

struct LeftOut {
  ListedEntry entry;
  Lock lock;
};

struct Drafted {
  suppression::ReleaseId id{};
  std::vector<LeftOut> leftOut;  ///< rows that are not part of the draft
};

/// A request with its rows, as of now.
struct ReleaseView {
  suppression::ReleaseRequest request;
  std::vector<suppression::ReleaseItem> items;
  std::size_t leftToday = 0;  ///< how many its author may still release today
};

/// What the form of a draft says.
struct Confirmation {
  suppression::ReleaseId id{};
  std::int64_t version = 0;  ///< ReleaseRequest::version that the form showed
  suppression::Extent extent = suppression::Extent::advised;
  std::vector<suppression::ItemId> asserted;  ///< rows whose fact was ticked
  std::optional<suppression::Motive> motive;
  std::string memo;
  std::string typed;  ///< the number, for Extent::all
};

/// Resource; loop thread only.
class Releases {
 public:
  /// Requests of more rows than that are refused whatever the limits say.
  static constexpr std::size_t kMaxRows = 1'000;

  Releases(store::Database& database, const Clock& clock, Record& record, EntryLookup& entries,
           metrics::Registry& registry);
  Releases(const Releases&) = delete;
  Releases& operator=(const Releases&) = delete;

  void use(ReleaseSettings settings) { settings_ = std::move(settings); }
  const ReleaseSettings& settings() const { return settings_; }

  // What people do. Each is stored, with its row in the record, in one transaction, or not at all.

  /// Prepares a request. A draft of the same author with the same rows is that draft; others of the same
  /// author give up the rows that they share with it by being cancelled.
  Outcome<Drafted> draft(const Actor& actor, std::span<const suppression::EntryId> entries,
                         suppression::Mode mode);
  /// Decides. A second confirmation of a decided request changes nothing and is no error: the view shows what
  /// became of it.
  Outcome<ReleaseView> confirm(const Actor& actor, const Confirmation& confirmation);
  /// Takes a row off a draft; without a row left it is cancelled.
  Outcome<ReleaseView> drop(const Actor& actor, suppression::ReleaseId id, suppression::ItemId item);
  Outcome<ReleaseView> cancel(const Actor& actor, suppression::ReleaseId id);

  // What people see.
  Outcome<ReleaseView> find(const Actor& actor, suppression::ReleaseId id);
  /// For each row whether and why the actor cannot release it; in the order of `entries`.
  Outcome<std::vector<std::optional<Lock>>> locks(const Actor& actor, std::span<const ListedEntry> entries);
  Outcome<std::vector<store::ReleasedItem>> released(const Actor& actor, store::ReleasedFilter filter);
  /// How many items released() would give without its limits of number and place.
  Outcome<std::size_t> countReleased(const Actor& actor, const store::ReleasedFilter& filter);
  /// Of the last 30 days.
  Outcome<std::map<suppression::Aftermath, std::size_t>> aftermaths(const Actor& actor);
  /// When the mail after the last release of an address failed.
  Result<std::optional<Instant>> failedAgain(const std::string& account, const std::string& email);

  // What the tasks do.

  /// Chosen items that are due, of one request each time at most as many as fit.
  Result<std::vector<suppression::ReleaseItem>> due(std::size_t max);
  Result<std::optional<Instant>> nextDue();
  Result<std::optional<suppression::ReleaseRequest>> requestOf(const suppression::ReleaseItem& item);
  /// Stores that the provider will be asked now. Only after this has succeeded may it be asked.
  Done asking(const suppression::ReleaseItem& item);
  /// Stores how far an item has come, and with the last one that the request is done.
  Done advance(const suppression::ReleaseItem& item);
  Done expireDrafts();
  /// Forgets at most `max` requests that were made until then, and are over. Returns whether any may be left.
  Result<bool> prune(Instant until, std::size_t max);
  /// The wall clock was set by `step`. Inside of a transaction; throws store::SqlError.
  void storeShift(Duration step) { store::ReleasesTable(database_).shift(step); }
  Result<std::vector<suppression::ReleaseItem>> followDue(std::size_t max);
  Done follow(suppression::ReleaseItem item, const suppression::FollowUp& found, Instant next);
  /// Unsubscribes of a request, or that one of it, that can still be put back; Refusal::Kind::cannotBeUndone
  /// if there are none.
  Outcome<std::vector<suppression::ReleaseItem>> undoable(const Actor& actor, suppression::ReleaseId id,
                                                          std::optional<suppression::ItemId> only);
  Done undone(const Actor& actor, suppression::ReleaseItem item);

  /// Woken when something becomes due earlier than nextDue() said.
  runtime::Wakeup& changed() { return changed_; }

 private:
  using Body = std::function<void(store::ReleasesTable&, Refusals&)>;
  /// One transaction, rolled back if the body refuses.
  Refusals run(const Body& body);
  Refusals refused(const Actor& actor, Refusals refusals, suppression::ReleaseId id);
  /// Rows that the desk refuses to this person, as opposed to those that cannot be released now.
  Done recordRefused(const Actor& actor, const std::vector<LeftOut>& leftOut);
  bool hasKey(std::string_view owner) const;
  std::optional<Lock> lockOf(store::ReleasesTable& table, const Actor& actor, const ListedEntry& entry) const;
  std::optional<suppression::ReleaseRequest> ownDraft(store::ReleasesTable& table, const Actor& actor,
                                                      suppression::ReleaseId id, Refusals& refusals) const;
  void close(store::ReleasesTable& table, suppression::ReleaseRequest request,
             suppression::ReleaseState state);
  suppression::ReleaseId keep(store::ReleasesTable& table, const Actor& actor,
                              const std::vector<ListedEntry>& rows, suppression::Mode mode);
  void checkForm(store::ReleasesTable& table, const Actor& actor, const Confirmation& form,
                 std::vector<suppression::ReleaseItem>& items, Refusals& refusals) const;
  void decide(store::ReleasesTable& table, const Actor& actor, const Confirmation& form,
              suppression::ReleaseRequest request, std::vector<suppression::ReleaseItem> items);
  void finish(store::ReleasesTable& table, const suppression::ReleaseItem& item);
  Outcome<ReleaseView> view(suppression::ReleaseId id);

  store::Database& database_;
  const Clock& clock_;
  Record& record_;
  EntryLookup& entries_;
  metrics::Registry& registry_;
  ReleaseSettings settings_;
  runtime::Wakeup changed_;
};

}  // namespace arrivald::desk
