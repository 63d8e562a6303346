// What is shown of a domain, however much there is of it.
#include "watch/dmarc_view.hpp"

#include <catch2/catch.hpp>

#include "watch/dmarc_answers.hpp"
#include "watch/dmarc_page_model.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using Catch::Contains;

namespace {

const Instant kNow = parseIso("2026-09-25T03:00:00Z").value();
const Date kDay = parseDate("2026-09-21").value();

/// Forged mail from 60,000 networks, ten messages each, and a little of our own.
DmarcRows forged() {
  DmarcRows rows;
  for (std::int64_t id = 1; id <= 60'000; ++id) {
    dmarc::KnownSender sender;
    sender.id = id;
    const auto text = "10." + std::to_string(id / 256) + "." + std::to_string(id % 256) + ".0";
    sender.sender.network = aggregate::parseIpAddress(id < 60'000 ? text : "192.0.2.0").value();
    sender.firstDay = sender.lastDay = kDay;
    store::DmarcDaysTable::Cell cell{kDay, id, {}, 1 + id % 300, 10};
    if (id == 60'000) {
      sender.sender.spf = "em1.example.jp";
      sender.ever = dmarc::Aligned::both;
      cell.fate.aligned = dmarc::Aligned::both;
      cell.messages = 5;
    }
    rows.senders.push_back(sender);
    rows.cells.push_back(cell);
  }
  return rows;
}

DmarcViewRequest request() {
  DmarcViewRequest request;
  request.domain = "example.jp";
  request.now = kNow;
  return request;
}

}  // namespace

TEST_CASE("of 60,000 sources a hundred are shown, our own among them, and the others' sum") {
  const auto whole = dmarcWholeOf(forged(), request());
  const auto& view = whole.view;
  CHECK(whole.sources.size() > 10'000);
  CHECK(view.shown.sources.size() == DmarcView::kMaxSources);
  CHECK(view.rest.sources == whole.sources.size() - DmarcView::kMaxSources);
  std::uint64_t shown = 0;
  bool own = false;
  for (const auto& source : view.shown.sources) {
    shown += source.tally.messages();
    own = own || source.name == "SendGrid";
  }
  CHECK(own);
  CHECK(shown + view.rest.sum.tally.messages() == 59'999 * 10 + 5);
  CHECK(view.rest.sum.tally.fail == view.rest.sum.tally.messages());
  CHECK(view.reporters.size() == DmarcView::kMaxReporters);
  CHECK(view.rest.reporters == 200);
  CHECK(whole.reporters.size() == 300);

  const auto page = dmarcPageOf(view, {Language::english, {}, kNow, "test", ""});
  CHECK(page.sources.back().name.starts_with("and "));
  CHECK(pages::render(page).size() < 200'000);
  CHECK(dmarcSourcesText(view, Language::japanese).size() < 30'000);
  CHECK(dmarcSourcesJson(view).size() < 100'000);
  CHECK(dmarcNumbers(view, {}).sources.size() <= 4 * 51);
}

TEST_CASE("what DNS lacks for reports to come is the first thing to do, before waiting for them") {
  auto view = dmarcWholeOf({}, request()).view;
  CHECK(dmarcSummaryOf(view, Language::english).first.empty());
  view.dns.emplace();
  view.dns->findings = {
      {dmarc::DnsCheck::record, dmarc::State::unmet, "none", "_dmarc.example.jp"},
      {dmarc::DnsCheck::key, dmarc::State::met, "fine", "s1._domainkey.example.jp"},
      {dmarc::DnsCheck::spf, dmarc::State::unmet, "many", "example.jp"},
  };
  const std::string record = "v=DMARC1; p=none; rua=mailto:";
  CHECK_THAT(dmarcSummaryOf(view, Language::english).first, Contains(record));
  CHECK_THAT(dmarcPageOf(view, {Language::english, {}, kNow, "test", ""}).first, Contains(record));
  const auto ready = dmarcReadyText(view, Language::english);
  CHECK_THAT(ready, Contains("  first: Have") || Contains("  first: Ask"));
  CHECK(ready.find(record) < ready.find("Marks: [x] met"));
  // Under each line of DNS that is not met stands what to do, and under the others nothing.
  CHECK_THAT(ready.substr(ready.find("Marks:")), Contains(record) && Contains("include"));
  CHECK(ready.find("→") != std::string::npos);
  CHECK(ready.rfind("→") > ready.find("s1._domainkey"));

  view.dns->findings[0] = {dmarc::DnsCheck::reports, dmarc::State::unmet, "no_address", "_dmarc.example.jp"};
  CHECK_THAT(dmarcSummaryOf(view, Language::japanese).first, Contains("rua=mailto:"));
}

TEST_CASE("a limit of all mail is no limit and is not told") {
  const auto view = dmarcWholeOf({}, request()).view;
  for (const auto language : {Language::english, Language::japanese})
    CHECK_THAT(dmarcReadyText(view, language), !Contains("100 %)"));
}

TEST_CASE("what a report sums up for want of room is unknown, neither ours nor forged") {
  DmarcRows rows;
  rows.senders.push_back({1, {}, kDay, kDay, dmarc::Aligned::both});
  dmarc::Fate failed, passed;
  passed.aligned = dmarc::Aligned::both;
  rows.cells = {{kDay, 1, failed, 1, 700}, {kDay, 1, passed, 1, 300}};
  const auto view = dmarcWholeOf(rows, request()).view;
  REQUIRE(view.shown.sources.size() == 1);
  CHECK(view.shown.sources[0].origin == dmarc::Origin::unknown);
  CHECK(view.shown.sources[0].tally.messages() == 1000);
  CHECK(view.enforcement.atStake == dmarc::AtStake{0, 0, 0, 0, 700});
  CHECK(view.enforcement.ownMessages == 0);
}
