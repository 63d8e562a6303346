#include "sendgrid/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/hide.hpp"
#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "sendgrid/answer.hpp"
#include "sendgrid/key_text.hpp"
#include "sendgrid/release_target.hpp"

namespace arrivald::sendgrid {

using delivery::Dimension;
using runtime::Task;

namespace {

// SendGrid may return lists of names in smaller pages than requested; only a page smaller than this is the
// last.
constexpr std::size_t kSmallestFullNamePage = 50;

bool mayPass(Failure::Kind kind) {
  const auto consequence = consequenceOf(kind);
  return kind != Failure::Kind::cancelled && kind != Failure::Kind::malformed &&
         (consequence == Consequence::retrySoon || consequence == Consequence::waitForReset);
}

/// Remembers the hashes of the latest 8192 or fewer entries in a fixed 64 KB; newer ones overwrite older
/// ones.
class Recent {
 public:
  /// True if the entry was among the latest.
  bool saw(const suppression::Entry& entry) {
    constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15U;  // 2^64 / φ: Fibonacci hashing (Knuth, 6.4)
    const auto number = static_cast<std::uint64_t>(unixSeconds(entry.created)) ^
                        (static_cast<std::uint64_t>(entry.group) << 34);
    const auto when = number * kGoldenRatio;
    const auto hash = std::hash<std::string_view>()(entry.email) ^ when;
    auto& slot = slots_[hash % slots_.size()];
    return std::exchange(slot, hash) == hash;
  }

 private:
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(8'192);
};

/// Removes entries that `recent` has seen from `page`; returns how many there were.
std::size_t leaveOutRepeated(std::vector<suppression::Entry>& page, Recent& recent) {
  return std::erase_if(page, [&](const suppression::Entry& entry) { return recent.saw(entry); });
}

/// An id or a name in the place of the address is no entry. Invalid addresses may be anything.
void leaveOutNoAddresses(suppression::List list, ListPage& page) {
  if (list == suppression::List::invalidEmails) return;
  page.malformed.badRows += std::erase_if(page.entries, [](const suppression::Entry& entry) {
    const auto at = entry.email.rfind('@');
    return at == std::string::npos || at == 0 || at + 1 == entry.email.size();
  });
}

std::string withNames(std::string_view parameter, const std::vector<std::string>& names, std::size_t begin) {
  std::string query;
  for (std::size_t i = begin; i < std::min(names.size(), begin + kNamesPerRequest); ++i)
    query += fmt::format("&{}={}", parameter, http::percentEncode(names[i]));
  return query;
}

}  // namespace

struct Client::Call {
  std::string method = "GET";
  std::string body;      ///< JSON; empty without a body
  std::string endpoint;  ///< whose rate limit it uses
  std::string path;
  std::string query;  ///< each parameter preceded by "&"
  std::string scope;
  std::string onBehalfOf;
  std::string shownPath;     ///< for errors, if the path holds an address
  bool mayBeAbsent = false;  ///< that there is nothing under the path is an answer: an empty body
};

Days daysToAsk(const TimeZone& zone, Instant now, int back) {
  const Date earlier = std::min(zone.dateOf(now), TimeZone().dateOf(now));
  return Days{earlier - std::chrono::days(back), delivery::latestDate(now)};
}

Client::Client(http::Transport& transport, Clock& clock, AccountAccess access)
    : transport_(transport), clock_(clock), access_(std::move(access)) {
  while (!access_.baseUrl.empty() && access_.baseUrl.back() == '/') access_.baseUrl.pop_back();
  const auto url = http::Url::parse(access_.baseUrl);
  host_ = url.ok() ? url->host : "the address in base_url";
  // The seed only serves jitter: accounts should differ, runs need not.
  random_.seed(static_cast<unsigned>(std::hash<std::string>()(access_.name) | 1U));
}

double Client::random() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }

const RateBudget& Client::budget(std::string_view endpoint) const {
  static const RateBudget kUnknown;
  const auto found = budgets_.find(endpoint);
  return found == budgets_.end() ? kUnknown : found->second;
}

Client::Call Client::callTo(std::string_view endpoint, std::string path, std::string_view scope) const {
  Call call;
  call.endpoint = endpoint;
  call.path = std::move(path);
  call.scope = scope;
  call.onBehalfOf = access_.onBehalfOf;
  return call;
}

http::Request Client::requestFor(const Call& call) const {
  http::Request request;
  request.method = call.method;
  request.body = call.body;
  if (!call.body.empty()) request.headers.add("Content-Type", "application/json");
  request.url = access_.baseUrl + call.path;
  if (!call.query.empty()) request.url.append("?").append(call.query, 1);
  request.headers.add("Authorization", fmt::format("Bearer {}", access_.key.reveal()));
  request.headers.add("Accept", "application/json");
  if (!call.onBehalfOf.empty()) request.headers.add("on-behalf-of", call.onBehalfOf);
  request.limits.bodyBytes = kMaxAnswerBytes;
  return request;
}

Failure Client::blame(Failure failure, const Call& call) const {
  failure.text = withoutKeys(std::move(failure.text), access_.key.reveal());
  failure.phrase.editVerbatim(
      [this](std::string text) { return withoutKeys(std::move(text), access_.key.reveal()); });
  const auto& path = call.shownPath.empty() ? call.path : call.shownPath;
  if (!call.shownPath.empty()) {
    failure.text = withoutAddresses(std::move(failure.text));
    failure.phrase.editVerbatim([](std::string text) { return withoutAddresses(std::move(text)); });
  }
  return describeFailure(std::move(failure), fmt::format("{} {} of {}", call.method, path, host_),
                         call.scope);
}

Answer<std::string> Client::received(const Call& call, Result<http::Response, http::Failure> result) {
  if (!result.ok()) return blame(failureOf(result.error()), call);
  auto& response = *result;
  budgets_[call.endpoint].saw(rateLimitOf(response.headers, clock_.now()), clock_.now());
  // Requests that change something often get an empty response.
  if (call.method != "GET" && response.status / 100 == 2) return std::move(response.body);
  if (call.mayBeAbsent && saysNotFound(response)) return std::string();
  if (auto failure = failureOf(response, clock_.now())) return blame(std::move(*failure), call);
  return std::move(response.body);
}

Task<Answer<std::string>> Client::get(Call call) {
  if (hasControls(access_.key.reveal()) || hasControls(call.onBehalfOf)) {
    Failure failure{Failure::Kind::badRequest,
                    "the key or on_behalf_of contains a line break or another control character"};
    co_return blame(std::move(failure), call);
  }
  const Duration wait = budgets_[call.endpoint].pause(clock_.now());
  if (wait > Duration::zero()) co_await runtime::sleepFor(clock_, wait);
  http::Request request = requestFor(call);
  auto result = co_await transport_.send(std::move(request));
  co_return received(call, std::move(result));
}

// ---------------------------------------------------------------------------------------------------------------
// Statistics

bool Client::isLikelyAhead(Date to) const {
  const Instant now = clock_.now();
  return to > std::min(access_.zone.dateOf(now), TimeZone().dateOf(now));
}

// SendGrid's reference does not say whether an end_date may lie in the future. If it is refused, the request
// is repeated without an end_date, which means "until today", and such dates are omitted from then on. Where
// the zone may be wrong, a refusal that names the end_date tells.
Task<Answer<std::string>> Client::getDays(Call call, Days days) {
  const bool mayLieAhead = days.to > delivery::earliestDate(clock_.now());
  const std::string query = call.query;
  call.query = fmt::format("&start_date={}", toText(days.from));
  if (!(mayLieAhead && omitEndDate_)) call.query += fmt::format("&end_date={}", toText(days.to));
  call.query += query;
  auto body = co_await get(call);
  const bool refused = !body.ok() && body.error().kind == Failure::Kind::badRequest;
  if (!refused || !mayLieAhead || omitEndDate_) co_return body;
  const bool named = body.error().text.find("end_date") != std::string::npos;
  if (!named && !isLikelyAhead(days.to)) co_return body;

  call.query = fmt::format("&start_date={}{}", toText(days.from), query);
  auto second = co_await get(call);
  if (second.ok()) omitEndDate_ = true;
  co_return second;
}

Task<Answer<Statistics>> Client::readStatistics(Call call, Dimension dimension, Days days) {
  call.query += "&aggregated_by=day";
  auto body = co_await getDays(call, days);
  if (!body.ok()) co_return std::move(body).error();
  auto statistics = decodeStatistics(*body, access_.name, dimension);
  if (!statistics.ok()) co_return blame(std::move(statistics).error(), call);
  co_return statistics;
}

Task<Answer<Statistics>> Client::readInBatches(Call call, Dimension dimension, std::vector<std::string> names,
                                               Days days) {
  Statistics all;
  const std::string parameter = dimension == Dimension::category ? "categories" : "subusers";
  for (std::size_t begin = 0; begin < names.size(); begin += kNamesPerRequest) {
    call.query = withNames(parameter, names, begin);
    auto batch = co_await readStatistics(call, dimension, days);
    if (!batch.ok()) co_return std::move(batch).error();
    merge(all, std::move(batch).value());
  }
  co_return all;
}

Task<Answer<Statistics>> Client::statistics(Days days) {
  return readStatistics(callTo("stats", "/v3/stats", "stats.read"), Dimension::account, days);
}

Task<Answer<Statistics>> Client::mailboxProviderStatistics(Days days) {
  return readStatistics(
      callTo("mailbox_provider_stats", "/v3/mailbox_providers/stats", "mailbox_providers.stats.read"),
      Dimension::mailboxProvider, days);
}

Task<Answer<Statistics>> Client::categoryStatistics(std::vector<std::string> names, Days days) {
  return readInBatches(callTo("category_stats", "/v3/categories/stats", "categories.stats.read"),
                       Dimension::category, std::move(names), days);
}

Task<Answer<Statistics>> Client::subuserStatistics(std::vector<std::string> names, Days days) {
  auto call = callTo("subuser_stats", "/v3/subusers/stats", "subusers.stats.read");
  call.onBehalfOf.clear();
  return readInBatches(std::move(call), Dimension::subuser, std::move(names), days);
}

// ---------------------------------------------------------------------------------------------------------------
// Names and settings

Task<Answer<Names>> Client::readNames(Call call, Answer<NamePage> (*decode)(std::string_view)) {
  std::set<std::string> names;
  Names found;
  found.complete = false;
  std::size_t offset = 0;
  for (std::size_t page = 0; page < kMaxNamePages && !found.complete; ++page) {
    call.query = fmt::format("&limit={}&offset={}", kRowsPerPage, offset);
    auto body = co_await get(call);
    if (!body.ok()) co_return std::move(body).error();
    auto read = decode(*body);
    if (!read.ok()) co_return blame(std::move(read).error(), call);
    const auto before = names.size();
    names.insert(read->names.begin(), read->names.end());
    offset += read->rows;
    // A page without a new name is the end, or the server does not support paging.
    found.complete = read->rows < kSmallestFullNamePage || names.size() == before;
  }
  found.names.assign(names.begin(), names.end());
  co_return found;
}

Task<Answer<Names>> Client::categories() {
  return readNames(callTo("categories", "/v3/categories", "categories.read"), &decodeCategories);
}

Task<Answer<Names>> Client::subusers() {
  auto call = callTo("subusers", "/v3/subusers", "subusers.read");
  call.onBehalfOf.clear();
  return readNames(std::move(call), &decodeSubusers);
}

Task<Answer<std::vector<std::string>>> Client::scopes() {
  auto call = callTo("scopes", "/v3/scopes", "");
  call.onBehalfOf.clear();  // the scopes of the key itself, not of the subuser
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  auto scopes = decodeScopes(*body);
  if (!scopes.ok()) co_return blame(std::move(scopes).error(), call);
  co_return scopes;
}

Task<Answer<Credits>> Client::credits() {
  auto call = callTo("credits", "/v3/user/credits", "user.credits.read");
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  auto credits = decodeCredits(*body);
  if (!credits.ok()) co_return blame(std::move(credits).error(), call);
  co_return credits;
}

Task<Answer<Standing>> Client::standing() {
  auto call = callTo("account", "/v3/user/account", "user.account.read");
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  auto standing = decodeStanding(*body);
  if (!standing.ok()) co_return blame(std::move(standing).error(), call);
  co_return standing;
}

Task<Answer<std::vector<EventWebhookSettings>>> Client::eventWebhookSettings() {
  auto call =
      callTo("webhook_settings", "/v3/user/webhooks/event/settings/all", "user.webhooks.event.settings.read");
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  auto settings = decodeEventWebhooks(*body);
  if (!settings.ok()) co_return blame(std::move(settings).error(), call);
  co_return settings;
}

namespace {

std::string belowSettings(std::string_view part, const std::string& id) {
  std::string path = "/v3/user/webhooks/event/settings" + std::string(part);
  if (!id.empty()) path += "/" + http::percentEncode(id);
  return path;
}

}  // namespace

Task<Answer<std::string>> Client::eventWebhookKey(std::string id) {
  auto call = callTo("webhook_settings", belowSettings("/signed", id), "user.webhooks.event.settings.read");
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  co_return decodeEventWebhookKey(*body);
}

Task<Answer<std::string>> Client::putEventWebhook(EventWebhookWanted wanted) {
  auto call =
      callTo("webhook_settings", belowSettings("", wanted.create ? "" : wanted.id),
             wanted.create ? "user.webhooks.event.settings.create" : "user.webhooks.event.settings.update");
  call.method = wanted.create ? "POST" : "PATCH";
  call.body = encodeEventWebhook(wanted);
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  if (!wanted.create) co_return wanted.id;
  auto made = decodeEventWebhookId(*body);
  if (!made.ok()) co_return blame(std::move(made).error(), call);
  co_return made;
}

Task<Answer<std::string>> Client::signEventWebhook(std::string id) {
  auto call = callTo("webhook_settings", belowSettings("/signed", id), "user.webhooks.event.settings.update");
  call.method = "PATCH";
  call.body = "{\"enabled\":true}";
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  co_return decodeEventWebhookKey(*body);
}

Task<Answer<Nothing>> Client::testEventWebhook(std::string id, std::string url) {
  auto call = callTo("webhook_test", "/v3/user/webhooks/event/test", "user.webhooks.event.test.create");
  call.method = "POST";
  call.body = encodeEventWebhookTest(id, url);
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  co_return Nothing{};
}

// ---------------------------------------------------------------------------------------------------------------
// Suppression lists

Task<Answer<std::vector<UnsubscribeGroup>>> Client::unsubscribeGroups() {
  auto call = callTo("unsubscribe_groups", "/v3/asm/groups", "asm.groups.read");
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  auto groups = decodeUnsubscribeGroups(*body);
  if (!groups.ok()) co_return blame(std::move(groups).error(), call);
  if (groups->size() > kMaxGroups) groups->resize(kMaxGroups);
  co_return groups;
}

Client::Call Client::listCall(suppression::List list, Instant start, Instant end, std::size_t offset) const {
  if (!hasTimes(list)) {
    auto call = callTo("group_unsubscribes", "/v3/asm/suppressions", "asm.groups.read");
    call.query = fmt::format("&limit={}&offset={}", kRowsPerPage, offset);
    return call;
  }
  const auto listName = suppression::name(list);
  auto call = callTo(listName, fmt::format("/v3/suppression/{}", listName),
                     fmt::format("suppression.{}.read", listName));
  if (unixSeconds(start) > 0) call.query += fmt::format("&start_time={}", unixSeconds(start));
  call.query += fmt::format("&end_time={}&limit={}&offset={}", std::max<std::int64_t>(unixSeconds(end), 0),
                            kRowsPerPage, offset);
  return call;
}

Task<Answer<Nothing>> Client::readPage(Call call, ListReader& reader, ListPage& page) {
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  std::string json = std::move(body).value();
  auto read = reader.read(json, page);
  if (!read.ok()) co_return blame(std::move(read).error(), call);
  co_return read;
}

Task<Answer<Nothing>> Client::readPagePatiently(Call call, ListReader& reader, ListPage& page) {
  Backoff backoff;
  for (;;) {
    auto read = co_await readPage(call, reader, page);
    if (read.ok() || !mayPass(read.error().kind)) co_return read;
    const auto next = backoff.failed(toError(read.error(), clock_.now()), random());
    if (backoff.failuresInARow() == kPageTries) co_return read;
    co_await runtime::sleepFor(clock_, next.wait);
  }
}

Task<Answer<bool>> Client::isListed(suppression::List list, suppression::Entry entry) {
  const auto target = ReleaseTarget::of(list, entry.group, entry.email);
  if (!target)
    co_return Failure::of(Failure::Kind::badRequest,
                          phrase("no request can be made about this address alone"));
  const auto read = target->read();
  auto call = callTo("suppression_entry", read.path(), read.scope());
  call.shownPath = read.shownPath();
  call.mayBeAbsent = true;
  auto body = co_await get(call);
  if (!body.ok()) co_return std::move(body).error();
  if (body->empty()) co_return false;
  auto entries = decodeListed(*body, list, entry.group);
  if (!entries.ok()) co_return blame(std::move(entries).error(), call);
  const auto now = clock_.now();
  co_return std::ranges::any_of(*entries, [&](const suppression::Entry& listed) {
    return !suppression::hasTime(listed, now) || unixSeconds(listed.created) == unixSeconds(entry.created);
  });
}

namespace {

/// Where the next page of a list begins, and whether there may be one.
class Pages {
 public:
  std::size_t offset() const { return offset_; }
  bool ended() const { return ended_; }
  /// A page of `rows`, of which `entries` could be read and `repeated` were on pages before. Returns how many
  /// came again since pages shifted; nothing: it repeats the page before, wherever it is asked for.
  std::optional<std::size_t> took(std::size_t rows, std::size_t entries, std::size_t repeated) {
    // Where the page before lacked rows, this one began earlier, and as many may come again.
    const auto shifted = repeated - std::min(repeated, lacked_);
    // A longer page than asked for is the whole list, of a server that does not know paging.
    ended_ = rows == 0 || rows > kRowsPerPage;
    if (ended_) return shifted;
    const bool wasShort = lacked_ > 0;
    if (!wasShort && repeated > rows / 2) return std::nullopt;
    // Of entries seen before Recent misses some.
    if (wasShort && 10 * repeated >= 9 * entries) {
      // Servers that count in whole pages take such an offset for that of the page before. One that gives the
      // same rows at the next whole page, too, knows no offsets: the short page is its whole list.
      const auto whole = (offset_ + kRowsPerPage - 1) / kRowsPerPage * kRowsPerPage;
      ended_ = offset_ == whole;
      offset_ = whole;
      return 0;
    }
    offset_ += rows;
    lacked_ = kRowsPerPage - rows;
    return shifted;
  }

 private:
  std::size_t offset_ = 0;
  std::size_t lacked_ = 0;  // of the page before
  bool ended_ = false;
};

}  // namespace

Task<Answer<Crawl>> Client::crawl(suppression::List list, Instant start, Instant end, PageSink sink,
                                  std::size_t maxPages) {
  Crawl crawl;
  crawl.complete = false;
  ListReader reader;
  ListPage page;
  std::vector<suppression::Entry> some;
  Recent recent;
  Pages pages;
  while (crawl.pages < maxPages) {
    auto call = listCall(list, start, end, pages.offset());
    auto read = co_await readPagePatiently(call, reader, page);
    if (!read.ok()) co_return std::move(read).error();
    ++crawl.pages;
    leaveOutNoAddresses(list, page);
    if (page.entries.empty() && page.rows > 0)
      co_return blame(Failure::of(Failure::Kind::malformed, phrase("no row of the answer has an address")),
                      call);
    const auto readable = page.entries.size();
    const auto shifted = pages.took(page.rows, readable, leaveOutRepeated(page.entries, recent));
    if (!shifted) {
      auto failure =
          Failure::of(Failure::Kind::malformed, phrase("a page repeats the one before, whatever the offset"));
      co_return blame(std::move(failure), call);
    }
    crawl.malformed += page.malformed;
    crawl.malformed.repeated += *shifted;
    crawl.entries += page.entries.size();
    bool wantsMore = true;
    for (std::size_t at = 0; wantsMore && at < page.entries.size(); at += kRowsAtOnce) {
      if (at > 0) co_await runtime::yieldLoop();
      const auto begin = std::make_move_iterator(page.entries.begin() + static_cast<std::ptrdiff_t>(at));
      const auto count = std::min(kRowsAtOnce, page.entries.size() - at);
      some.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
      wantsMore = sink(some);
    }
    if (pages.ended()) crawl.complete = wantsMore;
    if (pages.ended() || !wantsMore) break;
  }
  co_return crawl;
}

}  // namespace arrivald::sendgrid
