#include "slack/webhook.hpp"

#include "base/utf8.hpp"
#include "channel/answer.hpp"
#include "http/status.hpp"
#include "slack/render.hpp"

namespace arrivald::slack {

Done outcomeOf(const http::Response& response) {
  // A proxy's HTML page may have status 200, too; Slack's body is "ok".
  if (response.status / 100 == 2) {
    if (oneLine(response.body, 8) == "ok") return done();
    return Error::of(Error::Kind::malformed, phrase("an answer that is not Slack's (a proxy's page?)"),
                     Party::network);
  }
  // The body is one word such as "invalid_token"; a proxy's page is cut to fit one line.
  const auto word = response.status / 100 == 3 ? std::string("a redirection: the address is not a webhook's")
                                               : oneLine(response.body, 60);
  auto answer = std::to_string(response.status);
  if (!word.empty()) answer += " " + word;
  return http::toError(response, Party::thirdParty, verbatim(std::move(answer)));
}

// Slack's limit for incoming webhooks is about one message per second.
Duration WebhookChannel::pace() const { return std::chrono::milliseconds(1100); }

bool refusesBlocks(const Error& error) {
  return error.kind == Error::Kind::badRequest &&
         (error.text.find("invalid_blocks") != std::string::npos ||
          error.text.find("invalid_attachments") != std::string::npos ||
          error.text.find("invalid_payload") != std::string::npos);
}

runtime::Task<Done> WebhookChannel::deliver(const notify::Notification& notification) {
  auto blocks = render(notification, options_.mentions);
  auto outcome = co_await post(std::move(blocks));
  if (outcome.ok() || !refusesBlocks(outcome.error())) co_return std::move(outcome);
  auto plain = renderPlain(notification, options_.mentions);
  co_return co_await post(std::move(plain));
}

runtime::Task<Done> WebhookChannel::post(std::string payload) {
  const auto address = options_.address.reveal();
  http::Request request;
  request.method = "POST";
  request.url = std::string(address);
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = std::move(payload);
  request.limits.bodyBytes = 64 * 1024;
  auto answer = co_await transport_.send(std::move(request));
  if (!answer) co_return channel::failedRequest(answer.error(), address);
  answer->body = channel::withoutSecret(std::move(answer->body), address);
  co_return outcomeOf(*answer);
}

}  // namespace arrivald::slack
