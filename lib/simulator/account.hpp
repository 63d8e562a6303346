// Account: a simulated account at the provider: what it counts, lists and publishes, on simulated time. Pure;
// the same seed and the same calls give the same account.
#pragma once

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "delivery/subject.hpp"
#include "simulator/events.hpp"
#include "simulator/town.hpp"
#include "suppression/entry.hpp"

namespace arrivald::simulator {

struct AccountOptions {
  unsigned seed = 1;
  TimeZone zone;  ///< of the town and of the account's calendar days
  /// Statistics come late and in lumps: nothing newer than `lag`, and only every `publishEvery`.
  Duration lag = std::chrono::minutes(2);
  Duration publishEvery = std::chrono::minutes(2);
  /// How long the provider's status page takes to admit an incident.
  Duration admitsAfter = std::chrono::minutes(25);
};

/// What the interface does to a request.
enum class Fault { none, serverError, html, hang, halfBody, unauthorized, throttled };

class Account {
 public:
  /// The account begins two days before `start`, so that there is a past.
  Account(AccountOptions options, Instant start);

  /// Begins at `start`, which may be ahead.
  void plan(Incident incident, Instant start, Duration length);
  /// Lets everything happen until `now`.
  void advance(Instant now);

  /// Takes what happened up to some seconds before `now` and has not been told yet, oldest first; only what
  /// happens from the first call on is kept for it. Nothing of what the provider holds back in an outage.
  std::vector<Happening> eventsUntil(Instant now, std::size_t max);

  const std::vector<std::string>& providers() const { return providers_; }
  const std::vector<std::string>& categories() const { return simulator::categories(); }
  /// As published; nothing for a day that has no mail.
  delivery::Counts total(const delivery::Subject& subject, Date date) const;
  const std::vector<suppression::Entry>& list(suppression::List list) const { return lists_.at(list); }
  const TimeZone& zone() const { return options_.zone; }

  /// What happens to a request at `now`; `random` picks among the ways in which an outage shows.
  Fault fault(Instant now, unsigned random) const;
  /// The status page's summary.json.
  std::string statusPage(Instant now) const;
  /// The incident under way, or none.
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
  void minute(Instant at);
  void publish(Instant now);
  void suppress(const Happening& happening);

  AccountOptions options_;
  Town town_;
  std::mt19937_64 random_;
  Instant at_;
  Instant nextPublication_;
  std::vector<std::string> providers_;
  std::vector<Planned> planned_;
  std::deque<Unpublished> unpublished_;
  std::map<delivery::Subject, std::map<Date, delivery::Counts>> totals_;
  std::map<suppression::List, std::vector<suppression::Entry>> lists_;
  bool followed_ = false;
  std::vector<Happening> unreported_;
};

}  // namespace arrivald::simulator
