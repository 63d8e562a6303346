#include "pagerduty/channel.hpp"

#include <nlohmann/json.hpp>

#include "channel/answer.hpp"
#include "pagerduty/event.hpp"

namespace arrivald::pagerduty {

namespace {

// {"status": "success", …} with 202.
bool isTaken(const http::Response& response) {
  const auto answer = nlohmann::json::parse(response.body, nullptr, false);
  return answer.is_object() && answer.value("status", nlohmann::json()) == "success";
}

}  // namespace

runtime::Task<Done> EventsChannel::deliver(const notify::Notification& notification) {
  http::Request request;
  request.method = "POST";
  request.url = options_.url;
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = eventOf(notification, options_.key);
  constexpr std::size_t kMaxAnswer = 64 * 1024;
  request.limits.bodyBytes = kMaxAnswer;
  const auto key = options_.key.reveal();
  auto answer = co_await transport_.send(std::move(request));
  if (!answer) co_return channel::failedRequest(answer.error(), key);
  if (answer->status / 100 != 2) co_return channel::refusal(std::move(*answer), key);
  if (!isTaken(*answer)) co_return channel::foreignAnswer();
  co_return done();
}

}  // namespace arrivald::pagerduty
