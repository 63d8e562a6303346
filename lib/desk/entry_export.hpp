// EntryExport: the entries that a query shows as rows of a table, slice by slice, for CSV and XLSX files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/language.hpp"
#include "desk/csv_source.hpp"
#include "desk/entries.hpp"

namespace arrivald::desk {

/// Cells of one line.
using TableRow = std::vector<std::string>;

/// Reads a slice at each call, so that the loop is never held for long. Resource; loop thread only, but for
/// heading(), rowOf() and ending(), which any thread may call.
class EntryExport {
 public:
  static constexpr std::size_t kMaxRows = 100'000;
  static constexpr std::size_t kSlice = 250;  ///< entries: some 10 ms

  /// `notes` stand below the rows: what the file lacks.
  EntryExport(const Entries& entries, Query query, Language language, std::vector<std::string> notes = {});

  /// Names of the columns.
  TableRow heading() const;
  /// Nothing at the end, or after kMaxRows rows.
  Result<std::vector<ListedEntry>> next();
  TableRow rowOf(const ListedEntry& entry) const;
  /// Rows that hold the notes.
  std::vector<TableRow> ending() const;
  std::size_t rows() const { return rows_; }
  /// Whether the query has more than kMaxRows rows.
  bool isCut() const { return cut_; }

 private:
  const Entries& entries_;
  const TimeZone zone_;
  const Language language_;
  const std::vector<std::string> notes_;
  Query query_;
  std::size_t rows_ = 0;
  bool ended_ = false;
  bool cut_ = false;
};

/// The mark by which Excel knows a CSV file to be UTF-8; before its first line.
inline constexpr std::string_view kCsvMark = "\xEF\xBB\xBF";
/// One line with its end.
std::string csvLine(const TableRow& row);

/// The entries as a file; an error of the store ends it before its end.
CsvSource::Slices csvSlices(std::shared_ptr<EntryExport> rows);

}  // namespace arrivald::desk
