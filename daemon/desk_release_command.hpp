// desk_release_command: `arrivald desk release --dry-run`, `followup`, `audit` and `unlock`, up to what they
// print.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/language.hpp"
#include "daemon/ask.hpp"

namespace arrivald {

struct DeskReleaseOptions {
  std::string config;
  std::string address;
  std::string account;  ///< empty: all
  std::string list;     ///< empty: all
  bool dryRun = false;
  bool json = false;                                ///< print the daemon's answer unchanged
  std::optional<Language> language = std::nullopt;  ///< nothing: that of the configuration
  Duration within = std::chrono::seconds(60);       ///< how long the outcome is waited for
};
struct DeskFollowupOptions {
  std::string config;
  std::string address;  ///< empty: all
  std::string outcome;  ///< empty: all
  std::size_t max = 50;
  bool json = false;
  std::optional<Language> language = std::nullopt;
};
struct DeskAuditOptions {
  std::string config;
  std::string user, address, action;  ///< empty: all
  std::size_t max = 50;
  bool json = false;
  std::optional<Language> language = std::nullopt;
};

struct DeskUnlockOptions {
  std::string config;
  std::string user;
  std::optional<Language> language = std::nullopt;
};

/// Reads every entry of an address again and says what a release would do.
Output deskReleaseOutput(const DeskReleaseOptions& options, const config::Environment& environment);
Output deskFollowupOutput(const DeskFollowupOptions& options, const config::Environment& environment);
/// kExitFailed if the record is not as it was written.
Output deskAuditOutput(const DeskAuditOptions& options, const config::Environment& environment);

/// Lets a user log in again who had to wait after failures.
Output deskUnlockOutput(const DeskUnlockOptions& options, const config::Environment& environment);

}  // namespace arrivald
