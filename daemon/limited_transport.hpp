// LimitedTransport: the HTTP client, with the time-outs and limits of the configuration.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "http/client.hpp"

namespace arrivald {

http::ClientOptions clientOptions(const config::Http& http);

/// Resource; loop thread only. Every request gets the configured time-outs; its limit of the body is lowered
/// to the configured one.
class LimitedTransport final : public http::Transport {
 public:
  LimitedTransport(boost::asio::any_io_executor executor, Clock& clock, const config::Config& config);
  ~LimitedTransport() override;
  runtime::Task<Result<http::Response, http::Failure>> send(http::Request request) override;

 private:
  http::Client client_;
  config::Http http_;
};

}  // namespace arrivald
