// The compiled-in tables of lines "name: word word …".
#include "base/word_table.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;

TEST_CASE("a table is read line by line, and comments and empty lines count as lines") {
  const auto rows = parseWordTable("# a comment\n\nfirst: one  two\nsecond: three\n", "name: word …");
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].line == 3);
  CHECK((*rows)[0].name == "first");
  CHECK((*rows)[0].words == std::vector<std::string_view>{"one", "two"});
  CHECK((*rows)[1].line == 4);
  CHECK(parseWordTable("", "name: word …")->empty());
}

TEST_CASE("a line without a name is an error that says where and what was expected") {
  const auto rows = parseWordTable("first: one\nsecond three\n", "name: word …");
  REQUIRE_FALSE(rows);
  CHECK(rows.error().kind == Error::Kind::invalid);
  CHECK(rows.error().text == "line 2: expected \"name: word …\"");
}
