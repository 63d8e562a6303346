// The digest: when it is sent, what it counts, and that a crash or a set clock neither repeats nor loses any.
#include "desk/digest_sender.hpp"

#include "desk/desk_fixture.hpp"
#include "desk/form.hpp"
#include "notify/notification_json.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

constexpr const char* kRefused = "550 5.7.1 Service unavailable; Client host blocked using Spamhaus";
constexpr const char* kUnknown = "550 5.1.1 user unknown";

struct Fixture : DeskFixture {
  Fixture() {
    config.language = Language::english;
    for (const auto* name : {"ops", "others"}) config.channels.emplace_back().name = name;
    config.desk.emplace();
    config.desk->url = "https://desk.example.co.jp";
    config.desk->zone = TimeZone::find("Asia/Tokyo").value();
    config.desk->digest = {Schedule::cron("0 9 * * *", config.desk->zone).value(), {"ops"}};
    retain();
    for (const auto list : suppression::kLists) {
      REQUIRE(owners().lists().beginCrawl("main", list));
      REQUIRE(
          owners().lists().finishCrawl("main", list, clock.now(), watch::SuppressionLists::Missing::kept));
    }
    look();
    clock.advance(1h);
  }
  // 2026-11-10 12:00 in Tokyo at first.
  void to(const char* at) { clock.advance(parseIso(at).value() - clock.now()); }
  void look() {
    desk::DigestSender sender(owners(), "https://desk.example.co.jp");
    REQUIRE(sender.look(config));
  }
  std::vector<notify::Notification> sent(const std::string& channel = "ops") {
    std::vector<notify::Notification> all;
    const auto waiting = owners().outbox().waiting(channel, 10);
    REQUIRE(waiting);
    for (const auto& one : *waiting) all.push_back(notify::notificationFromJson(one.notification).value());
    return all;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what is new since the last digest is sent when it is due, once") {
  add(List::blocks, "taro@docomo.ne.jp", kRefused, 5min);
  add(List::bounces, "hana@docomo.ne.jp", kUnknown, 4min);
  add(List::unsubscribes, "jiro@au.com", "", 3min);
  look();
  CHECK(sent().empty());
  to("2026-11-11T00:00:00Z");
  look();
  look();
  REQUIRE(sent().size() == 1);
  CHECK(sent("others").empty());
  const auto digest = sent().front();
  CHECK(digest.title.ends_with(": 3"));
  CHECK(digest.causes.size() == 4);
  CHECK(digest.breakdown.at(1).find("2") != std::string::npos);
  REQUIRE(digest.next);
  const auto seen = std::to_string(unixMilliseconds(parseIso("2026-11-10T03:00:00Z").value()) - 1) + "-" +
                    std::to_string(unixMilliseconds(parseIso("2026-11-11T00:00:00Z").value()) - 1);
  // Our own side comes first, whatever is more.
  REQUIRE(digest.links.size() == 2);
  CHECK(digest.links[0].url == "https://desk.example.co.jp/?from=2026-11-10&to=2026-11-11&seen=" + seen +
                                   "&cause=sender_blocked&group=docomo");
  CHECK(digest.links[1].url == "https://desk.example.co.jp/?from=2026-11-10&to=2026-11-11&seen=" + seen);
  CHECK(notify::toJson(digest).find('@') == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a digest says which lists could not be read, and that more may be on them") {
  add(List::bounces, "hana@docomo.ne.jp", kUnknown, 4min);
  to("2026-11-11T00:00:00Z");
  for (const auto list : suppression::kLists) REQUIRE(owners().lists().readUpTo("main", list, clock.now()));
  look();
  REQUIRE(sent().size() == 1);
  const std::string known = "only of what is known";
  CHECK(sent().front().sentence.find(known) == std::string::npos);
  add(List::bounces, "taro@docomo.ne.jp", kUnknown, 4min);
  to("2026-11-12T00:00:00Z");
  for (const auto list : suppression::kLists) REQUIRE(owners().lists().readUpTo("main", list, clock.now()));
  using Failure = watch::SuppressionLists::ReadFailure;
  owners().lists().readFailed("main", List::blocks,
                              {Error{Error::Kind::forbidden, "access forbidden"}, Failure::Of::latest});
  look();
  REQUIRE(sent().size() == 2);
  const auto sentence = sent().back().sentence;
  CHECK(sentence.find(known) != std::string::npos);
  CHECK(sentence.find("main: ") != std::string::npos);
  CHECK(sentence.find("access forbidden") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "if nothing is new, lists that cannot be read are told of, once") {
  using Failure = watch::SuppressionLists::ReadFailure;
  const auto read = [&](List list) { REQUIRE(owners().lists().readUpTo("main", list, clock.now())); };
  const auto fail = [&](List list) {
    owners().lists().readFailed("main", list,
                                {Error{Error::Kind::forbidden, "access forbidden"}, Failure::Of::latest});
  };
  const auto day = [&](const char* at, std::set<List> failing) {
    to(at);
    for (const auto list : suppression::kLists) failing.contains(list) ? fail(list) : read(list);
    look();
    look();
    return sent().size();
  };
  CHECK(day("2026-11-11T00:00:00Z", {List::blocks}) == 1);
  CHECK(sent().back().title == "Suppression lists that cannot be read");
  CHECK(sent().back().sentence.find("unknown") != std::string::npos);
  CHECK(sent().back().sentence.find("access forbidden") != std::string::npos);
  REQUIRE(sent().back().links.size() == 1);
  CHECK(sent().back().links[0].url == "https://desk.example.co.jp/");
  CHECK(day("2026-11-12T00:00:00Z", {List::blocks}) == 1);
  CHECK(day("2026-11-13T00:00:00Z", {List::blocks, List::bounces}) == 2);
  CHECK(day("2026-11-14T00:00:00Z", {}) == 2);
  CHECK(day("2026-11-15T00:00:00Z", {List::blocks}) == 3);
  restart();
  CHECK(day("2026-11-16T00:00:00Z", {List::blocks}) == 3);
}

TEST_CASE_METHOD(Fixture, "nothing is sent if nothing is new, or without a digest") {
  // Nor that nothing was read while nobody ran: it will be in a moment.
  to("2026-11-11T00:00:00Z");
  look();
  CHECK(sent().empty());
  add(List::bounces, "hana@docomo.ne.jp", kUnknown, 4min);
  config.desk->digest.reset();
  to("2026-11-12T00:00:00Z");
  look();
  CHECK(sent().empty());
}

TEST_CASE_METHOD(Fixture, "a digest that was due while nobody ran is sent at the start, and no entry twice") {
  add(List::bounces, "hana@docomo.ne.jp", kUnknown, 4min);
  memory.reset();
  clock.advance(72h);
  memory = std::make_unique<Memory>(io, clock, folder.path());
  retain();
  look();
  REQUIRE(sent().size() == 1);
  restart();
  look();
  add(List::bounces, "taro@docomo.ne.jp", kUnknown, 4min);
  clock.advance(24h);
  look();
  REQUIRE(sent().size() == 2);
  CHECK(sent().back().title.ends_with(": 1"));
}

TEST_CASE_METHOD(Fixture, "what the first crawl finds is no news") {
  config.accounts.emplace_back().name = "second";
  retain();
  REQUIRE(owners().lists().beginCrawl("second", List::bounces));
  add(List::bounces, "old@docomo.ne.jp", kUnknown, 100h, "second");
  REQUIRE(owners().lists().finishCrawl("second", List::bounces, clock.now(),
                                       watch::SuppressionLists::Missing::kept));
  to("2026-11-11T00:00:00Z");
  look();
  CHECK(sent().empty());
}

TEST_CASE_METHOD(Fixture, "what the store refuses is sent at a later look") {
  add(List::bounces, "hana@docomo.ne.jp", kUnknown, 4min);
  to("2026-11-11T00:00:00Z");
  execute("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END");
  desk::DigestSender sender(owners(), "https://desk.example.co.jp");
  CHECK_FALSE(sender.look(config));
  CHECK(sent().empty());
  execute("DROP TRIGGER full");
  clock.advance(1min);
  look();
  CHECK(sent().size() == 1);
}

TEST_CASE_METHOD(Fixture, "a clock that is set neither repeats nor loses entries") {
  add(List::bounces, "hana@docomo.ne.jp", kUnknown, 4min);
  to("2026-11-11T00:00:00Z");
  look();
  REQUIRE(sent().size() == 1);
  for (const auto step : {Duration(3h), -Duration(50h)}) {
    clock.step(step);
    owners().noticeClockStep();
    REQUIRE(database().transact([&] { desk::DigestSender::storeShift(database(), step); }));
  }
  clock.advance(48h);
  look();
  CHECK(sent().size() == 1);
  add(List::bounces, "taro@docomo.ne.jp", kUnknown, 4min);
  clock.advance(24h);
  look();
  CHECK(sent().size() == 2);
}

TEST_CASE_METHOD(Fixture, "the link of a digest shows what the digest counts, whenever it was created") {
  clock.advance(48h);
  // Not before the first crawl, which is no news, and yet on a day before that of the digest.
  add(List::bounces, "late@docomo.ne.jp", kUnknown, 40h);
  add(List::bounces, "hana@docomo.ne.jp", kUnknown, 4min);
  to("2026-11-13T00:00:00Z");
  add(List::bounces, "next@docomo.ne.jp", kUnknown, 1h);
  look();
  REQUIRE(sent().size() == 1);
  CHECK(sent()[0].title.ends_with(": 2"));
  const auto url = sent()[0].links.back().url;
  const auto parameters = desk::Form::parse(url.substr(url.find('?') + 1)).value();
  desk::QueryAsked asked;
  asked.from = parameters.text("from");
  asked.to = parameters.text("to");
  asked.seen = parameters.text("seen");
  CHECK(emails(asked) == std::vector<std::string>{"hana@docomo.ne.jp", "late@docomo.ne.jp"});
  const auto counts = entries().counts(entries().query(asked));
  REQUIRE(counts);
  CHECK(counts->total == 2);
}

TEST_CASE_METHOD(Fixture, "a flood is counted to the last entry") {
  std::vector<suppression::Entry> flood;
  for (int i = 0; i < 20'500; ++i)
    flood.push_back({"u" + std::to_string(i) + "@docomo.ne.jp", clock.now(), "", "", "192.0.2.1", 0});
  REQUIRE(owners().lists().add("main", List::spamReports, flood));
  to("2026-11-11T00:00:00Z");
  look();
  REQUIRE(sent().size() == 1);
  CHECK(sent()[0].title.find("20,500") != std::string::npos);
}
