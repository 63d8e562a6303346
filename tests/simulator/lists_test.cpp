// The suppression lists of the simulated account: years of entries that nobody keeps in memory.
#include "simulator/lists.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "simulator/people.hpp"

using namespace arrivald;
using namespace arrivald::simulator;
using suppression::Entry;
using suppression::List;
using namespace std::chrono_literals;

namespace {

const Instant kEnd = fromUnixSeconds(1'795'000'000);

Lists some(std::size_t entries) { return Lists(Archive(1, entries, kEnd)); }

std::vector<Entry> all(const Lists& lists, List list, std::size_t pageRows) {
  std::vector<Entry> entries;
  for (;;) {
    const auto page = lists.page(list, {{}, kEnd + 24h, entries.size(), pageRows});
    entries.insert(entries.end(), page.begin(), page.end());
    if (page.size() < pageRows) return entries;
  }
}

}  // namespace

TEST_CASE("pages give every entry once, and the same ones each time") {
  const auto lists = some(2'000);
  const auto bounces = all(lists, List::bounces, 77);
  CHECK(bounces.size() == 1'400);
  CHECK(all(lists, List::bounces, 500) == bounces);
  std::set<std::string> addresses;
  for (const auto& entry : bounces) addresses.insert(entry.email);
  CHECK(addresses.size() == bounces.size());
  CHECK(std::ranges::is_sorted(bounces, std::greater(), &Entry::created));
  CHECK(bounces.front().created <= kEnd);
}

TEST_CASE("the lists share no address") {
  const auto lists = some(1'000);
  std::set<std::string> addresses;
  std::size_t entries = 0;
  for (const auto list : suppression::kLists)
    for (const auto& entry : all(lists, list, 500)) {
      ++entries;
      addresses.insert(entry.email);
    }
  CHECK(entries == 1'000);
  CHECK(addresses.size() == entries);
}

TEST_CASE("a span of time has its entries only") {
  const auto lists = some(2'000);
  std::size_t expected = 0;
  for (const auto& entry : all(lists, List::blocks, 500))
    if (entry.created >= kEnd - 20 * 24h && entry.created <= kEnd - 5 * 24h) ++expected;
  const auto found = lists.page(List::blocks, {kEnd - 20 * 24h, kEnd - 5 * 24h, 0, 500});
  CHECK(expected > 0);
  CHECK(found.size() == expected);
}

TEST_CASE("an entry of the archive is found by its address, and leaves after the delay") {
  auto lists = some(2'000);
  const auto before = all(lists, List::bounces, 500);
  const auto entry = before.at(700);
  CHECK(lists.find(List::bounces, entry.email) == std::vector{entry});
  CHECK(lists.find(List::blocks, entry.email).empty());
  CHECK(lists.remove(List::bounces, entry.email, kEnd));
  CHECK_FALSE(lists.remove(List::bounces, entry.email, kEnd));
  CHECK(lists.find(List::bounces, entry.email).size() == 1);
  lists.advance(kEnd + Lists::kRemovalDelay);
  CHECK(lists.find(List::bounces, entry.email).empty());
  auto expected = before;
  expected.erase(expected.begin() + 700);
  CHECK(all(lists, List::bounces, 33) == expected);
}

TEST_CASE("what is added comes last") {
  auto lists = some(100);
  lists.add(List::spamReports, {"new@example.jp", kEnd + 1h, "", "", ""});
  CHECK(all(lists, List::spamReports, 500).back().email == "new@example.jp");
  CHECK(lists.find(List::spamReports, "new@example.jp").size() == 1);
}

TEST_CASE("people have different addresses, and those of offices look like an office's") {
  std::set<std::string> addresses;
  for (std::uint64_t i = 0; i < 3 * kPeople; i += 7) addresses.insert(personAt(i, "gmail.com"));
  CHECK(addresses.size() == (3 * kPeople + 6) / 7);
  std::set<std::string> staff;
  for (std::uint64_t i = 0; i < kPeople; i += 3) staff.insert(personAt(i, "city.example.lg.jp"));
  CHECK(staff.size() == (kPeople + 2) / 3);
}

TEST_CASE("fewer entries go less far back, and are as many each day of late") {
  const auto ofLastMonth = [](const Lists& lists) {
    return std::ranges::count_if(all(lists, List::blocks, 500),
                                 [](const Entry& one) { return one.created > kEnd - 30 * 24h; });
  };
  const auto many = ofLastMonth(some(Archive::kOfAllYears));
  CHECK(many > 100);
  CHECK(ofLastMonth(some(Archive::kOfAllYears / 10)) == many);
}
