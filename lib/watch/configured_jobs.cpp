#include "watch/configured_jobs.hpp"

namespace arrivald::watch {
namespace {

void addAccount(const config::Account& account, std::vector<JobPlan>& jobs) {
  const auto& poll = account.poll;
  const auto add = [&](JobKind kind, const Schedule& schedule) {
    jobs.push_back({account.name, kind, schedule, true, Party::provider});
  };
  add(JobKind::scopes, poll.scopes);
  add(JobKind::statistics, poll.statistics);
  if (account.events && !account.events->url.empty()) add(JobKind::eventWebhook, poll.eventWebhook);
  if (account.credits) add(JobKind::credits, poll.credits);
  if (account.mailboxProviders.any()) add(JobKind::mailboxProviders, poll.mailboxProviders);
  if (account.categories.any()) add(JobKind::categories, poll.categories);
  if (account.subusers.any()) add(JobKind::subusers, poll.subusers);
  if (account.suppressions) {
    add(JobKind::crawl, poll.crawl);
    add(JobKind::suppressions, poll.suppressions);
  }
  add(JobKind::history, poll.history);
  jobs.back().atStart = false;
}

}  // namespace

std::string_view name(JobKind kind) {
  switch (kind) {
    case JobKind::scopes:
      return "scopes";
    case JobKind::statistics:
      return "statistics";
    case JobKind::eventWebhook:
      return "event_webhook";
    case JobKind::credits:
      return "credits";
    case JobKind::mailboxProviders:
      return "mailbox_providers";
    case JobKind::categories:
      return "categories";
    case JobKind::subusers:
      return "subusers";
    case JobKind::crawl:
      return "suppressions_full";
    case JobKind::suppressions:
      return "suppressions";
    case JobKind::history:
      return "history";
    case JobKind::statusPage:
      return "status_page";
    case JobKind::rules:
      return "rules";
    case JobKind::eventStream:
      return "event_stream";
    case JobKind::heartbeat:
      return "heartbeat";
    case JobKind::alertmanager:
      return "alertmanager";
    case JobKind::dmarc:
      return "dmarc";
    case JobKind::dmarcDns:
      return "dmarc_dns";
  }
  return "unknown";
}

std::optional<JobKind> jobReading(delivery::Dimension dimension) {
  switch (dimension) {
    case delivery::Dimension::account:
      return JobKind::statistics;
    case delivery::Dimension::subuser:
      return JobKind::subusers;
    case delivery::Dimension::category:
      return JobKind::categories;
    case delivery::Dimension::mailboxProvider:
      return JobKind::mailboxProviders;
    case delivery::Dimension::domainGroup:
    case delivery::Dimension::sendingDomain:
      break;
  }
  return std::nullopt;
}

std::vector<JobPlan> configuredJobs(const config::Config& configuration) {
  std::vector<JobPlan> jobs;
  for (const auto& account : configuration.accounts) addAccount(account, jobs);
  if (configuration.statusPage)
    jobs.push_back({"", JobKind::statusPage, configuration.statusPage->schedule, true, Party::thirdParty});
  // Silence must be noticed even though no event arrives.
  jobs.push_back({"", JobKind::rules, Schedule::every(std::chrono::minutes(1), 0), false, Party::internal});
  jobs.push_back(
      {"", JobKind::eventStream, Schedule::every(std::chrono::seconds(10), 0), false, Party::internal});
  if (configuration.dmarc)
    jobs.push_back({"", JobKind::dmarc, Schedule::every(std::chrono::seconds(10), 0), true, Party::internal});
  if (configuration.dmarc && configuration.dmarc->checksDns)
    jobs.push_back(
        {"", JobKind::dmarcDns, Schedule::every(std::chrono::minutes(15), 0.1), true, Party::thirdParty});
  if (configuration.heartbeat)
    jobs.push_back({"", JobKind::heartbeat, configuration.heartbeat->schedule, false, Party::thirdParty});
  // Seldom enough for a cluster that is shared, and often enough to be no delay.
  if (configuration.alertmanager)
    jobs.push_back(
        {"", JobKind::alertmanager, Schedule::every(std::chrono::seconds(30), 0.1), true, Party::thirdParty});
  return jobs;
}

}  // namespace arrivald::watch
