// The desk's pages, whole, in both languages and as each role sees them, beside this file in golden/; and
// what they do with data of strangers.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "causes/cause.hpp"
#include "models.hpp"
#include "pages/assets.hpp"
#include "pages/context.hpp"
#include "pages/embedded.hpp"
#include "pages/group_page.hpp"
#include "pages/list_page.hpp"
#include "pages/release_page.hpp"
#include "pages/template.hpp"
#include "pages/texts.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::pages;

namespace {

std::string contentsOf(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The hashed names stand in each page and change with the style only.
std::string withoutAssets(std::string html) {
  for (const auto& path : {stylePath(), scriptPath(), iconPath()}) {
    const auto at = html.find(path);
    if (at != std::string::npos) html.replace(at, path.size(), "/assets/x");
  }
  return html;
}

const std::string kHostile = "<script>alert(1)</script>\"'&\xff\xE2\x80\xAE{{t.brand}}\x01@x.example";

std::vector<Rendered> everything() {
  std::vector<Rendered> pages;
  const Outside hostile{kHostile, kHostile + std::string(65536, 'x') + "\xE3\x81", kHostile};
  for (const auto language : {Language::japanese, Language::english})
    for (const auto& outside : {Outside{}, hostile})
      for (auto& page : allPages(language, outside)) pages.push_back(std::move(page));
  return pages;
}

}  // namespace

TEST_CASE("what a release will do is told of each class of cause, in both languages") {
  for (const auto language : {Language::japanese, Language::english})
    for (const auto cause : causes::kClasses) {
      const auto key = "will." + std::string(causes::name(cause));
      INFO(key);
      CHECK(Texts::of(language).has(key));
    }
}

TEST_CASE("whole pages match the golden files") {
  const auto folder = std::filesystem::path(testing::inTree("/tests/pages/golden"));
  const bool update = std::getenv("ARRIVALD_WRITE_GOLDEN") != nullptr;
  std::set<std::string> expected;
  for (const auto language : {Language::japanese, Language::english})
    for (const auto& page : allPages(language, {})) {
      const auto name = page.name + (language == Language::japanese ? ".ja.html" : ".en.html");
      expected.insert(name);
      if (update) std::ofstream(folder / name) << withoutAssets(page.html);
      INFO(name << ": if this change is intended, run with ARRIVALD_WRITE_GOLDEN=1 and read the difference");
      CHECK(withoutAssets(page.html) == contentsOf(folder / name));
    }
  for (const auto& file : std::filesystem::directory_iterator(folder))
    CHECK(expected.contains(file.path().filename().string()));
}

TEST_CASE("no page holds a script, a style or a handler of its own, nor asks another host") {
  for (const auto& page : everything()) {
    INFO(page.name);
    CHECK_FALSE(std::regex_search(page.html.substr(0, 60000),
                                  std::regex("<script(?! type=\"module\" src=\"/assets/)")));
    CHECK_FALSE(std::regex_search(page.html.substr(0, 60000), std::regex("<[^>]* (style|on[a-z]+)=")));
    CHECK(page.html.find("<style") == std::string::npos);
    CHECK(page.html.find("src=\"http") == std::string::npos);
    CHECK(page.html.find("<link rel=\"stylesheet\" href=\"/assets/") != std::string::npos);
  }
}

TEST_CASE("data of strangers is escaped, cut and made visible") {
  for (const auto& page : everything()) {
    INFO(page.name);
    CHECK(page.html.find("<script>alert") == std::string::npos);
    CHECK(page.html.find('\xff') == std::string::npos);
    CHECK(page.html.find('\x01') == std::string::npos);
    CHECK(page.html.find("\xE2\x80\xAE") == std::string::npos);
    CHECK(page.html.size() < 150'000);
  }
  CHECK(escapeHtml("a\xE2\x80\xAE"
                   "b\x01\n") == "a[U+202E]b[U+0001]\n");
  CHECK(shownReply(std::string(4094, 'x') + "\xE3\x81\x82\xE3\x81\x82").ends_with("x…"));
  CHECK(shownReply("short") == "short");
}

TEST_CASE("a domain of another script is shown both ways, unless it is a disguise") {
  ListPage page;
  for (const auto* domain : {"xn--wgv71a119e.jp", "xn--ab-m1t.jp"}) {
    page.rows.emplace_back().id = std::to_string(page.rows.size());
    page.rows.back().address = std::string("taro@") + domain;
  }
  const auto html = render(page);
  CHECK(html.find("@xn--wgv71a119e.jp (日本語.jp)<") != std::string::npos);
  CHECK(html.find("@xn--ab-m1t.jp<") != std::string::npos);
}

TEST_CASE("what looks like a tag in data stays data") {
  for (const auto& page : everything()) {
    INFO(page.name);
    if (page.html.find("alert(1)") == std::string::npos) continue;
    CHECK(page.html.find("{{t.brand}}") != std::string::npos);
  }
  for (const auto language : {Language::japanese, Language::english})
    for (const auto& page : allPages(language, {})) {
      INFO(page.name);
      CHECK(page.html.find("{{") == std::string::npos);
      // A missing text shows its key in brackets.
      CHECK_FALSE(std::regex_search(page.html, std::regex("\\[[a-z]+\\.[a-z_.]+\\]")));
    }
}

TEST_CASE("no address stands in an address of a page, nor in a title") {
  for (const auto language : {Language::japanese, Language::english})
    for (const auto& page : allPages(language, {})) {
      INFO(page.name);
      CHECK_FALSE(std::regex_search(page.html, std::regex("(href|action)=\"[^\"]*@")));
      CHECK_FALSE(std::regex_search(page.html, std::regex("<title>[^<]*@")));
    }
}

TEST_CASE("each page has one heading of the first rank, a language and a way past the navigation") {
  for (const auto& page : everything()) {
    INFO(page.name);
    CHECK(page.html.find("<h1") != std::string::npos);
    CHECK(page.html.find("<h1") == page.html.rfind("<h1"));
    CHECK(page.html.find("<html lang=\"") != std::string::npos);
    CHECK(page.html.find("href=\"#main\"") != std::string::npos);
  }
}

TEST_CASE("both files of words have the same keys and placeholders") {
  const auto& japanese = Texts::of(Language::japanese).all();
  const auto& english = Texts::of(Language::english).all();
  const std::regex placeholder("\\{[a-z]+\\}");
  const auto placeholders = [&](const std::string& text) {
    std::set<std::string> found;
    for (std::sregex_iterator each(text.begin(), text.end(), placeholder), end; each != end; ++each)
      found.insert(each->str());
    return found;
  };
  for (const auto& [key, text] : japanese) {
    INFO(key);
    REQUIRE(english.contains(key));
    // What English says of one thing needs no number; dates name months as words or numbers.
    if (key.ends_with(".one") || key.starts_with("date.")) continue;
    CHECK(placeholders(text) == placeholders(english.at(key)));
  }
  CHECK(japanese.size() == english.size());
}

TEST_CASE("an error is announced in the title, has the focus and leads to its field") {
  for (const auto& page : allPages(Language::japanese, {})) {
    if (page.name != "release-failed") continue;
    CHECK(page.html.find("<title>エラー:") != std::string::npos);
    CHECK(page.html.find("role=\"alert\" tabindex=\"-1\"") != std::string::npos);
    CHECK(page.html.find("<a href=\"#n\">") != std::string::npos);
    CHECK(page.html.find("aria-invalid=\"true\"") != std::string::npos);
    CHECK(page.html.find("<h1") > page.html.find("role=\"alert\""));
  }
}

TEST_CASE("a viewer has no tick, and a locked row says why") {
  for (const auto& page : allPages(Language::english, {})) {
    if (page.name == "list-viewer") CHECK(page.html.find("name=\"entry\"") == std::string::npos);
    if (page.name == "list-viewer") CHECK(page.html.find("class=\"bar") == std::string::npos);
    if (page.name == "list-operator") CHECK(page.html.find("<small>admin</small>") != std::string::npos);
  }
}

TEST_CASE("a form whose Enter is to do something else than its first visible button has a button before it") {
  for (const auto& page : allPages(Language::japanese, {})) {
    if (page.name == "release") {
      const auto form = page.html.find("id=\"release\"");
      CHECK(page.html.find("value=\"enter\"", form) < page.html.find("name=\"drop\"", form));
    }
    if (page.name == "list-operator") {
      const auto form = page.html.find("id=\"rows\"");
      CHECK(page.html.find("value=\"stay\"", form) < page.html.find("name=\"entry\"", form));
    }
  }
}

TEST_CASE("fifty rows make a page of bounded size") {
  ListPage page;
  page.shell.user = "ops-1";
  page.shell.role = "operator";
  page.shell.here = "/";
  page.shell.csrf = std::string(64, 'c');
  page.ticks = ListPage::Ticks::allowed;
  page.sides = {{"ours", 127, "/?period=7d&side=ours"}, {"theirs", 312, "/?period=7d&side=theirs"}};
  page.filters.push_back({"group", {}, ""});
  for (int n = 0; n < 40; ++n) page.filters[0].options.push_back({"Local governments", "自治体"});
  for (int n = 0; n < 50; ++n) {
    ListRow row;
    row.id = std::to_string(1'000'000 + n);
    row.address = "hanako-yamada@mobile.example.jp";
    row.href = "/addresses/e" + row.id;
    row.list = "bounces";
    row.account = "honban";
    row.side = "theirs";
    row.headline = "受信箱がいっぱい";
    row.row = "アドレスは有効。空きができれば届きます。";
    row.todo = "受信箱の整理をお願いする。";
    row.reply = "552 5.2.2 <hanako-yamada@mobile.example.jp>: mailbox full";
    row.advice = "once_confirmed";
    page.rows.push_back(row);
  }
  // Also where nothing compresses it.
  const auto size = render(page).size();
  INFO("50 rows: " << size << " bytes");
  CHECK(size < 40'000);
}

TEST_CASE("while a list was not read, a number is the least there are, and none is unknown") {
  ListPage page;
  page.known = Known::partly;
  page.sides = {{"ours", 0, "/?side=ours"}, {"theirs", 12, "/?side=theirs"}};
  page.previous = 3;
  page.whatFirst.emplace();
  page.whatFirst->strong = "unread";
  page.whatFirst->lines = {{"main: bounces", ""}};
  auto html = render(page);
  CHECK_THAT(html,
             Catch::Contains("不明<small></small>") && Catch::Contains("12<small>件以上</small>") &&
                 Catch::Contains("<b>不明</b>") && Catch::Contains("unread</strong><br>main: bounces") &&
                 Catch::Contains("読めていない一覧のことは分かりません") && !Catch::Contains("前の期間") &&
                 !Catch::Contains("この期間に、届いていないアドレスはありません。<"));
  page.total = 12;
  page.shell.language = Language::english;
  html = render(page);
  CHECK_THAT(html, Catch::Contains("<b>12 or more</b>") && Catch::Contains("12<small> or more</small>"));

  GroupsPage groups;
  groups.known = Known::partly;
  CHECK_THAT(render(groups), Catch::Contains("読めていない一覧のことは分かりません"));
}

TEST_CASE("a draft says of each kind of list what its release means") {
  const auto shown = [](std::vector<const char*> lists) {
    ReleasePage page;
    ReleasePage::Group group{"admin_only", {}};
    for (const auto* list : lists) {
      group.rows.emplace_back();
      group.rows.back().list = list;
    }
    page.groups.push_back(std::move(group));
    return render(page);
  };
  using Catch::Contains;
  const auto returns = Contains("次のメールが届かなければ自動で一覧に戻ります");
  CHECK_THAT(shown({"bounces"}), returns && !Contains("元に戻す") && !Contains("本人"));
  CHECK_THAT(shown({"group_unsubscribes"}), !returns && Contains("配信停止は、本人の希望です。") &&
                                                Contains("30日の間は") && !Contains("取り消せません"));
  // A report cannot be put back, and no failing mail brings it back.
  CHECK_THAT(shown({"spam_reports"}),
             !returns && Contains("また報告されたときにだけ一覧に戻ります") && !Contains("元に戻す"));
  CHECK_THAT(shown({"bounces", "unsubscribes", "spam_reports"}),
             returns && Contains("届かなかったアドレスの解除は取り消せません。") &&
                 Contains("本人の希望です。") && Contains("また報告された"));
}

TEST_CASE("the style and the script are served under names that change with them") {
  CHECK(assetAt(stylePath())->body.size() > styleSheet().size());
  CHECK(assetAt(scriptPath())->contentType == "text/javascript; charset=utf-8");
  CHECK_FALSE(assetAt("/assets/pages.0000000000000000.css"));
  CHECK_FALSE(assetAt("/assets/../desk.js"));
}

TEST_CASE("each icon stands in the row of icons where the style sheet looks for it") {
  const std::string style(assetAt(stylePath())->body), icons(assetAt(iconSheetPath())->body);
  CHECK(style.find("url(\"" + iconSheetPath() + "\")") != std::string::npos);
  CHECK(style.find("url(\"icons.svg\")") == std::string::npos);
  const std::regex cell("<g id=\"([a-z]+)\"(?: transform=\"translate\\(([0-9]+)\\)\")?>");
  int n = 0;
  for (std::sregex_iterator each(icons.begin(), icons.end(), cell), end; each != end; ++each, ++n) {
    INFO(each->str(1));
    CHECK(each->str(2) == (n == 0 ? "" : std::to_string(24 * n)));
    CHECK(style.find(".i-" + each->str(1) + " { --n: " + std::to_string(n) + " }") != std::string::npos);
  }
  CHECK(n == 26);
  CHECK(icons.find("viewBox=\"0 0 " + std::to_string(24 * n) + " 24\"") != std::string::npos);
  // One cell in so many, and the steps between the first and the last.
  CHECK(style.find("calc(var(--n) * " + std::to_string(100 / (n - 1)) + "%) 0 / " + std::to_string(100 * n) +
                   "% 100%") != std::string::npos);
}

TEST_CASE("what the style sheet says in words is what the pages say") {
  const std::string style(styleSheet());
  CHECK(style.find("content: \"" + Texts::of(Language::japanese).text("col.todo") + ": \"") !=
        std::string::npos);
  CHECK(style.find("content: \"" + Texts::of(Language::english).text("col.todo") + ": \"") !=
        std::string::npos);
}

TEST_CASE("a template that names an unknown page is a fault, all known ones parse") {
  CHECK_NOTHROW(readTemplates());
  CHECK_THROWS(renderTemplate("nothing", Language::english, nlohmann::json::object()));
}
