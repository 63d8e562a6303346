// decode: the provider's JSON → facts. Pure. Every field is taken as optional and of any type; what cannot be
// used is skipped and counted, and only an answer of the wrong shape as a whole is a failure.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/statistics.hpp"
#include "sendgrid/failure.hpp"
#include "suppression/entry.hpp"

namespace arrivald::sendgrid {

/// What was skipped or bent while reading. All zero for a flawless answer.
struct Malformed {
  std::size_t unknownMetrics = 0;  ///< numbers under names we do not know
  std::size_t badNumbers = 0;      ///< negative, beyond 2^53, or no number: taken as missing
  std::size_t badRows = 0;         ///< without a date or a name, or not an object
  std::size_t repeated = 0;  ///< the same day or entry twice: the greater number, the first entry, count
  friend bool operator==(const Malformed&, const Malformed&) = default;
  Malformed& operator+=(const Malformed& other);
  bool any() const { return !(*this == Malformed{}); }
};

/// One or several answers of a statistics endpoint.
struct Statistics {
  std::vector<delivery::SubjectTotals> subjects;  ///< ordered by subject, days ascending
  Malformed malformed;
};

inline constexpr std::size_t kMaxNameBytes = 256;    ///< longer category, subuser or provider names are cut
inline constexpr std::size_t kMaxDays = 1'000;       ///< rows of one statistics answer; more is malformed
inline constexpr std::size_t kMaxSubjects = 20'000;  ///< of one statistics answer; more is malformed

/// A page of statistics. `account` goes into each subject; `dimension` says which endpoint it was. Days
/// without mail come as zeros or are missing, and both stay so. `[]`, `{}` and null are no days. Also reads
/// the single object that the "sums" endpoints give.
Answer<Statistics> decodeStatistics(std::string_view json, std::string_view account,
                                    delivery::Dimension dimension);

/// Joins answers about the same dimension; of two numbers for the same day the greater counts.
void merge(Statistics& into, Statistics&& more);

/// `{"scopes":["stats.read",…]}`, without repetition, ordered.
Answer<std::vector<std::string>> decodeScopes(std::string_view json);

/// `rows` is what paging goes by: rows that the answer held, usable or not.
struct NamePage {
  std::vector<std::string> names;
  std::size_t rows = 0;
};
/// `[{"category":"news"},…]`
Answer<NamePage> decodeCategories(std::string_view json);
/// `[{"username":"city",…},…]`
Answer<NamePage> decodeSubusers(std::string_view json);

struct ListPage {
  std::vector<suppression::Entry> entries;
  std::size_t rows = 0;  ///< what paging goes by: rows that the answer held, usable or not
  Malformed malformed;
};

inline constexpr std::size_t kMaxEmailBytes = 500;     ///< an entry with a longer address is a bad row
inline constexpr std::size_t kMaxReasonBytes = 1'000;  ///< longer ones are cut

/// Reads pages of suppression lists, one after another, by simdjson. Keeps its room between pages.
class ListReader {
 public:
  ListReader();
  ~ListReader();
  ListReader(const ListReader&) = delete;
  ListReader& operator=(const ListReader&) = delete;

  /// Puts what `json` holds in the place of what `page` held. The parser wants spare bytes behind the text
  /// and takes them from the string's capacity, which may therefore grow.
  Answer<Nothing> read(std::string& json, ListPage& page);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Classification {
  Date date;
  std::string name;  ///< the provider's seven names, spelled as its REST reference does; others as they came
  std::int64_t count;
  friend bool operator==(const Classification&, const Classification&) = default;
};
/// `{"result":[{"date":…,"stats":[{"classification":…,"count":…}]}]}`
Answer<std::vector<Classification>> decodeClassifications(std::string_view json);

/// What one of the account's event webhooks is set to.
struct EventWebhookSettings {
  std::string id;
  std::string url;  ///< without user, password and query
  bool enabled = false;
  std::vector<std::string> events;  ///< names of the event types that are on, ordered
  friend bool operator==(const EventWebhookSettings&, const EventWebhookSettings&) = default;
};
/// `{"max_allowed":5,"webhooks":[…]}`; with none the provider sends `[{}]`.
Answer<std::vector<EventWebhookSettings>> decodeEventWebhooks(std::string_view json);

/// Event types without which mail cannot be followed, as the settings spell them.
inline constexpr std::array<std::string_view, 5> kEventTypesNeeded = {"processed", "delivered", "deferred",
                                                                      "bounce", "dropped"};
/// `{"id":…,"public_key":…}`; empty where there is none.
Answer<std::string> decodeEventWebhookKey(std::string_view json);
/// `{"id":…}` of a webhook that was made.
Answer<std::string> decodeEventWebhookId(std::string_view json);
/// What to send to have a webhook switched on for everything that we read; `keep` stays on as well.
std::string encodeEventWebhook(std::string_view url, const std::vector<std::string>& keep);
std::string encodeEventWebhookTest(std::string_view id, std::string_view url);

/// The messages of an error body in any of its spellings, joined by "; ", masked and bounded; empty if there
/// are none.
std::string decodeErrors(std::string_view json);

}  // namespace arrivald::sendgrid
