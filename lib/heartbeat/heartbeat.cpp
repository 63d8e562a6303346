#include "heartbeat/heartbeat.hpp"

#include <fmt/format.h>

#include "http/status.hpp"
#include "http/url.hpp"

namespace arrivald::heartbeat {
namespace {

// Allows for a poll that takes its whole time-out.
constexpr Duration kGrace = std::chrono::minutes(1);
constexpr std::size_t kMaxAnswerBytes = 64 * 1024;

/// Rounded to seconds: "14m" or "90s" rather than milliseconds.
std::string spoken(Duration span) { return toText(std::chrono::floor<std::chrono::seconds>(span)); }

Done outcomeOf(const Result<http::Response, http::Failure>& result, std::string_view host) {
  if (!result.ok()) {
    auto error = http::toError(result.error(), Party::thirdParty);
    error.say(phrase("heartbeat: {}", error.said()));
    return error;
  }
  const auto status = result->status;
  if (status >= 200 && status < 300) return done();
  auto error = http::toError(*result, Party::thirdParty, phrase("heartbeat: {} answered {}", host, status));
  if (error.kind == Error::Kind::throttled) error.say(phrase("{}; ping less often", error.said()));
  if (error.party == Party::configuration) error.say(phrase("{}; check the heartbeat's URL", error.said()));
  return error;
}

}  // namespace

Health healthOf(const std::vector<Round>& rounds, Instant now, int patience) {
  if (rounds.empty()) return {false, "nothing is polled"};
  for (const auto& round : rounds) {
    if (!round.failure.empty()) return {false, fmt::format("{} fails: {}", round.job, round.failure)};
    if (!round.succeeded) return {false, fmt::format("{} has not succeeded yet", round.job)};
    if (*round.succeeded > now)
      return {false, fmt::format("{} has not succeeded since the clock was set back", round.job)};
    const Duration age = now - *round.succeeded;
    if (age > round.every * patience + kGrace)
      return {false, fmt::format("{} last succeeded {} ago, due every {}", round.job, spoken(age),
                                 spoken(round.every))};
  }
  return {true, ""};
}

Pinger::Pinger(http::Transport& transport, Secret url, Method method)
    : transport_(transport), url_(std::move(url)), method_(method) {
  const auto parsed = http::Url::parse(url_.reveal());
  host_ = parsed.ok() ? parsed->host : "its address";
}

runtime::Task<Done> Pinger::ping() {
  http::Request request;
  request.method = method_ == Method::post ? "POST" : "GET";
  request.url = std::string(url_.reveal());
  request.limits.bodyBytes = kMaxAnswerBytes;
  auto result = co_await transport_.send(std::move(request));
  co_return outcomeOf(result, host_);
}

}  // namespace arrivald::heartbeat
