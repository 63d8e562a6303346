#include "http/accept_language.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using http::preferredLanguage;

TEST_CASE("the language with the highest weight is preferred, and of those the first") {
  CHECK(preferredLanguage("ja,en;q=0.8") == Language::japanese);
  CHECK(preferredLanguage("en-US , en;q=0.9, ja;q=0.8") == Language::english);
  CHECK(preferredLanguage("en;q=0.2, JA-jp;q=0.25") == Language::japanese);
  CHECK(preferredLanguage("fr, en;q=0.5") == Language::english);
  CHECK(preferredLanguage("en;q=0") == std::nullopt);
}

TEST_CASE("anything else names no language") {
  for (const char* header : {"", ",", ";q=1", "fr", "*", "english", "en;q=x", "en;q=", "en;q=0.x"}) {
    CAPTURE(header);
    CHECK(preferredLanguage(header) == std::nullopt);
  }
}
