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

// What answers have lacked for so long is the provider's trouble: what depends on it cannot be watched.
JobOutcome lackingForLong(const Owners& owners, const delivery::Source& source, Instant now) {
  constexpr Duration kLong = std::chrono::hours(2);
  std::string names;
  for (const auto& [metric, since] : owners.statistics().doubts(source).lacking) {
    if (now - since < kLong) continue;
    names += (names.empty() ? "" : ", ") + std::string(delivery::name(metric));
  }
  if (names.empty()) return std::nullopt;
  return Error::of(
      Error::Kind::malformed,
      phrase("the statistics have lacked {} for two hours, so that nothing which depends on it can be "
             "watched; ask SendGrid's support",
             names),
      Party::provider);
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
  return lackingForLong(owners, read.source, read.at);
}

// After a downtime the days since the last read are requested, too.
sendgrid::Days daysFor(Owners& owners, const sendgrid::Client& client, Dimension dimension, int back) {
  auto days = sendgrid::daysToAsk(client.access().zone, owners.clock().now(), back);
  days.from = owners.statistics().firstDayToAsk({client.access().name, dimension}, days.from, days.to);
  return days;
}

}  // namespace

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
