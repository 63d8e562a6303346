// What the store costs: starting with 30 days of history, keeping a poll, a list of a million entries.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/time_zone.hpp"
#include "bench/measure.hpp"
#include "store/meta_table.hpp"
#include "store/statistics_table.hpp"
#include "store/suppressions_table.hpp"
#include "support/temp_store.hpp"
#include "suppression/index.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using suppression::Entry;
using suppression::List;

namespace {

const Instant kStart = parseIso("2026-10-23T00:00:00Z").value();

/// CPU and wall-clock seconds of `work`.
template <class Work>
std::pair<double, double> timed(Work work) {
  const double cpu = bench::cpuSeconds();
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {bench::cpuSeconds() - cpu, wall.count()};
}

double megabytes(const testing::TempStore& place) {
  double all = 0;
  for (const auto& file : std::filesystem::directory_iterator(place.folder()))
    all += static_cast<double>(file.file_size()) / 1e6;
  return all;
}

/// Bytes this process has asked the disk to write, in MB.
double writtenMegabytes() {
  std::ifstream io("/proc/self/io");
  for (std::string word; io >> word;)
    if (word == "wchar:") {
      double bytes = 0;
      io >> bytes;
      return bytes / 1e6;
    }
  return 0;
}

std::unique_ptr<store::Database> open(const testing::TempStore& place) {
  auto database = store::Database::open(place.path());
  if (!database.ok()) {
    std::printf("%s\n", database.error().text.c_str());
    std::exit(1);
  }
  return std::move(*database);
}

struct History {
  delivery::Ledger ledger;
  delivery::Windows windows;
  std::map<Subject, Counts> totals;
};

delivery::Read readOf(int subjects, Instant at, std::mt19937& random, std::vector<Counts>& today) {
  const auto date = Date(std::chrono::floor<std::chrono::days>(at.time_since_epoch()));
  delivery::Read read{{"main", Dimension::category}, at, date, date, {}, true};
  for (int i = 0; i < subjects; ++i) {
    auto& counts = today[static_cast<std::size_t>(i)];
    if (at.time_since_epoch() % 24h == Duration{}) counts = {};
    for (const auto metric : delivery::allMetrics())
      counts[metric] += static_cast<std::int64_t>(random() % 9);
    read.totals.push_back({{"main", Dimension::category, "category-" + std::to_string(i)}, {{date, counts}}});
  }
  return read;
}

void apply(History& history, store::StatisticsTable& table, const delivery::Read& read) {
  const auto changes = history.ledger.apply(read);
  for (const auto& increment : changes.increments) {
    table.series().change(increment.subject, history.windows.add(increment));
    history.totals[increment.subject] += increment.counts;
    table.series().putTotals(increment.subject, history.totals[increment.subject]);
  }
  for (const auto& cell : changes.changed) table.putCell(cell);
  for (const auto& [subject, date] : changes.forgotten) table.removeCell(subject, date);
  table.putRead(read.source, read.at, *history.ledger.daysAsked(read.source));
}

void history(int subjects) {
  testing::TempStore place;
  {
    const auto database = open(place);
    store::StatisticsTable table(*database);
    History history;
    std::mt19937 random(1);
    std::vector<Counts> today(static_cast<std::size_t>(subjects));
    // A day of reads a transaction here, for the sake of time; the rows are the same.
    for (int dayNumber = 0; dayNumber < 30; ++dayNumber)
      if (!database->transact([&] {
            for (int minute = 0; minute < 1440; ++minute)
              apply(history, table,
                    readOf(subjects, kStart + dayNumber * 24h + minute * 1min, random, today));
          }))
        std::exit(1);
    Instant at = kStart + 30 * 24h;
    const auto [cpu, wall] = timed([&] {
      for (int i = 0; i < 100; ++i, at += 1min) {
        const auto read = readOf(subjects, at, random, today);
        if (!database->transact([&] { apply(history, table, read); })) std::exit(1);
      }
    });
    std::printf("a poll of %d subjects, booked and committed               %7.2f ms of CPU, %.2f ms in all\n",
                subjects, cpu * 10, wall * 10);
  }
  std::unique_ptr<store::Database> database;
  History history;
  const auto [openCpu, openWall] = timed([&] { database = open(place); });
  const auto [cpu, wall] = timed([&] {
    store::StatisticsTable table(*database);
    if (!database->read([&] { table.load(history.ledger, history.windows, history.totals); })) std::exit(1);
  });
  std::size_t marks = 0;
  for (const auto& [subject, series] : history.windows) marks += series.marks().size();
  std::printf(
      "start with 30 days of %d busy subjects (%zu marks, %.1f MB)  open and check %.0f ms of CPU, %.0f ms "
      "in all; "
      "load %.0f ms, %.0f ms\n",
      subjects, marks, megabytes(place), openCpu * 1000, openWall * 1000, cpu * 1000, wall * 1000);
}

std::vector<Entry> page(int from, int count) {
  std::vector<Entry> entries;
  for (int i = from; i < from + count; ++i) {
    const auto n = static_cast<std::uint64_t>(i) * std::uint64_t{0x9e3779b97f4a7c15};
    entries.push_back(
        {"user" + std::to_string(n >> 36) + "." + std::to_string(i) + "@city.example.jp",
         fromUnixSeconds(1'600'000'000 + i * 60),
         "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking",
         "5.1.1", ""});
  }
  return entries;
}

std::vector<store::EntryFacets> facets(const std::vector<Entry>& entries) {
  std::vector<store::EntryFacets> all;
  for (const auto& entry : entries)
    all.push_back({TimeZone().dateOf(entry.created), causes::Class::noAddress,
                   suppression::Side::wrongAddress, "Local governments", "city.example.jp"});
  return all;
}

void lists(int entries) {
  testing::TempStore place;
  suppression::Index index;
  {
    const auto database = open(place);
    store::SuppressionsTable table(*database);
    double longest = 0;
    const double before = writtenMegabytes();
    const auto [cpu, wall] = timed([&] {
      for (int i = 0; i < entries; i += 500) {
        auto fresh = page(i, 500);
        std::vector<suppression::Entry> met;
        index.crawled(List::bounces, fresh, met);
        longest = std::max(longest, timed([&] {
                                      if (!database->transact([&] {
                                            table.add("main", List::bounces, fresh, facets(fresh),
                                                      kStart + i * 1ms);
                                          }))
                                        std::exit(1);
                                    }).second);
      }
    });
    std::printf(
        "first crawl of %d entries kept page by page          %7.2f s of CPU, %.2f s in all, longest page "
        "%.1f ms; "
        "%.0f MB written, %.0f MB kept\n",
        entries, cpu, wall, longest * 1000, writtenMegabytes() - before, megabytes(place));
    const auto middle = writtenMegabytes();
    const auto [changeCpu, changeWall] = timed([&] {
      for (int i = 0; i < 2; ++i) {
        auto fresh = page(entries + i * 500, 500);
        std::vector<suppression::Entry> met;
        index.crawled(List::bounces, fresh, met);
        if (!database->transact([&] { table.add("main", List::bounces, fresh, facets(fresh), kStart + 1h); }))
          std::exit(1);
      }
    });
    std::printf(
        "1000 changes to it                                        %7.1f ms of CPU, %.1f ms in all; %.1f MB "
        "written\n",
        changeCpu * 1000, changeWall * 1000, writtenMegabytes() - middle);
  }
  std::unique_ptr<store::Database> database;
  const auto [openCpu, openWall] = timed([&] { database = open(place); });
  std::printf("open and check                                            %7.1f ms of CPU, %.1f ms in all\n",
              openCpu * 1000, openWall * 1000);
  suppression::Index again;
  const auto [cpu, wall] = timed([&] {
    store::SuppressionsTable table(*database);
    if (!database->read([&] { again.restore(table.fingerprints("main", List::bounces)); })) std::exit(1);
  });
  std::printf(
      "know them again at the start                              %7.1f ms of CPU, %.1f ms in all   [%zu]\n",
      cpu * 1000, wall * 1000, again.size());
}

// What a durable write costs, and of it the look whether the files are still there.
void writes() {
  constexpr int kWrites = 2000;
  const testing::TempStore place;
  auto database = open(place);
  store::MetaTable meta(*database);
  const auto [cpu, wall] = timed([&] {
    for (int i = 0; i < kWrites; ++i)
      if (!database->transact([&] { meta.put("key", std::to_string(i)); })) std::exit(1);
  });
  const auto [lookCpu, lookWall] = timed([&] {
    for (int i = 0; i < kWrites; ++i)
      if (!database->checkFiles()) std::exit(1);
  });
  std::printf(
      "a small write, committed                                  %7.1f µs of CPU, %.1f µs in all; a look at "
      "its files %.2f µs, and there are two\n",
      cpu * 1e6 / kWrites, wall * 1e6 / kWrites, lookCpu * 1e6 / kWrites);
  static_cast<void>(lookWall);
}

}  // namespace

int main(int count, char** arguments) {
  const int entries = count > 1 ? std::atoi(arguments[1]) : 1'000'000;
  writes();
  history(10);
  history(100);
  lists(entries);
}
