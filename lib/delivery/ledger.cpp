#include "delivery/ledger.hpp"

#include <algorithm>
#include <limits>

namespace arrivald::delivery {
namespace {

bool atLeast(const Counts& a, const Counts& b) {
  for (const auto metric : allMetrics())
    if (a[metric] < b[metric]) return false;
  return true;
}

// What the day gained from `before` to `now`; a metric that fell gains nothing and is counted.
Counts gained(const Counts& before, const Counts& now, unsigned& corrections) {
  Counts gain;
  for (const auto metric : allMetrics()) {
    if (now[metric] >= before[metric]) {
      gain[metric] = now[metric] - before[metric];
    } else {
      ++corrections;
    }
  }
  return gain;
}

// A total from outside: negative numbers and absurd ones are clamped, so that sums cannot overflow.
Counts sane(Counts counts) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  for (const auto metric : allMetrics()) counts[metric] = std::clamp<std::int64_t>(counts[metric], 0, kMost);
  return counts;
}

}  // namespace

Ledger::Booking Ledger::book(const Read& read) {
  Booking booking;
  const auto previous = reads_.find(read.source);
  const bool first = previous == reads_.end();
  if (!first && read.at <= previous->second.at) return booking;
  const auto from = first ? read.at : previous->second.at;
  const auto oldestBefore = first ? Date::max() : previous->second.days.oldest;
  const auto newestBefore = first ? Date::min() : previous->second.days.newest;

  std::map<Subject, std::map<Date, Counts>> named;
  for (const auto& totals : read.totals) {
    auto& rows = named[totals.subject];
    for (const auto& day : totals.days)
      if (day.date >= read.firstDay && day.date <= read.lastDay) rows[day.date] = sane(day.counts);
  }
  // Subjects that were known and are not named now stand at zero, or their rows are gone: both are looked at
  // below.
  for (const auto& [subject, known] : days_)
    if (subject.account == read.source.account && subject.dimension == read.source.dimension)
      named.try_emplace(subject);

  for (const auto& [subject, rows] : named) {
    const auto known = days_.find(subject);
    const bool newSubject = known == days_.end();
    // First ever sight is where we begin to count. A subject that appears among others that were read before
    // has been at zero, if the answers name everything there is.
    const bool baseline = first || (newSubject && !read.namesAll);
    auto& days = days_[subject];
    Increment increment{subject, baseline ? read.at : from, read.at, {}, 0};

    for (const auto& [date, counts] : rows) {
      auto cell = days.find(date);
      if (cell == days.end()) {
        cell = days.emplace(date, Day{}).first;
        // A day that earlier reads asked for without getting a row, or that is newer than they could be,
        // began at zero; a day from before the oldest ever asked for is a baseline.
        const bool beganAtZero = !baseline && date >= oldestBefore;
        if (beganAtZero) increment.counts += counts;
        cell->second.counts = counts;
        booking.changed.push_back({subject, date, counts, {}, 0});
        continue;
      }
      auto& day = cell->second;
      if (counts == day.counts && day.missingReads == 0) continue;
      if (counts.isZero() && !day.counts.isZero()) continue;  // handled with the rows that are gone
      if (!day.highWater.isZero() && atLeast(counts, day.highWater)) {
        // The row came back as it was: what it shows above its old height is new, the rest was counted long
        // ago.
        increment.counts += counts - day.highWater;
        day.highWater = {};
      } else {
        increment.counts += gained(day.counts, counts, increment.corrections);
      }
      day.counts = counts;
      day.missingReads = 0;
      booking.changed.push_back({subject, date, day.counts, day.highWater, 0});
    }

    for (auto& [date, day] : days) {
      if (date < read.firstDay || date > read.lastDay || day.counts.isZero()) continue;
      const auto row = rows.find(date);
      if (row != rows.end() && !row->second.isZero()) continue;
      if (++day.missingReads >= kConfirmations) {
        for (const auto metric : allMetrics()) increment.corrections += day.counts[metric] != 0;
        day.highWater = day.counts;
        day.counts = {};
        day.missingReads = 0;
      }
      booking.changed.push_back({subject, date, day.counts, day.highWater, day.missingReads});
    }

    while (!days.empty() && days.begin()->first < read.lastDay - kKeptDays) {
      booking.forgotten.emplace_back(subject, days.begin()->first);
      days.erase(days.begin());
    }
    booking.increments.push_back(std::move(increment));
  }
  reads_[read.source] = {read.at,
                         {std::min(oldestBefore, read.firstDay), std::max(newestBefore, read.lastDay)}};
  return booking;
}

std::optional<Instant> Ledger::lastRead(const Source& source) const {
  const auto found = reads_.find(source);
  if (found == reads_.end()) return std::nullopt;
  return found->second.at;
}

std::optional<Ledger::DaysAsked> Ledger::daysAsked(const Source& source) const {
  const auto found = reads_.find(source);
  if (found == reads_.end()) return std::nullopt;
  return found->second.days;
}

std::vector<Cell> Ledger::cells(const Subject& subject) const {
  std::vector<Cell> cells;
  const auto found = days_.find(subject);
  if (found == days_.end()) return cells;
  for (const auto& [date, day] : found->second)
    cells.push_back({subject, date, day.counts, day.highWater, day.missingReads});
  return cells;
}

std::vector<Subject> Ledger::subjects() const {
  std::vector<Subject> all;
  for (const auto& [subject, days] : days_) all.push_back(subject);
  return all;
}

void Ledger::restore(const Cell& cell) {
  days_[cell.subject][cell.date] = {cell.counts, cell.highWater, cell.missingReads};
}

void Ledger::restoreRead(const Source& source, Instant at, DaysAsked days) { reads_[source] = {at, days}; }

void Ledger::shift(Duration step) {
  for (auto& [source, time] : reads_) time.at += step;
}

}  // namespace arrivald::delivery
