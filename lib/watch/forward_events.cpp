#include "watch/forward_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/backoff.hpp"
#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "store/forwards_table.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using runtime::Task;

namespace {

constexpr BackoffLimits kBackoff{std::chrono::seconds(1), std::chrono::minutes(5), std::chrono::hours(1)};
constexpr Duration kLookAgain = std::chrono::minutes(1);

// A user and a password in the URL become a header, since the client accepts none in URLs.
http::Request requestTo(std::string url, const store::ForwardedBatch& batch) {
  http::Request request;
  request.method = "POST";
  if (const auto scheme = url.find("://"); scheme != std::string::npos) {
    const auto begin = scheme + 3, end = std::min(url.find('/', begin), url.size());
    if (const auto at = url.rfind('@', end); at != std::string::npos && at > begin && at < end) {
      request.headers.add("Authorization",
                          "Basic " + http::base64(http::percentDecode(url.substr(begin, at - begin))));
      url.erase(begin, at + 1 - begin);
    }
  }
  request.url = std::move(url);
  const auto headers = nlohmann::json::parse(batch.headers, nullptr, false);
  if (headers.is_object())
    for (const auto& [name, value] : headers.items())
      if (value.is_string()) request.headers.add(name, value.get<std::string>());
  request.body = batch.body;
  return request;
}

// Nothing: the batch still has to be delivered.
const char* givenUpReason(const ForwardQueue::Next& next, const config::Forward& target, Instant now) {
  if (now - next.batch->received > target.retryFor)
    return "it could not be handed over for as long as retry_for allows";
  if (next.depth.bytes > static_cast<std::int64_t>(target.maxBytes))
    return "more waits than max_bytes allows";
  return nullptr;
}

}  // namespace

Task<> forwardEvents(Owners& owners, http::Transport& transport, Random& random,
                     const config::Forward& target) {
  auto& clock = owners.clock();
  auto& queue = owners.events().forwards();
  auto& registry = owners.registry();
  int failures = 0;
  for (;;) {
    // A batch's age decides below: its time of reception has to follow the clock first.
    owners.noticeClockStep();
    const auto now = clock.now();
    const auto next = queue.next(target.name, now);
    if (!next) log::error("batches to be forwarded cannot be read: " + next.error().text);
    if (!next || !next->batch) {
      co_await queue.wait(clock, kLookAgain);
      continue;
    }
    const auto& batch = next->batch;
    if (const auto* why = givenUpReason(*next, target, now)) {
      const auto removed = queue.remove(batch->id);
      if (!removed) {
        log::error("a batch of events that is not forwarded any more cannot be removed, trying again: " +
                   removed.error().text);
        co_await queue.wait(clock, kLookAgain);
        continue;
      }
      registry.forwarded(target.name, "discarded");
      log::error(fmt::format("a batch of events is not forwarded any more: {}", why),
                 {{"target", target.name}});
      continue;
    }
    auto request = requestTo(std::string(target.url.secret.reveal()), *batch);
    auto answer = co_await transport.send(std::move(request));
    const bool taken = answer.ok() && answer->status / 100 == 2;
    if (taken) {
      const auto removed = queue.remove(batch->id);
      if (!removed)
        log::error("a batch that was forwarded cannot be taken off and will go again: " +
                   removed.error().text);
      registry.forwarded(target.name, "forwarded");
      if (failures > 0) log::info("batches of events are forwarded again", {{"target", target.name}});
      failures = 0;
      if (!removed) co_await queue.wait(clock, kLookAgain);
      continue;
    }
    const auto why = answer.ok() ? fmt::format("it answers {}", answer->status) : answer.error().text;
    if (!answer.ok() && answer.error().kind == http::Failure::Kind::cancelled) co_return;
    registry.forwarded(target.name, "retried");
    if (failures == 0)
      log::warning(fmt::format("a batch of events could not be forwarded: {}; trying again for up to {}", why,
                               toText(target.retryFor)),
                   {{"target", target.name}});
    failures = std::min(failures + 1, 30);
    const auto pause = waitAfter(kBackoff, failures, random());
    co_await runtime::sleepFor(clock, pause);
  }
}

}  // namespace arrivald::watch
