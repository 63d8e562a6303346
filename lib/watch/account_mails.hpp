// AccountMails: each account's mail as incidents are found in it: by the event stream, else by the
// statistics.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "incidents/incident.hpp"
#include "incidents/margins.hpp"
#include "watch/event_stream_facts.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// The sums that the statistics have of the account, with what was usual before `until`; nothing where its
/// mail is not read, or has not been for long enough.
std::optional<incidents::Margins> marginsOf(const Owners& owners, const std::string& account, Instant until,
                                            Instant now);

/// Value of one look: refers to its inputs, which may not change while it lives. Loop thread only.
class AccountMails {
 public:
  AccountMails(const Owners& owners, const config::Config& config, const EventStreamFacts& stream,
               Instant now)
      : owners_(owners), config_(config), stream_(stream), now_(now) {}
  AccountMails(const AccountMails&) = delete;
  AccountMails& operator=(const AccountMails&) = delete;

  /// The table of the account's event stream while that tells all that happens; else sums of the statistics,
  /// made when they are first asked for; null where nothing is known.
  const incidents::Mail* find(const std::string& account) const;
  /// Whether that is the event stream's.
  bool isStreamed(const std::string& account) const;

 private:
  const Owners& owners_;
  const config::Config& config_;
  const EventStreamFacts& stream_;
  Instant now_;
  mutable std::map<std::string, std::optional<incidents::Margins>> margins_;  // by account
};

}  // namespace arrivald::watch
