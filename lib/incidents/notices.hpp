// notices: what of an incident's life is notified, where a message cannot be edited afterwards.
#pragma once

#include <span>
#include <vector>

#include "incidents/follow.hpp"

namespace arrivald::incidents {

struct NoticePolicy {
  Duration hold = std::chrono::minutes(5);  ///< an opened warning waits this long, and may be over by then
  Duration rootLasts = std::chrono::minutes(3);   ///< another name has to last, …
  Duration rootAfter = std::chrono::minutes(10);  ///< … not to follow another notice too soon, …
  Duration rootEvery = std::chrono::minutes(15);  ///< … and not to be one of many
  double worse = 2;                               ///< times the share that was notified
  double worseBound = 1.25;                       ///< likewise, of its lower confidence bound
  Duration worseEvery = std::chrono::minutes(30);
  std::vector<Duration> reminders{std::chrono::hours(4), std::chrono::hours(12), std::chrono::hours(24)};
  Duration remindWithin = std::chrono::minutes(30);  ///< of the last bad mail
};

/// Notified once.
struct Notice {
  enum class Kind : std::uint8_t {
    opened,
    critical,  ///< it was a warning
    spread,
    renamed,
    worse,
    reminder,
    resolved,
    ended,  ///< nobody can tell whether it is over
    reopened,
    merged,
    unstable,
  };
  Kind kind = Kind::opened;
  Instant at{};
  Incident incident;
  Notified before;  ///< what had been notified of it; of the first notice, nothing
};
std::string_view name(Notice::Kind kind);

/// The notices of one look, in the order of the incidents, but for those that are notified by their alerts;
/// marks them as notified in `state`. `changes` are those of the same look.
std::vector<Notice> notices(Followed& state, std::span<const Change> changes, Instant now,
                            const NoticePolicy& policy = {});

}  // namespace arrivald::incidents
