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
      wakeup_(executor),
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
  for (auto& account : accounts_) startAccount(*account);
  if (statusPage_)
    tasks_.spawn("status page", runJob(state_, random_, {"", "status_page", config_->statusPage->schedule},
                                       [this] { return pollStatusPage(state_, *statusPage_); }));
  // Silence has to be noticed when nothing comes, too.
  tasks_.spawn("rules",
               runJob(state_, random_, {"", "rules", Schedule::every(std::chrono::minutes(1), 0), false},
                      [this] { return evaluateRule(); }));
  if (events_)
    tasks_.spawn(
        "event stream",
        runJob(state_, random_, {"", "event_stream", Schedule::every(std::chrono::seconds(10), 0), false},
               [this]() -> Task<JobOutcome> {
                 events_->tick();
                 co_return std::nullopt;
               }));
  for (std::size_t i = 0; events_ && i < config_->eventStream.forward.size(); ++i) {
    const auto& target = config_->eventStream.forward[i];
    tasks_.spawn("forward " + target.name,
                 forwardEvents(state_, transport_, random_, events_->forwardWakeup(), target));
  }
  if (pinger_)
    tasks_.spawn("heartbeat", runJob(state_, random_, {"", "heartbeat", config_->heartbeat->schedule, false},
                                     [this] { return pingHeartbeat(state_, *pinger_); }));
  for (const auto& channel : config_->channels)
    tasks_.spawn("channel " + channel.name,
                 deliverOutbox(state_, transport_, random_, wakeup_, *config_, channel));
}

void Watch::startAccount(Account& account) {
  const auto& settings = account.settings;
  auto& client = account.client;
  const auto start = [&](const char* name, const Schedule& schedule, bool atStart,
                         std::function<Task<JobOutcome>()> body) {
    tasks_.spawn(settings.name + " " + name,
                 runJob(state_, random_, {settings.name, name, schedule, atStart}, std::move(body)));
  };
  const auto& poll = settings.poll;
  start("scopes", poll.scopes, true, [this, &client, &settings] {
    return checkScopes(state_, client, wantedFeatures(settings), config_->language);
  });
  start("statistics", poll.statistics, true, [this, &client] { return statisticsThenEvaluate(client); });
  if (settings.events && !settings.events->url.empty())
    start("event_webhook", poll.eventWebhook, true,
          [this, &client, &settings] { return checkStreamSettings(state_, client, settings); });
  if (settings.mailboxProviders.any())
    start("mailbox_providers", poll.mailboxProviders, true,
          [this, &client] { return pollMailboxProviders(state_, client); });
  if (settings.categories.any())
    start("categories", poll.categories, true,
          [this, &client, &settings] { return pollCategories(state_, client, settings.categories); });
  if (settings.subusers.any())
    start("subusers", poll.subusers, true,
          [this, &client, &settings] { return pollSubusers(state_, client, settings.subusers); });
  if (settings.suppressions) {
    // A crawl is due at once if one of the lists has never been crawled to its end.
    bool crawled = true;
    for (const auto list : suppression::kLists)
      crawled = crawled && state_.progress(settings.name, list).crawled.has_value();
    start("crawl", poll.crawl, !crawled, [this, &client] { return crawlSuppressions(state_, client); });
    start("suppressions", poll.suppressions, true,
          [this, &client] { return pollSuppressions(state_, client); });
  }
  start("history", poll.history, false,
        [this, &client] { return pollStatistics(state_, client, kHistoryDays); });
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
  } else if (*queued > 0) {
    wakeup_.wake();
  }
  publish(state_, *config_);
  if (onRound_) onRound_();
}

Task<> Watch::stop() {
  tasks_.stop();
  co_await tasks_.join();
}

}  // namespace arrivald::watch
