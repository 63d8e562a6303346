#include "runtime/wakeup.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <vector>

namespace arrivald::runtime {

namespace asio = boost::asio;

struct Wakeup::State {
  std::uint64_t wakes = 0;
  std::vector<asio::steady_timer*> waiting;
};

namespace {

// Clock::realTime() may return the maximum duration, which would overflow the timer.
constexpr std::chrono::nanoseconds kLongestTimer = std::chrono::hours(1);

// Keeps a timer in the list during its lifetime, also if its task is destroyed while it waits.
class Listed {
 public:
  Listed(std::vector<asio::steady_timer*>& list, asio::steady_timer& timer) : list_(list), timer_(timer) {
    list_.push_back(&timer_);
  }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  ~Listed() { std::erase(list_, &timer_); }

 private:
  std::vector<asio::steady_timer*>& list_;
  asio::steady_timer& timer_;
};

}  // namespace

Wakeup::Wakeup() : state_(std::make_shared<State>()) {}

void Wakeup::wake() {
  ++state_->wakes;
  for (auto* timer : state_->waiting) timer->cancel();
}

Task<> Wakeup::wait(Clock& clock, Duration max) {
  const auto state = state_;
  const auto executor = co_await asio::this_coro::executor;
  const auto before = state->wakes;
  const auto due = clock.sinceBoot() + max;
  while (state->wakes == before && clock.sinceBoot() < due) {
    asio::steady_timer timer(executor);
    timer.expires_after(
        std::min<std::chrono::nanoseconds>(clock.realTime(due - clock.sinceBoot()), kLongestTimer));
    const auto subscription = clock.onChange([&timer] { timer.cancel(); });
    const Listed listed(state->waiting, timer);
    auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace arrivald::runtime
