// What is derived of stored entries follows the rules, the groups and the time zone of the configuration.
#include "watch/explain_entries.hpp"

#include "store/entry_counts_table.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;
using suppression::Side;

namespace {

struct Fixture : ProviderFixture {
  void add(const std::string& email, const std::string& reason, List list = List::bounces) {
    std::vector<suppression::Entry> page{{email, clock.now() - 1min, reason, "", "", 0}};
    REQUIRE(owners().lists().add("main", list, page));
  }
  store::EntryFilter ofDay(const std::string& day) {
    store::EntryFilter filter;
    filter.first = filter.last = parseDate(day).value();
    filter.from = TimeZone().startOf(filter.first) - 24h;
    filter.to = filter.from + 72h;
    return filter;
  }
  std::map<Side, std::int64_t> sides(const std::string& day = "2026-11-10") {
    return store::EntryCountsTable(database()).bySide(ofDay(day));
  }
  /// Until the task has ended.
  void explain() {
    const RunningTask running(io, explainEntries(owners()));
    drain(io);
    for (int slice = 0; !running.ended() && slice < 1000; ++slice) {
      clock.advance(1s);
      drain(io);
    }
    running.check();
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an entry is explained when it is stored") {
  add("a@town.example.lg.jp", "550 5.1.1 no such user");
  add("b@gmail.com", "552 5.2.2 mailbox full");
  add("c@gmail.com", "", List::spamReports);
  add("not an address", "Mail domain mentioned in email address is unknown", List::invalidEmails);
  const auto counts = store::EntryCountsTable(database()).count(ofDay("2026-11-10"));
  CHECK(counts.entries == 4);
  CHECK(counts.bySide == std::map<Side, std::int64_t>{{Side::theirs, 2}, {Side::wrongAddress, 2}});
  CHECK(counts.byCause.at(causes::Class::mailboxFull) == 1);
  CHECK(counts.byReceivers.at("Gmail") == 2);
  CHECK(counts.byList.at(List::spamReports) == 1);
  CHECK(counts.byAccount.at("main") == 4);
}

TEST_CASE_METHOD(Fixture, "a new rule of the operator's changes what was stored, in slices, once") {
  for (int i = 0; i < 450; ++i)
    add("a" + std::to_string(i) + "@town.example.lg.jp", "550 5.1.1 no such user");
  explain();
  CHECK(sides() == std::map<Side, std::int64_t>{{Side::wrongAddress, 450}});
  config.causes.rules =
      causes::parseRules("rule ours\nclass B\nwhen no such user\nsource us\ntest no such user\n").value();
  retain();
  CHECK(owners().lists().explainAnew(200).value());
  CHECK(sides() == std::map<Side, std::int64_t>{{Side::ours, 200}, {Side::wrongAddress, 250}});
  restart();  // it goes on where it was
  CHECK(owners().lists().explainAnew(200).value());
  CHECK_FALSE(owners().lists().explainAnew(200).value());
  CHECK(sides() == std::map<Side, std::int64_t>{{Side::ours, 450}});
  explain();
  config.causes.rules.clear();
  retain();
  explain();
  CHECK(sides() == std::map<Side, std::int64_t>{{Side::wrongAddress, 450}});
}

TEST_CASE_METHOD(Fixture, "days follow the time zone, and receivers the groups of the configuration") {
  clock.advance(13h);  // 16:00 UTC
  add("a@town.example.lg.jp", "550 5.1.1 no such user");
  CHECK(sides("2026-11-10").size() == 1);
  account().zone = TimeZone::find("Asia/Tokyo").value();
  config.eventStream.domainGroups.push_back({"Our town", {"town.example.lg.jp"}});
  retain();
  explain();
  CHECK(sides("2026-11-10").empty());
  CHECK(sides("2026-11-11").size() == 1);
  CHECK(store::EntryCountsTable(database()).count(ofDay("2026-11-11")).byReceivers.contains("Our town"));
}

TEST_CASE("the desk's days are those of the accounts if they agree, else of the configuration") {
  config::Config config;
  config.zone = TimeZone::find("Europe/Paris").value();
  CHECK(deskZone(config).name() == "Europe/Paris");
  config.accounts.resize(2);
  for (auto& account : config.accounts) account.zone = TimeZone::find("Asia/Tokyo").value();
  CHECK(deskZone(config).name() == "Asia/Tokyo");
  config.accounts[1].zone = TimeZone::find("UTC").value();
  CHECK(deskZone(config).name() == "Europe/Paris");
}
