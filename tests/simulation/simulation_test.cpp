// What is asked of the default rules in the first days after the first start, of one seed: the full table is
// arrivald_simulation's.
#include <algorithm>
#include <catch2/catch.hpp>

#include "simulation/trial.hpp"

using namespace arrivald;
using namespace arrivald::simulation;

namespace {

constexpr unsigned kSeed = 101;

const Setting& settingNamed(std::string_view name) {
  return *std::ranges::find(settings(), name, [](const Setting& setting) { return setting.habits.name; });
}

}  // namespace

TEST_CASE("the first days of a fresh installation are quiet, whatever the sender") {
  for (const char* name : {"town, rough life", "day ends sharply", "office of 20 a day", "round the clock",
                           "events in lumps of 5 min"}) {
    CAPTURE(name);
    const Month month = tryMonth(settingNamed(name), kSeed, {.days = 3, .naive = false, .incidents = false});
    for (const std::string& line : month.quiet.lines) UNSCOPED_INFO(line);
    CHECK(month.quiet.shipped.account == 0);
    CHECK(month.quiet.streamed.account == 0);
    CHECK(month.quiet.shipped.groups <= 1);
    CHECK(month.quiet.streamed.groups <= 1);
  }
}

TEST_CASE("a town's incidents are found on the third day, with or without the event stream") {
  const Month month = tryMonth(settingNamed("town"), kSeed, {.days = 3, .naive = false, .quiet = false});
  REQUIRE(month.trials.size() >= 6);
  for (const Trial& trial : month.trials) {
    CAPTURE(trial.of->name);
    CHECK(trial.shipped.after);
    CHECK(trial.streamed.after);
  }
}

TEST_CASE(
    "that nothing is requested any more is found once weeks are known, however some answers lag or lack") {
  struct Silence {
    const char* sender;
    const char* incident;
  };
  for (const auto& [sender, incident] :
       {Silence{"town", "nothing is requested"}, Silence{"office of 20 a day", "office: nothing after 10:00"},
        Silence{"office of 20 a day", "office: a silent day"}}) {
    CAPTURE(sender, incident);
    const Month month = tryMonth(settingNamed(sender), kSeed,
                                 {.days = 22, .naive = false, .quiet = false, .incident = incident});
    REQUIRE(month.trials.size() == 1);
    CHECK(month.trials.front().shipped.after);
    CHECK(month.trials.front().streamed.after);
  }
}

TEST_CASE("holidays that stand in the configuration raise nothing, and a silence after them is found") {
  const Month month = tryMonth(settingNamed("office over the year's end, told"), kSeed,
                               {.days = 37, .naive = false, .incident = "office: nothing after 10:00"});
  for (const std::string& line : month.quiet.lines) UNSCOPED_INFO(line);
  CHECK(month.quiet.shipped.account == 0);
  CHECK(month.quiet.streamed.account == 0);
  REQUIRE(month.trials.size() == 2);
  CHECK(month.trials.back().shipped.after);
  CHECK(month.trials.back().streamed.after);
}
