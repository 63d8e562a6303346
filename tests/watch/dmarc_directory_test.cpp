// DMARC reports from a folder to the stored days, and what is said of them.
#include "watch/dmarc_directory.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

#include "aggregate/report_text.hpp"
#include "simulator/report_mails.hpp"
#include "support/pack.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/dmarc_answers.hpp"
#include "watch/dmarc_page_model.hpp"
#include "watch/dmarc_views.hpp"
#include "watch/dmarc_words.hpp"
#include "watch/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace arrivald::watch;
using namespace std::chrono_literals;
using aggregate::testing::ReportText;
namespace fs = std::filesystem;

namespace {

/// A daemon's memory and a folder, which is read as its job does.
struct Folder {
  Folder() { restart(); }
  void restart() {
    directory.reset();
    views.reset();
    reports.reset();
    memory.reset();
    memory = std::make_unique<Memory>(io, clock, place.path());
    reports = std::make_unique<DmarcReports>(*memory->database, clock, memory->registry, memory->health);
    REQUIRE(memory->database->read([&] { reports->load(); }).ok());
    config.zone = TimeZone::find("Asia/Tokyo").value();
    config.dmarc = config::Dmarc{};
    config.dmarc->domains.push_back({"example.jp", {}});
    reports->retain(config);
    const auto open = [this](const std::string& file) {
      if (!denied.contains(fs::path(file).filename().string())) return DmarcDirectory::openToRead(file);
      errno = EACCES;
      return -1;
    };
    directory = std::make_unique<DmarcDirectory>(*reports, clock, thread, path(), open);
    views = std::make_unique<DmarcViews>(*reports, memory->owners.statistics(), clock, thread);
  }
  std::string path() const {
    const auto folder = place.folder() + "/reports";
    fs::create_directories(folder);
    return folder;
  }
  void put(const std::string& name, const std::string& bytes) const {
    fs::create_directories(fs::path(path() + "/" + name).parent_path());
    std::ofstream(path() + "/" + name, std::ios::binary) << bytes;
  }
  JobOutcome look() { return runTask(io, directory->look()); }
  /// What is still is read at the second look.
  void lookTwice() {
    CHECK_FALSE(look());
    clock.advance(3s);
    CHECK_FALSE(look());
  }
  DmarcViews::View viewOf(const std::string& domain, int days = 28) {
    return runTask(io, views->view(std::make_shared<const config::Config>(config), domain, days)).value();
  }
  DmarcView view(int days = 28) { return *viewOf("example.jp", days); }
  std::uint64_t messages() {
    std::uint64_t sum = 0;
    for (const auto& [day, sums] : view().shown.days) sum += sums.total().messages();
    return sum;
  }
  std::vector<store::DmarcAsideTable::Row> refused() { return dmarcRefused(*reports, 100).value(); }

  boost::asio::io_context io;
  ManualClock clock{parseIso("2026-09-25T03:00:00Z").value()};
  runtime::FileThread thread{io.get_executor(), clock, ""};
  TempStore place;
  config::Config config;
  std::set<std::string> denied;  ///< names of files that may not be read; changed between looks only
  std::unique_ptr<Memory> memory;
  std::unique_ptr<DmarcReports> reports;
  std::unique_ptr<DmarcViews> views;
  std::unique_ptr<DmarcDirectory> directory;
};

ReportText report(const std::string& id, const std::string& count = "5") {
  ReportText text;
  text.id = "<report_id>" + id + "</report_id>";
  text.records[0].count = count;
  return text;
}

}  // namespace

TEST_CASE_METHOD(Folder,
                 "files are read once they are still, each once, over restarts, and stay where they are") {
  put("a.xml", report("1").text());
  put("b.xml.gz", gzipped(report("2", "7").text()));
  CHECK_FALSE(look());
  CHECK(messages() == 0);
  CHECK(directory->waiting() == 2);
  clock.advance(3s);
  CHECK_FALSE(look());
  CHECK(messages() == 12);
  restart();
  lookTwice();
  CHECK(messages() == 12);
  CHECK(fs::exists(path() + "/a.xml"));
  CHECK(fs::exists(path() + "/b.xml.gz"));
}

TEST_CASE_METHOD(Folder, "a file that is still being written is read when it is whole") {
  const auto whole = report("1").text();
  put("a.xml", whole.substr(0, 300));
  CHECK_FALSE(look());
  clock.advance(1s);
  put("a.xml", whole.substr(0, 500));
  CHECK_FALSE(look());
  clock.advance(1s);
  put("a.xml", whole);
  lookTwice();
  CHECK(messages() == 5);
  CHECK(refused().empty());
}

TEST_CASE_METHOD(Folder, "a file that changes after it was refused is read again") {
  put("a.xml", report("1").text().substr(0, 300));
  lookTwice();
  REQUIRE(refused().size() == 1);
  CHECK(refused()[0].reason == "xml_truncated");
  put("a.xml", report("1").text());
  lookTwice();
  CHECK(messages() == 5);
}

TEST_CASE_METHOD(Folder, "a file that may not be read is named, keeps no other, and is tried at each look") {
  put("a.xml", report("1").text());
  put("b.xml", report("2", "7").text());
  put("c.xml", report("3", "9").text());
  denied = {"a.xml", "b.xml"};
  const auto notes = [this] {
    std::string all;
    const auto page = dmarcIndexOf({}, {}, {reports->lastInput(), path(), reports->folder()},
                                   {Language::english, config.zone, clock.now(), "", ""});
    for (const auto& note : page.intake) all += note + '\n';
    CHECK(page.intakeFails == (all.find("cannot be read") != std::string::npos));
    return all;
  };
  CHECK_FALSE(look());
  clock.advance(3s);
  const auto two = look();
  REQUIRE(two);
  CHECK(two->party == Party::configuration);
  CHECK(two->text ==
        "2 DMARC reports in the folder cannot be read, a.xml for one: Permission denied; the service reads "
        "files of mode 644");
  CHECK(messages() == 9);
  CHECK_THAT(notes(), Catch::Contains("3 files, 0 of them waiting") && Catch::Contains(two->text));
  denied = {"b.xml"};
  const auto one = look();
  REQUIRE(one);
  CHECK(one->text ==
        "the DMARC report b.xml in the folder cannot be read: Permission denied; the service "
        "reads files of mode 644");
  CHECK(messages() == 14);
  denied.clear();
  CHECK_FALSE(look());
  CHECK(messages() == 21);
  CHECK_THAT(notes(), !Catch::Contains("cannot be read"));
  CHECK(refused().empty());
}

TEST_CASE_METHOD(Folder, "a Maildir is read at once, and a mail that was seen is the same mail") {
  const auto mail =
      "From: reports@receiver.example\nMIME-Version: 1.0\nContent-Type: application/gzip\n"
      "Content-Transfer-Encoding: base64\n\n" +
      base64Of(gzipped(report("1").text()));
  fs::create_directories(path() + "/cur");
  put("new/17.M1.host", mail);
  CHECK_FALSE(look());
  CHECK(messages() == 5);
  fs::rename(path() + "/new/17.M1.host", path() + "/cur/17.M1.host:2,S");
  CHECK_FALSE(look());
  CHECK(reports->files().size() == 1);
  fs::remove(path() + "/cur/17.M1.host:2,S");
  CHECK_FALSE(look());
  CHECK(reports->files().empty());
}

TEST_CASE_METHOD(Folder, "what is no report of ours is set aside, and links and folders are left alone") {
  put("note.txt", "to whom it may concern");
  put(".hidden.xml", report("1").text());
  fs::create_symlink("/etc/passwd", path() + "/link.xml");
  fs::create_directories(path() + "/done");
  lookTwice();
  CHECK(messages() == 0);
  for (const auto& row : refused()) CHECK(row.name == "note.txt");
}

TEST_CASE_METHOD(Folder, "a folder that is not there is an error that says so") {
  directory = std::make_unique<DmarcDirectory>(*reports, clock, thread, place.folder() + "/nowhere");
  const auto failed = look();
  REQUIRE(failed.has_value());
  CHECK(failed->kind == Error::Kind::notFound);
  CHECK(failed->party == Party::configuration);
  CHECK(failed->text.find("arrivald check") != std::string::npos);
  CHECK(failed->text.find("/nowhere") != std::string::npos);
}

TEST_CASE_METHOD(Folder, "what the store refuses is read again at the next look") {
  put("a.xml", report("1").text());
  REQUIRE(memory->database
              ->transact([&] {
                store::Statement(*memory->database, "ALTER TABLE dmarc_files RENAME TO away").run();
              })
              .ok());
  CHECK_FALSE(look());
  clock.advance(3s);
  CHECK(look().has_value());
  CHECK(look().has_value());
  CHECK(messages() == 0);
  REQUIRE(memory->database
              ->transact([&] {
                store::Statement(*memory->database, "ALTER TABLE away RENAME TO dmarc_files").run();
              })
              .ok());
  lookTwice();
  CHECK(messages() == 5);
}

TEST_CASE_METHOD(Folder, "what the store refuses keeps no other report waiting") {
  for (const char* name : {"a", "b", "c"}) put(name + std::string(".xml"), report(name).text());
  REQUIRE(memory->database
              ->transact([&] {
                store::Statement(*memory->database,
                                 "CREATE TRIGGER bad BEFORE INSERT ON dmarc_files WHEN NEW.name = 'a.xml' "
                                 "BEGIN SELECT RAISE(ABORT, 'no integer'); END")
                    .run();
              })
              .ok());
  CHECK_FALSE(look());
  clock.advance(3s);
  CHECK(look().has_value());
  CHECK(messages() == 10);
  CHECK(look().has_value());
  CHECK(messages() == 10);
}

TEST_CASE_METHOD(Folder, "all files are read at one look, many of them in one transaction") {
  for (int i = 0; i < 1100; ++i) put(std::to_string(i) + ".xml", report(std::to_string(i), "1").text());
  const auto before = reports->version();
  lookTwice();
  CHECK(messages() == 1100);
  CHECK(directory->waiting() == 0);
  CHECK(reports->version() - before == 18);  // of 64 each
}

TEST_CASE_METHOD(Folder, "a file that takes the place of another is read, also one of its size and time") {
  put("a.xml", report("1").text());
  lookTwice();
  const auto time = fs::last_write_time(path() + "/a.xml");
  put("b.new", report("2").text());
  REQUIRE(fs::file_size(path() + "/a.xml") == fs::file_size(path() + "/b.new"));
  fs::rename(path() + "/b.new", path() + "/a.xml");
  fs::last_write_time(path() + "/a.xml", time);
  lookTwice();
  CHECK(messages() == 10);
  // Rewritten where it stands.
  put("a.xml", report("3").text());
  fs::last_write_time(path() + "/a.xml", time);
  lookTwice();
  CHECK(messages() == 15);
}

TEST_CASE_METHOD(Folder, "a large folder is listed again once it changes, or after a while") {
  for (int i = 0; i < 1100; ++i) put(std::to_string(i) + ".xml", report(std::to_string(i), "1").text());
  lookTwice();
  CHECK_FALSE(look());
  const auto looked = reports->folder()->looked;
  clock.advance(10s);
  CHECK_FALSE(look());
  CHECK(reports->folder()->looked == looked);
  put("new.xml", report("new", "1").text());
  lookTwice();
  CHECK(messages() == 1101);
  put("new.xml", report("newer", "1").text());  // which does not change the folder
  clock.advance(3min);
  lookTwice();
  CHECK(messages() == 1102);
}

TEST_CASE_METHOD(Folder, "an empty file is refused once nobody fills it") {
  put("empty.xml", "");
  lookTwice();
  CHECK(refused().empty());
  CHECK(directory->waiting() == 1);
  clock.advance(5min);
  CHECK_FALSE(look());
  REQUIRE(refused().size() == 1);
  CHECK(refused()[0].name == "empty.xml");
  CHECK(refused()[0].reason == "empty");
  CHECK(directory->waiting() == 0);
  put("empty.xml", report("1").text());
  lookTwice();
  CHECK(messages() == 5);
}

TEST_CASE_METHOD(Folder, "the page says how the folder was found") {
  const auto said = [&](Language language) {
    const DmarcIntake intake{reports->lastInput(), path(), reports->folder()};
    const auto html = pages::render(dmarcIndexOf({viewOf("example.jp")}, refused(), intake,
                                                 {language, config.zone, clock.now(), "", ""}));
    CHECK(html.find("[dmarc.") == std::string::npos);
    return html;
  };
  CHECK_FALSE(look());
  CHECK(said(Language::english).find("there are no files in it") != std::string::npos);
  put("a.xml", report("1").text());
  CHECK_FALSE(look());
  CHECK(said(Language::english).find("1 files, 1 of them waiting") != std::string::npos);
  directory = std::make_unique<DmarcDirectory>(*reports, clock, thread, place.folder() + "/nowhere");
  CHECK(look().has_value());
  for (const auto language : {Language::english, Language::japanese})
    CHECK(said(language).find("nowhere") != std::string::npos);
}

TEST_CASE_METHOD(Folder, "from reports to the page: every number, in both languages") {
  auto text = report("1", "900");
  text.records.resize(3);
  text.records[1].ip = "198.51.100.9";  // forged
  text.records[1].count = "40";
  text.records[1].dkim = text.records[1].spf = "fail";
  text.records[1].disposition = "quarantine";
  text.records[1].auth = "<auth_results></auth_results>";
  text.records[2].ip = "203.0.113.9";  // a newsletter tool without domain authentication
  text.records[2].count = "60";
  text.records[2].dkim = text.records[2].spf = "fail";
  text.records[2].auth =
      "<auth_results><spf><domain>a.mcsv.net</domain><result>pass</result></spf></auth_results>";
  put("a.xml", text.text());
  lookTwice();

  const auto said = dmarcSummaryText({viewOf("example.jp")}, Language::english);
  CHECK(
      said ==
      "example.jp: Not enough reports yet to decide (Days with reports: 1 (at least 14); Receivers that "
      "report: "
      "1 (at least 3); Own messages in reports: 900 (at least 1,000))\n"
      "  2026-08-26 – 2026-09-22: 1,000 messages from 1 reporters; your own: 900, of which 100 % passed; "
      "policy "
      "as reporters see it: p=none (2026-09-20–)\n"
      "  first: Ask who uses Mailchimp. If it is yours, set up domain authentication there and name it under "
      "dmarc.sources; if not, name it as not_ours.\n");
  CHECK(dmarcSourcesText(view(), Language::japanese) ==
        "example.jp\n"
        "  SendGrid  900 通、合格 100 %  "
        "自社のメール:このドメインのSPFに合格した送信元です。2026-09-20 ~ 2026-09-20\n"
        "  Mailchimp  60 通、合格 0 %  "
        "まだ登録していない配信サービス:配信サービス自身の署名しかありません。2026-09-20 ~ 2026-09-20\n"
        "    別のドメインのSPF 60\n"
        "  198.51.100.0/24  40 通、合格 0 %  "
        "なりすまし:御社のメールと言える証拠がありません。2026-09-20 ~ 2026-09-20\n"
        "    DKIMもSPFも不合格 40\n");
  const auto ready = dmarcReadyText(view(), Language::english);
  CHECK(ready.find("[ ] Days with reports: 1 (at least 14)\n") != std::string::npos);
  CHECK(ready.find("[ ] Most messages of one such service in a week: 60 (at most 49) Mailchimp\n") !=
        std::string::npos);
  CHECK(
      ready.find("0 of your own messages, 0 forwarded ones, 60 of services that nobody has named, 40 forged "
                 "ones") != std::string::npos);

  for (const auto language : {Language::english, Language::japanese}) {
    const auto page = dmarcPageOf(view(), {language, config.zone, clock.now(), "test", ""});
    CHECK(page.bars.size() == 28);
    REQUIRE(page.sources.size() == 3);
    CHECK(page.sources[0].messages == "900");
    CHECK(page.sources[1].name == "Mailchimp");
    CHECK(page.sources[2].treated == "40 / 0");
    CHECK(page.reporters.at(0).messages == "1,000");
    const auto html = pages::render(page);
    CHECK(html.find("Mailchimp") != std::string::npos);
    CHECK(html.find("<svg viewBox=") != std::string::npos);
    CHECK(html.find("[page.") == std::string::npos);  // a text that is missing
    CHECK(html.find("[dmarc.") == std::string::npos);
  }
  const auto numbers = dmarcNumbers(view(), config.zone);
  CHECK(numbers.messages.at({"own", "both"}) == 900);
  CHECK(numbers.messages.at({"spoofed", "none"}) == 40);
  CHECK(numbers.dispositions.at("quarantine") == 40);
  CHECK(numbers.sources.at({"Mailchimp", "none"}) == 60);
  CHECK(numbers.conditions.at({"quarantine", "days"}) == false);
}

TEST_CASE_METHOD(Folder, "the demo's town: who sends, and what to do first") {
  config.dmarc->domains = {{simulator::kReportedDomain, {}}};
  reports->retain(config);
  clock.advance(std::chrono::hours(24 * 60));
  fs::create_directories(path() + "/cur");
  fs::create_directories(path() + "/new");
  for (const auto& [name, mail] : simulator::reportMails(config.zone.dateOf(clock.now()), 35))
    put("new/" + name, mail);
  CHECK_FALSE(look());
  CHECK(refused().empty());
  const auto town = *viewOf(simulator::kReportedDomain);
  std::map<std::string, std::string> origins;
  for (const auto& source : town.shown.sources) {
    const auto key = source.name.starts_with("198.19.") ? "the forger" : source.name;
    origins[key] += (origins[key].find(name(source.origin)) == std::string::npos)
                        ? std::string(name(source.origin)) + " "
                        : "";
  }
  const std::map<std::string, std::string> expected = {{"SendGrid", "own "},
                                                       {"198.51.100.0/24", "own "},
                                                       {"forwarder.example", "forwarded relay_that_breaks "},
                                                       {"Mailchimp", "unknown_service "},
                                                       {"the forger", "spoofed "}};
  CHECK(origins == expected);
  CHECK(town.reporters.size() == 4);
  CHECK(town.enforcement.outlook == dmarc::Outlook::notReady);
  const DmarcWords words(Language::english);
  CHECK(words.first(town).find("Mailchimp") != std::string::npos);
  CHECK(town.enforcement.atStake.own > 0);
}

TEST_CASE_METHOD(Folder, "the list of domains names what was refused, and a domain without reports says so") {
  put("note.xml", report("1").text().substr(0, 300));
  lookTwice();
  const std::vector<DmarcViews::View> all = {viewOf("example.jp")};
  for (const auto language : {Language::english, Language::japanese}) {
    const auto html =
        pages::render(dmarcIndexOf(all, refused(), {}, {language, config.zone, clock.now(), "test", ""}));
    CHECK(html.find("/dmarc/example.jp") != std::string::npos);
    CHECK(html.find("note.xml") != std::string::npos);
    CHECK(html.find("xml_truncated") != std::string::npos);
    CHECK(html.find("[page.") == std::string::npos);
  }
  CHECK(dmarcSummaryText(all, Language::english).starts_with("example.jp: no reports have come yet."));
}
