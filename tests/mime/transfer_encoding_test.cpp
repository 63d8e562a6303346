#include "mime/transfer_encoding.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "support/pack.hpp"

using namespace arrivald;
using namespace arrivald::mime;

namespace {

std::string decodedInPieces(std::string_view body, TransferEncoding encoding, std::mt19937& random) {
  Decoder decoder(encoding);
  std::string out;
  while (!body.empty()) {
    const auto size = std::min<std::size_t>(random() % 7, body.size());
    decoder.feed(body.substr(0, size), out);
    body.remove_prefix(size);
  }
  decoder.finish(out);
  return out;
}

}  // namespace

TEST_CASE("base64 is decoded whatever stands between its characters") {
  const auto base64 = TransferEncoding::base64;
  CHECK(decoded("SGVsbG8=", base64) == "Hello");
  CHECK(decoded("SGVsbG8", base64) == "Hello");                 // no padding
  CHECK(decoded("S G\tV\r\ns\n\nbG8 =\n", base64) == "Hello");  // blanks and empty lines
  CHECK(decoded("SGVsbG8=SGVsbG8=", base64) == "HelloHello");   // two texts one behind the other
  CHECK(decoded("SGVsbG8!", base64) == "Hello");
  CHECK(decoded("S", base64) == "");
  CHECK(decoded("", base64) == "");
}

TEST_CASE("quoted-printable is decoded, and what is no escape stays") {
  const auto printable = TransferEncoding::quotedPrintable;
  CHECK(decoded("a=3Db", printable) == "a=b");
  CHECK(decoded("a=3db", printable) == "a=b");
  CHECK(decoded("one =\r\nline", printable) == "one line");
  CHECK(decoded("one =\nline", printable) == "one line");
  CHECK(decoded("one = \t\r\nline", printable) == "one line");
  CHECK(decoded("blanks at the end  \r\nof a line", printable) == "blanks at the end\r\nof a line");
  CHECK(decoded("a=zzb", printable) == "a=zzb");
  CHECK(decoded("a=", printable) == "a");
}

TEST_CASE("encodings are named in any case, and what is unknown is taken as it is") {
  CHECK(transferEncodingNamed(" BASE64 ") == TransferEncoding::base64);
  CHECK(transferEncodingNamed("Quoted-Printable") == TransferEncoding::quotedPrintable);
  CHECK(transferEncodingNamed("8bit") == TransferEncoding::identity);
  CHECK(transferEncodingNamed("x-unheard-of") == TransferEncoding::identity);
}

TEST_CASE("what is decoded does not depend on how the body is cut") {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (auto& c : bytes) c = static_cast<char>(random());
    const auto text = testing::base64Of(bytes, 1 + random() % 100, random() % 2 == 0);
    REQUIRE(decodedInPieces(text, TransferEncoding::base64, random) == bytes);
    REQUIRE(decoded(text, TransferEncoding::base64) == bytes);
    // Bytes that are no encoding of anything.
    for (auto& c : bytes)
      if (random() % 3 == 0) c = "=\r\n \tA3"[random() % 7];
    for (const auto encoding : {TransferEncoding::base64, TransferEncoding::quotedPrintable})
      REQUIRE(decodedInPieces(bytes, encoding, random) == decoded(bytes, encoding));
  }
}
