#include "watch/refused_batches.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kLogEvery = std::chrono::hours(1);
constexpr Duration kLately = std::chrono::hours(1);
constexpr std::int64_t kLastingCount = 2;
constexpr Duration kLastingApart = std::chrono::seconds(30);
constexpr Duration kLastingFor = std::chrono::minutes(1);
// Of batches whose sender is not known.
constexpr std::int64_t kSteadyCount = 10;
constexpr Duration kSteadyFor = std::chrono::minutes(10);
constexpr Duration kPause = std::chrono::minutes(3);

struct Remedy {
  std::string_view kind, text;
};
constexpr Remedy kRemedies[] = {
    {"bad_signature", "compare events.public_keys with the verification key that SendGrid shows"},
    {"no_signature", "switch on the Signed Event Webhook in SendGrid"},
    {"unauthorized", "compare the user and password, or the OAuth client, with those in SendGrid"},
    {"token_refused", "compare events.oauth with the OAuth client in SendGrid"},
    {"unknown_account", "the path ends in the account's name in this configuration: /events/NAME"},
    {"too_large", "raise event_stream.max_body, here and in the proxy"},
    {"header_too_large", "see which fields the proxy in front adds to the header, and have it add fewer"},
    {"own_batch", "a target of event_stream.forward passes them on to this arrivald: correct it"},
    {"too_slow", "see what slows the connection or the proxy; SendGrid sends it again"},
    {"malformed_request", "see whether the proxy passes requests on unchanged"},
    {"busy", "too much came at once; SendGrid sends it again"},
    {"not_stored", "see the disk of this host; SendGrid sends it again"},
    {"unreadable", "see whether the proxy changes bodies; SendGrid sends it again"},
};

void add(RefusedBatches::Latest& to, std::string_view kind, Instant now) {
  if (to.count == 0) to.first = now;
  ++to.count;
  to.kind = kind;
  to.last = now;
}

}  // namespace

std::string_view RefusedBatches::remedy(std::string_view kind) {
  const auto found = std::find_if(std::begin(kRemedies), std::end(kRemedies),
                                  [&](const Remedy& r) { return r.kind == kind; });
  return found == std::end(kRemedies) ? std::string_view("see the log") : found->text;
}

void RefusedBatches::retain(const config::Config& configuration) {
  const auto removed = [&](const std::string& account) {
    return !account.empty() && std::ranges::find(configuration.accounts, account, &config::Account::name) ==
                                   configuration.accounts.end();
  };
  std::erase_if(latest_, [&](const auto& each) { return removed(each.first); });
  std::erase_if(logged_, [&](const auto& each) { return removed(each.first.first); });
  std::erase_if(minutes_, [&](const auto& each) { return removed(each.first.first); });
}

void RefusedBatches::shift(Duration step) {
  for (auto& [account, of] : latest_)
    for (auto* latest : {&of.all, &of.genuine, &of.steady}) {
      latest->first += step;
      latest->last += step;
    }
  for (auto& [key, logged] : logged_) logged.at += step;
  for (auto& [key, minutes] : minutes_) {
    std::map<Instant, std::int64_t> moved;
    for (const auto& [minute, batches] : minutes) moved.emplace(minute + step, batches);
    minutes = std::move(moved);
  }
}

void RefusedBatches::refused(const std::string& account, std::string_view kind, BatchSender sender) {
  const auto now = clock_.now();
  auto& minutes = minutes_[{account, std::string(kind)}];
  ++minutes[std::chrono::floor<std::chrono::minutes>(now)];
  minutes.erase(minutes.begin(), minutes.upper_bound(now - kLately));
  auto& latest = latest_[account];
  add(latest.all, kind, now);
  if (sender == BatchSender::provider) {
    add(latest.genuine, kind, now);
  } else {
    if (now - latest.steady.last > kPause) latest.steady = {};
    add(latest.steady, kind, now);
  }
  auto [logged, isNew] = logged_.try_emplace({account, std::string(kind)});
  ++logged->second.since;
  const auto age = now - logged->second.at;
  if (!isNew && age < kLogEvery) return;
  log::warning(fmt::format("batches of events were refused ({}): {}", kind, remedy(kind)),
               {{"account", account}, {"count", std::to_string(logged->second.since)}});
  logged->second = {now, 0};
}

void RefusedBatches::taken(const std::string& account) { latest_.erase(account); }

std::optional<RefusedBatches::Latest> RefusedBatches::since(const std::string& account) const {
  const auto found = latest_.find(account);
  if (found == latest_.end()) return std::nullopt;
  return found->second.all;
}

std::map<std::string, std::int64_t> RefusedBatches::lately(const std::string& account) const {
  const auto from = clock_.now() - kLately;
  std::map<std::string, std::int64_t> all;
  for (const auto& [key, minutes] : minutes_) {
    if (key.first != account) continue;
    for (auto minute = minutes.upper_bound(from); minute != minutes.end(); ++minute)
      all[key.second] += minute->second;
  }
  return all;
}

std::optional<RefusedBatches::Latest> RefusedBatches::lasting(const std::string& account) const {
  const auto found = latest_.find(account);
  if (found == latest_.end()) return std::nullopt;
  const auto now = clock_.now();
  const auto& [all, genuine, steady] = found->second;
  if (genuine.count >= kLastingCount && genuine.last - genuine.first >= kLastingApart &&
      now - genuine.first >= kLastingFor)
    return genuine;
  if (steady.count >= kSteadyCount && steady.last - steady.first >= kSteadyFor && now - steady.last <= kPause)
    return steady;
  return std::nullopt;
}

}  // namespace arrivald::watch
