#include "slack/webhook.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/utf8.hpp"

namespace arrivald::slack {

using notify::DeliveryOutcome;

DeliveryOutcome outcomeOf(const http::Response& response) {
  // A proxy's page for people may come with 200; Slack says "ok".
  if (response.status / 100 == 2)
    return oneLine(response.body, 8) == "ok"
               ? DeliveryOutcome{DeliveryOutcome::Kind::delivered, "ok"}
               : DeliveryOutcome{DeliveryOutcome::Kind::passing,
                                 "an answer that is not Slack's (a proxy's page?)"};
  // The body is one word such as "invalid_token"; a proxy's page is cut to something that fits a line.
  const auto word = oneLine(response.body, 60);
  const auto text =
      word.empty() ? fmt::format("{}", response.status) : fmt::format("{} {}", response.status, word);
  if (response.status == 429 || response.status >= 500 || response.status == 408) {
    DeliveryOutcome outcome{DeliveryOutcome::Kind::passing, text};
    if (const auto after = response.headers.find("Retry-After")) {
      int seconds = 0;
      const auto [end, error] = std::from_chars(after->data(), after->data() + after->size(), seconds);
      if (error == std::errc() && seconds >= 0) outcome.retryAfter = std::chrono::seconds(seconds);
    }
    return outcome;
  }
  return {DeliveryOutcome::Kind::permanent, text};
}

DeliveryOutcome outcomeOf(const http::Failure& failure) {
  const bool ours = failure.kind == http::Failure::Kind::invalidUrl;
  return {ours ? DeliveryOutcome::Kind::permanent : DeliveryOutcome::Kind::passing,
          fmt::format("{} ({})", http::name(failure.kind), oneLine(failure.text, 120))};
}

runtime::Task<DeliveryOutcome> post(http::Transport& transport, const Secret& webhook, std::string payload) {
  http::Request request;
  request.method = "POST";
  request.url = std::string(webhook.reveal());
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = std::move(payload);
  request.limits.bodyBytes = 64 * 1024;
  auto answer = co_await transport.send(std::move(request));
  if (!answer) co_return outcomeOf(answer.error());
  co_return outcomeOf(*answer);
}

}  // namespace arrivald::slack
