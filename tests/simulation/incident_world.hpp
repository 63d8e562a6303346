// IncidentWorld: a city's mail, judged by the shipped rules, with incidents followed and notices counted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "delivery/window.hpp"
#include "incidents/cross_table.hpp"
#include "incidents/follow.hpp"
#include "incidents/notices.hpp"
#include "rules/evaluate.hpp"
#include "rules/window_facts.hpp"
#include "simulation/city.hpp"
#include "stream/aggregator.hpp"

namespace arrivald::simulation {

/// A value: a copy is a branch of the same history.
class IncidentWorld {
 public:
  IncidentWorld(unsigned seed, double readRightly);

  Instant now() const { return now_; }
  City& city() { return city_; }
  /// Lets time pass without judging.
  void pass(Instant until);
  /// One minute of mail, one evaluation, one look.
  void step();
  /// The table is lost, as after a restart without its log.
  void loseTable() { table_ = incidents::CrossTable(now_); }

  incidents::NoticePolicy policy;
  const std::vector<rules::Alert>& alerts() const { return alerts_; }
  const incidents::Followed& followed() const { return followed_; }
  const incidents::CrossTable& table() const { return table_; }
  std::vector<rules::Change> changes;              ///< of the last minute, by today's way
  std::vector<incidents::Change> incidentChanges;  ///< of the last minute
  std::vector<incidents::Notice> notices;          ///< of the last minute

 private:
  void mail();
  void publish();
  void judge();
  std::vector<incidents::WaitingWindow> waiting() const;

  City city_;
  TimeZone accountZone_;
  std::shared_ptr<stream::DomainGroups> groups_ = std::make_shared<stream::DomainGroups>();
  stream::Aggregator aggregator_;
  Instant now_;
  Instant flushed_;
  std::vector<Happened> unreported_;
  struct Published {
    Instant from, to;
    std::vector<delivery::Increment> increments;
  };
  std::vector<Published> unpublished_;
  delivery::Windows streamed_, statistics_;
  rules::Profiles profiles_;
  rules::Past past_;
  Instant learned_{};
  std::vector<rules::Reading> readings_;
  std::vector<rules::Rule> rules_;
  std::vector<rules::Alert> alerts_;
  incidents::CrossTable table_;
  incidents::Followed followed_;
};

}  // namespace arrivald::simulation
