#include "watch/follow_incidents.hpp"

#include <algorithm>
#include <set>

#include "incidents/apart.hpp"
#include "watch/silence.hpp"

namespace arrivald::watch {

using incidents::AccountMail;
using incidents::Followed;
using incidents::Incident;

namespace {

constexpr Duration kUnseen = std::chrono::hours(1);
// Mail of an incident that has just ended is not usual yet.
constexpr Duration kUnusualFor = std::chrono::hours(3);

bool hasAny(const Followed& followed, const std::string& account) {
  return std::ranges::any_of(followed.incidents,
                             [&](const Incident& one) {
                               return one.account == account && (isLive(one.state) || !one.members.empty());
                             }) ||
         std::ranges::any_of(followed.unexplained, [&](const incidents::Unexplained& one) {
           return one.key.subject.account == account;
         });
}

// What was active at the last look, or is now: of other accounts nobody asks how their mail is.
std::set<std::string> accountsWithAny(const Followed& followed, const rules::Verdict& verdict) {
  std::set<std::string> accounts;
  for (const auto& incident : followed.incidents)
    if (isLive(incident.state)) accounts.insert(incident.account);
  for (const auto& alert : verdict.alerts)
    if (rules::active(alert.state)) accounts.insert(alert.key.subject.account);
  return accounts;
}

std::vector<AccountMail> accountsOf(Owners& owners, const config::Config& config, const AccountMails& mails,
                                    const std::set<std::string>& wanted) {
  std::vector<AccountMail> accounts;
  for (const auto& account : config.accounts) {
    accounts.push_back({account.name, wanted.contains(account.name) ? mails.find(account.name) : nullptr,
                        !mails.isStreamed(account.name)});
    owners.incidents().seen(account.name);
  }
  return accounts;
}

// Of accounts that are not configured any more.
void releaseUnseen(Owners& owners, const std::vector<AccountMail>& accounts, Followed& followed,
                   std::vector<incidents::Change>& changes, Instant now) {
  std::set<std::string> named;
  for (const auto& incident : followed.incidents) named.insert(incident.account);
  for (const auto& one : followed.unexplained) named.insert(one.key.subject.account);
  for (const auto& account : named) {
    if (std::ranges::find(accounts, account, &AccountMail::account) != accounts.end()) continue;
    if (!hasAny(followed, account) || owners.incidents().unseenFor(account) < kUnseen) continue;
    std::ranges::move(incidents::release(followed, account, now), std::back_inserter(changes));
  }
}

void setUnusual(Owners& owners, const std::vector<AccountMail>& accounts, const Followed& followed,
                Instant now) {
  for (const auto& account : accounts) {
    std::vector<incidents::Root> roots;
    for (const auto& incident : followed.incidents)
      if (incident.account == account.account && (!incident.endedAt || now - *incident.endedAt < kUnusualFor))
        roots.push_back(incident.root);
    owners.events().tables().setUnusual(account.account, std::move(roots));
  }
}

}  // namespace

IncidentLook followIncidents(Owners& owners, const config::Config& config, const AccountMails& mails,
                             const rules::Verdict& verdict, Instant now) {
  IncidentLook look;
  auto before = owners.incidents().followed();
  const auto accounts = accountsOf(owners, config, mails, accountsWithAny(before, verdict));
  releaseUnseen(owners, accounts, before, look.changes, now);
  incidents::setApart(before, verdict.alerts, verdict.changes);
  auto followed = incidents::follow(before, verdict.alerts, accounts, now);
  std::ranges::move(followed.changes, std::back_inserter(look.changes));
  look.followed = std::move(followed.state);
  incidents::NoticePolicy policy;
  policy.maintenance = maintenanceAt(config, now);
  look.apart = incidents::notifiedApart(before, look.followed, verdict.alerts, verdict.changes, now,
                                        allSilences(look.followed, policy.maintenance));
  if (!config.reminders.empty()) policy.reminders = config.reminders;
  look.notices = incidents::notices(look.followed, look.changes, now, policy);
  setUnusual(owners, accounts, look.followed, now);
  return look;
}

}  // namespace arrivald::watch
