#include "runtime/turns.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

namespace arrivald::runtime {

namespace asio = boost::asio;

struct Turns::State : std::enable_shared_from_this<State> {
  std::size_t max = 0;
  std::list<asio::steady_timer*> waiting;
  bool isNextSure = false;  // next() is to be called, or somebody whose turn it is has not begun

  void later(const asio::any_io_executor& executor) {
    isNextSure = true;
    asio::post(executor, [state = shared_from_this()] { state->next(); });
  }
  void next() {
    isNextSure = !waiting.empty();
    if (waiting.empty()) return;
    waiting.front()->cancel();
    waiting.pop_front();
  }
};

// One task's place among those that wait; also if it is destroyed there.
class Turns::Place {
 public:
  Place(State& state, asio::steady_timer& timer) : state_(state), timer_(timer) {
    state_.waiting.push_back(&timer_);
    if (!state_.isNextSure) state_.later(timer_.get_executor());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    // Who is not among those that wait any more has had its turn.
    if (state_.waiting.remove(&timer_) == 0) state_.later(timer_.get_executor());
  }

 private:
  State& state_;
  asio::steady_timer& timer_;
};

Turns::Turns(std::size_t max) : state_(std::make_shared<State>()) { state_->max = max; }

Task<bool> Turns::mine() {
  const auto state = state_;
  if (state->waiting.size() >= state->max) co_return false;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  timer.expires_at(asio::steady_timer::time_point::max());
  const Place place(*state, timer);
  auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  static_cast<void>(error);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
  co_return true;
}

}  // namespace arrivald::runtime
