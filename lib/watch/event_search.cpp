// What the store holds of events: by address, message, group of receivers, kind and time.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "causes/texts.hpp"
#include "stream/fingerprint.hpp"
#include "watch/event_stream.hpp"

namespace arrivald::watch {

using stream::Record;

namespace {

// Without an address or a message every batch is read; beyond so many events the search says that it stopped.
constexpr std::int64_t kMaxLookedAt = 2'000'000;

struct Found {
  Instant at;
  std::int64_t order;
  nlohmann::ordered_json row;
};

}  // namespace

Result<EventQuery> readEventQuery(const http::ServerRequest& request, Instant now) {
  EventQuery query;
  query.of = request.parameter("of").value_or("");
  query.account = request.parameter("account").value_or("");
  query.group = request.parameter("group").value_or("");
  query.event = request.parameter("event").value_or("");
  if (!query.event.empty() && !stream::eventKindNamed(query.event))
    return Error{Error::Kind::invalid,
                 "no event is called \"" + query.event +
                     "\"; there are processed, deferred, delivered, bounce, blocked, dropped, "
                     "open, click, spamreport, unsubscribe"};
  const std::pair<const char*, std::optional<Instant>*> times[] = {{"from", &query.from}, {"to", &query.to}};
  for (const auto& [name, target] : times) {
    const auto text = request.parameter(name);
    if (!text || text->empty()) continue;
    if (const auto ago = parseDuration(*text))
      *target = now - *ago;
    else if (const auto at = parseIso(*text))
      *target = *at;
    else
      return Error{Error::Kind::invalid, std::string(name) +
                                             ": expected a time such as 2026-11-24T09:00:00+09:00, or "
                                             "how long ago, such as 2h; found \"" +
                                             *text + "\""};
  }
  if (const auto max = request.parameter("most")) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(max->data(), max->data() + max->size(), number);
    if (error != std::errc() || end != max->data() + max->size() || number < 1 || number > 10'000)
      return Error{Error::Kind::invalid, "most: expected a number from 1 to 10000"};
    query.max = number;
  }
  if (query.of.empty() && query.group.empty() && query.event.empty() && !query.from)
    return Error{Error::Kind::invalid,
                 "say what is looked for: of=ADDRESS or MESSAGE-ID, group=, event= or from="};
  return query;
}

std::string EventStream::search(const EventQuery& query) {
  const bool isAddress = query.of.find('@') != std::string::npos;
  const auto addressKey = isAddress ? stream::addressKey(query.of) : 0;
  const auto messageId = isAddress ? std::string() : query.of.substr(0, query.of.find('.'));
  store::EventsTable::Asked asked;
  asked.account = query.account;
  asked.from = query.from;
  asked.to = query.to;
  if (isAddress) asked.address = static_cast<std::uint32_t>(addressKey);
  if (!messageId.empty()) asked.message = static_cast<std::uint32_t>(stream::messageIdKey(messageId));

  const auto fits = [&](const Record& record) {
    return (!isAddress || record.emailKey == addressKey) &&
           (messageId.empty() || record.messageId == messageId) &&
           (query.event.empty() || stream::name(record.kind) == query.event) &&
           (!query.from || record.at >= *query.from) && (!query.to || record.at <= *query.to) &&
           (query.group.empty() || groups_->name(groups_->peek(record.domain)) == query.group ||
            record.domain == query.group);
  };
  const auto rowOf = [&](const std::string& account, const Record& record) {
    nlohmann::ordered_json row{{"at", toIso(record.at)},
                               {"event", stream::name(record.kind)},
                               {"account", account},
                               {"message_id", record.messageId}};
    if (!record.email.empty()) row["email"] = record.email;
    row["domain"] = record.domain;
    row["domain_group"] = groups_->name(groups_->peek(record.domain));
    if (!record.categories.empty())
      stream::eachCategory(record.categories,
                           [&](std::string_view one) { row["categories"].push_back(one); });
    if (!record.status.empty()) row["status"] = record.status;
    if (record.reason.empty()) return row;
    row["reply"] = record.reason;
    if (!stream::hasReply(record.kind)) return row;
    const auto cause = state_.causesSeen.explain(record);
    row["cause"] = std::string(causes::name(cause.causeClass));
    row["cause_ja"] = causes::describe(cause, Language::japanese).headline;
    row["cause_en"] = causes::describe(cause, Language::english).headline;
    return row;
  };

  // Newest first, so that the limit leaves out what is old; told oldest first, as a life is.
  std::vector<Found> found;
  std::int64_t lookedAt = 0, order = 0;
  bool complete = true;
  const auto read = state_.database().read([&] {
    state_.events().find(asked, [&](const store::EventBatchRow& batch) {
      std::vector<Found> ofBatch;
      order = 0;
      stream::RecordReader reader(batch.records);
      for (Record record; reader.next(record);) {
        ++order;
        if (fits(record))
          ofBatch.push_back({record.at, batch.id * 1'000'000 + order, rowOf(batch.account, record)});
      }
      std::move(ofBatch.begin(), ofBatch.end(), std::back_inserter(found));
      lookedAt += batch.events;
      complete = found.size() < query.max && lookedAt < kMaxLookedAt;
      return complete;
    });
  });
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::tuple(a.at, a.order) < std::tuple(b.at, b.order);
  });
  if (found.size() > query.max)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(query.max));
  nlohmann::ordered_json out;
  out["asked"] = query.of;
  if (!read) out["error"] = read.error().text;
  out["complete"] = complete;
  auto& rows = out["events"] = nlohmann::ordered_json::array();
  for (auto& one : found) rows.push_back(std::move(one.row));
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string EventStream::malformed(std::size_t max) {
  std::vector<store::MalformedEvent> events;
  const auto read = state_.database().read([&] { events = state_.events().latestMalformed(max); });
  nlohmann::ordered_json out;
  if (!read) out["error"] = read.error().text;
  auto& rows = out["malformed_events"] = nlohmann::ordered_json::array();
  for (const auto& one : events)
    rows.push_back(
        {{"received", toIso(one.received)}, {"account", one.account}, {"why", one.why}, {"raw", one.raw}});
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace arrivald::watch
