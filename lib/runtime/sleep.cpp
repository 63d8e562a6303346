#include "runtime/sleep.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace arrivald::runtime {

namespace asio = boost::asio;

namespace {

// Bounds the wait, since adding a very long duration to the timer's time point would overflow.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::hours(1);

Task<> throwIfCancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace

Task<> waitAtMost(Clock& clock, Duration span) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  const auto real = clock.realTime(span);
  const bool onlyHook = real == std::chrono::nanoseconds::max();
  timer.expires_after(onlyHook ? std::chrono::nanoseconds(std::chrono::hours(24 * 365))
                               : std::min(real, kLongestWait));
  const auto subscription = clock.onChange([&timer] { timer.cancel(); });
  auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  static_cast<void>(error);
  co_await throwIfCancelled();
}

Task<> yieldLoop() {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
  co_await throwIfCancelled();
}

Task<> sleepFor(Clock& clock, Duration span) {
  const auto due = clock.sinceBoot() + span;
  for (auto now = clock.sinceBoot(); now < due; now = clock.sinceBoot())
    co_await waitAtMost(clock, due - now);
}

}  // namespace arrivald::runtime
