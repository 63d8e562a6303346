#include "watch/forward_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include "base/backoff.hpp"
#include "http/status.hpp"
#include "http/url.hpp"
#include "runtime/task_group.hpp"
#include "store/forwards_table.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using runtime::Task;

namespace {

constexpr BackoffLimits kBackoff{std::chrono::seconds(1), std::chrono::minutes(5), std::chrono::hours(1)};
constexpr Duration kLookAgain = std::chrono::minutes(1);
constexpr std::size_t kMaxInFlight = 8;
constexpr Duration kRemoveWithin = std::chrono::milliseconds(50);
constexpr unsigned kLoopDetected = 508;

// A user and a password in the URL become a header, since the client accepts none in URLs.
http::Request requestTo(std::string url, const store::ForwardedBatch& batch,
                        const std::string& installation) {
  http::Request request;
  request.method = "POST";
  if (const auto credentials = http::takeCredentials(url); !credentials.empty())
    request.headers.add("Authorization", "Basic " + http::base64(credentials));
  request.url = std::move(url);
  const auto headers = nlohmann::json::parse(batch.headers, nullptr, false);
  if (headers.is_object())
    for (const auto& [name, value] : headers.items())
      if (value.is_string()) request.headers.add(name, value.get<std::string>());
  const auto before = request.headers.find(kForwardedByHeader);
  request.headers.set(std::string(kForwardedByHeader),
                      before ? std::string(*before) + ", " + installation : installation);
  request.body = batch.body;
  return request;
}

// The requests to one target, and what they came to. Belongs to the task that sends them.
class Forwarding {
 public:
  Forwarding(Owners& owners, http::Transport& transport, Random& random, const config::Forward& target,
             const boost::asio::any_io_executor& executor)
      : owners_(owners),
        transport_(transport),
        random_(random),
        target_(target),
        requests_(executor, report) {}

  Task<> run() {
    for (;;) {
      const auto pause = startRequests();
      co_await queue().wait(owners_.clock(), pause);
    }
  }
  Task<> end() {
    requests_.stop();
    co_await requests_.join();
    removeForwarded();
  }

 private:
  static void report(std::string_view, std::string_view what) { log::error(what); }
  ForwardQueue& queue() { return owners_.events().forwards(); }

  // Starts as many as may run; returns how long there is nothing more to do unless the queue wakes.
  Duration startRequests() {
    for (;;) {
      // A request may end while it is started.
      const auto now = owners_.clock().sinceBoot();
      if (removeDue(now) && !removeForwarded()) return kLookAgain;
      if (notBefore_ && now < *notBefore_) return *notBefore_ - now;
      // A batch's age decides below: its time of reception has to follow the clock first.
      owners_.noticeClockStep();
      const auto expired = queue().discardBefore(target_.name, owners_.clock().now() - target_.retryFor);
      if (!expired) return complain("removed", expired.error());
      if (inFlight_ >= (failures_ > 0 ? 1 : kMaxInFlight)) break;
      auto batch = queue().take(target_.name);
      if (!batch) return complain("read", batch.error());
      if (!*batch) break;
      ++inFlight_;
      requests_.spawn("forward", send(std::move(**batch)));
    }
    return forwarded_.empty() ? kLookAgain : kRemoveWithin;
  }
  static Duration complain(std::string_view what, const Error& error) {
    log::error(
        fmt::format("batches to be forwarded cannot be {}: {}; trying again in a minute", what, error.text));
    return kLookAgain;
  }

  Task<> send(store::ForwardedBatch batch) {
    const auto id = batch.id;
    auto request =
        requestTo(std::string(target_.url.secret.reveal()), batch, owners_.events().installation());
    auto answer = co_await transport_.send(std::move(request));
    --inFlight_;
    if (!answer.ok() && answer.error().kind == http::Failure::Kind::cancelled) {
      co_return;
    }
    if (answer.ok() && answer->status / 100 == 2) {
      succeeded(id);
    } else if (answer.ok() && answer->status == kLoopDetected) {
      if (!loopLogged_)
        log::error(
            "the target passes events on to this arrivald, which has them already; they are not "
            "forwarded: correct event_stream.forward",
            {{"target", target_.name}});
      loopLogged_ = true;
      owners_.registry().forwarded(target_.name, "discarded");
      forwarded_.push_back(id);
    } else {
      failed(id, answer.ok()
                     ? http::toError(*answer, Party::thirdParty, phrase("it answers {}", answer->status))
                     : http::toError(answer.error(), Party::thirdParty));
    }
    queue().wake();
  }

  void succeeded(std::int64_t id) {
    forwarded_.push_back(id);
    owners_.registry().forwarded(target_.name, "forwarded");
    if (failures_ > 0) log::info("batches of events are forwarded again", {{"target", target_.name}});
    failures_ = 0;
    notBefore_.reset();
  }

  void failed(std::int64_t id, const Error& why) {
    queue().giveBack(target_.name, id);
    owners_.registry().forwarded(target_.name, "retried");
    if (failures_ == 0)
      log::warning(fmt::format("a batch of events could not be forwarded: {}; trying again for up to {}",
                               why.text, toText(target_.retryFor)),
                   {{"target", target_.name}});
    // Those that were in flight together have failed once.
    if (notBefore_ && owners_.clock().sinceBoot() < *notBefore_) return;
    failures_ = std::min(failures_ + 1, 30);
    notBefore_ = owners_.clock().sinceBoot() + waitAfter(kBackoff, failures_, random_(), why.retryAfter);
  }

  // Several are removed by one transaction, since the flush to disk is most of its cost. What was forwarded
  // and not removed when the process is killed is forwarded again.
  bool removeDue(Duration now) {
    if (forwarded_.empty()) return false;
    if (!removeBy_) removeBy_ = now + kRemoveWithin;
    return now >= *removeBy_ || forwarded_.size() >= 2 * kMaxInFlight || inFlight_ == 0;
  }
  bool removeForwarded() {
    removeBy_.reset();
    if (forwarded_.empty()) return true;
    const auto removed = queue().remove(target_.name, forwarded_);
    if (removed)
      forwarded_.clear();
    else
      log::error("batches that were forwarded cannot be removed, trying again in a minute: " +
                 removed.error().text);
    return removed.ok();
  }

  Owners& owners_;
  http::Transport& transport_;
  Random& random_;
  const config::Forward& target_;
  std::size_t inFlight_ = 0;             // requests that wait for their answer
  int failures_ = 0;                     // in a row
  std::optional<Duration> notBefore_;    // by the monotonic clock
  std::vector<std::int64_t> forwarded_;  // ids, still to be removed
  std::optional<Duration> removeBy_;
  bool loopLogged_ = false;
  runtime::TaskGroup requests_;
};

}  // namespace

Task<> forwardEvents(Owners& owners, http::Transport& transport, Random& random,
                     const config::Forward& target) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Forwarding forwarding(owners, transport, random, target, executor);
  std::exception_ptr ended;
  try {
    co_await forwarding.run();
  } catch (...) {
    ended = std::current_exception();
  }
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  co_await forwarding.end();
  if (ended) std::rethrow_exception(ended);
}

}  // namespace arrivald::watch
