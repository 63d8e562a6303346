#include "store/statistics_table.hpp"

#include <bit>
#include <string>

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

// Of a jump: how many days, and each with its counts.
void putRows(std::string& to, const delivery::Rows& rows) {
  const auto put = [&](std::int64_t number) {
    std::array<char, sizeof number> bytes{};
    char* at = bytes.data();
    putLittleEndian(at, number);
    to.append(bytes.data(), bytes.size());
  };
  put(static_cast<std::int64_t>(rows.size()));
  for (const auto& [date, counts] : rows) {
    put(dayNumber(date));
    for (const auto metric : delivery::allMetrics()) put(counts[metric]);
  }
}

// Numbers of a blob, in the order in which they were put; 0 beyond its end.
class Numbers {
 public:
  explicit Numbers(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::int64_t next() {
    if (bytes_.size() < sizeof(std::int64_t)) return 0;
    const char* from = reinterpret_cast<const char*>(bytes_.data());
    bytes_ = bytes_.subspan(sizeof(std::int64_t));
    return takeLittleEndian<std::int64_t>(from);
  }
  delivery::Rows rows() {
    delivery::Rows all;
    for (auto left = next(); left > 0 && !bytes_.empty(); --left) {
      auto& counts = all[dayFrom(next())];
      for (const auto metric : delivery::allMetrics()) counts[metric] = next();
    }
    return all;
  }

 private:
  std::span<const std::byte> bytes_;
};

// Paces are stored by their bits.
Counts bitsOf(const delivery::Pace& pace) {
  Counts bits;
  for (const auto metric : delivery::allMetrics())
    bits[metric] = std::bit_cast<std::int64_t>(pace.of(metric));
  return bits;
}
delivery::Pace paceFrom(const Counts& bits) {
  delivery::Pace pace;
  for (const auto metric : delivery::allMetrics()) pace.set(metric, std::bit_cast<double>(bits[metric]));
  return pace;
}

}  // namespace

void StatisticsTable::load(delivery::Ledger& ledger, delivery::Windows& windows,
                           std::map<Subject, Counts>& totals) {
  series_.load(windows, totals);
  std::map<std::int64_t, Subject> subjects;
  for (const auto& [subject, id] : series_.ids()) subjects.emplace(id, subject);
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
    ledger.restore({subject->second, dayFrom(rows.integer(1)), countsFrom(rows.blob(2)),
                    countsFrom(rows.blob(3)), lowerReadsIn(rows.integer(4)), descendedIn(rows.integer(4))});
  }
  loadJumps(ledger, subjects);
}

void StatisticsTable::loadJumps(delivery::Ledger& ledger, const std::map<std::int64_t, Subject>& subjects) {
  std::map<std::int64_t, std::vector<delivery::Jump>> all;
  Statement stored(
      database_,
      "SELECT subject, since, size, fastest, recent, days FROM statistics_jumps ORDER BY subject, "
      "number");
  while (stored.step()) {
    delivery::Jump jump;
    jump.since = fromUnixMilliseconds(stored.integer(1));
    jump.size = stored.integer(2);
    jump.usual = {paceFrom(countsFrom(stored.blob(3))), std::bit_cast<double>(stored.integer(4))};
    Numbers numbers(stored.blob(5));
    jump.before = numbers.rows();
    jump.after = numbers.rows();
    jump.heights = numbers.rows();
    jump.marks = numbers.rows();
    all[stored.integer(0)].push_back(std::move(jump));
  }
  for (auto& [id, jumps] : all)
    if (const auto subject = subjects.find(id); subject != subjects.end())
      ledger.restoreJumps(subject->second, std::move(jumps));
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

void StatisticsTable::putJumps(const Subject& subject, const std::vector<delivery::Jump>& jumps) {
  const auto id = series_.idOf(subject);
  Statement(database_, "DELETE FROM statistics_jumps WHERE subject = ?").bind(id).run();
  std::int64_t number = 0;
  for (const auto& jump : jumps) {
    const auto fastest = blobOf(bitsOf(jump.usual.fastest));
    std::string days;
    for (const auto* rows : {&jump.before, &jump.after, &jump.heights, &jump.marks}) putRows(days, *rows);
    Statement(database_,
              "INSERT INTO statistics_jumps (subject, number, since, size, fastest, recent, days) VALUES "
              "(?, ?, ?, ?, ?, ?, ?)")
        .bind(id)
        .bind(number++)
        .bind(unixMilliseconds(jump.since))
        .bind(jump.size)
        .bindBlob(fastest)
        .bind(std::bit_cast<std::int64_t>(jump.usual.recent))
        .bindBlob(std::as_bytes(std::span(days)))
        .run();
  }
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
  Statement(database_, "UPDATE statistics_jumps SET since = since + ?").bind(storedSpan(step)).run();
}

void StatisticsTable::clear() {
  for (const auto* sql :
       {"DELETE FROM statistics_days", "DELETE FROM statistics_reads", "DELETE FROM statistics_jumps"})
    Statement(database_, sql).run();
  series_.clear();
}

}  // namespace arrivald::store
