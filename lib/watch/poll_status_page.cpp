#include "watch/poll_status_page.hpp"

namespace arrivald::watch {

runtime::Task<JobOutcome> pollStatusPage(Owners& owners, statuspage::Client& client) {
  auto summary = co_await client.read();
  if (!summary) {
    owners.provider().unreadable();
    co_return JobOutcome(std::move(summary).error());
  }
  owners.provider().read(std::move(*summary), owners.clock().now());
  co_return JobOutcome();
}

}  // namespace arrivald::watch
