#include "suppression/index.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

using namespace arrivald;
using namespace arrivald::suppression;

namespace {

std::vector<Entry> entries(int from, int to) {
  std::vector<Entry> all;
  for (int i = from; i < to; ++i)
    all.push_back(
        {"user" + std::to_string(i) + "@example.jp", fromUnixSeconds(1'700'000'000 + i), "550", "5.1.1", ""});
  return all;
}

void add(Index& index, List list, std::vector<Entry>& page) {
  std::vector<Entry> met;
  index.add(list, page, met);
  CHECK(met.empty());
}
void crawled(Index& index, List list, std::vector<Entry>& page) { add(index, list, page); }

/// Each crawl begins three hours after the one before, unless a test says when.
Instant nextCrawl() {
  static Instant at = fromUnixSeconds(1'800'000'000);
  return at += std::chrono::hours(3);
}
std::vector<std::uint64_t> finish(Index& index, std::size_t unreadable = 0) {
  return index.finishCrawl(nextCrawl(), unreadable);
}

}  // namespace

TEST_CASE("an entry is the same whatever the case of its address, and another when it is listed anew") {
  const auto at = fromUnixSeconds(1'700'000'000);
  CHECK(fingerprint(List::bounces, "Taro@Example.jp", at) ==
        fingerprint(List::bounces, "taro@example.JP", at));
  CHECK(fingerprint(List::bounces, "taro@example.jp", at) !=
        fingerprint(List::blocks, "taro@example.jp", at));
  CHECK(fingerprint(List::bounces, "taro@example.jp", at) !=
        fingerprint(List::bounces, "taro@example.jp", at + std::chrono::seconds(1)));
}

TEST_CASE("an address that left two unsubscribe groups at the same second has two entries") {
  const auto at = fromUnixSeconds(1'700'000'000);
  const auto print = [&](std::int64_t group) {
    return fingerprint(List::groupUnsubscribes, "taro@example.jp", at, group);
  };
  CHECK(print(100) != print(101));
  CHECK(print(100) == print(100));
  const auto range = fingerprintsOf("taro@example.jp");
  CHECK((range.first <= print(101) && print(101) <= range.last));
}

TEST_CASE("only ASCII letters are compared without case") {
  const auto at = fromUnixSeconds(1'700'000'000);
  for (std::size_t position = 0; position < 10; ++position) {
    std::map<std::uint64_t, int> prints;
    for (int byte = 0; byte < 256; ++byte) {
      std::string email = "0123456789@example.jp";
      email[position] = static_cast<char>(byte);
      const bool capital = byte >= 'A' && byte <= 'Z';
      const auto [print, isNew] =
          prints.emplace(fingerprint(List::blocks, email, at), capital ? byte + 32 : byte);
      if (!isNew) CHECK((print->second == byte && byte >= 'a' && byte <= 'z'));
    }
    CHECK(prints.size() == 256 - 26);
  }
}

TEST_CASE("all entries of an address lie in its range of fingerprints, whatever list they are of") {
  const auto range = fingerprintsOf("taro@example.jp");
  for (const auto list : kLists)
    for (int i = 0; i < 100; ++i) {
      const auto print = fingerprint(list, "Taro@example.jp", fromUnixSeconds(1'700'000'000 + i));
      CHECK((print >= range.first && print <= range.last));
    }
  const auto other = fingerprint(List::bounces, "hanako@example.jp", fromUnixSeconds(1'700'000'000));
  CHECK((other < range.first || other > range.last));
}

TEST_CASE("only entries that were not known are left of a page") {
  Index index;
  auto first = entries(0, 10);
  add(index, List::bounces, first);
  CHECK(first.size() == 10);
  auto overlapping = entries(5, 12);
  add(index, List::bounces, overlapping);
  REQUIRE(overlapping.size() == 2);
  CHECK(overlapping[0].email == "user10@example.jp");
  CHECK(index.size() == 12);
}

TEST_CASE("two complete crawls find removed entries; abandoned ones do not") {
  Index index;
  auto all = entries(0, 100);
  add(index, List::bounces, all);
  index.beginCrawl();
  auto page = entries(0, 90);
  crawled(index, List::bounces, page);
  CHECK(page.empty());
  SECTION("complete") {
    auto meanwhile = entries(100, 101);
    add(index, List::bounces, meanwhile);
    CHECK(finish(index).empty());
    CHECK(index.suspects() == 10);
    index.beginCrawl();
    auto again = entries(0, 90);
    crawled(index, List::bounces, again);
    auto stillThere = entries(95, 96);  // the first crawl passed over it
    crawled(index, List::bounces, stillThere);
    CHECK(stillThere.empty());
    CHECK(finish(index).size() == 9);
    CHECK(index.size() == 92);
  }
  SECTION("abandoned") {
    index.abandonCrawl();
    CHECK(index.size() == 100);
  }
}

TEST_CASE("a first crawl adds everything and removes nothing") {
  Index index;
  index.beginCrawl();
  for (int i = 0; i < 20; ++i) {
    auto page = entries(i * 500, (i + 1) * 500);
    crawled(index, List::bounces, page);
    CHECK(page.size() == 500);
  }
  CHECK(finish(index).empty());
  CHECK(index.size() == 10'000);
}

TEST_CASE("a crawl with more new than known entries still finds removed ones") {
  Index index;
  auto known = entries(0, 10'000);
  add(index, List::bounces, known);
  std::size_t added = 0;
  // The first thousand are gone; new ones come between the old ones, and every page comes twice.
  const auto crawl = [&] {
    index.beginCrawl();
    for (int i = 2; i < 60; ++i)
      for (int again = 0; again < 2; ++again) {
        auto page = entries(i * 500, (i + 1) * 500);
        crawled(index, List::bounces, page);
        added += page.size();
      }
  };
  crawl();
  CHECK(finish(index).empty());
  crawl();
  CHECK(added == 20'000);
  std::vector<std::uint64_t> removed;
  for (const auto& entry : entries(0, 1000))
    removed.push_back(fingerprint(List::bounces, entry.email, entry.created));
  std::sort(removed.begin(), removed.end());
  CHECK(finish(index) == removed);
  CHECK(index.size() == 29'000);
  CHECK_FALSE(index.contains(removed[0]));
  CHECK(finish(index).empty());
}

TEST_CASE("random reads and crawls agree with a plain set") {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::set<int> provider, known;
    Index index;
    for (int round = 0; round < 30; ++round) {
      for (int n = static_cast<int>(random() % 40); n > 0; --n)
        provider.insert(static_cast<int>(random() % 500));
      for (int n = static_cast<int>(random() % 10); n > 0 && !provider.empty(); --n)
        provider.erase(std::next(provider.begin(), static_cast<std::ptrdiff_t>(random() % provider.size())));
      const bool crawl = random() % 3 == 0;
      std::vector<Entry> page;
      for (const int n : provider)
        if (crawl || random() % 2 == 0) page.push_back(entries(n, n + 1)[0]);
      std::size_t expected = 0;
      for (const auto& entry : page) expected += known.count(std::stoi(entry.email.substr(4))) == 0;
      std::set<int> named;
      for (const auto& entry : page) named.insert(std::stoi(entry.email.substr(4)));
      if (crawl) {
        auto again = page;
        index.beginCrawl();
        crawled(index, List::blocks, page);
        CHECK(finish(index).empty());
        index.beginCrawl();
        crawled(index, List::blocks, again);
        std::size_t removed = 0;
        for (const int n : known) removed += provider.count(n) == 0;
        CHECK(finish(index).size() == removed);
        known = provider;
      } else {
        add(index, List::blocks, page);
        known.insert(named.begin(), named.end());
      }
      CHECK(page.size() == expected);
      CHECK(index.size() == known.size());
    }
  }
}

TEST_CASE("the spellings of a mailbox lie in one range, and are entries of their own") {
  const auto range = fingerprintsOf("ab..cde@docomo.ne.jp");
  const auto at = fromUnixSeconds(1'700'000'000);
  std::set<std::uint64_t> prints;
  for (const auto* spelling :
       {"\"ab..cde\"@docomo.ne.jp", "AB..cde+tag@docomo.ne.jp", "ab..cde@docomo.ne.jp"}) {
    const auto print = fingerprint(List::bounces, spelling, at);
    CHECK(print >= range.first);
    CHECK(print <= range.last);
    prints.insert(print);
  }
  CHECK(prints.size() == 3);
}

TEST_CASE("a fingerprint is found however unevenly fingerprints are spread") {
  std::mt19937_64 random(7);
  for (const int shift : {0, 20, 44, 54}) {
    CAPTURE(shift);
    std::set<std::uint64_t> known = {0, 1, UINT64_MAX};
    for (int i = 0; i < 3'000; ++i) known.insert(random() >> shift);
    Index index;
    index.restore({known.begin(), known.end()});
    std::size_t wrong = 0;
    for (const auto print : known)
      for (const auto near : {print - 1, print, print + 1})
        wrong += index.contains(near) != known.contains(near);
    CHECK(wrong == 0);
  }
}

TEST_CASE("fingerprints are stored: they depend on nothing but address, second and the list's own number") {
  const auto at = fromUnixSeconds(1'700'000'000);
  CHECK(static_cast<int>(List::bounces) == 0);
  CHECK(static_cast<int>(List::blocks) == 1);
  CHECK(static_cast<int>(List::invalidEmails) == 2);
  CHECK(static_cast<int>(List::spamReports) == 3);
  CHECK(static_cast<int>(List::unsubscribes) == 4);
  CHECK(static_cast<int>(List::groupUnsubscribes) == 5);
  CHECK(fingerprint(List::bounces, "Taro.Yamada@example.jp", at) == 0xef518dd1c860ca7f);
  CHECK(fingerprint(List::blocks, "Taro.Yamada@example.jp", at) == 0xef518dd1c8dc9446);
  CHECK(fingerprint(List::invalidEmails, "Taro.Yamada@example.jp", at) == 0xef518dd1c8f10798);
  CHECK(fingerprint(List::spamReports, "Taro.Yamada@example.jp", at) == 0xef518dd1c8f6a738);
  CHECK(fingerprint(List::unsubscribes, "Taro.Yamada@example.jp", at) == 0xef518dd1c8fed439);
  CHECK(fingerprint(List::bounces, "", at) == 0x61acf1);
}

TEST_CASE("a further list changes no fingerprint and meets none of the others'") {
  std::set<std::uint64_t> prints;
  for (int number = 0; number < 256; ++number)
    for (int second = 0; second < 3; ++second)
      prints.insert(
          fingerprint(static_cast<List>(number), "a@example.jp", fromUnixSeconds(1'700'000'000 + second)));
  CHECK(prints.size() == 256 * 3);
}

TEST_CASE("an entry of a known mailbox is left to who knows the addresses") {
  using namespace std::chrono_literals;
  const auto now = fromUnixSeconds(1'800'000'000);
  Index index;
  auto all = entries(0, 100);
  add(index, List::bounces, all);
  std::vector<Entry> old, met;
  auto page = entries(7, 9);
  page[0].created += 1s;
  const auto moved = page[0];
  SECTION("known ones not, unless they are to be compared") {
    index.add(List::bounces, page, now, old, met);
    CHECK(page.empty());
    CHECK(met == std::vector{moved});
    page = entries(7, 9);
    met.clear();
    index.add(List::bounces, page, now, old, met, Index::Known::compared);
    CHECK(page.empty());
    CHECK(met.size() == 2);
  }
  SECTION("one more of a mailbox is believed once a later answer has it again") {
    CHECK(index.judge(List::bounces, moved, now) == Index::Admission::waits);
    CHECK(index.judge(List::bounces, moved, now + 1min) == Index::Admission::waits);
    CHECK(index.judge(List::bounces, moved, now + 4min) == Index::Admission::news);
  }
  SECTION("never where each answer has another time, or none") {
    auto one = moved;
    for (auto at = now; at < now + 10h; at += 5min) {
      one.created = at;
      CHECK(index.judge(List::bounces, one, at) == Index::Admission::waits);
    }
    one.created = {};
    for (int i = 0; i < 3; ++i)
      CHECK(index.judge(List::bounces, one, now + i * 5h) == Index::Admission::waits);
  }
  SECTION("most of the list only after hours, and then as nothing new") {
    auto respelled = entries(0, 60);
    for (auto& entry : respelled) entry.email.insert(entry.email.find('@'), "+tag");
    for (const auto after : {Duration(0h), Duration(1h), Duration(2h)})
      for (const auto& entry : respelled)
        CHECK(index.judge(List::bounces, entry, now + after) ==
              (after < 2h ? Index::Admission::waits : Index::Admission::known));
  }
}

TEST_CASE("entries whose time has become another one stay as many, in every order with crawls") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Index index;
    auto now = entries(0, 6'000);
    auto first = now;
    add(index, List::bounces, first);
    index.beginCrawl();
    for (int change = 0; change < 9'000; ++change) {
      auto& entry = now[random() % now.size()];
      const auto before = fingerprint(List::bounces, entry.email, entry.created);
      entry.created += std::chrono::seconds(random() % 2 == 0 ? 1 : -1);
      index.replace(before, fingerprint(List::bounces, entry.email, entry.created));
    }
    for (const auto& entry : now) index.sawAgain(fingerprint(List::bounces, entry.email, entry.created));
    CHECK(index.size() == 6'000);
    CHECK(finish(index).empty());
    CHECK(index.suspects() == 0);
    CHECK(index.size() == 6'000);
    auto again = now;
    add(index, List::bounces, again);
    CHECK(again.empty());
  }
}

TEST_CASE("a new entry without a reply or a time waits for another answer") {
  using namespace std::chrono_literals;
  const auto now = fromUnixSeconds(1'800'000'000);
  Index index;
  std::vector<Entry> old, met;
  std::vector<Entry> page{{"a@example.jp", now, "", "", ""}};
  auto timeless = std::vector<Entry>{{"b@example.jp", {}, "550 no", "", ""}};
  for (auto* each : {&page, &timeless}) {
    auto copy = *each;
    index.add(List::bounces, copy, now, old, met);
    CHECK(copy.empty());
  }
  CHECK(index.held() == 2);
  auto answered = std::vector<Entry>{{"a@example.jp", now, "550 full", "", ""}};
  index.add(List::bounces, answered, now + 3min, old, met);
  CHECK(answered.size() == 1);
  index.add(List::bounces, timeless, now + 3min, old, met);
  CHECK(timeless.empty());
  CHECK(old.size() == 1);
}

TEST_CASE("where rows without an address may be all that a crawl missed, nothing is concluded") {
  Index index;
  auto all = entries(0, 10);
  add(index, List::bounces, all);
  const auto crawl = [&](std::size_t unreadable) {
    index.beginCrawl();
    auto page = entries(0, 8);
    crawled(index, List::bounces, page);
    return finish(index, unreadable).size();
  };
  CHECK(crawl(2) == 0);
  CHECK(index.suspects() == 0);
  CHECK(crawl(1) == 0);
  CHECK(index.suspects() == 2);
  CHECK(crawl(1) == 2);
}

TEST_CASE("what crawls miss is believed after a while, by each entry's own first miss") {
  using namespace std::chrono_literals;
  const auto start = fromUnixSeconds(1'800'000'000);
  Index index;
  auto all = entries(0, 100);
  add(index, List::bounces, all);
  const auto crawl = [&](Duration after, const std::set<int>& missing) {
    index.beginCrawl();
    for (int i = 0; i < 100; ++i) {
      auto page = missing.contains(i) ? std::vector<Entry>() : entries(i, i + 1);
      crawled(index, List::bounces, page);
    }
    return index.finishCrawl(start + after).size();
  };
  SECTION("not by one that follows at once, nor what another one missed just now") {
    CHECK(crawl(0min, {1, 2}) == 0);
    CHECK(crawl(14min, {1, 2, 3}) == 0);
    CHECK_FALSE(index.mayDecide(start + 14min));
    CHECK(index.mayDecide(start + 15min));
    CHECK(crawl(16min, {1, 2, 3}) == 2);
    CHECK(crawl(29min, {3}) == 1);
  }
  SECTION("what is seen in between is no suspect") {
    CHECK(crawl(0min, {1, 2}) == 0);
    auto seen = entries(1, 2);
    add(index, List::bounces, seen);
    CHECK(index.suspects() == 1);
    CHECK(crawl(16min, {1, 2}) == 1);
  }
  SECTION("crawls that contradict each other decide ever later") {
    CHECK(crawl(0min, {1, 2}) == 0);
    CHECK(crawl(16min, {1, 3}) == 1);  // 2 is back
    CHECK(crawl(40min, {3}) == 0);
    CHECK(crawl(46min, {3}) == 1);
    for (int i = 0; i < 5; ++i) CHECK(crawl(5h * (i + 1), {10 + i, 20}) == (i == 1 ? 1 : 0));
    CHECK_FALSE(index.mayDecide(start + 28h));
    CHECK(index.mayDecide(start + 29h));
  }
  SECTION("and not at all where the provider lists single ones of them") {
    CHECK(crawl(0min, {1, 2}) == 0);
    index.beginCrawl();
    for (int i = 3; i < 100; ++i) {
      auto page = entries(i, i + 1);
      crawled(index, List::bounces, page);
    }
    auto zero = entries(0, 1);
    crawled(index, List::bounces, zero);
    CHECK(index.missed(start + 16min).size() == 2);
    CHECK_FALSE(index.contradicts());
    index.sawAgain(index.missed(start + 16min)[0]);
    CHECK(index.missed(start + 16min).size() == 1);
    CHECK(index.contradicts());
    CHECK(index.finishCrawl(start + 16min, 0, Index::Missed::doubted).empty());
    CHECK(index.suspects() == 1);
    CHECK_FALSE(index.mayDecide(start + 20min));
  }
}
