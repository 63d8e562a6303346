#include "watch/statistics.hpp"

#include <algorithm>
#include <vector>

namespace arrivald::watch {

using delivery::Subject;

/// The changes of one read.
struct Statistics::Gained {
  delivery::Ledger::Changes changes;
  std::vector<delivery::Series::Change> series;  // one for each increment
};

Statistics::Statistics(store::Database& database, metrics::Registry& registry, StoreHealth& health,
                       ClockSteps& steps)
    : database_(database), registry_(registry), health_(health), steps_(steps), table_(database) {}

void Statistics::load() {
  table_.load(ledger_, windows_, totals_);
  for (const auto& [subject, series] : windows_)
    if (const auto usual = series.usual()) ledger_.restoreUsual(subject, *usual);
}

void Statistics::retain(const config::Config& configuration) {
  const auto before = std::move(configured_);
  configured_.clear();
  for (const auto& account : configuration.accounts) {
    configured_.emplace(account.name, delivery::Dimension::account);
    for (const auto dimension : account.dimensions()) configured_.emplace(account.name, dimension);
  }
  std::erase_if(doubts_, [this](const auto& entry) {
    return !configured_.contains({entry.first.account, entry.first.dimension});
  });
  for (const auto& [subject, counts] : totals_)
    if (reads(subject) && !before.contains({subject.account, subject.dimension}))
      registry_.subject(subject).add(counts);
}

void Statistics::shift(Duration step) {
  ledger_.shift(step);
  windows_.shift(step);
  for (auto& [source, doubts] : doubts_) doubts.shift(step);
}

void Statistics::storeShift(Duration step) { table_.shift(step); }

Done Statistics::apply(const delivery::Read& read) {
  const auto gained = remember(read);
  const auto stored = dirty_ ? rewrite(read.at) : store(read, gained);
  dirty_ = !stored.ok();
  health_.record("statistics", stored);
  return stored;
}

Statistics::Gained Statistics::remember(const delivery::Read& read) {
  Gained gained{ledger_.apply(read, &windows_), {}};
  noteDoubts(read, gained.changes);
  std::int64_t corrections = 0;
  bool moved = false;
  for (const auto& increment : gained.changes.increments) {
    gained.series.push_back(windows_.add(increment));
    totals_[increment.subject] += increment.counts;
    corrections += increment.corrections;
    moved = moved || !(increment.counts + increment.below).isZero();
    registry_.subject(increment.subject).add(increment.counts);
  }
  if (corrections > 0) registry_.corrected(read.source.account, read.source.dimension, corrections);
  if (moved) registry_.dataChanged(read.source.account, read.at);
  for (const auto& subject : gained.changes.removed) {
    windows_.forget(subject);
    totals_.erase(subject);
    registry_.forget(subject);
  }
  return gained;
}

void Statistics::noteDoubts(const delivery::Read& read, const delivery::Ledger::Changes& changes) {
  auto& doubts = doubts_[read.source];
  if (changes.shows) {
    const auto last = ledger_.lastRead(read.source).value_or(read.at);
    doubts.behind = Doubts::Behind{doubts.behind ? doubts.behind->since : last, *changes.shows};
    return;
  }
  doubts.behind.reset();
  doubts.held = changes.held;
  const auto note = [&](std::map<delivery::Metric, Instant>& since, delivery::Metrics now) {
    std::erase_if(since, [&](const auto& entry) { return !now.contains(entry.first); });
    for (const auto metric : delivery::allMetrics())
      if (now.contains(metric)) since.try_emplace(metric, read.at);
  };
  note(doubts.lacking, changes.lacking);
  note(doubts.refused, changes.refused);
  doubts.contradiction = changes.contradiction;
  std::erase_if(doubts.fallen, [&](const auto& entry) { return !changes.fallen.contains(entry.first); });
  for (const auto& [metric, fall] : changes.fallen)
    doubts.fallen.try_emplace(metric, Doubts::Fallen{read.at, fall}).first->second.fall = fall;
}

void Statistics::Doubts::shift(Duration step) {
  for (auto& [metric, since] : lacking) since += step;
  for (auto& [metric, since] : refused) since += step;
  for (auto& [metric, fell] : fallen) fell.since += step;
  if (behind) behind->since += step, behind->shown += step;
}

std::optional<Instant> Statistics::Doubts::untoldSince(delivery::Metric metric, Below below) const {
  std::optional<Instant> since;
  const auto consider = [&](Instant from) { since = std::min(since.value_or(from), from); };
  if (behind) consider(behind->since);
  if (const auto one = lacking.find(metric); one != lacking.end()) consider(one->second);
  if (const auto one = refused.find(metric); one != refused.end()) consider(one->second);
  if (const auto one = fallen.find(metric); one != fallen.end())
    if (below == Below::any || 2 * one->second.fall.to < one->second.fall.from) consider(one->second.since);
  return since;
}

const Statistics::Doubts& Statistics::doubts(const delivery::Source& source) const {
  static const Doubts kNone;
  const auto found = doubts_.find(source);
  return found == doubts_.end() ? kNone : found->second;
}

std::optional<Duration> Statistics::contradictoryFor(std::string_view account, Instant now) const {
  std::optional<Duration> longest;
  for (const auto& [source, doubts] : doubts_) {
    if (source.account != account || !configured_.contains({source.account, source.dimension})) continue;
    if (!longest) longest = Duration{};
    for (const auto& [metric, since] : doubts.refused)
      longest = std::max({*longest, now - since, Duration(1)});
  }
  return longest;
}

Done Statistics::store(const delivery::Read& read, const Gained& gained) {
  const auto& changes = gained.changes;
  return database_.transact([&] {
    for (std::size_t i = 0; i < changes.increments.size(); ++i) {
      const auto& subject = changes.increments[i].subject;
      table_.series().change(subject, gained.series[i]);
      if (!changes.increments[i].counts.isZero()) table_.series().putTotals(subject, totals_.at(subject));
    }
    for (const auto& cell : changes.changed) table_.putCell(cell);
    for (const auto& subject : changes.jumped) table_.putJumps(subject, ledger_.jumps(subject));
    for (const auto& [subject, date] : changes.forgotten) table_.removeCell(subject, date);
    for (const auto& subject : changes.removed) table_.series().forget(subject);
    const auto days = ledger_.daysAsked(read.source);
    const auto last = ledger_.lastRead(read.source);
    if (days && last) table_.putRead(read.source, *last, *days);
    steps_.remember(read.at);
  });
}

Done Statistics::rewrite(Instant now) {
  return database_.transact([&] {
    table_.clear();
    for (const auto& subject : ledger_.subjects()) {
      for (const auto& cell : ledger_.cells(subject)) table_.putCell(cell);
      if (const auto jumps = ledger_.jumps(subject); !jumps.empty()) table_.putJumps(subject, jumps);
      const delivery::Source source{subject.account, subject.dimension};
      const auto at = ledger_.lastRead(source);
      const auto days = ledger_.daysAsked(source);
      if (at && days) table_.putRead(source, *at, *days);
    }
    for (const auto& [subject, series] : windows_) table_.series().change(subject, {{}, series.marks()});
    for (const auto& [subject, counts] : totals_) table_.series().putTotals(subject, counts);
    steps_.remember(now);
  });
}

bool Statistics::storeMissing() {
  if (!dirty_) return true;
  std::optional<Instant> newest;
  for (const auto& subject : ledger_.subjects())
    newest = std::max(newest, ledger_.lastRead({subject.account, subject.dimension}));
  const auto stored = newest ? rewrite(*newest) : done();
  dirty_ = !stored.ok();
  health_.record("statistics", stored);
  return stored.ok();
}

std::optional<delivery::Counts> Statistics::dayTotal(const Subject& subject, Date date) const {
  for (auto& cell : ledger_.cells(subject)) {
    if (cell.date != date) continue;
    for (const auto metric : delivery::allMetrics())
      cell.counts[metric] = std::max<std::int64_t>(0, cell.counts[metric]);
    return cell.counts;
  }
  return std::nullopt;
}

}  // namespace arrivald::watch
