#include "http/status.hpp"

#include <algorithm>
#include <charconv>

namespace arrivald::http {
namespace {

constexpr std::int64_t kMaxRetryAfter = 86'400;  // seconds

}  // namespace

Error::Kind kindOf(unsigned status) {
  switch (status) {
    case 401:
      return Error::Kind::unauthorized;
    case 403:
      return Error::Kind::forbidden;
    case 404:
    case 405:
    case 410:
      return Error::Kind::notFound;
    case 406:
      return Error::Kind::notAcceptable;
    case 407:
      return Error::Kind::unreachable;
    case 408:
      return Error::Kind::timedOut;
    case 429:
      return Error::Kind::throttled;
    default:
      break;
  }
  if (status >= 500) return Error::Kind::serverError;
  if (status >= 400) return Error::Kind::badRequest;
  return status >= 300 ? Error::Kind::redirected : Error::Kind::malformed;
}

std::optional<Duration> retryAfter(const Headers& headers) {
  const auto value = headers.find("Retry-After");
  if (!value) return std::nullopt;
  const auto begin = std::min(value->find_first_not_of(" \t"), value->size());
  const auto digits = value->substr(begin, value->find_last_not_of(" \t") + 1 - begin);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kMaxRetryAfter));
}

Error toError(const Response& response, Party peer, std::string text) {
  const auto kind = kindOf(response.status);
  const bool theirs = kind == Error::Kind::throttled || kind == Error::Kind::timedOut ||
                      kind == Error::Kind::serverError || kind == Error::Kind::malformed;
  const auto party = kind == Error::Kind::unreachable ? Party::network : theirs ? peer : Party::configuration;
  return Error{kind, std::move(text), party, retryAfter(response.headers)};
}

}  // namespace arrivald::http
