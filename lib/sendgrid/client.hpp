// Client: one account's provider interface, as coroutines over http::Transport. Knows addresses, pages,
// batches and errors. Slows down by itself when an endpoint's allowance runs low; whether and when a failed
// call is made again is the caller's (see patience.hpp), but for the pages of a crawl.
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
#include "sendgrid/backoff.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/failure.hpp"
#include "suppression/entry.hpp"

namespace arrivald::sendgrid {

/// How to reach one account.
struct AccountAccess {
  std::string name;                                  ///< in the YAML; goes into every Subject
  std::string baseUrl = "https://api.sendgrid.com";  ///< of the region; must match that of onBehalfOf
  Secret key;
  std::string onBehalfOf;  ///< a subuser's name or "account-id …", or empty
  TimeZone zone;           ///< in which the account's calendar days begin
  /// "suppressions" is where the answers have been seen, "suppression" what the reference says.
  std::string classificationsPath = "/v3/suppressions/bounces/classifications";
};

/// Which days to ask for: inclusive at both ends.
struct Days {
  Date from;
  Date to;
  friend bool operator==(const Days&, const Days&) = default;
};

/// The days that a poll at `now` needs: `back` days before the earlier and up to the later of the days that
/// it is now in the account's zone and in UTC.
Days daysToAsk(const TimeZone& zone, Instant now, int back);

inline constexpr std::size_t kNamesPerRequest = 10;    ///< the provider's limit for categories and subusers
inline constexpr std::size_t kRowsPerPage = 500;       ///< the provider's limit for lists
inline constexpr std::size_t kMaxNamePages = 40;       ///< of categories() and subusers(): 20,000 names
inline constexpr std::size_t kMaxCrawlPages = 20'000;  ///< of one crawl: 10,000,000 entries
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{8} << 20;
inline constexpr int kPageTries = 4;  ///< of one page of a crawl

/// A listing that stops at a limit says so.
struct Names {
  std::vector<std::string> names;  ///< ordered, without repetition
  bool complete = true;            ///< false: there are more pages than kMaxNamePages
};

struct Crawl {
  std::size_t pages = 0;
  std::size_t entries = 0;  ///< handed to the sink
  /// `repeated` above zero: pages shifted while they were read, so an entry may have been passed over as
  /// well.
  Malformed malformed;
  bool complete = true;  ///< false: stopped at the page limit or by the sink
};

/// Resource. All calls on the loop thread. Several calls may be under way at once; each is one or more
/// requests in sequence and ends with the first that fails. A call that is cancelled gives Kind::cancelled or
/// throws what any await of a cancelled task throws.
class Client {
 public:
  Client(http::Transport& transport, Clock& clock, AccountAccess access);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const AccountAccess& access() const { return access_; }

  /// The account's own statistics; of a parent account without its subusers.
  runtime::Task<Answer<Statistics>> statistics(Days days);
  /// Every mailbox provider that the account sent to.
  runtime::Task<Answer<Statistics>> mailboxProviderStatistics(Days days);
  /// Ten names a request; no request without names.
  runtime::Task<Answer<Statistics>> categoryStatistics(std::vector<std::string> names, Days days);
  /// As above, of a parent account; sends no on-behalf-of.
  runtime::Task<Answer<Statistics>> subuserStatistics(std::vector<std::string> names, Days days);

  runtime::Task<Answer<Names>> categories();
  runtime::Task<Answer<Names>> subusers();
  runtime::Task<Answer<std::vector<std::string>>> scopes();

  /// Entries created from `start` to `end`, both inclusive, as the provider orders them (it does not say
  /// how).
  runtime::Task<Answer<ListPage>> suppressionPage(suppression::List list, Instant start, Instant end,
                                                  std::size_t offset);

  /// Gets a page, with which it may do as it likes; returns false to stop.
  using PageSink = std::function<bool(std::vector<suppression::Entry>& page)>;
  /// Page after page until one is not full, each handed to `sink` and forgotten: memory does not grow with
  /// the list. `end` is fixed for all pages, so that what is added meanwhile shifts nothing. An entry that
  /// repeats one of the last few pages is left out; repetitions further apart are the sink's to find.
  runtime::Task<Answer<Crawl>> crawl(suppression::List list, Instant start, Instant end, PageSink sink,
                                     std::size_t maxPages = kMaxCrawlPages);

  runtime::Task<Answer<std::vector<Classification>>> bounceClassifications(Days days);
  runtime::Task<Answer<std::vector<EventWebhookSettings>>> eventWebhookSettings();
  /// The public key by which a webhook's batches are verified; empty while its signature is switched off.
  runtime::Task<Answer<std::string>> eventWebhookKey(std::string id);
  /// Makes a webhook, or with an `id` changes it: posts to `url`, switched on, every event type that we read
  /// and those of `keep`. Returns its id. The key needs user.webhooks.event.settings.create and .update.
  runtime::Task<Answer<std::string>> putEventWebhook(std::string id, std::string url,
                                                     std::vector<std::string> keep);
  /// Switches the signature on, and returns the public key. A key pair that is there stays.
  runtime::Task<Answer<std::string>> signEventWebhook(std::string id);
  /// Has the provider post its eleven test events.
  runtime::Task<Answer<Nothing>> testEventWebhook(std::string id, std::string url);

  /// What is left of each endpoint's allowance, for pacing and for metrics. Keys are the names of Endpoint.
  const RateBudget& budget(std::string_view endpoint) const;
  const std::map<std::string, RateBudget, std::less<>>& budgets() const { return budgets_; }

  /// True once the provider has refused an end_date in the future: the client leaves it out from then on.
  bool omitsEndDate() const { return omitEndDate_; }

 private:
  struct Call;
  Call callTo(std::string_view endpoint, std::string path, std::string_view scope) const;
  Call listCall(suppression::List list, Instant start, Instant end, std::size_t offset) const;
  http::Request requestFor(const Call& call) const;
  Failure blame(Failure failure, const Call& call) const;
  Answer<std::string> received(const Call& call, Result<http::Response, http::Failure> result);
  bool mayLieAhead(Date to) const;
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
  std::string host_;  // for messages
  std::map<std::string, RateBudget, std::less<>> budgets_;
  std::minstd_rand random_;
  bool omitEndDate_ = false;
};

}  // namespace arrivald::sendgrid
