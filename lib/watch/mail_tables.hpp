// MailTables: each account's mail by category, receiver group and cause, as its event stream tells of it:
// what incidents are found in.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/window.hpp"
#include "incidents/cross_table.hpp"
#include "stream/aggregator.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Kept in memory: read back from the stored events after a start. Each table is
/// bounded by itself.
class MailTables {
 public:
  MailTables() = default;
  MailTables(const MailTables&) = delete;
  MailTables& operator=(const MailTables&) = delete;

  /// Drops the tables of other accounts.
  void retain(const std::set<std::string>& accounts);
  void shift(Duration step);

  /// What the account's table begins with is its first mail, or `now` if none came before.
  void begin(const std::string& account, Instant now);
  /// One mail has its final outcome; no kind: it was delivered. Empty names: in none of the known ones.
  void add(const std::string& account, std::string_view category, std::string_view receiver,
           std::optional<incidents::Kind> failure, Instant at);
  /// Lets the minutes before `now` end, in one table or in all.
  void advance(const std::string& account, Instant now);
  void advance(Instant now);
  /// What waits, by receiver; none where it is not known. Call it once a minute.
  void setWaiting(const std::string& account, std::vector<incidents::WaitingWindow> waiting);
  /// The roots of incidents whose mail must not become usual.
  void setUnusual(const std::string& account, std::vector<incidents::Root> roots);

  /// Null if the account has no event stream. Changes with every call above.
  const incidents::CrossTable* find(std::string_view account) const;

 private:
  struct Table {
    incidents::CrossTable mail;
    std::vector<incidents::Root> unusual;
  };
  std::map<std::string, Table, std::less<>> tables_;  // by account
};

/// What of an account waits for its outcome, by receiver group. `counts` are the stream's.
std::vector<incidents::WaitingWindow> waitingOf(const std::string& account,
                                                const stream::Aggregator& aggregator,
                                                const stream::DomainGroups& groups,
                                                const delivery::Windows& counts, Instant now);

}  // namespace arrivald::watch
