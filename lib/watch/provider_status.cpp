#include "watch/provider_status.hpp"

namespace arrivald::watch {

void ProviderStatus::read(statuspage::StatusSummary summary, Instant at) {
  if (summary.indicator == statuspage::Indicator::unknown)
    registry_.statusPageUnreadable();
  else
    registry_.statusPage(static_cast<int>(summary.indicator),
                         static_cast<std::int64_t>(summary.incidents.size()));
  latest_ = Latest{std::move(summary), at};
}

}  // namespace arrivald::watch
