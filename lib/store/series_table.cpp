#include "store/series_table.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "store/blobs.hpp"

namespace arrivald::store {

using delivery::Counts;
using delivery::Dimension;
using delivery::Mark;
using delivery::Subject;

SeriesTable::SeriesTable(Database& database, Of of) : database_(database) {
  const std::string_view subjects = of == Of::events ? "event_subjects" : "statistics_subjects";
  const std::string_view marks = of == Of::events ? "event_marks" : "statistics_marks";
  sql_.subjects = fmt::format("SELECT account, dimension, name, id, totals FROM {}", subjects);
  // Ascending by time for each subject, as Series::restore() requires.
  sql_.marks = fmt::format("SELECT subject, at, gap, totals, stale FROM {} ORDER BY at, subject", marks);
  sql_.insertSubject =
      fmt::format("INSERT OR IGNORE INTO {} (account, dimension, name) VALUES (?, ?, ?)", subjects);
  sql_.findSubject =
      fmt::format("SELECT id FROM {} WHERE account = ? AND dimension = ? AND name = ?", subjects);
  sql_.removeMark = fmt::format("DELETE FROM {} WHERE subject = ? AND at = ?", marks);
  sql_.putMark = fmt::format(
      "INSERT OR REPLACE INTO {} (subject, at, gap, totals, stale) VALUES (?, ?, ?, ?, ?)", marks);
  sql_.putTotals = fmt::format("UPDATE {} SET totals = ? WHERE id = ?", subjects);
  sql_.forget = fmt::format("DELETE FROM {} WHERE id = ?", subjects);
  sql_.shiftAway = fmt::format("UPDATE {} SET at = at + ?", marks);
  sql_.shiftBack = fmt::format("UPDATE {} SET at = at - ?", marks);
  sql_.clearMarks = fmt::format("DELETE FROM {}", marks);
  sql_.clearSubjects = fmt::format("DELETE FROM {}", subjects);
  sql_.rename = fmt::format("UPDATE OR IGNORE {} SET name = ? WHERE id = ?", subjects);
}

void SeriesTable::rename(const std::function<std::string(std::string_view name)>& nameOf) {
  std::vector<std::pair<std::int64_t, std::string>> others;
  {
    Statement rows(database_, sql_.subjects);
    while (rows.step())
      if (auto wanted = nameOf(rows.text(2)); wanted != rows.text(2))
        others.emplace_back(rows.integer(3), std::move(wanted));
  }
  for (const auto& [id, wanted] : others) {
    Statement(database_, sql_.rename).bind(wanted).bind(id).run();
    if (database_.changes() == 0) Statement(database_, sql_.forget).bind(id).run();
  }
}

void SeriesTable::load(delivery::Windows& windows, std::map<Subject, Counts>& totals) {
  ids_.clear();
  std::unordered_map<std::int64_t, const Subject*> subjects;
  {
    Statement rows(database_, sql_.subjects);
    while (rows.step()) {
      Subject subject{std::string(rows.text(0)),
                      delivery::dimensionNamed(rows.text(1)).value_or(Dimension::account),
                      std::string(rows.text(2))};
      const auto [entry, isNew] = ids_.emplace(std::move(subject), rows.integer(3));
      subjects[entry->second] = &entry->first;
      if (!rows.isNull(4)) totals[entry->first] = countsFrom(rows.blob(4));
    }
  }
  std::unordered_map<std::int64_t, delivery::Series*> series;
  Statement rows(database_, sql_.marks);
  while (rows.step()) {
    const auto id = rows.integer(0);
    auto& found = series[id];
    if (!found) {
      const auto subject = subjects.find(id);
      if (subject == subjects.end()) continue;
      found = &windows.at(*subject->second);
    }
    found->restore({fromUnixMilliseconds(rows.integer(1)),
                    Mark::Gap(static_cast<Mark::Gap::rep>(rows.integer(2))), totalsFrom(rows.blob(3)),
                    delivery::Metrics::ofBits(static_cast<std::uint32_t>(rows.integer(4)))});
  }
}

std::int64_t SeriesTable::idOf(const Subject& subject) {
  if (rollbacks_ != database_.rollbacks()) {
    // Row ids that were inserted by a transaction which was rolled back are invalid.
    ids_.clear();
    rollbacks_ = database_.rollbacks();
  }
  const auto known = ids_.find(subject);
  if (known != ids_.end()) return known->second;
  Statement(database_, sql_.insertSubject)
      .bind(subject.account)
      .bind(name(subject.dimension))
      .bind(subject.name)
      .run();
  Statement row(database_, sql_.findSubject);
  row.bind(subject.account).bind(name(subject.dimension)).bind(subject.name);
  if (!row.step()) throw SqlError("a subject that was just stored is not there");
  return ids_[subject] = row.integer(0);
}

void SeriesTable::change(const Subject& subject, const delivery::Series::Change& change) {
  const auto id = idOf(subject);
  for (const auto at : change.removed)
    Statement(database_, sql_.removeMark).bind(id).bind(unixMilliseconds(at)).run();
  for (const auto& mark : change.added)
    Statement(database_, sql_.putMark)
        .bind(id)
        .bind(unixMilliseconds(mark.at))
        .bind(mark.gap.count())
        .bindBlob(blobOf(mark.totals))
        .bind(static_cast<std::int64_t>(mark.stale.bits()))
        .run();
}

void SeriesTable::putTotals(const Subject& subject, const Counts& totals) {
  Statement(database_, sql_.putTotals).bindBlob(blobOf(totals)).bind(idOf(subject)).run();
}

void SeriesTable::forget(const Subject& subject) {
  Statement(database_, sql_.forget).bind(idOf(subject)).run();
  ids_.erase(subject);
}

void SeriesTable::shift(Duration step) {
  // In two passes, so that no mark collides with the primary key of one that has not been moved yet.
  constexpr std::int64_t kAway = 1'000'000'000'000'000;
  Statement(database_, sql_.shiftAway).bind(kAway + storedSpan(step)).run();
  Statement(database_, sql_.shiftBack).bind(kAway).run();
}

void SeriesTable::clear() {
  // Marks first: otherwise the foreign key would be checked for each subject.
  Statement(database_, sql_.clearMarks).run();
  Statement(database_, sql_.clearSubjects).run();
  ids_.clear();
}

}  // namespace arrivald::store
