// Keeping the suppression lists: crawls, reads of what is new, and what a refusal leaves as it was.
#include "watch/poll_suppressions.hpp"

#include <random>
#include <set>

#include "http/url.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : ProviderFixture {
  /// What the provider's lists hold, by the list's place in the address: "bounces", "invalid_emails", …
  std::map<std::string, nlohmann::json> lists;

  /// The first page of each list is sent without its first row.
  bool lacksFirst = false;
  /// Each answer lacks a tenth of its rows, others each time.
  bool mayLack = false;
  /// Of the answers to crawls, each so manieth fails; 0: none.
  int failsEach = 0, crawled = 0;
  std::mt19937 random{7};
  nlohmann::json lacking(const nlohmann::json& rows) {
    auto some = nlohmann::json::array();
    for (const auto& row : rows)
      if (random() % 10 != 0) some.push_back(row);
    return some;
  }

  Fixture() { serve(); }
  void serve() {
    transport.clear();
    transport.always(FakeTransport::asked("GET", "/v3/"), [this](const http::Request& request) {
      const auto number = [&](const std::string& name) {
        const auto at = request.url.find(name + "=");
        return at == std::string::npos ? 0LL : std::stoll(request.url.substr(at + name.size() + 1));
      };
      auto rows = nlohmann::json::array();
      if (request.url.ends_with("/v3/asm/groups"))
        return FakeTransport::reply(200, R"([{"id":100,"name":"News"},{"id":101,"name":"お知らせ"}])");
      // One address.
      if (request.url.find("/asm/suppressions/global/") != std::string::npos)
        return FakeTransport::reply(200, "{}");
      if (request.url.find("/asm/suppressions/") != std::string::npos)
        return FakeTransport::reply(200, R"({"suppressions":[]})");
      for (const auto& [list, entries] : lists)
        if (const auto at = request.url.find("/" + list + "/"); at != std::string::npos) {
          for (const auto& entry : entries)
            if (http::percentEncode(entry["email"].get<std::string>()) ==
                request.url.substr(at + list.size() + 2))
              rows.push_back(entry);
          return FakeTransport::reply(200, mayLack ? lacking(rows).dump() : rows.dump());
        }
      if (number("start_time") == 0 && failsEach > 0 && ++crawled % failsEach == 0)
        return FakeTransport::reply(400, R"({"errors":[{"message":"try again"}]})");
      for (const auto& [list, entries] : lists)
        if (request.url.find("/" + list + "?") != std::string::npos)
          for (const auto& entry : entries)
            if (list == "suppressions" ||
                (entry["created"] >= number("start_time") && entry["created"] <= number("end_time")))
              rows.push_back(entry);
      auto page = nlohmann::json::array();
      for (auto i = number("offset"); i < static_cast<long long>(rows.size()) && page.size() < 500; ++i)
        page.push_back(rows[static_cast<std::size_t>(i)]);
      if (lacksFirst && number("offset") == 0 && !page.empty()) page.erase(0);
      return FakeTransport::reply(200, mayLack ? lacking(page).dump() : page.dump());
    });
  }
  /// Empty lists, but for what was answered before.
  void serveAfter() {
    transport.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
  }
  nlohmann::json bounce(const std::string& email, Duration ago) const {
    return {{"email", email},
            {"created", unixSeconds(clock.now() - ago)},
            {"status", "5.1.1"},
            {"reason", "550 5.1.1 no such user"}};
  }
  JobOutcome crawl() { return patiently(crawlSuppressions(owners(), *client)); }
  JobOutcome poll() { return patiently(pollSuppressions(owners(), *client)); }
  std::size_t size(List list = List::bounces) { return owners().lists().size("main", list); }
  store::ListProgress progress(List list = List::bounces) { return owners().lists().progress("main", list); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "before the first crawl nothing is read for what is new, and that is no failure") {
  CHECK_FALSE(poll());
  CHECK(transport.requests().empty());
  CHECK_FALSE(owners().lists().listGrowth("main", "bounces", 1h, clock.now()));
}

TEST_CASE_METHOD(Fixture, "where the first crawl fails, reading what is new is no success") {
  const TaskId id{"main", std::string(name(JobKind::crawl))};
  owners().jobs().added(id, 24h, Party::provider);
  owners().jobs().failed(id, Error{Error::Kind::unauthorized, "the API key is not accepted"}, 1s);
  const auto outcome = poll();
  REQUIRE(outcome);
  CHECK(outcome->kind == Error::Kind::unauthorized);
  CHECK(transport.requests().empty());
}

TEST_CASE_METHOD(Fixture, "a crawl brings every entry, and what it no longer finds was removed") {
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 48h), bounce("b@b.jp", 24h)});
  lists["unsubscribes"] = nlohmann::json::array({bounce("c@b.jp", 24h)});
  CHECK_FALSE(crawl());
  CHECK(size() == 2);
  CHECK(size(List::unsubscribes) == 1);
  CHECK(progress(List::blocks).crawled == clock.now());
  clock.advance(24h);
  lists["bounces"].erase(0);
  CHECK_FALSE(crawl());
  CHECK(size() == 2);  // not yet: an answer may have been incomplete
  clock.advance(16min);
  CHECK_FALSE(poll());
  CHECK(size() == 1);
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 1"));
  restart();
  CHECK(size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "a list that is empty for some minutes, however often it is read then, loses nothing") {
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  for (int i = 0; i < 30; ++i) bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h));
  CHECK_FALSE(crawl());
  clock.advance(24h);
  const auto all = std::exchange(bounces, nlohmann::json::array());
  CHECK_FALSE(crawl());
  for (int minute = 0; minute < 110; minute += 5) {
    clock.advance(5min);
    CHECK_FALSE(poll());
    CHECK_FALSE(crawl());
  }
  CHECK(size() == 30);
  SECTION("and is believed once it stays") {
    clock.advance(11min);
    CHECK_FALSE(poll());
    CHECK(size() == 0);
  }
  SECTION("and has all again without an addition") {
    bounces = all;
    clock.advance(11min);
    CHECK_FALSE(poll());
    CHECK(size() == 30);
    CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0"));
    CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 0"));
  }
}

TEST_CASE_METHOD(Fixture, "a page that lacks a row ends no crawl, and what it lacks is asked for by itself") {
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  for (int i = 0; i < 1700; ++i) bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h));
  CHECK_FALSE(crawl());
  lacksFirst = true;
  for (int i = 0; i < 6; ++i) {
    clock.advance(24h);
    CHECK_FALSE(crawl());
    clock.advance(16min);
    CHECK_FALSE(poll());
    CHECK(size() == 1700);
  }
  // What is gone is noticed all the same, though one row is never sent.
  bounces.erase(900);
  clock.advance(24h);
  CHECK_FALSE(crawl());
  for (int i = 0; i < 5; ++i) {
    clock.advance(16min);
    CHECK_FALSE(poll());
  }
  CHECK(size() == 1699);
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0"));
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 1"));
}

TEST_CASE_METHOD(Fixture,
                 "answers that lack a tenth of their rows, others each time, remove and add nothing") {
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  const int entries = GENERATE(30, 1700);
  CAPTURE(entries);
  for (int i = 0; i < entries; ++i) bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h));
  CHECK_FALSE(crawl());
  mayLack = true;
  const auto before = transport.requests().size();
  for (int hour = 0; hour < 48; ++hour) {
    if (hour == 24) bounces.erase(7);
    clock.advance(1h);
    CHECK_FALSE((hour % 24 == 0 ? crawl() : poll()));
  }
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0"));
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 1"));
  CHECK(size() == static_cast<std::size_t>(entries - 1));
  // And no more requests than the provider can bear: some twenty crawls in two days.
  CHECK(transport.requests().size() - before < 2'500);
  mayLack = false;
  for (int hour = 0; hour < 24; ++hour) {
    clock.advance(1h);
    CHECK_FALSE((hour == 0 ? crawl() : poll()));
  }
  CHECK(size() == static_cast<std::size_t>(entries - 1));
}

TEST_CASE_METHOD(Fixture,
                 "where the first crawls lack a tenth, what later ones show besides is news if it is new") {
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  for (int i = 0; i < 1700; ++i) bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h));
  mayLack = true;
  failsEach = 7;
  while (!progress().countedFrom) {
    static_cast<void>(crawl());
    clock.advance(20min);
  }
  const auto before = size();
  CHECK(before < 1700);
  int added = 0;
  for (int hour = 0; hour < 48; ++hour) {
    clock.advance(1h);
    // Right before it is asked for, and between two questions.
    if (hour % 3 == 0) bounces.push_back(bounce("new" + std::to_string(++added) + "@b.jp", 10s));
    if (hour % 3 == 1) bounces.push_back(bounce("new" + std::to_string(++added) + "@b.jp", 30min));
    if (hour == 24) bounces.erase(7);
    static_cast<void>(hour % 24 == 0 ? crawl() : poll());
    if (hour == 20) restart(), serve();
  }
  mayLack = false;
  failsEach = 0;
  for (int hour = 0; hour < 24; ++hour) {
    clock.advance(1h);
    CHECK_FALSE((hour == 0 ? crawl() : poll()));
  }
  const std::string list = "{account=\"main\",list=\"bounces\"} ";
  CHECK(exposes("arrivald_suppression_list_added_total" + list + std::to_string(added)));
  CHECK(exposes("arrivald_suppression_list_removed_total" + list + "1"));
  CHECK(size() == static_cast<std::size_t>(1699 + added));
  CHECK(owners().lists().listGrowth("main", "bounces", 48h, clock.now()) <= added);
}

TEST_CASE_METHOD(Fixture, "what is created while the first crawl goes on is news") {
  auto& bounces = lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 48h)});
  REQUIRE(owners().lists().beginCrawl("main", List::bounces));
  std::vector<suppression::Entry> page;
  REQUIRE(owners().lists().addCrawled("main", List::bounces, page).ok());
  const auto began = clock.now();
  clock.advance(30min);
  REQUIRE(
      owners().lists().finishCrawl("main", List::bounces, began, SuppressionLists::Missing::removed).ok());
  bounces.push_back(bounce("b@b.jp", 20min));
  CHECK_FALSE(poll());
  restart();
  serve();
  CHECK_FALSE(crawl());
  CHECK(size() == 2);
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 1"));
}

TEST_CASE_METHOD(Fixture,
                 "an entry that an older version stored with a name before its address is the same") {
  lists["bounces"] = nlohmann::json::array({bounce("Taro <a@b.jp>", 48h), bounce("c@b.jp", 48h)});
  CHECK_FALSE(crawl());
  // That version knew it by the whole text.
  REQUIRE(owners().database().transact([&] {
    store::Statement(owners().database(),
                     "UPDATE suppression_entries SET fingerprint = fingerprint + (1 << 30) WHERE email LIKE "
                     "'Taro%'")
        .run();
    store::Statement(owners().database(), "DELETE FROM meta WHERE key = 'lists.addresses_alone'").run();
  }));
  const bool bare = GENERATE(false, true);
  CAPTURE(bare);
  if (bare) lists["bounces"][0]["email"] = "a@b.jp";
  restart();
  serve();
  for (int i = 0; i < 4; ++i) {
    clock.advance(16min);
    CHECK_FALSE(crawl());
  }
  CHECK(size() == 2);
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0"));
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 0"));
}

TEST_CASE_METHOD(Fixture,
                 "many entries that are missed are believed by a sample, and not if any of it is listed") {
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  for (int i = 0; i < 400; ++i) bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h));
  CHECK_FALSE(crawl());
  const auto all = bounces;
  bounces.erase(bounces.begin(), bounces.begin() + 100);
  const auto singly = [&] {
    return std::ranges::count_if(transport.requests(), [](const http::Request& request) {
      return request.url.find("/bounces/") != std::string::npos;
    });
  };
  const auto decide = [&] {
    clock.advance(24h);
    CHECK_FALSE(crawl());
    clock.advance(16min);
    CHECK_FALSE(poll());
  };
  SECTION("gone") {
    decide();
    CHECK(size() == 300);
    CHECK(singly() == 20);
  }
  SECTION("left out of the pages only") {
    transport.clear();
    transport.always([](const http::Request& r) { return r.url.find("/bounces/") != std::string::npos; },
                     [&all](const http::Request& request) {
                       auto rows = nlohmann::json::array();
                       for (const auto& row : all)
                         if (request.url.ends_with(http::percentEncode(row["email"].get<std::string>())))
                           rows.push_back(row);
                       return FakeTransport::reply(200, rows.dump());
                     });
    transport.always(
        FakeTransport::asked("GET", "/bounces?"), [rows = bounces](const http::Request& request) {
          return FakeTransport::reply(200, request.url.ends_with("offset=0") ? rows.dump() : "[]");
        });
    transport.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
    decide();
    CHECK(size() == 400);
    CHECK(singly() == 20);
  }
  SECTION("where single ones cannot be asked for, two crawls that agree decide") {
    transport.clear();
    transport.always([](const http::Request& r) { return r.url.find("/bounces/") != std::string::npos; },
                     FakeTransport::reply(403, R"({"errors":[{"message":"access forbidden"}]})"));
    transport.always(
        FakeTransport::asked("GET", "/bounces?"), [rows = bounces](const http::Request& request) {
          return FakeTransport::reply(200, request.url.ends_with("offset=0") ? rows.dump() : "[]");
        });
    transport.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
    decide();
    CHECK(size() == 300);
  }
}

TEST_CASE_METHOD(Fixture, "what is new is read from ten minutes before the last read, each entry once") {
  CHECK_FALSE(crawl());
  clock.advance(10min);
  CHECK_FALSE(poll());
  clock.advance(5min);
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 9min)});  // visible late
  CHECK_FALSE(poll());
  CHECK_FALSE(poll());
  CHECK(size() == 1);
  CHECK(progress().readTo == clock.now());
  CHECK(owners().lists().listGrowth("main", "bounces", 5min, clock.now()) == 1);
}

TEST_CASE_METHOD(Fixture, "no field that is odd in an answer makes known entries news, or removes them") {
  std::function<void(nlohmann::json&)> lie = [](nlohmann::json&) {};
  transport.clear();
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  for (int i = 0; i < 60; ++i)
    bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h + std::chrono::minutes(i)));
  // By a provider that knows its entries' times well and tells them wrong.
  transport.always(FakeTransport::asked("GET", "/v3/"), [&](const http::Request& request) {
    const auto from = request.url.find("start_time=");
    auto rows = nlohmann::json::array();
    if (request.url.find("/bounces?") != std::string::npos)
      for (const auto& entry : bounces)
        if (from == std::string::npos || entry["created"] >= std::stoll(request.url.substr(from + 11)))
          rows.push_back(entry);
    for (auto& row : rows) lie(row);
    return FakeTransport::reply(200, rows.dump());
  });
  CHECK_FALSE(crawl());
  using Row = nlohmann::json;
  const auto lies = std::map<std::string, std::function<void(Row&)>>{
      {"no time", [](Row& row) { row.erase("created"); }},
      {"null", [](Row& row) { row["created"] = nullptr; }},
      {"zero", [](Row& row) { row["created"] = 0; }},
      {"in words", [](Row& row) { row["created"] = "2026-11-25T10:00:00Z"; }},
      {"milliseconds", [](Row& row) { row["created"] = row["created"].get<std::int64_t>() * 1000; }},
      {"in the future", [](Row& row) { row["created"] = 2'000'000'000; }},
      {"the time of the answer", [&](Row& row) { row["created"] = unixSeconds(clock.now()); }},
      {"another zone", [](Row& row) { row["created"] = row["created"].get<std::int64_t>() + 32'400; }},
      {"one time", [at = unixSeconds(clock.now())](Row& row) { row["created"] = at; }},
      {"capitals", [](Row& row) { row["email"] = "U" + row["email"].get<std::string>().substr(1); }},
      {"a name", [](Row& row) { row["email"] = "\"Taro\" <" + row["email"].get<std::string>() + ">"; }},
      {"a dot at the end", [](Row& row) { row["email"] = row["email"].get<std::string>() + "."; }},
      {"blanks", [](Row& row) { row["email"] = " " + row["email"].get<std::string>() + "\n"; }},
      {"no reply", [](Row& row) { row["reason"] = ""; }},
      {"an id", [](Row& row) { row["email"] = "4711"; }},
      {"no address", [](Row& row) { row["email"] = nullptr; }},
  };
  for (const auto& [name, how] : lies) {
    CAPTURE(name);
    lie = how;
    for (int read = 0; read < 24; ++read) {
      clock.advance(5min);
      if (read == 20) {
        static_cast<void>(crawl());
      } else {
        static_cast<void>(poll());
      }
    }
    CHECK(size() == 60);
    lie = [](Row&) {};
    clock.advance(24h);
    for (int read = 0; read < 24; ++read) {
      clock.advance(10min);
      static_cast<void>(read == 0 ? crawl() : poll());
    }
    CHECK(size() == 60);
    CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0"));
    CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 0"));
    CHECK(owners().lists().listGrowth("main", "bounces", 20h, clock.now()) == 0);
  }
}

TEST_CASE_METHOD(Fixture, "an address that is listed again after it was gone is news") {
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 48h), bounce("c@b.jp", 48h)});
  CHECK_FALSE(crawl());
  clock.advance(5h);
  lists["bounces"].erase(0);
  CHECK_FALSE(crawl());
  clock.advance(16min);
  CHECK_FALSE(crawl());
  CHECK(size() == 1);
  lists["bounces"].push_back(bounce("a@b.jp", 2min));
  CHECK_FALSE(poll());
  CHECK(size() == 2);
  CHECK(owners().lists().listGrowth("main", "bounces", 1h, clock.now()) == 1);
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 1"));
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 1"));
}

TEST_CASE_METHOD(Fixture, "another time or reply of a known entry is kept, and is no news") {
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 48h)});
  CHECK_FALSE(crawl());
  clock.advance(5h);
  lists["bounces"][0] = bounce("a@b.jp", 2min);
  lists["bounces"][0]["reason"] = "552 5.2.2 mailbox full";
  CHECK_FALSE(poll());
  CHECK(owners().lists().find("a@b.jp", 5)->front().entry.reason == "550 5.1.1 no such user");
  clock.advance(5min);  // an answer may be wrong once
  CHECK_FALSE(poll());
  const auto stored = *owners().lists().find("a@b.jp", 5);
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].entry.reason == "552 5.2.2 mailbox full");
  CHECK(stored[0].entry.created == clock.now() - 7min);
  CHECK(size() == 1);
  CHECK(owners().lists().listGrowth("main", "bounces", 1h, clock.now()) == 0);
  // The reply alone.
  lists["bounces"][0]["reason"] = "550 5.7.1 blocked";
  for (int i = 0; i < 2; ++i) {
    clock.advance(5min);
    CHECK_FALSE(crawl());
  }
  CHECK(owners().lists().find("a@b.jp", 5)->front().entry.reason == "550 5.7.1 blocked");
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0"));
  CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 0"));
}

TEST_CASE_METHOD(Fixture, "an address with a tag is an entry of its own") {
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 48h)});
  CHECK_FALSE(crawl());
  clock.advance(5min);
  lists["bounces"].push_back(bounce("a+news@b.jp", 1min));
  for (int i = 0; i < 3; ++i) {
    clock.advance(5min);
    CHECK_FALSE(poll());
  }
  CHECK(size() == 2);
  CHECK(owners().lists().listGrowth("main", "bounces", 4min, clock.now()).value_or(1) <= 1);
  CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 1"));
}

TEST_CASE_METHOD(Fixture, "times that flip for hours, with restarts in between, add and remove nothing") {
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  for (int i = 0; i < 705; ++i)
    bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h + std::chrono::seconds(i * 11)));
  CHECK_FALSE(crawl());
  clock.advance(24h);
  for (int flip = 0; flip < 6; ++flip) {
    CAPTURE(flip);
    for (auto& row : bounces) row["created"] = row["created"].get<std::int64_t>() + (flip % 2 == 0 ? 1 : -1);
    for (int minute = 0; minute < 100; minute += 5) {
      clock.advance(5min);
      CHECK_FALSE((minute % 30 == 0 ? crawl() : poll()));
      REQUIRE(size() == 705);
    }
    if (flip % 3 == 1) restart();
    CHECK(owners().lists().listGrowth("main", "bounces", 20h, clock.now()) == 0);
    CHECK(exposes("arrivald_suppression_list_added_total{account=\"main\",list=\"bounces\"} 0"));
    CHECK(exposes("arrivald_suppression_list_removed_total{account=\"main\",list=\"bounces\"} 0"));
  }
  // Back to what it was at first, and shown so.
  CHECK(owners().lists().find("u0@b.jp", 5)->size() == 1);
  CHECK(unixSeconds(owners().lists().find("u0@b.jp", 5)->front().entry.created) == bounces[0]["created"]);
}

TEST_CASE_METHOD(Fixture, "what an older version stored twice of a time that changed is one entry again") {
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 48h), bounce("c@b.jp", 48h)});
  CHECK_FALSE(crawl());
  const auto listed = owners().lists().find("a@b.jp", 1)->front();
  auto twice = listed.entry;
  twice.created += 1s;
  REQUIRE(owners().database().transact([&] {
    store::SuppressionsTable(owners().database())
        .add("main", List::bounces, std::array{twice},
             std::array{owners().lists().facets().of(List::bounces, twice)}, clock.now());
  }));
  restart();
  CHECK(size() == 3);
  for (int i = 0; i < 4; ++i) {
    clock.advance(16min);
    CHECK_FALSE(crawl());
  }
  CHECK(size() == 2);
  CHECK(owners().lists().listGrowth("main", "bounces", 30min, clock.now()) == 0);
}

TEST_CASE_METHOD(Fixture, "half a crawl changes nothing but what it has found") {
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 48h)});
  CHECK_FALSE(crawl());
  const auto before = progress().crawled;
  clock.advance(24h);
  transport.clear();
  answer("/bounces?", "[{\"email\":\"new");
  serveAfter();
  const auto outcome = crawl();
  REQUIRE(outcome);
  CHECK(outcome->kind == Error::Kind::malformed);
  CHECK(size() == 1);
  CHECK(progress().crawled == before);
  CHECK(progress(List::blocks).crawled == clock.now());  // the others were read
}

TEST_CASE_METHOD(Fixture, "one list that is refused does not keep the others from being read") {
  transport.clear();
  answer("/blocks?", FakeTransport::reply(403, "{}"));
  serveAfter();
  const auto outcome = crawl();
  REQUIRE(outcome);
  CHECK(outcome->kind == Error::Kind::forbidden);
  CHECK_FALSE(progress(List::blocks).crawled);
  for (const auto list : {List::bounces, List::invalidEmails, List::spamReports, List::unsubscribes})
    CHECK(progress(list).crawled);
  clock.advance(5min);
  CHECK_FALSE(poll());  // of the list that was never read nothing is asked
  CHECK(progress().readTo == clock.now());
}

TEST_CASE_METHOD(Fixture, "a provider that asks for patience gets it: the other lists wait as well") {
  CHECK_FALSE(crawl());
  const auto read = progress(List::blocks).readTo;
  clock.advance(5min);
  transport.clear();
  answer("/bounces?", FakeTransport::reply(429, "", {{"Retry-After", "60"}}));
  serveAfter();
  const auto outcome = poll();
  REQUIRE(outcome);
  CHECK(outcome->kind == Error::Kind::throttled);
  CHECK(outcome->retryAfter);
  for (const auto& asked : transport.requests()) CHECK_THAT(asked.url, Catch::Contains("/bounces?"));
  CHECK(progress(List::blocks).readTo == read);
}

TEST_CASE_METHOD(Fixture, "what the store refuses is not known either, and comes again") {
  CHECK_FALSE(crawl());
  clock.advance(5min);
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 1min)});
  execute("ALTER TABLE suppression_entries RENAME TO away");
  const auto outcome = poll();
  REQUIRE(outcome);
  CHECK(outcome->party == Party::storage);
  execute("ALTER TABLE away RENAME TO suppression_entries");
  CHECK(size() == 0);
  CHECK_FALSE(poll());
  CHECK(size() == 1);
}

TEST_CASE_METHOD(Fixture, "where pages shifted while they were read, nothing counts as removed") {
  auto& bounces = lists["bounces"] = nlohmann::json::array();
  for (int i = 0; i < 600; ++i) bounces.push_back(bounce("u" + std::to_string(i) + "@b.jp", 48h));
  CHECK_FALSE(crawl());
  REQUIRE(size() == 600);
  clock.advance(24h);
  // The second page begins with the last entry of the first, and the last entry has fallen off the end.
  auto firstPage = nlohmann::json::array(), secondPage = nlohmann::json::array();
  for (std::size_t i = 0; i < 500; ++i) firstPage.push_back(bounces[i]);
  for (std::size_t i = 499; i < 599; ++i) secondPage.push_back(bounces[i]);
  transport.clear();
  transport.always(
      [](const http::Request& request) {
        return request.url.find("/bounces?") != std::string::npos &&
               request.url.find("offset=500") != std::string::npos;
      },
      FakeTransport::reply(200, secondPage.dump()));
  answer("/bounces?", firstPage.dump());
  serveAfter();
  CHECK_FALSE(crawl());
  CHECK(size() == 600);
  CHECK(progress().crawled == clock.now());
}

TEST_CASE_METHOD(Fixture, "rows that cannot be understood are counted, and the others are read") {
  lists["bounces"] = nlohmann::json::array(
      {bounce("a@b.jp", 1h), {{"reason", "550 no"}, {"created", unixSeconds(clock.now()) - 60}}});
  CHECK_FALSE(crawl());
  CHECK(size() == 1);
  CHECK(exposes("what=\"bad_rows\"} 1"));
}

TEST_CASE_METHOD(Fixture, "new entries of the lists are explained, counted by cause, and shown masked") {
  transport.clear();
  answer("/v3/", "[]");
  REQUIRE_FALSE(crawl());  // what the first one finds was there before
  clock.advance(5min);
  transport.clear();
  transport.always(FakeTransport::asked("GET", "/v3/"), [&](const http::Request& request) {
    if (request.url.find("/bounces") == std::string::npos ||
        request.url.find("offset=0") == std::string::npos)
      return FakeTransport::reply(200, "[]");
    const auto created = unixSeconds(clock.now()) - 60;
    nlohmann::json rows = nlohmann::json::array();
    for (int i = 0; i < 3; ++i)
      rows.push_back(
          {{"email", "taro" + std::to_string(i) + "@gmail.com"},
           {"created", created},
           {"status", "5.1.1"},
           {"reason", "550 5.1.1 <taro" + std::to_string(i) +
                          "@gmail.com>: The email account that you tried to reach does not exist"}});
    rows.push_back({{"email", "hanako@gmail.com"},
                    {"created", created},
                    {"status", "5.7.1"},
                    {"reason", "554 Message refused"}});
    return FakeTransport::reply(200, rows.dump());
  });
  REQUIRE_FALSE(crawl());
  const auto summary =
      owners().causes().summary("main", "Gmail", {.window = std::chrono::hours(1)}, clock.now());
  CHECK(summary.entries == 4);
  REQUIRE(summary.classes.size() == 2);
  CHECK(causes::letter(summary.classes[0].causeClass) == 'A');
  CHECK(summary.classes[0].entries == 3);
  REQUIRE_FALSE(summary.samples.empty());
  for (const auto& sample : summary.samples) CHECK(sample.find("taro") == std::string::npos);
  const auto exposed = memory->registry.expose();
  CHECK(exposed.find(
            "arrivald_suppression_causes_total{account=\"main\",cause=\"no_address\",list=\"bounces\"} 3") !=
        std::string::npos);
  CHECK(exposed.find(
            "arrivald_suppression_causes_total{account=\"main\",cause=\"unspecified\",list=\"bounces\"} 1") !=
        std::string::npos);
  CHECK(exposed.find(
            "arrivald_suppression_cause_entries{account=\"main\",cause=\"no_address\",list=\"bounces\"} 3") !=
        std::string::npos);
  CHECK(owners().causes().summary("main", "docomo", {.window = std::chrono::hours(1)}, clock.now()).entries ==
        0);
  CHECK(owners().causes().summary("other", "", {.window = std::chrono::hours(1)}, clock.now()).entries == 0);
}

TEST_CASE_METHOD(Fixture, "unsubscribes from groups are read with the names of the groups") {
  const auto created = unixSeconds(clock.now() - 24h);
  const auto row = [&](const std::string& email, int group) {
    return nlohmann::json{
        {"email", email}, {"group_id", group}, {"group_name", "x"}, {"created_at", created}};
  };
  lists["suppressions"] = nlohmann::json::array({row("a@b.jp", 100), row("a@b.jp", 101)});
  CHECK_FALSE(crawl());
  CHECK(size(List::groupUnsubscribes) == 2);
  auto found = owners().lists().find("a@b.jp", 10);
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  for (const auto& one : *found) {
    CHECK(one.list == List::groupUnsubscribes);
    CHECK((one.entry.group == 100 || one.entry.group == 101));
    CHECK(unixSeconds(one.entry.created) == created);
  }
  store::SuppressionsTable table(database());
  CHECK(table.groups() == std::map<std::pair<std::string, std::int64_t>, std::string>{
                              {{"main", 100}, "News"}, {{"main", 101}, "お知らせ"}});
  // Nothing tells which are new: all are asked for again while they are few.
  lists["suppressions"].push_back(row("c@b.jp", 100));
  clock.advance(5min);
  CHECK_FALSE(poll());
  CHECK(size(List::groupUnsubscribes) == 3);
  lists["suppressions"] = nlohmann::json::array({row("a@b.jp", 101)});
  clock.advance(24h);
  CHECK_FALSE(crawl());
  clock.advance(16min);
  CHECK_FALSE(poll());
  CHECK(size(List::groupUnsubscribes) == 1);
}

TEST_CASE_METHOD(Fixture, "many unsubscribes from groups are read by crawls only") {
  auto& rows = lists["suppressions"] = nlohmann::json::array();
  for (int i = 0; i < 2001; ++i)
    rows.push_back({{"email", "u" + std::to_string(i) + "@b.jp"},
                    {"group_id", 100},
                    {"created_at", unixSeconds(clock.now() - 24h)}});
  CHECK_FALSE(crawl());
  REQUIRE(size(List::groupUnsubscribes) == 2001);
  transport.clear();
  serve();
  clock.advance(5min);
  CHECK_FALSE(poll());
  for (const auto& asked : transport.requests())
    CHECK(asked.url.find("/v3/asm/suppressions") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "without the scope for groups the other lists are read all the same") {
  lists["bounces"] = nlohmann::json::array({bounce("a@b.jp", 1h)});
  transport.clear();
  answer("/v3/asm/", FakeTransport::reply(403, R"({"errors":[{"message":"access forbidden"}]})"));
  transport.always(FakeTransport::asked("GET", "/v3/suppression/"), FakeTransport::reply(200, "[]"));
  const auto outcome = crawl();
  REQUIRE(outcome);
  CHECK_THAT(outcome->text, Catch::Contains("asm.groups.read"));
  CHECK(progress().crawled);
  CHECK_FALSE(progress(List::groupUnsubscribes).crawled);
}
