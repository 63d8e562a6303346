// From report files in a folder to the messages about them: each rule, in both languages, by an injected
// clock.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "aggregate/report_text.hpp"
#include "rules/defaults.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/dmarc_watch.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace arrivald::watch;
using namespace std::chrono_literals;
using aggregate::testing::RecordText;
using aggregate::testing::ReportText;
namespace fs = std::filesystem;

namespace {

constexpr auto kDay = std::chrono::hours(24);

/// A daemon that reads a folder. Each morning brings the reports of three receivers about the day before.
struct Town {
  Town() {
    config.zone = TimeZone::find("Asia/Tokyo").value();
    config.accounts.emplace_back().name = "main";
    config.dmarc = config::Dmarc{};
    config.dmarc->domains.push_back({"example.jp", {}});
    config.dmarc->directory = place.folder() + "/reports";
    fs::create_directories(config.dmarc->directory);
    config.rules = rules::dmarcDefaults();
    for (const auto& [name, language] :
         {std::pair("team", Language::english), std::pair("pager", Language::japanese)}) {
      auto& channel = config.channels.emplace_back();
      channel.name = name;
      channel.language = language;
    }
    config.routes.emplace_back().channels = {"team", "pager"};
    start();
  }
  void start() {
    watch.reset();
    views.reset();
    reports.reset();
    memory.reset();
    memory = std::make_unique<Memory>(io, clock, place.path());
    reports = std::make_unique<DmarcReports>(*memory->database, clock, memory->registry, memory->health);
    memory->owners.useDmarc(&reports->known());
    REQUIRE(memory->database->read([&] { reports->load(); }).ok());
    const auto shared = std::make_shared<const config::Config>(config);
    memory->owners.retain(config);
    reports->retain(config);
    views = std::make_unique<DmarcViews>(*reports, memory->owners.statistics(), clock, thread);
    watch =
        std::make_unique<DmarcWatch>(memory->owners, *reports, *views, thread, shared, [] { return 0.5; });
  }

  void put(const std::string& bytes) {
    std::ofstream(config.dmarc->directory + "/" + std::to_string(++files) + ".xml", std::ios::binary)
        << bytes;
  }
  ReportText report(const std::string& org) const {
    ReportText text;
    const auto begin = config.zone.startOf(config.zone.dateOf(clock.now()) - std::chrono::days(1));
    text.org = "<org_name>" + org + "</org_name>";
    text.id = "<report_id>" + org + std::to_string(files) + "</report_id>";
    text.begin = std::to_string(unixMilliseconds(begin) / 1000);
    text.end = std::to_string(unixMilliseconds(begin) / 1000 + 86'399);
    text.policy = "<policy_published><domain>example.jp</domain><p>" + policy + "</p></policy_published>\n";
    text.records[0].count = "400";
    return text;
  }
  static RecordText failing(const std::string& ip, int count) {
    RecordText record;
    record.ip = ip;
    record.count = std::to_string(count);
    record.dkim = record.spf = "fail";
    record.auth = "<auth_results></auth_results>";
    return record;
  }
  /// Own mail whose signature broke, sent as ever.
  static RecordText broken(int count) {
    auto record = failing("192.0.2.10", count);
    record.auth =
        "<auth_results><spf><domain>em1.example.jp</domain><scope>mfrom</scope><result>pass</result></spf>"
        "</auth_results>";
    return record;
  }
  /// The next morning: who reports, and what else all of them saw.
  void morning(const std::vector<RecordText>& more = {},
               const std::vector<std::string>& reporters = {"google.com", "Yahoo", "KDDI"}) {
    for (const auto& reporter : reporters) {
      auto text = report(reporter);
      text.records.insert(text.records.end(), more.begin(), more.end());
      put(text.text());
    }
    evaluate();
    clock.advance(kDay);
  }
  void mornings(int count) {
    for (int i = 0; i < count; ++i) morning();
  }
  void evaluate() {
    // What is still is read at the second look; then the metrics are due, and with them what rules judge by.
    for (int i = 0; i < 2; ++i) {
      static_cast<void>(runTask(io, watch->run()));
      clock.advance(2min);
    }
    static_cast<void>(runTask(io, watch->run()));
    evaluateRules(memory->owners, config);
  }
  /// Titles since the last call, of one channel, in their order.
  std::vector<std::string> titles(const std::string& channel) {
    std::vector<std::string> all;
    for (const auto& said : messages(channel)) all.push_back(said.title);
    return all;
  }
  std::vector<notify::Notification> messages(const std::string& channel) {
    fetch(channel);
    return std::exchange(alerts[channel], {});
  }
  /// The weekly ones.
  std::vector<notify::Notification> weekly(const std::string& channel) {
    fetch(channel);
    return std::exchange(summaries[channel], {});
  }
  void fetch(const std::string& channel) {
    for (;;) {
      const auto pending = memory->owners.outbox().next(channel).value();
      if (!pending) return;
      auto message = pending->notification.value();
      auto& all = message.id.starts_with("dmarc-weekly") ? summaries : alerts;
      all[channel].push_back(std::move(message));
      memory->owners.outbox().record(*pending, done(), std::nullopt);
    }
  }

  boost::asio::io_context io;
  ManualClock clock{parseIso("2026-08-01T01:00:00Z").value()};  // ten in the morning
  runtime::FileThread thread{io.get_executor(), clock, ""};
  TempStore place;
  config::Config config;
  std::unique_ptr<Memory> memory;
  std::unique_ptr<DmarcReports> reports;
  std::unique_ptr<DmarcViews> views;
  std::unique_ptr<DmarcWatch> watch;
  std::string policy = "none";
  int files = 0;
  std::map<std::string, std::vector<notify::Notification>> alerts, summaries;
};

bool mentions(const std::vector<std::string>& titles, const std::string& words) {
  for (const auto& title : titles)
    if (title.find(words) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE_METHOD(Town, "four weeks of ordinary reports say nothing to anybody, over restarts as well") {
  mornings(14);
  start();
  mornings(14);
  CHECK(titles("team").empty());
  CHECK(titles("pager").empty());
}

TEST_CASE_METHOD(Town, "own mail that fails is told of once its day is closed, and so is its end") {
  mornings(20);
  const auto broke = clock.now() - kDay;
  morning({broken(120)});
  mornings(2);
  CHECK(titles("team").empty());  // reports about that day are still coming
  mornings(1);
  auto said = messages("team");
  REQUIRE(said.size() == 1);
  CHECK(said[0].title == "Our own mail fails authentication: mail sent as example.jp (main)");
  CHECK(said[0].sentence.find("360 of 1,560 mails that SendGrid sent for us as example.jp") !=
        std::string::npos);
  CHECK(said[0].sentence.find(toText(config.zone.dateOf(broke))) != std::string::npos);
  REQUIRE(said[0].next);
  CHECK(said[0].next->value.find("arrivald dmarc sources") != std::string::npos);
  const auto pager = messages("pager");
  REQUIRE(pager.size() == 1);
  CHECK(pager[0].title.find("自社のメールが認証に失敗しています") != std::string::npos);
  mornings(1);
  evaluate();
  said = messages("team");
  REQUIRE_FALSE(said.empty());
  CHECK(said.back().title.find("Our own mail passes authentication again") != std::string::npos);
}

TEST_CASE_METHOD(Town, "own mail that is turned away, and a new policy, are told of") {
  mornings(20);
  policy = "reject";
  auto record = broken(40);
  record.disposition = "reject";
  morning({record});
  mornings(3);
  const auto said = titles("team");
  CHECK(mentions(said, "Receivers turn away our own mail"));
  CHECK(mentions(said, "Receivers see another DMARC policy"));
  const auto pager = titles("pager");
  CHECK(mentions(pager, "受け取られていません"));
  CHECK(mentions(pager, "ポリシーが変わりました"));
}

TEST_CASE_METHOD(Town, "a new source and a wave of forged mail are told of, each by itself") {
  mornings(20);
  morning({failing("198.51.100.7", 900)});
  mornings(3);
  const auto said = titles("team");
  CHECK(mentions(said, "A new source sends as our domain"));
  CHECK(mentions(said, "Far more forged mail than usual"));
  CHECK_FALSE(mentions(said, "Our own mail"));
  const auto pager = titles("pager");
  CHECK(mentions(pager, "新しい送信元"));
  CHECK(mentions(pager, "なりすましメール"));
}

TEST_CASE_METHOD(Town, "reports that stop are told of, and that they come again; a restart is no silence") {
  mornings(10);
  start();
  for (int i = 0; i < 2; ++i) morning({}, {});
  CHECK(titles("team").empty());
  for (int i = 0; i < 3; ++i) morning({}, {});
  CHECK(mentions(titles("team"), "No DMARC reports come any more"));
  CHECK(mentions(titles("pager"), "DMARCレポートが届かなくなりました"));
  mornings(1);
  evaluate();
  CHECK(mentions(titles("team"), "DMARC reports come again"));
}

TEST_CASE_METHOD(Town, "one receiver that reports no longer is told of while others do") {
  mornings(10);
  for (int i = 0; i < 5; ++i) morning({}, {"google.com", "KDDI"});
  const auto said = messages("team");
  REQUIRE_FALSE(said.empty());
  for (const auto& one : said) CHECK(one.title == said[0].title);
  CHECK(said[0].title.find("A receiver sends no DMARC reports any more") != std::string::npos);
  CHECK(said[0].sentence.find("Yahoo") != std::string::npos);
}

TEST_CASE_METHOD(Town, "reports that cannot be read are told of") {
  mornings(2);
  for (int i = 0; i < 3; ++i) put(report("google.com").text().substr(0, 200 + static_cast<std::size_t>(i)));
  mornings(1);
  CHECK(mentions(titles("team"), "DMARC reports cannot be read"));
  CHECK(mentions(titles("pager"), "DMARCレポートが読めません"));
}

TEST_CASE_METHOD(Town, "on Monday at nine the week is summed up, in the words of the command, once") {
  config.links.page = "https://arrivald.example.jp";
  start();
  mornings(20);
  while (std::chrono::weekday(config.zone.dateOf(clock.now())) != std::chrono::Monday) morning();
  static_cast<void>(weekly("team"));
  static_cast<void>(weekly("pager"));
  morning();
  const auto said = weekly("team");
  REQUIRE(said.size() == 1);
  CHECK(said[0].title.starts_with("[DMARC, weekly] example.jp: Not ready for p=quarantine"));
  CHECK(said[0].sentence.find("messages from 3 reporters; your own:") != std::string::npos);
  CHECK(said[0].causes.size() > 10);  // every condition with its number
  CHECK(said[0].breakdown.front().starts_with("SendGrid: "));
  REQUIRE(said[0].links.size() == 1);
  CHECK(said[0].links[0].url == "https://arrivald.example.jp/dmarc/example.jp");
  const auto pager = weekly("pager");
  REQUIRE(pager.size() == 1);
  CHECK(pager[0].title.starts_with("[DMARC 週次] example.jp"));
  start();
  mornings(6);
  CHECK(weekly("team").empty());
  morning();
  CHECK(weekly("team").size() == 1);
}
