// What the tests of the client share: a loop, a clock that stands still, and requests as plain calls.
#pragma once

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>
#include <optional>

#include "http/client.hpp"
#include "support/manual_clock.hpp"
#include "support/raw_peer.hpp"
#include "support/run_task.hpp"

namespace arrivald::testing {

inline std::ptrdiff_t openDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

inline http::Request get(std::string url) {
  http::Request request;
  request.url = std::move(url);
  return request;
}

inline http::Request post(std::string url, std::string body) {
  auto request = get(std::move(url));
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

struct ClientFixture {
  using Answer = Result<http::Response, http::Failure>;

  explicit ClientFixture(http::ClientOptions options = {})
      : client(io.get_executor(), clock, std::move(options)) {}

  Answer ask(http::Request request) { return runTask(io, client.send(std::move(request))); }
  Answer ask(std::string url) { return ask(get(std::move(url))); }

  /// Starts a request that is to be waited for, or cancelled.
  void start(http::Request request) {
    answer.reset();
    running.emplace(io, storeInto(answer, client.send(std::move(request))));
    drain(io);
  }
  bool ended() {
    drain(io);
    return running->ended();
  }
  /// What a started request came to.
  Answer finish() {
    REQUIRE(pumpUntil(io, [&] { return running->ended(); }));
    running->check();
    return *answer;
  }
  void advance(Duration span) {
    clock.advance(span);
    drain(io);
  }

  boost::asio::io_context io;
  ManualClock clock;
  http::Client client;
  std::optional<Answer> answer;
  std::optional<RunningTask> running;
};

}  // namespace arrivald::testing
