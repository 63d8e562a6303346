// IncidentContext: what is known around an incident besides itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "incidents/incident.hpp"
#include "notify/context.hpp"

namespace arrivald::notify {

/// Somebody takes care of an incident.
struct Acknowledgement {
  std::string by;
  std::string why;  ///< empty: nothing was said
  Instant at{};
  Instant until{};
  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

struct IncidentContext {
  std::string id;  ///< of the notification
  /// As of an alert about the root's mail: `causes` are the replies to this very mail, `breakdown`, or that
  /// of `whole`, is the account's by receiver, `page` is the incident's own.
  Context around;
  /// All of the account's mail in the incident's window, see incidents::breakdownOf(); empty where it is not
  /// known.
  incidents::Breakdown account = {};
  std::optional<Acknowledgement> acknowledged = {};  ///< as it is now, or was when the incident ended
  bool statisticsOnly = false;                       ///< no event stream stands behind it
  bool severalAccounts = false;                      ///< are configured: the message says which one it is of
  /// Another incident of the account that goes on and has been notified; 0: none.
  std::int64_t besides = 0;
  /// Of mail that waits: for how long the longest has; nothing where it is not known.
  std::optional<Duration> longestWait = {};
  /// Of a drift: its mail of the last 24 hours; nothing where it is not known.
  std::optional<rules::BadMail> lately = {};
  /// Of Family::rule: the change of its alert, with `around` as of that. It has the words.
  std::optional<rules::Change> alert = {};
};

/// The page of an incident; `page` is that of the watch.
std::string incidentPage(std::string_view page, std::int64_t number);

/// What MailView knows around the incident: everything but `id`, `account`, `acknowledged`, `besides` and
/// `alert`. Of Family::rule contextOf() is asked about its alert instead.
IncidentContext incidentContextOf(const incidents::Incident& incident, const Links& links,
                                  const TimeZone& zone, const MailView& mail, Instant now);

}  // namespace arrivald::notify
