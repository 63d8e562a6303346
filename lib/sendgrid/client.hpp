// Client: one account's provider interface, as coroutines over http::Transport. Knows addresses, pages,
// batches and errors; never waits, repeats or logs: patience is the caller's (see patience.hpp).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "base/time_zone.hpp"
#include "http/transport.hpp"
#include "runtime/task.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/failure.hpp"
#include "sendgrid/patience.hpp"
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
inline constexpr std::size_t kMaxAnswerBytes = 8u << 20;

/// A listing that stops at a limit says so.
struct Names {
  std::vector<std::string> names;  ///< ordered, without repetition
  bool complete = true;            ///< false: there are more pages than kMaxNamePages
};

struct Crawl {
  std::size_t pages = 0;
  std::size_t entries = 0;  ///< handed to the sink
  Oddities oddities;
  bool complete = true;  ///< false: stopped at the page limit or by the sink
};

/// Resource. All calls on the loop thread. Several calls may be under way at once; each is one or more
/// requests in sequence and ends with the first that fails. Cancellation gives Kind::cancelled.
class Client {
 public:
  Client(http::Transport& transport, const Clock& clock, AccountAccess access);
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
  runtime::Task<Answer<std::vector<WebhookSettings>>> webhookSettings();

  /// What is left of each endpoint's allowance, for pacing and for metrics. Keys are the names of Endpoint.
  const RateBudget& budget(std::string_view endpoint) const;
  const std::map<std::string, RateBudget, std::less<>>& budgets() const { return budgets_; }

  /// True once the provider has refused an end_date in the future: the client leaves it out from then on.
  bool omitsEndDate() const { return omitEndDate_; }

 private:
  struct Call;
  runtime::Task<Answer<std::string>> get(Call call);
  runtime::Task<Answer<Statistics>> readStatistics(Call call, delivery::Dimension dimension, Days days);
  runtime::Task<Answer<Statistics>> readInBatches(Call call, delivery::Dimension dimension,
                                                  std::vector<std::string> names, Days days);
  runtime::Task<Answer<Names>> readNames(Call call, Answer<NamePage> (*decode)(std::string_view));

  http::Transport& transport_;
  const Clock& clock_;
  AccountAccess access_;
  std::map<std::string, RateBudget, std::less<>> budgets_;
  bool omitEndDate_ = false;
};

}  // namespace arrivald::sendgrid
