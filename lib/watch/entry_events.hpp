// EntryEvents: what the event stream says about entries of the suppression lists: sends that SendGrid did not
// make because of an entry, and mail that other recipients of the same domain have accepted.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "base/result.hpp"
#include "store/database.hpp"
#include "stream/record.hpp"
#include "suppression/entry.hpp"

namespace arrivald::watch {

/// Collected in memory and stored once a minute, with the number of the last batch that is contained: after a
/// crash the batches behind it are replayed, and nothing counts twice. Where addresses are stored hashed,
/// stopped sends are not known. Resource; loop thread only.
class EntryEvents {
 public:
  explicit EntryEvents(store::Database& database) : database_(database) {}

  void note(const std::string& account, const stream::Record& record);
  /// Whether a stored batch has been noted and flushed before the last restart.
  bool contains(const std::string& account, std::int64_t batch);
  /// Stores what was noted of these accounts' batches up to `upTo`. What cannot be stored stays for the next
  /// call.
  Done flush(const std::set<std::string>& accounts, std::int64_t upTo);

 private:
  struct Accepted {
    std::int64_t mails = 0;
    Instant last{};
  };
  /// An account, the address, and the list that the reason names.
  using Stop = std::tuple<std::string, std::string, suppression::List>;
  void put();
  void loadMarks();

  store::Database& database_;
  std::map<std::string, Accepted> accepted_;  // by domain
  std::map<Stop, std::int64_t> stopped_;
  std::map<std::string, std::int64_t> marks_;  // by account: the last batch that is stored
  bool loaded_ = false;
};

}  // namespace arrivald::watch
