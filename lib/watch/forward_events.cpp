#include "watch/forward_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/backoff.hpp"
#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "sendgrid/event_signature.hpp"
#include "store/forwards_table.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using runtime::Task;

namespace {

constexpr BackoffLimits kPatience{std::chrono::seconds(1), std::chrono::minutes(5), std::chrono::hours(1)};
constexpr Duration kLookAgain = std::chrono::minutes(1);
constexpr std::array<std::string_view, 4> kPassedOn = {sendgrid::kSignatureHeader, sendgrid::kTimestampHeader,
                                                       "Content-Type", "User-Agent"};

// A user and a password in the address become a header; the client takes none in addresses.
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

}  // namespace

std::string forwardedHeaders(const http::Headers& headers) {
  auto kept = nlohmann::json::object();
  for (const auto name : kPassedOn)
    if (const auto value = headers.find(name)) kept[std::string(name)] = *value;
  return kept.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Task<> forwardEvents(State& state, http::Transport& transport, Random& random, runtime::Wakeup& wakeup,
                     const config::Forward& target) {
  auto& clock = state.clock();
  auto& registry = state.registry();
  store::ForwardsTable table(state.database());
  int failures = 0;
  for (;;) {
    std::optional<store::ForwardedBatch> batch;
    store::ForwardsTable::Depth depth;
    const auto read = state.database().read([&] {
      depth = table.depth(target.name);
      batch = table.oldest(target.name);
    });
    if (!read) log::error("batches to be forwarded cannot be read: " + read.error().text);
    const auto now = clock.now();
    registry.forwards(target.name, depth.batches,
                      depth.oldest ? std::max(Duration{}, now - *depth.oldest) : Duration{});
    if (!batch) {
      co_await wakeup.wait(clock, kLookAgain);
      continue;
    }
    const auto letGo = [&](const char* why) {
      const auto removed = state.database().transact([&] { table.remove(batch->id); });
      registry.forwarded(target.name, "discarded");
      log::error(fmt::format("a batch of events is not forwarded any more: {}", why),
                 {{"target", target.name}});
      return removed.ok();
    };
    const bool tooOld = now - batch->received > target.retryFor;
    const bool tooMuch = depth.bytes > static_cast<std::int64_t>(target.maxBytes);
    if (tooOld || tooMuch) {
      const bool removed = letGo(tooOld ? "it could not be handed over for as long as retry_for allows"
                                        : "more waits than max_bytes allows");
      if (!removed) co_await wakeup.wait(clock, kLookAgain);
      continue;
    }
    auto request = requestTo(std::string(target.url.secret.reveal()), *batch);
    auto answer = co_await transport.send(std::move(request));
    const bool taken = answer.ok() && answer->status / 100 == 2;
    if (taken) {
      const auto removed = state.database().transact([&] { table.remove(batch->id); });
      if (!removed)
        log::error("a batch that was forwarded cannot be taken off and will go again: " +
                   removed.error().text);
      registry.forwarded(target.name, "forwarded");
      if (failures > 0) log::info("batches of events are forwarded again", {{"target", target.name}});
      failures = 0;
      if (!removed) co_await wakeup.wait(clock, kLookAgain);
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
    const auto pause = waitAfter(kPatience, failures, random());
    co_await runtime::sleepFor(clock, pause);
  }
}

}  // namespace arrivald::watch
