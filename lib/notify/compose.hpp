// compose: a change and what is known around it → a message. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time_zone.hpp"
#include "causes/cause.hpp"
#include "delivery/subject.hpp"
#include "notify/catalogue.hpp"
#include "notify/notification.hpp"
#include "rules/evaluate.hpp"

namespace arrivald::notify {

/// What one part of the account did in the window that decided.
struct BreakdownRow {
  delivery::Dimension dimension = delivery::Dimension::mailboxProvider;
  std::string name;
  std::int64_t failed = 0;
  std::int64_t outcomes = 0;
};

/// Why mail did not arrive, from the replies of receivers.
struct Causes {
  struct Count {
    causes::Class causeClass = causes::Class::unspecified;
    std::size_t replies = 0;
  };
  Duration window{};
  std::size_t replies = 0;           ///< all of them
  std::vector<Count> counts;         ///< most first
  std::vector<std::string> samples;  ///< one line each, addresses masked
};

/// What most failures of an account have in common, from the event stream.
struct Loss {
  double share = 0;
  std::string code;   ///< "550 5.7.26", or empty
  std::string group;  ///< of receivers
  Instant since{};
  bool othersNormal = false;  ///< other groups of receivers do as usual
};

/// What the provider's status page says.
struct StatusSaid {
  std::string description;
  std::string incident;  ///< the first that concerns mail; empty if none
  bool troubled = false;
  Duration age{};
};

/// What is known around a change.
struct Context {
  TimeZone zone;
  Instant now{};
  std::vector<BreakdownRow> breakdown;          ///< of the account, in the window that decided
  std::vector<std::optional<double>> delivery;  ///< delivery rate by bucket, oldest first
  std::vector<std::optional<double>> requests;  ///< requests by bucket
  Duration bucket = std::chrono::hours(1);      ///< of the two above
  Causes causes;                                ///< of the subject, in the window that decided
  std::optional<Loss> loss = {};
  /// Of mail that is late: most of it has had no answer from a receiver yet.
  bool heldByProvider = false;
  std::optional<StatusSaid> statusPage;
  std::string dashboard;
  std::string page;
  std::string statusPageUrl;
  std::string runbook;
};

/// At most this many characters stand in a fallback.
inline constexpr std::size_t kFallbackCharacters = 100;

Notification compose(const rules::Change& change, const Context& context, Language language);

/// More changes at once than this, for one channel, become one message.
inline constexpr std::size_t kMaxSingleMessages = 3;

/// Several messages as one: the worst in full, all of them in a line each, worst first. At least one message.
Notification composeGroup(std::vector<Notification> messages, Language language);

/// A marked test through one channel.
Notification composeTest(const std::string& channel, const std::string& id, Instant now, const TimeZone& zone,
                         Language language);

/// Told to the other channels when one does not take its messages.
Notification composeUndeliverable(const std::string& channel, const std::string& reason,
                                  const std::string& id, Instant now, const TimeZone& zone,
                                  Language language);

/// Stands in for a stored notification that cannot be read, so that none is dropped silently. `id` is the
/// lost one's.
Notification composeUnreadable(const std::string& reason, const std::string& id, Instant now,
                               const TimeZone& zone, Language language);

}  // namespace arrivald::notify
