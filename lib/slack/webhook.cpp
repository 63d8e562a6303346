#include "slack/webhook.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/utf8.hpp"
#include "slack/render.hpp"

namespace arrivald::slack {

using notify::DeliveryOutcome;

DeliveryOutcome outcomeOf(const http::Response& response) {
  // A proxy's HTML page may have status 200, too; Slack's body is "ok".
  if (response.status / 100 == 2)
    return oneLine(response.body, 8) == "ok"
               ? DeliveryOutcome{DeliveryOutcome::Kind::delivered, "ok"}
               : DeliveryOutcome{DeliveryOutcome::Kind::passing,
                                 "an answer that is not Slack's (a proxy's page?)"};
  // The body is one word such as "invalid_token"; a proxy's page is cut to fit one line.
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

namespace {

void replaceAll(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    text.replace(at, what.size(), "…");
}

// Removes the webhook's URL, which is secret and which a proxy's error page may repeat.
std::string withoutAddress(std::string text, std::string_view address) {
  constexpr std::size_t kShortestToken = 8;  // shorter ones could be any word
  replaceAll(text, address);
  const auto host = address.find("//");
  if (host == std::string_view::npos) return text;
  const auto path = address.find('/', host + 2);
  if (path == std::string_view::npos || path + 1 == address.size()) return text;
  replaceAll(text, address.substr(path));
  const auto token = address.substr(address.rfind('/') + 1);
  if (token.size() >= kShortestToken) replaceAll(text, token);
  return text;
}

}  // namespace

// Slack's limit for incoming webhooks is about one message per second.
Duration WebhookChannel::pace() const { return std::chrono::milliseconds(1100); }

bool refusesBlocks(const DeliveryOutcome& outcome) {
  return outcome.kind == DeliveryOutcome::Kind::permanent &&
         (outcome.text.find("invalid_blocks") != std::string::npos ||
          outcome.text.find("invalid_attachments") != std::string::npos ||
          outcome.text.find("invalid_payload") != std::string::npos);
}

runtime::Task<DeliveryOutcome> WebhookChannel::deliver(const notify::Notification& notification) {
  auto blocks = render(notification, options_.mentions);
  auto outcome = co_await post(std::move(blocks));
  if (!refusesBlocks(outcome)) co_return std::move(outcome);
  auto plain = renderPlain(notification, options_.mentions);
  co_return co_await post(std::move(plain));
}

runtime::Task<DeliveryOutcome> WebhookChannel::post(std::string payload) {
  const auto address = options_.address.reveal();
  http::Request request;
  request.method = "POST";
  request.url = std::string(address);
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = std::move(payload);
  request.limits.bodyBytes = 64 * 1024;
  auto answer = co_await transport_.send(std::move(request));
  if (!answer) {
    http::Failure failure = answer.error();
    failure.text = withoutAddress(std::move(failure.text), address);
    co_return outcomeOf(failure);
  }
  answer->body = withoutAddress(std::move(answer->body), address);
  co_return outcomeOf(*answer);
}

}  // namespace arrivald::slack
