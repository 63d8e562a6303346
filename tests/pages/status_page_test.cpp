// The page for people: what is unknown, what is hostile, and much of everything.
#include "pages/status_page.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "notify/catalogue.hpp"
#include "pages/embedded.hpp"
#include "rules/defaults.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::pages;

namespace {

StatusPage model(Language language = Language::english) {
  StatusPage page;
  page.language = language;
  page.zone = TimeZone::find("Asia/Tokyo").value();
  page.now = parseIso("2026-11-24T03:00:00Z").value();
  page.started = page.now - std::chrono::hours(2);
  page.version = "0.1.0";
  return page;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

/// A page on which everything stands that can.
StatusPage fullModel(Language language) {
  auto page = model(language);
  AccountCard card;
  card.name = "main";
  card.rates = {{"5m", std::nullopt, 0, 0, false, "12"},
                {"1h", std::nullopt, 0, 0, true, "13"},
                {"24h", 0.91, 1234, 1300, true, "14"}};
  card.delivery = {std::nullopt, 0.95, std::nullopt, 0.99, 1.0};
  card.requests = {std::nullopt, 12.0, std::nullopt, 30.0, 0.0};
  card.lastRead = page.now - std::chrono::seconds(90);
  card.hasStream = true;
  card.lastBatch = page.now - std::chrono::hours(3);
  card.missingScopes = {"stats.read"};
  card.providers = {{"Gmail", 0.99, 100}, {"Yahoo", std::nullopt, 0}};
  card.lists = {{"1", 3}, {"11", std::nullopt}};
  card.causes = {{"2", 4}};
  card.receivers = {{"Local governments", 80, "1", "2", 3, 2, "4"}};
  page.accounts = {card, card};
  page.accounts[1].streamAlive = true;
  for (const auto weight : {Weight::critical, Weight::warning, Weight::info, Weight::recovering,
                            Weight::muted, Weight::pending, Weight::over})
    page.alerts.push_back(
        {weight, "overdue", "3", "4", page.now - std::chrono::hours(30), page.now, {{"15", "16"}}});
  page.incidents = {
      {Weight::critical, 128, "/incident/128", "17", "18", page.now, std::nullopt, "19", "20", "21", "22"},
      {Weight::over, 127, "/incident/127", "17", "18", page.now - std::chrono::hours(30), page.now}};
  page.silences = {"23"};
  page.jobs = {{"main", "5", "j1", page.now, page.now, "", ""},
               {"", "6", "j2", std::nullopt, page.now, "7", ""},
               {"", "8", "j3", std::nullopt, std::nullopt, "", ""},
               {"", "9", "j4", page.now, std::nullopt, "", "10"}};
  page.storeTrouble = "9";
  page.outboxWaiting = 1;
  page.outboxUndeliverable = 1;
  return page;
}

/// What a reader sees: without the head and without tags.
std::string visible(const std::string& html) {
  return std::regex_replace(html.substr(html.find("<body>")), std::regex("<[^>]*>"), " ");
}

std::string contentsOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(testing::inTree(path)).rdbuf();
  return text.str();
}

/// The code of all pages, and of what words some of their lines.
std::vector<std::string> sources() {
  std::vector<std::string> files = {"/lib/watch/page_model.cpp", "/lib/watch/incident_model.cpp",
                                    "/lib/watch/incident_views.cpp", "/lib/watch/status_problems.cpp"};
  for (const auto& file : std::filesystem::directory_iterator(testing::inTree("/lib/pages")))
    if (file.path().extension() == ".cpp" || file.path().extension() == ".hpp")
      files.push_back("/lib/pages/" + file.path().filename().string());
  return files;
}

}  // namespace

TEST_CASE("every text of the page is in both catalogues, and every text of the catalogues is on the page") {
  for (const auto language : {Language::japanese, Language::english}) {
    // A text that is missing shows its key in brackets.
    CHECK(render(fullModel(language)).find("[page.") == std::string::npos);
    CHECK(render(model(language)).find("[page.") == std::string::npos);
  }
  std::string source;
  for (const auto& file : sources()) source += contentsOf(file);
  REQUIRE(source.size() > 1000);
  std::size_t texts = 0;
  for (const auto& [key, text] : notify::Catalogue::of(Language::english).texts()) {
    if (!key.starts_with("page.") || key.starts_with("page.rule.") || key.starts_with("page.dmarc."))
      continue;
    INFO(key);
    const bool shown = source.find('"' + key.substr(5) + '"') != std::string::npos ||
                       source.find('"' + key + '"') != std::string::npos;
    CHECK(shown);
    ++texts;
  }
  CHECK(texts > 45);
}

TEST_CASE("every default rule has a name on the page in both languages") {
  REQUIRE_FALSE(rules::defaults().empty());
  for (const auto language : {Language::japanese, Language::english})
    for (const auto& rule : rules::defaults()) {
      INFO(rule.name);
      CHECK(notify::Catalogue::of(language).has("page.rule." + rule.name));
    }
}

TEST_CASE("no Japanese text stands in the code of the page") {
  for (const auto& file : sources())
    CHECK(contentsOf(file).find("\xE3\x81") == std::string::npos);  // any kana
}

TEST_CASE("the Japanese page is in Japanese, built-in names included") {
  const auto text = visible(render(fullModel(Language::japanese)));
  const std::set<std::string> names = {"main",     "API",   "Asia",  "Tokyo", "SendGrid",
                                       "arrivald", "Gmail", "Yahoo", "stats", "read"};
  const std::regex word("[A-Za-z]{3,}");
  for (std::sregex_iterator each(text.begin(), text.end(), word), end; each != end; ++each) {
    INFO(each->str());
    CHECK(names.contains(each->str()));
  }
  CHECK(text.find("自治体") != std::string::npos);
  CHECK(text.find("メールの遅れ") != std::string::npos);
}

TEST_CASE("each time on the page has its time zone beside it or in the heading") {
  for (const auto language : {Language::japanese, Language::english}) {
    const auto html = render(fullModel(language));
    // The header's, then one a heading of a column of times: twice since and until, next.
    CHECK(count(visible(html), "Asia/Tokyo") == 6);
    // All others are marked up with the instant, and nothing but such columns holds them.
    const auto text = visible(std::regex_replace(html, std::regex("<time [^>]*>[^<]*</time>"), ""));
    const std::regex clock("[0-9]{1,2}:[0-9]{2}");
    CHECK(std::distance(std::sregex_iterator(text.begin(), text.end(), clock), std::sregex_iterator()) == 1);
    CHECK(count(html, "<time datetime=\"2026-11-24T03:00:00Z\">2026-11-24 12:00</time>") == 11);
  }
}

TEST_CASE("built-in names are translated everywhere, other names are not") {
  const auto& japanese = notify::Catalogue::of(Language::japanese);
  CHECK(japanese.groupName("Local governments") == "自治体");
  CHECK(japanese.groupName("docomo") == "docomo");
  auto page = model(Language::japanese);
  page.alerts.push_back({Weight::warning, "our own rule", "x", "y", page.now, std::nullopt});
  CHECK(render(page).find("our own rule") != std::string::npos);
}

TEST_CASE("before anything is read the page shows unknown instead of zero, in both languages") {
  for (const auto language : {Language::japanese, Language::english}) {
    auto page = model(language);
    AccountCard card;
    card.name = "main";
    card.rates.push_back({"5m", std::nullopt, 0, 0, false});
    page.accounts.push_back(card);
    const auto html = render(page);
    CHECK(html.find(language == Language::japanese ? "不明" : "unknown") != std::string::npos);
    CHECK(html.find("0.0%") == std::string::npos);
    CHECK(html.find("()") == std::string::npos);
    CHECK(html.find("{}") == std::string::npos);
  }
}

TEST_CASE("names from outside are escaped") {
  const std::string hostile = "<script>alert(1)</script>\"'&\xff\xE2\x80\xAE<!channel>";
  auto page = model();
  AccountCard card;
  card.name = hostile;
  card.rates.push_back({hostile, 0.99, 100, 100, true});
  card.trendText = hostile;
  card.missingScopes = {hostile};
  card.providers = {{hostile, 0.5, 10}};
  card.lists = {{hostile, 3}};
  card.causes = {{hostile, 4}};
  card.receivers = {{hostile, 1, hostile, hostile, 1, 1, hostile}};
  page.accounts.push_back(card);
  page.alerts.push_back({Weight::critical, hostile, hostile, hostile, page.now, std::nullopt});
  page.jobs.push_back({hostile, hostile, hostile, std::nullopt, std::nullopt, hostile, hostile});
  page.statusDescription = hostile;
  const auto html = render(page);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("<!channel") == std::string::npos);
  CHECK(html.find('\xff') == std::string::npos);
  CHECK(html.find("&lt;script&gt;") != std::string::npos);
  CHECK(contentSecurityPolicy().find("default-src 'none'") != std::string::npos);
}

TEST_CASE("receivers and causes are shown as given, with overdue ones marked") {
  auto page = model();
  AccountCard card;
  card.name = "main";
  card.causes = {{"mailbox full", 12}};
  card.receivers = {{"docomo", 80, "4 s", "25 s", 3, 2, "49 min"}, {"Gmail", 0, "", "", 0, 0, ""}};
  page.accounts.push_back(card);
  const auto html = render(page);
  CHECK(html.find("mailbox full") != std::string::npos);
  CHECK(html.find("49 min") != std::string::npos);
  CHECK(count(html, "number warn") == 1);
  CHECK(count(html, "—") >= 3);
}

TEST_CASE("below an open alert stands what its notification says, with what is from outside escaped") {
  auto page = model();
  page.alerts = {{Weight::critical,
                  "stall",
                  "main",
                  "",
                  page.now,
                  std::nullopt,
                  {{"Whose side", "Probably <b>Gmail</b>'s"}, {"What to do next", "Read the replies"}}}};
  const auto html = render(page);
  CHECK(html.find("<dt>Whose side</dt><dd>Probably &lt;b&gt;Gmail&lt;/b&gt;&#39;s</dd>"
                  "<dt>What to do next</dt><dd>Read the replies</dd>") != std::string::npos);
  page.alerts[0].notes.clear();
  CHECK(render(page).find("<dl") == std::string::npos);
}

TEST_CASE("incidents stand above the alerts, each with its number, its page and what to do") {
  auto page = model();
  page.alerts = {{Weight::critical, "stall", "x", "y", page.now, std::nullopt}};
  CHECK(render(page).find("Incidents") == std::string::npos);
  page.incidents = {{Weight::critical, 128, "/incident/128", "critical", "Mail to <b>Gmail</b>", page.now,
                     std::nullopt, "ours", "call", "On-call until 13:30 JST"}};
  const auto html = render(page);
  CHECK(html.find("<h2>Incidents</h2>") < html.find("<h2>Alerts</h2>"));
  CHECK(html.find("<a href=\"/incident/128\">#128</a>") != std::string::npos);
  CHECK(html.find("Mail to &lt;b&gt;Gmail&lt;/b&gt;") != std::string::npos);
  CHECK(html.find("<dt>Whose side</dt><dd>ours</dd><dt>What to do next</dt><dd>call</dd>"
                  "<dt>Acknowledged</dt><dd>On-call until 13:30 JST</dd>") != std::string::npos);
}

TEST_CASE("windows are named in words, not as the configuration spells them") {
  CHECK(visible(render(fullModel(Language::japanese))).find("5m") == std::string::npos);
}

TEST_CASE("a muted or recovering alert does not look like one that was notified and goes on") {
  auto page = model();
  const auto bannerOf = [&] {
    const auto html = render(page);
    return html.substr(html.find("<div class=\"banner"), 200);
  };
  page.alerts = {{Weight::recovering, "stall", "x", "y", page.now, std::nullopt}};
  CHECK(render(page).find(">recovering</span>") != std::string::npos);
  CHECK(bannerOf().find("A problem is passing") != std::string::npos);
  page.alerts.push_back({Weight::critical, "stall", "x", "y", page.now, std::nullopt});
  page.alerts.push_back({Weight::muted, "overdue", "x", "y", page.now, std::nullopt});
  CHECK(bannerOf().find("There are problems") != std::string::npos);
  CHECK(render(page).find("<span class=\"tag over over\">part of another</span>") != std::string::npos);
}

TEST_CASE("what was not read is shown as unknown, neither as ok nor as a number") {
  auto page = model();
  AccountCard card;
  card.name = "main";
  card.lists = {{"bounces", std::nullopt}};
  page.accounts = {card};
  page.jobs = {{"main", "new list entries", "suppressions", page.now, page.now, "", "waits"}};
  const auto text = visible(render(page));
  CHECK(std::regex_search(text, std::regex("bounces\\s+unknown")));
  CHECK(std::regex_search(text, std::regex("new list entries\\s+suppressions\\s+waits\\s+not yet")));
}

TEST_CASE("on a narrow screen each number keeps its heading, and times their zone") {
  const auto html = render(fullModel(Language::english));
  CHECK(count(html, "data-label=\"Value\"") == 7);
  CHECK(count(html, "data-label=\"Since (Asia/Tokyo)\"") == 9);
  CHECK(styleSheet().find(".stacked td[data-label]::before") != std::string_view::npos);
}

TEST_CASE("a hundred alerts and jobs give a page of bounded size") {
  auto page = model();
  for (int i = 0; i < 100; ++i) {
    page.alerts.push_back(
        {Weight::warning, "rule", "subject " + std::to_string(i), "value", page.now, std::nullopt});
    page.jobs.push_back({"main", "job " + std::to_string(i), "job", page.now, page.now, "", ""});
  }
  const auto html = render(page);
  CHECK(html.size() < 200'000);
  CHECK(count(html, "</html>") == 1);
}

TEST_CASE("a page of which nothing can be judged yet does not say that all is well") {
  auto page = model();
  AccountCard card;
  card.name = "main";
  card.rates = {{"5m", std::nullopt, 0, 0, false}, {"1h", std::nullopt, 0, 0, false}};
  page.accounts = {card};
  CHECK(render(page).find("Nothing can be judged yet") != std::string::npos);
  CHECK(render(page).find("No problems") == std::string::npos);
  // A window without mail is known.
  page.accounts[0].rates[0].known = true;
  CHECK(render(page).find("No problems") != std::string::npos);
  CHECK(render(page).find("Still learning") == std::string::npos);
  page.accounts[0].learning = true;
  CHECK(render(page).find("Still learning") != std::string::npos);
}

TEST_CASE("what is silenced or planned stands below the incidents, a line each") {
  auto page = model();
  CHECK(render(page).find("Silences and maintenance windows") == std::string::npos);
  page.silences = {"silence 1: receiver <b>Gmail</b>, until 18:00 JST (Sato: known)"};
  const auto html = render(page);
  CHECK(html.find("Silences and maintenance windows") != std::string::npos);
  CHECK(html.find("<li>silence 1: receiver &lt;b&gt;Gmail&lt;/b&gt;, until 18:00 JST (Sato: known)</li>") !=
        std::string::npos);
}
