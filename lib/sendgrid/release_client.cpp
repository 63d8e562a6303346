#include "sendgrid/release_client.hpp"

#include <fmt/format.h>

#include "base/hide.hpp"
#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "sendgrid/answer.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/key_text.hpp"

namespace arrivald::sendgrid {

using runtime::Task;
using suppression::Entry;
using suppression::List;
using suppression::Removal;

namespace {

constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20;

bool isPage(std::string_view body) {
  const auto begin = body.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && body[begin] == '<';
}

// Such an answer is tried again.
Failure::Kind kindOf404(std::string_view body) {
  return isPage(body) ? Failure::Kind::html : Failure::Kind::malformed;
}

}  // namespace

ReleaseClient::ReleaseClient(http::Transport& transport, Clock& clock, ReleaseAccess access)
    : transport_(transport), clock_(clock), access_(std::move(access)) {
  while (!access_.baseUrl.empty() && access_.baseUrl.back() == '/') access_.baseUrl.pop_back();
  const auto url = http::Url::parse(access_.baseUrl);
  host_ = url.ok() ? url->host : "the address in base_url";
}

Failure ReleaseClient::blame(Failure failure, const ReleaseCall& call) const {
  const auto shown = [this](std::string text) {
    return withoutAddresses(withoutKeys(std::move(text), access_.key.reveal()));
  };
  failure.text = shown(std::move(failure.text));
  failure.phrase.editVerbatim(shown);
  return describeFailure(std::move(failure),
                         fmt::format("{} {} of {}", call.methodName(), call.shownPath(), host_),
                         call.scope());
}

http::Request ReleaseClient::requestFor(const ReleaseCall& call) const {
  http::Request request;
  request.method = call.methodName();
  request.url = access_.baseUrl + call.path();
  request.body = call.body();
  request.headers.add("Authorization", fmt::format("Bearer {}", access_.key.reveal()));
  request.headers.add("Accept", "application/json");
  if (!call.body().empty()) request.headers.add("Content-Type", "application/json");
  const auto& subuser = call.onBehalfOf().empty() ? access_.onBehalfOf : call.onBehalfOf();
  if (!subuser.empty()) request.headers.add("on-behalf-of", subuser);
  request.limits.bodyBytes = kMaxBodyBytes;
  return request;
}

Task<Answer<http::Response>> ReleaseClient::send(ReleaseCall call) {
  if (hasControls(access_.key.reveal()) || hasControls(access_.onBehalfOf) ||
      hasControls(call.onBehalfOf())) {
    Failure failure{
        Failure::Kind::badRequest,
        "the key for releasing or on_behalf_of contains a line break or another control character"};
    co_return blame(std::move(failure), call);
  }
  const Duration wait = budgets_[call.shownPath()].pause(clock_.now());
  if (wait > Duration::zero()) co_await runtime::sleepFor(clock_, wait);
  http::Request request = requestFor(call);
  auto result = co_await transport_.send(std::move(request));
  if (!result.ok()) co_return blame(failureOf(result.error()), call);
  budgets_[call.shownPath()].saw(rateLimitOf(result->headers, clock_.now()), clock_.now());
  co_return std::move(*result);
}

Task<Answer<std::string>> ReleaseClient::get(ReleaseCall call) {
  auto response = co_await send(call);
  if (!response.ok()) co_return std::move(response).error();
  // Lists differ in how they say that they have no such entry.
  if (saysNotFound(*response)) co_return std::string();
  if (auto failure = failureOf(*response, clock_.now())) {
    if (response->status == 404) failure->kind = kindOf404(response->body);
    co_return blame(std::move(*failure), call);
  }
  co_return std::move(response->body);
}

Task<Answer<std::vector<Entry>>> ReleaseClient::read(ReleaseTarget target) {
  const auto call = target.read();
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  if (body->empty()) co_return std::vector<Entry>();
  auto entries = decodeListed(*body, target.list(), target.group());
  if (!entries.ok()) co_return blame(std::move(entries).error(), call);
  co_return entries;
}

Task<Answer<Removal>> ReleaseClient::remove(ReleaseTarget target) {
  const auto call = target.remove();
  auto response = co_await send(call);
  if (!response.ok()) co_return std::move(response).error();
  const bool page = isPage(response->body);
  if (response->status / 100 == 2 && !page) co_return Removal::taken;
  if (saysNotFound(*response)) co_return Removal::notListed;
  auto failure = failureOf(*response, clock_.now());
  if (!failure) failure = Failure{Failure::Kind::malformed, "the answer is no answer to a deletion"};
  if (response->status == 404) failure->kind = kindOf404(response->body);
  co_return blame(std::move(*failure), call);
}

Task<Answer<Nothing>> ReleaseClient::putBack(ReleaseTarget target) {
  if (target.list() == List::groupUnsubscribes) {
    const auto group = target.readGroup();
    auto found = co_await get(group);
    if (!found.ok()) co_return std::move(found).error();
    if (found->empty()) {
      Failure failure{Failure::Kind::notFound,
                      "the unsubscribe group does not exist any more; nothing was sent, since SendGrid would "
                      "unsubscribe the address from everything"};
      co_return failure;
    }
  }
  const auto call = target.putBack();
  auto response = co_await send(call);
  if (!response.ok()) co_return std::move(response).error();
  if (response->status / 100 == 2 && !isPage(response->body)) co_return Nothing{};
  auto failure = failureOf(*response, clock_.now());
  if (!failure) failure = Failure{Failure::Kind::malformed, "the answer does not confirm the change"};
  co_return blame(std::move(*failure), call);
}

}  // namespace arrivald::sendgrid
