#include "watch/watch.hpp"

#include <fmt/format.h>

#include "watch/check_scopes.hpp"
#include "watch/check_stream_settings.hpp"
#include "watch/deliver_outbox.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/forward_events.hpp"
#include "watch/log.hpp"
#include "watch/ping_heartbeat.hpp"
#include "watch/poll_standing.hpp"
#include "watch/poll_statistics.hpp"
#include "watch/poll_status_page.hpp"
#include "watch/poll_suppressions.hpp"
#include "watch/publish.hpp"
#include "watch/readiness.hpp"

namespace arrivald::watch {

using runtime::Task;

struct Watch::Account {
  const config::Account& settings;
  sendgrid::Client client;
};

/// A job and its body.
struct Watch::Plan {
  JobPlan job;
  std::function<Task<JobOutcome>()> body;
};

namespace {

sendgrid::AccountAccess accessOf(const config::Account& account) {
  sendgrid::AccountAccess access;
  access.name = account.name;
  access.baseUrl = account.baseUrl;
  access.key = account.key.secret;
  access.onBehalfOf = account.onBehalfOf;
  access.zone = account.zone;
  return access;
}

// A task that throws is a bug in arrivald. The others continue, and nothing_read fires for the missing data.
void reportDeath(std::string_view name, std::string_view what) {
  log::error(
      fmt::format("the task {} has ended by an error and runs no more until a reload: {}", name, what));
}

}  // namespace

Watch::Watch(Owners& owners, http::Transport& transport, Random random,
             std::shared_ptr<const config::Config> config, RoundObserver& observer)
    : owners_(owners),
      transport_(transport),
      random_(std::move(random)),
      config_(std::move(config)),
      observer_(observer),
      channels_(makeChannels(*config_, transport_)),
      delivery_{owners_.outbox(), owners_.clock(), random_, channels_, *config_, attempts_},
      tasks_(owners.environment().executor, reportDeath) {
  for (const auto& account : config_->accounts)
    accounts_.push_back(
        std::unique_ptr<Account>(new Account{account, {transport_, owners_.clock(), accessOf(account)}}));
  if (config_->statusPage) {
    const auto pattern = statuspage::NamePattern::parse(config_->statusPage->match);
    statusPage_ = std::make_unique<statuspage::Client>(transport_, config_->statusPage->url,
                                                       pattern ? *pattern : statuspage::NamePattern::usual());
  }
  if (config_->heartbeat)
    pinger_ = std::make_unique<heartbeat::Pinger>(
        transport_, config_->heartbeat->url.secret,
        config_->heartbeat->post ? heartbeat::Method::post : heartbeat::Method::get);
}

Watch::~Watch() = default;

void Watch::start() {
  auto all = plans();
  std::vector<TaskId> tasks;
  for (const auto& plan : all) tasks.push_back({plan.job.account, plan.job.name});
  owners_.jobs().retain(tasks);
  retainMetrics(owners_, *config_, tasks);
  for (auto& plan : all) {
    auto name = plan.job.account.empty() ? plan.job.name : plan.job.account + " " + plan.job.name;
    tasks_.spawn(std::move(name), runJob(owners_, random_, std::move(plan.job), std::move(plan.body)));
  }
  for (const auto& target : config_->eventStream.forward)
    tasks_.spawn("forward " + target.name, forwardEvents(owners_, transport_, random_, target));
  for (const auto& channel : channels_)
    tasks_.spawn("channel " + channel->name(), deliverOutbox(delivery_, *channel));
}

std::vector<Watch::Plan> Watch::plans() {
  std::vector<Plan> all;
  for (auto& account : accounts_) planAccount(*account, all);
  if (statusPage_)
    all.push_back({{"", "status_page", config_->statusPage->schedule, true, Party::thirdParty},
                   [this] { return pollStatusPage(owners_, *statusPage_); }});
  // Silence must be noticed even though no event arrives.
  all.push_back({{"", "rules", Schedule::every(std::chrono::minutes(1), 0), false, Party::internal},
                 [this] { return evaluateNow(); }});
  all.push_back({{"", "event_stream", Schedule::every(std::chrono::seconds(10), 0), false, Party::internal},
                 [this] { return tickEvents(); }});
  if (pinger_)
    all.push_back({{"", "heartbeat", config_->heartbeat->schedule, false, Party::thirdParty},
                   [this] { return pingHeartbeat(owners_, *pinger_); }});
  return all;
}

void Watch::planAccount(Account& account, std::vector<Plan>& plans) {
  const auto& settings = account.settings;
  auto& client = account.client;
  const auto& poll = settings.poll;
  const auto plan = [&](const char* name, const Schedule& schedule, std::function<Task<JobOutcome>()> body) {
    plans.push_back({{settings.name, name, schedule, true, Party::provider}, std::move(body)});
  };
  plan("scopes", poll.scopes, [this, &client, &settings] {
    return checkScopes(owners_, client, wantedFeatures(settings), config_->language);
  });
  plan("statistics", poll.statistics, [this, &client] { return statisticsThenEvaluate(client); });
  if (settings.events && !settings.events->url.empty())
    plan("event_webhook", poll.eventWebhook,
         [this, &client, &settings] { return checkStreamSettings(owners_, client, settings); });
  if (settings.credits)
    plan("credits", poll.credits,
         [this, &client, &settings] { return pollStanding(owners_, client, settings); });
  if (settings.mailboxProviders.any())
    plan("mailbox_providers", poll.mailboxProviders,
         [this, &client] { return pollMailboxProviders(owners_, client); });
  if (settings.categories.any())
    plan("categories", poll.categories,
         [this, &client, &settings] { return pollCategories(owners_, client, settings.categories); });
  if (settings.subusers.any())
    plan("subusers", poll.subusers,
         [this, &client, &settings] { return pollSubusers(owners_, client, settings.subusers); });
  if (settings.suppressions) planLists(account, plans);
  plan("history", poll.history, [this, &client] { return pollStatistics(owners_, client, kHistoryDays); });
  plans.back().job.atStart = false;
}

void Watch::planLists(Account& account, std::vector<Plan>& plans) {
  const auto& settings = account.settings;
  auto& client = account.client;
  // A crawl is due at once if one of the lists has never been crawled completely.
  bool crawled = true;
  for (const auto list : suppression::kLists)
    crawled = crawled && owners_.lists().progress(settings.name, list).crawled.has_value();
  plans.push_back({{settings.name, "crawl", settings.poll.crawl, !crawled, Party::provider},
                   [this, &client] { return crawlSuppressions(owners_, client); }});
  plans.push_back({{settings.name, "suppressions", settings.poll.suppressions, true, Party::provider},
                   [this, &client] { return pollSuppressions(owners_, client); }});
}

Task<JobOutcome> Watch::statisticsThenEvaluate(sendgrid::Client& client) {
  auto outcome = co_await pollStatistics(owners_, client, kUsualDays);
  if (!outcome) evaluate();
  co_return std::move(outcome);
}

Task<JobOutcome> Watch::evaluateNow() {
  evaluate();
  co_return JobOutcome();
}

Task<JobOutcome> Watch::tickEvents() {
  owners_.events().tick();
  owners_.keepStore(*config_);
  co_return JobOutcome();
}

void Watch::evaluate() {
  evaluateRules(owners_, *config_);
  publish(owners_, *config_);
  observer_.evaluated(statusLine(owners_, *config_));
}

Task<> Watch::stop() {
  attempts_.close();
  owners_.outbox().wake();
  co_await attempts_.settle(owners_.clock(), kSettle);
  tasks_.stop();
  co_await tasks_.join();
}

}  // namespace arrivald::watch
