#include "watch/poll_statistics.hpp"

#include <algorithm>

#include "watch/log.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using runtime::Task;
using sendgrid::Answer;

namespace {

void countMalformed(Owners& owners, const std::string& account, const sendgrid::Malformed& malformed) {
  auto& registry = owners.registry();
  if (malformed.badNumbers)
    registry.malformed(account, "bad_numbers", static_cast<std::int64_t>(malformed.badNumbers));
  if (malformed.badRows)
    registry.malformed(account, "bad_rows", static_cast<std::int64_t>(malformed.badRows));
  if (malformed.unknownMetrics)
    registry.malformed(account, "unknown_metrics", static_cast<std::int64_t>(malformed.unknownMetrics));
  if (malformed.repeated)
    registry.malformed(account, "repeated", static_cast<std::int64_t>(malformed.repeated));
}

void noticeBudgets(Owners& owners, const sendgrid::Client& client) {
  const auto now = owners.clock().now();
  for (const auto& [endpoint, budget] : client.budgets())
    owners.registry().rateLimit(client.access().name, endpoint, budget.limit(), budget.remaining(now));
}

// What answers have left open for so long is the provider's trouble: what depends on it cannot be watched.
JobOutcome doubtedForLong(const Owners& owners, const delivery::Source& source, Instant now) {
  constexpr Duration kLong = std::chrono::hours(2);
  const auto malformed = [](Phrase text) {
    return JobOutcome(Error::of(Error::Kind::malformed, std::move(text), Party::provider));
  };
  const auto namesOf = [&](const std::map<delivery::Metric, Instant>& metrics) {
    std::string names;
    for (const auto& [metric, since] : metrics)
      if (now - since >= kLong) names += (names.empty() ? "" : ", ") + std::string(delivery::name(metric));
    return names;
  };
  const auto& doubts = owners.statistics().doubts(source);
  if (const auto names = namesOf(doubts.lacking); !names.empty())
    return malformed(
        phrase("the statistics have lacked {} for two hours, so that nothing which depends on it can be "
               "watched; ask SendGrid's support",
               names));
  if (const auto names = namesOf(doubts.refused); !names.empty())
    return malformed(
        phrase("the statistics have had {} far above the mail requested for two hours, so that nothing which "
               "depends on it can be watched; ask SendGrid's support",
               names));
  for (const auto& [metric, fell] : doubts.fallen) {
    const auto& [since, fall] = fell;
    // What fell by little may be a correction, which is made up for by the next day.
    if (now - since >= kLong && 2 * fall.to < fall.from)
      return malformed(
          phrase("the statistics fell two hours ago and are not believed, {} from {} to {} by now; if this "
                 "lasts until tomorrow, ask SendGrid's support",
                 delivery::name(metric), fall.from, fall.to));
  }
  return std::nullopt;
}

JobOutcome apply(Owners& owners, sendgrid::Client& client, Dimension dimension, sendgrid::Days days,
                 Answer<sendgrid::Statistics> answer, bool namesAll, std::vector<std::string> asked = {}) {
  noticeBudgets(owners, client);
  const auto& account = client.access().name;
  if (!answer) return toError(std::move(answer).error(), owners.clock().now());
  countMalformed(owners, account, answer->malformed);
  // An answer without any of the days that are known does not mean zero: the provider temporarily lacks the
  // rows.
  if (dimension == Dimension::account && answer->subjects.empty())
    return Error::of(
        Error::Kind::emptyAnswer,
        phrase(
            "the statistics hold no day at all; if this lasts, see whether the key belongs to this account"),
        Party::provider);
  delivery::Read read{
      {account, dimension}, owners.clock().now(), days.from, days.to, std::move(answer->subjects), namesAll};
  for (const auto& name : asked) read.asked.push_back(sendgrid::subjectName(name));
  // What the store refuses is in memory, from where the rules take it: the source was read.
  static_cast<void>(owners.statistics().apply(read));
  return doubtedForLong(owners, read.source, read.at);
}

// After a downtime the days since the last read are requested, too.
sendgrid::Days daysFor(Owners& owners, const sendgrid::Client& client, Dimension dimension, int back) {
  auto days = sendgrid::daysToAsk(client.access().zone, owners.clock().now(), back);
  days.from = owners.statistics().firstDayToAsk({client.access().name, dimension}, days.from, days.to);
  return days;
}

}  // namespace

std::optional<Duration> askAgainAfter(const Owners& owners, const delivery::Source& source) {
  // Not at once: a gateway may give the same answer twice.
  constexpr Duration kSoon = std::chrono::seconds(30);
  return owners.statistics().doubts(source).held ? std::optional(kSoon) : std::nullopt;
}

std::vector<std::string> chosen(const config::Selection& selection, std::vector<std::string> found) {
  auto names = selection.names;
  for (auto& name : found)
    if (names.size() < selection.names.size() + selection.limit &&
        std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  return names;
}

Task<JobOutcome> pollStatistics(Owners& owners, sendgrid::Client& client, int daysBack) {
  const auto days = daysFor(owners, client, Dimension::account, daysBack);
  auto answer = co_await client.statistics(days);
  co_return apply(owners, client, Dimension::account, days, std::move(answer), true);
}

Task<JobOutcome> pollMailboxProviders(Owners& owners, sendgrid::Client& client) {
  const auto days = daysFor(owners, client, Dimension::mailboxProvider, kUsualDays);
  auto answer = co_await client.mailboxProviderStatistics(days);
  co_return apply(owners, client, Dimension::mailboxProvider, days, std::move(answer), true);
}

Task<JobOutcome> pollCategories(Owners& owners, sendgrid::Client& client, config::Selection selection) {
  std::vector<std::string> found;
  if (selection.discover) {
    auto names = co_await client.categories();
    if (!names) co_return JobOutcome(toError(std::move(names).error(), owners.clock().now()));
    found = std::move(names->names);
  }
  auto names = chosen(selection, std::move(found));
  auto asked = names;
  const auto days = daysFor(owners, client, Dimension::category, kUsualDays);
  auto answer = co_await client.categoryStatistics(std::move(names), days);
  co_return apply(owners, client, Dimension::category, days, std::move(answer), false, std::move(asked));
}

Task<JobOutcome> pollSubusers(Owners& owners, sendgrid::Client& client, config::Selection selection) {
  std::vector<std::string> found;
  if (selection.discover) {
    auto names = co_await client.subusers();
    if (!names) co_return JobOutcome(toError(std::move(names).error(), owners.clock().now()));
    found = std::move(names->names);
  }
  auto names = chosen(selection, std::move(found));
  auto asked = names;
  const auto days = daysFor(owners, client, Dimension::subuser, kUsualDays);
  auto answer = co_await client.subuserStatistics(std::move(names), days);
  co_return apply(owners, client, Dimension::subuser, days, std::move(answer), false, std::move(asked));
}

}  // namespace arrivald::watch
