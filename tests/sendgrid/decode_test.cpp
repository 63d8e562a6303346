#include "sendgrid/decode.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "base/utf8.hpp"

using namespace arrivald;
using namespace arrivald::sendgrid;
using delivery::Dimension;
using delivery::kLacking;
using delivery::Metric;

namespace {

Date day(std::string_view text) { return parseDate(text).value(); }

Statistics accountStatistics(std::string_view json) {
  auto answer = decodeStatistics(json, "main", Dimension::account);
  if (!answer.ok()) FAIL(answer.error().text << " in " << json);
  return std::move(answer).value();
}

Failure::Kind refusal(std::string_view json) {
  const auto answer = decodeStatistics(json, "main", Dimension::account);
  if (answer.ok()) FAIL("accepted: " << json.substr(0, 100));
  return answer.error().kind;
}

std::string row(std::string_view metrics, std::string_view date = "2026-11-23") {
  return std::string(R"([{"date":")") + std::string(date) + R"(","stats":[{"metrics":)" +
         std::string(metrics) + "}]}]";
}

std::vector<std::string> names(const Answer<NamePage>& page) {
  REQUIRE(page.ok());
  return page->names;
}

}  // namespace

TEST_CASE("the account's statistics are read as the provider's reference shows them") {
  const auto statistics = accountStatistics(R"([
    {"date":"2015-01-01","stats":[{"metrics":{"blocks":1,"bounce_drops":4,"bounces":5,"clicks":6,"deferred":7,
      "delivered":8,"invalid_emails":9,"opens":10,"processed":11,"requests":12,"spam_report_drops":13,
      "spam_reports":14,"unique_clicks":15,"unique_opens":16,"unsubscribe_drops":17,"unsubscribes":18}}]},
    {"date":"2015-01-02","stats":[{"metrics":{}}]}])");
  REQUIRE(statistics.subjects.size() == 1);
  const auto& totals = statistics.subjects[0];
  CHECK(toText(totals.subject) == "main");
  REQUIRE(totals.days.size() == 2);
  CHECK(totals.days[0].date == day("2015-01-01"));
  const std::vector<std::pair<Metric, int>> expected = {{Metric::blocks, 1},
                                                        {Metric::bounceDrops, 4},
                                                        {Metric::bounces, 5},
                                                        {Metric::clicks, 6},
                                                        {Metric::deferred, 7},
                                                        {Metric::delivered, 8},
                                                        {Metric::invalidEmails, 9},
                                                        {Metric::opens, 10},
                                                        {Metric::processed, 11},
                                                        {Metric::requests, 12},
                                                        {Metric::spamReportDrops, 13},
                                                        {Metric::spamReports, 14},
                                                        {Metric::uniqueClicks, 15},
                                                        {Metric::uniqueOpens, 16},
                                                        {Metric::unsubscribeDrops, 17},
                                                        {Metric::unsubscribes, 18},
                                                        {Metric::drops, 0}};
  for (const auto& [metric, count] : expected) CHECK(totals.days[0].counts[metric] == count);
  for (const auto metric : {Metric::requests, Metric::delivered, Metric::spamReports})
    CHECK(totals.days[1].counts[metric] == kLacking);
  CHECK_FALSE(statistics.malformed.any());
}

TEST_CASE("rows in any order become each name's days in order") {
  const auto answer = decodeStatistics(R"([
    {"date":"2026-11-23","stats":[
      {"type":"mailbox_provider","name":"Yahoo","metrics":{"drops":3}},
      {"type":"mailbox_provider","name":"Gmail","metrics":{"delivered":30}}]},
    {"date":"2026-11-21","stats":[]},
    {"date":"2026-11-22","stats":[{"type":"mailbox_provider","name":"Gmail","metrics":{"delivered":20}}]}])",
                                       "main", Dimension::mailboxProvider);
  REQUIRE(answer.ok());
  REQUIRE(answer->subjects.size() == 2);
  CHECK(toText(answer->subjects[0].subject) == "main/mailbox_provider/Gmail");
  REQUIRE(answer->subjects[0].days.size() == 2);
  CHECK(answer->subjects[0].days[0].date == day("2026-11-22"));
  CHECK(answer->subjects[0].days[1].counts[Metric::delivered] == 30);
  CHECK(answer->subjects[1].days[0].counts[Metric::drops] == 3);
}

TEST_CASE("numbers are read in every spelling; anything else is missing and counted") {
  struct Case {
    const char* value;
    std::int64_t expected;
    std::size_t bad;
  };
  const Case value = GENERATE(values<Case>({
      {"7", 7, 0},
      {"\"7\"", 7, 0},
      {"7.0", 7, 0},
      {"7e2", 700, 0},
      {"9007199254740992", 9007199254740992, 0},
      {"null", kLacking, 0},
      {"-7", kLacking, 1},
      {"7.5", kLacking, 1},
      {"\"seven\"", kLacking, 1},
      {"\"\"", kLacking, 1},
      {"\" 7\"", kLacking, 1},
      {"true", kLacking, 1},
      {"[7]", kLacking, 1},
      {"{}", kLacking, 1},
      {"9007199254740993", kLacking, 1},
      {"18446744073709551615", kLacking, 1},
      {"99999999999999999999999999", kLacking, 1},
      {"1e400", kLacking, 1},
      {"-1e400", kLacking, 1},
      {"NaN", kLacking, 1},
      {"Infinity", kLacking, 1},
      {"-Infinity", kLacking, 1},
  }));
  INFO(value.value);
  const auto statistics =
      accountStatistics(row(std::string(R"({"delivered":)") + value.value + R"(,"requests":5})"));
  REQUIRE(statistics.subjects.size() == 1);
  CHECK(statistics.subjects[0].days[0].counts[Metric::delivered] == value.expected);
  CHECK(statistics.subjects[0].days[0].counts[Metric::requests] == 5);
  CHECK(statistics.malformed.badNumbers == value.bad);
}

TEST_CASE("an answer without days is valid in every spelling") {
  for (const auto* json :
       {"[]", "{}", "null", " [ ] ", "\xEF\xBB\xBF[]", R"([{"date":"2026-11-23","stats":[]}])",
        R"([{"date":"2026-11-23","stats":null}])", R"([{"date":"2026-11-23"}])"})
    CHECK(accountStatistics(json).subjects.empty());
}

TEST_CASE("metrics we do not know are ignored and counted") {
  const auto statistics = accountStatistics(row(R"({"delivered":1,"machine_opens":3,"teleported":"x"})"));
  CHECK(statistics.subjects[0].days[0].counts[Metric::delivered] == 1);
  CHECK(statistics.malformed.unknownMetrics == 2);
}

TEST_CASE("rows that cannot be used are skipped and counted, the others kept") {
  const auto statistics =
      accountStatistics(R"([7, null, {"date":"yesterday","stats":[]}, {"date":20261123,"stats":[]},
    {"date":"2026-11-23","stats":"none"}, {"date":"2026-11-23","stats":[{"metrics":[]}]},
    {"date":"2026-11-23T00:00:00Z","stats":{"metrics":{"delivered":1}}}])");
  REQUIRE(statistics.subjects.size() == 1);
  CHECK(statistics.subjects[0].days[0].date == day("2026-11-23"));
  CHECK(statistics.malformed.badRows == 6);
}

TEST_CASE("a row without a name is ignored") {
  const auto answer = decodeStatistics(R"([{"date":"2026-11-23","stats":[{"metrics":{"delivered":1}},
    {"name":"","metrics":{"delivered":1}}, {"name":2026,"metrics":{"delivered":1}},
    {"name":"news","metrics":{"delivered":1}}]}])",
                                       "main", Dimension::category);
  REQUIRE(answer.ok());
  REQUIRE(answer->subjects.size() == 2);
  CHECK(answer->subjects[0].subject.name == "2026");
  CHECK(answer->malformed.badRows == 2);
}

TEST_CASE("of two numbers for one day the greater counts") {
  const auto statistics =
      accountStatistics(R"([{"date":"2026-11-23","stats":[{"metrics":{"delivered":5,"bounces":1}}]},
    {"date":"2026-11-23","stats":[{"metrics":{"delivered":4,"bounces":2}}]}])");
  REQUIRE(statistics.subjects[0].days.size() == 1);
  CHECK(statistics.subjects[0].days[0].counts[Metric::delivered] == 5);
  CHECK(statistics.subjects[0].days[0].counts[Metric::bounces] == 2);
  CHECK(statistics.malformed.repeated == 1);
}

TEST_CASE("batches are joined by subject and day") {
  auto first = accountStatistics(row(R"({"delivered":5})", "2026-11-22"));
  merge(first, accountStatistics(row(R"({"delivered":7})", "2026-11-21")));
  merge(first, accountStatistics(row(R"({"delivered":6})", "2026-11-22")));
  REQUIRE(first.subjects.size() == 1);
  REQUIRE(first.subjects[0].days.size() == 2);
  CHECK(first.subjects[0].days[0].date == day("2026-11-21"));
  CHECK(first.subjects[0].days[1].counts[Metric::delivered] == 6);
  CHECK(first.malformed.repeated == 1);
}

TEST_CASE("malformed answers are distinguished by their defect") {
  CHECK(refusal("") == Failure::Kind::emptyAnswer);
  CHECK(refusal("  \r\n") == Failure::Kind::emptyAnswer);
  CHECK(refusal("<!DOCTYPE html><title>SendGrid - 502 Bad Gateway</title>") == Failure::Kind::html);
  CHECK(refusal(R"([{"date":"2026-11-23","stats":[{"metr)") == Failure::Kind::malformed);
  CHECK(refusal(R"([{"date":"2026-11-23","stats":[])") == Failure::Kind::malformed);
  CHECK(refusal("upstream connect error") == Failure::Kind::malformed);
  CHECK(refusal("[1,2,3]") == Failure::Kind::malformed);
  CHECK(refusal("42") == Failure::Kind::malformed);
  CHECK(refusal("\"none\"") == Failure::Kind::malformed);
  CHECK(refusal("[] []") == Failure::Kind::malformed);
  CHECK(refusal(std::string(5'000'000, '[') + std::string(5'000'000, ']')) == Failure::Kind::malformed);
  const auto errors = decodeStatistics(R"({"errors":[{"message":"try later"}]})", "main", Dimension::account);
  REQUIRE_FALSE(errors.ok());
  CHECK(errors.error().text == "the answer holds an error: try later");
}

TEST_CASE("more days than were ever asked for are refused") {
  std::string rows;
  for (std::size_t i = 0; i <= kMaxDays; ++i) rows += R"(,{"date":"2026-11-23","stats":[]})";
  CHECK(refusal("[" + rows.substr(1) + "]") == Failure::Kind::malformed);
}

TEST_CASE("a name of any length and of broken UTF-8 is kept, cut and repaired") {
  const auto answer = decodeStatistics(R"([{"date":"2026-11-23","stats":[{"name":"caf)"
                                       "\xE9"
                                       R"( \ud83d )" +
                                           std::string(1'000, 'x') + R"(","metrics":{"delivered":1}}]}])",
                                       "main", Dimension::category);
  REQUIRE(answer.ok());
  const auto& name = answer->subjects[0].subject.name;
  CHECK(name.substr(0, 6) == "caf\xEF\xBF\xBD");
  CHECK(name.size() <= kMaxNameBytes);
  CHECK(name.size() > kMaxNameBytes - 4);
  CHECK(isUtf8(name));
}

TEST_CASE("scopes, categories and subusers are lists of names") {
  CHECK(decodeScopes(R"({"scopes":["stats.read","mail.send","stats.read",7,null]})").value() ==
        std::vector<std::string>{"7", "mail.send", "stats.read"});
  CHECK(decodeScopes("{}").error().kind == Failure::Kind::malformed);
  CHECK(names(decodeCategories(R"([{"category":"news"},{"category":"password-reset"}])")) ==
        std::vector<std::string>{"news", "password-reset"});
  CHECK(names(decodeSubusers(R"([{"disabled":false,"id":1,"username":"city","email":"x@example.jp"}])")) ==
        std::vector<std::string>{"city"});
  CHECK(names(decodeSubusers("[]")).empty());
  CHECK(names(decodeSubusers("null")).empty());
  const auto page = decodeCategories(R"([{"category":"news"},{},{"category":""}])");
  CHECK(page->rows == 3);
  CHECK(page->names.size() == 1);
  CHECK(decodeCategories(R"([{"name":"news"}])").error().kind == Failure::Kind::malformed);
  CHECK(decodeCategories("7").error().kind == Failure::Kind::malformed);
}

TEST_CASE("a webhook's settings hold no secret of its address") {
  const auto webhooks = decodeEventWebhooks(R"({"max_allowed":5,"webhooks":[
    {"id":"77","enabled":true,"url":"https://user:pass@hooks.example.jp/in/@x?token=abc#d","delivered":true,
     "bounce":true,"open":false,"group_unsubscribe":true,"friendly_name":"x"},{}]})");
  REQUIRE(webhooks.ok());
  REQUIRE(webhooks->size() == 1);
  CHECK(
      webhooks->at(0) ==
      EventWebhookSettings{
          "77", "https://hooks.example.jp/in/@x", true, {"bounce", "delivered", "group_unsubscribe"}, true});
  const auto client = decodeEventWebhooks(R"([{"id":"1","url":"https://a.example/x","oauth_client_id":"us",
    "oauth_token_url":"https://a.example/x/token?k=1"}])");
  CHECK_FALSE(client->at(0).hasPassword);
  CHECK(client->at(0).oauthClientId == "us");
  CHECK(client->at(0).oauthTokenUrl == "https://a.example/x/token");
  CHECK(decodeEventWebhooks(R"({"webhooks":[{}]})")->empty());
  CHECK(decodeEventWebhooks("{}").error().kind == Failure::Kind::malformed);
}

TEST_CASE("every known spelling of an error is read, bounded and masked") {
  CHECK(decodeErrors(R"({"errors":[{"field":null,"message":"authorization required"}]})") ==
        "authorization required");
  CHECK(decodeErrors(R"({"errors":[{"field":"null","message":"access forbidden","help":null}],"id":"x"})") ==
        "access forbidden");
  CHECK(decodeErrors(R"({"errors":[{"field":"start_date","message":"is required"},{"message":"also"}]})") ==
        "start_date: is required; also");
  CHECK(decodeErrors(R"({"errors":[{"message":"bad","parameter":"limit","error_id":"q"}]})") == "limit: bad");
  CHECK(decodeErrors(R"({"error":"internal server error"})") == "internal server error");
  CHECK(decodeErrors(R"({"error":{"message":"m"}})") == "m");
  CHECK(decodeErrors(R"({"errors":["one","two"]})") == "one; two");
  CHECK(decodeErrors(R"({"message":"no"})") == "no");
  CHECK(decodeErrors(R"({"errors":[{"message":"no mail for taro@example.jp\n\u001b[31m"}]})") ==
        "no mail for …@example.jp [31m");
  CHECK(decodeErrors(R"({"errors":[{"message":")" + std::string(10'000, 'x') + "\"}]}").size() <= 300);
  for (const auto* none :
       {"", "<html>", "[]", "{}", "null", R"({"errors":7})", R"({"errors":[{"message":7.5}]})"})
    CHECK(decodeErrors(none).empty());
}

namespace {

struct ReadList {
  Answer<Nothing> answer;
  ListPage page;
};
ReadList readList(std::string json) {
  ListReader reader;
  ListPage page;
  auto answer = reader.read(json, page);
  return {std::move(answer), std::move(page)};
}

}  // namespace

TEST_CASE("entries of every list are read with the fields they have") {
  const auto read = readList(R"([
    {"created":1443651125,"email":"a@example.jp","reason":"550 5.1.1 no such user","status":"5.1.1"},
    {"created":1443651126,"email":"b@example.jp","ip":"192.0.2.7"},
    {"email":"c@example.jp","created":1443651127}])");
  REQUIRE(read.answer.ok());
  CHECK(read.page.rows == 3);
  CHECK_FALSE(read.page.malformed.any());
  CHECK(read.page.entries ==
        std::vector<suppression::Entry>{
            {"a@example.jp", fromUnixSeconds(1443651125), "550 5.1.1 no such user", "5.1.1", ""},
            {"b@example.jp", fromUnixSeconds(1443651126), "", "", "192.0.2.7"},
            {"c@example.jp", fromUnixSeconds(1443651127), "", "", ""}});
}

TEST_CASE("malformed fields of an entry affect neither it nor others") {
  const auto read =
      readList(R"([{"created":"1443651125","email":"a@x"},{"created":1443651125.9,"email":"b@x"},
    {"created":-1,"email":"c@x"},{"created":99999999999999999999,"email":"d@x"},{"created":null,"email":"e@x"},
    {"created":9223372036854775807,"email":"f@x","reason":null,"status":550,"more":{"deep":[1]}},
    {"created":1,"reason":"nobody"},{"created":1,"email":7.5},[],null,"g@x",{"email":"h@x","reason":["r"]}])");
  REQUIRE(read.answer.ok());
  const auto& entries = read.page.entries;
  REQUIRE(entries.size() == 7);
  CHECK(entries[0].created == fromUnixSeconds(1443651125));
  CHECK(entries[1].created == fromUnixSeconds(1443651125));
  for (const auto i : std::initializer_list<std::size_t>{2u, 3u, 4u, 5u})
    CHECK(entries[i].created == Instant{});
  CHECK(entries[5].status == "550");
  CHECK(entries[6].email == "h@x");
  CHECK(read.page.rows == 12);
  CHECK(read.page.malformed.badRows == 5);
  CHECK(read.page.malformed.badNumbers == 6);
}

TEST_CASE("replies in broken UTF-8 and with lone surrogates are kept, repaired") {
  const auto read = readList(R"([{"email":"a@x","created":1,"reason":"550 bo)"
                             "\xEE"
                             R"(te \ud83d pleine \ude00"},
    {"email":"b@x","created":2,"reason":"\ud83d\ude00 \\ud83d"}])");
  REQUIRE(read.answer.ok());
  REQUIRE(read.page.entries.size() == 2);
  CHECK(read.page.entries[0].reason == "550 bo\xEF\xBF\xBDte \xEF\xBF\xBD pleine \xEF\xBF\xBD");
  CHECK(read.page.entries[1].reason == "😀 \\ud83d");
}

TEST_CASE("long replies are cut between characters and endless addresses refused") {
  std::string reason = "x";
  for (int i = 0; i < 1'000; ++i) reason += "到";
  const auto read = readList(R"([{"email":"a@x","reason":")" + reason + R"("},{"email":")" +
                             std::string(501, 'y') + R"("},{"email":")" + std::string(500, 'z') + R"("}])");
  REQUIRE(read.answer.ok());
  REQUIRE(read.page.entries.size() == 2);
  CHECK(read.page.entries[0].reason.size() == 1'000);
  CHECK(isUtf8(read.page.entries[0].reason));
  CHECK(read.page.entries[1].email.size() == 500);
}

TEST_CASE("malformed list pages are distinguished by their defect") {
  for (const auto* empty : {"[]", "{}", "null"}) {
    const auto read = readList(empty);
    CHECK(read.answer.ok());
    CHECK(read.page.rows == 0);
  }
  const auto kind = [](std::string json) { return readList(std::move(json)).answer.error().kind; };
  CHECK(kind("") == Failure::Kind::emptyAnswer);
  CHECK(kind("<html>") == Failure::Kind::html);
  CHECK(kind(R"([{"email":"a@x"},{"email)") == Failure::Kind::malformed);
  CHECK(kind(R"([{"email":"a@x"},)") == Failure::Kind::malformed);
  CHECK(kind(R"({"errors":[{"message":"m"}]})") == Failure::Kind::malformed);
  CHECK(kind("[1,2]") == Failure::Kind::malformed);
  CHECK(kind(R"([{"email":"a@x"} {"email":"b@x"}])") == Failure::Kind::malformed);
  CHECK(kind("7") == Failure::Kind::malformed);
  CHECK(kind(std::string(100'000, '[')) == Failure::Kind::malformed);
}

TEST_CASE("a reader that is used again forgets the page before") {
  ListReader reader;
  ListPage page;
  std::string first = R"([{"email":"a@x","reason":"r","status":"s","ip":"i","created":1},{"email":"b@x"},7])";
  REQUIRE(reader.read(first, page).ok());
  CHECK(page.entries.size() == 2);
  std::string second = R"([{"email":"c@x"}])";
  REQUIRE(reader.read(second, page).ok());
  CHECK(page.entries == std::vector<suppression::Entry>{{"c@x", {}, "", "", ""}});
  CHECK(page.rows == 1);
  CHECK_FALSE(page.malformed.any());
  std::string third = "<html>";
  CHECK_FALSE(reader.read(third, page).ok());
  CHECK(page.entries.empty());
}

TEST_CASE("damaged documents are read or refused, and never crash") {
  const std::vector<std::string> sound = {
      row(R"({"delivered":1,"requests":"2","opens":3.5,"x":[{"y":null}]})"),
      R"([{"created":1443651125,"email":"a@example.jp","reason":"550 \ud83d\ude00 \"x\"","status":"5.1.1"},
          {"created":"7","email":"到達@example.jp","ip":"192.0.2.7"}])",
      R"({"webhooks":[{"id":"77","enabled":true,"url":"https://u:p@hooks.example.jp/?t#f","bounce":true}]})",
      R"({"errors":[{"field":"start_date","message":"is required"}],"scopes":["stats.read"]})"};
  const std::string spice = "[]{}\",:\\u0-eE.9ntf \xFF\xED\xA0";
  std::mt19937 random(20261123);
  ListReader reader;
  ListPage page;
  std::size_t read = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string json = sound[random() % sound.size()];
    for (auto changes = random() % 4; changes > 0 && !json.empty(); --changes) {
      const auto at = random() % json.size();
      switch (random() % 4) {
        case 0:
          json[at] = spice[random() % spice.size()];
          break;
        case 1:
          json.insert(at, 1, spice[random() % spice.size()]);
          break;
        case 2:
          json.erase(at, random() % 20);
          break;
        default:
          json.resize(at);
      }
    }
    const auto statistics = decodeStatistics(json, "main", Dimension::category);
    if (statistics.ok())
      for (const auto& totals : statistics->subjects) {
        REQUIRE(isUtf8(totals.subject.name));
        for (const auto& each : totals.days)
          for (const auto metric : delivery::allMetrics()) REQUIRE(each.counts[metric] >= 0);
      }
    static_cast<void>(decodeScopes(json));
    static_cast<void>(decodeCategories(json));
    static_cast<void>(decodeEventWebhooks(json));
    REQUIRE(decodeErrors(json).size() <= 400);
    read += reader.read(json, page).ok() ? 1U : 0U;
    for (const auto& entry : page.entries) {
      REQUIRE_FALSE(entry.email.empty());
      REQUIRE(isUtf8(entry.reason));
    }
  }
  CHECK(read > 200);
}

TEST_CASE("credits and standing are read as far as they are numbers") {
  CHECK(decodeCredits(R"({"remain":0,"total":100000,"overage":0,"used":100000,"last_reset":"2026-11-01",)"
                      R"("next_reset":"2026-12-01","reset_frequency":"monthly"})")
            .value() == Credits{0, 100'000, 0, parseDate("2026-12-01").value()});
  CHECK(decodeCredits(R"({"remain":null,"total":-1,"next_reset":"soon"})").value() == Credits{});
  for (const auto* below : {"-3", "-3.0", "\"-3\""})
    CHECK(decodeCredits(std::string(R"({"remain":)") + below + "}")->remain == -3);
  for (const auto* odd : {"-1e300", "\"-\"", "\"--3\"", "\"few\"", "[]"})
    CHECK_FALSE(decodeCredits(std::string(R"({"remain":)") + odd + "}")->remain);
  CHECK_FALSE(decodeCredits("[]").ok());
  // What is left out is what was not used.
  CHECK(decodeCredits(R"({"remain":0,"total":0,"used":0})")->remain == 0);
  // A plan that is not counted in credits.
  CHECK_FALSE(decodeCredits(R"({"remain":0,"total":0,"used":0,"reset_frequency":"unlimited"})")->remain);
  CHECK(decodeCredits(R"({"remain":null,"total":100000,"used":100000})")->remain == 0);
  CHECK(decodeCredits(R"({"total":100000,"used":99000})")->remain == 1000);
  CHECK(decodeStanding(R"({"type":"free","reputation":97.5})").value() == Standing{"free", 97.5});
  CHECK(decodeStanding(R"({"reputation":1000})").value() == Standing{});
  CHECK_FALSE(decodeStanding("null").ok());
}

TEST_CASE("a category with a line break is one line") {
  const auto answer = decodeStatistics(
      R"([{"date":"2026-11-25","stats":[{"type":"category","name":"notice \"x\"\nline","metrics":{"requests":100}}]}])",
      "main", Dimension::category);
  REQUIRE(answer.ok());
  CHECK(answer->subjects[0].subject.name == "notice \"x\" line");
}

// A daemon that takes this for a success is blind and content.
TEST_CASE("a name that is an address keeps its domain only, and addresses of one domain are one name") {
  for (const auto* name :
       {"taro@example.jp", "taro%40example.jp", "taro\uFF20example.jp", "taro(at)example.jp"})
    CHECK_THAT(subjectName(name), Catch::EndsWith("example.jp") && !Catch::Contains("taro"));
  CHECK(subjectName("receipt for taro@example.jp") == "receipt for …@example.jp");
  CHECK(subjectName("rokuro@[192.0.2.7]") == "…@[192.0.2.7]");
  CHECK(subjectName("to hachi@example") == "to …@example");
  CHECK(subjectName("a@b@c") == "…@…@c");
  // Nor is a key that somebody has put there shown.
  CHECK(subjectName("SG." + std::string(22, 'x') + "." + std::string(43, 'y')) == "SG.…");
  for (const auto* name : {"news@v2", "50% off", "a(b)", "[jp] news v1.2", "example.jp", "R&D 2.0"})
    CHECK(subjectName(name) == name);
  std::string rows;
  for (const auto& [name, requests] : {std::pair("a@b.jp", "3"), {"c@b.jp", "4"}, {"c@b.jp", "5"}})
    rows += std::string(rows.empty() ? "" : ",") + R"({"type":"category","name":")" + name +
            R"(","metrics":{"requests":)" + requests + R"(,"delivered":1}})";
  const auto read = decodeStatistics(R"([{"date":"2026-11-23","stats":[)" + rows + "]}]", "main",
                                     delivery::Dimension::category);
  REQUIRE(read);
  REQUIRE(read->subjects.size() == 1);
  CHECK(read->subjects[0].subject.name == "…@b.jp");
  CHECK(read->subjects[0].days[0].counts[delivery::Metric::requests] == 7);
}

TEST_CASE("statistics of which no count can be read are malformed, not zero") {
  const auto refused = [](const std::string& metrics) {
    const auto read = decodeStatistics(R"([{"date":"2026-11-23","stats":[{"metrics":)" + metrics + "}]}]",
                                       "main", delivery::Dimension::account);
    return !read.ok() && read.error().kind == Failure::Kind::malformed;
  };
  CHECK(refused(R"({"requests":"many","delivered":"most"})"));
  CHECK(refused(R"({"requests":-5,"delivered":-5})"));
  CHECK_FALSE(refused(R"({"requests":5,"delivered":-5})"));
  CHECK_FALSE(refused(R"({"requests":null})"));
  CHECK_FALSE(refused("{}"));
}
