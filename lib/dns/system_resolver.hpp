// SystemResolver: asks the name servers of the host, without blocking the loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "dns/resolver.hpp"

namespace arrivald::dns {

/// Resource; loop thread only. Each question takes at most `timeout` × `tries` by real time, and about as
/// long again where the server is asked by TCP.
class SystemResolver final : public Resolver {
 public:
  struct Options {
    std::string servers = {};  ///< "192.0.2.1:53,…"; empty: those of /etc/resolv.conf
    std::chrono::milliseconds timeout{2000};
    int tries = 3;
  };

  /// `clock`: of the wait for an answer; the time-outs of single packets are by real time.
  SystemResolver(boost::asio::any_io_executor executor, Clock& clock, Options options);
  SystemResolver(const SystemResolver&) = delete;
  SystemResolver& operator=(const SystemResolver&) = delete;
  /// What is being asked is answered as unknown.
  ~SystemResolver() override;

  runtime::Task<Answer> texts(std::string name) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
  Clock& clock_;
};

}  // namespace arrivald::dns
