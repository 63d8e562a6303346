#include "alertmanager/client.hpp"

#include "http/status.hpp"
#include "http/url.hpp"

namespace arrivald::alertmanager {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 * 1024;
// Members are posted to one after another: one that hangs must not keep the others waiting for long.
constexpr Duration kMaxWait = std::chrono::seconds(10);

Done outcomeOf(const Result<http::Response, http::Failure>& answer, const std::string& peer) {
  if (!answer.ok()) {
    auto error = http::toError(answer.error(), Party::thirdParty);
    error.say(phrase("Alertmanager: {}", error.said()));
    return error;
  }
  if (answer->status / 100 == 2) return done();
  auto error =
      http::toError(*answer, Party::thirdParty, phrase("Alertmanager: {} answered {}", peer, answer->status));
  if (error.party == Party::configuration)
    error.say(phrase("{}; check alertmanager.urls: the address of its page, and its login", error.said()));
  return error;
}

}  // namespace

Client::Client(http::Transport& transport, ClientOptions options)
    : transport_(transport), options_(std::move(options)) {
  const auto url = http::Url::parse(options_.url);
  peer_ = url.ok() ? url->peer() : "its address";
}

runtime::Task<Done> Client::post(std::string body) {
  http::Request request;
  request.method = "POST";
  request.url = options_.url + "/api/v2/alerts";
  request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  co_return co_await send(std::move(request));
}

runtime::Task<Done> Client::ask() {
  http::Request request;
  request.url = options_.url + "/-/ready";
  co_return co_await send(std::move(request));
}

runtime::Task<Done> Client::send(http::Request request) {
  if (!options_.user.empty())
    request.headers.add("Authorization", "Basic " + http::base64(options_.user + ":" +
                                                                 std::string(options_.password.reveal())));
  request.limits.bodyBytes = kMaxAnswerBytes;
  request.limits.total = kMaxWait;
  auto answer = co_await transport_.send(std::move(request));
  co_return outcomeOf(answer, peer_);
}

}  // namespace arrivald::alertmanager
