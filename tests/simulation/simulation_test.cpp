// What is asked of the shipped rules, on few seeds: the full table is arrivald_simulation's.
#include <catch2/catch.hpp>

#include "simulation/trial.hpp"

using namespace arrivald;
using namespace arrivald::simulation;
using namespace std::chrono_literals;

TEST_CASE("the default rules find every incident in the required time with few false alarms") {
  constexpr int kSeeds = 2;
  constexpr int kDays = 5;
  std::vector<std::vector<Duration>> delays(cases().size());
  std::vector<std::vector<Duration>> byEvents(cases().size());
  FalseAlarms alarms;
  FalseAlarms streamedAlarms;
  Duration lag{0};
  for (unsigned seed = 101; seed < 101 + kSeeds; ++seed) {
    World before = past(seed);
    before.naive.rules.clear();  // only the table needs it
    lag = std::max(lag, before.meanLag());
    for (std::size_t i = 0; i < cases().size(); ++i) {
      CAPTURE(seed, cases()[i].name);
      const Trial trial = tryIncident(before, cases()[i]);
      REQUIRE(trial.shipped.after);
      REQUIRE(trial.streamed.after);
      delays[i].push_back(*trial.shipped.after);
      byEvents[i].push_back(*trial.streamed.after);
    }
    const Quiet quiet = tryQuiet(before, kDays);
    for (const std::string& line : quiet.words) UNSCOPED_INFO(line);
    alarms.account += quiet.shipped.account;
    alarms.groups += quiet.shipped.groups;
    streamedAlarms.account += quiet.streamed.account;
    streamedAlarms.groups += quiet.streamed.groups;
  }
  for (std::size_t i = 0; i < cases().size(); ++i) {
    CAPTURE(cases()[i].name, *quantile(delays[i], 0.5) / 1min, lag / 1min);
    // Two seeds have no median to speak of: the better one has to do.
    if (cases()[i].goal > Duration{0}) CHECK(quantile(delays[i], 0) <= cases()[i].goal + lag);
    // Events have no lag to be allowed for. At night five mails an hour decide: two seeds say little.
    const bool atNight = cases()[i].at % 24h < 6h && cases()[i].at > 0h;
    if (cases()[i].goalByEvents > Duration{0})
      CHECK(quantile(byEvents[i], 0) <= cases()[i].goalByEvents * (atNight ? 2 : 1));
  }
  CHECK(alarms.account == 0);
  CHECK(alarms.groups <= 1);
  CHECK(streamedAlarms.account == 0);
  CHECK(streamedAlarms.groups <= 1);
}
