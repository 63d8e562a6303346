#include "daemon/desk_state.hpp"

#include <filesystem>

#include "daemon/desk_gate.hpp"
#include "desk/password.hpp"
#include "watch/log.hpp"

namespace arrivald {

DeskState::DeskState(watch::Owners& owners, Clock& clock, desk::RandomBytes random)
    : record(owners.database(), owners.clock()),
      history(owners.database()),
      entries(owners, &history),
      selections(owners.database(), owners.clock()),
      releases(owners.database(), owners.clock(), record, entries, owners.registry()),
      sessions(owners.database(), owners.clock(), random),
      throttle(owners.database(), owners.clock()),
      passwords(
          owners.executor(), clock,
          [](const Secret& password, const std::string& hash) { return desk::matchesHash(password, hash); }),
      forms(owners.clock(), random),
      lookUps(owners.database(), owners.clock(), random),
      files(owners.executor(), clock, std::filesystem::temp_directory_path().string()),
      memory(*this, owners) {}

void DeskState::retain(const config::Desk& configuration) {
  std::vector<desk::Account> accounts;
  for (const auto& user : configuration.users) accounts.push_back({user.name, roleOf(user.role)});
  if (const auto kept = sessions.retain(accounts, {configuration.idle, configuration.maxSession}); !kept)
    watch::log::error("ended sessions of the desk stay in the store until they are too old: " +
                      kept.error().text);
  desk::ReleaseSettings settings;
  settings.limits.perRequest = configuration.perRequest;
  settings.limits.perDay = configuration.perDay;
  settings.limits.wishes =
      configuration.releaseUnsubscribes ? suppression::Wishes::releasedByAdmins : suppression::Wishes::kept;
  settings.zone = configuration.zone;
  for (const auto& [account, key] : configuration.deleteKeys) settings.accounts.insert(account);
  settings.mode = configuration.dryRun ? suppression::Mode::rehearsal : suppression::Mode::real;
  releases.use(std::move(settings));
}

}  // namespace arrivald
