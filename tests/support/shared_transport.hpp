// SharedTransport: a transport to give away while the test keeps its script.
#pragma once

#include "support/fake_transport.hpp"

namespace arrivald::testing {

/// `script` outlives it.
class SharedTransport final : public http::Transport {
 public:
  explicit SharedTransport(FakeTransport& script) : script_(script) {}
  runtime::Task<Result<http::Response, http::Failure>> send(http::Request request) override {
    co_return co_await script_.send(std::move(request));
  }

 private:
  FakeTransport& script_;
};

}  // namespace arrivald::testing
