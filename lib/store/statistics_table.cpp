#include "store/statistics_table.hpp"

#include <cstring>
#include <unordered_map>

namespace arrivald::store {

using delivery::Counts;
using delivery::Dimension;
using delivery::Mark;
using delivery::Subject;

namespace {

// Eight bytes a metric, little-endian as every machine this runs on. A shorter blob is one of an older
// version with fewer metrics.
std::span<const std::byte> bytesOf(const Counts& counts) {
  return std::as_bytes(std::span<const Counts, 1>(&counts, 1));
}

template <class T>
void copyInto(T& value, std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (!bytes.empty())
    std::memcpy(static_cast<void*>(&value), bytes.data(), std::min(bytes.size(), sizeof value));
}

Counts countsFrom(std::span<const std::byte> bytes) {
  Counts counts;
  copyInto(counts, bytes);
  return counts;
}

std::int64_t number(Date date) { return date.time_since_epoch().count(); }
Date date(std::int64_t number) { return Date(std::chrono::days(number)); }

Subject subjectFrom(const Statement& row, int account) {
  return {std::string(row.text(account)),
          delivery::dimensionNamed(row.text(account + 1)).value_or(Dimension::account),
          std::string(row.text(account + 2))};
}

}  // namespace

void StatisticsTable::load(delivery::Ledger& ledger, delivery::Windows& windows,
                           std::map<Subject, Counts>& totals) {
  ids_.clear();
  std::map<std::int64_t, const Subject*> subjects;
  {
    Statement rows(database_, "SELECT account, dimension, name, id, totals FROM subjects");
    while (rows.step()) {
      const auto [entry, isNew] = ids_.emplace(subjectFrom(rows, 0), rows.integer(3));
      subjects[entry->second] = &entry->first;
      if (!rows.isNull(4)) totals[entry->first] = countsFrom(rows.blob(4));
    }
  }
  {
    Statement rows(database_, "SELECT account, dimension, at, oldest_day, newest_day FROM reads");
    while (rows.step()) {
      const delivery::Source source{std::string(rows.text(0)),
                                    delivery::dimensionNamed(rows.text(1)).value_or(Dimension::account)};
      ledger.restoreRead(source, fromUnixMilliseconds(rows.integer(2)),
                         {date(rows.integer(3)), date(rows.integer(4))});
    }
  }
  {
    Statement rows(database_, "SELECT subject, day, counts, high_water, missing_reads FROM cells");
    while (rows.step()) {
      const auto subject = subjects.find(rows.integer(0));
      if (subject == subjects.end()) continue;
      ledger.restore({*subject->second, date(rows.integer(1)), countsFrom(rows.blob(2)),
                      countsFrom(rows.blob(3)), static_cast<unsigned>(rows.integer(4))});
    }
  }
  // Ascending for each subject, as Series::restore wants them.
  Statement rows(database_, "SELECT subject, at, gap, totals FROM marks ORDER BY at, subject");
  std::unordered_map<std::int64_t, delivery::Series*> series;
  for (const auto& [id, subject] : subjects) series[id] = nullptr;
  while (rows.step()) {
    const auto found = series.find(rows.integer(0));
    if (found == series.end()) continue;
    if (!found->second) found->second = &windows.at(*subjects[found->first]);
    Mark mark{
        fromUnixMilliseconds(rows.integer(1)), Mark::Gap(static_cast<Mark::Gap::rep>(rows.integer(2))), {}};
    copyInto(mark.totals, rows.blob(3));
    found->second->restore(mark);
  }
}

std::int64_t StatisticsTable::idOf(const Subject& subject) {
  if (rollbacks_ != database_.rollbacks()) {
    // Numbers that were given in what was rolled back are no longer anyone's.
    ids_.clear();
    rollbacks_ = database_.rollbacks();
  }
  const auto known = ids_.find(subject);
  if (known != ids_.end()) return known->second;
  Statement(database_, "INSERT OR IGNORE INTO subjects (account, dimension, name) VALUES (?, ?, ?)")
      .bind(subject.account)
      .bind(name(subject.dimension))
      .bind(subject.name)
      .run();
  Statement row(database_, "SELECT id FROM subjects WHERE account = ? AND dimension = ? AND name = ?");
  row.bind(subject.account).bind(name(subject.dimension)).bind(subject.name);
  if (!row.step()) throw SqlError("a subject that was just stored is not there");
  return ids_[subject] = row.integer(0);
}

void StatisticsTable::putRead(const delivery::Source& source, Instant at, delivery::Ledger::DaysAsked days) {
  Statement(
      database_,
      "INSERT OR REPLACE INTO reads (account, dimension, at, oldest_day, newest_day) VALUES (?, ?, ?, ?, ?)")
      .bind(source.account)
      .bind(name(source.dimension))
      .bind(unixMilliseconds(at))
      .bind(number(days.oldest))
      .bind(number(days.newest))
      .run();
}

void StatisticsTable::putCell(const delivery::Cell& cell) {
  Statement statement(database_,
                      "INSERT OR REPLACE INTO cells (subject, day, counts, high_water, missing_reads) VALUES "
                      "(?, ?, ?, ?, ?)");
  statement.bind(idOf(cell.subject)).bind(number(cell.date)).bindBlob(bytesOf(cell.counts));
  if (cell.highWater.isZero()) {
    statement.bindNull();
  } else {
    statement.bindBlob(bytesOf(cell.highWater));
  }
  statement.bind(cell.missingReads).run();
}

void StatisticsTable::removeCell(const Subject& subject, Date day) {
  Statement(database_, "DELETE FROM cells WHERE subject = ? AND day = ?")
      .bind(idOf(subject))
      .bind(number(day))
      .run();
}

void StatisticsTable::change(const Subject& subject, const delivery::Series::Change& change) {
  const auto id = idOf(subject);
  for (const auto at : change.removed)
    Statement(database_, "DELETE FROM marks WHERE subject = ? AND at = ?")
        .bind(id)
        .bind(unixMilliseconds(at))
        .run();
  for (const auto& mark : change.added)
    Statement(database_, "INSERT OR REPLACE INTO marks (subject, at, gap, totals) VALUES (?, ?, ?, ?)")
        .bind(id)
        .bind(unixMilliseconds(mark.at))
        .bind(mark.gap.count())
        .bindBlob(std::as_bytes(std::span(mark.totals)))
        .run();
}

void StatisticsTable::putTotals(const Subject& subject, const Counts& totals) {
  Statement(database_, "UPDATE subjects SET totals = ? WHERE id = ?")
      .bindBlob(bytesOf(totals))
      .bind(idOf(subject))
      .run();
}

void StatisticsTable::forget(const Subject& subject) {
  Statement(database_, "DELETE FROM subjects WHERE id = ?").bind(idOf(subject)).run();
  ids_.erase(subject);
}

void StatisticsTable::shift(Duration step) {
  // Two passes, so that no mark lands on the place of one that has not moved yet.
  constexpr std::int64_t kAway = 1'000'000'000'000'000;
  Statement(database_, "UPDATE marks SET at = at + ?").bind(kAway + step.count()).run();
  Statement(database_, "UPDATE marks SET at = at - ?").bind(kAway).run();
  Statement(database_, "UPDATE reads SET at = at + ?").bind(step.count()).run();
}

void StatisticsTable::clear() {
  // The rows first: they would be looked for anew for each subject.
  for (const auto* sql :
       {"DELETE FROM marks", "DELETE FROM cells", "DELETE FROM subjects", "DELETE FROM reads"})
    Statement(database_, sql).run();
  ids_.clear();
}

}  // namespace arrivald::store
