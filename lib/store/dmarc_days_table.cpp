#include "store/dmarc_days_table.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "store/blobs.hpp"
#include "store/dmarc_names.hpp"

namespace arrivald::store {
namespace {

using dmarc::DayCounts;
using dmarc::Fate;
using dmarc::Sender;

aggregate::IpAddress networkFrom(std::span<const std::byte> bytes) {
  aggregate::IpAddress network;
  for (std::size_t i = 0; i < std::min(bytes.size(), network.bytes.size()); ++i)
    network.bytes[i] = std::to_integer<std::uint8_t>(bytes[i]);
  return network;
}

Sender senderFrom(const Statement& row, int column) {
  return {networkFrom(row.blob(column)), std::string(row.text(column + 1)),
          std::string(row.text(column + 2))};
}

Fate fateFrom(std::int64_t number) { return Fate::of(static_cast<std::uint16_t>(number)); }

/// The numbers of the senders of one domain, for one transaction.
class SourceIds {
 public:
  explicit SourceIds(Database& database) : database_(database) {}
  std::int64_t seen(std::int64_t domain, const Sender& sender, Date day, dmarc::Aligned aligned) {
    Statement row(database_,
                  "INSERT INTO dmarc_sources (domain, network, spf, dkim, first_day, last_day, aligned) "
                  "VALUES (?, ?, ?, ?, ?5, ?5, ?6) ON CONFLICT (domain, network, spf, dkim) DO UPDATE SET "
                  "first_day = min(first_day, excluded.first_day), "
                  "last_day = max(last_day, excluded.last_day), aligned = aligned | excluded.aligned "
                  "RETURNING id");
    row.bind(domain)
        .bindBlob(std::as_bytes(std::span(sender.network.bytes)))
        .bind(sender.spf)
        .bind(sender.dkim)
        .bind(dayNumber(day))
        .bind(static_cast<std::int64_t>(aligned));
    row.step();
    const auto id = row.integer(0);
    while (row.step()) {
    }
    return id;
  }
  std::int64_t find(std::int64_t domain, const Sender& sender) {
    Statement row(database_,
                  "SELECT id FROM dmarc_sources WHERE domain = ? AND network = ? AND spf = ? AND dkim = ?");
    row.bind(domain)
        .bindBlob(std::as_bytes(std::span(sender.network.bytes)))
        .bind(sender.spf)
        .bind(sender.dkim);
    return row.step() ? row.integer(0) : 0;
  }

 private:
  Database& database_;
};

}  // namespace

// Reports may claim any number. More than this a row never counts, so that neither it nor a sum of rows
// ceases to be an integer, which the table would refuse, with all that is stored in the same transaction.
constexpr std::uint64_t kMostMessages = 1'000'000'000'000'000;

void DmarcDaysTable::put(const DayCounts& counts, const char* sql, bool adding) {
  DmarcNames names(database_);
  SourceIds sources(database_);
  for (const auto& [key, messages] : counts) {
    const auto domain = names.idOf(key.domain);
    const auto source = adding ? sources.seen(domain, key.sender, key.day, key.fate.aligned)
                               : sources.find(domain, key.sender);
    Statement(database_, sql)
        .bind(domain)
        .bind(dayNumber(key.day))
        .bind(source)
        .bind(std::int64_t{key.fate.number()})
        .bind(names.idOf(key.reporter))
        .bind(names.idOf(key.headerFrom))
        .bind(static_cast<std::int64_t>(std::min(messages, kMostMessages)))
        .run();
  }
}

void DmarcDaysTable::add(const DayCounts& counts) {
  put(counts,
      "INSERT INTO dmarc_days (domain, day, source, fate, reporter, header_from, messages) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
      "messages = min(messages + excluded.messages, 1000000000000000)",
      true);
}

void DmarcDaysTable::subtract(const DayCounts& counts) {
  put(counts,
      "UPDATE dmarc_days SET messages = messages - ?7 WHERE domain = ?1 AND day = ?2 AND source = ?3 AND "
      "fate = ?4 AND reporter = ?5 AND header_from = ?6",
      false);
  std::set<std::pair<std::string, Date>> days;
  for (const auto& [key, messages] : counts) days.emplace(key.domain, key.day);
  DmarcNames names(database_);
  for (const auto& [domain, day] : days)
    Statement(database_, "DELETE FROM dmarc_days WHERE domain = ? AND day = ? AND messages <= 0")
        .bind(names.idOf(domain))
        .bind(dayNumber(day))
        .run();
}

DayCounts DmarcDaysTable::counts(std::string_view domain, Date from, Date to) {
  DayCounts counts;
  Statement rows(
      database_,
      "SELECT d.day, f.name, r.name, s.network, s.spf, s.dkim, d.fate, d.messages FROM dmarc_days d "
      "JOIN dmarc_names f ON f.id = d.header_from JOIN dmarc_names r ON r.id = d.reporter "
      "JOIN dmarc_sources s ON s.id = d.source "
      "WHERE d.domain = (SELECT id FROM dmarc_names WHERE name = ?) AND d.day BETWEEN ? AND ?");
  rows.bind(domain).bind(dayNumber(from)).bind(dayNumber(to));
  while (rows.step())
    counts[{dayFrom(rows.integer(0)), std::string(domain), std::string(rows.text(1)),
            std::string(rows.text(2)), senderFrom(rows, 3), fateFrom(rows.integer(6))}] =
        static_cast<std::uint64_t>(rows.integer(7));
  return counts;
}

std::vector<DmarcDaysTable::Source> DmarcDaysTable::sources(std::string_view domain, std::int64_t after,
                                                            std::size_t max) {
  std::vector<Source> sources;
  Statement rows(database_,
                 "SELECT id, network, spf, dkim, first_day, last_day, aligned FROM dmarc_sources "
                 "INDEXED BY dmarc_sources_domain "
                 "WHERE domain = (SELECT id FROM dmarc_names WHERE name = ?) AND id > ? ORDER BY id LIMIT ?");
  rows.bind(domain).bind(after).bind(static_cast<std::int64_t>(max));
  while (rows.step())
    sources.push_back({rows.integer(0), senderFrom(rows, 1), dayFrom(rows.integer(4)),
                       dayFrom(rows.integer(5)), static_cast<dmarc::Aligned>(rows.integer(6) & 3)});
  return sources;
}

std::vector<DmarcDaysTable::Cell> DmarcDaysTable::cells(std::string_view domain, Date from, Date to,
                                                        const std::optional<Cell>& after, std::size_t max) {
  std::vector<Cell> cells;
  // In the order of the table, so that no more is read than is returned.
  Statement rows(database_,
                 "SELECT day, source, fate, reporter, CAST(total(messages) AS INTEGER) FROM dmarc_days "
                 "WHERE domain = (SELECT id FROM dmarc_names WHERE name = ?) AND "
                 "(day, source, fate, reporter) > (?, ?, ?, ?) AND day <= ? "
                 "GROUP BY day, source, fate, reporter ORDER BY day, source, fate, reporter LIMIT ?");
  rows.bind(domain)
      .bind(dayNumber(after ? after->day : from - std::chrono::days(1)))
      .bind(after ? after->source : std::numeric_limits<std::int64_t>::max())
      .bind(std::int64_t{after ? after->fate.number() : std::uint16_t{0}})
      .bind(after ? after->reporter : 0)
      .bind(dayNumber(to))
      .bind(static_cast<std::int64_t>(max));
  while (rows.step())
    cells.push_back({dayFrom(rows.integer(0)), rows.integer(1), fateFrom(rows.integer(2)), rows.integer(3),
                     static_cast<std::uint64_t>(rows.integer(4))});
  return cells;
}

std::map<std::int64_t, std::string> DmarcDaysTable::names(const std::vector<std::int64_t>& ids) {
  std::map<std::int64_t, std::string> names;
  for (const auto id : ids) {
    Statement row(database_, "SELECT name FROM dmarc_names WHERE id = ?");
    row.bind(id);
    if (row.step()) names[id] = row.text(0);
  }
  return names;
}

std::map<std::string, DmarcDaysTable::Span> DmarcDaysTable::domains() {
  std::map<std::string, Span> domains;
  Statement rows(database_,
                 "SELECT n.name, (SELECT min(day) FROM dmarc_days WHERE domain = n.id), "
                 "(SELECT max(day) FROM dmarc_days WHERE domain = n.id) FROM dmarc_names n "
                 "WHERE n.id IN (SELECT DISTINCT domain FROM dmarc_sources)");
  while (rows.step())
    if (!rows.isNull(1))
      domains[std::string(rows.text(0))] = {dayFrom(rows.integer(1)), dayFrom(rows.integer(2))};
  return domains;
}

void DmarcDaysTable::removeBefore(Date day) {
  Statement(database_,
            "DELETE FROM dmarc_days WHERE domain IN (SELECT DISTINCT domain FROM dmarc_sources) AND day < ?")
      .bind(dayNumber(day))
      .run();
  Statement(database_, "DELETE FROM dmarc_sources WHERE last_day < ?").bind(dayNumber(day)).run();
}

}  // namespace arrivald::store
