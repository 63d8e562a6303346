#include "watch/poll_status_page.hpp"

namespace arrivald::watch {
namespace {

sendgrid::Failure::Kind kindOf(Error::Kind kind) {
  using Kind = sendgrid::Failure::Kind;
  switch (kind) {
    case Error::Kind::timedOut:
      return Kind::timedOut;
    case Error::Kind::throttled:
      return Kind::throttled;
    case Error::Kind::invalid:
      return Kind::malformed;
    case Error::Kind::denied:
      return Kind::forbidden;
    case Error::Kind::cancelled:
      return Kind::cancelled;
    default:
      return Kind::unreachable;
  }
}

}  // namespace

runtime::Task<JobOutcome> pollStatusPage(State& state, statuspage::Client& client) {
  auto summary = co_await client.read();
  if (!summary) {
    state.registry().statusPageUnreadable();
    sendgrid::Failure failure{kindOf(summary.error().kind), summary.error().text};
    co_return JobOutcome(std::move(failure));
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
