#include "watch/follow_incidents.hpp"

#include <algorithm>
#include <set>

#include "incidents/apart.hpp"
#include "incidents/explain.hpp"

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

std::vector<AccountMail> accountsOf(Owners& owners, const config::Config& config, const CurrentFacts& current,
                                    Instant now) {
  std::vector<AccountMail> accounts;
  for (const auto& account : config.accounts) {
    const auto* mail = owners.events().tables().find(account.name);
    if (!account.events || !mail || !current.stream().alive(account.name, now)) continue;
    accounts.push_back({account.name, mail});
    owners.incidents().seen(account.name);
  }
  return accounts;
}

// Of accounts whose mail is not known any more.
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

IncidentLook followIncidents(Owners& owners, const config::Config& config, const CurrentFacts& current,
                             const rules::Verdict& verdict, Instant now) {
  owners.events().tables().advance(now);
  const auto accounts = accountsOf(owners, config, current, now);
  IncidentLook look;
  auto before = owners.incidents().followed();
  releaseUnseen(owners, accounts, before, look.changes, now);
  incidents::setApart(before, verdict.alerts, verdict.changes);
  std::vector<rules::Alert> ofMail;
  std::ranges::copy_if(verdict.alerts, std::back_inserter(ofMail), [](const rules::Alert& alert) {
    return rules::active(alert.state) && incidents::familyOf(alert) != incidents::Family::rule;
  });
  auto followed = incidents::follow(before, ofMail, accounts, now);
  std::ranges::move(followed.changes, std::back_inserter(look.changes));
  look.followed = std::move(followed.state);
  look.apart = incidents::notifiedApart(before, look.followed, verdict.alerts, verdict.changes);
  incidents::NoticePolicy policy;
  if (!config.reminders.empty()) policy.reminders = config.reminders;
  look.notices = incidents::notices(look.followed, look.changes, now, policy);
  setUnusual(owners, accounts, look.followed, now);
  return look;
}

}  // namespace arrivald::watch
