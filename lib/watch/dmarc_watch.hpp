// DmarcWatch: what one configuration does about DMARC reports: reads its folder, exports, forgets.
#pragma once

#include <memory>
#include <optional>

#include "runtime/task_group.hpp"
#include "watch/dmarc_directory.hpp"
#include "watch/dmarc_views.hpp"
#include "watch/job.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. If it was started, stop() must complete before destruction.
class DmarcWatch {
 public:
  DmarcWatch(Owners& owners, DmarcReports& reports, DmarcViews& views, runtime::FileThread& thread,
             std::shared_ptr<const config::Config> configuration, Random random);
  DmarcWatch(const DmarcWatch&) = delete;
  DmarcWatch& operator=(const DmarcWatch&) = delete;

  /// Before start(). Both outlive this; without, the domain name system is not asked.
  void askDnsBy(dns::Resolver& resolver, DmarcDns& dns);
  /// Does nothing where the configuration has no reports.
  void start();
  runtime::Task<> stop();
  /// One run of its job.
  runtime::Task<JobOutcome> run();

 private:
  runtime::Task<> publish();
  runtime::Task<> sendWeekly();
  runtime::Task<JobOutcome> checkDns();
  void startJob(JobKind kind, std::function<runtime::Task<JobOutcome>()> body);

  Owners& owners_;
  DmarcReports& reports_;
  DmarcViews& views_;
  std::shared_ptr<const config::Config> config_;
  Random random_;
  std::optional<DmarcDirectory> directory_;
  std::optional<Instant> exportedInput_;       // what had come when the metrics were last exported
  std::optional<Duration> exported_, pruned_;  // since boot
  dns::Resolver* resolver_ = nullptr;
  DmarcDns* dns_ = nullptr;
  runtime::TaskGroup tasks_;
};

}  // namespace arrivald::watch
