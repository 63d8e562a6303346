#include "chatwork/channel.hpp"

#include <nlohmann/json.hpp>

#include "channel/answer.hpp"
#include "chatwork/message.hpp"
#include "http/url.hpp"

namespace arrivald::chatwork {

namespace {

// {"message_id": "1234"}
bool isTaken(const http::Response& response) {
  const auto answer = nlohmann::json::parse(response.body, nullptr, false);
  return answer.is_object() && answer.contains("message_id");
}

}  // namespace

runtime::Task<Done> RoomChannel::deliver(const notify::Notification& notification) {
  const auto token = options_.token.reveal();
  http::Request request;
  request.method = "POST";
  request.url = options_.url + "/rooms/" + options_.room + "/messages";
  request.headers.add("x-chatworktoken", std::string(token));
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.body = "self_unread=0&body=" + http::percentEncode(messageOf(notification, options_.mentions));
  constexpr std::size_t kMaxAnswer = 64 * 1024;
  request.limits.bodyBytes = kMaxAnswer;
  auto answer = co_await transport_.send(std::move(request));
  if (!answer) co_return channel::failedRequest(answer.error(), token);
  if (answer->status / 100 != 2) co_return channel::refusal(std::move(*answer), token);
  if (!isTaken(*answer)) co_return channel::foreignAnswer();
  co_return done();
}

}  // namespace arrivald::chatwork
