#include "watch/traffic_profiles.hpp"

#include <algorithm>

namespace arrivald::watch {
namespace {

constexpr Duration kLearnEvery = std::chrono::hours(1);

}  // namespace

void TrafficProfiles::retain(const config::Config&) { learnedAt_ = {}; }

void TrafficProfiles::shift(Duration) {
  learnedAt_ = {};
  past_ = {};
}

void TrafficProfiles::learn(const Statistics& statistics, const config::Config& configuration, Instant now) {
  if (now - learnedAt_ < kLearnEvery && learnedAt_ <= now) return;
  learnedAt_ = now;
  profiles_.clear();
  for (const auto& [subject, series] : statistics.windows()) {
    if (subject.dimension != delivery::Dimension::account) continue;
    const bool configured =
        std::any_of(configuration.accounts.begin(), configuration.accounts.end(),
                    [&](const config::Account& account) { return account.name == subject.account; });
    if (configured)
      profiles_.emplace(subject,
                        rules::learnProfile(series, configuration.zone, configuration.holidays, now));
  }
}

}  // namespace arrivald::watch
