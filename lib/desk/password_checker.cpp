#include "desk/password_checker.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "runtime/wakeup.hpp"

namespace arrivald::desk {

using runtime::Task;

struct PasswordChecker::State {
  State(boost::asio::any_io_executor on, Clock& time, Check with)
      : executor(std::move(on)), clock(time), check(std::move(with)) {}
  boost::asio::any_io_executor executor;
  Clock& clock;
  Check check;
  std::size_t running = 0;
  std::unique_ptr<boost::asio::thread_pool> pool = std::make_unique<boost::asio::thread_pool>(kAtOnce);
};

namespace {

constexpr Duration kPatience = std::chrono::minutes(1);

// Of one check; shared with the thread that works on it. `answer` is written on the loop only.
struct Work {
  Secret password;
  std::string hash;
  runtime::Wakeup ended;
  std::optional<bool> answer;
};

}  // namespace

PasswordChecker::PasswordChecker(boost::asio::any_io_executor executor, Clock& clock, Check check)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(check))) {}

PasswordChecker::~PasswordChecker() { state_->pool->join(); }

Task<Result<bool>> PasswordChecker::matches(Secret password, std::string hash) {
  const auto state = state_;
  if (state->running >= kAtOnce + kWaiting)
    co_return Error{Error::Kind::throttled, "many passwords are being checked at the moment"};
  const auto work = std::make_shared<Work>();
  work->password = std::move(password);
  work->hash = std::move(hash);
  ++state->running;
  const std::weak_ptr<State> weak = state;
  // The other thread gives its share of the work back, so that only the loop ever ends it.
  boost::asio::post(*state->pool, [weak, work, check = state->check, executor = state->executor]() mutable {
    const bool answer = check(work->password, work->hash);
    boost::asio::post(executor, [weak, work = std::move(work), answer] {
      if (const auto still = weak.lock()) --still->running;
      work->answer = answer;
      work->ended.wake();
    });
  });
  while (!work->answer) co_await work->ended.wait(state->clock, kPatience);
  co_return *work->answer;
}

}  // namespace arrivald::desk
