// What is stored, byte by byte. A test that fails here means that a file of an earlier version would be read
// wrongly: keep the bytes, or add a migration.
#include <catch2/catch.hpp>
#include <set>

#include "dmarc/packed_report.hpp"
#include "incidents/incident_json.hpp"
#include "store/blobs.hpp"
#include "store/dmarc_days_table.hpp"
#include "store/events_table.hpp"
#include "store/incidents_table.hpp"
#include "store/series_table.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::store;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;

namespace {

std::string hexOf(std::span<const std::byte> bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : bytes) {
    hex += kDigits[std::to_integer<unsigned>(byte) >> 4];
    hex += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return hex;
}

/// The first column of the first row, in hexadecimal digits.
std::string stored(Database& database, const char* sql) {
  Statement row(database, sql);
  REQUIRE(row.step());
  return hexOf(row.blob(0));
}

}  // namespace

TEST_CASE("the counts of a blob stand in the order of the metrics' numbers, eight little-endian bytes each") {
  Counts counts;
  counts[Metric::requests] = 1;
  counts[Metric::processed] = 0x0102030405060708;
  counts[Metric::uniqueClicks] = -2;
  std::string expected =
      "0100000000000000"
      "0807060504030201";
  for (int i = 2; i < 16; ++i) expected += "0000000000000000";
  expected += "feffffffffffffff";
  expected += "0000000000000000";  // returned
  CHECK(hexOf(blobOf(counts)) == expected);
  CHECK(countsFrom(blobOf(counts)) == counts);
}

TEST_CASE("each metric keeps its place in the blobs") {
  const std::pair<Metric, std::size_t> places[] = {
      {Metric::requests, 0},      {Metric::processed, 1},       {Metric::delivered, 2},
      {Metric::deferred, 3},      {Metric::bounces, 4},         {Metric::blocks, 5},
      {Metric::bounceDrops, 6},   {Metric::spamReportDrops, 7}, {Metric::unsubscribeDrops, 8},
      {Metric::invalidEmails, 9}, {Metric::drops, 10},          {Metric::spamReports, 11},
      {Metric::unsubscribes, 12}, {Metric::opens, 13},          {Metric::uniqueOpens, 14},
      {Metric::clicks, 15},       {Metric::uniqueClicks, 16},   {Metric::returned, 17}};
  for (const auto& [metric, place] : places) {
    Counts counts;
    counts[metric] = 0x7F;
    const auto blob = blobOf(counts);
    CHECK(blob[place * 8] == std::byte{0x7F});
  }
}

TEST_CASE("a shorter blob is read as one of fewer metrics") {
  Counts counts;
  counts[Metric::requests] = 7;
  counts[Metric::clicks] = 9;
  const auto blob = blobOf(counts);
  const auto shorter = countsFrom(std::span(blob).first(8 * 3));
  CHECK(shorter[Metric::requests] == 7);
  CHECK(shorter[Metric::clicks] == 0);
  CHECK(countsFrom({}) == Counts{});
}

TEST_CASE("a mark is stored as its instant and gap in milliseconds and four little-endian bytes a metric") {
  testing::TempStore place;
  const auto database = std::move(*Database::open(place.path()));
  SeriesTable table(*database, SeriesTable::Of::statistics);
  delivery::Mark mark{
      fromUnixSeconds(1'700'000'000), delivery::Mark::Gap(60'000), {}, {delivery::Metric::delivered}};
  mark.totals[0] = 0x01020304;
  mark.totals[16] = 0xFFFFFFFE;
  REQUIRE(database->transact([&] { table.change({"main", Dimension::account, ""}, {{}, {mark}}); }).ok());
  std::string expected = "04030201";
  for (int i = 1; i < 16; ++i) expected += "00000000";
  expected += "feffffff";
  expected += "00000000";
  CHECK(stored(*database, "SELECT totals FROM statistics_marks") == expected);
  Statement row(*database, "SELECT at, gap, stale FROM statistics_marks");
  REQUIRE(row.step());
  CHECK(row.integer(0) == 1'700'000'000'000);
  CHECK(row.integer(1) == 60'000);
  CHECK(row.integer(2) == 4);  // a bit a metric: its total was not told
}

TEST_CASE("an event is found by four little-endian bytes of its address and four of its message") {
  testing::TempStore place;
  const auto database = std::move(*Database::open(place.path()));
  EventsTable table(*database);
  EventBatchRow batch;
  batch.account = "main";
  batch.events = 2;
  batch.records = "records";
  REQUIRE(database->transact([&] { table.add(batch, {{0x01020304, 0x05060708}, {1, 2}}); }).ok());
  CHECK(stored(*database, "SELECT finders FROM event_batches") ==
        "0403020108070605"
        "0100000002000000");
  std::size_t found = 0;
  EventsTable::Asked asked;
  asked.address = 0x01020304;
  asked.messages = {0x05060708};
  table.find(asked, [&](const EventBatchRow& row) { return ++found, row.records == "records"; });
  CHECK(found == 1);
}

TEST_CASE("days and dimensions are stored as numbers and words that stay") {
  CHECK(dayNumber(parseDate("2026-11-25").value()) == 20'782);
  CHECK(dayFrom(20'782) == parseDate("2026-11-25").value());
  CHECK(name(Dimension::account) == "account");
  CHECK(name(Dimension::subuser) == "subuser");
  CHECK(name(Dimension::category) == "category");
  CHECK(name(Dimension::mailboxProvider) == "mailbox_provider");
  CHECK(name(Dimension::domainGroup) == "domain_group");
}

TEST_CASE("incidents are stored by number, and what is followed besides them in one row") {
  const testing::TempStore folder;
  const auto database = Database::open(folder.path()).value();
  incidents::Followed followed;
  followed.lastNumber = 3;
  auto& incident = followed.incidents.emplace_back();
  incident.number = 2;
  incident.account = "main";
  std::size_t unreadable = 0;
  REQUIRE(database->transact([&] {
    IncidentsTable table(*database);
    table.put({}, followed);
    Statement row(*database, "SELECT number, state FROM incidents");
    REQUIRE(row.step());
    CHECK(row.integer(0) == 2);
    CHECK(row.text(1) == incidents::toJson(incident));
    Statement rest(*database, "SELECT state FROM incidents_rest");
    REQUIRE(rest.step());
    CHECK(rest.text(0) == R"({"apart":[],"last_number":3,"unexplained":[]})");
    CHECK(table.load(unreadable) == followed);
  }));
  CHECK(unreadable == 0);
  REQUIRE(database->transact([&] {
    IncidentsTable table(*database);
    Statement(*database, "UPDATE incidents SET state = 'broken'").run();
    Statement(*database, "DELETE FROM incidents_rest").run();
    const auto read = table.load(unreadable);
    CHECK(read.incidents.empty());
    CHECK(read.lastNumber == 2);  // a number is never given twice
    table.replace({});
    CHECK(table.load(unreadable).lastNumber == 0);
  }));
  CHECK(unreadable == 1);
}

TEST_CASE("what became of messages is stored as one number, and stays it") {
  using namespace dmarc;
  Fate fate;
  CHECK(fate.number() == 0);
  fate = {Aligned::dkim, aggregate::Disposition::reject, std::nullopt, true};
  CHECK(fate.number() == 0x10A);
  fate = {Aligned::none, aggregate::Disposition::quarantine, FailureCause::bothForOthers, false};
  CHECK(fate.number() == 0x84);
  for (unsigned number = 0; number < 0x200; ++number)
    if (const auto read = Fate::of(static_cast<std::uint16_t>(number)); read.number() == number)
      CHECK(Fate::of(read.number()) == read);
}

TEST_CASE("a day's messages are stored under numbers, with the sender's network as 16 bytes") {
  testing::TempStore place;
  const auto database = std::move(*Database::open(place.path()));
  dmarc::DayKey key;
  key.day = dayFrom(20'000);
  key.domain = "example.jp";
  key.headerFrom = "mail.example.jp";
  key.reporter = "receiver.example";
  key.sender.network = dmarc::networkOf(aggregate::parseIpAddress("192.0.2.77").value());
  key.sender.spf = "em1.example.jp";
  key.fate.aligned = dmarc::Aligned::both;
  REQUIRE(database->transact([&] { DmarcDaysTable(*database).add({{key, 5}}); }).ok());
  REQUIRE(database->transact([&] { DmarcDaysTable(*database).add({{key, 7}}); }).ok());
  REQUIRE(database
              ->read([&] {
                CHECK(stored(*database, "SELECT network FROM dmarc_sources") ==
                      "00000000000000000000ffffc0000200");
                Statement row(*database, "SELECT day, fate, messages FROM dmarc_days");
                REQUIRE(row.step());
                CHECK(row.integer(0) == 20'000);
                CHECK(row.integer(1) == 3);
                CHECK(row.integer(2) == 12);
              })
              .ok());
  REQUIRE(database->transact([&] { DmarcDaysTable(*database).subtract({{key, 12}}); }).ok());
  REQUIRE(database
              ->read([&] {
                CHECK(DmarcDaysTable(*database).counts("example.jp", dayFrom(0), dayFrom(30'000)).empty());
              })
              .ok());
}

TEST_CASE("what reports claim beyond all reason is counted up to a bound, and stays a number") {
  testing::TempStore place;
  const auto database = std::move(*Database::open(place.path()));
  dmarc::DayKey key;
  key.day = dayFrom(20'000);
  key.domain = key.headerFrom = "example.jp";
  key.reporter = "receiver.example";
  for (int report = 0; report < 12; ++report)
    REQUIRE(database->transact([&] { DmarcDaysTable(*database).add({{key, 950'000'000'000'000'000}}); }));
  REQUIRE(database->read([&] {
    DmarcDaysTable days(*database);
    CHECK(days.counts("example.jp", dayFrom(0), dayFrom(30'000)).at(key) == 1'000'000'000'000'000);
    const auto cells = days.cells("example.jp", dayFrom(0), dayFrom(30'000), std::nullopt, 10);
    CHECK(cells.at(0).messages == 1'000'000'000'000'000);
    CHECK(days.names({cells.at(0).reporter}).at(cells.at(0).reporter) == "receiver.example");
  }));
}

TEST_CASE("days and senders are read in slices of any size, each row once, in one order") {
  testing::TempStore place;
  const auto database = std::move(*Database::open(place.path()));
  dmarc::DayCounts counts;
  for (int i = 0; i < 60; ++i) {
    dmarc::DayKey key;
    key.day = dayFrom(20'000 + i % 4);
    key.domain = i % 3 == 0 ? "other.jp" : "example.jp";
    key.headerFrom = i % 2 == 0 ? "example.jp" : "mail.example.jp";
    key.reporter = "r" + std::to_string(i % 5);
    key.sender.network.bytes[15] = static_cast<std::uint8_t>(i % 7);
    key.fate.aligned = static_cast<dmarc::Aligned>(i % 4);
    counts[key] += static_cast<std::uint64_t>(i + 1);
  }
  REQUIRE(database->transact([&] { DmarcDaysTable(*database).add(counts); }));
  std::uint64_t expected = 0;
  for (const auto& [key, messages] : counts)
    if (key.domain == "example.jp") expected += messages;
  REQUIRE(database->read([&] {
    DmarcDaysTable days(*database);
    for (const std::size_t slice : {1U, 2U, 7U, 1000U}) {
      std::uint64_t sum = 0;
      std::size_t rows = 0;
      std::optional<DmarcDaysTable::Cell> after;
      for (bool more = true; more;) {
        const auto cells = days.cells("example.jp", dayFrom(20'000), dayFrom(20'003), after, slice);
        for (const auto& cell : cells) sum += cell.messages;
        rows += cells.size();
        more = cells.size() == slice;
        if (!cells.empty()) after = cells.back();
      }
      CHECK(sum == expected);
      CHECK(rows == days.cells("example.jp", dayFrom(20'000), dayFrom(20'003), std::nullopt, 1000).size());
      std::set<std::int64_t> senders;
      std::int64_t last = 0;
      for (bool more = true; more;) {
        const auto sources = days.sources("example.jp", last, slice);
        for (const auto& source : sources) senders.insert(last = source.id);
        more = sources.size() == slice;
      }
      CHECK(senders.size() == days.sources("example.jp", 0, 1000).size());
    }
    CHECK(days.cells("example.jp", dayFrom(20'001), dayFrom(20'001), std::nullopt, 1000).front().day ==
          dayFrom(20'001));
  }));
}

TEST_CASE("the rows of a report are stored as words, sets and rows") {
  aggregate::Report report;
  aggregate::Row row;
  row.source = aggregate::parseIpAddress("192.0.2.77").value();
  row.count = 300;
  row.headerFrom = report.words.add("a.jp");
  row.disposition = aggregate::Disposition::reject;
  row.spf = true;
  row.auth = report.authSets.add(
      aggregate::packed({{aggregate::Method::dkim, aggregate::AuthOutcome::fail, row.headerFrom, 0}}));
  report.rows = {row};
  const auto packed = dmarc::packRows(report);
  CHECK(hexOf(std::as_bytes(std::span(packed))) ==
        "01"            // version
        "0204612e6a70"  // two words: the empty one, "a.jp"
        "0209010100000000000000"
        "01"  // no set of reasons but the empty one
        "01"  // row
        "13c000024dac020100000100");
}
