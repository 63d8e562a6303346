#include "watch/event_query.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "base/number.hpp"
#include "notify/catalogue.hpp"
#include "stream/fingerprint.hpp"

namespace arrivald::watch {

using stream::Record;

namespace {

// Without an address or a message every batch is read. The search stops after this many events and reports
// it.
constexpr std::int64_t kMaxLookedAt = 2'000'000;

struct Candidate {
  std::int64_t batch = 0;
  std::size_t position = 0;  // in the batch
  FoundEvent row;
};

// A domain is searched with what is below it: "lg.jp" is all local governments.
bool isWithin(std::string_view domain, std::string_view wanted) {
  return domain.ends_with(wanted) &&
         (domain.size() == wanted.size() || domain[domain.size() - wanted.size() - 1] == '.');
}

/// A query, prepared for matching many records. "NAME@HOST" may be an address or an smtp-id, with or without
/// its brackets: both are looked for.
class Matcher {
 public:
  Matcher(const EventFilter& filter, const stream::DomainGroups& groups, const stream::FingerprintKey& key)
      : filter_(filter), groups_(groups), id_(filter.of) {
    if (id_.starts_with('<')) id_.remove_prefix(1);
    if (id_.ends_with('>')) id_.remove_suffix(1);
    isWhole_ = id_.find('@') != std::string_view::npos;
    if (isWhole_) addressKey_ = stream::addressKey(filter.of, key);
    keyed_ = stream::keyedSmtpId(id_, key);
    keyed_ = keyed_.substr(1, keyed_.size() - 2);
  }

  store::EventsTable::Asked asked() const {
    store::EventsTable::Asked asked;
    asked.account = filter_.account;
    asked.from = filter_.from;
    asked.to = filter_.to;
    if (isWhole_) asked.address = static_cast<std::uint32_t>(addressKey_);
    if (!filter_.of.empty())
      for (const std::string_view id : {id_, std::string_view(keyed_)})
        asked.messages.push_back(static_cast<std::uint32_t>(stream::messageIdKey(id)));
    return asked;
  }

  bool isOfKind(const Record& record) const {
    return filter_.event.empty() || stream::name(record.kind) == filter_.event;
  }
  // Of whichever kind.
  bool matches(const Record& record) const {
    return (filter_.of.empty() || (isWhole_ && record.emailKey == addressKey_) || isOf(record)) &&
           (!filter_.from || record.at >= *filter_.from) && (!filter_.to || record.at <= *filter_.to) &&
           (filter_.group.empty() || isWithin(record.domain, filter_.group) ||
            groups_.name(groups_.peek(record.domain)) == filter_.group);
  }

 private:
  // By the whole id, its beginning up to a dot, or the smtp-id, whole or what stands before its @. An smtp-id
  // that is not kept begins as the message id does.
  bool isOf(const Record& record) const {
    auto smtpId = record.smtpId;
    if (smtpId.starts_with('<')) smtpId.remove_prefix(1);
    if (smtpId.ends_with('>')) smtpId.remove_suffix(1);
    if (!isWhole_) return begins(record.messageId, id_) || begins(smtpId, id_) || begins(smtpId, keyed_);
    return smtpId.empty() ? stream::messageIdStem(record.messageId) == stream::messageIdStem(id_)
                          : smtpId == id_ || smtpId == keyed_ || record.messageId == id_;
  }
  static bool begins(std::string_view id, std::string_view with) {
    return id.starts_with(with) &&
           (id.size() == with.size() || id[with.size()] == '.' || id[with.size()] == '@');
  }

  const EventFilter& filter_;
  const stream::DomainGroups& groups_;
  std::string_view id_;   // what is asked for, without brackets
  std::string keyed_;     // the same where addresses are hashed
  bool isWhole_ = false;  // it has an @
  std::uint64_t addressKey_ = 0;
};

Error invalid(std::string text) { return Error{Error::Kind::invalid, std::move(text)}; }

Result<std::optional<Instant>> readTime(const http::ServerRequest& request, const char* name, Instant now,
                                        const notify::Catalogue& words) {
  const auto text = request.parameter(name);
  if (!text || text->empty()) return std::optional<Instant>();
  if (const auto ago = parseDuration(*text)) return std::optional<Instant>(now - *ago);
  if (const auto at = parseIso(*text)) return std::optional<Instant>(*at);
  return invalid(words.text("cli.trace.bad_time", {{"name", name}, {"text", *text}}));
}

Result<std::size_t> readMax(const http::ServerRequest& request, std::size_t usual,
                            const notify::Catalogue& words) {
  const auto text = request.parameter("max");
  if (!text) return usual;
  const auto number = numberIn<std::size_t>(*text);
  if (!number || *number < 1 || *number > EventFilter::kMaxRows)
    return invalid(words.text("cli.trace.bad_max", {{"n", std::to_string(EventFilter::kMaxRows)}}));
  return *number;
}

}  // namespace

Result<EventFilter> readEventFilter(const http::ServerRequest& request, Instant now, Language language) {
  const auto& words = notify::Catalogue::of(language);
  EventFilter filter;
  filter.of = request.parameter("of").value_or("");
  filter.account = request.parameter("account").value_or("");
  filter.group = request.parameter("group").value_or("");
  filter.event = request.parameter("event").value_or("");
  if (!filter.event.empty() && !stream::eventKindNamed(filter.event))
    return invalid(words.text(
        "cli.trace.bad_event",
        {{"name", filter.event}, {"names", fmt::format("{}", fmt::join(stream::eventNames(), ", "))}}));
  auto from = readTime(request, "from", now, words);
  if (!from) return std::move(from).error();
  filter.from = *from;
  auto to = readTime(request, "to", now, words);
  if (!to) return std::move(to).error();
  filter.to = *to;
  auto max = readMax(request, filter.max, words);
  if (!max) return std::move(max).error();
  filter.max = *max;
  if (filter.of.starts_with('.')) return invalid(words.text("cli.trace.bad_of", {{"text", filter.of}}));
  if (filter.of.empty() && filter.group.empty() && filter.event.empty() && !filter.from)
    return invalid(words.text("cli.trace.everything"));
  return filter;
}

Result<FoundEvents> EventQuery::find(const EventFilter& filter) {
  const Matcher matcher(filter, aggregator_.groups(), stored_.addressKey());
  // Read newest first, so that the limit omits the oldest; returned oldest first, in order of time.
  std::vector<Candidate> found;
  FoundEvents result;
  std::int64_t lookedAt = 0;
  const auto read = database_.read([&] {
    stored_.table().find(matcher.asked(), [&](const store::EventBatchRow& batch) {
      stream::RecordReader reader(batch.records);
      std::size_t position = 0;
      for (Record record; reader.next(record); ++position) {
        if (!matcher.matches(record)) continue;
        if (matcher.isOfKind(record))
          found.push_back({batch.id, position, rowOf(batch.account, record)});
        else
          ++result.otherKinds[record.kind];
      }
      lookedAt += batch.events;
      result.complete = found.size() < filter.max && lookedAt < kMaxLookedAt;
      return result.complete;
    });
  });
  if (!read) return read.error();
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.row.at, a.batch, a.position) < std::tuple(b.row.at, b.batch, b.position);
  });
  const auto skipped = found.size() > filter.max ? found.size() - filter.max : 0;
  for (std::size_t i = skipped; i < found.size(); ++i) result.rows.push_back(std::move(found[i].row));
  return result;
}

FoundEvent EventQuery::rowOf(const std::string& account, const Record& record) const {
  const auto& groups = aggregator_.groups();
  FoundEvent row;
  row.at = record.at;
  row.kind = record.kind;
  row.account = account;
  row.messageId = record.messageId;
  row.smtpId = record.smtpId;
  row.email = record.email;
  row.domain = record.domain;
  row.domainGroup = groups.name(groups.peek(record.domain));
  stream::eachCategory(record.categories,
                       [&](std::string_view category) { row.categories.emplace_back(category); });
  row.status = record.status;
  row.reply = record.reason;
  const bool explained = stream::hasReply(record.kind) || record.kind == stream::EventKind::dropped;
  if (!row.reply.empty() && explained) row.cause = causes_.explain(record);
  return row;
}

Result<std::optional<Instant>> EventQuery::storedSince(const std::string& account) {
  std::optional<Instant> since;
  const auto read = database_.read([&] { since = stored_.table().oldestReceived(account); });
  if (!read) return read.error();
  return since;
}

Result<std::vector<store::MalformedEvent>> EventQuery::malformed(std::size_t max) {
  std::vector<store::MalformedEvent> events;
  const auto read = database_.read([&] { events = stored_.table().latestMalformed(max); });
  if (!read) return read.error();
  return events;
}

}  // namespace arrivald::watch
