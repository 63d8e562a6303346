// The page for people: what is unknown, what is hostile, and much of everything.
#include "desk/page.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::desk;

namespace {

PageModel model(Language language = Language::english) {
  PageModel page;
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

}  // namespace

TEST_CASE("before anything is read the page says unknown, in both languages, and never zero percent") {
  for (const auto language : {Language::japanese, Language::english}) {
    auto page = model(language);
    AccountCard card;
    card.name = "main";
    card.rates.push_back({"5m", std::nullopt, 0, 0, false});
    page.accounts.push_back(card);
    const auto html = renderPage(page);
    CHECK(html.find(language == Language::japanese ? "不明" : "unknown") != std::string::npos);
    CHECK(html.find("0.0%") == std::string::npos);
    CHECK(html.find("()") == std::string::npos);
    CHECK(html.find("{}") == std::string::npos);
  }
}

TEST_CASE("names from outside are text, whatever they hold") {
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
  page.jobs.push_back({hostile, hostile, std::nullopt, std::nullopt, hostile});
  page.statusDescription = hostile;
  const auto html = renderPage(page);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("<!channel") == std::string::npos);
  CHECK(html.find('\xff') == std::string::npos);
  CHECK(html.find("&lt;script&gt;") != std::string::npos);
  CHECK(contentSecurityPolicy().find("default-src 'none'") != std::string::npos);
}

TEST_CASE("receivers and causes stand on the page as they are given, late ones marked") {
  auto page = model();
  AccountCard card;
  card.name = "main";
  card.causes = {{"mailbox full", 12}};
  card.receivers = {{"docomo", 80, "4 s", "25 s", 3, 2, "49 min"}, {"Gmail", 0, "", "", 0, 0, ""}};
  page.accounts.push_back(card);
  const auto html = renderPage(page);
  CHECK(html.find("mailbox full") != std::string::npos);
  CHECK(html.find("49 min") != std::string::npos);
  CHECK(count(html, "number warn") == 1);
  CHECK(count(html, "—") >= 3);
}

TEST_CASE("a hundred alerts and jobs make one page of bounded size") {
  auto page = model();
  for (int i = 0; i < 100; ++i) {
    page.alerts.push_back(
        {Weight::warning, "rule", "subject " + std::to_string(i), "value", page.now, std::nullopt});
    page.jobs.push_back({"main", "job " + std::to_string(i), page.now, page.now, ""});
  }
  const auto html = renderPage(page);
  CHECK(html.size() < 200'000);
  CHECK(count(html, "</html>") == 1);
}
