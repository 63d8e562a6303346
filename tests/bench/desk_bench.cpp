// What the desk costs with a million entries, beside what it may cost: crawls that change nothing, each pair
// of filters, counts, an answer for an address, exports, and the longest that each of them holds the loop.
// tests/bench/desk.py runs it, and measures pages and idle memory.
//
// usage: bench_desk [ENTRIES]
#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "bench/measure.hpp"
#include "desk/address_answer.hpp"
#include "desk/entry_export.hpp"
#include "desk/group_answer.hpp"
#include "sendgrid/client.hpp"
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

/// `goal`: what the figure should stay below; 0: none was set.
void show(const std::string& what, double value, const char* unit, double goal,
          const std::string& more = "") {
  std::string against = "-";
  if (goal > 0) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%g %s%s", goal, unit, value < goal ? "" : "  MISSED");
    against = text.data();
  }
  std::printf("%-58s %9.2f %-3s goal %-16s %s\n", what.c_str(), value, unit, against.c_str(), more.c_str());
}

constexpr double kLoopGoal = 50;  // ms

/// CPU time of steps on the loop's thread: all of them, and the longest.
class Steps {
 public:
  template <class Step>
  void run(const Step& step) {
    const auto at = cpuSeconds();
    step();
    const auto took = cpuSeconds() - at;
    spent_ += took;
    longest_ = std::max(longest_, took);
  }
  double seconds() const { return spent_; }
  void showLongest(const std::string& what) const { show(what, 1000 * longest_, "ms", kLoopGoal); }

 private:
  double spent_ = 0, longest_ = 0;
};

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

/// In the parts in which a crawl hands a page over.
void fill(watch::Owners& owners, Instant now, int entries, Steps& steps) {
  constexpr int kTellEvery = 100'000;
  int done = 0;
  pages(now, entries, [&](List list, std::vector<suppression::Entry>& page) {
    const auto before = done / kTellEvery;
    done += static_cast<int>(page.size());
    for (std::size_t at = 0; at < page.size(); at += sendgrid::kRowsAtOnce) {
      const auto begin = page.begin() + static_cast<std::ptrdiff_t>(at);
      const auto count = std::min(sendgrid::kRowsAtOnce, page.size() - at);
      std::vector<suppression::Entry> part(begin, begin + static_cast<std::ptrdiff_t>(count));
      steps.run([&] {
        if (!owners.lists().add("main", list, part)) std::exit(1);
      });
    }
    if (done / kTellEvery != before)
      std::fprintf(stderr, "%d of %d entries, %.0f s of CPU\n", done, entries, cpuSeconds());
  });
}

/// A full crawl of what was filled at `created`; `gone`: how many of the first entries it does not find.
void crawl(watch::Owners& owners, Instant created, Instant now, int entries, int gone, Steps& steps) {
  constexpr std::size_t kRemovedAtOnce = 100;
  auto& lists = owners.lists();
  for (const auto list : suppression::kLists) steps.run([&] { lists.beginCrawl("main", list); });
  int left = gone;
  pages(created, entries, [&](List list, std::vector<suppression::Entry>& page) {
    if (left > 0) {
      left -= static_cast<int>(page.size());
      return;
    }
    steps.run([&] {
      if (!lists.addCrawled("main", list, page) || !page.empty()) std::exit(1);
    });
  });
  for (const auto list : suppression::kLists) {
    std::vector<std::uint64_t> removed;
    const auto missing = watch::SuppressionLists::Missing::removed;
    steps.run([&] { removed = lists.endCrawl("main", list, now, missing); });
    while (!removed.empty())
      steps.run([&] {
        if (!lists.removeSome("main", list, removed, kRemovedAtOnce)) std::exit(1);
      });
    steps.run([&] {
      if (!lists.noteCrawled("main", list, now)) std::exit(1);
    });
  }
}

/// `what`: whether the index is in memory yet.
void crawlAgain(watch::Owners& owners, Instant now, int entries, const std::string& what) {
  const auto before = statusKilobytes("VmRSS");
  Steps steps;
  crawl(owners, now, now, entries, 0, steps);
  show("crawl and diff, nothing changed, " + what, steps.seconds(), "s", 0.5);
  show("  memory", static_cast<double>(statusKilobytes("VmRSS") - before) / 1024, "MB", 40);
  steps.showLongest("  the longest step on the loop");
}

/// What a page asks for: its rows, the tiles, the filters, what to do first, entries without a date.
void readPage(const desk::Entries& entries, const desk::Query& query, const desk::Query& undated) {
  if (!entries.page(query) || !entries.overview(query) || !entries.breakdown(undated)) std::exit(1);
}

void slowest(const desk::Entries& entries, const std::vector<desk::QueryAsked>& all, const char* what) {
  double most = 0;
  std::string worst;
  for (const auto& asked : all) {
    const auto query = entries.query(asked);
    auto withoutDate = asked;
    withoutDate.from.clear();
    withoutDate.period = "undated";
    const auto undated = entries.query(withoutDate);
    double spent = 1e9;
    for (int run = 0; run < 3; ++run) {
      const auto at = cpuSeconds();
      readPage(entries, query, undated);
      spent = std::min(spent, 1000 * (cpuSeconds() - at));
    }
    if (spent > most) {
      most = spent;
      worst.clear();
      for (const auto& [name, value] : desk::parametersOf(query)) worst += name + "=" + value + " ";
    }
  }
  show(what, most, "ms", kLoopGoal, "the slowest of " + std::to_string(all.size()) + ": " + worst);
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
      // Nothing, and what came last.
      {&desk::QueryAsked::seen, {"1795590000000-1795600000000", "1795582800000-1795586400000"}}};
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
  auto memory = statusKilobytes("VmRSS");
  Steps reading, writing;
  std::size_t bytes = 0;
  for (bool more = true; more;) {
    Result<std::vector<desk::ListedEntry>> rows(Error{});
    reading.run([&] { rows = csv.next(); });
    if (!rows) std::exit(1);
    more = !rows->empty();
    writing.run([&] {
      for (const auto& entry : *rows) bytes += desk::csvLine(csv.rowOf(entry)).size();
    });
  }
  const auto grown = [&] { return static_cast<double>(statusKilobytes("VmRSS") - memory) / 1024; };
  show("CSV of " + std::to_string(csv.rows()) + " rows", reading.seconds() + writing.seconds(), "s", 3,
       std::to_string(bytes / 1'000'000) + " MB");
  show("  of it off the loop", writing.seconds(), "s", 0);
  show("  memory", grown(), "MB", 16);
  reading.showLongest("  the longest step on the loop");

  memory = statusKilobytes("VmRSS");
  desk::EntryExport xlsx(entries, entries.query(asked), Language::japanese);
  auto book = sheet::Workbook::open(folder, "List", xlsx.heading());
  if (!book) std::exit(1);
  Steps read, made;
  for (bool more = true; more;) {
    Result<std::vector<desk::ListedEntry>> rows(Error{});
    read.run([&] { rows = xlsx.next(); });
    if (!rows) std::exit(1);
    more = !rows->empty();
    made.run([&] {
      for (const auto& entry : *rows) (*book)->add(xlsx.rowOf(entry));
    });
  }
  made.run([&] {
    const auto file = (*book)->finish();
    bytes = file ? file->size() : 0;
  });
  show("XLSX of " + std::to_string(xlsx.rows()) + " rows", read.seconds() + made.seconds(), "s", 3,
       std::to_string(bytes / 1'000'000) + " MB");
  show("  of it off the loop", made.seconds(), "s", 0);
  show("  memory", grown(), "MB", 16);
}

/// Reads which entries are known anew, as after a start.
void loadAgain(watch::Owners& owners) {
  owners.lists().storeReopened();
  Steps steps;
  for (const auto list : suppression::kLists) steps.run([&] { owners.lists().size("main", list); });
  steps.showLongest("reading the known entries of a list, once at a start");
}

/// What somebody has cleared at the provider: two crawls find it missing.
void removeMany(watch::Owners& owners, testing::ManualClock& clock, Instant created, int entries) {
  const int gone = std::min(50'000, entries / 2);
  Steps steps;
  for (int round = 0; round < 2; ++round) {
    crawl(owners, created, clock.now(), entries, gone, steps);
    clock.advance(std::chrono::hours(3));
  }
  show("crawls that find " + std::to_string(gone) + " entries removed", steps.seconds(), "s", 0);
  steps.showLongest("  the longest step on the loop");
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
  Steps first;
  const auto filled = clock.now();
  fill(owners, filled, size, first);
  show("first crawl of " + std::to_string(size) + " entries, explained and counted", first.seconds(), "s", 0);
  first.showLongest("  the longest step on the loop");
  const auto before = statusKilobytes("VmRSS");

  loadAgain(owners);
  crawlAgain(owners, clock.now(), size, "the first one");
  crawlAgain(owners, clock.now(), size, "a later one");

  // What came last.
  clock.advance(std::chrono::minutes(5));
  std::vector<suppression::Entry> news;
  for (int i = 0; i < 1000; ++i)
    news.push_back({"new" + std::to_string(i) + "@gmail.com", clock.now() - std::chrono::minutes(i),
                    kReplies[1], "", "", 0});
  if (!owners.lists().add("main", List::bounces, news)) return 1;

  const desk::Entries entries(owners, nullptr);
  slowest(entries, {{}}, "the list as it opens");
  slowest(entries, pairs(""), "each pair of filters, seven days");
  slowest(entries, pairs("2024-12-01"), "each pair of filters, two years");
  for (const auto* from : {"", "2024-12-01"}) {
    desk::QueryAsked asked;
    asked.from = from;
    const auto query = entries.query(asked);
    const auto counted = milliseconds([&] {
      if (!entries.counts(query)) std::exit(1);
    });
    show(*from == '\0' ? "counts of seven days" : "counts of two years", counted, "ms", 12);
  }
  const desk::Addresses addresses(owners, entries, nullptr);
  show("answer for an address", milliseconds([&] {
         if (!addresses.answer("user7@gmail.com", config, Language::japanese)) std::exit(1);
       }),
       "ms", kLoopGoal);
  const desk::Groups groups(owners, entries);
  for (const auto* from : {"", "2024-12-01"}) {
    desk::QueryAsked asked;
    asked.from = from;
    const auto query = entries.query(asked);
    const std::string period = *from == '\0' ? "seven days" : "two years";
    show("all groups, " + period, milliseconds([&] {
           if (!groups.all(query)) std::exit(1);
         }),
         "ms", kLoopGoal);
    show("a group, " + period, milliseconds([&] {
           if (!groups.answer("Gmail", query, Language::japanese)) std::exit(1);
         }),
         "ms", kLoopGoal);
  }
  exports(entries, place.folder());
  removeMany(owners, clock, filled, size);
  show("memory since the first crawl", static_cast<double>(statusKilobytes("VmRSS") - before) / 1024, "MB",
       0);
}
