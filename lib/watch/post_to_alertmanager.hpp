// PostToAlertmanager: tells every member of a cluster of Alertmanagers of the incidents that go on, each time
// anew, since an alert that is not repeated ends there.
#pragma once

#include <memory>
#include <vector>

#include "alertmanager/alert.hpp"
#include "alertmanager/client.hpp"
#include "config/config.hpp"
#include "http/transport.hpp"
#include "watch/job.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// The incidents that people were notified of, or would have been if there were a channel: those that go on
/// as alerts that end kLapsesAfter `now`, those that ended within that time with their end. Likewise, and
/// first, trouble of arrivald's own, by the rules "arrivald-store" and "arrivald-rules".
struct IncidentAlerts {
  std::vector<alertmanager::Alert> goOn, over;
};
IncidentAlerts incidentAlerts(const Owners& owners, const config::Config& config);

/// So long does an incident go on at an Alertmanager that hears nothing more: longer than an upgrade takes.
inline constexpr Duration kLapsesAfter = std::chrono::minutes(15);

/// Resource; loop thread only. Everything that is given must outlive it; `config` has an alertmanager.
class PostToAlertmanager {
 public:
  PostToAlertmanager(Owners& owners, http::Transport& transport, const config::Config& config);
  PostToAlertmanager(const PostToAlertmanager&) = delete;
  PostToAlertmanager& operator=(const PostToAlertmanager&) = delete;

  /// One round: to each member in turn. Fails if one of them did not take it, with the first such error; a
  /// round without alerts asks whether they are there.
  runtime::Task<JobOutcome> postOnce();

 private:
  Owners& owners_;
  const config::Config& config_;
  std::vector<std::unique_ptr<alertmanager::Client>> members_;
  alertmanager::Posted posted_;
};

}  // namespace arrivald::watch
