#include "http/status.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace arrivald::http {
namespace {

constexpr std::int64_t kMaxRetryAfter = 86'400;  // seconds

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// "Wed, 21 Oct 2026 07:28:00 GMT" (RFC 9110, section 5.6.7), in Unix seconds.
std::optional<std::int64_t> parseDate(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (!end || *end != '\0') return std::nullopt;
  return timegm(&parts);
}

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
  const auto asked = trimmed(*value);
  if (asked.empty()) return std::nullopt;
  if (asked.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), seconds);
    // More digits than fit ask for longer than anything.
    return std::chrono::seconds(error == std::errc() ? std::min(seconds, kMaxRetryAfter) : kMaxRetryAfter);
  }
  const auto date = headers.find("Date");
  const auto now = date ? parseDate(trimmed(*date)) : std::nullopt;
  const auto at = parseDate(asked);
  if (!now || !at) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*at - *now, 0, kMaxRetryAfter));
}

Error toError(const Response& response, Party peer, Phrase words) {
  const auto kind = kindOf(response.status);
  const bool theirs = kind == Error::Kind::throttled || kind == Error::Kind::timedOut ||
                      kind == Error::Kind::serverError || kind == Error::Kind::malformed;
  const auto party = kind == Error::Kind::unreachable ? Party::network : theirs ? peer : Party::configuration;
  auto error = Error::of(kind, std::move(words), party);
  error.retryAfter = retryAfter(response.headers);
  return error;
}

}  // namespace arrivald::http
