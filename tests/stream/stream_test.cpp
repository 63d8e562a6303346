// Duplicates, messages in flight, delivery times, and groups of receivers.
#include <malloc.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "stream/aggregator.hpp"
#include "stream/domain_groups.hpp"
#include "stream/fingerprint.hpp"
#include "stream/in_flight.hpp"
#include "stream/latency.hpp"
#include "stream/recent_keys.hpp"

using namespace arrivald;
using namespace arrivald::stream;
using namespace std::chrono_literals;

namespace {
const Instant kNow = parseIso("2026-11-24T03:00:00Z").value();

/// In use; 0 where the sanitizers' allocator takes malloc's place.
std::size_t heapBytes() { return mallinfo2().uordblks + mallinfo2().hblkhd; }
}  // namespace

TEST_CASE("a key is known for the whole horizon, and forgotten soon after") {
  RecentKeys keys(26h);
  CHECK(keys.add(0x4200, kNow));
  CHECK_FALSE(keys.add(0x4200, kNow + 1h));
  CHECK(keys.contains(0x4200, kNow + 26h));
  CHECK_FALSE(keys.contains(0x4200, kNow + 29h));
  CHECK(keys.add(0x4200, kNow + 29h));
  CHECK(keys.add(0, kNow));
  CHECK_FALSE(keys.add(0, kNow));
  keys.remove(0);
  CHECK(keys.add(0, kNow));
}

TEST_CASE("a clock that is set changes nothing of what is known") {
  for (const auto step : {Duration(1000h), Duration(-1000h), Duration(30min)}) {
    RecentKeys keys(26h);
    CHECK(keys.add(0x4200, kNow));
    keys.shift(step);
    CHECK_FALSE(keys.add(0x4200, kNow + step + 26h));
    for (int i = 0; i < 256; ++i) keys.age(kNow + step + 1h);
    CHECK(keys.size() == 1);
    for (int i = 0; i < 256; ++i) keys.age(kNow + step + 30h);
    CHECK(keys.size() == 0);
  }
}

TEST_CASE("RecentKeys agrees with a plain set, over random keys, removals and ageing") {
  std::mt19937_64 random(7);
  RecentKeys keys(5h);
  std::map<std::uint64_t, Instant> plain;
  Instant now = kNow;
  for (int round = 0; round < 200; ++round) {
    now += 7min;
    for (int i = 0; i < 100; ++i) {
      // Few different keys, all in a few tables, so that they meet.
      const auto key = (random() % 4) << 56 | (random() % 3000) << 8;
      const auto known = plain.find(key);
      const bool fresh = known == plain.end() || now - known->second > 5h;
      if (known != plain.end() && now - known->second > 5h && now - known->second < 8h)
        continue;  // between: either is right
      CHECK(keys.add(key, now) == fresh);
      if (fresh) plain[key] = now;
      if (random() % 10 == 0) {
        keys.remove(key);
        plain.erase(key);
      }
    }
    for (int i = 0; i < 64; ++i) keys.age(now);
  }
  for (int i = 0; i < 256; ++i) keys.age(now + 100h);
  CHECK(keys.size() == 0);
}

TEST_CASE("a million keys take at most 22 bytes each") {
  std::mt19937_64 random(1);
  const auto before = heapBytes();
  RecentKeys keys;
  for (int i = 0; i < 1'000'000; ++i) keys.add(random(), kNow);
  CHECK(keys.size() > 999'990);
  // The sanitizers' allocator does not count.
  if (before > 0) CHECK(heapBytes() - before < 22'500'000);
}

TEST_CASE("a message is in flight from processed to its final event, and its latency is measured once") {
  InFlight flight;
  auto change = flight.apply(1, Step::processed, kNow, 3);
  CHECK(change.began);
  CHECK(flight.size() == 1);
  change = flight.apply(1, Step::deferred, kNow + 10s, 3);
  CHECK_FALSE(change.began);
  const auto waiting = flight.waiting(3, kNow + 20min, 10min);
  CHECK(waiting.messages == 1);
  CHECK(waiting.deferred == 1);
  CHECK(waiting.overdue == 1);
  CHECK((waiting.oldest == 20min));
  change = flight.apply(1, Step::delivered, kNow + 21min, 3);
  CHECK(change.ended);
  CHECK((change.latency == Duration(21min)));
  CHECK(flight.size() == 0);
  // The same again, and a late deferral: nothing moves.
  CHECK_FALSE(flight.apply(1, Step::delivered, kNow + 21min, 3).latency);
  CHECK_FALSE(flight.apply(1, Step::deferred, kNow + 1min, 3).began);
  CHECK(flight.size() == 0);
}

TEST_CASE("of the messages that are late, those are known that a receiver puts off") {
  InFlight flight;
  for (std::uint64_t key = 1; key <= 5; ++key) flight.apply(key, Step::processed, kNow, 0);
  flight.apply(1, Step::deferred, kNow + 1min, 0);
  flight.apply(1, Step::deferred, kNow + 2min, 0);
  flight.apply(2, Step::deferred, kNow + 1min, 0);
  flight.apply(6, Step::processed, kNow + 20min, 0);
  flight.apply(6, Step::deferred, kNow + 21min, 0);
  CHECK(flight.waiting(0, kNow + 22min, 10min).overdue == 5);
  CHECK(flight.waiting(0, kNow + 22min, 10min).overdueDeferred == 2);
  flight.apply(1, Step::delivered, kNow + 22min, 0);
  CHECK(flight.waiting(0, kNow + 22min, 10min).overdueDeferred == 1);
  CHECK(flight.waiting(0, kNow + 10h, 10min).overdueDeferred == 2);
}

TEST_CASE("events may come in any order") {
  InFlight flight;
  auto change = flight.apply(1, Step::delivered, kNow + 5s, 0);
  CHECK_FALSE(change.latency);
  CHECK_FALSE(change.began);
  change = flight.apply(1, Step::processed, kNow, 0);
  CHECK((change.latency == Duration(5s)));
  CHECK_FALSE(change.began);
  // A failure that comes before its processed is no delivery.
  flight.apply(2, Step::failed, kNow + 5s, 0);
  CHECK_FALSE(flight.apply(2, Step::processed, kNow, 0).latency);
  CHECK(flight.size() == 0);
  // Only a deferral: on its way since then.
  CHECK(flight.apply(3, Step::deferred, kNow, 0).began);
  CHECK((flight.waiting(0, kNow + 1h, 10min).oldest == 1h));
  // Clocks of servers differ: a delivery before its processed took no time.
  flight.apply(4, Step::processed, kNow, 0);
  CHECK((flight.apply(4, Step::delivered, kNow - 2s, 0).latency == Duration::zero()));
}

TEST_CASE("the number of messages in flight is correct for any sequence of events") {
  std::mt19937 random(3);
  InFlight flight;
  std::int64_t count = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto change =
        flight.apply(random() % 500, static_cast<Step>(random() % 4), kNow + Duration(random() % 100000),
                     static_cast<std::uint16_t>(random() % 5));
    count += change.began;
    count -= change.ended;
    if (i % 50 == 0) count -= static_cast<std::int64_t>(flight.age(kNow + Duration(i * 1000), 5min));
    REQUIRE(static_cast<std::int64_t>(flight.size()) == count);
  }
  std::int64_t waiting = 0;
  for (std::uint16_t group = 0; group < 5; ++group) waiting += flight.waiting(group, kNow, 10min).messages;
  CHECK(waiting == count);
}

TEST_CASE("what has had its word is forgotten after a day, what never gets one after the time it may take") {
  InFlight flight;
  flight.apply(1, Step::processed, kNow, 0);
  flight.apply(1, Step::delivered, kNow, 0);
  flight.apply(2, Step::processed, kNow, 0);
  std::size_t lost = 0;
  const auto ageAll = [&](Instant now) {
    for (int i = 0; i < 256; ++i) lost += flight.age(now, 73h);
  };
  ageAll(kNow + 23h);
  CHECK(flight.remembered() == 2);
  ageAll(kNow + 25h);
  CHECK(flight.remembered() == 1);
  CHECK(lost == 0);
  ageAll(kNow + 74h);
  CHECK(flight.remembered() == 0);
  CHECK(lost == 1);
}

TEST_CASE("percentiles are within a tenth of the true ones") {
  std::mt19937 random(5);
  std::lognormal_distribution<double> seconds(3, 1.5);
  LatencyWindow window;
  std::vector<double> all;
  for (int i = 0; i < 5000; ++i) {
    const double s = std::min(seconds(random), 80000.0);
    all.push_back(s);
    window.add(Duration(static_cast<std::int64_t>(s * 1000)), kNow - Duration(i), kNow);
  }
  std::sort(all.begin(), all.end());
  const auto summary = window.over(1h, kNow);
  CHECK(summary.count == 5000);
  for (const auto& [said, share] : {std::pair{summary.median, .5}, {summary.p95, .95}, {summary.p99, .99}}) {
    const double truth = all[static_cast<std::size_t>(share * 4999)];
    CHECK(static_cast<double>(said->count()) / 1000 == Approx(truth).epsilon(0.12));
  }
}

TEST_CASE("a window holds what was delivered within it, and no more") {
  LatencyWindow window;
  window.add(10s, kNow - 90min, kNow);
  window.add(20s, kNow - 30min, kNow);
  window.add(40s, kNow - 2min, kNow);
  window.add(1h, kNow - 25h, kNow);
  CHECK(window.over(5min, kNow).count == 1);
  CHECK(window.over(1h, kNow).count == 2);
  CHECK(window.over(6h, kNow).count == 3);
  CHECK(window.over(5min, kNow + 2h).count == 0);
  CHECK_FALSE(window.over(5min, kNow + 2h).median);
  // What comes later than the ring has turned changes nothing newer.
  window.add(5s, kNow, kNow + 3h);
  CHECK(window.over(1h, kNow + 3h).count == 0);
}

TEST_CASE("domains belong to the group of their receiver") {
  DomainGroups groups(std::vector<GroupRule>{{"our partner", {"partner.example.jp"}}});
  const auto of = [&](const char* domain) { return groups.name(groups.of(domain)); };
  CHECK(of("docomo.ne.jp") == "docomo");
  CHECK(of("DOCOMO.NE.JP.") == "docomo");
  CHECK(of("ezweb.ne.jp") == "au");
  CHECK(of("city.sapporo.lg.jp") == "Local governments");
  CHECK(of("cao.go.jp") == "Government");
  CHECK(of("yahoo.co.jp") == "Yahoo! JAPAN");
  CHECK(of("yahoo.fr") == "Yahoo");
  CHECK(of("hotmail.co.uk") == "Microsoft");
  CHECK(of("mail.partner.example.jp") == "our partner");
  CHECK(of("notgmail.com") == "other");
  CHECK(of("") == "other");
  CHECK(of("a b\n<script>") == "other");
  // Sub-domains of one registered domain count together; with enough mail it gets a group of its own.
  for (int i = 0; i < 30; ++i) groups.of(("mx" + std::to_string(i % 3) + ".company.co.jp").c_str());
  CHECK(of("company.co.jp") == "company.co.jp");
  CHECK(of("sales.company.co.jp") == "company.co.jp");
}

TEST_CASE("the domains with the most mail have groups, not those that came first") {
  DomainGroups groups(std::vector<GroupRule>{}, 3);
  const auto send = [&](const char* domain, int messages) {
    for (int i = 0; i < messages; ++i) groups.of(domain);
    return groups.name(groups.of(domain));
  };
  const auto rules = groups.size();
  CHECK(send("small.example.com", 30) == "example.com");
  CHECK(send("second.jp", 100) == "second.jp");
  CHECK(send("third.jp", 200) == "third.jp");
  // Not clearly more than the smallest.
  CHECK(send("fourth.jp", 60) == "other");
  CHECK(send("large.jp", 5000) == "large.jp");
  CHECK(groups.name(groups.peek("large.jp")) == "large.jp");
  CHECK(send("small.example.com", 1) == "other");
  CHECK(send("third.jp", 1) == "third.jp");
  // The number and the name of what lost its place stay, for mail that is still in flight; with more mail the
  // domain gets its own number back.
  const auto number = groups.find("example.com");
  REQUIRE(number);
  CHECK(send("small.example.com", 1000) == "example.com");
  CHECK(groups.find("example.com") == number);
  CHECK(groups.size() == rules + 4);
}

TEST_CASE("whatever takes places from others, the number of names is bounded") {
  DomainGroups groups(std::vector<GroupRule>{}, 2);
  const auto rules = groups.size();
  for (int round = 0; round < 12; ++round)
    for (int domain = 0; domain < 5; ++domain)
      for (int i = 0; i < (1 << round) * 40; ++i) groups.of("d" + std::to_string(round * 5 + domain) + ".jp");
  CHECK(groups.size() <= rules + 20);
}

TEST_CASE("there are never more groups than allowed, whatever arrives") {
  DomainGroups groups(std::vector<GroupRule>{}, 10);
  const auto before = groups.size();
  std::mt19937 random(2);
  for (int i = 0; i < 100'000; ++i)
    groups.of("d" + std::to_string(random() % 3000) + ".example" + std::to_string(random() % 50) + ".com");
  CHECK(groups.size() == before + 10);
}

namespace {

Record recordOf(EventKind kind, std::uint64_t message, Instant at, const char* domain = "docomo.ne.jp") {
  Record record;
  record.kind = kind;
  record.at = at;
  record.messageKey = message * 0x9E3779B97F4A7C15ULL + 1;
  record.domain = domain;
  return record;
}

}  // namespace

TEST_CASE("a record is read back unchanged, and damage ends the reading without invented events") {
  std::string bytes;
  Record first;
  first.kind = EventKind::bounce;
  first.at = kNow;
  first.idKey = 1;
  first.contentKey = ~0ULL;
  first.messageKey = 3;
  first.emailKey = 4;
  first.messageId = "m1";
  first.email = "taro@docomo.ne.jp";
  first.domain = "docomo.ne.jp";
  first.reason = "550 5.1.1 Unknown user \xE5\xAE\x9B\xE5\x85\x88";
  first.status = "5.1.1";
  first.categories = "notice\x1ftown";
  Record second;
  second.domain = "kept.hashed.example";  // no address
  append(bytes, first);
  append(bytes, second);
  RecordReader reader(bytes);
  Record read;
  REQUIRE(reader.next(read));
  CHECK(read == first);
  REQUIRE(reader.next(read));
  CHECK(read == second);
  CHECK_FALSE(reader.next(read));
  CHECK(reader.rest().empty());
  std::vector<std::string> categories;
  eachCategory(first.categories, [&](std::string_view one) { categories.emplace_back(one); });
  CHECK(categories == std::vector<std::string>{"notice", "town"});

  std::mt19937 random(11);
  for (int i = 0; i < 2000; ++i) {
    auto damaged = bytes.substr(0, random() % (bytes.size() + 1));
    if (!damaged.empty()) damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    RecordReader over(damaged);
    for (int n = 0; over.next(read); ++n) REQUIRE(n < 10);
  }
}

TEST_CASE("a key of fingerprints is 32 hexadecimal digits") {
  for (const auto* text : {"", "07060504030201000f0e0d0c0b0a090", "07060504030201000f0e0d0c0b0a090x",
                           "-7060504030201000f0e0d0c0b0a0908", "07060504030201000f0e0d0c0b0a09080"})
    CHECK_FALSE(FingerprintKey::parse(text));
}

TEST_CASE("similar texts have different fingerprints, which never change") {
  CHECK(fingerprintOf({"ab", "c"}) != fingerprintOf({"a", "bc"}));
  CHECK(fingerprintOf({"a"}) != fingerprintOf({"a", ""}));
  const auto key = FingerprintKey::parse("07060504030201000f0e0d0c0b0a0908").value();
  CHECK(addressKey("Taro@Docomo.NE.jp", key) == addressKey("taro@docomo.ne.jp", key));
  CHECK(addressKey("taro@docomo.ne.jp", key) != addressKey("taro@docomo.ne.jp", {}));
  CHECK(messageIdKey("m1.recvd-7") == messageIdKey("m1"));
  CHECK(messageIdKey("<m1@ismtpd.example.net>") == messageIdKey("m1"));
  // What stands in stores must be found again by later versions.
  // The test vector of SipHash's authors: 15 bytes, 0 to 14.
  std::string counted;
  for (char c = 0; c < 15; ++c) counted += c;
  CHECK(addressKey(counted, key) == 0xa129ca6149be45e5ULL);
  CHECK(messageIdKey("m1") == 0x1cb57be1e948ae2ULL);
}

TEST_CASE(
    "counts are aggregated by the minute of the event, late ones in their own minute, by account, group and "
    "category") {
  const auto zone = TimeZone::find("Asia/Tokyo").value();
  Aggregator aggregator("main", zone, std::make_shared<DomainGroups>(), 10);
  aggregator.know("notice");
  auto now = kNow;
  aggregator.flush(now, now);
  auto record = recordOf(EventKind::delivered, 1, now + 20s);
  record.categories = "notice\x1fother";
  aggregator.apply(record, now + 30s, true);
  aggregator.apply(recordOf(EventKind::delivered, 2, now - 2h), now + 30s, true);
  aggregator.apply(recordOf(EventKind::delivered, 3, now - 25h), now + 30s, true);   // too old to be counted
  aggregator.apply(recordOf(EventKind::delivered, 4, now + 20s), now + 30s, false);  // was counted before
  const auto flush = aggregator.flush(now, now + 60s);
  std::map<std::string, std::int64_t> gained;
  for (const auto& one : flush.increments)
    gained[delivery::toText(one.subject)] = one.counts[delivery::Metric::delivered];
  CHECK(gained == std::map<std::string, std::int64_t>{
                      {"main", 1}, {"main/domain_group/docomo", 1}, {"main/category/notice", 1}});
  REQUIRE(flush.late.size() == 2);  // of the account and of the group
  CHECK((flush.late[0].at == kNow - 2h + 1min));
  CHECK(flush.late[0].counts[delivery::Metric::delivered] == 1);
  // 12:00 in Tokyo, and 10:00 of the same day.
  REQUIRE(flush.days.size() == 1);
  CHECK(flush.days.begin()->second[delivery::Metric::delivered] == 2);
  // What gained nothing is flushed too: a quiet minute is known to be quiet.
  const auto quiet = aggregator.flush(now + 60s, now + 120s);
  CHECK(quiet.increments.size() == 3);
  CHECK(quiet.late.empty());
}

TEST_CASE("many categories give no more series than allowed") {
  Aggregator aggregator("main", TimeZone(), std::make_shared<DomainGroups>(), 5);
  aggregator.flush(kNow, kNow);
  for (int i = 0; i < 20'000; ++i) {
    const auto name = "c" + std::to_string(i % 300);
    auto record = recordOf(EventKind::delivered, static_cast<std::uint64_t>(i), kNow);
    record.categories = name;
    aggregator.apply(record, kNow, true);
  }
  std::size_t categories = 0;
  for (const auto& one : aggregator.flush(kNow, kNow + 60s).increments)
    categories += one.subject.dimension == delivery::Dimension::category;
  CHECK(categories == 5);
}

TEST_CASE("delivery times are known by account, group and category, with the usual share") {
  Aggregator aggregator("main", TimeZone(), std::make_shared<DomainGroups>(), 10);
  aggregator.know("notice");
  for (std::uint64_t i = 0; i < 400; ++i) {
    const auto sent = kNow - 5h + std::chrono::seconds(i);
    auto record = recordOf(EventKind::processed, i, sent);
    record.categories = "notice";
    aggregator.apply(record, kNow, true);
    record.kind = EventKind::delivered;
    record.at = sent + (i % 20 == 0 ? Duration(20min) : Duration(10s));
    aggregator.apply(record, kNow, true);
  }
  using delivery::Dimension;
  for (const auto& subject : {delivery::Subject{"main", Dimension::account, ""},
                              delivery::Subject{"main", Dimension::domainGroup, "docomo"},
                              delivery::Subject{"main", Dimension::category, "notice"}}) {
    CAPTURE(delivery::toText(subject));
    const auto* latency = aggregator.latency(subject);
    REQUIRE(latency);
    CHECK(latency->over(24h, kNow).count == 400);
    CHECK(*latency->usualShareBeyond(15min, kNow) == Approx(0.05));
    CHECK(*latency->usualShareBeyond(1h, kNow) == 0);
  }
  CHECK_FALSE(aggregator.latency({"main", Dimension::domainGroup, "au"}));
  CHECK_FALSE(aggregator.latency({"other", Dimension::account, ""}));
  // Too little mail says nothing of what is usual.
  LatencyWindow few;
  few.add(20min, kNow - 5h, kNow);
  CHECK_FALSE(few.usualShareBeyond(15min, kNow));
}

TEST_CASE("messages in flight are counted by the time they were sent, in minutes and then hours") {
  InFlight flight;
  std::uint64_t key = 1;
  for (const auto ago : {Duration(5min), Duration(20min), Duration(40min), Duration(8h), Duration(30h)})
    flight.apply(key++ * 0x9E3779B97F4A7C15ULL, Step::processed, kNow - ago, 2);
  CHECK(flight.waiting(2, kNow, 15min, 1h).overdue == 2);
  CHECK(flight.waiting(2, kNow, 15min, 10min).overdue == 1);
  CHECK(flight.waiting(2, kNow, 15min).overdue == 4);
  CHECK(flight.waiting(2, kNow, 15min).messages == 5);
  CHECK((flight.waiting(2, kNow, 15min).oldest >= 30h));
  CHECK((flight.waiting(2, kNow, 15min).oldest < 31h));
  CHECK(flight.waiting(7, kNow, 15min).messages == 0);
}

TEST_CASE("a message that is stuck is overdue and grows older at every minute, whatever its age") {
  const Instant sent = kNow + 17min;
  for (const bool others : {false, true}) {
    InFlight flight;
    flight.apply(0x9E3779B97F4A7C15ULL, Step::processed, sent, 2);
    Duration before{};
    for (Duration age = 20min; age < 72h; age += 1min) {
      CAPTURE(toText(age), others);
      // Others come and go, so that the slots of minutes and hours are used anew.
      if (others) {
        flight.apply(7, Step::processed, sent + age - 1min, 2);
        flight.apply(7, Step::delivered, sent + age, 2);
        flight.age(sent + age, 73h);
      }
      const auto waiting = flight.waiting(2, sent + age, 15min);
      REQUIRE(waiting.messages == 1);
      REQUIRE(waiting.overdue == 1);
      REQUIRE((waiting.oldest >= std::min<Duration>(age, 6h) - 1min));
      REQUIRE((waiting.oldest <= age + 1h));
      REQUIRE((waiting.oldest >= before));
      if (age < 6h) before = waiting.oldest;
    }
  }
}

namespace {

Record recordOf(EventKind kind, Instant at, std::uint64_t message = 1) {
  Record record;
  record.kind = kind;
  record.at = at;
  record.messageKey = message * 0x9E3779B97F4A7C15ULL;
  record.email = "a@example.jp";
  record.domain = "example.jp";
  return record;
}

}  // namespace

TEST_CASE("the age of the oldest message in flight grows as time passes, whatever its age") {
  const auto offset = GENERATE(0min, 1min, 22min, 59min);
  CAPTURE(offset / 1min);
  InFlight flight;
  const auto sent = kNow + offset;
  const auto start = [&](std::uint64_t key, Instant at) { flight.apply(key, Step::processed, at, 2); };
  start(1, sent);
  std::uint64_t key = 2;
  SECTION("alone") {}
  SECTION("with messages of the same minute, minutes before and minutes later that have ended") {
    for (const auto at : {sent - 2min, sent, sent + 1min}) {
      start(key, at);
      flight.apply(key++, Step::delivered, at + 3min, 2);
    }
  }
  for (auto age = 10min; age < 73h; age += 7min) {
    CAPTURE(age / 1min);
    const auto now = sent + age;
    start(key, now);  // other traffic goes on, and passes through the same slots
    REQUIRE((flight.waiting(2, now, 15min).oldest == age));
    flight.apply(key++, Step::delivered, now, 2);
  }
}

TEST_CASE(
    "the last word on a message wins: one that came back later is no delivery, in whatever order it is "
    "told") {
  for (const bool bounceFirst : {false, true}) {
    CAPTURE(bounceFirst);
    Aggregator aggregator("main", TimeZone(), std::make_shared<DomainGroups>(), 10);
    const auto told = [&](EventKind kind, Duration ago) {
      aggregator.apply(recordOf(kind, kNow - ago), kNow, true);
    };
    told(EventKind::processed, 30min);
    if (bounceFirst) told(EventKind::blocked, 5min);
    told(EventKind::delivered, 29min);
    if (!bounceFirst) told(EventKind::blocked, 5min);
    told(EventKind::open, 4min);
    const auto flush = aggregator.flush(kNow - 40min, kNow);
    const auto& counts = flush.increments.front().counts;
    CHECK(counts[delivery::Metric::delivered] == 1);
    CHECK(counts[delivery::Metric::returned] == 1);
    CHECK(counts.outcomes() == 1);
    CHECK(counts.failed() == 1);
    CHECK(counts.outcomeEvents() == 2);  // as the statistics count it
  }
}

TEST_CASE("a late bounce takes its delivery out of the minute in which it was delivered") {
  Aggregator aggregator("main", TimeZone(), std::make_shared<DomainGroups>(), 10);
  aggregator.apply(recordOf(EventKind::processed, kNow - 61min), kNow - 61min, true);
  aggregator.apply(recordOf(EventKind::delivered, kNow - 60min), kNow - 60min, true);
  aggregator.flush(kNow - 70min, kNow - 50min);
  aggregator.apply(recordOf(EventKind::bounce, kNow - 1min), kNow, true);
  const auto flush = aggregator.flush(kNow - 50min, kNow);
  CHECK(flush.increments.front().counts.outcomes() == 1);
  CHECK(flush.increments.front().counts.failed() == 1);
  REQUIRE(flush.late.size() == 2);  // of the account and the group
  CHECK(flush.late.front().counts.outcomes() == -1);
  CHECK((flush.late.front().at <= kNow - 59min));
}

TEST_CASE("a delivery that is told before its processing is measured when it was delivered") {
  Aggregator aggregator("main", TimeZone(), std::make_shared<DomainGroups>(), 10);
  aggregator.apply(recordOf(EventKind::delivered, kNow - 10min), kNow, true);
  aggregator.apply(recordOf(EventKind::processed, kNow - 50min), kNow, true);
  const auto* latency = aggregator.latency({"main", delivery::Dimension::account, ""});
  REQUIRE(latency);
  CHECK(latency->over(15min, kNow).count == 1);
}

TEST_CASE("what was processed a day before its event came is not in flight") {
  Aggregator aggregator("main", TimeZone(), std::make_shared<DomainGroups>(), 10);
  aggregator.apply(recordOf(EventKind::processed, kNow - 27h), kNow, true);
  CHECK(aggregator.inFlight().size() == 0);
}
