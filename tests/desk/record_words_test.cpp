// The record keeps codes; people read words, in their language.
#include "desk/record_words.hpp"

#include <catch2/catch.hpp>
#include <cctype>

#include "desk/record.hpp"

using namespace arrivald;
using namespace arrivald::desk;

namespace {

std::string said(const char* action, const char* outcome, Language language = Language::japanese) {
  store::RecordRow row;
  row.action = action;
  row.outcome = outcome;
  return outcomeWords(row, language);
}

}  // namespace

TEST_CASE("each outcome that the desk records has words in both languages") {
  struct Case {
    const char *action, *outcome, *japanese, *english;
  };
  const Case cases[] = {
      {"draft", "3 rows", "3件", "3 rows"},
      {"draft", "3 rows, rehearsal", "3件・練習", "3 rows, dry run"},
      {"confirm", "advised", "助言どおりの行", "The rows that follow the advice"},
      {"confirm", "all, rehearsal", "すべての行・練習", "All rows, dry run"},
      {"refuse", "number_wrong, motive_missing", "件数が違います・理由がありません",
       "the number is wrong, the reason is missing"},
      {"refuse", "wishes_kept", "相手の希望による停止は、このデスクでは解除しません。",
       "What the recipient wished is not released here."},
      {"refuse", "ticks: the role does not allow it", "権限がありません(選択)",
       "The role does not allow it (ticks)"},
      {"refuse", "a form without the token of its session", "古い画面から送られたため、何もしていません",
       "Sent from an outdated page, so nothing was done"},
      {"answer", "taken", "受け付けられた", "Accepted"},
      {"settle", "gone", "消えた", "Gone"},
      {"settle", "failed: busy (503)", "失敗: SendGridが混んでいます (503)",
       "Failed: SendGrid is busy (503)"},
      {"settle", "failed: still_listed", "まだ一覧にあります", "Still listed"},
      {"settle", "rehearsed, rehearsal", "練習のみ・練習", "Rehearsed, dry run"},
      {"follow", "bounced_again", "再度不達", "Failed again"},
      {"follow", "unknown", "不明", "Unknown"},
      {"undo", "put back", "一覧に戻した", "Put back on the list"},
      {"download", "12 rows of /export.csv?period=7d", "12件(/export.csv?period=7d)",
       "12 rows (/export.csv?period=7d)"},
      {"download", "api: 12 rows; period=7d", "12件(API、period=7d)", "12 rows (API, period=7d)"},
      {"download", "record: 9 rows", "操作の記録 9件", "9 rows of the record"},
      {"download", "api: record: 9 rows", "操作の記録 9件(API)", "9 rows of the record (API)"},
      {"prune", "40 rows that were too old", "保存期間を過ぎた40件", "40 rows that were too old"},
      {"unlock", "user: ops-1", "利用者: ops-1", "User: ops-1"},
      {"log_in_refused", "the user is not in desk.users", "desk.users にない利用者です",
       "The user is not in desk.users"},
      {"settle", "of a later version", "of a later version", "of a later version"},
      {"look_up", "", "", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.action, one.outcome);
    CHECK(said(one.action, one.outcome) == one.japanese);
    CHECK(said(one.action, one.outcome, Language::english) == one.english);
  }
}

TEST_CASE("who confirmed, why, and the memo follow what came of it") {
  store::RecordRow row;
  row.action = "confirm";
  row.outcome = "advised";
  row.asserted = "ops-1";
  row.motive = "they_told_us";
  row.memo = "1125-07";
  row.address = "taro@example.jp";
  row.list = "bounces";
  row.account = "main";
  CHECK(outcomeWords(row, Language::japanese) ==
        "助言どおりの行、確認した人: ops-1、理由: 相手から連絡があった、メモ: 1125-07");
  CHECK(subjectWords(row, Language::japanese) == "taro@example.jp (バウンス・main)");
  CHECK(subjectWords(row, Language::english) == "taro@example.jp (Bounces, main)");
}

TEST_CASE("every act has words in both languages") {
  for (std::size_t i = 0; i < kActCount; ++i) {
    const std::string code(name(static_cast<Act>(i)));
    CAPTURE(code);
    CHECK(actWords(code, Language::japanese) != code);
    CHECK(actWords(code, Language::english) != code);
  }
  CHECK(adviceWords("safe", Language::japanese) == "解除してよい");
}
