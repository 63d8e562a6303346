#include "runtime/deadline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace arrivald::runtime {

namespace asio = boost::asio;

struct Deadline::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, Clock& by, std::function<void()> expiry)
      : clock(by), onExpiry(std::move(expiry)), timer(executor) {}

  Clock& clock;
  std::function<void()> onExpiry;
  asio::steady_timer timer;
  Clock::Subscription subscription;
  std::optional<Duration> due;      // set by within(), in clock.sinceBoot()
  std::optional<Duration> latest;   // set by total(), in clock.sinceBoot()
  std::optional<Duration> looksAt;  // when the timer expires, if it is set
  bool expired = false;

  std::optional<Duration> end() const {
    if (due && latest) return std::min(*due, *latest);
    return due ? due : latest;
  }

  void context() {
    looksAt.reset();
    const auto at = end();
    if (!at || expired) return;
    const auto left = *at - clock.sinceBoot();
    if (left <= Duration::zero()) {
      expired = true;
      // The callback may destroy the Deadline and with it this state.
      const auto self = shared_from_this();
      onExpiry();
      return;
    }
    arm(left);
  }

  void arm(Duration left) {
    const auto real = clock.realTime(left);
    looksAt = clock.sinceBoot() + left;
    timer.expires_after(std::min<std::chrono::nanoseconds>(real, std::chrono::hours(1)));
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (self && !error) self->context();
    });
  }

  // A timer that expires early is set again for the rest, so a later time needs no new timer.
  void update() {
    if (!looksAt || *end() < *looksAt) context();
  }
};

Deadline::Deadline(asio::any_io_executor executor, Clock& clock, std::function<void()> onExpiry)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(onExpiry))) {
  state_->subscription = clock.onChange([weak = std::weak_ptr(state_)] {
    const auto state = weak.lock();
    if (state && state->end()) state->context();
  });
}

// The timer and the hook are destroyed with the state, which is otherwise held only by look() during the
// callback.
Deadline::~Deadline() = default;

void Deadline::within(Duration span) {
  state_->due = state_->clock.sinceBoot() + span;
  state_->update();
}

void Deadline::total(Duration span) {
  state_->latest = state_->clock.sinceBoot() + span;
  state_->update();
}

void Deadline::off() {
  state_->due.reset();
  state_->latest.reset();
}

bool Deadline::expired() const { return state_->expired; }

}  // namespace arrivald::runtime
