// Every file in bad/ is named after what is wrong with it; the .txt beside it is what the loader says, whole.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "config/fixture.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::config;
using namespace arrivald::testing;

TEST_CASE("each mistake is told with its place, what was expected, and what was probably meant") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(testing::inTree("/tests/config/bad")))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  CHECK(files.size() > 40);
  for (auto file : files) {
    CAPTURE(file.filename().string());
    std::string said;
    const auto result = load(readText(file), fakeEnvironment());
    for (const auto& text : texts(result)) said += text + "\n";
    // ARRIVALD_WRITE_GOLDEN=1 takes what is said as right; read the difference before you commit it.
    const auto golden = file.replace_extension(".txt");
    if (std::getenv("ARRIVALD_WRITE_GOLDEN")) std::ofstream(golden, std::ios::binary) << said;
    CHECK(said == readText(golden));
    CHECK_FALSE(said.empty());
  }
}
