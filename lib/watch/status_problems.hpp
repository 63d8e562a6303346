// status_problems: what is wrong now, in sentences, for `arrivald status` and monitoring. Owns nothing; loop
// thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "watch/config_notices.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

struct StatusProblem {
  /// What a problem follows from comes before it, where both are as bad.
  enum class Place : std::uint8_t {
    host,
    configuration,
    source,
    stream,
    channel,
    watching,
    mail,
    muted,
    note
  };
  rules::Severity severity = rules::Severity::warning;  ///< info: worth knowing, nothing to do about it yet
  std::string text;  ///< in the configuration's language; contains no address and no secret
  Place place = Place::note;
  std::int64_t incident = 0;  ///< of whose alerts it is one; 0: none
};

/// Worst first, and of those that are as bad, causes before what follows from them; one line a cause.
std::vector<StatusProblem> problemsOf(const Owners& owners, const config::Config& config,
                                      const ConfigNotices& notices = {});

/// Whether the daemon has not yet been able to know: for a while after its start, as long as the statistics
/// of an account have not been read or do not cover what the rules judge.
bool isStarting(const Owners& owners, const config::Config& config);

/// On the first day: some mail of the account failed, and there was too little to say whether that is usual.
std::optional<rules::BadMail> tooLittleYet(const Owners& owners, const config::Config& config,
                                           const std::string& account);

/// On the first day: none of the account's mail failed, of which there is too little to say how it does.
std::optional<rules::BadMail> learningYet(const Owners& owners, const config::Config& config,
                                          const std::string& account);
/// Of any account: what looks well says little yet.
bool isLearning(const Owners& owners, const config::Config& config);

/// By the present wall clock.
Instant refusedAt(const Owners& owners, const ConfigNotices::Refused& refused);
/// When a reload was refused, why, and that the former configuration still holds.
std::string refusedReloadText(const Owners& owners, const config::Config& config,
                              const ConfigNotices::Refused& refused);

/// "critical" and "warning" by the worst problem; "unknown" while it is not known of each account
/// how its mail does;
/// else "ok".
std::string_view stateOf(const std::vector<StatusProblem>& problems, const Owners& owners,
                         const config::Config& config);

}  // namespace arrivald::watch
