// Account: a simulated SendGrid account: its statistics, suppression lists and status page in simulated time.
// Pure; the same seed and calls give the same account.
#pragma once

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "delivery/subject.hpp"
#include "simulator/events.hpp"
#include "simulator/lists.hpp"
#include "simulator/town.hpp"

namespace arrivald::simulator {

struct AccountOptions {
  unsigned seed = 1;
  TimeZone zone;  ///< of the town and the account's calendar days
  /// Statistics are delayed by `lag` and published every `publishEvery`.
  Duration lag = std::chrono::minutes(2);
  Duration publishEvery = std::chrono::minutes(2);
  /// How long after its beginning an incident appears on the status page.
  Duration admitsAfter = std::chrono::minutes(25);
  /// How many entries the suppression lists have from earlier years; 0: a few pages of them, and no episodes.
  std::size_t archived = 0;
};

/// How the API fails a request.
enum class Fault { none, serverError, html, hang, halfBody, unauthorized, throttled };

class Account {
 public:
  static constexpr std::int64_t kUnsubscribeGroupId = kArchivedGroup;
  static constexpr const char* kUnsubscribeGroup = "お知らせ";

  /// The account begins two days before `start`, so that it has a history.
  Account(AccountOptions options, Instant start);

  /// Schedules an incident; `start` may be in the future.
  void plan(Incident incident, Instant start, Duration length);
  /// Simulates until `now`.
  void advance(Instant now);

  /// Takes the events up to some seconds before `now` that have not been returned yet, oldest first, at most
  /// `max`. Recording starts with the first call. Without the events that SendGrid withholds during an
  /// outage.
  std::vector<Happening> eventsUntil(Instant now, std::size_t max);

  const std::vector<std::string>& providers() const { return providers_; }
  const std::vector<std::string>& categories() const { return simulator::categories(); }
  /// As published; all zero for a day without mail.
  delivery::Counts total(const delivery::Subject& subject, Date date) const;
  /// Takes an entry off its list, as Lists::remove() does. The address gets a mail some minutes later: it
  /// fails where there is no such address, and of the others with every kFailsAgain-th release.
  bool release(suppression::List list, std::string_view email, Instant now);
  static constexpr std::uint64_t kFailsAgain = 4;
  const Lists& lists() const { return lists_; }
  Lists& lists() { return lists_; }
  const TimeZone& zone() const { return options_.zone; }

  /// The fault of a request at `now`; `random` selects among the symptoms of an outage.
  Fault fault(Instant now, unsigned random) const;
  /// The status page's summary.json.
  std::string statusPage(Instant now) const;
  /// The current incident, or none.
  Incident incident(Instant now) const;

 private:
  struct Planned {
    Incident incident;
    Instant start;
    Instant end;
    bool begun = false;
  };
  struct Unpublished {
    Instant at;
    delivery::Subject subject;
    delivery::Counts counts;
  };
  /// A mail to an address that was released.
  struct NextMail {
    Instant at;
    std::string recipient;
    delivery::Metric outcome;
  };
  void minute(Instant at);
  void sendNext(Instant at, std::vector<delivery::Counts>& groups, std::vector<Happening>& happenings);
  void publish(Instant now);
  void suppress(const Happening& happening);
  void fillLists();

  AccountOptions options_;
  Town town_;
  std::mt19937_64 random_;
  Instant at_;
  Instant nextPublication_;
  std::vector<std::string> providers_;
  std::vector<Planned> planned_;
  std::deque<Unpublished> unpublished_;
  std::map<delivery::Subject, std::map<Date, delivery::Counts>> totals_;
  Lists lists_;
  bool followed_ = false;
  std::vector<Happening> unreported_;
  std::vector<NextMail> nextMails_;
  std::uint64_t released_ = 0;
  std::uint64_t nextMail_ = 0;  // how many have been sent
};

}  // namespace arrivald::simulator
