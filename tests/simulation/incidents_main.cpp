// incident_trials [SEEDS [KINDS [FIRST [HOLD [RIGHT [QUIET]]]]]]: prints what on-call hears of each kind
// of incident, beside today's independent alerts and beside grouping by account.
//   SEEDS   how many, 20 unless told otherwise       KINDS  a glob over the kinds' names, "-" for none
//   FIRST   the first seed, 1; seeds from 1,001 on were not used while tuning
//   HOLD    minutes for which a warning is held, 0   RIGHT  percent of causes read rightly, 85
//   QUIET   days without any incident, 0
// With ARRIVALD_INCIDENT_LINES set, every notice is printed; with ARRIVALD_INCIDENT_RESTART, the table is
// lost in the middle of each incident.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "simulation/incident_trial.hpp"

namespace {

using namespace arrivald;
using namespace arrivald::simulation;
using namespace std::chrono_literals;

struct Row {
  std::vector<IncidentTrial> trials;

  template <class Value>
  double mean(Value value) const {
    double sum = 0;
    for (const IncidentTrial& trial : trials) sum += static_cast<double>(value(trial));
    return trials.empty() ? 0 : sum / static_cast<double>(trials.size());
  }
  std::string quantiles(std::optional<Duration> IncidentTrial::* of) const {
    std::vector<double> values;
    for (const IncidentTrial& trial : trials)
      if (trial.*of) values.push_back(static_cast<double>(*(trial.*of) / 1min));
    if (values.empty()) return "-";
    std::ranges::sort(values);
    const auto at = [&](double q) {
      return values[std::min(values.size() - 1,
                             static_cast<std::size_t>(q * static_cast<double>(values.size())))];
    };
    char text[60];
    std::snprintf(text, sizeof text, "%.0f / %.0f", at(.5), at(.95));
    const std::size_t missed = trials.size() - values.size();
    return text + (missed > 0 ? ", missed " + std::to_string(missed) : std::string());
  }
};

void print(const IncidentKind& kind, const Row& row) {
  std::printf("| %s | %.1f, %.0f %% | %.1f | **%.1f**, %.0f → %.0f %% | %s | %.2f | %s | %s | %s | %s |%s\n",
              kind.name, row.mean([](const auto& t) { return t.today; }),
              100 * row.mean([](const auto& t) { return t.rightToday; }),
              row.mean([](const auto& t) { return t.grouped; }),
              row.mean([](const auto& t) { return t.messages; }),
              100 * row.mean([](const auto& t) { return t.rightAtOnce; }),
              100 * row.mean([](const auto& t) { return t.rightLater; }), kind.asked,
              row.mean([](const auto& t) { return t.opened; }), row.quantiles(&IncidentTrial::found).c_str(),
              row.quantiles(&IncidentTrial::waited).c_str(),
              kind.causes.size() > 1 ? row.quantiles(&IncidentTrial::second).c_str() : "",
              row.quantiles(&IncidentTrial::ended).c_str(),
              row.mean([](const auto& t) { return t.criticalStall; }) > 0 ? " a critical stall" : "");
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
  const int seeds = number(1, 20);
  const std::string wanted = argc > 2 ? argv[2] : "*";
  const int first = number(3, 1);
  TrialOptions options{.hold = number(4, 0) * 1min,
                       .restart = std::getenv("ARRIVALD_INCIDENT_RESTART") != nullptr};
  const double right = number(5, 85) / 100.0;
  const int quietDays = number(6, 0);
  const auto& kinds = incidentKinds();
  std::vector<std::vector<IncidentTrial>> trials(static_cast<std::size_t>(seeds));
  std::vector<QuietDays> quiet(static_cast<std::size_t>(seeds));
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (rules::globMatches(wanted, kinds[i].name)) chosen.push_back(i);
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int i = next++; i < seeds; i = next++) {
      const auto seed = static_cast<unsigned>(first + i);
      IncidentWorld world(seed, right);
      world.pass(world.now() + 14 * 24h);
      // Between 9:30 and 13:30 of the second Tuesday.
      const Instant start = world.now() + 24h + 9h + 30min + (seed * 37 % 240) * 1min;
      for (const std::size_t kind : chosen) {
        trials[static_cast<std::size_t>(i)].push_back(tryIncident(world, kinds[kind], start, options));
        std::fprintf(stderr, "seed %u, %s\n", seed, kinds[kind].name);
      }
      if (quietDays > 0) quiet[static_cast<std::size_t>(i)] = watchQuietDays(world, quietDays);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  std::printf(
      "%d seeds from %d; warnings held %s\n\n| kind | today: messages, root | grouped | incidents: messages, "
      "root at opening → 10 min later | "
      "asked | incidents | found after | held back | second named after | ended after the true end "
      "|\n|---|---|---|---|---|---|---|---|---|---|\n",
      seeds, first, toText(options.hold).c_str());
  Row all;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    Row row;
    for (const auto& of : trials) row.trials.push_back(of[k]);
    print(kinds[chosen[k]], row);
    all.trials.insert(all.trials.end(), row.trials.begin(), row.trials.end());
    if (std::getenv("ARRIVALD_INCIDENT_LINES") != nullptr)
      for (std::size_t i = 0; i < trials.size(); ++i)
        for (const std::string& line : trials[i][k].lines)
          std::printf("    seed %d, %s\n", first + static_cast<int>(i), line.c_str());
  }
  if (!all.trials.empty()) print({"all", {}, {}, {}, ""}, all);
  if (quietDays > 0) {
    QuietDays sum;
    for (const QuietDays& one : quiet) {
      sum.alerts += one.alerts;
      sum.incidents += one.incidents;
      sum.messages += one.messages;
      for (const std::string& line : one.lines) std::printf("    %s\n", line.c_str());
    }
    std::printf("%d quiet days a seed: %.2f alerts, %.2f incidents, %.2f messages\n", quietDays,
                1.0 * sum.alerts / seeds, 1.0 * sum.incidents / seeds, 1.0 * sum.messages / seeds);
  }
  return 0;
}
