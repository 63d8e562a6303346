// follow: alerts and counts → incidents. One look at the state of all accounts; pure and deterministic.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "incidents/incident.hpp"

namespace arrivald::incidents {

/// What happened to an incident, with its numbers at that time.
struct Change {
  enum class Kind : std::uint8_t {
    opened,
    spread,    ///< the same cause at more receivers, or of more mail
    refined,   ///< the root is named more exactly, or otherwise
    worsened,  ///< of a higher severity than before
    quieted,   ///< looks over
    relapsed,  ///< bad again before it was resolved
    resolved,
    ended,  ///< nobody can tell
    reopened,
    merged,
    unstable,
    steady,
  };
  Kind kind = Kind::opened;
  Instant at{};
  Incident incident;  ///< after the change
  Root before;        ///< of spread and refined: what it was called
};
std::string_view name(Change::Kind kind);

/// An account's mail; null: there is no table, and alerts are incidents by their subjects.
struct AccountMail {
  std::string account;
  const Mail* mail = nullptr;
  bool byAlerts = false;  ///< what opens is notified by the changes of its alerts, see Incident::byAlerts
};

struct Look {
  Followed state;
  std::vector<Change> changes;  ///< by number, in the order in which they happened
};

/// `alerts` are those of rules::evaluate(). Those of an account that is not in `accounts` are left out, and
/// its incidents stay as they are; so are alerts that are apart.
Look follow(Followed before, std::span<const rules::Alert> alerts, std::span<const AccountMail> accounts,
            Instant now, const Confusion& confusion = {});

}  // namespace arrivald::incidents
