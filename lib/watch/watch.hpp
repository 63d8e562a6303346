// Watch: everything that one configuration makes run. A reload builds another one over the same State.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
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
#include "watch/state.hpp"

namespace arrivald::watch {

class EventStream;

/// Resource, loop thread only. start(), and before destruction stop().
class Watch {
 public:
  /// `config` is kept; the rest must outlive the watch. `onRound` is called after each evaluation.
  Watch(boost::asio::any_io_executor executor, State& state, http::Transport& transport, Random random,
        std::shared_ptr<const config::Config> config, EventStream* events, std::function<void()> onRound);
  ~Watch();

  void start();
  /// Cancels every job and ends when all have ended; what they know is in the store.
  runtime::Task<> stop();

  const config::Config& config() const { return *config_; }
  double random() { return random_(); }

 private:
  struct Account;
  struct PlannedJob {
    JobPlan plan;
    std::function<runtime::Task<JobOutcome>()> body;
  };
  std::vector<PlannedJob> plannedJobs();
  void planAccount(Account& account, std::vector<PlannedJob>& jobs);
  void evaluate();
  runtime::Task<JobOutcome> statisticsThenEvaluate(sendgrid::Client& client);
  runtime::Task<JobOutcome> evaluateRule();

  State& state_;
  http::Transport& transport_;
  Random random_;
  std::shared_ptr<const config::Config> config_;
  EventStream* events_;  // may be null
  std::function<void()> onRound_;
  std::vector<std::unique_ptr<Account>> accounts_;
  std::unique_ptr<statuspage::Client> statusPage_;
  std::unique_ptr<heartbeat::Pinger> pinger_;
  Channels channels_;
  DeliveryEnvironment delivery_;
  runtime::TaskGroup tasks_;
};

}  // namespace arrivald::watch
