#include "statuspage/client.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "http/url.hpp"

namespace arrivald::statuspage {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{2} << 20;

Error::Kind kindOf(http::Failure::Kind kind) {
  switch (kind) {
    case http::Failure::Kind::timedOut:
      return Error::Kind::timedOut;
    case http::Failure::Kind::cancelled:
      return Error::Kind::cancelled;
    case http::Failure::Kind::tooLarge:
    case http::Failure::Kind::protocol:
    case http::Failure::Kind::invalidUrl:
      return Error::Kind::invalid;
    default:
      return Error::Kind::unavailable;
  }
}

Error::Kind kindOf(unsigned status) {
  if (status == 429) return Error::Kind::throttled;
  return status >= 500 ? Error::Kind::unavailable : Error::Kind::invalid;
}

Result<StatusSummary> wordOf(const Result<http::Response, http::Failure>& result, std::string_view host,
                             const NamePattern& pattern) {
  if (!result.ok())
    return Error{kindOf(result.error().kind),
                 fmt::format("status page: {}", oneLine(result.error().text, 300))};
  if (result->status != 200)
    return Error{
        kindOf(result->status),
        fmt::format("status page: {} answered {}{}", host, result->status,
                    result->status == 429 || result->status >= 500 ? "" : "; check status_page's address")};
  auto summary = decodeSummary(result->body, pattern);
  if (!summary.ok())
    return Error{summary.error().kind, fmt::format("status page: {}: {}", host, summary.error().text)};
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
