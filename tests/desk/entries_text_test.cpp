// What `arrivald desk list` and `arrivald desk explain` print.
#include "desk/entries_text.hpp"

#include "desk/desk_fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : DeskFixture {
  std::string list(const QueryAsked& asked, Language language = Language::english) {
    const auto all = entries();
    const auto query = all.query(asked);
    return listText(query, *all.page(query), *all.counts(query), unreadLists(owners(), config), all.zone(),
                    language);
  }
  std::string explain(const std::string& address, Language language = Language::english) {
    const auto all = entries();
    return explainText(*Addresses(owners(), all, &history).answer(address, config, language), all.zone(),
                       language);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the list says for each entry why, what to do and whether to release it") {
  readLists();
  add(List::bounces, "taro@gmail.com", "552 5.2.2 mailbox full", 1h);
  CHECK(list({}) ==
        "From 2026-11-04 to 2026-11-10 (UTC): 1 entries\n"
        "  Theirs: 1\n"
        "2026-11-10 02:00  taro@gmail.com  (Bounces, main)\n"
        "  Theirs · mailbox full: The address works. Mail arrives once there is room.\n"
        "  Next step: Ask them to make room.\n"
        "  Release: Once confirmed\n");
}

TEST_CASE_METHOD(Fixture,
                 "while an incident explains an entry, its release waits, whatever was accepted since") {
  readLists();
  add(List::bounces, "taro@docomo.ne.jp", "451 4.4.1 connection timed out", 1h);
  const auto id = page({}).rows.at(0).id;
  REQUIRE(owners().database().transact(
      [&] { store::EntriesTable(owners().database()).addAccepted("docomo.ne.jp", 3, clock.now()); }));
  REQUIRE(entries().find(std::array{id})->at(0).advice == suppression::Advice::safe);
  auto followed = owners().incidents().followed();
  auto& incident = followed.incidents.emplace_back();
  incident.number = followed.lastNumber = 12;
  incident.account = "main";
  incident.root.receivers = {"docomo"};
  incident.began = incident.openedAt = clock.now() - 90min;
  incident.notified.emplace();
  REQUIRE(owners().alerts().put({}, followed, {}));
  CHECK_THAT(list({}),
             Catch::Contains("Next step: Mail to docomo is failing at present (incident 12). Release "
                             "it only once that is over. Then: ") &&
                 Catch::Contains("Release: Once confirmed"));
  CHECK_THAT(explain("taro@docomo.ne.jp", Language::japanese), Catch::Contains("(事案12)"));
}

TEST_CASE_METHOD(Fixture, "what was mended or not understood of the question stands above the list") {
  readLists();
  QueryAsked asked;
  asked.from = "2026-11-09";
  asked.to = "2026-11-01";
  asked.side = "left";
  const auto text = list(asked, Language::japanese);
  CHECK_THAT(text, Catch::StartsWith("「いつまで」が「いつから」より前です。入れ替えて表示しました。\n") &&
                       Catch::Contains("意味の分からない指定です: side") &&
                       Catch::Contains("この期間に、届いていないアドレスはありません。"));
}

TEST_CASE_METHOD(Fixture, "an answer names every list, and takes no control of the terminal") {
  add(List::bounces, "taro@gmail.com", "550 5.1.1 \x1b[31mno such user\r\nx", 1h);
  readLists();
  const auto text = explain("taro@gmail.com");
  CHECK_THAT(text, Catch::StartsWith("taro@gmail.com\nMail to this address is stopped.\n") &&
                       Catch::Contains("Do not release") && Catch::Contains("main Blocks: None") &&
                       Catch::Contains("Mail cannot be sent to this address."));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find("[cli.") == std::string::npos);
  CHECK_THAT(explain("jiro@gmial.com"), Catch::Contains("There is no record of this address") &&
                                            Catch::Contains("typing error for “gmail.com”"));
}

TEST_CASE_METHOD(Fixture, "programs read the same as JSON") {
  add(List::bounces, "taro@gmail.com", "552 5.2.2 mailbox full", 1h);
  const auto all = entries();
  const auto query = all.query({});
  const auto read = nlohmann::json::parse(
      listJson(query, *all.page(query), unreadLists(owners(), config), all.zone(), Language::english));
  REQUIRE(read["rows"].size() == 1);
  CHECK(read["rows"][0]["cause"] == "mailbox_full");
  CHECK(read["rows"][0]["advice"] == "once_confirmed");
  const auto answer = Addresses(owners(), all, &history).answer("taro@gmail.com", config, Language::english);
  CHECK(nlohmann::json::parse(explainJson(*answer, all.zone(), Language::english))["state"] == "stopped");
  CHECK(read["unread"].size() == suppression::kLists.size());
}

TEST_CASE_METHOD(Fixture, "a list that could not be read is named with since when, why and what to do") {
  readLists();
  clock.advance(1h);
  owners().lists().readFailed(
      "main", List::bounces, {{Error::Kind::forbidden, "GET /v3/suppression/bounces: 403", Party::provider}});
  const auto text = list({});
  CHECK_THAT(text, Catch::StartsWith("Some lists have not been read.") &&
                       Catch::Contains("main: Bounces: not read since 2026-11-10 03:00 UTC. Cause: ") &&
                       Catch::Contains("403") && Catch::Contains("check the key and its scopes") &&
                       Catch::Contains("Nothing is known of the others."));
  CHECK(text.find("No address failed in this period.") == std::string::npos);
  const auto told = explain("taro@example.jp", Language::japanese);
  CHECK_THAT(told, Catch::Contains("止まっているかどうか、分かりません。") &&
                       Catch::Contains("main バウンス: 不明") && Catch::Contains("main ブロック: なし") &&
                       Catch::Contains("mainのバウンスは、2026-11-10 03:00 UTCから読めていません。"));
}
