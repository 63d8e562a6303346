#include "watch/readiness.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "watch/rules_alarm.hpp"

namespace arrivald::watch {

std::optional<Instant> lastRead(const Jobs& jobs, const std::string& account) {
  const auto* job = jobs.at(account, JobKind::statistics);
  return job ? job->lastSuccess : std::nullopt;
}

namespace {

std::string alertsLine(const Owners& owners, const config::Config& config) {
  std::size_t firing = 0;
  for (const auto& alert : owners.alerts().all()) firing += rules::active(alert.state);
  std::optional<Instant> oldest;
  for (const auto& account : config.accounts) {
    const auto at = lastRead(owners.jobs(), account.name);
    if (!at) return fmt::format("{} alerts firing; {} has not been read yet", firing, account.name);
    oldest = oldest ? std::min(*oldest, *at) : *at;
  }
  return fmt::format("{} alerts firing; {} accounts, last read at {}", firing, config.accounts.size(),
                     oldest ? config.zone.zonedText(*oldest) : "-");
}

}  // namespace

std::string troubleOfRules(const Owners& owners) {
  const auto failure = failureOfRules(owners.jobs(), owners.clock().now());
  if (!failure) return {};
  return fmt::format("the rules have not been judged since {}: {}", toIso(failure->since),
                     name(failure->error.kind));
}

std::string statusLine(const Owners& owners, const config::Config& config) {
  const auto trouble = owners.health().trouble();
  if (!trouble) return alertsLine(owners, config);
  return fmt::format("{}; the state cannot be stored ({}), working from memory", alertsLine(owners, config),
                     name(trouble->kind));
}

std::optional<std::string> notReady(const Owners& owners, const config::Config& config) {
  if (const auto trouble = owners.health().trouble()) return "the state cannot be stored: " + trouble->text;
  if (auto trouble = troubleOfRules(owners); !trouble.empty()) return trouble;
  for (const auto& account : config.accounts)
    if (!lastRead(owners.jobs(), account.name))
      return "the statistics of " + account.name + " have not been read yet";
  return std::nullopt;
}

}  // namespace arrivald::watch
