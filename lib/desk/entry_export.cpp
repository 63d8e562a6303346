#include "desk/entry_export.hpp"

#include <array>

#include "causes/texts.hpp"
#include "notify/catalogue.hpp"
#include "sheet/cell.hpp"

namespace arrivald::desk {
namespace {

constexpr std::array kColumns = {"address", "list",   "account", "created", "side",  "cause", "row",
                                 "todo",    "advice", "stopped", "domain",  "group", "reply", "removed"};

}  // namespace

EntryExport::EntryExport(const Entries& entries, Query query, Language language,
                         std::vector<std::string> notes)
    : entries_(entries),
      zone_(entries.zone()),
      language_(language),
      notes_(std::move(notes)),
      query_(std::move(query)) {
  query_.after.reset();  // a file holds all pages
}

TableRow EntryExport::heading() const {
  const auto& words = notify::Catalogue::of(language_);
  TableRow row;
  for (const auto* column : kColumns) row.push_back(words.text(std::string("cli.desk.column.") + column));
  return row;
}

TableRow EntryExport::rowOf(const ListedEntry& entry) const {
  const auto& words = notify::Catalogue::of(language_);
  const auto word = [&](std::string_view kind, std::string_view key) {
    return words.text(std::string(kind) + std::string(key));
  };
  const auto texts = causes::describeShort(entry.cause, language_, {entry.entry.email, name(entry.list)},
                                           entry.acceptedSince);
  auto list = word("desk.list.", name(entry.list));
  if (!entry.unsubscribeGroup.empty()) list += ": " + entry.unsubscribeGroup;
  const auto time = [&](Instant at) {
    return suppression::isDated(at) ? zone_.minuteText(at) : std::string();
  };
  return {entry.entry.email,
          std::move(list),
          entry.account,
          time(entry.entry.created),
          word("desk.side.", name(entry.side)),
          std::string(causes::shortName(entry.cause, language_)),
          texts.row,
          texts.todo,
          word("desk.advice.", name(entry.advice)),
          std::to_string(entry.stoppedSends),
          entry.domain,
          words.groupName(entry.group),
          entry.entry.reason,
          entry.removed ? time(*entry.removed) : std::string()};
}

std::vector<TableRow> EntryExport::ending() const {
  std::vector<TableRow> rows;
  for (const auto& note : notes_) rows.push_back({note});
  return rows;
}

Result<std::vector<ListedEntry>> EntryExport::next() {
  if (ended_) return std::vector<ListedEntry>();
  auto page = entries_.page(query_, std::min(kSlice, kMaxRows - rows_));
  if (!page) return page.error();
  rows_ += page->rows.size();
  query_.after = placeFrom(page->next);
  cut_ = query_.after.has_value() && rows_ >= kMaxRows;
  ended_ = cut_ || !query_.after;
  return std::move(page->rows);
}

std::string csvLine(const TableRow& row) {
  std::string line;
  for (const auto& cell : row) {
    if (!line.empty()) line += ',';
    line += sheet::csvField(cell);
  }
  return line + "\r\n";
}

CsvSource::Slices csvSlices(std::shared_ptr<EntryExport> rows) {
  return [rows = std::move(rows), ended = false]() mutable -> Result<std::optional<CsvSource::Lines>> {
    auto slice = rows->next();
    if (!slice) return slice.error();
    if (slice->empty() && ended) return std::optional<CsvSource::Lines>();
    if (slice->empty()) {
      ended = true;
      std::string notes;
      for (const auto& row : rows->ending()) notes += csvLine(row);
      if (notes.empty()) return std::optional<CsvSource::Lines>();
      return std::optional<CsvSource::Lines>([notes = std::move(notes)] { return notes; });
    }
    return std::optional<CsvSource::Lines>([rows, entries = std::move(*slice)] {
      std::string text;
      for (const auto& entry : entries) text += csvLine(rows->rowOf(entry));
      return text;
    });
  };
}

}  // namespace arrivald::desk
