// Errors as people read them on the page and in the answers to commands.
#include "notify/job_words.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::notify;

namespace {

std::string japanese(const Error& error) { return errorWords(Catalogue::of(Language::japanese), error); }
std::string english(const Error& error) { return errorWords(Catalogue::of(Language::english), error); }

}  // namespace

TEST_CASE("an error that is a phrase is said in both languages, whose side it is in front") {
  const auto error = Error::of(Error::Kind::unreachable,
                               phrase("{}: {}", "127.0.0.1:9",
                                      phrase("no connection{} ({}): is a firewall in the way, or a proxy "
                                             "(http.proxy) needed?",
                                             Phrase(), phrase("Connection refused"))),
                               Party::network);
  CHECK(japanese(error) ==
        "ネットワーク: 127.0.0.1:9: 接続できません(接続を拒否された)。ファイアウォールに止められているか、"
        "プロキシ(http.proxy)が要るのではありませんか");
  CHECK(english(error).find(": 127.0.0.1:9: no connection (Connection refused)") != std::string::npos);
}

TEST_CASE("what nobody has put into words is quoted beside what kind of error it is") {
  const Error error{Error::Kind::diskFull, "database or disk is full", Party::storage};
  CHECK(japanese(error) ==
        "このサーバーの保存先: arrivald側のディスクの空きがない(database or disk is full)");
  CHECK(english(error).find("disk is full (database or disk is full)") != std::string::npos);
}

TEST_CASE("a disk that is full is told in the language of the reader alone") {
  const auto error =
      Error::of(Error::Kind::diskFull,
                phrase("{}; arrivald goes on, and writes again once it can",
                       phrase("the disk is full: free space on the file system of {}", "/s.db")),
                Party::storage);
  CHECK(japanese(error) ==
        "このサーバーの保存先: ディスクの空きがありません。/s.db "
        "のあるファイルシステムの空きを増やしてください。"
        "arrivaldは動き続け、書けるようになれば書き込みます");
}
