#include "webhook/webhook.hpp"

#include "channel/answer.hpp"
#include "http/url.hpp"
#include "webhook/payload.hpp"

namespace arrivald::webhook {

namespace {

// A page is a proxy's or a guest network's: programs answer in other types, or with nothing.
bool isPage(const http::Response& response) {
  const auto type = response.headers.find("Content-Type").value_or("");
  return type.substr(0, type.find(';')) == "text/html";
}

}  // namespace

runtime::Task<Done> WebhookChannel::deliver(const notify::Notification& notification) {
  const auto address = options_.address.reveal();
  http::Request request;
  request.method = "POST";
  request.url = std::string(address);
  if (const auto credentials = http::takeCredentials(request.url); !credentials.empty())
    request.headers.add("Authorization", "Basic " + http::base64(credentials));
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = payloadOf(notification);
  const auto at = unixSeconds(clock_.now());
  request.headers.add("X-Arrivald-Timestamp", std::to_string(at));
  request.headers.add("X-Arrivald-Signature", signatureOf(options_.key, at, request.body));
  constexpr std::size_t kMaxAnswer = 64 * 1024;
  request.limits.bodyBytes = kMaxAnswer;
  auto answer = co_await transport_.send(std::move(request));
  if (!answer) co_return channel::failedRequest(answer.error(), address);
  if (answer->status / 100 != 2) co_return channel::refusal(std::move(*answer), address);
  if (isPage(*answer)) co_return channel::foreignAnswer();
  co_return done();
}

}  // namespace arrivald::webhook
