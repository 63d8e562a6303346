// FakeTransport: an outside party by script. It answers what the test has prepared and remembers what was
// asked.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/transport.hpp"

namespace arrivald::testing {

/// Lines of the script are tried in the order in which they were added. A request that no line matches gets a
/// Failure of kind protocol and is counted as unexpected.
class FakeTransport final : public http::Transport {
 public:
  using Answer = Result<http::Response, http::Failure>;
  using Matcher = std::function<bool(const http::Request&)>;
  using Script = std::function<Answer(const http::Request&)>;

  /// Matches a method and a part of the URL: ("GET", "/v3/stats?").
  static Matcher asked(std::string method, std::string urlPart) {
    return [method = std::move(method), urlPart = std::move(urlPart)](const http::Request& request) {
      return request.method == method && request.url.find(urlPart) != std::string::npos;
    };
  }
  static Answer reply(unsigned status, std::string body = "", http::Headers headers = {}) {
    http::Response response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = std::move(body);
    return Answer(std::move(response));
  }
  static Answer fail(http::Failure::Kind kind, std::string text = "peer.example:443: scripted failure") {
    return Answer(http::Failure{kind, std::move(text)});
  }

  /// Answers every match.
  void always(Matcher matcher, Script script) {
    lines_.push_back({std::move(matcher), std::move(script), 0});
  }
  void always(Matcher matcher, Answer answer) { always(std::move(matcher), fixed(std::move(answer))); }
  /// Answers one match, and is then used up.
  void once(Matcher matcher, Script script) { lines_.push_back({std::move(matcher), std::move(script), 1}); }
  void once(Matcher matcher, Answer answer) { once(std::move(matcher), fixed(std::move(answer))); }
  /// Answers whatever hangs at present.
  void release(Answer answer) {
    for (auto* hanging : hanging_) hanging->answer = answer;
    for (auto* hanging : hanging_) hanging->timer.cancel();
  }
  /// Leaves one match without an answer until its task is cancelled, or release() is called.
  void hang(Matcher matcher) { lines_.push_back({std::move(matcher), nullptr, 1}); }

  const std::vector<http::Request>& requests() const { return requests_; }
  /// Requests that no line matched, as "GET https://…".
  const std::vector<std::string>& unexpected() const { return unexpected_; }
  /// Lines of once() and hang() that no request has used.
  std::size_t unused() const {
    std::size_t count = 0;
    for (const auto& line : lines_) count += line.left > 0 ? 1 : 0;
    return count;
  }
  /// Forgets the script and what was asked.
  void clear() {
    lines_.clear();
    requests_.clear();
    unexpected_.clear();
  }

  runtime::Task<Answer> send(http::Request request) override {
    requests_.push_back(request);
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
      if (!line->matcher(request)) continue;
      const auto script = line->script;
      if (line->left > 0) lines_.erase(line);
      if (script) co_return script(request);
      auto cancelled = co_await untilCancelled();
      co_return cancelled;
    }
    unexpected_.push_back(request.method + " " + request.url);
    co_return fail(http::Failure::Kind::protocol, "no line of the script answers this request");
  }

 private:
  struct Line {
    Matcher matcher;
    Script script;  // empty: no answer
    int left;       // 0: any number of times
  };

  static Script fixed(Answer answer) {
    return [answer = std::move(answer)](const http::Request&) { return answer; };
  }

  struct Hanging {
    boost::asio::steady_timer timer;
    std::optional<Answer> answer = {};
  };

  runtime::Task<Answer> untilCancelled() {
    namespace asio = boost::asio;
    const auto throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    Hanging hanging{asio::steady_timer(executor, asio::steady_timer::time_point::max())};
    hanging_.insert(&hanging);
    auto [error] = co_await hanging.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
    hanging_.erase(&hanging);
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (hanging.answer) co_return *hanging.answer;
    co_return fail(http::Failure::Kind::cancelled, "cancelled");
  }

  std::deque<Line> lines_;
  std::set<Hanging*> hanging_;
  std::vector<http::Request> requests_;
  std::vector<std::string> unexpected_;
};

}  // namespace arrivald::testing
