// enforcement: may a domain go from p=none to quarantine, or to reject? Pure: sums in, conditions out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/sources.hpp"

namespace arrivald::dmarc {

enum class Step : std::uint8_t { quarantine, reject };
std::string_view name(Step step);

enum class ConditionId : std::uint8_t {
  days,
  reporters,
  ownMessages,
  coverage,
  ownFailing,       ///< upper bound of the share over 28 days
  ownFailingWeek1,  ///< of the last week
  ownFailingWeek2,  ///< of the week before
  eachSource,       ///< the share that passes of the worst own source
  spfOnly,          ///< share of own mail
  unknownShare,     ///< of all mail
  unknownWeek,      ///< the most of one service in a week
  lostUnderway,     ///< forwarded mail that fails, a share of all mail
  newSource,        ///< days since an own source was new
  policyAge,        ///< days since the policy changed
  authBounces,      ///< not measured yet: to be looked at
  dns,              ///< what the domain name system says; to be looked at where it is not asked
};
/// "days", "own_failing", "policy_age": the spelling of metrics and JSON.
std::string_view name(ConditionId id);

enum class State : std::uint8_t {
  met,
  unmet,
  unknown,  ///< there is nothing to judge it by
  byHand,   ///< arrivald does not measure it
};
std::string_view name(State state);

enum class Limit : std::uint8_t { atLeast, atMost };

struct Condition {
  ConditionId id;
  State state = State::unknown;
  Limit limit = Limit::atLeast;
  double bound = 0;
  std::optional<double> value;  ///< in the same unit: a count, or a share from 0 to 1
  std::uint64_t atStake = 0;    ///< messages
  std::string subject = {};     ///< the source it is about
};

struct Policy {
  std::string p;              ///< "none", "quarantine", "reject"; empty: unknown
  std::optional<Date> since;  ///< the first day on which reporters saw it
  std::string before = {};    ///< what they saw until then; empty: nothing else
};

/// About 28 closed days, of which `lastDay` is the last.
struct EnforcementFacts {
  Date firstDay, lastDay;
  std::uint64_t reporters = 0;
  Policy policy;
  /// Messages delivered of those who send for us, by day; the days that are known.
  std::map<Date, std::uint64_t> delivered;
  Sources sources;  ///< of these days
  State dns = State::byHand;
};

enum class Outlook : std::uint8_t {
  notEnoughData,
  notReady,
  readyForQuarantine,
  readyForReject,
  enforced,         ///< and nothing is wrong
  losesOwnMail,     ///< enforced: go back
  enforcedUnknown,  ///< enforced, and too little is known to tell whether own mail is lost
};
std::string_view name(Outlook outlook);

/// Failing messages of the 28 days: what a policy would have treated otherwise.
struct AtStake {
  std::uint64_t own = 0, forwarded = 0, unknownServices = 0, spoofed = 0, unknown = 0;
  friend bool operator==(const AtStake&, const AtStake&) = default;
};

struct Enforcement {
  Outlook outlook = Outlook::notEnoughData;
  Step next = Step::quarantine;  ///< what `outlook` is about
  std::vector<Condition> quarantine, reject;
  std::vector<ConditionId> first;  ///< what of `next` is not met, the most messages first
  AtStake atStake;
  std::uint64_t reporters = 0, messages = 0, ownMessages = 0, ownPassed = 0;
  /// Of the mail that SendGrid delivered on these days, how much is in reports: 0 to 1.
  std::optional<double> coverage;

  const std::vector<Condition>& conditions(Step step) const {
    return step == Step::quarantine ? quarantine : reject;
  }
};
inline constexpr int kEnforcementDays = 28;
Enforcement judgeEnforcement(const EnforcementFacts& facts);

/// Of how much mail and how many reports too little is known; empty: of none.
std::vector<Condition> missingData(const Enforcement& judged);

/// The upper end of Wilson's interval of a share, one-sided at 95 %.
double wilsonUpper(std::uint64_t hits, std::uint64_t of);
double wilsonLower(std::uint64_t hits, std::uint64_t of);

/// A day is closed once most reports about it have come: 60 hours after its end.
Date lastClosedDay(Instant now, const TimeZone& zone);

}  // namespace arrivald::dmarc
