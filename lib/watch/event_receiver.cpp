#include "watch/event_receiver.hpp"

#include <fmt/format.h>

#include "watch/log.hpp"

namespace arrivald::watch {

using http::Response;

namespace {

constexpr const char* kRetrySoon = "5";    // seconds
constexpr const char* kRetryLater = "30";  // seconds

std::string accountOf(std::string_view path) {
  constexpr std::string_view kPrefix = "/events/";
  return path.starts_with(kPrefix) ? std::string(path.substr(kPrefix.size())) : std::string();
}

Response busy(const char* why, const char* retryAfter) {
  auto response = http::plainText(503, why);
  response.headers.add("Retry-After", retryAfter);
  return response;
}

}  // namespace

EventReceiver::EventReceiver(const Clock& clock, metrics::Registry& registry, EventLog& log,
                             ForwardQueue& forwards, StreamStatus& status, RefusedBatches& refused)
    : clock_(clock),
      registry_(registry),
      log_(log),
      forwards_(forwards),
      status_(status),
      refused_(refused),
      authenticator_(clock, registry) {}

void EventReceiver::use(const config::Config& configuration) {
  authenticator_.use(configuration);
  encoder_.use(configuration.eventStream);
}

runtime::Task<Response> EventReceiver::receive(const http::ServerRequest& request) {
  constexpr std::string_view kToken = "/token";
  if (request.method != "POST") {
    auto refused = http::plainText(405, "events are sent by POST\n");
    refused.headers.add("Allow", "POST");
    co_return refused;
  }
  auto account = accountOf(request.path);
  const bool wantsToken = account.ends_with(kToken);
  if (wantsToken) account.resize(account.size() - kToken.size());
  if (!authenticator_.knows(account)) {
    refuse("", "unknown_account");
    co_return http::plainText(404,
                              "no account of this name takes events; the address is /events/ACCOUNT, as the "
                              "configuration names it\n");
  }
  if (wantsToken) co_return authenticator_.token(account, request);
  if (auto refusal = authenticator_.refusal(account, request)) {
    refuse(account, refusal->kind);
    co_return std::move(refusal->answer);
  }
  if (!log_.hasRoomFor(request.body.size())) {
    refuse(account, "busy");
    co_return busy("too many events wait to be stored; send them again later\n", kRetrySoon);
  }
  auto batch = read(account, request);
  if (batch.account.empty()) {
    refuse(account, "illegible");
    co_return http::plainText(400,
                              "this is no JSON array of events, and it is too large to be kept as it is\n");
  }
  const bool stored = co_await log_.append(std::move(batch));
  if (!stored) {
    refuse(account, "not_stored");
    co_return busy("the events cannot be stored; send them again later\n", kRetryLater);
  }
  registry_.streamBatch(account, "accepted");
  refused_.taken(account);
  Response accepted;
  accepted.status = 204;
  co_return accepted;
}

void EventReceiver::refuse(const std::string& account, std::string_view kind) {
  registry_.streamBatch(account, kind);
  refused_.refused(account, kind);
}

void EventReceiver::refusedByListener(std::string_view path, unsigned status) {
  auto account = accountOf(path);
  if (!authenticator_.knows(account)) account.clear();
  refuse(account, status == 413 || status == 431 ? "too_large"
                  : status == 503                ? "busy"
                                                 : "malformed_request");
}

PendingBatch EventReceiver::read(const std::string& account, const http::ServerRequest& request) {
  const auto now = clock_.now();
  PendingBatch batch;
  batch.account = account;
  batch.bytes = request.body.size();
  batch.records = log_.takeBuffer();
  if (forwards_.wants(account)) {
    batch.headers = forwardedHeaders(request.headers);
    batch.body = request.body;
  }
  const auto& found = reader_.read(request.body);
  // What cannot even be told apart is kept whole, or refused, so that the provider sends it again: never
  // acknowledged and gone.
  if (!found.legible && request.body.size() > store::EventsTable::kMaxMalformedBytes) {
    return {};
  }
  batch.events.reserve(found.events.size());
  std::size_t tests = 0;
  for (const auto& event : found.events) {
    if (event.test)
      ++tests;
    else
      encoder_.encode(event, batch);
  }
  for (const auto& malformed : found.malformed)
    batch.malformed.push_back({account, now, malformed.why,
                               std::string(malformed.raw.substr(0, store::EventsTable::kMaxMalformedBytes))});
  status_.batchReceived(account, now);
  if (tests > 0) {
    status_.testReceived(account, now);
    log::info("the provider's test events came",
              {{"account", account}, {"events", fmt::format("{}", tests)}});
  }
  return batch;
}

}  // namespace arrivald::watch
