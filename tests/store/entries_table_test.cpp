// The rows of the desk's list: filters, order, paging, and counters that always equal a full count.
#include "store/entries_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "base/time_zone.hpp"
#include "store/entry_cells.hpp"
#include "store/suppressions_table.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::store;
using causes::Class;
using suppression::Entry;
using suppression::EntryId;
using suppression::List;
using suppression::Side;

namespace {

const Instant kStart = parseIso("2026-11-01T00:00:00Z").value();
constexpr std::array kAccounts = {"main", "city"};
constexpr std::array kDomains = {"gmail.com", "docomo.ne.jp", "town.example.lg.jp", "a.example"};
constexpr std::array kReceivers = {"Gmail", "docomo", "Local governments", "other"};

/// Any entry, and what it is filtered by.
struct Made {
  std::string account;
  List list = List::bounces;
  Entry entry;
  EntryFacets facets;
  bool removed = false;
  std::int64_t stopped = 0;
};

struct Fixture {
  testing::TempStore place;
  std::unique_ptr<Database> database = std::move(*Database::open(place.path()));
  std::mt19937 random{7};
  std::vector<Made> all;

  std::size_t any(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  }
  Made make() {
    Made made;
    made.account = kAccounts[any(2)];
    made.list = suppression::kLists[any(suppression::kLists.size())];
    const auto domain = any(4);
    made.entry.email = "user" + std::to_string(all.size()) + "@" + kDomains[domain];
    made.entry.created = kStart + std::chrono::minutes(any(10 * 24 * 60));
    made.facets = {TimeZone().dateOf(made.entry.created), causes::kClasses[any(12)],
                   suppression::kSides[any(5)], kReceivers[domain], kDomains[domain]};
    return made;
  }
  void store(const Made& made) {
    SuppressionsTable(*database).add(made.account, made.list, std::vector{made.entry},
                                     std::vector{made.facets}, kStart);
  }
  void remove(const Made& made) {
    SuppressionsTable(*database).remove(
        made.account, made.list,
        std::vector{suppression::fingerprint(made.list, made.entry.email, made.entry.created)},
        kStart + std::chrono::hours(24));
  }
  void fill(std::size_t entries) {
    for (std::size_t i = 0; i < entries; ++i) {
      all.push_back(make());
      store(all.back());
    }
  }
  static EntryFilter everything() {
    EntryFilter filter;
    filter.from = kStart;
    filter.to = kStart + std::chrono::hours(24 * 11);
    filter.first = TimeZone().dateOf(filter.from);
    filter.last = TimeZone().dateOf(filter.to) - std::chrono::days(1);
    return filter;
  }
  static bool fits(const EntryFilter& filter, const Made& made) {
    return made.removed == (filter.presence == EntryFilter::Presence::removed) &&
           made.entry.created >= filter.from && made.entry.created < filter.to &&
           (filter.account.empty() || filter.account == made.account) &&
           (!filter.list || filter.list == made.list) && (!filter.side || filter.side == made.facets.side) &&
           (!filter.cause || filter.cause == made.facets.causeClass) &&
           (filter.receivers.empty() || filter.receivers == made.facets.receivers) &&
           (filter.domain.empty() || filter.domain == made.facets.domain);
  }
  EntryFilter anyFilter() {
    auto filter = everything();
    if (any(3) == 0) {
      filter.first += std::chrono::days(any(5));
      filter.last = filter.first + std::chrono::days(any(4));
      filter.from = TimeZone().startOf(filter.first);
      filter.to = TimeZone().startOf(filter.last + std::chrono::days(1));
    }
    if (any(4) == 0) filter.presence = EntryFilter::Presence::removed;
    if (any(3) == 0) filter.account = kAccounts[any(2)];
    if (any(3) == 0) filter.list = suppression::kLists[any(6)];
    if (any(3) == 0) filter.side = suppression::kSides[any(5)];
    if (any(3) == 0) filter.cause = causes::kClasses[any(12)];
    if (any(4) == 0) filter.receivers = any(4) == 0 ? "no such group" : kReceivers[any(4)];
    if (any(4) == 0) filter.domain = any(4) == 0 ? "no such domain" : kDomains[any(4)];
    return filter;
  }
  /// The addresses of all pages, in their order.
  std::vector<std::string> paged(const EntryFilter& filter, EntriesTable::Order order, std::size_t max) {
    EntriesTable table(*database);
    std::vector<EntryPlace> places;
    std::optional<EntryPlace> after;
    for (;;) {
      const auto page = table.page(filter, order, after, max);
      places.insert(places.end(), page.begin(), page.end());
      if (page.size() < max) break;
      after = page.back();
    }
    std::vector<EntryId> ids;
    for (const auto& one : places) ids.push_back(one.id);
    std::vector<std::string> emails;
    for (const auto& entry : SuppressionsTable(*database).find(ids)) emails.push_back(entry.entry.email);
    return emails;
  }
  std::vector<std::string> expected(const EntryFilter& filter, EntriesTable::Order order) const {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (fits(filter, all[i])) chosen.push_back(i);
    std::sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
      const auto key = [&](std::size_t i) {
        return std::tuple(order == EntriesTable::Order::mostStopped ? all[i].stopped : 0,
                          all[i].entry.created, i);
      };
      return key(a) > key(b);
    });
    std::vector<std::string> emails;
    for (const auto i : chosen) emails.push_back(all[i].entry.email);
    return emails;
  }
  EntryId idOf(const Made& made) { return SuppressionsTable(*database).find(made.entry.email, 1)[0].id; }
  /// The counters, and the same counted from the rows.
  std::vector<std::vector<std::int64_t>> rows(const char* sql) {
    std::vector<std::vector<std::int64_t>> found;
    Statement row(*database, sql);
    while (row.step()) {
      found.emplace_back();
      for (int column = 0; column < 7; ++column) found.back().push_back(row.integer(column));
    }
    return found;
  }
  void checkCounters() {
    CHECK(
        rows("SELECT removed, day, list, class, side, receivers, entries FROM entry_counts ORDER BY 1, 2, 3, "
             "4, 5, 6") == rows("SELECT removed, day, list, class, side, receivers, count(*) FROM "
                                "entry_facets GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"));
    CHECK(
        rows("SELECT removed, span, list, class, side, receivers, entries FROM entry_spans ORDER BY 1, 2, 3, "
             "4, 5, 6") ==
        rows("SELECT removed, day >> 5, list, class, side, receivers, count(*) FROM entry_facets GROUP BY 1, "
             "2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"));
    CHECK(rows("SELECT count(*), 0, 0, 0, 0, 0, 0 FROM entry_facets") ==
          rows("SELECT count(*), 0, 0, 0, 0, 0, 0 FROM suppression_entries"));
    CHECK(rows("SELECT count(*), 0, 0, 0, 0, 0, 0 FROM entry_facets WHERE removed = 1") ==
          rows("SELECT count(*), 0, 0, 0, 0, 0, 0 FROM suppression_entries WHERE removed_at IS NOT NULL"));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "counters equal a full count after any adds, removals and returns, also of a crash") {
  fill(50);
  for (int step = 0; step < 400; ++step) {
    const bool commits = any(4) != 0;
    auto changed = all;
    const auto done = database->transact([&] {
      for (std::size_t i = 0; i <= any(5); ++i) {
        auto& made = changed[any(changed.size())];
        switch (any(4)) {
          case 0:
            remove(made);
            made.removed = true;
            break;
          case 1:
            store(made);
            made.removed = false;
            break;
          case 2:
            made.facets.side = suppression::kSides[any(5)];
            made.facets.causeClass = causes::kClasses[any(12)];
            EntriesTable(*database).update(idOf(made), made.entry.created, made.facets);
            break;
          default:
            EntriesTable(*database).addStopped(idOf(made), made.entry.created, 1);
            ++made.stopped;
        }
      }
      // As a kill would end it: nothing of the transaction is kept.
      if (!commits) throw SqlError("stopped");
    });
    REQUIRE(done.ok() == commits);
    if (commits) all = std::move(changed);
    if (step % 20 == 0) checkCounters();
  }
  checkCounters();
  for (const auto order : {EntriesTable::Order::newest, EntriesTable::Order::mostStopped})
    CHECK(paged(everything(), order, 7) == expected(everything(), order));
}

TEST_CASE_METHOD(
    Fixture, "each filter finds exactly its entries, newest or most stopped first, in pages of any size") {
  REQUIRE(database->transact([&] { fill(600); }));
  for (int i = 0; i < 200; ++i) {
    auto& made = all[any(all.size())];
    if (any(2) == 0) {
      EntriesTable(*database).addStopped(idOf(made), made.entry.created, 2);
      made.stopped += 2;
    } else {
      remove(made);
      made.removed = true;
    }
  }
  for (int i = 0; i < 300; ++i) {
    const auto filter = anyFilter();
    for (const auto order : {EntriesTable::Order::newest, EntriesTable::Order::mostStopped})
      CHECK(paged(filter, order, 1 + any(80)) == expected(filter, order));
    const auto counts = EntryCountsTable(*database).count(filter);
    CHECK(counts.entries == static_cast<std::int64_t>(expected(filter, EntriesTable::Order::newest).size()));
    CHECK(EntryCountsTable(*database).bySide(filter) == counts.bySide);
    std::map<Side, std::int64_t> bySide;
    for (const auto& [day, sides] : EntryCountsTable(*database).byDay(filter))
      for (const auto& [side, entries] : sides) bySide[side] += entries;
    CHECK(bySide == counts.bySide);
    const auto days = EntryCountsTable(*database).byDay(filter);
    CHECK(EntryCells(*database).firstDay(filter) ==
          (days.empty() ? std::nullopt : std::optional(days.begin()->first)));
  }
}

TEST_CASE_METHOD(Fixture, "years are counted by spans of days, and by the days at both ends") {
  REQUIRE(database->transact([&] {
    for (int i = 0; i < 300; ++i) {
      all.push_back(make());
      all.back().entry.created -= std::chrono::hours(24 * any(200));
      all.back().facets.day = TimeZone().dateOf(all.back().entry.created);
      store(all.back());
    }
  }));
  for (int i = 0; i < 200; ++i) {
    auto filter = anyFilter();
    filter.first = filter.last - std::chrono::days(any(220));
    filter.last -= std::chrono::days(any(20));
    if (filter.first > filter.last) filter.first = filter.last;
    filter.from = TimeZone().startOf(filter.first);
    filter.to = TimeZone().startOf(filter.last + std::chrono::days(1));
    const auto wanted = static_cast<std::int64_t>(expected(filter, EntriesTable::Order::newest).size());
    CHECK(EntryCountsTable(*database).count(filter).entries == wanted);
    std::int64_t sum = 0;
    for (const auto& [side, entries] : EntryCountsTable(*database).bySide(filter)) sum += entries;
    CHECK(sum == wanted);
    CHECK(paged(filter, EntriesTable::Order::newest, 50).size() == static_cast<std::size_t>(wanted));
    std::map<std::string, std::int64_t> byDomain;
    for (const auto& made : all)
      if (fits(filter, made)) ++byDomain[made.facets.domain];
    const auto domains = EntryCountsTable(*database).domains(filter, 10);
    CHECK(std::map<std::string, std::int64_t>(domains.begin(), domains.end()) == byDomain);
  }
}

TEST_CASE_METHOD(Fixture, "what is known of a list is read in the order of its fingerprints") {
  fill(100);
  for (std::size_t i = 0; i < 10; ++i) remove(all[i]);
  for (const auto* account : kAccounts) {
    const auto prints = SuppressionsTable(*database).fingerprints(account, List::bounces);
    CHECK(std::ranges::is_sorted(prints));
    // Of both halves: SQLite takes the upper one as negative.
    CHECK(std::ranges::any_of(prints, [](std::uint64_t print) { return print >> 63 == 1; }));
    CHECK(std::ranges::any_of(prints, [](std::uint64_t print) { return print >> 63 == 0; }));
  }
}

TEST_CASE("a store from before is counted by spans at once, and its domains have groups") {
  const testing::TempStore place;
  const auto steps = migrations();
  const auto spans = std::find_if(steps.begin(), steps.end(), [](const char* step) {
    return std::string_view(step).find("CREATE TABLE entry_spans") != std::string_view::npos;
  });
  REQUIRE(spans != steps.end());
  {
    const auto database = Database::open(place.path(), {steps.begin(), spans});
    REQUIRE(database);
    for (const auto* sql :
         {"INSERT INTO entry_domains (id, name) VALUES (1, 'gmail.com'), (2, 'nobody.example')",
          "INSERT INTO entry_receivers (id, name) VALUES (7, 'Gmail')",
          "INSERT INTO entry_facets (removed, created_at, entry, day, list, class, side, receivers, domain) "
          "VALUES "
          "(0, 1000, 1, 31, 1, 1, 1, 7, 1), (0, 1000, 2, 32, 1, 1, 1, 7, 1), (0, 1000, 3, 33, 1, 1, 1, 7, "
          "1), "
          "(0, 0, 4, -1, 1, 1, 1, 7, 1)"})
      REQUIRE((*database)->transact([&] { Statement(**database, sql).run(); }).ok());
  }
  const auto database = Database::open(place.path());
  REQUIRE(database);
  const auto numbers = [&](const char* sql) {
    std::vector<std::int64_t> found;
    Statement row(**database, sql);
    while (row.step()) found.push_back(row.integer(0));
    return found;
  };
  // A day before 1970, as one without a date is west of Greenwich, is in a span of its own.
  CHECK(numbers("SELECT span FROM entry_spans ORDER BY span") == std::vector<std::int64_t>{-1, 0, 1});
  CHECK(numbers("SELECT entries FROM entry_spans ORDER BY span") == std::vector<std::int64_t>{1, 1, 2});
  CHECK(numbers("SELECT receivers FROM entry_domains ORDER BY id") == std::vector<std::int64_t>{7, 0});
}

TEST_CASE_METHOD(Fixture, "the domains of a group follow it into another one") {
  fill(30);
  auto& made = all.front();
  auto filter = everything();
  filter.receivers = made.facets.receivers = "Our town";
  for (auto& one : all)
    if (one.facets.domain == made.facets.domain) {
      one.facets.receivers = "Our town";
      EntriesTable(*database).update(idOf(one), one.entry.created, one.facets);
    }
  const auto domains = EntryCountsTable(*database).domains(filter, 10);
  REQUIRE(domains.size() == 1);
  CHECK(domains[0].first == made.facets.domain);
}

TEST_CASE_METHOD(Fixture,
                 "entries by when they were first seen: pages and counts, in the order of the list") {
  REQUIRE(database->transact([&] { fill(200); }));
  const auto later = kStart + std::chrono::hours(1);
  std::vector<Made> fresh;
  for (int i = 0; i < 30; ++i) {
    fresh.push_back(make());
    fresh.back().entry.email = "fresh" + std::to_string(i) + "@a.example";
    SuppressionsTable(*database).add(fresh.back().account, fresh.back().list, std::vector{fresh.back().entry},
                                     std::vector{fresh.back().facets}, later);
  }
  const auto newest = [](const Made& a, const Made& b) { return a.entry.created > b.entry.created; };
  auto filter = everything();
  filter.seen = EntryFilter::Seen{kStart, later};
  for (const auto side : {std::optional<Side>(), std::optional(Side::ours)}) {
    filter.side = side;
    auto wanted = fresh;
    std::erase_if(wanted, [&](const Made& made) { return side && made.facets.side != *side; });
    std::ranges::stable_sort(wanted, newest);
    const auto page = EntriesTable(*database).page(filter, EntriesTable::Order::newest, std::nullopt, 100);
    REQUIRE(page.size() == wanted.size());
    for (std::size_t i = 0; i < page.size(); ++i)
      CHECK(page[i].created == unixMilliseconds(wanted[i].entry.created));
    CHECK(EntryCountsTable(*database).count(filter).entries == static_cast<std::int64_t>(wanted.size()));
  }
  filter.side.reset();
  const auto first = EntriesTable(*database).page(filter, EntriesTable::Order::newest, std::nullopt, 20);
  CHECK(EntriesTable(*database).page(filter, EntriesTable::Order::newest, first.back(), 20).size() == 10);
}

TEST_CASE_METHOD(Fixture, "paging neither repeats nor skips while entries arrive and go") {
  REQUIRE(database->transact([&] { fill(300); }));
  const auto filter = everything();
  const auto before = expected(filter, EntriesTable::Order::newest);
  EntriesTable table(*database);
  std::vector<std::string> seen;
  std::optional<EntryPlace> after;
  for (;;) {
    const auto page = table.page(filter, EntriesTable::Order::newest, after, 20);
    for (const auto& one : page)
      seen.push_back(SuppressionsTable(*database).find(std::vector{one.id})[0].entry.email);
    if (page.size() < 20) break;
    after = page.back();
    // One arrives above, and one that was shown goes.
    auto fresh = make();
    fresh.entry.created = kStart + std::chrono::hours(24 * 10 + 1);
    fresh.entry.email = "fresh" + std::to_string(seen.size()) + "@a.example";
    store(fresh);
    for (const auto& made : all)
      if (made.entry.email == seen.back()) remove(made);
  }
  CHECK(seen == before);
}

TEST_CASE_METHOD(Fixture, "an entry that comes back keeps its number and what it stopped") {
  fill(1);
  const auto id = idOf(all[0]);
  EntriesTable(*database).addStopped(id, all[0].entry.created, 3);
  remove(all[0]);
  CHECK(SuppressionsTable(*database).find(std::vector{id})[0].removed);
  store(all[0]);
  const auto again = SuppressionsTable(*database).find(std::vector{id});
  REQUIRE(again.size() == 1);
  CHECK_FALSE(again[0].removed);
  CHECK(again[0].stopped == 3);
  CHECK(EntriesTable(*database).listedOf(all[0].facets.domain) == 1);
  CHECK(SuppressionsTable(*database).find(std::vector<EntryId>{EntryId{99}}).empty());
}

TEST_CASE("sides, causes and lists are stored as numbers that stay") {
  CHECK(static_cast<int>(Side::ours) == 0);
  CHECK(static_cast<int>(Side::theirs) == 1);
  CHECK(static_cast<int>(Side::wrongAddress) == 2);
  CHECK(static_cast<int>(Side::temporary) == 3);
  CHECK(static_cast<int>(Side::unknown) == 4);
  std::string letters;
  for (int i = 0; i < 12; ++i) letters += causes::letter(static_cast<Class>(i));
  CHECK(letters == "ADFSRBKCMTNU");
}
