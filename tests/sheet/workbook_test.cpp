// A workbook is a ZIP file that holds every row as text, and leaves nothing behind.
#include "sheet/workbook.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::sheet;

TEST_CASE("a workbook is made of its rows, and its temporary files go with it") {
  testing::TempStore place;
  std::string bytes;
  {
    auto book = Workbook::open(place.folder(), "一覧", {"アドレス", "理由"});
    REQUIRE(book);
    for (int i = 0; i < 1000; ++i)
      (*book)->add({"=cmd" + std::to_string(i), std::string(40'000, 'x').substr(0, i == 0 ? 40'000 : 10)});
    auto finished = (*book)->finish();
    REQUIRE(finished);
    bytes = std::move(*finished);
  }
  CHECK(bytes.starts_with("PK\x03\x04"));
  CHECK(bytes.find("xl/worksheets/sheet1.xml") != std::string::npos);
  CHECK(std::filesystem::is_empty(place.folder()));
}

TEST_CASE("a workbook that is given up leaves nothing behind") {
  testing::TempStore place;
  {
    auto book = Workbook::open(place.folder(), "List", {"a"});
    REQUIRE(book);
    (*book)->add({"1"});
  }
  CHECK(std::filesystem::is_empty(place.folder()));
}

TEST_CASE("a folder that cannot be written is named") {
  const auto book = Workbook::open("/nowhere", "List", {"a"});
  REQUIRE_FALSE(book);
  CHECK_THAT(book.error().text, Catch::Contains("/nowhere"));
}
