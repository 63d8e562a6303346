#include "simulator/poster.hpp"

#include "runtime/sleep.hpp"
#include "simulator/events.hpp"

namespace arrivald::simulator {

using runtime::Task;

namespace {

constexpr Duration kEvery = std::chrono::seconds(15);
constexpr std::size_t kMaxAtOnce = 500;

}  // namespace

Poster::Poster(http::Transport& transport, Clock& clock, Account& account)
    : transport_(transport), clock_(clock), account_(account) {}

Task<> Poster::post(std::string url) {
  for (;;) {
    co_await runtime::sleepFor(clock_, kEvery);
    account_.advance(clock_.now());
    for (;;) {
      const auto batch = account_.eventsUntil(clock_.now(), kMaxAtOnce);
      if (batch.empty()) break;
      const auto body = batchOf(batch);
      for (;;) {
        const auto stamp = std::to_string(unixSeconds(clock_.now()));
        http::Request request;
        request.method = "POST";
        request.url = url;
        request.headers.add("Content-Type", "application/json");
        request.headers.add("X-Twilio-Email-Event-Webhook-Timestamp", stamp);
        request.headers.add("X-Twilio-Email-Event-Webhook-Signature", signer_.sign(stamp, body));
        request.body = body;
        auto answer = co_await transport_.send(std::move(request));
        if (answer.ok() && answer->status / 100 == 2) break;
        if (!answer.ok() && answer.error().kind == http::Failure::Kind::cancelled) co_return;
        co_await runtime::sleepFor(clock_, kEvery);
      }
      acknowledged_ += batch.size();
    }
  }
}

}  // namespace arrivald::simulator
