// Selections: the entries that each user has ticked, kept by the server across pages, log-outs and restarts.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/selections_table.hpp"

namespace arrivald::desk {

/// Resource; loop thread only.
class Selections {
 public:
  static constexpr std::size_t kMaxRows = 10'000;  ///< of a user
  static constexpr Duration kKept = std::chrono::hours(24 * 7);

  Selections(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  struct Change {
    std::size_t selected = 0;  ///< rows ticked afterwards, on all pages
    std::size_t dropped = 0;   ///< ids that stand for no entry
    std::size_t refused = 0;   ///< ticks beyond kMaxRows: not stored
  };
  /// A form was sent that showed some entries, with some of them ticked: ticks of entries that it did not
  /// show stay. Ids come as the form carries them.
  Result<Change> change(std::string_view user, std::span<const std::string> shown,
                        std::span<const std::string> ticked);

  /// Newest entry first.
  Result<std::vector<suppression::EntryId>> of(std::string_view user) const;
  Done clear(std::string_view user);
  /// Unticks these: they were released.
  Done remove(std::string_view user, std::span<const suppression::EntryId> entries);
  /// The wall clock was set: ages do not change. Inside a transaction; throws store::SqlError.
  void storeShift(Duration step) { store::SelectionsTable(database_).shift(step); }

 private:
  Instant oldest() const { return clock_.now() - kKept; }

  store::Database& database_;
  const Clock& clock_;
};

}  // namespace arrivald::desk
