// Incident: one cause, from its beginning to its end: what on-call is notified of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "incidents/mail.hpp"
#include "incidents/root.hpp"
#include "incidents/silence.hpp"
#include "rules/alert.hpp"

namespace arrivald::incidents {

/// open ⇄ quiet → resolved, or ended, or merged; resolved and ended → open within an hour.
enum class State : std::uint8_t {
  open,
  quiet,     ///< looks over, not yet for long enough
  resolved,  ///< over
  ended,     ///< nobody can tell whether it is over: too little mail for hours
  merged,    ///< turned out to be an older incident's cause
};
std::string_view name(State state);
std::optional<State> stateNamed(std::string_view name);
constexpr bool isLive(State state) { return state == State::open || state == State::quiet; }

/// On whose side an incident was said to be, and with which next step: keys, whose words notify has.
struct Advised {
  std::string told;   ///< what was notified last; empty: not known
  std::string other;  ///< what would be said at present, where that is something else
  std::optional<Instant> otherSince, correctedAt;
  friend bool operator==(const Advised&, const Advised&) = default;
};

/// What has been notified of an incident.
struct Notified {
  Instant openedAt{};  ///< when it was notified first
  rules::Severity severity = rules::Severity::warning;
  Root root;
  double share = 0;               ///< the worst that was notified
  Instant last{};                 ///< of the last notice
  std::optional<Instant> rootAt;  ///< of the last notice about a root named otherwise
  std::optional<Instant> worseAt;
  int reminders = 0;
  bool closed = false;  ///< its end was notified, and it has not been reopened since
  Advised advised = {};
  friend bool operator==(const Notified&, const Notified&) = default;
};

/// An hour of an incident.
struct Hour {
  Instant begin;
  Numbers numbers;
  friend bool operator==(const Hour&, const Hour&) = default;
};

/// Somebody takes care of it: kept with the incident, also after it has ended.
struct Acknowledged {
  std::string by, why;
  Instant at{};
  Instant until{};
  rules::Severity severity = rules::Severity::warning;  ///< what was acknowledged
  Root root;                                            ///< likewise
  friend bool operator==(const Acknowledged&, const Acknowledged&) = default;
};

/// Nobody is notified of it at present.
struct Silenced {
  Silence by;
  Instant since{};
  bool announced = false;  ///< that it will end was notified
  friend bool operator==(const Silenced&, const Silenced&) = default;
};

struct Incident {
  std::int64_t number = 0;
  std::string account;
  Root root;
  State state = State::open;
  Instant since{};     ///< when the state was entered
  Instant openedAt{};  ///< when it was found
  Instant began{};     ///< when it began, by estimate; at most openedAt
  Instant lastBad{};
  std::optional<Instant> goodSince;  ///< since when its mail looks good; of resolved ones kept
  std::optional<Instant> endedAt;
  bool mailEnded = false;                               ///< it is over since its mail has ended: a mailing
  rules::Severity severity = rules::Severity::warning;  ///< at present
  rules::Severity worstSeverity = rules::Severity::warning;  ///< since it opened or reopened
  bool weak = false;     ///< nothing could be located: the root is the alert's own subject
  bool slow = false;     ///< of a drift
  bool stalled = false;  ///< a stall was among its members
  bool joined = false;   ///< it has had members
  /// It is notified by the changes of its alerts, in their words, and over with them.
  bool byAlerts = false;
  /// Since when its mail is judged by the statistics, while the event stream in which it was found tells
  /// nothing: its alerts, which go on by the statistics, tell whether it is over. And when it last was.
  std::optional<Instant> statisticsSince, statisticsUntil;
  double longShare = 1;  ///< of a drift: its excess share in the long run

  std::vector<rules::AlertKey> members;  ///< active alerts that it explains, sorted
  std::string worstRule;  ///< of the gravest member there was: it decides where the incident is notified
  Numbers numbers;        ///< of the root's mail in `window`
  Duration window{0};
  double score = 0;                  ///< when it was found, or named anew
  Numbers worst;                     ///< of its worst 20 minutes
  Breakdown affected;                ///< since it began
  std::vector<Hour> hours;           ///< likewise, the last 72
  std::optional<Instant> countedTo;  ///< the end of the last minute in `affected`

  std::optional<Root> candidate;  ///< another name, not yet seen often enough
  int candidateSeen = 0;
  Instant rootSince{};              ///< when it got its present name
  std::vector<Instant> reopenings;  ///< of the last two hours
  bool unstable = false;            ///< reopened so often that only graver news counts until it is steady
  std::int64_t mergedInto = 0;
  std::optional<Notified> notified;
  std::optional<Acknowledged> acknowledged;  ///< the last time
  std::optional<Silenced> silenced;          ///< as of the last look
  friend bool operator==(const Incident&, const Incident&) = default;
};

/// A firing alert that no incident explains yet.
struct Unexplained {
  rules::AlertKey key;
  Instant since;
  /// The incident that it is a member of meanwhile; 0: it is not notified.
  std::int64_t number = 0;
  friend bool operator==(const Unexplained&, const Unexplained&) = default;
};

/// An active alert whose changes a silence keeps from being notified in their own words.
struct Untold {
  rules::AlertKey key;
  bool told = false;  ///< it was notified before, so its end will be
  friend bool operator==(const Untold&, const Untold&) = default;
};

/// An alert that was notified as one that comes and goes, under the number of this incident, which may be
/// over before the alert has been steady for long enough to be told as over.
struct Flapping {
  rules::AlertKey key;
  std::int64_t number = 0;
  friend bool operator==(const Flapping&, const Flapping&) = default;
};

/// The last that would have been notified to a channel of one conversation, which waits for office hours.
struct Held {
  std::string channel;
  std::string conversation;  ///< the same of all its notifications
  std::string notification;  ///< as JSON
  Instant since{};           ///< of the first that was held
  friend bool operator==(const Held&, const Held&) = default;
};
inline constexpr std::size_t kMaxHeld = 500;

/// The state between looks, of all accounts.
struct Followed {
  std::vector<Incident> incidents;  ///< by number; those that have ended are kept for three days
  std::vector<Unexplained> unexplained;
  /// Active alerts that are notified by themselves, sorted: they fired while their account's mail was not
  /// known, or before there were incidents.
  std::vector<rules::AlertKey> apart;
  std::int64_t lastNumber = 0;
  std::vector<Silence> silences;  ///< by id; those that have ended are kept for three days
  std::int64_t lastSilence = 0;
  std::vector<Untold> untold;
  std::vector<Flapping> flapping;
  std::vector<Held> held;

  Incident* find(std::int64_t number);
  const Incident* find(std::int64_t number) const;
  friend bool operator==(const Followed&, const Followed&) = default;
};

/// Moves all instants by a step of the wall clock, so that ages do not change.
void shift(Followed& followed, Duration step);

/// Whether somebody takes care of it now: until then, unless it became graver or spread, or ended.
bool isAcknowledged(const Incident& incident, Instant now);

}  // namespace arrivald::incidents
