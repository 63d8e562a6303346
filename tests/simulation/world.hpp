// World: a town's mail as the provider's statistics show it to the daemon (late, in lumps, by calendar day),
// through the real ledger and windows, under rules that are evaluated every minute. All on simulated time.
#pragma once

#include <deque>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time_zone.hpp"
#include "delivery/ledger.hpp"
#include "delivery/window.hpp"
#include "rules/evaluate.hpp"
#include "rules/window_facts.hpp"
#include "simulator/town.hpp"
#include "stream/aggregator.hpp"

namespace arrivald::simulation {

using simulator::Incident;
using simulator::Town;

/// One set of rules and what it remembers.
struct Judge {
  std::vector<rules::Rule> rules;
  std::vector<rules::Alert> alerts;
  std::vector<rules::Change> changes;  ///< of the last minute
};

/// The rule that most people would write: below 95 % over 60 minutes of at least 50 mails, account and
/// providers.
std::vector<rules::Rule> naiveRules();

/// What befalls the daemon and what it reads, beside the mail.
struct Life {
  Duration updatedAtLeast = std::chrono::minutes(1);  ///< the statistics move this often …
  Duration updatedAtMost = std::chrono::minutes(4);
  Duration shownAtLeast = std::chrono::minutes(1);  ///< … and then show what is this old
  Duration shownAtMost = std::chrono::minutes(3);
  double stale = 0;       ///< share of answers that come from a replica some minutes behind
  double partial = 0;     ///< share of answers in which one field of one row is missing
  double restarts = 0;    ///< a day; the daemon is away for 1 to 30 minutes each time
  Duration posted{};      ///< outcomes are told by events at most so often; 0: at once
  bool downtime = false;  ///< once, on the second Thursday, from 13:00 to 21:00
};

struct Setting {
  simulator::Habits habits;
  Life life;
  Date begins{std::chrono::year(2026) / 5 / 11};  ///< a Monday
  int days = 30;
  bool holidaysTold = false;  ///< they stand in the configuration
};
/// Every kind of sender and of life that is simulated.
std::span<const Setting> settings();

/// A value: a copy is a branch of the same history.
class World {
 public:
  /// A fresh installation: begins on a Monday, 00:00 in the town, with nothing known.
  World(unsigned seed, const Setting& setting);

  Instant now() const { return now_; }
  /// The last minute with requests, and with outcomes; as they happened, not as they were counted.
  Instant lastRequested() const { return lastRequested_; }
  Instant lastAnswered() const { return lastAnswered_; }
  Duration updateInterval() const { return life_.updatedAtMost; }
  const TimeZone& zone() const { return town_.zone(); }
  void begin(Incident incident, Instant start, Duration length);

  /// Lets time pass until `until` without judging.
  void pass(Instant until);
  /// From here on nothing but the mail and its incident varies.
  void calm() { calm_ = true; }
  /// One minute of mail, one poll, one evaluation by each judge.
  void step();

  Judge shipped;   ///< by the statistics only
  Judge streamed;  ///< the same rules, with the event stream beside the statistics
  Judge naive;

  /// How long mail takes until the statistics show it: mean, and what 95 % stay below.
  Duration meanLag() const;
  Duration lag95() const;

 private:
  void mail();
  void publish();
  void poll();
  bool ask(Instant at);
  void stream();
  void live();
  void restart();
  delivery::Counts shown(std::size_t subject, Date date, const delivery::Counts& counts, bool stale);
  void judge(Judge& by, bool withStream);

  /// What the rules ask of the event stream. It is always alive.
  class StreamView;

  Life life_;
  std::set<Date> holidaysTold_;
  bool calm_ = false;
  Instant awayUntil_{};
  bool askAgain_ = false;  // the last answer is doubtful
  std::mt19937_64 fate_;
  Town town_;
  TimeZone accountZone_;
  std::mt19937_64 random_;
  Instant now_;
  Instant began_ = now_;
  Instant lastRequested_ = now_;
  Instant lastAnswered_ = now_;
  Incident incident_ = Incident::none;
  Instant start_{};
  Instant end_{};

  struct Unpublished {
    Instant at;
    std::size_t subject;
    delivery::Counts counts;
  };
  std::deque<Unpublished> unpublished_;
  Instant nextPublication_{};
  std::vector<std::map<Date, delivery::Counts>> totals_;  // as published, by subject; 0 is the account
  std::vector<std::map<Date, delivery::Counts>> behind_;  // the same of a replica that lags
  std::vector<std::int64_t> lags_;                        // mails by whole minutes of lag

  delivery::Ledger ledger_;
  delivery::Windows windows_;
  // The event stream: what has happened and not been told yet, what it comes to, and its windows.
  std::vector<simulator::Happening> happenings_;
  std::shared_ptr<arrivald::stream::DomainGroups> groups_ =
      std::make_shared<arrivald::stream::DomainGroups>();
  arrivald::stream::Aggregator aggregator_;
  delivery::Windows streamed_;
  Instant flushed_ = now_;
  Instant posted_ = now_;  // outcomes until then have been told
  rules::Past streamedPast_;

  rules::Profiles profiles_;
  rules::Past past_;
  Instant learned_{};
  std::vector<rules::Reading> readings_;
};

}  // namespace arrivald::simulation
