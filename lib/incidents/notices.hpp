// notices: what of an incident's life is notified, where a message cannot be edited afterwards.
#pragma once

#include <map>
#include <span>
#include <string>
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
  Duration adviceLasts = std::chrono::minutes(5);   ///< another side or next step has to last, …
  Duration adviceAfter = std::chrono::minutes(10);  ///< … not to follow another notice too soon, …
  Duration adviceEvery = std::chrono::minutes(60);  ///< … and not to come and go
  double adviceFewest = 5;                          ///< bad mails that it is told of, where they are counted
  std::vector<Duration> reminders{std::chrono::hours(4), std::chrono::hours(12), std::chrono::hours(24)};
  Duration remindWithin = std::chrono::minutes(30);  ///< of the last bad mail
  /// Of maintenance windows, besides those in the state.
  std::vector<Silence> maintenance = {};
  Duration announce = std::chrono::minutes(15);  ///< so long before a silence ends on something still bad
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
    silenceEnds,  ///< a silence will end, and it is still bad
    unsilenced,   ///< a silence has ended, and it is still bad
    corrected,    ///< it is on another side, or calls for another step, than was notified
  };
  Kind kind = Kind::opened;
  Instant at{};
  Incident incident;
  Notified before;  ///< what had been notified of it; of the first notice, nothing
};
std::string_view name(Notice::Kind kind);

/// The notices of one look, in the order of the incidents, but for those that are notified by their alerts,
/// of which only the end of a silence is announced; marks them as notified in `state`, and as silenced. Of
/// what is silenced only the end is notified, if it had been notified before; a silence until an incident is
/// over ends with it. `changes` are those of the same look.
std::vector<Notice> notices(Followed& state, std::span<const Change> changes, Instant now,
                            const NoticePolicy& policy = {});

/// What would be said at present of whose side an incident is on and what is to be done.
struct Advice {
  std::string key;
  bool isFounded = true;  ///< on replies or the like; otherwise it contradicts nothing that was said
};
/// To be called after notices(): the incidents that go on and whose side or next step is another one than was
/// notified. `advice` is that of now by number; those in `notified` were notified in this look, by notices()
/// or by their alerts, and with it. Marks them as notified in `state`.
std::vector<Notice> corrections(Followed& state, const std::map<std::int64_t, Advice>& advice,
                                std::span<const std::int64_t> notified, Instant now,
                                const NoticePolicy& policy = {});

/// The silences of the state and of maintenance.
std::vector<Silence> allSilences(const Followed& state, const std::vector<Silence>& maintenance);
/// Marks what a silence that was just added silences, before the next notices().
void markSilenced(Followed& state, const std::vector<Silence>& maintenance, Instant now);

}  // namespace arrivald::incidents
