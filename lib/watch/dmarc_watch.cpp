#include "watch/dmarc_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/sleep.hpp"
#include "watch/dmarc_weekly.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kPruneEvery = std::chrono::hours(24);
// A day closes by the clock, too.
constexpr Duration kExportEvery = std::chrono::minutes(30);
constexpr Duration kExportAtMost = std::chrono::minutes(1);

}  // namespace

DmarcWatch::DmarcWatch(Owners& owners, DmarcReports& reports, DmarcViews& views, runtime::FileThread& thread,
                       std::shared_ptr<const config::Config> configuration, Random random)
    : owners_(owners),
      reports_(reports),
      views_(views),
      config_(std::move(configuration)),
      random_(std::move(random)),
      tasks_(owners.executor(), [](std::string_view name, std::string_view what) {
        log::error(
            fmt::format("the task {} has ended by an error and runs no more until a reload: {}", name, what));
      }) {
  if (config_->dmarc && !config_->dmarc->directory.empty())
    directory_.emplace(reports_, owners_.clock(), thread, config_->dmarc->directory);
}

void DmarcWatch::askDnsBy(dns::Resolver& resolver, DmarcDns& dns) {
  resolver_ = &resolver;
  dns_ = &dns;
}

void DmarcWatch::startJob(JobKind kind, std::function<runtime::Task<JobOutcome>()> body) {
  const auto jobs = configuredJobs(*config_);
  const auto plan = std::ranges::find(jobs, kind, &JobPlan::kind);
  if (plan == jobs.end()) return;
  tasks_.spawn(plan->id().task, runJob(owners_, random_, *plan, std::move(body)));
}

void DmarcWatch::start() {
  if (dns_) dns_->retain(*config_, true);
  startJob(JobKind::dmarc, [this] { return run(); });
  if (resolver_) startJob(JobKind::dmarcDns, [this] { return checkDns(); });
}

runtime::Task<JobOutcome> DmarcWatch::checkDns() {
  std::size_t silent = 0;
  for (const auto& domain : config_->dmarc->domains) {
    auto facts = co_await askDns(*resolver_, domain);
    if (!facts.record) ++silent;
    dns_->put(domain.name, std::move(facts), owners_.clock().now());
  }
  if (silent < config_->dmarc->domains.size()) co_return JobOutcome();
  Error error{
      Error::Kind::unreachable,
      "no name server answers about the domains of DMARC reports; check /etc/resolv.conf and the firewall",
      Party::network};
  co_return JobOutcome(std::move(error));
}

runtime::Task<JobOutcome> DmarcWatch::run() {
  JobOutcome outcome;
  if (directory_) outcome = co_await directory_->look();
  const auto now = owners_.clock().sinceBoot();
  const bool isNew = reports_.lastInput() != exportedInput_;
  const auto wait = isNew ? kExportAtMost : kExportEvery;
  if (!exported_ || now - *exported_ >= wait) {
    exported_ = now;
    exportedInput_ = reports_.lastInput();
    co_await publish();
  }
  co_await sendWeekly();
  if (!pruned_ || now - *pruned_ >= kPruneEvery) {
    pruned_ = now;
    auto pruned = reports_.prune();
    if (!pruned && !outcome) outcome = notStored(pruned.error());
  }
  co_return std::move(outcome);
}

runtime::Task<> DmarcWatch::publish() {
  for (const auto& domain : config_->dmarc->domains) {
    auto name = domain.name;
    auto view = co_await views_.view(config_, std::move(name), dmarc::kEnforcementDays);
    if (!view) continue;
    owners_.registry().dmarcDomain(domain.name, dmarcNumbers(**view, reports_.zone()));
    reports_.known().put(domain.name, (*view)->signs);
  }
}

runtime::Task<> DmarcWatch::sendWeekly() {
  const auto due = dmarcWeeklyDue(owners_, *config_);
  if (!due) co_return;
  std::vector<DmarcViews::View> all;
  for (const auto& domain : config_->dmarc->domains) {
    auto name = domain.name;
    auto view = co_await views_.view(config_, std::move(name), dmarc::kEnforcementDays);
    if (!view) co_return;
    all.push_back(std::move(*view));
  }
  const auto sent = sendDmarcWeekly(owners_, *config_, all, *due);
  if (!sent) log::warning("the weekly message about DMARC reports waits for the store");
}

runtime::Task<> DmarcWatch::stop() {
  tasks_.stop();
  co_await tasks_.join();
}

}  // namespace arrivald::watch
