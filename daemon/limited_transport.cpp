#include "daemon/limited_transport.hpp"

#include <algorithm>

namespace arrivald {

http::ClientOptions clientOptions(const config::Http& http) {
  http::ClientOptions options;
  options.caFile = http.caFile;
  if (http.proxy) options.proxy = http.proxy->secret;
  options.noProxy = http.noProxy;
  return options;
}

LimitedTransport::LimitedTransport(boost::asio::any_io_executor executor, Clock& clock,
                                   const config::Config& config)
    : client_(std::move(executor), clock, clientOptions(config.http)), http_(config.http) {}

LimitedTransport::~LimitedTransport() { client_.closeIdle(); }

runtime::Task<Result<http::Response, http::Failure>> LimitedTransport::send(http::Request request) {
  request.limits.connect = http_.connect;
  request.limits.read = http_.read;
  request.limits.total = http_.total;
  request.limits.bodyBytes = std::min(request.limits.bodyBytes, http_.maxBodyBytes);
  co_return co_await client_.send(std::move(request));
}

}  // namespace arrivald
