#include "runtime/file_thread.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "runtime/wakeup.hpp"

namespace arrivald::runtime {

namespace {

constexpr Duration kPatience = std::chrono::minutes(1);

// The other thread has `step` until the loop sees that it is over.
struct Turn {
  std::function<void()> step;
  bool isOver = false;
  Wakeup ended;
};

}  // namespace

struct FileThread::State {
  State(boost::asio::any_io_executor on, Clock& time) : executor(std::move(on)), clock(time) {}
  boost::asio::any_io_executor executor;
  Clock& clock;
  std::size_t places = 0;
  boost::asio::thread_pool pool{1};
};

class FileThread::Place {
 public:
  explicit Place(std::shared_ptr<State> state) : state_(std::move(state)) { ++state_->places; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --state_->places; }

 private:
  std::shared_ptr<State> state_;
};

FileThread::FileThread(boost::asio::any_io_executor executor, Clock& clock, std::string folder)
    : state_(std::make_shared<State>(std::move(executor), clock)), folder_(std::move(folder)) {}

FileThread::~FileThread() { state_->pool.join(); }

std::shared_ptr<FileThread::Place> FileThread::takePlace() {
  return state_->places < kAtOnce ? std::make_shared<Place>(state_) : nullptr;
}

Task<> FileThread::run(std::function<void()> step) {
  const auto state = state_;
  const auto turn = std::make_shared<Turn>();
  turn->step = std::move(step);
  // The other thread gives its share of the turn back, so that only the loop ever ends it.
  boost::asio::post(state->pool, [turn, executor = state->executor]() mutable {
    turn->step();
    boost::asio::post(executor, [turn = std::move(turn)] {
      turn->isOver = true;
      turn->ended.wake();
    });
  });
  while (!turn->isOver) co_await turn->ended.wait(state->clock, kPatience);
}

}  // namespace arrivald::runtime
