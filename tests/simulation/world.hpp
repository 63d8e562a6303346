// World: a town's mail as the provider's statistics show it to the daemon (late, in lumps, by calendar day),
// through the real ledger and windows, under rules that are evaluated every minute. All on simulated time.
#pragma once

#include <deque>
#include <map>
#include <random>
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

/// A value: a copy is a branch of the same history.
class World {
 public:
  /// Begins on a Monday, 00:00 in the town.
  explicit World(unsigned seed);

  Instant now() const { return now_; }
  const TimeZone& zone() const { return town_.zone(); }
  void begin(Incident incident, Instant start, Duration length);

  /// Lets time pass until `until` with polls but without judging: the past that is learned from.
  void live(Instant until);
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
  void stream();
  void evaluateRule(Judge& evaluateRule, bool withStream);

  /// What the rules ask of the event stream. It is always alive.
  class StreamView;

  Town town_;
  TimeZone accountZone_;
  std::mt19937_64 random_;
  Instant now_;
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
  std::vector<std::int64_t> lags_;                        // mails by whole minutes of lag

  delivery::Ledger ledger_;
  delivery::Windows windows_;
  // The event stream: what has happened and not been told yet, what it comes to, and its windows.
  std::vector<simulator::Happening> happenings_;
  std::shared_ptr<arrivald::stream::DomainGroups> groups_ =
      std::make_shared<arrivald::stream::DomainGroups>();
  arrivald::stream::Aggregator aggregator_;
  delivery::Windows streamed_;
  rules::Past streamedPast_;

  rules::Profiles profiles_;
  rules::Past past_;
  Instant learned_{};
  std::vector<rules::Reading> readings_;
};

}  // namespace arrivald::simulation
