#include "runtime/deadline.hpp"

#include <boost/asio/steady_timer.hpp>
#include <optional>

namespace arrivald::runtime {

namespace asio = boost::asio;

struct Deadline::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, Clock& by, std::function<void()> expiry)
      : clock(by), onExpiry(std::move(expiry)), timer(executor) {}

  Clock& clock;
  std::function<void()> onExpiry;
  asio::steady_timer timer;
  Clock::Subscription subscription;
  std::optional<Duration> due;     // by clock.sinceBoot()
  std::optional<Duration> latest;  // the same, for everything together
  bool armed = false;
  bool expired = false;

  std::optional<Duration> end() const {
    if (due && latest) return std::min(*due, *latest);
    return due ? due : latest;
  }

  void look() {
    armed = false;
    const auto at = end();
    if (!at || expired || !onExpiry) return;
    const auto left = *at - clock.sinceBoot();
    if (left <= Duration::zero()) {
      expired = true;
      // The callback may destroy the deadline, and this state with it.
      const auto self = shared_from_this();
      onExpiry();
      return;
    }
    arm(left);
  }

  void arm(Duration left) {
    const auto real = clock.realTime(left);
    armed = true;
    timer.expires_after(std::min<std::chrono::nanoseconds>(real, std::chrono::hours(1)));
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (self && !error) self->look();
    });
  }

  // A timer that fires early looks again and is armed for the rest, so a later end needs no new one.
  void update(bool earlier) {
    if (!armed || earlier) look();
  }
};

Deadline::Deadline(asio::any_io_executor executor, Clock& clock, std::function<void()> onExpiry)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(onExpiry))) {
  state_->subscription = clock.onChange([weak = std::weak_ptr(state_)] {
    const auto state = weak.lock();
    if (state && state->end()) state->look();
  });
}

Deadline::~Deadline() {
  state_->onExpiry = nullptr;
  state_->timer.cancel();
}

void Deadline::within(Duration span) {
  const auto before = state_->end();
  state_->due = state_->clock.sinceBoot() + span;
  state_->update(before && *state_->end() < *before);
}

void Deadline::total(Duration span) {
  const auto before = state_->end();
  state_->latest = state_->clock.sinceBoot() + span;
  state_->update(before && *state_->end() < *before);
}

void Deadline::off() {
  state_->due.reset();
  state_->latest.reset();
}

bool Deadline::expired() const { return state_->expired; }

}  // namespace arrivald::runtime
