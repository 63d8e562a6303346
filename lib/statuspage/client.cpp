#include "statuspage/client.hpp"

#include <fmt/format.h>

#include "http/status.hpp"
#include "http/url.hpp"

namespace arrivald::statuspage {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{2} << 20;

Result<StatusSummary> wordOf(const Result<http::Response, http::Failure>& result, std::string_view host,
                             const NamePattern& pattern) {
  if (!result.ok()) {
    auto error = http::toError(result.error(), Party::thirdParty);
    error.say(phrase("status page: {}", error.said()));
    return error;
  }
  if (result->status != 200) {
    auto error = http::toError(*result, Party::thirdParty,
                               phrase("status page: {} answered {}", host, result->status));
    if (error.party == Party::configuration)
      error.say(phrase("{}; check status_page's address", error.said()));
    return error;
  }
  auto summary = decodeSummary(result->body, pattern);
  if (!summary.ok())
    return Error::of(Error::Kind::malformed, phrase("status page: {}: {}", host, summary.error().said()),
                     Party::thirdParty);
  return summary;
}

}  // namespace

Client::Client(http::Transport& transport, std::string baseUrl, NamePattern pattern)
    : transport_(transport), url_(std::move(baseUrl)), pattern_(std::move(pattern)) {
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
  const auto url = http::Url::parse(url_);
  host_ = url.ok() ? url->host : "its address";
  url_ += "/api/v2/summary.json";
}

runtime::Task<Result<StatusSummary>> Client::read() {
  http::Request request;
  request.url = url_;
  request.headers.add("Accept", "application/json");
  request.limits.bodyBytes = kMaxAnswerBytes;
  auto result = co_await transport_.send(std::move(request));
  co_return wordOf(result, host_, pattern_);
}

}  // namespace arrivald::statuspage
