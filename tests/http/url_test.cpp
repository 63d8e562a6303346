// Credentials in URLs.
#include "http/url.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;

TEST_CASE("credentials are taken out of a URL, and nothing else changes") {
  struct Case {
    std::string url, credentials, left;
  };
  const std::vector<Case> cases = {
      {"https://user:p%40ss@host/path", "user:p@ss", "https://host/path"},
      {"https://user:pass@host", "user:pass", "https://host"},
      {"https://user:a@b@host:8443/", "user:a@b", "https://host:8443/"},
      {"https://host/path@x", "", "https://host/path@x"},
      {"https://host?mail=a@b.jp", "", "https://host?mail=a@b.jp"},
      {"https://@host/", "", "https://host/"},
      {"https://host", "", "https://host"},
      {"https://", "", "https://"},
      {"user:pass@host", "", "user:pass@host"},
      {"", "", ""},
  };
  for (const auto& each : cases) {
    CAPTURE(each.url);
    auto url = each.url;
    CHECK(http::takeCredentials(url) == each.credentials);
    CHECK(url == each.left);
  }
}
