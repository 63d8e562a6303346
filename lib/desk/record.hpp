// Record: what people did at the desk, and what the provider answered. Append-only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "desk/users.hpp"
#include "store/record_table.hpp"
#include "suppression/release_request.hpp"

namespace arrivald::desk {

enum class Act : std::uint8_t {
  logIn,
  logInRefused,
  logOut,
  lookUp,  ///< an address; kept masked
  download,
  draft,  ///< a release was prepared
  drop,   ///< a row was taken off a draft
  cancel,
  expire,
  confirm,  ///< a release was decided, one row an entry
  refuse,   ///< the desk refused a release or another act
  ask,      ///< before the provider is asked to delete an entry
  answer,   ///< what the provider answered
  settle,   ///< what became of an entry
  follow,   ///< what became of the next mail
  undo,     ///< an unsubscribe was put back
  unlock,
  prune,  ///< rows of the record itself
};
inline constexpr std::size_t kActCount = 18;
/// "log_in", …, as stored.
std::string_view name(Act act);

/// One row to append. Fields that do not apply stay empty.
struct RecordEntry {
  Actor by;
  Act act = Act::lookUp;
  std::string account;
  std::string list;
  std::string address;
  std::string entry;  ///< the entry as it was: recordJson()
  std::string advice;
  std::string cause;
  std::string asserted;
  std::string motive;
  std::string memo;
  std::string outcome;
  suppression::ReleaseId release{};
};

/// What the record keeps of an entry: {"created","reason","status",…}.
std::string recordJson(const suppression::Entry& entry);
/// A row about an item of a release: its entry, advice, cause and what was asserted.
RecordEntry recordOf(Actor by, Act act, const suppression::ReleaseItem& item);

/// How the record may spell an address: whole, and masked where somebody looked it up. Others look the same
/// masked.
std::vector<std::string> spellingsOf(const std::string& address);

/// Resource; loop thread only.
class Record {
 public:
  Record(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  Done append(const RecordEntry& entry);
  /// The same inside of the caller's transaction; throws store::SqlError.
  void appendWithin(const RecordEntry& entry);

  /// Newest first, at most 1,000 rows at a time; without Action::readRecord only the actor's own.
  /// Error::Kind::denied for who may not read even these.
  Result<std::vector<store::RecordRow>> find(const Actor& actor, store::RecordFilter filter);
  /// How many rows find() would give without its limits of number and place.
  Result<std::int64_t> count(const Actor& actor, store::RecordFilter filter);
  /// Removes at most `max` rows that were appended until then, and appends that it did. Returns whether any
  /// may be left.
  Result<bool> prune(Instant until, std::size_t max);
  /// Whether every row is as it was appended, from the last one that was pruned. Reads all.
  Result<store::RecordCheck> check();

 private:
  /// Narrows to what the actor may read; false: to nothing.
  static Result<bool> narrow(const Actor& actor, store::RecordFilter& filter);
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace arrivald::desk
