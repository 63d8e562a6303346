// arrivald_simulation [SEEDS [WORLDS [INCIDENTS]]]: prints how soon the default rules find each incident, how
// often they fire without one and how well they name its beginning, beside a naive threshold. WORLDS and
// INCIDENTS are globs over their names; "-" for INCIDENTS tries none. 20 seeds of everything unless told
// otherwise.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

#include "simulation/trial.hpp"

namespace {

using namespace arrivald;
using namespace arrivald::simulation;

// What one set of rules made of one incident.
struct Column {
  std::vector<Duration> delays;
  int missed = 0;
  std::map<std::string, int> by;
  int near = 0;  // beginnings named within a bucket

  void add(const Found& found) {
    if (!found.after) {
      ++missed;
      return;
    }
    delays.push_back(*found.after);
    ++by[found.by];
    near += found.near ? 1 : 0;
  }
  void add(const Column& other) {
    delays.insert(delays.end(), other.delays.begin(), other.delays.end());
    missed += other.missed;
    near += other.near;
    for (const auto& [key, times] : other.by) by[key] += times;
  }
  std::string text() const {
    const auto in = [&](double q) {
      const auto minutes = *quantile(delays, q) / std::chrono::minutes(1);
      return minutes < 600 ? std::to_string(minutes) : std::to_string(minutes / 60) + " h";
    };
    std::string text = delays.empty() ? "never" : in(.5) + " / " + in(.95);
    if (missed > 0 && !delays.empty()) text += ", misses " + std::to_string(missed);
    return text;
  }
  std::string nearText() const {
    return delays.empty() ? "-" : std::to_string(100 * near / static_cast<int>(delays.size())) + " %";
  }
};

struct Row {
  Column streamed, shipped, naive, naiveGroups;
  void add(const Trial& trial) {
    streamed.add(trial.streamed);
    shipped.add(trial.shipped);
    naive.add(trial.naive);
    naiveGroups.add(trial.naiveGroups);
  }
  void add(const Row& other) {
    streamed.add(other.streamed);
    shipped.add(other.shipped);
    naive.add(other.naive);
    naiveGroups.add(other.naiveGroups);
  }
};

struct Findings {
  FalseAlarms streamed, shipped, naive;
  std::map<std::pair<std::size_t, int>, Row> rows;  // by case and day
  std::vector<std::string> lines;

  void add(const Month& month, unsigned seed) {
    streamed += month.quiet.streamed;
    shipped += month.quiet.shipped;
    naive += month.quiet.naive;
    for (const Trial& trial : month.trials)
      rows[{static_cast<std::size_t>(trial.of - cases().data()), trial.day}].add(trial);
    for (const std::string& line : month.quiet.lines)
      lines.push_back("seed " + std::to_string(seed) + ", " + line);
  }
};

// Every month is independent of all others, so they run on all processors.
std::vector<Findings> run(const std::vector<const Setting*>& chosen, unsigned seeds, const Wanted& wanted) {
  std::vector<Findings> worlds(chosen.size());
  std::vector<std::vector<Month>> months(chosen.size(), std::vector<Month>(seeds));
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < chosen.size() * seeds; i = next++) {
      const std::size_t world = i % chosen.size();
      const auto seed = static_cast<unsigned>(i / chosen.size());
      months[world][seed] = tryMonth(*chosen[world], seed + 1, wanted);
      std::fprintf(stderr, "%zu of %zu\r", i + 1, chosen.size() * seeds);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  for (std::size_t world = 0; world < chosen.size(); ++world)
    for (unsigned seed = 0; seed < seeds; ++seed) worlds[world].add(months[world][seed], seed + 1);
  return worlds;
}

std::string dayText(int day) {
  return day < 7 ? "first week" : day < 21 ? "second week" : day < 28 ? "later" : "after week four";
}

void printIncidents(const std::map<std::pair<std::size_t, int>, Row>& rows) {
  std::printf(
      "| incident | begins in | with the stream | statistics only | naive, account | naive, by group | "
      "beginning named, stream / statistics |\n|---|---|---|---|---|---|---|\n");
  for (const auto& [key, row] : rows)
    std::printf("| %s | %s | %s | %s | %s | %s | %s / %s |\n", cases()[key.first].name,
                dayText(key.second).c_str(), row.streamed.text().c_str(), row.shipped.text().c_str(),
                row.naive.text().c_str(), row.naiveGroups.text().c_str(), row.streamed.nearText().c_str(),
                row.shipped.nearText().c_str());
}

void printFoundBy(const std::map<std::pair<std::size_t, int>, Row>& rows) {
  for (const auto& [key, row] : rows) {
    std::printf("  %s, %s, found by:", cases()[key.first].name, dayText(key.second).c_str());
    for (const auto& [by, times] : row.streamed.by) std::printf(" %s %d", by.c_str(), times);
    std::printf(" | statistics only:");
    for (const auto& [by, times] : row.shipped.by) std::printf(" %s %d", by.c_str(), times);
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 20;
  const std::string worlds = argc > 2 ? argv[2] : "*";
  Wanted wanted;
  wanted.incident = argc > 3 ? argv[3] : "*";
  wanted.incidents = wanted.incident != "-";
  std::vector<const Setting*> chosen;
  for (const Setting& setting : settings())
    if (rules::globMatches(worlds, setting.habits.name)) chosen.push_back(&setting);
  if (seeds < 1 || chosen.empty()) {
    std::fprintf(stderr, "usage: %s [SEEDS [WORLDS [INCIDENTS]]]; the worlds are:\n", argv[0]);
    for (const Setting& setting : settings())
      std::fprintf(stderr, "  %s\n", std::string(setting.habits.name).c_str());
    return 2;
  }
  const std::vector<Findings> found = run(chosen, static_cast<unsigned>(seeds), wanted);
  double months = 0;
  std::map<std::pair<std::size_t, int>, Row> all;
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::printf("\n%s, %d seeds; minutes from the beginning to the alert, median / 95 %%\n\n",
                std::string(chosen[i]->habits.name).c_str(), seeds);
    printIncidents(found[i].rows);
    printFoundBy(found[i].rows);
    for (const std::string& line : found[i].lines) std::printf("    %s\n", line.c_str());
    for (const auto& [key, row] : found[i].rows) all[key].add(row);
  }
  std::printf("\nall worlds\n\n");
  printIncidents(all);
  std::printf(
      "\n| alerts in 30 days without an incident, account / receivers | with the stream | statistics only | "
      "naive |\n|---|---|---|---|\n");
  FalseAlarms sums[3];
  const auto line = [&](const char* name, const FalseAlarms* three, double over) {
    std::printf("| %s |", name);
    for (int i = 0; i < 3; ++i)
      std::printf(" %.2f / %.2f |", three[i].account / over, three[i].groups / over);
    std::printf("\n");
  };
  for (std::size_t i = 0; i < found.size(); ++i) {
    const FalseAlarms three[] = {found[i].streamed, found[i].shipped, found[i].naive};
    for (int k = 0; k < 3; ++k) sums[k] += three[k];
    const double own = seeds * chosen[i]->days / 30.0;
    months += own;
    line(std::string(chosen[i]->habits.name).c_str(), three, own);
  }
  line("all", sums, months);
  Row every;
  for (const auto& [key, row] : all)
    if (cases()[key.first].begins == Case::Begins::suddenly) every.add(row);
  std::printf("\nbeginning named within a bucket: with the stream %s, statistics only %s\n",
              every.streamed.nearText().c_str(), every.shipped.nearText().c_str());
}
