#include "teams/workflow.hpp"

#include "channel/answer.hpp"
#include "teams/card.hpp"

namespace arrivald::teams {

namespace {

// A workflow answers 202 with nothing, or what its owner made it say; a page is somebody else's.
bool isPage(const http::Response& response) {
  const auto begin = response.body.find_first_not_of(" \r\n\t");
  return begin != std::string::npos && response.body[begin] == '<';
}

}  // namespace

runtime::Task<Done> WorkflowChannel::deliver(const notify::Notification& notification) {
  const auto address = options_.address.reveal();
  http::Request request;
  request.method = "POST";
  request.url = std::string(address);
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = messageOf(notification);
  constexpr std::size_t kMaxAnswer = 64 * 1024;
  request.limits.bodyBytes = kMaxAnswer;
  auto answer = co_await transport_.send(std::move(request));
  if (!answer) co_return channel::failedRequest(answer.error(), address);
  if (answer->status / 100 != 2) co_return channel::refusal(std::move(*answer), address);
  if (isPage(*answer)) co_return channel::foreignAnswer();
  co_return done();
}

}  // namespace arrivald::teams
