#include "store/statistics_table.hpp"

#include <unordered_map>

#include "store/blobs.hpp"

namespace arrivald::store {

using delivery::Counts;
using delivery::Dimension;
using delivery::Subject;

namespace {

// Which metrics have descended is stored above the number of reads that were lower.
constexpr unsigned kReadBits = 8;

std::int64_t packed(const delivery::Cell& cell) {
  return static_cast<std::int64_t>(cell.descended.bits()) << kReadBits | cell.lowerReads;
}
unsigned lowerReadsIn(std::int64_t stored) { return static_cast<unsigned>(stored & ((1 << kReadBits) - 1)); }
delivery::Metrics descendedIn(std::int64_t stored) {
  return delivery::Metrics::ofBits(static_cast<std::uint32_t>(stored >> kReadBits));
}

}  // namespace

void StatisticsTable::load(delivery::Ledger& ledger, delivery::Windows& windows,
                           std::map<Subject, Counts>& totals) {
  series_.load(windows, totals);
  std::unordered_map<std::int64_t, const Subject*> subjects;
  for (const auto& [subject, id] : series_.ids()) subjects[id] = &subject;
  {
    Statement rows(database_,
                   "SELECT account, dimension, read_at, oldest_day, newest_day FROM statistics_reads");
    while (rows.step()) {
      const delivery::Source source{std::string(rows.text(0)),
                                    delivery::dimensionNamed(rows.text(1)).value_or(Dimension::account)};
      ledger.restoreRead(source, fromUnixMilliseconds(rows.integer(2)),
                         {dayFrom(rows.integer(3)), dayFrom(rows.integer(4))});
    }
  }
  Statement rows(database_, "SELECT subject, day, counts, high_water, missing_reads FROM statistics_days");
  while (rows.step()) {
    const auto subject = subjects.find(rows.integer(0));
    if (subject == subjects.end()) continue;
    ledger.restore({*subject->second, dayFrom(rows.integer(1)), countsFrom(rows.blob(2)),
                    countsFrom(rows.blob(3)), lowerReadsIn(rows.integer(4)), descendedIn(rows.integer(4))});
  }
}

void StatisticsTable::putRead(const delivery::Source& source, Instant at, delivery::Ledger::DaysAsked days) {
  Statement(database_,
            "INSERT OR REPLACE INTO statistics_reads (account, dimension, read_at, oldest_day, newest_day) "
            "VALUES (?, ?, ?, ?, ?)")
      .bind(source.account)
      .bind(name(source.dimension))
      .bind(unixMilliseconds(at))
      .bind(dayNumber(days.oldest))
      .bind(dayNumber(days.newest))
      .run();
}

void StatisticsTable::putCell(const delivery::Cell& cell) {
  const auto counts = blobOf(cell.counts);
  const auto highWater = blobOf(cell.highWater);
  Statement statement(
      database_,
      "INSERT OR REPLACE INTO statistics_days (subject, day, counts, high_water, missing_reads) VALUES "
      "(?, ?, ?, ?, ?)");
  statement.bind(series_.idOf(cell.subject)).bind(dayNumber(cell.date)).bindBlob(counts);
  if (cell.highWater.isZero()) {
    statement.bindNull();
  } else {
    statement.bindBlob(highWater);
  }
  statement.bind(packed(cell)).run();
}

void StatisticsTable::removeCell(const Subject& subject, Date day) {
  Statement(database_, "DELETE FROM statistics_days WHERE subject = ? AND day = ?")
      .bind(series_.idOf(subject))
      .bind(dayNumber(day))
      .run();
}

void StatisticsTable::shift(Duration step) {
  series_.shift(step);
  Statement(database_, "UPDATE statistics_reads SET read_at = read_at + ?").bind(storedSpan(step)).run();
}

void StatisticsTable::clear() {
  for (const auto* sql : {"DELETE FROM statistics_days", "DELETE FROM statistics_reads"})
    Statement(database_, sql).run();
  series_.clear();
}

}  // namespace arrivald::store
