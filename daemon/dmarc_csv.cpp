#include "daemon/dmarc_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

#include "daemon/responses.hpp"
#include "desk/csv_source.hpp"
#include "desk/entry_export.hpp"
#include "sheet/cell.hpp"

namespace arrivald {
namespace {

using Row = std::vector<std::string>;
using watch::DmarcWhole;

constexpr std::size_t kRowsTogether = 500;

std::string lineOf(const Row& row) {
  std::string line;
  for (const auto& cell : row) {
    if (!line.empty()) line += ',';
    line += sheet::csvField(cell);
  }
  return line + "\r\n";
}

Row withTally(Row row, const dmarc::Tally& tally) {
  for (const auto count : {tally.messages(), tally.both, tally.dkimOnly, tally.spfOnly, tally.fail})
    row.push_back(std::to_string(count));
  return row;
}

Row withDispositions(Row row, const dmarc::Dispositions& dispositions) {
  for (const auto count : {dispositions.none, dispositions.quarantined, dispositions.rejected})
    row.push_back(std::to_string(count));
  return row;
}

void add(Row& row, const std::vector<std::string>& cells) {
  row.insert(row.end(), cells.begin(), cells.end());
}

Row sourceHeading() {
  Row row = {"source", "origin", "evidence",   "messages", "both",      "dkim_only", "spf_only",
             "fail",   "none",   "quarantine", "reject",   "first_day", "last_day",  "networks"};
  for (std::size_t i = 0; i < 4; ++i)
    row.push_back("fail_" + std::string(name(static_cast<dmarc::FailureCause>(i))));
  return row;
}

Row sourceRow(const DmarcWhole& whole, std::size_t index) {
  const auto& source = whole.sources[index];
  auto row = withTally({source.name, std::string(name(source.origin)), std::string(name(source.evidence))},
                       source.tally);
  row = withDispositions(std::move(row), source.dispositions);
  std::string networks;
  for (const auto& network : source.networks) networks += (networks.empty() ? "" : " ") + network;
  add(row, {toText(source.firstDay), toText(source.lastDay), networks});
  for (const auto count : source.causes) row.push_back(std::to_string(count));
  return row;
}

Row dayHeading() {
  Row row = {"day",      "closed", "messages", "both",       "dkim_only",
             "spf_only", "fail",   "none",     "quarantine", "reject"};
  for (std::size_t i = 0; i < dmarc::kOriginCount; ++i) row.emplace_back(name(static_cast<dmarc::Origin>(i)));
  return row;
}

Row dayRow(const DmarcWhole& whole, std::size_t index) {
  const auto& [day, sums] = *std::next(whole.view.shown.days.begin(), static_cast<std::ptrdiff_t>(index));
  auto row = withTally({toText(day), day <= whole.view.lastClosed ? "yes" : "no"}, sums.total());
  row = withDispositions(std::move(row), sums.dispositions);
  for (const auto& tally : sums.byOrigin) row.push_back(std::to_string(tally.messages()));
  return row;
}

Row reporterRow(const DmarcWhole& whole, std::size_t index) {
  const auto& reporter = whole.reporters[index];
  return {reporter.name, toText(reporter.lastDay), std::to_string(reporter.days),
          std::to_string(reporter.messages), std::to_string(reporter.failed)};
}

struct Table {
  std::string_view name;
  Row (*heading)();
  Row (*row)(const DmarcWhole&, std::size_t);
  std::size_t (*size)(const DmarcWhole&);
};

const Table* tableNamed(std::string_view wanted) {
  static const Table kTables[] = {
      {"sources", sourceHeading, sourceRow, [](const DmarcWhole& whole) { return whole.sources.size(); }},
      {"days", dayHeading, dayRow, [](const DmarcWhole& whole) { return whole.view.shown.days.size(); }},
      {"reporters", [] { return Row{"reporter", "last_day", "days", "messages", "fail"}; }, reporterRow,
       [](const DmarcWhole& whole) { return whole.reporters.size(); }}};
  const auto found = std::ranges::find(kTables, wanted, &Table::name);
  return found == std::end(kTables) ? nullptr : &*found;
}

}  // namespace

bool isDmarcTable(std::string_view table) { return tableNamed(table) != nullptr; }

http::Response dmarcCsv(std::shared_ptr<const DmarcWhole> whole, std::string_view name,
                        runtime::FileThread& thread) {
  const auto* table = tableNamed(name);
  if (table == nullptr) return textResponse(404, "no such table\n");
  auto place = thread.takePlace();
  if (!place) return textResponse(503, "other files are being made; try again in a minute\n");
  const auto file =
      fmt::format("arrivald-dmarc-{}-{}-{}.csv", whole->view.domain, name, toText(whole->view.today));
  desk::CsvSource::Slices slices =
      [whole = std::move(whole), table,
       next = std::size_t{0}]() mutable -> Result<std::optional<desk::CsvSource::Lines>> {
    const auto size = table->size(*whole);
    if (next >= size) return std::optional<desk::CsvSource::Lines>();
    const auto from = next;
    next = std::min(size, from + kRowsTogether);
    return std::optional<desk::CsvSource::Lines>([whole, table, from, to = next] {
      std::string lines;
      for (auto i = from; i < to; ++i) lines += lineOf(table->row(*whole, i));
      return lines;
    });
  };
  auto begin = std::string(desk::kCsvMark) + lineOf(table->heading());
  http::Response response;
  response.headers.add("Content-Type", "text/csv; charset=utf-8");
  response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"{}\"", file));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.source =
      std::make_shared<desk::CsvSource>(thread, std::move(place), std::move(begin), std::move(slices));
  return response;
}

}  // namespace arrivald
