#include "watch/event_counts.hpp"

#include <algorithm>
#include <charconv>

namespace arrivald::watch {

using delivery::Counts;
using delivery::Subject;

namespace {

constexpr std::string_view kFlushedKey = "events_flushed/";  // and the account
// Days are compared with the statistics, whose days are kept for as long.
constexpr auto kKeptDays = delivery::Ledger::kKeptDays;

}  // namespace

/// The changes of one flush.
struct EventCounts::Gained {
  std::vector<std::pair<Subject, delivery::Series::Change>> series;
  std::set<Subject> totals;
  std::set<Day> days;
  bool newDay = false;
};

EventCounts::EventCounts(store::Database& database, metrics::Registry& registry, StoreHealth& health)
    : database_(database),
      registry_(registry),
      health_(health),
      table_(database, store::SeriesTable::Of::events),
      dayTable_(database),
      meta_(database) {}

void EventCounts::load() {
  table_.load(windows_, totals_);
  days_ = dayTable_.all();
  for (const auto& [key, flushed] : meta_.withPrefix(kFlushedKey))
    std::from_chars(flushed.data(), flushed.data() + flushed.size(),
                    flushedTo_[key.substr(kFlushedKey.size())]);
}

void EventCounts::retain(const config::Config& configuration) {
  std::set<std::string> wanted;
  for (const auto& account : configuration.accounts)
    if (account.events) wanted.insert(account.name);
  for (const auto& [subject, counts] : totals_)
    if (wanted.contains(subject.account) && !accounts_.contains(subject.account))
      registry_.subject(subject).add(counts);
  accounts_ = std::move(wanted);
}

void EventCounts::shift(Duration step) { windows_.shift(step); }

void EventCounts::storeShift(Duration step) { table_.shift(step); }

std::int64_t EventCounts::flushedTo(const std::string& account) const {
  const auto found = flushedTo_.find(account);
  return found == flushedTo_.end() ? 0 : found->second;
}

void EventCounts::putFlushedTo() {
  for (const auto& [account, number] : flushedTo_)
    meta_.put(std::string(kFlushedKey) + account, std::to_string(number));
}

Done EventCounts::add(const std::vector<AccountFlush>& flushes, const std::set<std::string>& accounts,
                      std::int64_t flushedTo) {
  const auto gained = remember(flushes);
  for (const auto& account : accounts) flushedTo_[account] = flushedTo;
  const auto stored = dirty_ ? rewrite() : database_.transact([&] {
    for (const auto& [subject, change] : gained.series) table_.change(subject, change);
    for (const auto& subject : gained.totals) table_.putTotals(subject, totals_.at(subject));
    for (const auto& day : gained.days)
      if (days_.contains(day)) dayTable_.put(day.first, day.second, days_.at(day));
    if (gained.newDay) dayTable_.removeBefore(oldestKeptDay());
    putFlushedTo();
  });
  dirty_ = !stored.ok();
  health_.record("event counts", stored);
  return stored;
}

bool EventCounts::storeMissing() {
  if (!dirty_) return true;
  const auto stored = rewrite();
  dirty_ = !stored.ok();
  health_.record("event counts", stored);
  return stored.ok();
}

namespace {

// After a silence of the stream: since when the late events of a flush tell of every few minutes up to it.
Instant toldSince(const stream::Aggregator::Flush& flush, Instant from) {
  std::set<Instant> minutes;
  for (const auto& late : flush.late)
    if (late.subject.dimension == delivery::Dimension::account) minutes.insert(late.at);
  auto since = from;
  for (auto at = minutes.rbegin(); at != minutes.rend(); ++at) {
    if (since - *at > delivery::Series::kShortestWindow) break;
    since = *at - std::chrono::minutes(1);
  }
  return since;
}

// What happened in the last minute is not spread over the silence before it, and where late events make up
// for the silence its minutes are known.
void endSilence(delivery::Series& series, Instant since, Instant from,
                std::vector<delivery::Series::Change>& changes) {
  const auto last = series.lastRead();
  if (!last || from - *last <= delivery::Series::kShortestWindow) return;
  auto at = std::max(*last, since);
  if (at > *last) changes.push_back(series.add(*last, at, {}));
  for (; at < from; at = std::min(from, at + delivery::Series::kShortestWindow))
    changes.push_back(series.add(at, std::min(from, at + delivery::Series::kShortestWindow), {}));
}

}  // namespace

EventCounts::Gained EventCounts::remember(const std::vector<AccountFlush>& flushes) {
  Gained gained;
  for (const auto& [account, flush] : flushes) {
    const auto told = flush.increments.empty() ? Instant{} : toldSince(flush, flush.increments.front().from);
    for (const auto& increment : flush.increments) {
      std::vector<delivery::Series::Change> silence;
      endSilence(windows_.at(increment.subject), told, increment.from, silence);
      for (auto& change : silence) gained.series.emplace_back(increment.subject, std::move(change));
      gained.series.emplace_back(increment.subject, windows_.add(increment));
      addTotal(increment.subject, increment.counts, gained);
    }
    for (const auto& late : flush.late) {
      gained.series.emplace_back(late.subject, windows_.at(late.subject).addLate(late.at, late.counts));
      addTotal(late.subject, late.counts, gained);
    }
    for (const auto& [date, counts] : flush.days) {
      gained.newDay = gained.newDay || !days_.contains({account, date});
      days_[{account, date}] += counts;
      gained.days.emplace(account, date);
    }
  }
  if (gained.newDay)
    std::erase_if(days_, [oldest = oldestKeptDay()](const auto& day) { return day.first.second < oldest; });
  return gained;
}

void EventCounts::addTotal(const Subject& subject, const Counts& counts, Gained& gained) {
  // The running totals of accounts and categories come from the statistics.
  if (subject.dimension != delivery::Dimension::domainGroup || counts.isZero()) return;
  totals_[subject] += counts;
  registry_.subject(subject).add(counts);
  gained.totals.insert(subject);
}

Done EventCounts::rewrite() {
  return database_.transact([&] {
    table_.clear();
    for (const auto& [subject, series] : windows_) table_.change(subject, {{}, series.marks()});
    for (const auto& [subject, counts] : totals_) table_.putTotals(subject, counts);
    dayTable_.removeBefore(oldestKeptDay());
    for (const auto& [day, counts] : days_) dayTable_.put(day.first, day.second, counts);
    putFlushedTo();
  });
}

Date EventCounts::oldestKeptDay() const {
  auto newest = Date::min() + kKeptDays;
  for (const auto& [day, counts] : days_) newest = std::max(newest, day.second);
  return newest - kKeptDays;
}

std::optional<Counts> EventCounts::day(const std::string& account, Date date) const {
  const auto found = days_.find({account, date});
  if (found == days_.end()) return std::nullopt;
  return found->second;
}

}  // namespace arrivald::watch
