// Client: SendGrid's Web API for one account, as coroutines over http::Transport. Handles URLs, paging,
// batches and errors, and slows down when an endpoint's rate limit runs low. It does not retry failed calls,
// except single pages of a crawl: retries are the caller's decision (see base/backoff.hpp).
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"
#include "base/time_zone.hpp"
#include "http/transport.hpp"
#include "runtime/task.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/failure.hpp"
#include "sendgrid/rate_budget.hpp"
#include "suppression/entry.hpp"

namespace arrivald::sendgrid {

/// The credentials and settings of one account.
struct AccountAccess {
  std::string name;                                  ///< in the YAML; goes into every Subject
  std::string baseUrl = "https://api.sendgrid.com";  ///< of the region; must be that of onBehalfOf too
  Secret key;
  std::string onBehalfOf;  ///< a subuser's name or "account-id …", or empty
  TimeZone zone;           ///< defines the account's calendar days
};

/// A range of days, both included.
struct Days {
  Date from;
  Date to;
  friend bool operator==(const Days&, const Days&) = default;
};

/// The days that a poll at `now` requests: from `back` days before the earlier of the current days in `zone`
/// and in UTC, to the latest date that it is anywhere on earth (UTC+14). SendGrid may count in the account's
/// zone or in UTC, and `zone` may not be that of the account: no mail is missed for that.
Days daysToAsk(const TimeZone& zone, Instant now, int back);

inline constexpr std::size_t kNamesPerRequest = 10;    ///< the provider's limit for categories and subusers
inline constexpr std::size_t kRowsPerPage = 500;       ///< the provider's limit for lists
inline constexpr std::size_t kRowsAtOnce = 100;        ///< that a sink receives
inline constexpr std::size_t kMaxNamePages = 40;       ///< of categories() and subusers(): 20,000 names
inline constexpr std::size_t kMaxCrawlPages = 20'000;  ///< of one crawl: 10,000,000 entries
inline constexpr std::size_t kMaxGroups = 1'000;       ///< of unsubscribeGroups()
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{8} << 20;
inline constexpr int kPageTries = 4;  ///< attempts for one page of a crawl

/// A list of names, and whether it is complete.
struct Names {
  std::vector<std::string> names;  ///< sorted, without duplicates
  bool complete = true;            ///< false: there are more pages than kMaxNamePages
};

struct Crawl {
  std::size_t pages = 0;
  std::size_t entries = 0;  ///< passed to the sink
  /// If `repeated` is not 0, pages shifted during the crawl, so an entry may also have been skipped.
  Malformed malformed;
  bool complete = true;  ///< false: stopped at the page limit or by the sink
};

/// Resource. Loop thread only. Several calls may be in progress at once; each sends one or more requests in
/// sequence and ends with the first failure. A cancelled call returns Kind::cancelled, or throws as any await
/// of a cancelled task does.
class Client {
 public:
  Client(http::Transport& transport, Clock& clock, AccountAccess access);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const AccountAccess& access() const { return access_; }

  /// The account's own statistics; those of a parent account exclude its subusers.
  runtime::Task<Answer<Statistics>> statistics(Days days);
  /// All mailbox providers that the account sent to.
  runtime::Task<Answer<Statistics>> mailboxProviderStatistics(Days days);
  /// Ten names per request; no request if `names` is empty.
  runtime::Task<Answer<Statistics>> categoryStatistics(std::vector<std::string> names, Days days);
  /// The same for the subusers of a parent account; sent without the on-behalf-of header.
  runtime::Task<Answer<Statistics>> subuserStatistics(std::vector<std::string> names, Days days);

  runtime::Task<Answer<Names>> categories();
  runtime::Task<Answer<Names>> subusers();
  runtime::Task<Answer<std::vector<std::string>>> scopes();

  /// At most kMaxGroups: the provider's limit for an account is 200.
  runtime::Task<Answer<std::vector<UnsubscribeGroup>>> unsubscribeGroups();

  /// Receives a part of a page, which it may modify; returns false to stop the crawl. New entries take long
  /// to store: others run in between.
  using PageSink = std::function<bool(std::vector<suppression::Entry>& page)>;
  /// Whether crawl() can ask for the entries of a span of time: of the unsubscribe groups it reads all.
  static bool hasTimes(suppression::List list) { return list != suppression::List::groupUnsubscribes; }
  /// Reads the entries created from `start` to `end`, both included, in SendGrid's order (which its reference
  /// does not specify): page after page until one is empty. A page that is not full is no end: its reference
  /// says that the offset is a position in the list, and not that only the last page lacks rows. Passes each
  /// to `sink`: memory does not grow with the list. `end` is the same for all pages, so that new entries do
  /// not shift them. Entries that repeat one of the last few pages are left out; the sink has to handle
  /// repetitions that are further apart.
  runtime::Task<Answer<Crawl>> crawl(suppression::List list, Instant start, Instant end, PageSink sink,
                                     std::size_t maxPages = kMaxCrawlPages);
  /// Whether the list holds this entry, which is asked for by its address alone: an entry of another time is
  /// another one, where the answer tells times. Errors name no address.
  /// Kind::badRequest, and no request, where none can be made about this address alone.
  runtime::Task<Answer<bool>> isListed(suppression::List list, suppression::Entry entry);

  runtime::Task<Answer<Credits>> credits();
  runtime::Task<Answer<Standing>> standing();
  runtime::Task<Answer<std::vector<EventWebhookSettings>>> eventWebhookSettings();
  /// The public key that verifies a webhook's batches; empty while its signature is switched off. Without an
  /// `id` that of the only one of an account that knows no several ones.
  runtime::Task<Answer<std::string>> eventWebhookKey(std::string id);
  /// Creates or changes a webhook: it is enabled, and sends all event types that arrivald reads and those in
  /// `keep`. Returns its id. Requires the scopes user.webhooks.event.settings.create and .update.
  runtime::Task<Answer<std::string>> putEventWebhook(EventWebhookWanted wanted);
  /// Enables the signature and returns the public key. An existing key pair is kept.
  runtime::Task<Answer<std::string>> signEventWebhook(std::string id);
  /// Makes SendGrid post its eleven test events.
  runtime::Task<Answer<Nothing>> testEventWebhook(std::string id, std::string url);

  /// The remaining requests of an endpoint, for pacing and metrics. Keys are the names passed to callTo().
  const RateBudget& budget(std::string_view endpoint) const;
  const std::map<std::string, RateBudget, std::less<>>& budgets() const { return budgets_; }

 private:
  struct Call;
  Call callTo(std::string_view endpoint, std::string path, std::string_view scope) const;
  Call listCall(suppression::List list, Instant start, Instant end, std::size_t offset) const;
  http::Request requestFor(const Call& call) const;
  Failure blame(Failure failure, const Call& call) const;
  Answer<std::string> received(const Call& call, Result<http::Response, http::Failure> result);
  bool isLikelyAhead(Date to) const;
  double random();

  runtime::Task<Answer<std::string>> get(Call call);
  runtime::Task<Answer<std::string>> getDays(Call call, Days days);
  runtime::Task<Answer<Statistics>> readStatistics(Call call, delivery::Dimension dimension, Days days);
  runtime::Task<Answer<Statistics>> readInBatches(Call call, delivery::Dimension dimension,
                                                  std::vector<std::string> names, Days days);
  runtime::Task<Answer<Names>> readNames(Call call, Answer<NamePage> (*decode)(std::string_view));
  runtime::Task<Answer<Nothing>> readPage(Call call, ListReader& reader, ListPage& page);
  runtime::Task<Answer<Nothing>> readPagePatiently(Call call, ListReader& reader, ListPage& page);

  http::Transport& transport_;
  Clock& clock_;
  AccountAccess access_;
  std::string host_;  // for error texts
  std::map<std::string, RateBudget, std::less<>> budgets_;
  std::minstd_rand random_;
  bool omitEndDate_ = false;
};

}  // namespace arrivald::sendgrid
