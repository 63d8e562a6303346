// What of an event is stored, byte by byte. A test that fails here means that stored events would be read
// wrongly or known duplicates counted anew: keep the bytes, or add a migration.
#include <catch2/catch.hpp>

#include "stream/fingerprint.hpp"
#include "stream/record.hpp"

using namespace arrivald;
using namespace arrivald::stream;

namespace {

std::string hexOf(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

}  // namespace

TEST_CASE("a record is its kind, time and keys, the lengths of its texts, and the texts") {
  Record record;
  record.kind = EventKind::blocked;
  record.at = fromUnixMilliseconds(1'700'000'000'123);
  record.idKey = 0x0102030405060708;
  record.contentKey = 2;
  record.messageKey = 3;
  record.emailKey = 0xFFFFFFFFFFFFFFFF;
  record.messageId = "m1";
  record.email = "a@b.jp";
  record.domain = "b.jp";
  record.reason = "550 no";
  record.status = "5.1.1";
  record.categories = "news";
  record.smtpId = "<s@x>";
  std::string bytes;
  append(bytes, record);
  CHECK(hexOf(bytes) ==
        "04"                // kind
        "7b68e5cf8b010000"  // at
        "0807060504030201"  // idKey
        "0200000000000000"  // contentKey
        "0300000000000000"  // messageKey
        "ffffffffffffffff"  // emailKey
        "0200"
        "0600"
        "0000"
        "0600"
        "0500"
        "0400"
        "0500"  // the domain is that of the address
        "6d31"
        "6140622e6a70"
        "353530206e6f"
        "352e312e31"
        "6e657773"
        "3c7340783e");
  Record read;
  RecordReader reader(bytes);
  REQUIRE(reader.next(read));
  CHECK(read == record);
  CHECK(reader.rest().empty());
}

TEST_CASE("each kind of event keeps its number") {
  const std::pair<EventKind, int> numbers[] = {{EventKind::processed, 0},
                                               {EventKind::deferred, 1},
                                               {EventKind::delivered, 2},
                                               {EventKind::bounce, 3},
                                               {EventKind::blocked, 4},
                                               {EventKind::dropped, 5},
                                               {EventKind::open, 6},
                                               {EventKind::click, 7},
                                               {EventKind::spamReport, 8},
                                               {EventKind::unsubscribe, 9},
                                               {EventKind::groupUnsubscribe, 10},
                                               {EventKind::groupResubscribe, 11},
                                               {EventKind::accountStatusChange, 12},
                                               {EventKind::other, 13}};
  for (const auto& [kind, number] : numbers) CHECK(static_cast<int>(kind) == number);
  CHECK(std::size(numbers) == kEventKinds);
}

TEST_CASE("fingerprints of ids and addresses are the same in every version") {
  CHECK(fingerprintOf({"main", "id", "abc"}) == 0xc50c2675f7a841af);
  CHECK(fingerprintOf({"ab", "c"}) == 0xc5101ba6cf8e0459);
}
