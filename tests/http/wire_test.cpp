// What needs no socket: URLs, headers, chunks, and where a header ends.
#include "http/wire.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "http/url.hpp"

using namespace arrivald;
namespace wire = http::wire;
using wire::ChunkReader;

TEST_CASE("an address is taken apart") {
  struct Case {
    const char* text;
    bool secure;
    const char* host;
    const char* port;
    const char* target;
    const char* credentials;
    const char* hostHeader;
  };
  const Case cases[] = {
      {"https://api.sendgrid.com/v3/stats?a=b&c=d", true, "api.sendgrid.com", "443", "/v3/stats?a=b&c=d", "",
       "api.sendgrid.com"},
      {"http://localhost:9090", false, "localhost", "9090", "/", "", "localhost:9090"},
      {"http://localhost:80/", false, "localhost", "80", "/", "", "localhost"},
      {"https://h.example?q=1#fragment", true, "h.example", "443", "/?q=1", "", "h.example"},
      {"http://u:p%40q@h.example/", false, "h.example", "80", "/", "u:p@q", "h.example"},
      {"http://a@b@h.example/", false, "h.example", "80", "/", "a@b", "h.example"},
      {"http://[::1]:8080/x", false, "::1", "8080", "/x", "", "[::1]:8080"},
      {"http://[::1]", false, "::1", "80", "/", "", "[::1]"},
      {"http://h.example/a@b:c", false, "h.example", "80", "/a@b:c", "", "h.example"},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    const auto url = http::Url::parse(c.text);
    REQUIRE(url.ok());
    CHECK(url->secure == c.secure);
    CHECK(url->host == c.host);
    CHECK(url->port == c.port);
    CHECK(url->target == c.target);
    CHECK(url->credentials == c.credentials);
    CHECK(url->hostHeader() == c.hostHeader);
  }
}

TEST_CASE("an invalid URL is refused without being repeated") {
  for (const auto* text : {"", "SECRET", "ftp://SECRET/", "https://", "https:///SECRET", "http://:80/",
                           "http://h:0/", "http://h:65536/", "http://h:99999999999999999999/", "http://h:8o/",
                           "http://[::1/", "http://[::1]8080/", "http://h/SEC RET", "http://h/SEC\r\nRET",
                           "http://h\x7f/", "http://SECRET:80:81/"}) {
    INFO(text);
    const auto url = http::Url::parse(text);
    REQUIRE_FALSE(url.ok());
    CHECK(url.error().kind == Error::Kind::invalid);
    CHECK(url.error().text.find("SEC") == std::string::npos);
  }
}

TEST_CASE("percent-encoding keeps what is unreserved and gives back what it took") {
  CHECK(http::percentEncode("a-Z_0.9~ /?&=+%\xE3\x81\x82") == "a-Z_0.9~%20%2F%3F%26%3D%2B%25%E3%81%82");
  CHECK(http::percentDecode("%41%7e%2f+%") == "A~/+%");
  CHECK(http::percentDecode("%4") == "%4");
  CHECK(http::percentDecode("%zz%4g%g4") == "%zz%4g%g4");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(http::percentDecode(http::percentEncode(all)) == all);
}

TEST_CASE("base64 is that of RFC 4648") {
  CHECK(http::base64("") == "");
  CHECK(http::base64("f") == "Zg==");
  CHECK(http::base64("fo") == "Zm8=");
  CHECK(http::base64("foo") == "Zm9v");
  CHECK(http::base64("foobar") == "Zm9vYmFy");
  CHECK(http::base64("\xFF\xFE\xFD") == "//79");
}

TEST_CASE("header fields are found whatever their case, and set() leaves one of a name") {
  http::Headers headers = {{"Retry-After", "5"}, {"X", "1"}, {"retry-after", "6"}};
  CHECK(headers.find("RETRY-AFTER") == std::string_view("5"));
  CHECK_FALSE(headers.find("Retry-Afte"));
  headers.set("rEtry-after", "7");
  CHECK(headers.find("Retry-After") == std::string_view("7"));
  CHECK(headers.size() == 2);
}

TEST_CASE("the end of a header is found wherever the pieces were cut") {
  const std::string header = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const auto input = header + "body\r\n\r\n";
  for (std::size_t searched = 0; searched < header.size(); ++searched) {
    CHECK_FALSE(wire::headerSize(input.substr(0, searched)));
    CHECK(wire::headerSize(input, searched) == header.size());
  }
}

TEST_CASE("an invalid message is recognised by its first bytes") {
  CHECK(wire::mayBeRequest(""));
  CHECK(wire::mayBeRequest("PO"));
  CHECK(wire::mayBeRequest("M-SEARCH /"));
  CHECK_FALSE(wire::mayBeRequest("\x16\x03\x01"));
  CHECK_FALSE(wire::mayBeRequest(" GET"));
  CHECK_FALSE(wire::mayBeRequest("G\r\n"));
  CHECK_FALSE(wire::mayBeRequest(std::string(33, 'A')));
  CHECK(wire::mayBeResponse(""));
  CHECK(wire::mayBeResponse("HTT"));
  CHECK(wire::mayBeResponse("HTTP/1.1 2"));
  CHECK_FALSE(wire::mayBeResponse("HTTP/2"));
  CHECK_FALSE(wire::mayBeResponse("HELO"));
}

TEST_CASE("a header tells how its body is sent and whether the connection goes on") {
  const auto read = [](const std::string& text) { return wire::readRequest(text + "\r\n\r\n"); };
  CHECK(read("GET /x?y HTTP/1.1\r\nHost: h")->target == "/x?y");
  CHECK(read("GET / HTTP/1.1")->keepAlive);
  CHECK_FALSE(read("GET / HTTP/1.1\r\nConnection: close")->keepAlive);
  CHECK_FALSE(read("GET / HTTP/1.0")->keepAlive);
  CHECK(read("GET / HTTP/1.0\r\nConnection: keep-alive")->keepAlive);
  CHECK(read("GET / HTTP/1.0")->http10);
  CHECK(read("POST / HTTP/1.1\r\nContent-Length: 12")->contentLength == 12U);
  CHECK_FALSE(read("POST / HTTP/1.1")->contentLength);
  CHECK(read("POST / HTTP/1.1\r\nTransfer-Encoding: chunked")->chunked);
  CHECK(read("POST / HTTP/1.1\r\nTransfer-Encoding: gzip")->otherCoding);
  for (const auto* odd :
       {"GET /", "GET / HTTP/2.0", "GET / HTTP/1.1\r\nNo colon", "GET / HTTP/1.1\r\nSpace : x",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        "POST / HTTP/1.1\r\nContent-Length: 0x1"}) {
    INFO(odd);
    CHECK_FALSE(read(odd).ok());
  }
}

TEST_CASE("chunks come out the same however they are cut") {
  std::mt19937 random(20261123);
  for (int round = 0; round < 300; ++round) {
    std::string content;
    std::string sent;
    const auto chunks = random() % 6;
    for (unsigned i = 0; i < chunks; ++i) {
      const std::string piece(1 + random() % 40, static_cast<char>('a' + random() % 26));
      content += piece;
      char size[32];
      std::snprintf(size, sizeof size, random() % 2 ? "%zX%s\r\n" : "%04zx%s\r\n", piece.size(),
                    random() % 3 == 0 ? ";name=\"value\"" : "");
      sent += size + piece + "\r\n";
    }
    sent += random() % 2 ? "0\r\n\r\n" : "000;last\r\nTrailer: x\r\nOther: y\r\n\r\n";
    const std::string next = "GET / HTTP/1.1\r\n";
    const auto input = sent + next;

    ChunkReader reader;
    std::string body;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (reader.state() == ChunkReader::State::more) {
      REQUIRE(end < input.size());
      end = std::min(input.size(), end + 1 + random() % 20);
      begin += reader.read(std::string_view(input).substr(begin, end - begin), body, 10'000);
    }
    REQUIRE(reader.state() == ChunkReader::State::done);
    CHECK(body == content);
    CHECK(begin == sent.size());
  }
}

TEST_CASE("malformed and oversized chunks are distinguished") {
  const auto state = [](const std::string& text, std::size_t limit = 100) {
    ChunkReader reader;
    std::string body;
    reader.read(text, body, limit);
    CHECK(body.size() <= limit);
    return reader.state();
  };
  using S = ChunkReader::State;
  CHECK(state("5\r\nhello\r\n0\r\n\r\n", 5) == S::done);
  CHECK(state("5\r\nhello\r\n0\r\n\r\n", 4) == S::tooLarge);
  CHECK(state("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 4) == S::tooLarge);
  CHECK(state("FFFFFFFFFFFFFFFF\r\n") == S::tooLarge);
  CHECK(state("10000000000000000\r\n") == S::malformed);
  CHECK(state("\r\n") == S::malformed);
  CHECK(state("g\r\n") == S::malformed);
  CHECK(state("-1\r\n") == S::malformed);
  CHECK(state("1\n") == S::malformed);
  CHECK(state("1\rx") == S::malformed);
  CHECK(state("1\r\nab") == S::malformed);
  CHECK(state("1\r\na\rb") == S::malformed);
  CHECK(state("0\r\nTrailer\n") == S::malformed);
  CHECK(state("0\r\n\rx") == S::malformed);
  CHECK(state("1;" + std::string(5000, 'x')) == S::tooLarge);
  CHECK(state("0\r\nT: " + std::string(5000, 'x')) == S::tooLarge);
  CHECK(state(std::string(5000, '0') + "1\r\n") == S::tooLarge);
  CHECK(state("0\r\n\r") == S::more);
}

TEST_CASE("an answer's header says how it is sent, whatever the handler says") {
  const http::Headers headers = {{"Content-Type", "text/plain"},
                                 {"content-length", "9"},
                                 {"Connection", "upgrade"},
                                 {"Transfer-Encoding", "chunked"}};
  CHECK(wire::responseHead(200, headers, 5, true, false) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\nContent-Length: "
        "5\r\n\r\n");
  CHECK(wire::responseHead(204, {}, std::nullopt, false, false) ==
        "HTTP/1.1 204 No Content\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
  CHECK(wire::responseHead(799, {}, 0, true, true) ==
        "HTTP/1.1 799 \r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\nConnection: "
        "keep-alive\r\n\r\n");
}
