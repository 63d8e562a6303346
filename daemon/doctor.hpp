// doctor: what `arrivald doctor` looks at, on a machine where arrivald runs or is to run. It changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/check.hpp"
#include "dns/resolver.hpp"

namespace arrivald {

struct DoctorOptions {
  std::string config;
  std::optional<Language> language;
  bool json = false;
  bool offline = false;  ///< asks nobody outside this machine
};

/// What one look found.
struct Finding {
  /// advice: nothing is wrong, but more could be done.
  enum class Result { ok, advice, warning, failed, skipped };
  std::string group;  ///< "configuration", "secrets", "provider", "channels", "machine", "service", "domains"
  std::string check;  ///< within the group, for programs
  Result result = Result::ok;
  std::string text;
  std::string todo = {};  ///< the remedy; empty: nothing is to be done, or `text` says it
  bool isBlind = false;   ///< skipped although it matters: it could not be looked at
};
std::string_view name(Finding::Result result);

/// What is left on a file system, as shares of the whole.
struct Room {
  std::uint64_t bytes = 0;
  double share = 1;
  double files = 1;  ///< inodes
};

/// What systemd says of the unit.
struct UnitState {
  std::string active;   ///< "active", "failed", "inactive", …
  std::string enabled;  ///< "enabled", "disabled", …; empty: not installed
};

/// What surrounds the doctor; injected for tests.
struct DoctorEnvironment {
  CheckEnvironment check;
  Clock* clock = nullptr;
  std::function<DaemonAnswer(const std::string& target)> ask;
  std::function<std::optional<Room>(const std::string& path)> roomAt;
  /// Nothing without systemd.
  std::function<std::optional<UnitState>()> unitState;
  /// For the records of domains.
  std::function<std::unique_ptr<dns::Resolver>(boost::asio::io_context& io, Clock& clock)> makeResolver;
};

/// 0: sound; 1: something is to be done; 2: nothing is, as far as could be looked.
inline constexpr int kDoctorSound = 0, kDoctorFinding = 1, kDoctorBlind = 2;

Output doctorOutput(const DoctorOptions& options, const DoctorEnvironment& environment);
/// That of this process.
DoctorEnvironment doctorEnvironment(const DoctorOptions& options);

/// How far a clock is ahead of others.
struct ClockReading {
  std::string host;
  Duration ahead{0};
};

/// The part that asks others: keys, webhooks, the event webhook's settings. Appends to `findings`; returns
/// what their answers tell of this machine's clock.
std::vector<ClockReading> lookOnline(const config::Config& config, const DoctorEnvironment& environment,
                                     std::vector<Finding>& findings);

/// The part about the domains that mail is sent as: SPF, DKIM, DMARC.
void lookAtDomains(const config::Config& config, const DoctorEnvironment& environment,
                   std::vector<Finding>& findings);

}  // namespace arrivald
