// OwnTrouble: notifies people of one kind of trouble of arrivald's own, which needs no rule: when it begins,
// while it lasts, and when it is over.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "notify/notification.hpp"
#include "store/alarm_file.hpp"
#include "watch/incidents.hpp"
#include "watch/outbox.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Notifies every channel: once for each kind of error, every four hours while it
/// lasts, and when it has been over for a minute, also after a restart: what was notified is noted beside the
/// store. Each trouble has a number as incidents have, under which told() knows it; once it is over, until a
/// restart, and the last kEnded of them.
class OwnTrouble {
 public:
  static constexpr std::size_t kEnded = 20;

  struct Told {
    std::int64_t number = 0;
    Error error{Error::Kind::storage, ""};  ///< after a restart its kind only
    Instant since{};
    std::optional<Instant> until;  ///< it is over since then
    bool beforeRestart = false;    ///< it was notified by a process before this one
  };
  /// The notification of what is told, with this id.
  using Compose = std::function<notify::Notification(const Told&, const std::string& id, Instant now,
                                                     const config::Config&, Language)>;

  /// `name`: of the ids, "store".
  OwnTrouble(const Clock& clock, Outbox& outbox, Incidents& incidents, store::AlarmFile::Of of,
             std::string name, Compose compose);
  OwnTrouble(const OwnTrouble&) = delete;
  OwnTrouble& operator=(const OwnTrouble&) = delete;

  /// The wall clock was set by `step`.
  void shift(Duration step);
  // One of these, every few seconds.
  /// It has lasted for long enough to be notified.
  void lasts(const config::Config& config, const Error& error, Instant since);
  /// It lasts, but not for long enough, or nobody knows yet whether it is over.
  void waits(const config::Config& config);
  /// There is none, since then at the earliest.
  void works(const config::Config& config, Instant since);

  /// What people were notified of and that goes on.
  const std::optional<Told>& lasting() const { return told_; }
  /// The last that are over, the latest last.
  const std::deque<Told>& ended() const { return ended_; }
  /// The notification of the trouble with this number, as of now; nothing: there is none.
  std::optional<notify::Notification> told(std::int64_t number, const config::Config& config,
                                           Language language) const;

 private:
  void takeUp(const std::string& storePath);
  void notify(const config::Config& config);
  store::AlarmFile fileOf(const config::Config& config) const {
    return store::AlarmFile(config.storePath, of_);
  }
  std::string idOf(Instant at) const;

  const Clock& clock_;
  Outbox& outbox_;
  Incidents& incidents_;
  store::AlarmFile::Of of_;
  std::string name_;
  Compose compose_;
  std::optional<Told> told_;  // while it lasts
  Instant toldAt_{};
  std::optional<Instant> worksSince_;
  std::deque<Told> ended_;
  bool isTakenUp_ = false;  // what a process before this one has notified
};

}  // namespace arrivald::watch
