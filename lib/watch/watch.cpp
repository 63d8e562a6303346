#include "watch/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "watch/account_access.hpp"
#include "watch/account_lists.hpp"
#include "watch/check_scopes.hpp"
#include "watch/check_stream_settings.hpp"
#include "watch/deliver_outbox.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/explain_entries.hpp"
#include "watch/forward_events.hpp"
#include "watch/log.hpp"
#include "watch/ping_heartbeat.hpp"
#include "watch/poll_standing.hpp"
#include "watch/poll_statistics.hpp"
#include "watch/poll_status_page.hpp"
#include "watch/publish.hpp"
#include "watch/readiness.hpp"

namespace arrivald::watch {

using runtime::Task;

struct Watch::Account {
  Account(Owners& owners, http::Transport& transport, const config::Account& account,
          const config::Config& configuration)
      : settings(account),
        client(transport, owners.clock(), accessOf(account)),
        lists(owners, transport, client, account, configuration) {}
  const config::Account& settings;
  sendgrid::Client client;
  AccountLists lists;
};

namespace {

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
      channels_(makeChannels(*config_, transport_, owners_.clock(), owners_.outbox().conversations())),
      delivery_{owners_.outbox(), owners_.clock(), random_, channels_, *config_, attempts_},
      tasks_(owners.executor(), reportDeath) {
  for (const auto& account : config_->accounts)
    accounts_.push_back(std::make_unique<Account>(owners_, transport_, account, *config_));
  if (config_->statusPage) {
    const auto pattern = statuspage::NamePattern::parse(config_->statusPage->match);
    statusPage_ = std::make_unique<statuspage::Client>(transport_, config_->statusPage->url,
                                                       pattern ? *pattern : statuspage::NamePattern::usual());
  }
  if (config_->heartbeat)
    monitors_.heartbeat = std::make_unique<heartbeat::Pinger>(
        transport_, config_->heartbeat->url.secret,
        config_->heartbeat->post ? heartbeat::Method::post : heartbeat::Method::get);
  if (config_->alertmanager)
    monitors_.alertmanager = std::make_unique<PostToAlertmanager>(owners_, transport_, *config_);
}

Watch::~Watch() = default;

void Watch::start() {
  retainMetrics(owners_, *config_);
  for (auto& plan : configuredJobs(*config_)) {
    // Due at once if one of the lists has never been crawled completely.
    if (plan.kind == JobKind::crawl) plan.atStart = !accountOf(plan).lists.allCrawled();
    if (plan.kind == JobKind::dmarc || plan.kind == JobKind::dmarcDns) continue;  // see DmarcWatch
    const auto id = plan.id();
    tasks_.spawn(id.account.empty() ? id.task : id.account + " " + id.task,
                 runJob(owners_, random_, plan, bodyOf(plan), soonOf(plan)));
  }
  tasks_.spawn("explain entries", explainEntries(owners_));
  for (const auto& target : config_->eventStream.forward)
    tasks_.spawn("forward " + target.name, forwardEvents(owners_, transport_, random_, target));
  for (const auto& channel : channels_)
    tasks_.spawn("channel " + channel->name(), deliverOutbox(delivery_, *channel));
}

Watch::Account& Watch::accountOf(const JobPlan& plan) const {
  return **std::ranges::find_if(accounts_,
                                [&](const auto& each) { return each->settings.name == plan.account; });
}

Watch::Body Watch::bodyOf(const JobPlan& plan) {
  switch (plan.kind) {
    case JobKind::statusPage:
      return [this] { return pollStatusPage(owners_, *statusPage_); };
    case JobKind::rules:
      return [this] { return evaluateNow(); };
    case JobKind::eventStream:
      return [this] { return tickEvents(); };
    case JobKind::heartbeat:
      return [this] { return pingHeartbeat(owners_, *monitors_.heartbeat); };
    case JobKind::alertmanager:
      return [this] { return monitors_.alertmanager->postOnce(); };
    default:
      break;
  }
  return bodyOf(plan.kind, accountOf(plan));
}

Watch::Body Watch::bodyOf(JobKind kind, Account& account) {
  auto& client = account.client;
  const auto& settings = account.settings;
  switch (kind) {
    case JobKind::scopes:
      return [this, &client, &settings] { return checkScopes(owners_, client, wantedFeatures(settings)); };
    case JobKind::eventWebhook:
      return [this, &client, &settings] { return checkStreamSettings(owners_, client, settings); };
    case JobKind::credits:
      return [this, &client, &settings] { return pollStanding(owners_, client, settings); };
    case JobKind::mailboxProviders:
      return [this, &client] { return pollMailboxProviders(owners_, client); };
    case JobKind::categories:
      return [this, &client, &settings] { return pollCategories(owners_, client, settings.categories); };
    case JobKind::subusers:
      return [this, &client, &settings] { return pollSubusers(owners_, client, settings.subusers); };
    case JobKind::crawl:
      return [&account] { return account.lists.crawl(); };
    case JobKind::suppressions:
      return [&account] { return account.lists.poll(); };
    case JobKind::history:
      return [this, &client] { return pollStatistics(owners_, client, kHistoryDays); };
    default:
      return [this, &client] { return statisticsThenEvaluate(client); };
  }
}

RunSoon Watch::soonOf(const JobPlan& plan) const {
  using delivery::Dimension;
  for (const auto dimension :
       {Dimension::account, Dimension::subuser, Dimension::category, Dimension::mailboxProvider})
    if (jobReading(dimension) == plan.kind ||
        (dimension == Dimension::account && plan.kind == JobKind::history))
      return [&owners = owners_, source = delivery::Source{plan.account, dimension}] {
        return askAgainAfter(owners, source);
      };
  return [] { return std::nullopt; };
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
