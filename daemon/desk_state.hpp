// DeskState: the owners of the desk, which outlive reloads.
#pragma once

#include "config/config.hpp"
#include "daemon/desk_memory.hpp"
#include "desk/address_lookup.hpp"
#include "desk/entries.hpp"
#include "desk/kept_forms.hpp"
#include "desk/login_throttle.hpp"
#include "desk/look_ups.hpp"
#include "desk/password_checker.hpp"
#include "desk/record.hpp"
#include "desk/releases.hpp"
#include "desk/retention.hpp"
#include "desk/selections.hpp"
#include "desk/sessions.hpp"
#include "desk/stored_release_history.hpp"
#include "runtime/file_thread.hpp"
#include "watch/owners.hpp"

namespace arrivald {

/// Resource; loop thread only.
struct DeskState {
  /// `clock`: of time-outs. To be made before `owners` are loaded, which load this, too.
  DeskState(watch::Owners& owners, Clock& clock, desk::RandomBytes random);
  DeskState(const DeskState&) = delete;
  DeskState& operator=(const DeskState&) = delete;

  /// Ends the sessions that a configuration ends, and uses its limits.
  void retain(const config::Desk& configuration);
  desk::Retention retention(const config::DeskKeep& keep, watch::Owners& owners) {
    return {keep, owners.database(), owners.lists(), releases, record, lookUps};
  }

  desk::Record record;
  desk::StoredReleaseHistory history;
  desk::Entries entries;
  desk::Selections selections;
  desk::Releases releases;
  desk::Sessions sessions;
  desk::LoginThrottle throttle;
  desk::PasswordChecker passwords;
  desk::KeptForms forms;
  desk::LookUps lookUps;
  runtime::FileThread files;
  DeskMemory memory;
};

}  // namespace arrivald
