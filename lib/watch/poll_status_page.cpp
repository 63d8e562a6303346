#include "watch/poll_status_page.hpp"

namespace arrivald::watch {

runtime::Task<JobOutcome> pollStatusPage(State& state, statuspage::Client& client) {
  auto summary = co_await client.read();
  if (!summary) {
    state.registry().statusPageUnreadable();
    co_return JobOutcome(std::move(summary).error());
  }
  if (summary->indicator == statuspage::Indicator::unknown) {
    state.registry().statusPageUnreadable();
  } else {
    state.registry().statusPage(static_cast<int>(summary->indicator),
                                static_cast<std::int64_t>(summary->incidents.size()));
  }
  state.statusSummary = std::move(*summary);
  state.statusRead = state.clock().now();
  co_return JobOutcome();
}

}  // namespace arrivald::watch
