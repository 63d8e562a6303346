#include "watch/event_receiver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sendgrid/json_items.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using http::Response;

namespace {

constexpr const char* kRetrySoon = "5";    // seconds
constexpr const char* kRetryLater = "30";  // seconds

constexpr std::string_view kPrefix = "/events/";
constexpr std::string_view kToken = "/token";
constexpr std::int64_t kLatestSent = 4'102'444'800;  // 2100, in seconds since 1970
// A larger body is read and stored in parts of about so many bytes.
constexpr std::size_t kSliceBytes = 256 * 1024;
constexpr std::size_t kMaxTokenRequest = 4096;  // bytes of a request for a token

// With or without a slash at its end, as people enter it.
std::string accountOf(std::string_view path) {
  if (path.size() > kPrefix.size() && path.ends_with('/')) path.remove_suffix(1);
  return path.starts_with(kPrefix) ? std::string(path.substr(kPrefix.size())) : std::string();
}

// The objects of a sequence and what lies between, in runs of at least kSliceBytes; empty if there is no
// object, or too much between two to be kept.
std::vector<std::string_view> runsOf(std::string_view body) {
  std::vector<std::string_view> runs;
  std::size_t begin = 0, end = 0;
  bool anyObject = false;
  for (const auto& piece : sendgrid::piecesOf(body)) {
    if (!piece.isObject && piece.text.size() > store::EventsTable::kMaxMalformedBytes) return {};
    anyObject = anyObject || piece.isObject;
    const auto at = static_cast<std::size_t>(piece.text.data() - body.data());
    if (end > begin && end - begin >= kSliceBytes) runs.push_back(body.substr(begin, end - begin));
    if (end == begin || end - begin >= kSliceBytes) begin = at;
    end = at + piece.text.size();
  }
  if (end > begin) runs.push_back(body.substr(begin, end - begin));
  return anyObject ? runs : std::vector<std::string_view>();
}

// Whether it is a request that a client of OAuth makes, and not just any to this path.
bool asksForToken(const http::ServerRequest& request) {
  return request.body.find("grant_type=client_credentials") != std::string_view::npos;
}

Response busy(const char* why, const char* retryAfter) {
  auto response = http::plainText(503, why);
  response.headers.add("Retry-After", retryAfter);
  return response;
}

}  // namespace

/// What is known of a batch, part by part, once it is stored.
struct EventReceiver::Received {
  Instant at{};
  std::size_t kept = 0;        // malformed events that are stored
  std::int64_t malformed = 0;  // all of them
  std::string why;             // of the last one
  bool mail = false;           // an event is about mail

  void add(const PendingBatch& batch) {
    kept += batch.malformed.size();
    malformed += batch.malformedCount;
    if (!batch.malformed.empty()) why = batch.malformed.back().why;
    mail = mail || std::ranges::any_of(batch.events, [](const PendingEvent& event) {
             return stream::isAboutMail(event.kind);
           });
  }
};

EventReceiver::EventReceiver(Clock& clock, metrics::Registry& registry, EventLog& log, ForwardQueue& forwards,
                             StreamStatus& status, RefusedBatches& refused)
    : clock_(clock),
      registry_(registry),
      log_(log),
      forwards_(forwards),
      status_(status),
      refused_(refused),
      authenticator_(clock, registry) {}

void EventReceiver::use(const config::Config& configuration, const stream::FingerprintKey& key) {
  authenticator_.use(configuration);
  encoder_.use(configuration.eventStream, key);
  installation_ = installationOf(key);
}

void EventReceiver::useKey(const stream::FingerprintKey& key) {
  encoder_.useKey(key);
  installation_ = installationOf(key);
}

std::optional<Response> EventReceiver::admit(const http::ServerRequest& header) {
  if (header.method != "POST") {
    auto refused = http::plainText(405, "events are sent by POST\n");
    refused.headers.add("Allow", "POST");
    return refused;
  }
  if (!header.path.starts_with(kPrefix)) {
    refuse("", "unknown_account", senderOf(header));
    return http::plainText(404, "events are posted to /events/ACCOUNT\n");
  }
  const auto account = accountOf(header.path);
  if (header.headers.find(kForwardedByHeader).value_or("").find(installation_) != std::string_view::npos) {
    refuse(authenticator_.knows(account) ? account : std::string(), "own_batch");
    return http::plainText(508, "this arrivald has forwarded these events itself\n");
  }
  if (account.ends_with(kToken)) return std::nullopt;
  if (auto refusal = authenticator_.refusalByHeader(account, header))
    return answerRefused(account, header, std::move(*refusal));
  return std::nullopt;
}

// Who signs in the provider's form, or names itself so, is taken for the provider.
BatchSender EventReceiver::senderOf(const http::ServerRequest& request) const {
  const auto header = [&](std::string_view name) { return request.headers.find(name).value_or(""); };
  const bool isProvider =
      sendgrid::isEventSender(header("User-Agent")) ||
      sendgrid::looksSigned(header(sendgrid::kSignatureHeader), header(sendgrid::kTimestampHeader));
  return isProvider ? BatchSender::provider : BatchSender::unknown;
}

Response EventReceiver::answerRefused(const std::string& account, const http::ServerRequest& request,
                                      EventAuthenticator::Refusal refusal) {
  refuse(authenticator_.knows(account) ? account : std::string(), refusal.kind, senderOf(request));
  return std::move(refusal.answer);
}

runtime::Task<Response> EventReceiver::receive(const http::ServerRequest& request) {
  if (auto refused = admit(request)) {
    co_return std::move(*refused);
  }
  auto account = accountOf(request.path);
  if (account.ends_with(kToken)) {
    if (request.body.size() > kMaxTokenRequest) {
      co_return http::plainText(413, "this is too large for a request for a token\n");
    }
    account.resize(account.size() - kToken.size());
    auto answer = co_await authenticator_.token(account, request);
    if (answer.status >= 400)
      refused_.refused(authenticator_.knows(account) ? account : std::string(), "token_refused",
                       asksForToken(request) ? BatchSender::provider : BatchSender::unknown);
    co_return std::move(answer);
  }
  if (auto refusal = authenticator_.refusal(account, request)) {
    co_return answerRefused(account, request, std::move(*refusal));
  }
  if (!log_.hasRoomFor(request.body.size())) {
    refuse(account, "busy");
    co_return busy("too many events wait to be stored; send them again later\n", kRetrySoon);
  }
  const auto slices = slicesOf(request.body);
  if (slices.empty()) {
    refuse(account, "unreadable");
    co_return http::plainText(400,
                              "this is no JSON array of events, and it is too large to be kept as it is\n");
  }
  Received received;
  received.at = clock_.now();
  const auto latest = latestDate(request);
  for (const auto slice : slices) {
    const auto& found =
        slice.data() == request.body.data() ? reader_.read(slice, latest) : reader_.readSlice(slice, latest);
    auto batch = read(account, found, slice.size(), received.kept);
    if (batch.account.empty()) {
      refuse(account, "unreadable");
      co_return http::plainText(400,
                                "this is no JSON array of events, and it is too large to be kept as it is\n");
    }
    received.add(batch);
    if (slice.data() == slices.back().data()) forward(request, batch);
    const bool stored = co_await log_.append(std::move(batch));
    if (!stored) {
      refuse(account, "not_stored");
      co_return busy("the events cannot be stored; send them again later\n", kRetryLater);
    }
  }
  take(account, received);
  Response accepted;
  accepted.status = 204;
  co_return accepted;
}

// The provider dates the batches that it signs: where our clock is behind, events are not ahead of theirs.
Instant EventReceiver::latestDate(const http::ServerRequest& request) const {
  const auto text = request.headers.find(sendgrid::kTimestampHeader).value_or("");
  std::int64_t sent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sent);
  const bool known =
      error == std::errc() && end == text.data() + text.size() && sent > 0 && sent < kLatestSent;
  return std::max(clock_.now(), known ? fromUnixSeconds(sent) : Instant{}) + sendgrid::kMaxAhead;
}

// Only what is stored was received: the provider sends everything else again.
void EventReceiver::take(const std::string& account, const Received& received) {
  registry_.streamBatch(account, "accepted");
  status_.batchReceived(account, received.at);
  if (received.mail) status_.eventsReceived(account, received.at);
  if (received.malformed > 0)
    status_.malformedReceived(account, received.at, received.malformed, received.why);
  refused_.taken(account);
}

void EventReceiver::refuse(const std::string& account, std::string_view kind, BatchSender sender) {
  registry_.streamBatch(account, kind);
  refused_.refused(account, kind, sender);
}

void EventReceiver::refusedByListener(std::string_view path, unsigned status) {
  auto account = accountOf(path);
  if (!authenticator_.knows(account)) account.clear();
  // Nothing is known of their headers. Too large or too many are a sender's of events; what is slow or no
  // request at all may be anybody's.
  if (status == 413) return refuse(account, "too_large");
  if (status == 431) return refuse(account, "header_too_large");
  if (status == 503) return refuse(account, "busy");
  refuse(account, status == 408 ? "too_slow" : "malformed_request", BatchSender::unknown);
}

// The body as a whole, or a large one in parts that are stored one after another, so that the loop is not
// held up: what has been stored when a later part fails counts once, for the provider sends the batch again.
// A body that cannot be split is kept whole, or empty is returned if it is too large for that.
std::vector<std::string_view> EventReceiver::slicesOf(std::string_view body) {
  if (body.size() <= kSliceBytes) return {body};
  auto slices = sendgrid::slicesOf(body, kSliceBytes);
  if (slices && !slices->empty()) return std::move(*slices);
  auto runs = runsOf(body);
  if (runs.empty() && body.size() <= store::EventsTable::kMaxMalformedBytes) return {body};
  return runs;
}

void EventReceiver::forward(const http::ServerRequest& request, PendingBatch& batch) const {
  if (!forwards_.wants(batch.account)) return;
  batch.headers = forwardedHeaders(request.headers);
  batch.body = request.body;
}

// `bytes` of a body were read as `found`; `kept` malformed events of the same body are kept already.
PendingBatch EventReceiver::read(const std::string& account, const sendgrid::EventBatch& found,
                                 std::size_t bytes, std::size_t kept) {
  const auto now = clock_.now();
  PendingBatch batch;
  batch.account = account;
  batch.bytes = bytes;
  batch.records = log_.takeBuffer();
  // What cannot even be told apart is kept whole, or refused, so that the provider sends it again: never
  // acknowledged without being kept.
  if (!found.legible && bytes > store::EventsTable::kMaxMalformedBytes) return {};
  batch.events.reserve(found.events.size());
  std::size_t tests = 0;
  for (const auto& event : found.events) {
    if (event.test)
      ++tests;
    else
      encoder_.encode(event, batch);
  }
  batch.malformedCount = static_cast<std::int64_t>(found.malformedCount);
  for (const auto& malformed : found.malformed)
    if (kept++ < sendgrid::EventBatch::kMaxMalformed)
      batch.malformed.push_back({account, now, malformed.why, encoder_.storable(malformed.raw)});
  if (tests > 0) {
    status_.testReceived(account, now);
    log::info("the provider's test events came",
              {{"account", account}, {"events", fmt::format("{}", tests)}});
  }
  return batch;
}

}  // namespace arrivald::watch
