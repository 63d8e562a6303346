// /api/v1 of the desk as a program meets it. Every answer is checked against the document that is served.
#include <catch2/catch.hpp>
#include <regex>

#include "daemon/fixture.hpp"
#include "daemon/json_schema.hpp"
#include "desk/entries.hpp"
#include "desk/login_throttle.hpp"
#include "desk/password.hpp"
#include "desk/record.hpp"
#include "pages/texts.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using nlohmann::json;
using suppression::List;

namespace {

const std::string kOperator = "0123456789abcdef0123456789abcdef-operator";
const std::string kViewer = "0123456789abcdef0123456789abcdef-viewer";
const std::string kAdmin = "0123456789abcdef0123456789abcdef-admin";

const std::string& passwordHash() {
  static const auto hash =
      desk::hashPassword(Secret("correct horse battery"), std::string(desk::kSaltBytes, 's'));
  return hash;
}

struct Fixture : DaemonFixture {
  std::string cookie;

  Fixture() {
    secrets["OPERATOR"] = kOperator;
    secrets["VIEWER"] = kViewer;
    secrets["ADMIN"] = kAdmin;
    secrets["DELETE"] = "SG.delete";
    const auto user = [](const char* name, const char* role) {
      return std::string("    - {name: ") + name + ", role: " + role + ", password: \"" + passwordHash() +
             "\"}\n";
    };
    yaml =
        streaming("", ports("0", "0") +
                          "desk:\n  listen: {port: 0}\n  url: https://desk.example.co.jp\n"
                          "  delete_key: {environment: DELETE}\n  users:\n" +
                          user("ops-1", "operator") + user("viewer-1", "viewer") + user("admin-1", "admin") +
                          "  tokens:\n    - {user: ops-1, token: {environment: OPERATOR}}\n"
                          "    - {user: viewer-1, token: {environment: VIEWER}}\n"
                          "    - {user: admin-1, token: {environment: ADMIN}}\n");
    yaml = "language: en\ntime_zone: Asia/Tokyo\n" + yaml;
    REQUIRE(start());
    put(List::bounces, "taro@docomo.ne.jp", "552 5.2.2 mailbox full");
    put(List::blocks, "hana@gmail.com", "550 5.7.1 Service unavailable; Client host blocked using Spamhaus");
    put(List::unsubscribes, "jiro@au.com", "");
  }
  void put(List list, const std::string& email, const std::string& reason) {
    std::vector<suppression::Entry> page{{email, clock.now() - 1h, reason, "", ""}};
    REQUIRE(daemon->owners().lists().add("main", list, page));
  }

  http::Response ask(const std::string& method, const std::string& path, const std::string& token,
                     const std::string& body = "", http::Headers more = {}) {
    http::Request request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(daemon->deskPort()) + path;
    request.headers = std::move(more);
    if (!request.headers.find("Host"))
      request.headers.add("Host", "127.0.0.1:" + std::to_string(daemon->deskPort()));
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    if (method == "POST" && !request.headers.find("Content-Type"))
      request.headers.add("Content-Type", "application/json");
    request.body = body;
    return send(std::move(request));
  }
  /// The same, and that the answer is as the document says. `path`: as the document writes it.
  json checked(const std::string& method, const std::string& path, const std::string& token, unsigned status,
               const std::string& body = "", const std::string& asked = "") {
    const auto response = ask(method, "/api/v1" + (asked.empty() ? path : asked), token, body);
    INFO(method << " " << path << " " << asked << ": " << response.status << " " << response.body);
    REQUIRE(response.status == status);
    const JsonSchema schema(document());
    auto key = method;
    std::ranges::transform(key, key.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    const auto& operation = schema.document().at("paths").at(path).at(key);
    REQUIRE(operation.at("responses").contains(std::to_string(status)));
    const auto& described =
        operation["responses"][std::to_string(status)]["content"]["application/json"]["schema"];
    auto answer = json::parse(response.body);
    CHECK(schema.problems(described, answer) == std::vector<std::string>{});
    return answer;
  }
  json document() {
    if (document_.is_null()) document_ = json::parse(ask("GET", "/api/v1/openapi.json", "").body);
    return document_;
  }
  std::string entryId(const std::string& address) {
    const auto list = json::parse(ask("GET", "/api/v1/entries", kAdmin).body);
    for (const auto& row : list["entries"])
      if (row["address"] == address) return row["id"];
    return "";
  }
  std::string recorded() {
    const auto answer = json::parse(ask("GET", "/api/v1/record?max=200", kAdmin).body);
    return answer.dump();
  }
  std::string code(const http::Response& response) {
    const auto answer = json::parse(response.body);
    CHECK_FALSE(answer["error"]["remedy"].get<std::string>().empty());
    return answer["error"]["code"];
  }

 private:
  json document_;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the document describes every path, and needs no log-in") {
  const auto document = this->document();
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["paths"].size() == 7);
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items()) {
      CAPTURE(path, method);
      CHECK(std::ranges::any_of(operation["parameters"],
                                [](const json& one) { return one["name"] == "lang"; }));
    }
  CHECK(ask("GET", "/api/openapi.json", "").status == 200);
}

TEST_CASE_METHOD(Fixture, "entries come as the page shows them, and their number stands in the record") {
  const auto all = checked("GET", "/entries", kViewer, 200);
  CHECK(all["total"] == 3);
  CHECK(all["entries"].size() == 3);
  CHECK(all["sides"]["ours"] == 1);
  const auto ours = checked("GET", "/entries", kViewer, 200, "", "/entries?side=ours&cause=sender_blocked");
  REQUIRE(ours["entries"].size() == 1);
  CHECK(ours["entries"][0]["address"] == "hana@gmail.com");
  CHECK(recorded().find("api: 3 rows") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "pages follow one another by a cursor, and repeat nothing") {
  std::set<std::string> seen;
  std::string after;
  for (int i = 0; i < 3; ++i) {
    const auto page = checked("GET", "/entries", kViewer, 200, "", "/entries?max=1&after=" + after);
    REQUIRE(page["entries"].size() == 1);
    seen.insert(page["entries"][0]["address"].get<std::string>());
    after = page["next"].get<std::string>();
  }
  CHECK(seen.size() == 3);
  CHECK(after.empty());
}

TEST_CASE_METHOD(Fixture, "a filter that means nothing is an error, since it would narrow nothing") {
  for (const std::string query :
       {"side=mine", "list=bouncy", "cause=full", "max=0", "max=201", "max=many", "period=abc", "gone=maybe",
        "sort=size", "after=-3", "page=-3", "from=soon", "to=soon&from=2026-11-01", "lang=fr", "seen=x"}) {
    const auto answer = checked("GET", "/entries", kViewer, 400, "", "/entries?" + query);
    CHECK(answer["error"]["code"] == "bad_parameter");
    const auto name = query.substr(0, query.find('='));
    CHECK(answer["error"]["message"] == "The parameter " + name + " has a value that means nothing.");
  }
  for (const auto* path : {"/groups", "/releases", "/record"})
    for (const auto* query : {"page=-3", "befor=1"})
      checked("GET", path, kViewer, 400, "", std::string(path) + "?" + query);
  checked("GET", "/groups/{group}", kViewer, 400, "", "/groups/docomo?from=soon");
}

TEST_CASE_METHOD(Fixture, "a program may ask in a language, as a browser does") {
  const auto japanese = checked("GET", "/entries", kViewer, 400, "", "/entries?side=mine&lang=ja");
  CHECK(japanese["error"]["message"].get<std::string>().starts_with("パラメーター side"));
  checked("GET", "/entries", kViewer, 200, "", "/entries?lang=ja");
}

TEST_CASE_METHOD(Fixture, "an address is asked about in the body, and stands in the record masked") {
  const auto answer = checked("POST", "/addresses", kViewer, 200, R"({"address": "taro@docomo.ne.jp"})");
  CHECK(answer["state"] == "stopped");
  CHECK(answer["lists"].size() == std::size(suppression::kLists));
  // The lists of the account are not read: nobody knows whether one of them holds it.
  const auto unknown =
      checked("POST", "/addresses", kViewer, 200, R"({"address": "nobody@nowhere.example"})");
  CHECK(unknown["state"] == "unknown");
  REQUIRE(unknown["unread"].size() == std::size(suppression::kLists));
  CHECK(unknown["unread"][0]["why"] == "not_watched");
  CHECK(unknown["lists"][0]["listed"].is_null());
  const auto rows = recorded();
  CHECK(rows.find("taro@") == std::string::npos);
  CHECK(rows.find("look_up") != std::string::npos);
  for (const auto* body : {"", "{", "[]", "{}", R"({"address": 17})", R"({"address": ""})"})
    CHECK(checked("POST", "/addresses", kViewer, 400, body)["error"]["code"] == "bad_body");
}

TEST_CASE_METHOD(Fixture, "groups and one group are answered as on their pages") {
  const auto all = checked("GET", "/groups", kViewer, 200);
  CHECK(all["groups"].size() == 3);
  const auto one = checked("GET", "/groups/{group}", kViewer, 200, "", "/groups/docomo");
  CHECK(one["entries"] == 1);
  CHECK(one["causes"][0]["cause"] == "mailbox_full");
  CHECK(checked("GET", "/groups/{group}", kViewer, 200, "", "/groups/nobody")["entries"] == 0);
}

TEST_CASE_METHOD(Fixture, "a program prepares a release, which only a person decides") {
  const auto body = json{{"entries", {entryId("taro@docomo.ne.jp")}}}.dump();
  const auto draft = checked("POST", "/releases", kOperator, 201, body);
  CHECK(draft["request_state"] == "draft");
  CHECK(draft["rehearsal"] == false);
  const auto path = "/releases/" + std::to_string(draft["id"].get<std::int64_t>());
  CHECK(checked("GET", "/releases/{id}", kOperator, 200, "", path)["request_state"] == "draft");
  CHECK(checked("GET", "/releases", kOperator, 200)["items"].empty());
}

TEST_CASE_METHOD(Fixture, "a rehearsal is decided at once, and reads each entry again") {
  const auto body = json{{"entries", {entryId("taro@docomo.ne.jp")}}, {"dry_run", true}}.dump();
  const auto release = checked("POST", "/releases", kOperator, 202, body);
  CHECK(release["rehearsal"] == true);
  CHECK(release["request_state"] != "draft");
  const auto followup = checked("GET", "/releases", kOperator, 200);
  CHECK(followup["next"] == "");
}

TEST_CASE_METHOD(Fixture,
                 "what the role or the desk refuses is refused as on the pages, and changes nothing") {
  const auto body = json{{"entries", {entryId("taro@docomo.ne.jp")}}}.dump();
  CHECK(checked("POST", "/releases", kViewer, 403, body)["error"]["code"] == "denied");
  const auto wish = json{{"entries", {entryId("jiro@au.com")}}}.dump();
  const auto refusal = checked("POST", "/releases", kOperator, 409, wish);
  CHECK(refusal["error"]["code"] == "refused");
  // In the words of the page.
  const auto words = [](Language language) {
    return pages::Texts::of(language).text("refused.nothing_selected");
  };
  const auto message = refusal["error"]["message"].get<std::string>();
  CHECK((message == words(Language::japanese) || message == words(Language::english)));
  CHECK(checked("POST", "/releases", kOperator, 400, R"({"entries": [1]})")["error"]["code"] == "bad_body");
  CHECK(checked("GET", "/releases/{id}", kOperator, 404, "", "/releases/999")["error"]["code"] ==
        "not_found");
  CHECK(checked("GET", "/releases", kOperator, 400, "", "/releases?outcome=lost")["error"]["code"] ==
        "bad_parameter");
}

TEST_CASE_METHOD(Fixture, "the record shows each user their own rows, and an admin all") {
  checked("GET", "/entries", kOperator, 200);
  const auto mine = checked("GET", "/record", kViewer, 200);
  for (const auto& row : mine["rows"]) CHECK(row["user"] == "viewer-1");
  const auto all = checked("GET", "/record", kAdmin, 200, "", "/record?max=1");
  CHECK(all["rows"].size() == 1);
  CHECK_FALSE(all["next"].get<std::string>().empty());
  CHECK(checked("GET", "/record", kAdmin, 400, "", "/record?before=x")["error"]["code"] == "bad_parameter");
}

TEST_CASE_METHOD(Fixture, "without a token or a session nothing is answered, and wrong tokens have to wait") {
  CHECK(checked("GET", "/entries", "", 401)["error"]["code"] == "not_authenticated");
  for (int i = 0; i < desk::LoginThrottle::kFailures; ++i) checked("GET", "/entries", "wrong", 401);
  CHECK(checked("GET", "/entries", kViewer, 429)["error"]["code"] == "too_many");
  clock.advance(16min);
  checked("GET", "/entries", kViewer, 200);
  CHECK(recorded().find("log_in_refused") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a session of the pages serves too, with its token for what changes something") {
  http::Headers own{{"Sec-Fetch-Site", "same-origin"}, {"Content-Type", "application/x-www-form-urlencoded"}};
  const auto in = ask("POST", "/login", "", "user=ops-1&password=correct+horse+battery", own);
  const auto set = in.headers.find("Set-Cookie");
  REQUIRE(set);
  cookie = std::string(set->substr(0, set->find(';')));
  checked("GET", "/entries", "", 200);
  const std::string asked = R"({"address": "taro@docomo.ne.jp"})";
  CHECK(code(ask("POST", "/api/v1/addresses", "", asked)) == "csrf");
  const auto html = ask("GET", "/", "").body;
  std::smatch match;
  REQUIRE(std::regex_search(html, match, std::regex("name=\"csrf\" value=\"([0-9a-f]{64})\"")));
  const std::string token = match[1];
  CHECK(ask("POST", "/api/v1/addresses", "", asked,
            {{"Sec-Fetch-Site", "same-origin"}, {"X-CSRF-Token", token}})
            .status == 200);
  CHECK(
      ask("POST", "/api/v1/addresses", "", asked, {{"Sec-Fetch-Site", "cross-site"}, {"X-CSRF-Token", token}})
          .status == 403);
}

TEST_CASE_METHOD(Fixture, "paths, methods and host names that are not ours say what is") {
  CHECK(code(ask("GET", "/api/v1/everything", kViewer)) == "no_such_path");
  const auto wrong = ask("POST", "/api/v1/entries", kViewer, "{}");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.find("Allow") == std::string_view("GET"));
  CHECK(ask("GET", "/api/v1/entries", kViewer, "", {{"Host", "elsewhere.example"}}).status == 421);
  const auto page = ask("GET", "/api/v1/entries", kViewer);
  CHECK(page.headers.find("Cache-Control") == std::string_view("no-store"));
}
