// arrivald_simulation [SEEDS [DAYS]]: prints how soon the shipped rules find each incident and how often they
// cry wolf, beside a naive threshold. 20 seeds of 30 days unless told otherwise.
#include <cstdio>
#include <cstdlib>
#include <map>

#include "simulation/trial.hpp"

namespace {

using namespace arrivald;
using namespace arrivald::simulation;

struct Column {
  std::vector<Duration> delays;
  int missed = 0;
  std::map<std::string, int> by;

  void add(const Found& found) {
    if (!found.after) {
      ++missed;
      return;
    }
    delays.push_back(*found.after);
    ++by[found.by];
  }
  std::string text() const {
    const auto in = [&](double q) {
      const std::optional<Duration> value = quantile(delays, q);
      return value ? std::to_string(*value / std::chrono::minutes(1)) : std::string("never");
    };
    std::string text = delays.empty() ? "never" : in(.5) + " / " + in(.95);
    if (missed > 0 && !delays.empty()) text += ", misses " + std::to_string(missed);
    return text;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 20;
  const int days = argc > 2 ? std::atoi(argv[2]) : 30;
  if (seeds < 1 || days < 1) {
    std::fprintf(stderr, "usage: %s [SEEDS [DAYS]]\n", argv[0]);
    return 2;
  }
  std::vector<Column> shipped(cases().size());
  std::vector<Column> streamed(cases().size());
  std::vector<Column> naive(cases().size());
  std::vector<Column> naiveGroups(cases().size());
  FalseAlarms alarms;
  FalseAlarms streamedAlarms;
  FalseAlarms naiveAlarms;
  std::vector<std::string> words;
  for (int seed = 1; seed <= seeds; ++seed) {
    const World before = past(static_cast<unsigned>(seed));
    if (seed == 1)
      std::printf("The statistics show a mail after %.1f minutes on average, 95 %% within %.0f.\n",
                  static_cast<double>(before.meanLag().count()) / 60'000,
                  static_cast<double>(before.lag95().count()) / 60'000);
    for (std::size_t i = 0; i < cases().size(); ++i) {
      const Trial trial = tryIncident(before, cases()[i]);
      shipped[i].add(trial.shipped);
      streamed[i].add(trial.streamed);
      naive[i].add(trial.naive);
      naiveGroups[i].add(trial.naiveGroups);
    }
    const Quiet quiet = tryQuiet(before, days);
    alarms.account += quiet.shipped.account;
    alarms.groups += quiet.shipped.groups;
    streamedAlarms.account += quiet.streamed.account;
    streamedAlarms.groups += quiet.streamed.groups;
    naiveAlarms.account += quiet.naive.account;
    naiveAlarms.groups += quiet.naive.groups;
    for (const std::string& line : quiet.words) words.push_back("seed " + std::to_string(seed) + ", " + line);
    std::fprintf(stderr, "seed %d of %d\r", seed, seeds);
  }
  const double months = seeds * days / 30.0;
  std::printf("%d seeds; minutes from the incident's begin to the alert, median / 95 %%\n\n", seeds);
  const char* format = "%-28s %-16s %-13s %-16s %-10s %-22s %-22s %s\n";
  std::printf(format, "incident", "with the stream", "asked", "statistics only", "asked+lag",
              "naive, account-wide", "naive, by group", "found by (with the stream)");
  for (std::size_t i = 0; i < cases().size(); ++i) {
    std::string by;
    for (const auto& [key, times] : streamed[i].by) by += key + " " + std::to_string(times) + "  ";
    const auto asked = [](Duration goal) {
      return goal == Duration{0} ? "found" : std::to_string(goal / std::chrono::minutes(1));
    };
    std::printf(format, cases()[i].name, streamed[i].text().c_str(), asked(cases()[i].goalByEvents).c_str(),
                shipped[i].text().c_str(), asked(cases()[i].goal).c_str(), naive[i].text().c_str(),
                naiveGroups[i].text().c_str(), by.c_str());
  }
  std::printf("\nfalse alarms in 30 days       account-wide   over all groups\n");
  std::printf("  with the stream             %-14.2f %.2f\n", streamedAlarms.account / months,
              streamedAlarms.groups / months);
  std::printf("  statistics only             %-14.2f %.2f\n", alarms.account / months,
              alarms.groups / months);
  std::printf("  asked, at most              0.50           1.00\n");
  std::printf("  naive 60 min < 95 %%         %-14.2f %.2f\n", naiveAlarms.account / months,
              naiveAlarms.groups / months);
  for (const std::string& line : words) std::printf("    %s\n", line.c_str());
}
