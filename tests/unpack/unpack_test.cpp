// Archives, right and wrong: what comes out, and how reading them ends.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "support/pack.hpp"
#include "unpack/gzip.hpp"
#include "unpack/zip.hpp"

using namespace arrivald;
using namespace arrivald::unpack;
using testing::gzipped;
using testing::ZipMember;
using testing::zipped;

namespace {

// All of one text.
Result<std::string, Failure> textOf(Source& source, std::size_t piece) {
  std::string text;
  std::vector<char> room(piece);
  for (;;) {
    const auto read = source.read(room);
    if (!read) return read.error();
    if (*read == 0) return text;
    text.append(room.data(), *read);
  }
}

std::unique_ptr<Source> gzipOf(const std::string& bytes, Budget& budget) {
  return std::make_unique<GzipSource>(std::make_unique<BytesSource>(bytes), budget);
}

Result<std::string, Failure> memberOf(const std::string& zip, std::size_t n,
                                      std::uint64_t budgetBytes = 1 << 20) {
  Budget budget{budgetBytes};
  auto archive = ZipArchive::open(zip, budget);
  if (!archive) return archive.error();
  auto source = (*archive)->member(n);
  if (!source) return source.error();
  return textOf(**source, 1000);
}

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 10'007) + ' ';
  return text;
}();

}  // namespace

TEST_CASE("gzip comes out as it went in, in pieces of any size") {
  const auto packed = gzipped(kText);
  for (const std::size_t piece : {1U, 7U, 1000U, 1'000'000U}) {
    Budget budget{kText.size()};
    const auto source = gzipOf(packed, budget);
    CHECK(textOf(*source, piece).value() == kText);
    CHECK(budget.left == 0);
    CHECK_FALSE(source->next());
    CHECK_FALSE(source->hasRest());
  }
}

TEST_CASE("each member of a gzip is a text, and what follows the last is told") {
  const auto packed = gzipped("one") + gzipped("") + gzipped("three") + "\r\n";
  Budget budget{100};
  const auto source = gzipOf(packed, budget);
  CHECK(textOf(*source, 100).value() == "one");
  CHECK(source->next());
  CHECK(textOf(*source, 100).value().empty());
  CHECK(source->next());
  CHECK(textOf(*source, 100).value() == "three");
  CHECK_FALSE(source->next());
  CHECK(source->hasRest());
}

TEST_CASE("gzip in gzip is unpacked twice, and both count") {
  const auto packed = gzipped(gzipped(kText));
  Budget budget{1 << 20};
  GzipSource source(gzipOf(packed, budget), budget);
  CHECK(textOf(source, 1000).value() == kText);
  CHECK(budget.left < (1 << 20) - kText.size());
}

TEST_CASE("a gzip that is cut off anywhere is truncated, and one whose bytes are wrong is damaged") {
  const auto packed = gzipped(kText.substr(0, 500));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    Budget budget{1 << 20};
    const auto cut = packed.substr(0, size);
    const auto source = gzipOf(cut, budget);
    CHECK(textOf(*source, 64).error() == Failure::truncated);
  }
  for (const std::size_t at : {std::size_t{3}, packed.size() / 2, packed.size() - 6, packed.size() - 1}) {
    auto wrong = packed;
    wrong[at] = static_cast<char>(wrong[at] ^ 0xFF);
    Budget budget{1 << 20};
    const auto source = gzipOf(wrong, budget);
    const auto text = textOf(*source, 64);
    CAPTURE(at);
    REQUIRE_FALSE(text.ok());
    CHECK(text.error() == Failure::damaged);
  }
}

TEST_CASE("no more comes out than the budget allows") {
  const auto packed = gzipped(std::string(1 << 20, ' '));
  Budget budget{100'000};
  const auto source = gzipOf(packed, budget);
  CHECK(textOf(*source, 4096).error() == Failure::tooLarge);
  CHECK(memberOf(zipped({{"a", std::string(1 << 20, ' ')}}), 0, 100'000).error() == Failure::tooLarge);
}

TEST_CASE("the members of a zip come out, packed or stored, whatever they are called") {
  const auto zip = zipped({{"reports/", ""},
                           {"reports/a.xml", kText},
                           {"__MACOSX/reports/._a.xml", "x"},
                           {"reports/._b.xml", "x"},
                           {"", "no name"},
                           {"c", "stored", true}});
  Budget budget{1 << 20};
  const auto archive = ZipArchive::open(zip, budget);
  REQUIRE(archive.ok());
  CHECK((*archive)->memberCount() == 3);
  CHECK(memberOf(zip, 0).value() == kText);
  CHECK(memberOf(zip, 1).value() == "no name");
  CHECK(memberOf(zip, 2).value() == "stored");
  CHECK(memberOf(zip + "\r\n", 1).value() == "no name");
}

TEST_CASE("what is wrong with a zip is told apart") {
  ZipMember member{"a", kText};
  const auto right = zipped({member});
  CHECK(memberOf(right.substr(0, right.size() / 2), 0).error() == Failure::truncated);
  CHECK(memberOf("PK\x03\x04", 0).error() == Failure::truncated);
  member.crcXor = 1;
  CHECK(memberOf(zipped({member}), 0).error() == Failure::damaged);
  member.crcXor = 0;
  member.flags = 1;
  CHECK(memberOf(zipped({member}), 0).error() == Failure::encrypted);
  member.flags = 0;
  member.saidSize = 5;  // a size that is too small does not hide what comes out
  CHECK(memberOf(zipped({member}), 0, 1000).error() == Failure::tooLarge);
  auto damaged = right;
  for (std::size_t i = 40; i < 80; ++i) damaged[i] = '\xFF';
  CHECK_FALSE(memberOf(damaged, 0).ok());
}

TEST_CASE("a zip has at most 64 members, and its directory is not believed") {
  std::vector<ZipMember> members(64, ZipMember{"a", "x"});
  CHECK(memberOf(zipped(members), 63).value() == "x");
  members.push_back({"a", "x"});
  CHECK(memberOf(zipped(members), 0).error() == Failure::tooManyMembers);
  auto lying = zipped({{"a", "x"}});
  const auto end = lying.rfind("PK\x05\x06");
  lying[end + 8] = lying[end + 10] = '\xFF';
  lying[end + 9] = lying[end + 11] = '\xFF';
  CHECK(memberOf(lying, 0).error() == Failure::tooManyMembers);
}
