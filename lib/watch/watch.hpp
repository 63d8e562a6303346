// Watch: all tasks of one configuration. A reload makes another one for the same owners.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "heartbeat/heartbeat.hpp"
#include "http/transport.hpp"
#include "runtime/task_group.hpp"
#include "sendgrid/client.hpp"
#include "statuspage/client.hpp"
#include "watch/channels.hpp"
#include "watch/deliver_outbox.hpp"
#include "watch/job.hpp"
#include "watch/owners.hpp"
#include "watch/post_to_alertmanager.hpp"

namespace arrivald::watch {

/// Called after each evaluation, on the loop thread. Outlives the watch.
class RoundObserver {
 public:
  virtual ~RoundObserver() = default;
  /// `statusLine`: see watch::statusLine().
  virtual void evaluated(const std::string& statusLine) = 0;
};

/// Resource; loop thread only. Call start(), and stop() before destruction. Construction has no side effects.
class Watch {
 public:
  static constexpr Duration kSettle = std::chrono::seconds(5);

  /// `config` is copied; everything else must outlive the watch.
  Watch(Owners& owners, http::Transport& transport, Random random,
        std::shared_ptr<const config::Config> config, RoundObserver& observer);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// Requires that the owners have retained the configuration.
  void start();
  /// Lets channels finish what they are being sent, for at most kSettle, so that none gets it twice; then
  /// cancels every job and waits for their end. Their results are in the store then.
  runtime::Task<> stop();

 private:
  struct Account;
  using Body = std::function<runtime::Task<JobOutcome>()>;
  Body bodyOf(const JobPlan& plan);
  Body bodyOf(JobKind kind, Account& account);
  RunSoon soonOf(const JobPlan& plan) const;
  Account& accountOf(const JobPlan& plan) const;
  void evaluate();
  runtime::Task<JobOutcome> statisticsThenEvaluate(sendgrid::Client& client);
  runtime::Task<JobOutcome> evaluateNow();
  runtime::Task<JobOutcome> tickEvents();

  Owners& owners_;
  http::Transport& transport_;
  Random random_;
  std::shared_ptr<const config::Config> config_;
  RoundObserver& observer_;
  std::vector<std::unique_ptr<Account>> accounts_;
  std::unique_ptr<statuspage::Client> statusPage_;
  /// Programs of others that are told how it stands.
  struct Monitors {
    std::unique_ptr<heartbeat::Pinger> heartbeat;
    std::unique_ptr<PostToAlertmanager> alertmanager;
  };
  Monitors monitors_;
  Channels channels_;
  Attempts attempts_;
  DeliveryEnvironment delivery_;
  runtime::TaskGroup tasks_;
};

}  // namespace arrivald::watch
