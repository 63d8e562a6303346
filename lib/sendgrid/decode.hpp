// decode: parses SendGrid's JSON. Pure. Every field is optional and may have any type; unusable ones are
// skipped and counted, and only a response whose overall structure is wrong is a Failure.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "delivery/statistics.hpp"
#include "sendgrid/failure.hpp"
#include "suppression/entry.hpp"

namespace arrivald::sendgrid {

/// Counts what was skipped or corrected while parsing. All zero for a valid response.
struct Malformed {
  std::size_t unknownMetrics = 0;  ///< numbers under unknown names
  std::size_t badNumbers = 0;      ///< negative, beyond 2^53, or not a number: taken as missing
  std::size_t badRows = 0;         ///< without a date or a name, or not an object
  std::size_t repeated = 0;        ///< the same day (greater number kept) or entry (first kept) twice
  friend bool operator==(const Malformed&, const Malformed&) = default;
  Malformed& operator+=(const Malformed& other);
  bool any() const { return !(*this == Malformed{}); }
};

/// The content of one or several responses of a statistics endpoint.
struct Statistics {
  std::vector<delivery::SubjectTotals> subjects;  ///< sorted by subject, days ascending
  Malformed malformed;
};

inline constexpr std::size_t kMaxNameBytes = 255;    ///< longer category, subuser or provider names are cut
inline constexpr std::size_t kMaxDays = 1'000;       ///< rows of one statistics answer; more is malformed
inline constexpr std::size_t kMaxSubjects = 20'000;  ///< of one statistics answer; more is malformed

/// A name of a category, subuser or provider as subjects have it: one line. Statistics and event stream call
/// the same thing the same, whatever characters the sender put into it.
std::string subjectName(std::string_view name);

/// Parses a statistics response. `account` is set in each subject; `dimension` is that of the endpoint. Days
/// without mail may be zeros or missing, and are kept so. `[]`, `{}` and null are no days. Also accepts the
/// single object that the "sums" endpoints return.
Answer<Statistics> decodeStatistics(std::string_view json, std::string_view account,
                                    delivery::Dimension dimension);

/// Merges responses of the same dimension; of two numbers for the same day the greater is kept.
void merge(Statistics& into, Statistics&& more);

/// Parses `{"scopes":["stats.read",…]}`; sorted, without duplicates.
Answer<std::vector<std::string>> decodeScopes(std::string_view json);

/// `rows` is the number of rows in the response, usable or not; paging depends on it.
struct NamePage {
  std::vector<std::string> names;
  std::size_t rows = 0;
};
/// `[{"category":"news"},…]`
Answer<NamePage> decodeCategories(std::string_view json);
/// `[{"username":"city",…},…]`
Answer<NamePage> decodeSubusers(std::string_view json);

/// A group of mail from which recipients unsubscribe separately.
struct UnsubscribeGroup {
  std::int64_t id = 0;
  std::string name;
  friend bool operator==(const UnsubscribeGroup&, const UnsubscribeGroup&) = default;
};
/// Parses `[{"id":100,"name":"News",…},…]`; a group without an id is left out.
Answer<std::vector<UnsubscribeGroup>> decodeUnsubscribeGroups(std::string_view json);

struct ListPage {
  std::vector<suppression::Entry> entries;
  std::size_t rows = 0;  ///< number of rows in the response, usable or not; paging depends on it
  Malformed malformed;
};

inline constexpr std::size_t kMaxEmailBytes = 500;     ///< an entry with a longer address is a bad row
inline constexpr std::size_t kMaxReasonBytes = 1'000;  ///< longer ones are truncated

/// Parses pages of suppression lists, one after another, with simdjson. Reuses its memory. Resource; one
/// thread at a time.
class ListReader {
 public:
  ListReader();
  ~ListReader();
  ListReader(const ListReader&) = delete;
  ListReader& operator=(const ListReader&) = delete;

  /// Replaces the content of `page` by that of `json`. simdjson needs spare bytes after the text and uses the
  /// string's capacity, which may grow.
  Answer<Nothing> read(std::string& json, ListPage& page);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Parses the answer about one address: the rows of a list; `{"recipient_email":…}` or `{}` of the global
/// unsubscribes; `{"suppressions":[{"id","suppressed"},…]}` of the groups, of which `group` is meant. Empty:
/// it is not listed. Entries of unsubscribes hold no time and no reason.
Answer<std::vector<suppression::Entry>> decodeListed(std::string_view json, suppression::List list,
                                                     std::int64_t group);

/// What the account's plan still pays for. A number that the answer lacks is unknown.
struct Credits {
  std::optional<std::int64_t> remain;   ///< mails that can still be sent before the reset; may be negative
  std::optional<std::int64_t> total;    ///< of one period
  std::optional<std::int64_t> overage;  ///< sent beyond `total`, where the plan allows it
  std::optional<Date> nextReset;
  friend bool operator==(const Credits&, const Credits&) = default;
};
/// Parses `{"remain":200,"total":200,"overage":0,"used":0,"next_reset":"2026-12-01",…}`.
Answer<Credits> decodeCredits(std::string_view json);

/// What SendGrid thinks of the account.
struct Standing {
  std::string plan;                  ///< "free", "paid", or as received; empty: unknown
  std::optional<double> reputation;  ///< from 0 to 100
  friend bool operator==(const Standing&, const Standing&) = default;
};
/// Parses `{"type":"paid","reputation":99.7}`.
Answer<Standing> decodeStanding(std::string_view json);

/// The settings of one of the account's event webhooks.
struct EventWebhookSettings {
  std::string id;
  std::string url;  ///< without user, password and query
  bool enabled = false;
  std::vector<std::string> events;  ///< names of the enabled event types, sorted
  bool hasPassword = false;         ///< the address had a user and a password
  std::string oauthClientId = {};   ///< empty: it fetches no token
  std::string oauthTokenUrl = {};   ///< without user, password and query
  friend bool operator==(const EventWebhookSettings&, const EventWebhookSettings&) = default;
};
/// Parses `{"max_allowed":5,"webhooks":[…]}`; without webhooks SendGrid sends `[{}]`.
Answer<std::vector<EventWebhookSettings>> decodeEventWebhooks(std::string_view json);

/// Event types that arrivald requires to follow messages, as spelled in the settings.
inline constexpr std::array<std::string_view, 5> kEventTypesNeeded = {"processed", "delivered", "deferred",
                                                                      "bounce", "dropped"};
/// Parses `{"id":…,"public_key":…}`; empty if there is no key.
Answer<std::string> decodeEventWebhookKey(std::string_view json);
/// Parses `{"id":…}` of a webhook that was created.
Answer<std::string> decodeEventWebhookId(std::string_view json);
/// What a webhook is to be set to. Its address and the client's secret are secrets.
struct EventWebhookWanted {
  bool create = true;                  ///< false: change the one with `id`
  std::string id = {};                 ///< empty: the only one of an account that knows no several ones
  Secret url = {};                     ///< with user and password, where batches are to carry them
  std::vector<std::string> keep = {};  ///< event types to enable besides those that arrivald reads
  std::string oauthClientId = {};      ///< empty: it fetches no token
  Secret oauthClientSecret = {};
  std::string oauthTokenUrl = {};
};
/// The body that enables a webhook and sets it to this.
std::string encodeEventWebhook(const EventWebhookWanted& wanted);
std::string encodeEventWebhookTest(std::string_view id, std::string_view url);

/// The messages of an error body in any of SendGrid's formats, joined by "; ", masked and bounded; empty if
/// there are none.
std::string decodeErrors(std::string_view json);

}  // namespace arrivald::sendgrid
