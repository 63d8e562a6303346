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
      return Kind::oddShape;
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
  auto word = co_await client.read();
  if (!word) {
    state.registry().statusPageUnreadable();
    sendgrid::Failure failure{kindOf(word.error().kind), word.error().text};
    co_return JobOutcome(std::move(failure));
  }
  if (word->indicator == statuspage::Indicator::unknown) {
    state.registry().statusPageUnreadable();
  } else {
    state.registry().statusPage(static_cast<int>(word->indicator),
                                static_cast<std::int64_t>(word->incidents.size()));
  }
  state.statusWord = std::move(*word);
  state.statusRead = state.clock().now();
  co_return JobOutcome();
}

}  // namespace arrivald::watch
