// What the desk costs with a million entries: crawls that change nothing, each pair of filters, counts, an
// answer for an address, an export.
//
// usage: bench_desk [ENTRIES]
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "bench/measure.hpp"
#include "desk/address_answer.hpp"
#include "desk/entry_export.hpp"
#include "sheet/workbook.hpp"
#include "store/database.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::bench;
using suppression::List;

namespace {

constexpr std::array kReplies = {
    "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking",
    "552 5.2.2 mailbox full", "554 5.7.1 Client host blocked using Spamhaus",
    "421 4.7.0 too many connections, try again later", "550 5.7.1 Message refused"};
constexpr std::array kDomains = {"gmail.com",          "docomo.ne.jp", "ezweb.ne.jp", "yahoo.co.jp",
                                 "town.example.lg.jp", "outlook.com",  "icloud.com"};

/// The same pages at each call: a million entries over two years; most of the last month is denser, as after
/// an incident.
template <class Visit>
void pages(Instant now, int entries, const Visit& visit) {
  std::mt19937 random(7);
  const auto any = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  constexpr int kPage = 500;
  for (int i = 0; i < entries; i += kPage) {
    std::vector<suppression::Entry> page;
    for (int j = 0; j < kPage; ++j) {
      const auto age = std::chrono::seconds(any(2) == 0 ? any(30 * 86'400) : any(700 * 86'400));
      const auto domain = any(3) == 0 ? "office" + std::to_string(any(5000)) + ".example.lg.jp"
                                      : std::string(kDomains[any(kDomains.size())]);
      page.push_back({"user" + std::to_string(i + j) + "@" + domain, now - age,
                      kReplies[any(kReplies.size())], "", "", 0});
    }
    const auto list = any(4) == 0 ? List::blocks : any(50) == 0 ? List::spamReports : List::bounces;
    visit(list, page);
  }
}

void fill(watch::Owners& owners, Instant now, int entries) {
  constexpr int kTellEvery = 100'000;
  int done = 0;
  pages(now, entries, [&](List list, std::vector<suppression::Entry>& page) {
    const auto before = done / kTellEvery;
    done += static_cast<int>(page.size());
    if (!owners.lists().add("main", list, page)) std::exit(1);
    if (done / kTellEvery != before)
      std::fprintf(stderr, "%d of %d entries, %.0f s of CPU\n", done, entries, cpuSeconds());
  });
}

/// A full crawl that finds what is known; `what`: whether the index is in memory yet.
void crawlAgain(watch::Owners& owners, Instant now, int entries, const char* what) {
  const auto before = statusKilobytes("VmRSS");
  double spent = 0;
  const auto timed = [&](const auto& step) {
    const auto at = cpuSeconds();
    step();
    spent += cpuSeconds() - at;
  };
  auto& lists = owners.lists();
  for (const auto list : suppression::kLists) timed([&] { lists.beginCrawl("main", list); });
  pages(now, entries, [&](List list, std::vector<suppression::Entry>& page) {
    timed([&] {
      if (!lists.addCrawled("main", list, page) || !page.empty()) std::exit(1);
    });
  });
  for (const auto list : suppression::kLists)
    timed([&] {
      if (!lists.finishCrawl("main", list, now, watch::SuppressionLists::Missing::removed)) std::exit(1);
    });
  std::printf("crawl and diff, nothing changed, %-21s %8.2f s of CPU, memory grew by %ld KB\n", what, spent,
              statusKilobytes("VmRSS") - before);
}

double slowest(const desk::Entries& entries, const std::vector<desk::QueryAsked>& all, const char* what) {
  double most = 0;
  std::string worst;
  for (const auto& asked : all) {
    const auto query = entries.query(asked);
    double spent = 1e9;
    for (int run = 0; run < 3; ++run) {
      const auto at = cpuSeconds();
      if (!entries.page(query)) std::exit(1);
      spent = std::min(spent, 1000 * (cpuSeconds() - at));
    }
    if (spent > most) {
      most = spent;
      worst.clear();
      for (const auto& [name, value] : desk::parametersOf(query)) worst += " " + name + "=" + value;
    }
  }
  std::printf("%-54s %8.2f ms of CPU, the slowest of %zu:%s\n", what, most, all.size(), worst.c_str());
  return most;
}

std::vector<desk::QueryAsked> pairs(const std::string& from) {
  using Member = std::string desk::QueryAsked::*;
  const std::vector<std::pair<Member, std::vector<std::string>>> facets = {
      {&desk::QueryAsked::list, {"bounces", "blocks", "spam_reports", "unsubscribes"}},
      {&desk::QueryAsked::side, {"ours", "theirs", "wrong_address", "temporary", "unknown"}},
      {&desk::QueryAsked::cause, {"no_address", "mailbox_full", "sender_blocked", "content_spam_virus"}},
      {&desk::QueryAsked::group, {"Gmail", "docomo", "Local governments"}},
      {&desk::QueryAsked::domain, {"gmail.com", "office7.example.lg.jp", "nowhere.example"}},
      {&desk::QueryAsked::sort, {"stopped"}},
      {&desk::QueryAsked::account, {"main"}},
      {&desk::QueryAsked::seen, {"1795582800000-1795586400000"}}};
  std::vector<desk::QueryAsked> all;
  for (std::size_t a = 0; a < facets.size(); ++a)
    for (std::size_t b = a + 1; b < facets.size(); ++b)
      for (const auto& first : facets[a].second)
        for (const auto& second : facets[b].second) {
          desk::QueryAsked asked;
          asked.from = from;
          asked.*facets[a].first = first;
          asked.*facets[b].first = second;
          all.push_back(asked);
        }
  return all;
}

void exports(const desk::Entries& entries, const std::string& folder) {
  desk::QueryAsked asked;
  asked.from = "2024-12-01";
  desk::EntryExport csv(entries, entries.query(asked), Language::japanese);
  const auto memory = statusKilobytes("VmRSS");
  const auto begin = cpuSeconds();
  double longest = 0, writing = 0;
  std::size_t bytes = 0;
  for (;;) {
    const auto at = cpuSeconds();
    const auto rows = csv.next();
    if (!rows || rows->empty()) break;
    longest = std::max(longest, cpuSeconds() - at);
    const auto from = cpuSeconds();
    for (const auto& entry : *rows) bytes += desk::csvLine(csv.rowOf(entry)).size();
    writing += cpuSeconds() - from;
  }
  std::printf(
      "CSV of %zu rows %41.2f s of CPU, of which %.2f s off the loop; longest slice %.1f ms, %.1f MB, memory "
      "grew by %ld KB\n",
      csv.rows(), cpuSeconds() - begin, writing, longest * 1000, static_cast<double>(bytes) / 1e6,
      statusKilobytes("VmRSS") - memory);
  desk::EntryExport xlsx(entries, entries.query(asked), Language::japanese);
  auto book = sheet::Workbook::open(folder, "List", xlsx.heading());
  if (!book) std::exit(1);
  writing = 0;
  for (;;) {
    const auto rows = xlsx.next();
    if (!rows || rows->empty()) break;
    const auto at = cpuSeconds();
    for (const auto& entry : *rows) (*book)->add(xlsx.rowOf(entry));
    writing += cpuSeconds() - at;
  }
  const auto at = cpuSeconds();
  const auto file = (*book)->finish();
  std::printf("XLSX of %zu rows, besides reading them %18.2f s of CPU off the loop, %.1f MB\n", xlsx.rows(),
              writing + cpuSeconds() - at, file ? static_cast<double>(file->size()) / 1e6 : -1.0);
}

}  // namespace

int main(int count, char** arguments) {
  // Each figure is shown once it is known, also where the output is no terminal.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const int size = count > 1 ? std::atoi(arguments[1]) : 1'000'000;
  testing::TempStore place;
  testing::ManualClock clock(parseIso("2026-11-25T05:00:00Z").value());
  boost::asio::io_context io;
  metrics::Registry registry(clock, "bench", metrics::CardinalityLimits{});
  const auto database = store::Database::open(place.path()).value();
  // What is measured is CPU: 2,000 commits that wait for a busy disk tell nothing, and take minutes.
  static_cast<void>(database->read([&] { store::Statement(*database, "PRAGMA synchronous = OFF").step(); }));
  watch::StoreHealth health(clock, registry);
  watch::Owners owners({io.get_executor(), *database, clock, registry, health, clock.now()});
  config::Config config;
  config.accounts.emplace_back().name = "main";
  owners.retain(config);
  const auto begin = cpuSeconds();
  fill(owners, clock.now(), size);
  std::printf("first crawl of %d entries, explained and counted %9.2f s of CPU\n", size,
              cpuSeconds() - begin);
  const auto before = statusKilobytes("VmRSS");

  crawlAgain(owners, clock.now(), size, "the first one");
  crawlAgain(owners, clock.now(), size, "a later one");

  const desk::Entries entries(owners, nullptr);
  slowest(entries, {{}}, "the list as it opens");
  slowest(entries, pairs(""), "each pair of filters, seven days");
  slowest(entries, pairs("2024-12-01"), "each pair of filters, two years");
  for (const auto* from : {"", "2024-12-01"}) {
    desk::QueryAsked asked;
    asked.from = from;
    const auto query = entries.query(asked);
    std::printf("counts of %-44s %8.2f ms of CPU\n", *from == '\0' ? "seven days" : "two years",
                milliseconds([&] {
                  if (!entries.counts(query)) std::exit(1);
                }));
  }
  const desk::Addresses addresses(owners, entries, nullptr);
  std::printf("answer for an address %33s %8.2f ms of CPU\n", "", milliseconds([&] {
                if (!addresses.answer("user7@gmail.com", config, Language::japanese)) std::exit(1);
              }));
  exports(entries, place.folder());
  std::printf("memory grew by %ld KB since the first crawl\n", statusKilobytes("VmRSS") - before);
}
