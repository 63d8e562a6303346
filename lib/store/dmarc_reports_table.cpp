#include "store/dmarc_reports_table.hpp"

#include <span>

#include "store/blobs.hpp"
#include "store/dmarc_names.hpp"

namespace arrivald::store {
namespace {

constexpr const char* kColumns =
    "r.key, r.rows_hash, r.messages, d.name, n.name, z.name, r.begin_at, r.end_at, r.received_at, r.via, "
    "r.both, r.dkim_only, r.spf_only, r.fail, r.policy, r.warnings";
constexpr const char* kFrom =
    " FROM dmarc_reports r JOIN dmarc_names d ON d.id = r.domain JOIN dmarc_names n ON n.id = r.reporter "
    "JOIN dmarc_names z ON z.id = r.zone ";

std::uint64_t unsignedAt(const Statement& row, int column) {
  return static_cast<std::uint64_t>(row.integer(column));
}

DmarcReportsTable::Row rowFrom(const Statement& row) {
  DmarcReportsTable::Row report;
  report.print = {unsignedAt(row, 0), unsignedAt(row, 1), unsignedAt(row, 2)};
  report.domain = row.text(3);
  report.reporter = row.text(4);
  report.zone = row.text(5);
  report.period = {fromUnixMilliseconds(row.integer(6)), fromUnixMilliseconds(row.integer(7))};
  report.received = fromUnixMilliseconds(row.integer(8));
  report.via = row.text(9);
  report.tally = {unsignedAt(row, 10), unsignedAt(row, 11), unsignedAt(row, 12), unsignedAt(row, 13)};
  report.policy = row.text(14);
  report.warnings = static_cast<std::uint32_t>(row.integer(15));
  return report;
}

std::int64_t signedOf(std::uint64_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

void DmarcReportsTable::put(const Row& row) {
  DmarcNames names(database_);
  const auto domain = names.idOf(row.domain), reporter = names.idOf(row.reporter),
             zone = names.idOf(row.zone);
  Statement(
      database_,
      "INSERT OR REPLACE INTO dmarc_reports (key, rows_hash, messages, domain, reporter, zone, begin_at, "
      "end_at, received_at, via, both, dkim_only, spf_only, fail, policy, warnings, rows) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(signedOf(row.print.key))
      .bind(signedOf(row.print.rows))
      .bind(signedOf(row.print.messages))
      .bind(domain)
      .bind(reporter)
      .bind(zone)
      .bind(unixMilliseconds(row.period.begin))
      .bind(unixMilliseconds(row.period.end))
      .bind(unixMilliseconds(row.received))
      .bind(row.via)
      .bind(signedOf(row.tally.both))
      .bind(signedOf(row.tally.dkimOnly))
      .bind(signedOf(row.tally.spfOnly))
      .bind(signedOf(row.tally.fail))
      .bind(row.policy)
      .bind(std::int64_t{row.warnings})
      .bindBlob(std::as_bytes(std::span(row.rows)))
      .run();
}

std::optional<dmarc::Fingerprint> DmarcReportsTable::find(std::uint64_t key) {
  Statement row(database_, "SELECT key, rows_hash, messages FROM dmarc_reports WHERE key = ?");
  row.bind(signedOf(key));
  if (!row.step()) return std::nullopt;
  return dmarc::Fingerprint{unsignedAt(row, 0), unsignedAt(row, 1), unsignedAt(row, 2)};
}

std::optional<DmarcReportsTable::Row> DmarcReportsTable::whole(std::uint64_t key) {
  Statement row(database_, std::string("SELECT ") + kColumns + ", r.rows" + kFrom + "WHERE r.key = ?");
  row.bind(signedOf(key));
  if (!row.step()) return std::nullopt;
  auto report = rowFrom(row);
  const auto bytes = row.blob(16);
  report.rows.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return report;
}

std::vector<DmarcReportsTable::Row> DmarcReportsTable::latest(std::string_view domain, std::size_t max) {
  std::vector<Row> reports;
  Statement rows(database_, std::string("SELECT ") + kColumns + kFrom +
                                "WHERE r.domain = (SELECT id FROM dmarc_names WHERE name = ?) "
                                "ORDER BY r.received_at DESC, r.key LIMIT ?");
  rows.bind(domain).bind(static_cast<std::int64_t>(max));
  while (rows.step()) reports.push_back(rowFrom(rows));
  return reports;
}

std::vector<DmarcReportsTable::Seen> DmarcReportsTable::policies(std::string_view domain, Instant from,
                                                                 Instant to) {
  std::vector<Seen> seen;
  Statement rows(database_,
                 "SELECT policy, min(begin_at), max(end_at) FROM dmarc_reports "
                 "WHERE domain = (SELECT id FROM dmarc_names WHERE name = ?) AND received_at >= ? AND "
                 "received_at < ? GROUP BY policy");
  rows.bind(domain).bind(unixMilliseconds(from)).bind(unixMilliseconds(to));
  while (rows.step())
    seen.push_back({std::string(rows.text(0)), fromUnixMilliseconds(rows.integer(1)),
                    fromUnixMilliseconds(rows.integer(2))});
  return seen;
}

std::vector<DmarcReportsTable::Arrival> DmarcReportsTable::arrivals(std::string_view domain, Instant from,
                                                                    Instant to, std::size_t max) {
  std::vector<Arrival> arrivals;
  Statement rows(database_,
                 "SELECT n.name, max(r.received_at) FROM dmarc_reports r JOIN dmarc_names n ON "
                 "n.id = r.reporter WHERE r.domain = (SELECT id FROM dmarc_names WHERE name = ?) AND "
                 "r.received_at >= ? AND r.received_at < ? "
                 "GROUP BY r.reporter, r.received_at / 86400000 LIMIT ?");
  rows.bind(domain)
      .bind(unixMilliseconds(from))
      .bind(unixMilliseconds(to))
      .bind(static_cast<std::int64_t>(max));
  while (rows.step()) arrivals.push_back({std::string(rows.text(0)), fromUnixMilliseconds(rows.integer(1))});
  return arrivals;
}

std::uint64_t DmarcReportsTable::count() {
  Statement row(database_, "SELECT count(*) FROM dmarc_reports");
  return row.step() ? unsignedAt(row, 0) : 0;
}

void DmarcReportsTable::removeRowsBefore(Instant at) {
  Statement(database_, "UPDATE dmarc_reports SET rows = x'' WHERE received_at < ? AND length(rows) > 0")
      .bind(unixMilliseconds(at))
      .run();
}

void DmarcReportsTable::removeBefore(Instant at) {
  Statement(database_, "DELETE FROM dmarc_reports WHERE received_at < ?").bind(unixMilliseconds(at)).run();
}

void DmarcReportsTable::shift(Duration step) {
  Statement(database_, "UPDATE dmarc_reports SET received_at = received_at + ?").bind(storedSpan(step)).run();
}

}  // namespace arrivald::store
