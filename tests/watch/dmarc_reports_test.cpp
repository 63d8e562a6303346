// DMARC reports from their bytes to the stored days.
#include "watch/dmarc_reports.hpp"

#include <algorithm>
#include <random>

#include "aggregate/report_reader.hpp"
#include "aggregate/report_text.hpp"
#include "dmarc/packed_report.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "unpack/block.hpp"
#include "watch/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace arrivald::watch;
using aggregate::testing::ReportText;

namespace {

config::Config configOf(const std::string& domain) {
  config::Config config;
  config.zone = TimeZone::find("Asia/Tokyo").value();
  config.dmarc = config::Dmarc{};
  config.dmarc->domains.push_back({domain, {}});
  return config;
}

/// The owner over a store in a temporary folder, as after a start.
struct Reports {
  Reports() { restart(); }
  void restart() {
    reports.reset();
    memory.reset();
    memory = std::make_unique<Memory>(io, clock, place.path());
    reports = std::make_unique<DmarcReports>(*memory->database, clock, memory->registry, memory->health);
    REQUIRE(memory->database->read([&] { reports->load(); }).ok());
    reports->retain(configOf("example.jp"));
  }
  DmarcInput read(const std::string& bytes, const std::string& name = "report.xml") {
    return runTask(io, readDmarcInput(std::make_shared<std::string>(bytes), kViaDirectory, name, clock.now(),
                                      reports->zone(), thread));
  }
  dmarc::Verdict take(const std::string& bytes, const std::string& name = "report.xml") {
    std::vector<DmarcInput> inputs;
    inputs.push_back(read(bytes, name));
    return reports->take(inputs).value().front();
  }
  std::vector<store::DmarcAsideTable::Row> aside() {
    std::vector<store::DmarcAsideTable::Row> rows;
    REQUIRE(
        memory->database->read([&] { rows = store::DmarcAsideTable(*memory->database).latest(2000); }).ok());
    return rows;
  }
  dmarc::DayCounts days(const std::string& domain = "example.jp") {
    dmarc::DayCounts counts;
    REQUIRE(memory->database
                ->read([&] {
                  counts =
                      store::DmarcDaysTable(*memory->database)
                          .counts(domain, parseDate("2026-01-01").value(), parseDate("2027-12-31").value());
                })
                .ok());
    return counts;
  }
  std::string first(const char* sql) {
    std::string text;
    REQUIRE(memory->database
                ->read([&] {
                  store::Statement row(*memory->database, sql);
                  if (row.step()) text = row.text(0);
                })
                .ok());
    return text;
  }

  boost::asio::io_context io;
  ManualClock clock{parseIso("2026-09-25T03:00:00Z").value()};
  runtime::FileThread thread{io.get_executor(), clock, ""};
  TempStore place;
  std::unique_ptr<Memory> memory;
  std::unique_ptr<DmarcReports> reports;
};

ReportText text(const std::string& domain = "example.jp") {
  ReportText text;
  text.policy = "<policy_published><domain>" + domain + "</domain><p>none</p></policy_published>\n";
  return text;
}

std::uint64_t sumOf(const dmarc::DayCounts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [key, messages] : counts) sum += messages;
  return sum;
}

}  // namespace

TEST_CASE_METHOD(Reports, "a report is counted once, and stays counted over a restart") {
  const auto bytes = text().text();
  CHECK(take(bytes).outcome == dmarc::Outcome::accepted);
  const auto counted = days();
  CHECK(sumOf(counted) > 0);
  CHECK(take(bytes).outcome == dmarc::Outcome::duplicate);
  restart();
  CHECK(take(bytes).outcome == dmarc::Outcome::duplicate);
  CHECK(days() == counted);
}

TEST_CASE_METHOD(Reports, "what is refused is kept with its reason, and the oldest goes") {
  const auto cut = text().text().substr(0, 300);
  const auto verdict = take(cut, "cut.xml");
  CHECK(verdict.outcome == dmarc::Outcome::rejected);
  CHECK(verdict.reason == "xml_truncated");
  REQUIRE(aside().size() == 1);
  CHECK(aside()[0].reason == "xml_truncated");
  CHECK(aside()[0].name == "cut.xml");
  CHECK(aside()[0].bytes == 300);
  std::vector<DmarcInput> many;
  for (int i = 0; i < 1100; ++i) many.push_back(read("no report", "n" + std::to_string(i)));
  REQUIRE(reports->take(many));
  CHECK(aside().size() == store::DmarcAsideTable::kMaxInputs);
  CHECK(aside().front().name == "n1099");
}

TEST_CASE_METHOD(Reports,
                 "a report about somebody else's domain is set aside, one about a subdomain counts") {
  const auto other = text("badexample.jp");
  CHECK(take(other.text()).reason == "other_domain");
  REQUIRE(aside().size() == 1);
  CHECK(aside()[0].name == "report.xml (badexample.jp)");
  const auto below = text("mail.example.jp");
  CHECK(take(below.text()).outcome == dmarc::Outcome::accepted);
  CHECK(days().empty());
  CHECK(sumOf(days("mail.example.jp")) > 0);
}

TEST_CASE_METHOD(Reports, "a replacement is taken from the days on which the first report was counted") {
  auto first = text();
  first.records.resize(1);
  first.records[0].count = "10";
  CHECK(take(first.text()).outcome == dmarc::Outcome::accepted);
  const auto day = days().begin()->first.day;
  auto config = configOf("example.jp");
  config.zone = TimeZone::find("Pacific/Kiritimati").value();  // where the same report is about another day
  reports->retain(config);
  first.records[0].count = "25";
  CHECK(take(first.text()).outcome == dmarc::Outcome::replaced);
  REQUIRE(days().size() == 1);
  CHECK(sumOf(days()) == 25);
  CHECK(days().begin()->first.day != day);
  first.records[0].count = "3";
  const auto fewer = take(first.text());
  CHECK(fewer.outcome == dmarc::Outcome::duplicate);
  CHECK(fewer.reason == "same_report_differs");
  CHECK(sumOf(days()) == 25);
}

TEST_CASE_METHOD(Reports, "what the store refuses has not happened") {
  REQUIRE(memory->database
              ->transact([&] {
                store::Statement(*memory->database, "ALTER TABLE dmarc_aside RENAME TO away").run();
              })
              .ok());
  std::vector<DmarcInput> inputs;
  inputs.push_back(read(text().text(), "good.xml"));
  inputs.back().mark = store::DmarcFilesTable::Mark{10, 20};
  inputs.push_back(read("no report", "bad.xml"));
  CHECK_FALSE(reports->take(inputs));
  CHECK(days().empty());
  CHECK(reports->files().empty());
  REQUIRE(memory->database
              ->transact([&] {
                store::Statement(*memory->database, "ALTER TABLE away RENAME TO dmarc_aside").run();
              })
              .ok());
  CHECK(reports->take(inputs));
  CHECK(sumOf(days()) > 0);
  restart();
  CHECK(reports->files().at("good.xml") == store::DmarcFilesTable::Mark{10, 20});
}

TEST_CASE_METHOD(Reports, "rows are kept for 90 days, and everything else for 400") {
  CHECK(take(text().text()).outcome == dmarc::Outcome::accepted);
  clock.advance(std::chrono::hours(24 * 89));
  REQUIRE(reports->prune().ok());
  CHECK(first("SELECT count(*) FROM dmarc_reports WHERE length(rows) > 0") == "1");
  clock.advance(std::chrono::hours(24 * 2));
  REQUIRE(reports->prune().ok());
  CHECK(first("SELECT count(*) FROM dmarc_reports WHERE length(rows) > 0") == "0");
  CHECK(take(text().text()).outcome == dmarc::Outcome::duplicate);
  clock.advance(std::chrono::hours(24 * 320));
  REQUIRE(reports->prune().ok());
  CHECK(days().empty());
  for (const auto* table : {"dmarc_reports", "dmarc_days", "dmarc_sources", "dmarc_names"})
    CHECK(first(("SELECT count(*) FROM " + std::string(table)).c_str()) == "0");
}

TEST_CASE_METHOD(Reports,
                 "whatever comes in whatever order, the stored days are those of the reports that count") {
  std::mt19937 random(7);
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, ReportText> kept;
  const auto messagesOf = [](const ReportText& report) {
    std::uint64_t sum = 0;
    for (const auto& record : report.records) sum += std::stoull(record.count);
    return sum;
  };
  for (int step = 0; step < 400; ++step) {
    auto report = text();
    report.org = "<org_name>r" + std::to_string(random() % 2) + "</org_name>";
    report.id = "<report_id>" + std::to_string(random() % 3) + "</report_id>";
    const auto begin = 1'789'830'000 + 43'200 * static_cast<int>(random() % 3);
    report.begin = std::to_string(begin);
    report.end = std::to_string(begin + (random() % 4 == 0 ? 300'000 : 86'399));
    report.records.resize(random() % 4);
    for (auto& record : report.records) {
      record.ip = "192.0." + std::to_string(random() % 3) + ".7";
      record.count = std::to_string(random() % 5);
      record.dkim = random() % 2 == 0 ? "pass" : "fail";
    }
    take(report.text());
    const Key key{report.org, report.id, report.begin + "-" + report.end};
    const auto found = kept.find(key);
    if (found == kept.end() || messagesOf(report) > messagesOf(found->second))
      kept.insert_or_assign(key, report);
    if (random() % 50 == 0) restart();
    if (step % 20 != 19) continue;
    dmarc::DayCounts expected;
    for (const auto& [name, one] : kept) {
      const auto input = read(one.text());
      for (const auto& [day, messages] : input.reports.at(0).days) expected[day] += messages;
    }
    REQUIRE(days() == expected);
  }
}

TEST_CASE_METHOD(Reports, "packed rows are read back as they were, and damaged ones are noticed") {
  auto report = text();
  report.records.resize(3);
  report.records[1].ip = "2001:db8::7";
  report.records[1].auth =
      "<auth_results><dkim><domain>other.example</domain><selector>s1</selector><result>pass</result></dkim>"
      "<spf><domain>example.jp</domain><result>softfail</result></spf></auth_results>";
  const auto original = aggregate::readReport(report.text(), clock.now()).value();
  const auto packed = dmarc::packRows(original);
  auto back = dmarc::unpackRows(packed).value();
  REQUIRE(back.rows.size() == original.rows.size());
  back.reporter = original.reporter;
  back.policy = original.policy;
  back.period = original.period;
  CHECK(dmarc::dayCountsOf(back, reports->zone()) == dmarc::dayCountsOf(original, reports->zone()));
  for (std::size_t i = 0; i < back.rows.size(); ++i)
    CHECK(back.authOf(back.rows[i]) == original.authOf(original.rows[i]));
  for (std::size_t size = 0; size < packed.size(); ++size)
    CHECK_FALSE(dmarc::unpackRows(std::string_view(packed).substr(0, size)).has_value());
  const auto block = unpack::deflated(packed);
  CHECK(unpack::inflated(block, packed.size()) == packed);
  CHECK_FALSE(unpack::inflated(block, packed.size() - 1).has_value());
  CHECK_FALSE(unpack::inflated(std::string_view(block).substr(0, block.size() - 5), 1 << 20).has_value());
}
