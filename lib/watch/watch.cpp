#include "watch/watch.hpp"

#include <fmt/format.h>

#include "watch/check_scopes.hpp"
#include "watch/check_stream_settings.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/event_stream.hpp"
#include "watch/forward_events.hpp"
#include "watch/log.hpp"
#include "watch/ping_heartbeat.hpp"
#include "watch/poll_statistics.hpp"
#include "watch/poll_status_page.hpp"
#include "watch/poll_suppressions.hpp"
#include "watch/publish.hpp"

namespace arrivald::watch {

using runtime::Task;

struct Watch::Account {
  const config::Account& settings;
  sendgrid::Client client;
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

}  // namespace

Watch::Watch(boost::asio::any_io_executor executor, State& state, http::Transport& transport, Random random,
             std::shared_ptr<const config::Config> config, EventStream* events, std::function<void()> onRound)
    : state_(state),
      transport_(transport),
      random_(std::move(random)),
      config_(std::move(config)),
      events_(events),
      onRound_(std::move(onRound)),
      channels_(makeChannels(*config_, transport_)),
      delivery_{state_.outbox(), state_.clock(), random_, channels_, *config_},
      tasks_(executor, [](std::string_view name, std::string_view what) {
        // A task that dies is a bug of ours: the rest goes on, and the rule "nothing read" will tell of what
        // is missing.
        log::error(
            fmt::format("the task {} has ended by an error and runs no more until a reload: {}", name, what));
      }) {
  for (const auto& account : config_->accounts)
    accounts_.push_back(
        std::unique_ptr<Account>(new Account{account, {transport_, state_.clock(), accessOf(account)}}));
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
  state_.retain(*config_);
  auto jobs = plannedJobs();
  std::vector<TaskId> ids;
  for (const auto& job : jobs) ids.push_back({job.plan.account, job.plan.name});
  state_.jobs().retain(ids);
  for (auto& job : jobs) {
    auto name = job.plan.account.empty() ? job.plan.name : job.plan.account + " " + job.plan.name;
    tasks_.spawn(std::move(name), runJob(state_, random_, std::move(job.plan), std::move(job.body)));
  }
  for (std::size_t i = 0; events_ && i < config_->eventStream.forward.size(); ++i) {
    const auto& target = config_->eventStream.forward[i];
    tasks_.spawn("forward " + target.name,
                 forwardEvents(state_, transport_, random_, events_->forwardWakeup(), target));
  }
  for (const auto& channel : channels_)
    tasks_.spawn("channel " + channel->name(), deliverOutbox(delivery_, *channel));
}

std::vector<Watch::PlannedJob> Watch::plannedJobs() {
  std::vector<PlannedJob> jobs;
  for (auto& account : accounts_) planAccount(*account, jobs);
  if (statusPage_)
    jobs.push_back({{"", "status_page", config_->statusPage->schedule, true, Party::thirdParty},
                    [this] { return pollStatusPage(state_, *statusPage_); }});
  // Silence has to be noticed when nothing comes, too.
  jobs.push_back({{"", "rules", Schedule::every(std::chrono::minutes(1), 0), false, Party::internal},
                  [this] { return evaluateRule(); }});
  if (events_)
    jobs.push_back(
        {{"", "event_stream", Schedule::every(std::chrono::seconds(10), 0), false, Party::internal},
         [this]() -> Task<JobOutcome> {
           events_->tick();
           co_return std::nullopt;
         }});
  if (pinger_)
    jobs.push_back({{"", "heartbeat", config_->heartbeat->schedule, false, Party::thirdParty},
                    [this] { return pingHeartbeat(state_, *pinger_); }});
  return jobs;
}

void Watch::planAccount(Account& account, std::vector<PlannedJob>& jobs) {
  const auto& settings = account.settings;
  auto& client = account.client;
  const auto& poll = settings.poll;
  const auto add = [&](const char* name, const Schedule& schedule, std::function<Task<JobOutcome>()> body) {
    jobs.push_back({{settings.name, name, schedule, true, Party::provider}, std::move(body)});
  };
  const auto addLater = [&](const char* name, const Schedule& schedule,
                            std::function<Task<JobOutcome>()> body) {
    add(name, schedule, std::move(body));
    jobs.back().plan.atStart = false;
  };
  add("scopes", poll.scopes, [this, &client, &settings] {
    return checkScopes(state_, client, wantedFeatures(settings), config_->language);
  });
  add("statistics", poll.statistics, [this, &client] { return statisticsThenEvaluate(client); });
  if (settings.events && !settings.events->url.empty())
    add("event_webhook", poll.eventWebhook,
        [this, &client, &settings] { return checkStreamSettings(state_, client, settings); });
  if (settings.mailboxProviders.any())
    add("mailbox_providers", poll.mailboxProviders,
        [this, &client] { return pollMailboxProviders(state_, client); });
  if (settings.categories.any())
    add("categories", poll.categories,
        [this, &client, &settings] { return pollCategories(state_, client, settings.categories); });
  if (settings.subusers.any())
    add("subusers", poll.subusers,
        [this, &client, &settings] { return pollSubusers(state_, client, settings.subusers); });
  if (settings.suppressions) {
    bool crawled = true;
    for (const auto list : suppression::kLists)
      crawled = crawled && state_.progress(settings.name, list).crawled.has_value();
    const auto crawl = [this, &client] { return crawlSuppressions(state_, client); };
    const auto read = [this, &client] { return pollSuppressions(state_, client); };
    // Once all lists have been crawled to their ends the news are due at once, before that the crawl.
    if (crawled) {
      addLater("crawl", poll.crawl, crawl);
      add("suppressions", poll.suppressions, read);
    } else {
      add("crawl", poll.crawl, crawl);
      addLater("suppressions", poll.suppressions, read);
    }
  }
  addLater("history", poll.history, [this, &client] { return pollStatistics(state_, client, kHistoryDays); });
}

Task<JobOutcome> Watch::statisticsThenEvaluate(sendgrid::Client& client) {
  auto outcome = co_await pollStatistics(state_, client, kUsualDays);
  if (!outcome) evaluate();
  co_return std::move(outcome);
}

Task<JobOutcome> Watch::evaluateRule() {
  evaluate();
  co_return JobOutcome();
}

void Watch::evaluate() {
  const auto queued = evaluateRules(state_, *config_);
  if (!queued) {
    log::error("alerts could not be stored, so nothing is told yet; trying again in a minute: " +
               queued.error().text);
  }
  publish(state_, *config_);
  if (onRound_) onRound_();
}

Task<> Watch::stop() {
  tasks_.stop();
  co_await tasks_.join();
}

}  // namespace arrivald::watch
