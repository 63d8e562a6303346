// The pages about DMARC reports: every text, strangers' words, and what the charts show.
#include "pages/dmarc_page.hpp"

#include <catch2/catch.hpp>

#include "notify/catalogue.hpp"
#include "pages/template.hpp"

using namespace arrivald;
using namespace arrivald::pages;

namespace {

DmarcFrame frameIn(Language language) {
  return {language, TimeZone::find("Asia/Tokyo").value(), parseIso("2026-11-24T03:00:00Z").value(), "0.1.0",
          ""};
}

DmarcPage fullPage(Language language, const std::string& outside = "example") {
  DmarcPage page;
  page.frame = frameIn(language);
  page.domain = "example.jp";
  page.outlook = page.stake = page.first = outside;
  page.facts = {{outside, outside}};
  for (const auto mark :
       {DmarcPage::Mark::met, DmarcPage::Mark::unmet, DmarcPage::Mark::unknown, DmarcPage::Mark::byHand})
    page.checklists.push_back({outside, {{mark, outside, outside}}});
  page.dns = {std::string(notify::Catalogue::of(language).text("page.dmarc.dns.at", {{"time", "09:00"}})),
              {{DmarcPage::Mark::unmet, outside, outside}}};
  page.days = 7;
  page.bars = {{"2026-11-22", false, {6, 3, 1, 0}, {10, 0, 0, 0, 0}}, {"2026-11-23", true, {0, 0, 0, 5}, {}}};
  page.originNames = {"a", "b", "c", "d", "e", outside};
  page.sources = {
      {outside, outside, outside, outside, outside, DmarcMood::bad, "1", "2", "3", "4", "5", "6"}};
  page.reporters = {{outside, outside, "1", "0"}};
  return page;
}

DmarcIndex fullIndex(Language language, const std::string& outside = "example") {
  DmarcIndex page;
  page.frame = frameIn(language);
  page.rows = {{"example.jp", outside, DmarcMood::good, "1", "2", "3", outside}};
  page.refused = {{page.frame.now, outside, outside, outside}};
  page.intake = {outside};
  page.intakeFails = true;
  return page;
}

std::string all(Language language) {
  DmarcPage empty;
  empty.frame = frameIn(language);
  DmarcIndex none, off;
  none.frame = off.frame = empty.frame;
  off.configured = false;
  return render(fullPage(language)) + render(fullIndex(language)) + render(empty) + render(none) +
         render(off);
}

}  // namespace

TEST_CASE("a chart says from which day to which it goes, and how high it is") {
  const auto html = render(fullPage(Language::english));
  CHECK(html.find("<div class=\"charts\"><div><svg") !=
        std::string::npos);  // where its texts have their look
  CHECK(html.find(">2026-11-22</text>") != std::string::npos);
  CHECK(html.find(">2026-11-23</text>") != std::string::npos);
  CHECK(html.find("y=\"12\">10</text>") != std::string::npos);
}

TEST_CASE("every text about DMARC reports is on one of their pages, in both languages") {
  for (const auto language : {Language::japanese, Language::english}) {
    const auto html = all(language);
    CHECK(html.find("[page.") == std::string::npos);
    for (const auto& [key, text] : notify::Catalogue::of(language).texts()) {
      // Those of the model are tested with it.
      if (!key.starts_with("page.dmarc.") || key.starts_with("page.dmarc.fact.") || key == "page.dmarc.step")
        continue;
      CAPTURE(key);
      CHECK(html.find(escapeHtml(text.substr(0, text.find('{')))) != std::string::npos);
    }
  }
}

TEST_CASE("what strangers wrote stands escaped on the pages about DMARC reports") {
  const std::string hostile = "<script>alert(1)</script>\"'&\xff\xE2\x80\xAE";
  for (const auto language : {Language::japanese, Language::english}) {
    const auto html = render(fullPage(language, hostile)) + render(fullIndex(language, hostile));
    CHECK(html.find("<script>") == std::string::npos);
    CHECK(html.find("\xff") == std::string::npos);
    CHECK(html.find("\xE2\x80\xAE") == std::string::npos);
    CHECK(html.find("&lt;script&gt;") != std::string::npos);
  }
}

TEST_CASE(
    "a day's bar is as high as its messages, a day that is still open is faint, and the table says the "
    "numbers") {
  const auto html = render(fullPage(Language::english));
  // 78 is the height of the highest bar, of 10 messages.
  CHECK(html.find("class=\"p0\" x=\"1.0\" y=\"37.2\" width=\"238.0\" height=\"46.8\"") != std::string::npos);
  CHECK(html.find("class=\"p3 faint\" x=\"241.0\" y=\"45.0\" width=\"238.0\" height=\"39.0\"") !=
        std::string::npos);
  CHECK(html.find("<td data-label=\"passed by DKIM and SPF\">6</td>") != std::string::npos);
  CHECK(html.find("(reports are still coming)") != std::string::npos);
  CHECK(html.find("<a href=\"/dmarc/example.jp?days=90\">") != std::string::npos);
}
