// Phrases: English patterns with arguments, of which other languages have patterns of their own.
#include "base/phrase.hpp"

#include <catch2/catch.hpp>

#include "base/error.hpp"

using namespace arrivald;

TEST_CASE("a phrase is its pattern with its arguments, which may be phrases") {
  CHECK(phrase("expected {}, found {}", phrase("a text"), 7).english() == "expected a text, found 7");
  CHECK(phrase("write {}: {file: /path}", "key").english() == "write key: {file: /path}");
  CHECK(phrase("{} and no more").english() == " and no more");
  CHECK(verbatim("{} stays").english() == "{} stays");
  CHECK(Phrase().english().empty());
  CHECK(Phrase().empty());
  CHECK_FALSE(phrase("x").empty());
}

TEST_CASE("an argument with braces is not filled in again") {
  CHECK(phrase("{}: {}", "{}", "{0}").english() == "{}: {0}");
}

TEST_CASE("another language may say the arguments in another order, or twice") {
  const std::vector<std::string> arguments{"a", "b"};
  CHECK(filled("{1} {0} {1} {7}{x}", arguments) == "b a b {x}");
}

TEST_CASE("what nobody may read can be removed from what a phrase quotes, however deep") {
  auto said = phrase("key {}: {}", "secret", phrase("answered {}", "secret too"));
  said.editVerbatim([](const std::string& text) { return "…" + text.substr(6); });
  CHECK(said.english() == "key …: answered … too");
}

TEST_CASE("an error says what its text says") {
  auto error = Error::of(Error::Kind::invalid, phrase("no {}", "route"));
  CHECK(error.text == "no route");
  error.say(phrase("heartbeat: {}", error.said()));
  CHECK(error.text == "heartbeat: no route");
  CHECK(error.said().english() == error.text);
  CHECK((Error{Error::Kind::invalid, "as it is"}.said() == verbatim("as it is")));
}
