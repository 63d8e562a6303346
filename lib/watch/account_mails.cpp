#include "watch/account_mails.hpp"

#include <algorithm>

#include "rules/input.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using incidents::Margin;
using incidents::Numbers;

namespace {

// Mailbox providers may be read every few minutes only.
constexpr Duration kMaxAge = std::chrono::minutes(15);
constexpr Duration kLearned = std::chrono::days(14);
// Nothing of the last hour is usual yet, nor what came shortly before something began.
constexpr Duration kTooNew = std::chrono::minutes(60), kBefore = std::chrono::minutes(10);
// Shrinking towards 2 of 400, as of the table.
constexpr double kUsualFailures = 2, kUsualMails = 400;
constexpr std::size_t kMinutes = 90;
constexpr int kMaxUnsettled = 80;

rules::BadMail mailOf(const delivery::Counts& counts) {
  return rules::badMail(rules::Input::deliveryRate, counts);
}

double usualShare(const delivery::Series& series, Instant until) {
  double failures = kUsualFailures;
  double mails = kUsualMails;
  if (const auto begin = series.begin(); begin && *begin + delivery::Series::kShortestWindow < until) {
    const auto sum = series.sum(std::min<Duration>(kLearned, until - *begin), until, kMaxAge);
    if (sum.knows(delivery::kOutcomeMetrics)) {
      failures += static_cast<double>(mailOf(sum.counts).bad);
      mails += static_cast<double>(mailOf(sum.counts).total);
    }
  }
  return failures / mails;
}

Numbers numbersOf(const delivery::Counts& counts, double usual) {
  const auto mails = mailOf(counts);
  const auto total = static_cast<double>(mails.total);
  return {total, static_cast<double>(mails.bad), usual * total};
}

// Where a subject's numbers belong.
void put(Margin& margin, const delivery::Subject& subject, const Numbers& numbers) {
  if (subject.dimension == Dimension::account)
    margin.whole = numbers;
  else
    (subject.dimension == Dimension::category ? margin.categories : margin.receivers)
        .push_back({subject.name, numbers});
}

bool isOfMargins(Dimension dimension) {
  return dimension == Dimension::account || dimension == Dimension::category ||
         dimension == Dimension::mailboxProvider;
}

// Minutes whose outcomes are not all read: those since the dimension that was read longest ago.
int unsettledOf(const std::map<Dimension, Instant>& reads, Instant now) {
  auto oldest = now;
  for (const auto& [dimension, at] : reads) oldest = std::min(oldest, at);
  const auto behind = static_cast<int>((now - oldest) / std::chrono::minutes(1)) + 2;
  return std::clamp(behind, 3, kMaxUnsettled);
}

}  // namespace

std::optional<incidents::Margins> marginsOf(const Owners& owners, const std::string& account, Instant until,
                                            Instant now) {
  std::vector<Margin> margins;
  for (const auto window : incidents::kWindows) margins.push_back({window, {}, {}});
  std::vector<Margin> minutes(kMinutes);
  std::map<Dimension, Instant> reads;
  Duration covered{};
  const auto present = std::chrono::floor<std::chrono::minutes>(now) + std::chrono::minutes(1);
  for (const auto& [subject, series] : owners.statistics().windows()) {
    if (subject.account != account || !isOfMargins(subject.dimension) || !owners.statistics().reads(subject))
      continue;
    const auto last = series.lastRead();
    if (!last || now - *last > kMaxAge) continue;
    if (subject.dimension == Dimension::account) covered = now - series.begin().value_or(now);
    reads[subject.dimension] = std::max(reads[subject.dimension], *last);
    const double usual = usualShare(series, until);
    for (auto& margin : margins)
      if (const auto sum = series.sum(margin.window, now, kMaxAge); sum.knows(delivery::kOutcomeMetrics))
        if (const auto numbers = numbersOf(sum.counts, usual); numbers.mails > 0)
          put(margin, subject, numbers);
    const auto counts = series.buckets(std::chrono::minutes(1), kMinutes, present);
    for (std::size_t i = 0; i < kMinutes; ++i)
      if (counts[i])
        if (const auto numbers = numbersOf(*counts[i], usual); numbers.mails > 0)
          put(minutes[i], subject, numbers);
  }
  if (reads.empty()) return std::nullopt;
  return incidents::Margins(std::move(margins), covered, std::move(minutes), unsettledOf(reads, now));
}

namespace {

// Since when the account's mail is not as usual; nothing: it is.
std::optional<Instant> unusualSince(const Owners& owners, const std::string& account) {
  std::optional<Instant> since;
  const auto note = [&](Instant at) { since = std::min(since.value_or(at), at); };
  for (const auto& incident : owners.incidents().followed().incidents)
    if (incident.account == account && isLive(incident.state)) note(incident.began);
  for (const auto& alert : owners.alerts().all())
    if (alert.key.subject.account == account && rules::active(alert.state)) note(alert.beganAt);
  return since;
}

}  // namespace

namespace {

// What was refused before a restart is in no table: until the first event it is not known what goes on.
bool hasToldSinceStart(const Owners& owners, const std::string& account) {
  const auto* stream = owners.events().status().find(account);
  return stream && stream->lastEvent && *stream->lastEvent >= owners.started();
}

}  // namespace

bool AccountMails::isStreamed(const std::string& account) const {
  const auto configured = std::ranges::find(config_.accounts, account, &config::Account::name);
  return configured != config_.accounts.end() && configured->events &&
         owners_.events().tables().find(account) && stream_.alive(account, now_);
}

const incidents::Mail* AccountMails::find(const std::string& account) const {
  if (isStreamed(account))
    return hasToldSinceStart(owners_, account) ? owners_.events().tables().find(account) : nullptr;
  if (std::ranges::find(config_.accounts, account, &config::Account::name) == config_.accounts.end())
    return nullptr;
  auto known = margins_.find(account);
  if (known == margins_.end()) {
    const auto since = unusualSince(owners_, account).value_or(now_);
    known =
        margins_
            .emplace(account, marginsOf(owners_, account, std::min(since - kBefore, now_ - kTooNew), now_))
            .first;
  }
  return known->second ? &*known->second : nullptr;
}

}  // namespace arrivald::watch
