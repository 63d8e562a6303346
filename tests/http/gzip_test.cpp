// Responses are compressed for clients that take it.
#include "http/gzip.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>

using namespace arrivald::http;

namespace {

Response page(std::size_t bytes, const char* type = "text/html; charset=utf-8") {
  Response response{200, {{"Content-Type", type}}, ""};
  while (response.body.size() < bytes)
    response.body += "<td class=\"to\">" + std::to_string(response.body.size()) + "</td>";
  response.body.resize(bytes);
  return response;
}

std::string unpacked(const std::string& body) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(2 << 20, '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("which clients take gzip") {
  const auto takes = [](const char* accepted) { return takesGzip({{"Accept-Encoding", accepted}}); };
  CHECK(takes("gzip, deflate, br, zstd"));
  CHECK(takes("br;q=1.0, GZIP;q=0.8, *;q=0.1"));
  CHECK(takes(" gzip ; q=0.001"));
  CHECK_FALSE(takes("gzip;q=0"));
  CHECK_FALSE(takes("br, gzip; q=0.000"));
  CHECK_FALSE(takes("identity"));
  CHECK_FALSE(takes("x-gzip-like"));
  CHECK_FALSE(takes(""));
  CHECK_FALSE(takesGzip({}));
}

TEST_CASE("a page is compressed to what it was") {
  auto response = page(60'000);
  const auto before = response.body;
  compress(response, {{"Accept-Encoding", "gzip"}});
  CHECK(response.body.size() < before.size() / 2);
  CHECK(response.headers.find("Content-Encoding") == "gzip");
  CHECK(response.headers.find("Vary") == "Accept-Encoding");
  CHECK(unpacked(response.body) == before);
}

TEST_CASE("what a client does not take, is small, large or no text, stays as it is") {
  const Headers takes{{"Accept-Encoding", "gzip"}};
  for (auto [response, request] :
       {std::pair{page(60'000), Headers{}}, std::pair{page(1'000), takes},
        std::pair{page((1 << 20) + 1), takes}, std::pair{page(60'000, "text/csv; charset=utf-8"), takes}}) {
    const auto before = response.body;
    compress(response, request);
    CHECK(response.body == before);
    CHECK_FALSE(response.headers.find("Content-Encoding"));
  }
  auto plain = page(60'000);
  compress(plain, {});
  CHECK(plain.headers.find("Vary") == "Accept-Encoding");
}
