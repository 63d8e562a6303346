// Files for the manager: every row of the query, in slices, and nothing that Excel would run.
#include "desk/entry_export.hpp"

#include "desk/desk_fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

TEST_CASE_METHOD(DeskFixture, "an export has a row for each entry that the query shows, whichever page") {
  std::vector<suppression::Entry> many;
  for (int i = 0; i < 600; ++i)
    many.push_back({"u" + std::to_string(i) + "@town.example.lg.jp", clock.now() - 1min * i, "552 5.2.2 full",
                    "", "", 0});
  REQUIRE(owners().lists().add("main", List::bounces, many));
  add(List::blocks, "other@gmail.com", "554 refused", 1h);
  const auto all = entries();
  QueryAsked asked;
  asked.list = "bounces";
  asked.after = "1.1.0";
  EntryExport file(all, all.query(asked), Language::japanese);
  std::set<std::string> addresses;
  std::size_t slices = 0;
  for (;;) {
    const auto rows = file.next();
    REQUIRE(rows);
    if (rows->empty()) break;
    ++slices;
    CHECK(rows->size() <= EntryExport::kSlice);
    for (const auto& entry : *rows) {
      const auto row = file.rowOf(entry);
      CHECK(row.size() == file.heading().size());
      addresses.insert(row[0]);
    }
  }
  CHECK(addresses.size() == 600);
  CHECK(file.rows() == 600);
  CHECK(slices == 3);
  CHECK_FALSE(file.isCut());
}

TEST_CASE_METHOD(DeskFixture, "a row says in words what the list says") {
  add(List::bounces, "=taro@docomo.ne.jp", "552 5.2.2 <taro@docomo.ne.jp> \"mailbox\" full\r\nnow", 1h);
  const auto all = entries();
  EntryExport japanese(all, all.query({}), Language::japanese),
      english(all, all.query({}), Language::english);
  CHECK(csvLine(japanese.heading()) ==
        "\"アドレス\",\"一覧\",\"アカウント\",\"登録日時\",\"だれの側\",\"原因\",\"説明\",\"次にすること\","
        "\"解除\","
        "\"止まった送信\",\"ドメイン\",\"宛先グループ\",\"応答文(原文)\",\"一覧から消えた日時\"\r\n");
  const auto line = csvLine(japanese.rowOf((*japanese.next())[0]));
  CHECK(line.starts_with("\"'=taro@docomo.ne.jp\",\"バウンス"));
  CHECK_THAT(line, Catch::Contains("\"相手側\",\"受信箱がいっぱい\"") &&
                       Catch::Contains("\"確認できたら\",\"0\"") &&
                       Catch::Contains("\"\"mailbox\"\" full  now\"") && Catch::EndsWith("\"\"\r\n"));
  CHECK(english.rowOf((*english.next())[0])[8] == "Once confirmed");
}

TEST_CASE_METHOD(DeskFixture, "an empty query makes a file with a heading only") {
  const auto all = entries();
  EntryExport file(all, all.query({}), Language::english);
  CHECK(file.next()->empty());
  CHECK(file.rows() == 0);
}
