#include "sendgrid/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/mask.hpp"
#include "base/utf8.hpp"
#include "http/status.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/json.hpp"

namespace arrivald::sendgrid {
namespace {

using Kind = Failure::Kind;

constexpr std::size_t kMaxTextBytes = 600;
constexpr std::int64_t kLatestSecond = 253'402'300'799;  // the end of the year 9999
// Some gateways send the remaining seconds instead of a time; no real reset lies before September 2001.
constexpr std::int64_t kMinUnixSecond = 1'000'000'000;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::int64_t> numberIn(const http::Headers& headers, std::string_view name) {
  const auto value = headers.find(name);
  return value ? countOf(trimmed(*value)) : std::nullopt;
}

bool isPage(const http::Response& response) {
  const auto begin = response.body.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos) return response.body[begin] == '<';
  const auto type = response.headers.find("Content-Type");
  return type && type->find("html") != std::string_view::npos;
}

/// The title of an HTML page, the only part that is worth logging.
std::string titleOf(const std::string& page) {
  const auto head = std::string_view(page).substr(0, 4'096);
  const auto open = std::min(head.find("<title"), head.find("<TITLE"));
  if (open == std::string_view::npos) return {};
  const auto begin = head.find('>', open);
  if (begin == std::string_view::npos) return {};
  const auto end = head.find('<', begin);
  return maskAddresses(
      oneLine(head.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1), 100));
}

// A page comes from a gateway or proxy unless its status already says more.
Kind kindOf(unsigned status, bool page) {
  const auto kind = http::kindOf(status);
  const bool vague = kind == Kind::unauthorized || kind == Kind::forbidden || kind == Kind::badRequest ||
                     kind == Kind::serverError || kind == Kind::malformed;
  return page && vague && status != 413 ? Kind::html : kind;
}

struct Remedy {
  Kind kind;
  std::string_view text;
};
constexpr std::array<Remedy, 17> kRemedies = {
    Remedy{Kind::unauthorized,
           "the key is not accepted; if this persists, create a new API key and put it where this account's "
           "key is read from; a credential is read at a restart only"},
    Remedy{Kind::forbidden,
           "the key lacks a permission or the plan lacks the feature; give the key the scope"},
    Remedy{Kind::notFound,
           "check this account's base_url (EU: https://api.eu.sendgrid.com), on_behalf_of and the names "
           "asked for"},
    Remedy{Kind::notAcceptable, "a proxy may be removing the Accept header; check http.proxy"},
    Remedy{Kind::badRequest, "retrying will not help; check this account's settings"},
    Remedy{Kind::redirected,
           "a proxy may want a log-in; check http.proxy and this account's base_url; redirections are not "
           "followed, since they would take the key along"},
    Remedy{Kind::throttled,
           "the rate limit is used up; poll less often, or find out what else uses this account's API"},
    Remedy{Kind::serverError, "the fault is the provider's; see its status page"},
    Remedy{Kind::html,
           "a gateway or proxy answered in the provider's place; see its status page, and http.proxy"},
    Remedy{Kind::timedOut, "check the network and http.proxy; it will pass if the provider is just slow"},
    Remedy{Kind::unreachable, "check DNS, the firewall, this account's base_url and http.proxy"},
    Remedy{Kind::tls, "check this machine's date and CA certificates, and http.ca_file"},
    Remedy{Kind::truncated, "the connection was interrupted; if this persists, check http.proxy"},
    Remedy{Kind::emptyAnswer, "if this persists, check http.proxy and the provider's status page"},
    Remedy{Kind::malformed,
           "the provider may have changed its API, or a proxy the answer; check http.proxy, and for a newer "
           "version "
           "of arrivald"},
    Remedy{Kind::tooLarge, "ask for less (fewer names), or raise http.max_body"},
    Remedy{Kind::cancelled, "arrivald is stopping"},
};

std::string_view remedyFor(Kind kind) {
  const auto found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                  [&](const Remedy& remedy) { return remedy.kind == kind; });
  return found == kRemedies.end() ? std::string_view("check for a newer version of arrivald") : found->text;
}

}  // namespace

RateLimit rateLimitOf(const http::Headers& headers, Instant now) {
  RateLimit limit;
  limit.limit = numberIn(headers, "X-RateLimit-Limit");
  limit.remaining = numberIn(headers, "X-RateLimit-Remaining");
  if (const auto reset = numberIn(headers, "X-RateLimit-Reset"); reset && *reset <= kLatestSecond)
    limit.reset = *reset < kMinUnixSecond ? now + std::chrono::seconds(*reset) : fromUnixSeconds(*reset);
  return limit;
}

std::optional<Failure> failureOf(const http::Response& response, Instant now) {
  const bool page = isPage(response);
  const bool fine = response.status == 200 || response.status == 203;
  if (fine && !page && !response.body.empty()) return std::nullopt;

  Failure failure{Kind::malformed, ""};
  failure.status = static_cast<int>(response.status);
  failure.rateLimit = rateLimitOf(response.headers, now);
  failure.retryAfter = http::retryAfter(response.headers);

  const bool success = response.status >= 200 && response.status < 300;
  if (success && !page) {
    failure.kind = Kind::emptyAnswer;
    failure.text = fmt::format("answered {} without a body", response.status);
    return failure;
  }
  failure.kind = kindOf(response.status, page);
  const std::string detail = page ? titleOf(response.body) : decodeErrors(response.body);
  failure.text = fmt::format("answered {}{}{}", response.status, page ? " with an HTML page" : "",
                             detail.empty() ? "" : fmt::format(" ({})", detail));
  return failure;
}

Failure failureOf(const http::Failure& failure) {
  const auto error = http::toError(failure, Party::provider);
  // The URL is built from the account's base_url: an invalid one is reported as unreachable, whose remedy
  // names base_url.
  const auto kind = error.kind == Kind::invalid ? Kind::unreachable : error.kind;
  return Failure{kind, error.text};
}

Failure describeFailure(Failure failure, std::string_view request, std::string_view scope) {
  std::string remedy(remedyFor(failure.kind));
  if (failure.kind == Kind::forbidden && !scope.empty()) remedy += fmt::format(" {}", scope);
  failure.text = oneLine(fmt::format("{}: {}: {}", request, failure.text, remedy), kMaxTextBytes);
  return failure;
}

}  // namespace arrivald::sendgrid
