// The desk as a browser meets it: a daemon in this process, its listener, and what it lets in.
#include <catch2/catch.hpp>
#include <regex>

#include "daemon/fixture.hpp"
#include "desk/password.hpp"
#include "desk/token.hpp"
#include "store/entries_table.hpp"
#include "store/meta_table.hpp"
#include "store/releases_table.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

const std::string& passwordHash() {
  static const auto hash =
      desk::hashPassword(Secret("correct horse battery"), std::string(desk::kSaltBytes, 's'));
  return hash;
}

std::string deskYaml(const std::string& more = "") {
  return "desk:\n  listen: {port: 0}\n  url: https://desk.example.co.jp\n" + more +
         "  users:\n    - {name: ops-1, role: operator, password: \"" + passwordHash() +
         "\"}\n    - {name: viewer-1, role: viewer, password: \"" + passwordHash() +
         "\"}\n    - {name: admin-1, role: admin, password: \"" + passwordHash() + "\"}\n";
}

struct DeskFixture : DaemonFixture {
  std::string cookie;

  explicit DeskFixture(const std::string& more = "") {
    yaml = streaming("", ports("0", "0") + deskYaml(more));
    REQUIRE(start());
  }

  http::Headers headers(http::Headers given) const {
    if (!given.find("Host")) given.add("Host", "127.0.0.1:" + std::to_string(daemon->deskPort()));
    if (!cookie.empty()) given.add("Cookie", cookie);
    return given;
  }
  http::Response page(const std::string& path, http::Headers given = {}) {
    return ask(daemon->deskPort(), path, headers(std::move(given)));
  }
  http::Response post(const std::string& path, const std::string& body,
                      http::Headers given = {{"Sec-Fetch-Site", "same-origin"}}) {
    http::Request request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(daemon->deskPort()) + path;
    request.headers = headers(std::move(given));
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = body;
    return send(std::move(request));
  }
  http::Response logIn(const std::string& user = "ops-1",
                       const std::string& password = "correct+horse+battery", const std::string& more = "") {
    cookie.clear();
    auto response = post("/login", "user=" + user + "&password=" + password + more);
    if (const auto set = response.headers.find("Set-Cookie"))
      cookie = std::string(set->substr(0, set->find(';')));
    return response;
  }
  std::string csrf() {
    const auto html = page("/").body;
    std::smatch match;
    REQUIRE(std::regex_search(html, match, std::regex("name=\"csrf\" value=\"([0-9a-f]{64})\"")));
    return match[1];
  }
};

std::string header(const http::Response& response, const char* name) {
  return std::string(response.headers.find(name).value_or(""));
}

}  // namespace

TEST_CASE("without a session every page leads to the log-in, and back afterwards") {
  DeskFixture desk;
  const auto page = desk.page("/releases?state=pending");
  CHECK(page.status == 303);
  CHECK(header(page, "Location") == "/login?return=%2Freleases%3Fstate%3Dpending");
  const auto in = desk.logIn("ops-1", "correct+horse+battery", "&return=%2Freleases%3Fstate%3Dpending");
  CHECK(in.status == 303);
  CHECK(header(in, "Location") == "/releases?state=pending");
  CHECK(header(in, "Set-Cookie").find("; HttpOnly; SameSite=Strict; Path=/") != std::string::npos);
  CHECK(desk.page("/").status == 200);
}

TEST_CASE("each page of the desk opens for each role, with the strict policy and no address in its URL") {
  DeskFixture desk;
  for (const auto* user : {"viewer-1", "ops-1", "admin-1"}) {
    desk.logIn(user);
    for (const auto* path :
         {"/", "/?period=month&gone=1", "/groups", "/releases", "/audit", "/groups/docomo"}) {
      INFO(user << " " << path);
      const auto page = desk.page(path);
      CHECK(page.status == 200);
      CHECK(header(page, "Content-Security-Policy").find("default-src 'none'; script-src 'self'") == 0);
      CHECK(header(page, "Cache-Control") == "no-store");
      CHECK(page.body.find("<h1") != std::string::npos);
    }
  }
}

TEST_CASE("the list says which part of its address it does not understand, and leaves it out") {
  DeskFixture desk;
  desk.logIn();
  CHECK(desk.page("/?period=30d").body.find("period=30d。過去7日を表示しています。") != std::string::npos);
  CHECK(desk.page("/?period=month").body.find("使っていません") == std::string::npos);
}

TEST_CASE("a wrong password says so, counts, and costs 15 minutes after five times") {
  DeskFixture desk;
  for (int i = 0; i < 4; ++i) CHECK(desk.logIn("ops-1", "wrong").status == 401);
  CHECK(desk.logIn("ops-1", "wrong").status == 429);
  CHECK(desk.logIn().status == 429);
  CHECK(desk.logIn("viewer-1").status == 303);
  desk.clock.advance(15min);
  CHECK(desk.logIn().status == 303);
  CHECK(desk.logIn("nobody", "wrong").status == 401);
}

TEST_CASE("who has to wait is let in again by the command on this host, and the record says so") {
  DeskFixture desk;
  for (int i = 0; i < 5; ++i) desk.logIn("ops-1", "wrong");
  REQUIRE(desk.logIn().status == 429);
  http::Request request;
  request.method = "POST";
  request.url = "http://127.0.0.1:" + std::to_string(desk.daemon->port()) + "/api/desk/unlock?user=ops-1";
  request.headers.add("X-Arrivald", "1");
  const auto unlocked = desk.send(request);
  CHECK(unlocked.body == R"({"unlocked":1,"known":true})");
  CHECK(desk.logIn().status == 303);
  request.url = "http://127.0.0.1:" + std::to_string(desk.daemon->port()) + "/api/desk/audit?action=unlock";
  request.method = "GET";
  const auto record = nlohmann::json::parse(desk.send(request).body);
  REQUIRE(record["rows"].size() == 1);
  CHECK(record["rows"][0]["user"] == "command line");
  CHECK(record["rows"][0]["outcome"] == "user: ops-1");
}

TEST_CASE("where no log-in was stopped, nothing is unlocked and the record says nothing") {
  DeskFixture desk;
  http::Request request;
  request.method = "POST";
  request.headers.add("X-Arrivald", "1");
  const auto api = "http://127.0.0.1:" + std::to_string(desk.daemon->port()) + "/api/desk/";
  request.url = api + "unlock?user=nobody";
  CHECK(desk.send(request).body == R"({"unlocked":0,"known":false})");
  request.url = api + "unlock?user=ops-1";
  CHECK(desk.send(request).body == R"({"unlocked":0,"known":true})");
  request.url = api + "audit?action=unlock";
  request.method = "GET";
  CHECK(nlohmann::json::parse(desk.send(request).body)["rows"].empty());
}

TEST_CASE("a session is new at each log-in, and ends with the log-out") {
  DeskFixture desk;
  desk.logIn();
  const auto first = desk.cookie;
  auto before = first;
  desk.post("/logout", "csrf=" + desk.csrf());
  CHECK(desk.page("/").status == 303);
  desk.logIn();
  CHECK(desk.cookie != before);
  desk.cookie = first;
  CHECK(desk.page("/").status == 303);
}

TEST_CASE("a form without its token, with a wrong one, or from elsewhere changes nothing") {
  DeskFixture desk;
  desk.logIn();
  const auto token = desk.csrf();
  CHECK(desk.post("/selection", "do=clear").status == 403);
  CHECK(desk.post("/selection", "do=clear&csrf=" + std::string(64, '0')).status == 403);
  CHECK(desk.post("/selection", "do=clear&csrf=" + token, {{"Sec-Fetch-Site", "cross-site"}}).status == 403);
  CHECK(desk.post("/selection", "do=clear&csrf=" + token, {}).status == 403);
  CHECK(desk.post("/selection", "do=clear&csrf=" + token).status == 303);
  // That of another session does not fit.
  desk.logIn("admin-1");
  CHECK(desk.post("/selection", "do=clear&csrf=" + token).status == 403);
}

TEST_CASE("only names of ours are answered") {
  DeskFixture desk;
  CHECK(desk.page("/login", {{"Host", "evil.example"}}).status == 421);
  CHECK(desk.page("/login", {{"Host", "desk.example.co.jp"}}).status == 200);
  CHECK(desk.page("/login", {{"Host", "localhost:1"}}).status == 200);
  CHECK(desk.page("/login", {{"Host", "localhost"}, {"Host", "localhost"}}).status == 400);
  CHECK(desk.page("/api/v1/entries", {{"Host", "localhost"}, {"Host", "evil.example"}}).status == 400);
}

TEST_CASE("a link on another site is followed once by a page of ours, so that the cookie comes along") {
  DeskFixture desk;
  const auto first = desk.page("/groups/docomo?period=7d", {{"Sec-Fetch-Site", "cross-site"}});
  CHECK(first.status == 200);
  CHECK(first.body.find("content=\"0;url=/groups/docomo?period=7d&amp;from_link=1\"") != std::string::npos);
  const auto second = desk.page("/groups/docomo?period=7d&from_link=1", {{"Sec-Fetch-Site", "cross-site"}});
  CHECK(second.status == 303);
  CHECK(header(second, "Location") == "/login?return=%2Fgroups%2Fdocomo%3Fperiod%3D7d");
}

TEST_CASE("a path that a browser takes for another site is not found, and leads nowhere") {
  DeskFixture desk;
  for (const auto* path : {"//evil.example/x", "/\\evil.example", "/%5Cevil.example//x"}) {
    INFO(path);
    const auto answer = desk.page(path, {{"Sec-Fetch-Site", "cross-site"}});
    const bool leads =
        answer.body.find("url=//") != std::string::npos || answer.body.find("url=/\\") != std::string::npos;
    CHECK_FALSE(leads);
    CHECK(header(answer, "Location").empty());
  }
  CHECK(desk.page("//evil.example/x", {{"Sec-Fetch-Site", "cross-site"}}).status == 404);
  CHECK(desk.page("//evil.example/x").status == 404);
}

TEST_CASE("the log-in leads to no other site") {
  DeskFixture desk;
  CHECK(header(desk.logIn("ops-1", "correct+horse+battery", "&return=%2F%2Fevil.example"), "Location") ==
        "/");
}

TEST_CASE("a viewer may not tick, release or undo") {
  DeskFixture desk;
  desk.logIn("viewer-1");
  const auto token = "csrf=" + desk.csrf();
  CHECK(desk.post("/selection", token + "&shown=1&entry=1").status == 403);
  CHECK(desk.post("/releases", token + "&entries=1").status == 403);
  CHECK(desk.post("/releases/1/undo", token).status >= 400);
}

TEST_CASE("an address that is asked about is answered under a key, and stands in the record masked") {
  DeskFixture desk;
  desk.logIn();
  const auto asked = desk.post("/addresses", "csrf=" + desk.csrf() + "&address=hanako%40mobile.example.jp");
  CHECK(asked.status == 303);
  const auto location = header(asked, "Location");
  CHECK(location.find("hanako") == std::string::npos);
  const auto page = desk.page(location);
  CHECK(page.status == 200);
  CHECK(page.body.find("hanako<wbr>@mobile.example.jp") != std::string::npos);
  // The lists of this account are not read.
  CHECK(page.body.find("止まっているかどうか、分かりません") != std::string::npos);
  const auto record = desk.page("/audit").body;
  CHECK(record.find("hanako@") == std::string::npos);
  CHECK(record.find("アドレスを調べた") != std::string::npos);
  CHECK(header(desk.post("/addresses", "csrf=" + desk.csrf() + "&address=city.example.lg.jp"), "Location") ==
        "/?domain=city.example.lg.jp&period=month");
  CHECK(desk.page("/addresses/unknown").status == 404);
}

TEST_CASE("ticks that come after the session has ended are kept and joined after the log-in") {
  DeskFixture desk;
  desk.logIn();
  const auto body =
      "csrf=" + desk.csrf() + "&return=%2F%3Fperiod%3D7d&shown=1,2,3&entry=1&entry=2&do=release";
  desk.clock.advance(2h);
  const auto late = desk.post("/selection", body);
  CHECK(late.status == 303);
  const auto login = header(late, "Location");
  CHECK(login.find("kept=") != std::string::npos);
  const auto page = desk.page(login).body;
  CHECK(page.find("選んだ2件は残っています") != std::string::npos);
  CHECK(page.find("name=\"return\" value=\"/?period=7d\"") != std::string::npos);
}

TEST_CASE("ticks are kept when the person logged out in another tab") {
  DeskFixture desk;
  desk.logIn();
  const auto csrf = desk.csrf();
  REQUIRE(header(desk.post("/logout", "csrf=" + csrf), "Location") == "/login?why=out");
  desk.cookie.clear();  // the browser has none any more
  const auto late =
      desk.post("/selection", "csrf=" + csrf + "&return=%2F&shown=1,2,3&entry=1&entry=2&do=release");
  const auto login = header(late, "Location");
  REQUIRE(login.find("kept=") != std::string::npos);
  CHECK_THAT(desk.page(login).body,
             Catch::Contains("ログアウトしました。") && Catch::Contains("選んだ2件は残っています"));
  // Nobody else's form is kept.
  CHECK(header(desk.post("/selection", "csrf=x&return=%2F&shown=1&entry=1"), "Location").find("kept=") ==
        std::string::npos);
}

TEST_CASE("what the desk is asked by a browser comes in the browser's language until one is chosen") {
  DeskFixture desk;
  const auto languageOf = [&](const char* accepted) {
    const auto html = desk.page("/login", {{"Accept-Language", accepted}}).body;
    return html.find("<html lang=\"en\"") != std::string::npos ? "en" : "ja";
  };
  CHECK(languageOf("en-GB,en;q=0.9,ja;q=0.8") == std::string("en"));
  CHECK(languageOf("fr,ja;q=0.9,en;q=0.8") == std::string("ja"));
  CHECK(languageOf("fr") == std::string("ja"));
  desk.cookie = "arrivald-language=ja";
  CHECK(languageOf("en") == std::string("ja"));
}

TEST_CASE("a link that names a language chooses it, and leads to the same page") {
  DeskFixture desk;
  desk.logIn();
  const auto chosen = desk.page("/?period=month&lang=en&list=blocks");
  CHECK(chosen.status == 303);
  CHECK(header(chosen, "Location") == "/?period=month&list=blocks");
  CHECK(header(chosen, "Set-Cookie").starts_with("arrivald-language=en;"));
  CHECK(header(desk.page("/login?lang=ja"), "Location") == "/login");
  // Not where it names none of ours: that is said on the page.
  const auto unknown = desk.page("/?lang=fr");
  CHECK(unknown.status == 200);
  CHECK_THAT(unknown.body, Catch::Contains("lang=fr"));
}

TEST_CASE("what a link says that means nothing is named on the page, with what is shown instead") {
  DeskFixture desk;
  desk.logIn("admin-1");
  using Catch::Contains;
  CHECK_THAT(desk.page("/?period=abc&list=nonsense&page=-3").body,
             Contains("次の指定は意味が分からないため、使っていません。") &&
                 Contains("period=abc。過去7日を表示しています。") &&
                 Contains("list=nonsense。この指定なしで表示しています。") &&
                 Contains("page=-3。先頭から表示しています。"));
  // What links of ours carry is understood.
  for (const auto* path :
       {"/", "/?period=month&side=ours&sort=stopped&gone=1&filter=1&n=50", "/groups?period=today",
        "/releases?state=delivered", "/audit?user=ops-1&action=&from=&to="})
    CHECK_THAT(desk.page(path).body, !Contains("意味が分からない"));
  for (const auto* path : {"/?sort=size", "/?gone=maybe", "/?n=-3", "/?after=x", "/groups?period=abc",
                           "/groups?x=1", "/groups/docomo?period=abc", "/releases?state=lost",
                           "/releases?before=x", "/releases?n=x", "/audit?before=x", "/audit?x=1"}) {
    INFO(path);
    const auto answer = desk.page(path);
    CHECK(answer.status == 200);
    CHECK_THAT(answer.body, Contains("次の指定は意味が分からないため、使っていません。"));
  }
  for (const auto* path : {"/groups?from=soon", "/audit?from=soon", "/?from=soon"})
    CHECK_THAT(desk.page(path).body, Contains("日付を読めませんでした"));
  // A file of other rows would be taken for what was asked for.
  for (const std::string path : {"/export.csv?list=nonsense", "/export.xlsx?from=soon"})
    CHECK(header(desk.page(path), "Location") == "/" + path.substr(path.find('?')));
  CHECK(header(desk.page("/audit.csv?before=x"), "Location") == "/audit?before=x");
}

TEST_CASE("what is neither an address nor a domain is said to be so, and stays in the box") {
  DeskFixture desk;
  desk.logIn();
  const auto answer = desk.post("/addresses", "csrf=" + desk.csrf() + "&address=taro+sensei");
  CHECK(answer.status == 422);
  CHECK_THAT(answer.body,
             Catch::Contains("メールアドレスの形ではありません") && Catch::Contains("value=\"taro sensei\""));
}

TEST_CASE("lists that are not read are named on every page and in every file") {
  DeskFixture desk;  // with `suppressions: false`
  desk.logIn();
  for (const auto* path : {"/?period=month", "/groups", "/groups/docomo", "/export.csv"}) {
    INFO(path);
    CHECK_THAT(desk.page(path).body, Catch::Contains("mainのバウンス・ブロック") &&
                                         Catch::Contains("読まない設定です。") &&
                                         Catch::Contains("(設定: suppressions)"));
  }
  const auto asked = desk.post("/addresses", "csrf=" + desk.csrf() + "&address=taro@example.jp");
  CHECK_THAT(desk.page(header(asked, "Location")).body,
             Catch::Contains("止まっているかどうか、分かりません。") && Catch::Contains("mainのバウンス") &&
                 !Catch::Contains("記録はありません。<"));
}

TEST_CASE("entries without a date are of no period, and have a place of their own") {
  DeskFixture desk;
  std::vector<suppression::Entry> page{{"undated@example.jp", Instant{}, "550 no", "", "", 0}};
  REQUIRE(desk.daemon->owners().lists().add("main", suppression::List::bounces, page));
  desk.logIn();
  const auto html = desk.page("/?period=month").body;
  CHECK_THAT(html, Catch::Contains("<a href=\"/?period=undated\">日付の分からないもの 1件</a>") &&
                       !Catch::Contains("undated@"));
  const auto undated = desk.page("/?period=undated").body;
  CHECK_THAT(undated, Catch::Contains("undated<wbr>@example.jp") &&
                          Catch::Contains("どの期間にも入りません") && !Catch::Contains("1970/"));
}

TEST_CASE("a session ends when a reload takes its user away") {
  DeskFixture desk;
  desk.logIn("viewer-1");
  CHECK(desk.page("/").status == 200);
  desk.yaml = std::regex_replace(desk.yaml, std::regex("name: viewer-1"), "name: viewer-2");
  REQUIRE(desk.reload());
  CHECK(desk.page("/").status == 303);
}

TEST_CASE("a proxy's name of the user counts from its address only, and there is no log-in then") {
  DeskFixture desk("  proxy: {peers: [127.0.0.1], header: X-Remote-User}\n");
  CHECK(desk.page("/", {{"X-Remote-User", "ops-1"}}).status == 200);
  // Who is logged in, but not here, is not sent to the proxy again.
  const auto stranger = desk.page("/", {{"X-Remote-User", "nobody"}});
  CHECK(stranger.status == 403);
  CHECK_THAT(stranger.body, Catch::Contains("nobody さん") && Catch::Contains("desk.users") &&
                                !Catch::Contains("ログインの情報が届いていません"));
  CHECK(desk.page("/").status == 403);
  CHECK(desk.logIn().status == 403);
  DeskFixture other("  proxy: {peers: [192.0.2.1], header: X-Remote-User}\n");
  CHECK(other.page("/", {{"X-Remote-User", "ops-1"}}).status == 403);
}

TEST_CASE("the language is chosen by a form and kept in a cookie") {
  DeskFixture desk;
  const auto chosen = desk.post("/language", "language=en&return=%2Flogin");
  CHECK(header(chosen, "Location") == "/login");
  CHECK(header(chosen, "Set-Cookie").starts_with("arrivald-language=en;"));
  CHECK(desk.page("/login", {{"Cookie", "arrivald-language=en"}}).body.find("<html lang=\"en\">") !=
        std::string::npos);
}

TEST_CASE("style and script come under names that may be kept, on both listeners") {
  DeskFixture desk;
  const auto html = desk.page("/login").body;
  std::smatch match;
  REQUIRE(std::regex_search(html, match, std::regex("href=\"(/assets/pages\\.[0-9a-f]+\\.css)\"")));
  CHECK(header(desk.page(match[1]), "Cache-Control").find("immutable") != std::string::npos);
  CHECK(desk.get(match[1]).status == 200);
  CHECK(desk.get("/").body.find("https://desk.example.co.jp") != std::string::npos);
  CHECK(desk.page("/assets/nothing.css").status == 404);
}

TEST_CASE("too long a query and too many fields are refused") {
  DeskFixture desk;
  desk.logIn();
  CHECK(desk.page("/?domain=" + std::string(5000, 'x')).status == 414);
  std::string many = "csrf=" + desk.csrf();
  for (int i = 0; i < 20'001; ++i) many += "&entry=1";
  CHECK(desk.post("/selection", many).status == 413);
}

TEST_CASE("a form without its token is shown again, filled in and with a new one, and may then be sent") {
  DeskFixture desk;
  desk.logIn();
  const auto again = desk.post("/selection", "csrf=old&return=%2F%3Fperiod%3D7d&shown=1,2&entry=1&do=stay");
  CHECK(again.status == 403);
  CHECK_THAT(again.body, Catch::Contains("action=\"/selection\"") &&
                             Catch::Contains("name=\"csrf\" value=\"" + desk.csrf() + "\"") &&
                             Catch::Contains("name=\"entry\" value=\"1\"") &&
                             Catch::Contains("name=\"return\" value=\"/?period=7d\"") &&
                             !Catch::Contains("value=\"old\""));
  desk.logIn("admin-1");
  CHECK_THAT(desk.page("/audit?action=refuse").body, Catch::Contains("ops-1"));
}

TEST_CASE(
    "the list comes as CSV and as a workbook, the record as CSV, and each download stands in the record") {
  DeskFixture desk;
  desk.logIn("viewer-1");
  const auto csv = desk.page("/export.csv?period=month");
  CHECK(csv.status == 200);
  CHECK(csv.body.starts_with("\xEF\xBB\xBF\"アドレス\""));
  CHECK(header(csv, "Content-Disposition") ==
        "attachment; filename=\"arrivald-2026-11-25.csv\"; "
        "filename*=UTF-8''%E4%B8%8D%E9%81%94%E3%82%A2%E3%83%89%E3%83%AC%E3%82%B9-2026-11-25.csv");
  const auto book = desk.page("/export.xlsx?period=month");
  CHECK(book.status == 200);
  CHECK(book.body.starts_with("PK\x03\x04"));
  CHECK(header(book, "Content-Type") == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  CHECK(desk.page("/audit.csv").status == 200);
  const auto record = desk.page("/audit?action=download").body;
  CHECK_THAT(record, Catch::Contains("/export.csv?period=month") &&
                         Catch::Contains("/export.xlsx?period=month") && Catch::Contains("/audit.csv"));
  CHECK(desk.post("/export.csv", "csrf=" + desk.csrf()).status == 405);
}

TEST_CASE("what a role does not allow stands in the record") {
  DeskFixture desk;
  desk.logIn("viewer-1");
  desk.post("/selection", "csrf=" + desk.csrf() + "&shown=1&entry=1");
  CHECK_THAT(desk.page("/audit?action=refuse").body, Catch::Contains("権限がありません(選択)"));
}

TEST_CASE("sessions and waits keep their ages when the wall clock is set") {
  DeskFixture desk;
  for (int i = 0; i < 5; ++i) desk.logIn("admin-1", "wrong");
  desk.logIn();
  for (const auto step : {3h, -3h}) {
    desk.clock.step(step);
    CHECK(desk.page("/").status == 200);
    const auto kept = desk.cookie;
    CHECK(desk.logIn("admin-1").status == 429);
    desk.cookie = kept;
  }
  desk.clock.advance(1h);
  CHECK(desk.page("/").status == 303);
}

TEST_CASE(
    "nothing of a desk that was taken away, or of an ended daemon, keeps a connection to the provider") {
  DeskFixture desk;
  desk.logIn();
  CHECK(desk.page("/").status == 200);
  CHECK(desk.transports == 2);
  SECTION("a reload without the desk") {
    desk.yaml = desk.streaming("", DeskFixture::ports("0", "0"));
    REQUIRE(desk.reload());
    CHECK(desk.transports == 1);
  }
  SECTION("a reload with it") {
    desk.yaml += "log: {level: error}\n";
    REQUIRE(desk.reload());
    CHECK(desk.transports == 2);
  }
  runTask(desk.io, desk.daemon->stop());
  CHECK(desk.transports == 0);
}

namespace {

/// A desk that may release, with some entries.
struct ReleasingDesk : DeskFixture {
  explicit ReleasingDesk(const std::string& more = "")
      : DeskFixture("  delete_key: {environment: KEY}\n" + more) {}

  void add(const std::string& email, const std::string& reason, Duration ago = 1h) {
    std::vector<suppression::Entry> page{{email, clock.now() - ago, reason, "", "", 0}};
    REQUIRE(daemon->owners().lists().add("main", suppression::List::bounces, page));
  }
  /// The page of a draft of all entries of this month.
  std::string draft() {
    const auto html = page("/?period=month").body;
    std::smatch match;
    std::string entries;
    const std::regex box("name=\"entry\" value=\"([0-9]+)\"");
    for (std::sregex_iterator at(html.begin(), html.end(), box), end; at != end; ++at)
      entries += (entries.empty() ? "" : ",") + (*at)[1].str();
    const auto made = post("/releases", "csrf=" + csrf() + "&entries=" + entries);
    REQUIRE(made.status == 303);
    drafted = header(made, "Location");
    return page(drafted).body;
  }
  /// Decides on everything, for the reason that the person was told so.
  http::Response confirm(const std::string& html, int rows) {
    std::smatch match;
    REQUIRE(std::regex_search(html, match, std::regex("name=\"version\" value=\"([0-9]+)\"")));
    return post(drafted, "csrf=" + csrf() + "&version=" + match[1].str() +
                             "&why=they_told_us&do=all&n=" + std::to_string(rows));
  }
  /// What the provider's answers have made of the rows of the request with that number.
  void settle(std::int64_t release, const std::vector<suppression::ItemState>& states) {
    auto& database = daemon->owners().database();
    REQUIRE(database.transact([&] {
      store::ReleasesTable table(database);
      auto items = table.items(suppression::ReleaseId{release});
      REQUIRE(items.size() == states.size());
      for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].progress.state = states[i];
        items[i].progress.settled = clock.now();
        items[i].claims = false;
        table.put(items[i]);
      }
    }));
  }
  std::string drafted;
};

}  // namespace

TEST_CASE("the page of a release tells of each row's own cause, not of its class") {
  ReleasingDesk desk;
  desk.add("taro@gmial.com",
           "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address");
  desk.logIn();
  const auto html = desk.draft();
  CHECK_THAT(html, Catch::Contains("「gmail.com」の書き間違いかもしれません。") &&
                       !Catch::Contains("このアドレスは存在しない、と受信側が答えています。"));
}

TEST_CASE("the page of a result counts what was released, and not what was asked for") {
  using suppression::ItemState;
  struct Expected {
    std::vector<ItemState> states;
    std::string japanese, english, look;
  };
  const std::vector<Expected> all = {
      {{ItemState::gone, ItemState::gone}, "2件の解除が終わりました。", "2 are done.", "note safe"},
      {{ItemState::refused, ItemState::changed},
       "解除できませんでした。何も変わっていません。",
       "Nothing was released. Nothing has changed.",
       "note stop"},
      {{ItemState::gone, ItemState::refused},
       "2件のうち1件を解除しました。1件は解除できませんでした。",
       "1 of 2 were released, 1 were not.",
       "note unsure"}};
  for (const auto& expected : all) {
    ReleasingDesk desk;
    for (const auto* email : {"a@town.example.lg.jp", "b@town.example.lg.jp"})
      desk.add(email, "552 5.2.2 mailbox full");
    desk.logIn();
    REQUIRE(desk.confirm(desk.draft(), 2).status == 303);
    desk.settle(1, expected.states);
    INFO(expected.japanese);
    const auto html = desk.page("/releases/1").body;
    CHECK_THAT(html, Catch::Contains(expected.japanese) && Catch::Contains(expected.look));
    desk.cookie += "; arrivald-language=en";
    CHECK_THAT(desk.page("/releases/1").body, Catch::Contains(expected.english));
  }
}

TEST_CASE("without the event stream the follow-up says why it does not know, and tells of no thirty days") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn();
  REQUIRE(desk.confirm(desk.draft(), 1).status == 303);
  desk.settle(1, {suppression::ItemState::gone});
  auto& database = desk.daemon->owners().database();
  const auto follow = [&](const suppression::FollowUp& found) {
    REQUIRE(database.transact([&] {
      store::ReleasesTable table(database);
      auto item = table.items(suppression::ReleaseId{1}).at(0);
      item.after = found;
      table.put(item);
    }));
  };
  follow(suppression::followUp({}, desk.clock.now(), desk.clock.now() + 10s));
  CHECK_THAT(desk.page("/releases").body, Catch::Contains("イベントを受け取っていないため、分かりません") &&
                                              !Catch::Contains("不明(30日たちました)"));
  follow(suppression::followUp({}, desk.clock.now(), desk.clock.now() + suppression::kFollowUp));
  CHECK_THAT(desk.page("/releases").body, Catch::Contains("不明(30日たちました)"));
}

TEST_CASE("one address in other letters is one row, and is released once") {
  ReleasingDesk desk;
  desk.add("A.B@Gmail.com", "552 5.2.2 mailbox full", 2h);
  desk.add("a.b@gmail.com", "552 5.2.2 mailbox full", 1h);
  desk.logIn();
  const auto html = desk.draft();
  // As it was written first, until a later read writes it otherwise again.
  CHECK_THAT(html, Catch::Contains("A.B@Gmail.com") && !Catch::Contains("a.b@gmail.com"));
}

TEST_CASE("the draft of another person is shown as theirs, and only they decide about it") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn("admin-1");
  const auto draft = desk.draft();
  desk.logIn();
  const auto shown = desk.page("/releases/1").body;
  CHECK_THAT(shown, Catch::Contains("<h1>確認中の解除</h1>") &&
                        Catch::Contains("admin-1 さんが確認中です。") &&
                        Catch::Contains("town.example.lg.jp") && !Catch::Contains("終わりました") &&
                        !Catch::Contains("順番待ち"));
  const auto cancelled = desk.post("/releases/1", "csrf=" + desk.csrf() + "&do=cancel");
  CHECK(cancelled.status == 409);
  CHECK_THAT(cancelled.body, Catch::Contains("決められるのは admin-1 さんだけです。"));
  const auto confirmed = desk.confirm(draft, 1);
  CHECK(confirmed.status == 409);
  CHECK_THAT(confirmed.body, Catch::Contains("決められるのは admin-1 さんだけです。"));
}

TEST_CASE(
    "who cancels after the decision is told that it was asked for already, and led to what became of it") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn();
  REQUIRE(desk.confirm(desk.draft(), 1).status == 303);
  const auto csrf = desk.csrf();
  for (const auto* asked : {"&do=cancel", "&drop=1"}) {
    const auto answer = desk.post("/releases/1", "csrf=" + csrf + asked);
    CHECK(answer.status == 409);
    CHECK_THAT(answer.body, Catch::Contains("この解除は、もう頼んであります。取りやめることはできません。") &&
                                Catch::Contains("href=\"/releases/1\"") &&
                                !Catch::Contains("まだ解除していません"));
  }
}

TEST_CASE("the page of a dry run's result says that nothing has changed") {
  ReleasingDesk desk("  dry_run: true\n");
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn();
  REQUIRE(desk.confirm(desk.draft(), 1).status == 303);
  desk.settle(1, {suppression::ItemState::rehearsed});
  CHECK_THAT(desk.page("/releases/1").body,
             Catch::Contains("練習でした。何も変わっていません。") && !Catch::Contains("解除が終わりました"));
}

TEST_CASE("the page of a release says how many mails of the same organisation have arrived since") {
  ReleasingDesk desk;
  desk.add("taro@town.example.lg.jp", "451 4.4.1 connection timed out");
  auto& database = desk.daemon->owners().database();
  REQUIRE(database.transact(
      [&] { store::EntriesTable(database).addAccepted("town.example.lg.jp", 12, desk.clock.now()); }));
  desk.logIn();
  const auto html = desk.draft();
  CHECK_THAT(html, Catch::Contains("そのまま解除できます(1件)") &&
                       Catch::Contains("同じ組織の12通が届いています。"));
}

TEST_CASE("while an incident goes on, list, answer and draft say first that a release has to wait") {
  ReleasingDesk desk;
  desk.add("taro@docomo.ne.jp", "451 4.4.1 connection timed out");
  auto& owners = desk.daemon->owners();
  auto followed = owners.incidents().followed();
  auto& incident = followed.incidents.emplace_back();
  incident.number = followed.lastNumber = 12;
  incident.account = "main";
  incident.root.receivers = {"docomo"};
  incident.began = incident.openedAt = desk.clock.now() - 90min;
  incident.since = incident.lastBad = incident.rootSince = desk.clock.now();
  incident.notified.emplace();
  REQUIRE(owners.alerts().put({}, followed, {}));
  desk.logIn();
  const auto* said =
      "現在、docomo宛てのメールが届かない問題が続いています(事案12)。解除は、回復してからにしてください。";
  const auto list = desk.page("/?period=month").body;
  CHECK_THAT(list, Catch::Contains(said + std::string("そのあと: ")));
  const auto draft = desk.draft();
  CHECK_THAT(draft, Catch::Contains(said));
  const auto asked = desk.post("/addresses", "csrf=" + desk.csrf() + "&address=taro%40docomo.ne.jp");
  CHECK_THAT(desk.page(header(asked, "Location")).body,
             Catch::Contains(said) && Catch::Contains("それまでは、次の手順に進まないでください。"));
}

TEST_CASE("the record is filtered by an address, also as a look-up masks it, which stands in no URL") {
  DeskFixture desk;
  desk.logIn("admin-1");
  for (const auto* address : {"hanako%40mobile.example.jp", "taro%40mobile.example.jp"})
    desk.page(header(desk.post("/addresses", "csrf=" + desk.csrf() + "&address=" + address), "Location"));
  CHECK_THAT(desk.page("/audit").body,
             Catch::Contains("h…@mobile.example.jp") && Catch::Contains("t…@mobile.example.jp"));
  const auto filtered =
      desk.post("/audit", "csrf=" + desk.csrf() + "&action=look_up&address=Hanako%40mobile.example.jp");
  REQUIRE(filtered.status == 303);
  const auto location = header(filtered, "Location");
  CHECK_THAT(location, !Catch::Contains("anako") && Catch::Contains("action=look_up"));
  CHECK_THAT(desk.page(location).body, Catch::Contains("value=\"Hanako@mobile.example.jp\"") &&
                                           Catch::Contains("h…@mobile.example.jp") &&
                                           !Catch::Contains("t…@mobile.example.jp"));
  const auto unclear = header(desk.post("/audit", "csrf=" + desk.csrf() + "&address=hanako"), "Location");
  CHECK_THAT(desk.page(unclear).body, Catch::Contains("メールアドレスの形ではありません"));
}

TEST_CASE("a session keeps its age over a restart after which the clock is behind") {
  DeskFixture desk;
  desk.logIn();
  desk.clock.advance(50min);
  // What the daemon stored last is how far the clock had come.
  REQUIRE(desk.daemon->owners().database().transact([&] {
    store::MetaTable(desk.daemon->owners().database())
        .put("last_seen", std::to_string(unixMilliseconds(desk.clock.now())));
  }));
  runTask(desk.io, desk.daemon->stop());
  desk.daemon.reset();
  desk.clock.step(-5h);
  REQUIRE(desk.start());
  CHECK(desk.page("/").status == 200);
  desk.clock.advance(2h);
  CHECK(desk.page("/").status == 303);
}

TEST_CASE("a page of the list whose rows have gone leads to the first one, with the filters as they were") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn();
  const auto gone = desk.page("/?period=month&domain=town.example.lg.jp&after=1000.1.0&n=50");
  CHECK(gone.status == 303);
  CHECK(header(gone, "Location") == "/?period=month&domain=town.example.lg.jp");
  CHECK(desk.page("/?period=month&domain=nowhere.example").status == 200);
}

TEST_CASE("ticks beyond ten thousand are not taken, which is said") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn();
  auto& database = desk.daemon->owners().database();
  REQUIRE(database.transact([&] {
    store::Statement(
        database,
        "INSERT INTO selections WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n "
        "WHERE i <= 10000) SELECT 'ops-1', i, ? FROM n")
        .bind(unixMilliseconds(desk.clock.now()))
        .run();
  }));
  const auto full =
      desk.post("/selection", "csrf=" + desk.csrf() + "&shown=1&entry=1&return=%2F%3Fperiod%3Dmonth");
  REQUIRE(full.status == 303);
  CHECK_THAT(desk.page(header(full, "Location")).body, Catch::Contains("選べるのは10,000件までです。"));
}

TEST_CASE("each row that is left out of a draft is named with why") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.add("b@town.example.lg.jp", "552 5.2.2 mailbox full", 2h);
  std::vector<suppression::Entry> wish{{"wish@town.example.lg.jp", desk.clock.now() - 1h, "", "", "", 0}};
  REQUIRE(desk.daemon->owners().lists().add("main", suppression::List::unsubscribes, wish));
  desk.logIn();
  const auto made = desk.post("/releases", "csrf=" + desk.csrf() + "&entries=1,2,3");
  REQUIRE(made.status == 303);
  const auto where = header(made, "Location");
  CHECK(where.find('@') == std::string::npos);
  CHECK_THAT(desk.page(where).body,
             Catch::Contains("1件は解除できないため、外しました。") &&
                 Catch::Contains("wish@town.example.lg.jp(配信停止(全体)・main): 相手の希望による停止は"));
  // Nothing is left: the page names each row as well.
  const auto none = desk.post("/releases", "csrf=" + desk.csrf() + "&entries=3");
  CHECK(none.status == 409);
  CHECK_THAT(none.body,
             Catch::Contains("wish@town.example.lg.jp(配信停止(全体)・main): 相手の希望による停止は"));
}

TEST_CASE(
    "Enter in a field of a draft is the big safe button, or the other one with the number that it asks for") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.add("b@town.example.lg.jp", "552 5.2.2 mailbox full", 2h);
  desk.logIn();
  REQUIRE(desk.post("/releases", "csrf=" + desk.csrf() + "&entries=1,2").status == 303);
  const auto html = desk.page("/releases/1").body;
  // A form is sent by its first button when Enter is pressed.
  const auto first = html.find("<button", html.find("id=\"release\""));
  CHECK(html.substr(first, html.find('>', first) - first).find("value=\"enter\"") != std::string::npos);
  std::smatch version;
  REQUIRE(std::regex_search(html, version, std::regex("name=\"version\" value=\"([0-9]+)\"")));
  const auto enter = [&](const std::string& fields) {
    return desk.post("/releases/1", "csrf=" + desk.csrf() + "&do=enter&version=" + version[1].str() + fields);
  };
  // What the buttons refuse is refused, and nothing is lost.
  const auto incomplete = enter("&said=1&memo=1125-07");
  CHECK(incomplete.status == 422);
  CHECK_THAT(incomplete.body, Catch::Contains("value=\"1125-07\"") && Catch::Contains("id=\"e-why\""));
  CHECK_THAT(enter("&said=1&why=mended&n=3").body, Catch::Contains("id=\"e-n\""));
  SECTION("without a number") {
    REQUIRE(enter("&said=1&why=mended&n=").status == 303);
    CHECK_THAT(desk.page("/releases/1").body,
               Catch::Contains("data-row=\"1\"") && !Catch::Contains("data-row=\"2\""));
  }
  SECTION("with the number of all") {
    REQUIRE(enter("&why=mended&n=2").status == 303);
    CHECK_THAT(desk.page("/releases/1").body,
               Catch::Contains("data-row=\"1\"") && Catch::Contains("data-row=\"2\""));
  }
}

TEST_CASE("a form of a draft that asks for something unknown is refused, and one that came late is kept") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn();
  const auto html = desk.draft();
  // Ticks are made after this was rendered, also without a script.
  CHECK_THAT(html, Catch::Contains("上で印を付けた行だけを解除します。") &&
                       !Catch::Contains("助言どおりに解除できる行は、いまはありません"));
  CHECK(desk.post("/releases/1", "csrf=" + desk.csrf() + "&do=everything").status == 400);
  const auto csrf = desk.csrf();
  desk.post("/logout", "csrf=" + csrf);
  desk.cookie.clear();
  const auto late = desk.post("/releases/1", "csrf=" + csrf + "&do=advised&said=1&why=mended&memo=1125-07");
  const auto login = header(late, "Location");
  std::smatch kept;
  REQUIRE(std::regex_search(login, kept, std::regex("kept=([0-9a-f]+)")));
  const auto in =
      desk.logIn("ops-1", "correct+horse+battery", "&return=%2Freleases%2F1&kept=" + kept[1].str());
  const auto shown = desk.page(header(in, "Location")).body;
  CHECK_THAT(shown, Catch::Contains("value=\"1125-07\"") && Catch::Contains("value=\"mended\" checked") &&
                        Catch::Contains("name=\"said\" value=\"1\" checked"));
}

TEST_CASE("while the provider does not answer, the page says so, since when, and that nothing is lost") {
  ReleasingDesk desk;
  desk.add("a@town.example.lg.jp", "552 5.2.2 mailbox full");
  desk.logIn();
  REQUIRE(desk.confirm(desk.draft(), 1).status == 303);
  auto& database = desk.daemon->owners().database();
  REQUIRE(database.transact([&] {
    store::ReleasesTable table(database);
    auto item = table.items(suppression::ReleaseId{1}).at(0);
    item.progress.state = suppression::ItemState::waiting;
    item.progress.problem = suppression::Problem::noAnswer;
    item.progress.failures = 3;
    item.progress.begun = desk.clock.now() - 10min;
    item.progress.due = desk.clock.now() + 24h;
    table.put(item);
  }));
  CHECK_THAT(desk.page("/releases/1").body, Catch::Contains("SendGridが応答しません(今日 ") &&
                                                Catch::Contains("1件は頼み直しています。") &&
                                                Catch::Contains("何も失われません。"));
}
