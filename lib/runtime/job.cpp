#include "runtime/job.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <string>

namespace arrivald::runtime {

namespace asio = boost::asio;

namespace {

// The machine does not tell when its wall clock is set.
constexpr Duration kLookAgain = std::chrono::minutes(1);
// A wall clock that goes back by less is being corrected, and what ran just now is not due again.
constexpr Duration kCorrection = std::chrono::minutes(1);
// A timer can wait longer than chrono can add to its time point.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::hours(1);

}  // namespace

struct Job::State {
  State(asio::any_io_executor executor, Clock& by, Schedule when, Random draw, Body what, OnFailure report)
      : clock(by),
        schedule(std::move(when)),
        random(std::move(draw)),
        body(std::move(what)),
        onFailure(std::move(report)),
        timer(std::move(executor)) {}

  Clock& clock;
  Schedule schedule;
  Random random;
  Body body;
  OnFailure onFailure;
  asio::steady_timer timer;

  bool asked = false;
  bool running = false;
  std::uint64_t runs = 0;
  std::optional<Instant> lastStart;
  std::optional<Instant> lastEnd;

  bool waiting = false;
  Instant dueAt{};      // cron: by the wall clock
  Duration dueIn{};     // every: by the clock that never steps
  Instant lookedAt{};   // cron: the wall clock when it was looked at last
  Instant coveredTo{};  // cron: what was due up to here has been run

  void plan(Instant after) {
    const auto next = schedule.next(after, random());
    dueAt = next;
    dueIn = clock.sinceBoot() + (next - after);
  }

  // How long to wait at most before looking again; nothing if it is due.
  std::optional<Duration> left() {
    if (asked) return std::nullopt;
    if (!schedule.isCron()) {
      const auto rest = dueIn - clock.sinceBoot();
      if (rest <= Duration::zero()) return std::nullopt;
      return rest;
    }
    const auto now = clock.now();
    if (now < lookedAt - kCorrection) {
      coveredTo = now;
      plan(now);
    }
    lookedAt = now;
    if (now >= dueAt) return std::nullopt;
    return std::min<Duration>(dueAt - now, kLookAgain);
  }

  Task<> untilDue();
  Task<> runOnce();
};

Task<> Job::State::untilDue() {
  const auto subscription = clock.onChange([this] { timer.cancel(); });
  waiting = true;
  for (auto rest = left(); rest; rest = left()) {
    timer.expires_after(std::min(clock.realTime(*rest), kLongestWait));
    auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      waiting = false;
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  waiting = false;
}

Task<> Job::State::runOnce() {
  asked = false;
  running = true;
  ++runs;
  const auto start = clock.now();
  const auto startSinceBoot = clock.sinceBoot();
  lastStart = start;
  lookedAt = start;  // so that a step while the body runs is seen afterwards
  std::string failure;
  try {
    co_await body();
  } catch (const std::exception& error) {
    failure = error.what();
    if (failure.empty()) failure = "an exception without words";
  }
  running = false;
  lastEnd = clock.now();
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
  if (!failure.empty() && onFailure) onFailure(failure);
  if (schedule.isCron()) {
    // A clock that is a little behind where it was must not make the same run due again.
    if (start > coveredTo || start < coveredTo - kCorrection) coveredTo = start;
    if (dueAt <= start) coveredTo = std::max(coveredTo, dueAt);
    plan(coveredTo);
  } else {
    plan(start);
    dueIn = startSinceBoot + (dueAt - start);
  }
}

Job::Job(asio::any_io_executor executor, Clock& clock, Schedule schedule, Random random, Body body,
         OnFailure onFailure)
    : state_(std::make_unique<State>(std::move(executor), clock, std::move(schedule), std::move(random),
                                     std::move(body), std::move(onFailure))) {}
Job::~Job() = default;

Task<> Job::run() {
  auto& state = *state_;
  state.coveredTo = state.clock.now();
  state.lookedAt = state.coveredTo;
  state.plan(state.coveredTo);
  for (;;) {
    co_await state.untilDue();
    co_await state.runOnce();
  }
}

void Job::runNow() {
  state_->asked = true;
  state_->timer.cancel();
}

bool Job::running() const { return state_->running; }
std::uint64_t Job::runs() const { return state_->runs; }
std::optional<Instant> Job::lastStart() const { return state_->lastStart; }
std::optional<Instant> Job::lastEnd() const { return state_->lastEnd; }

std::optional<Instant> Job::next() const {
  const auto& state = *state_;
  if (!state.waiting) return std::nullopt;
  if (state.schedule.isCron()) return state.dueAt;
  return state.clock.now() + (state.dueIn - state.clock.sinceBoot());
}

}  // namespace arrivald::runtime
