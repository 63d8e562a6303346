// What notifications say about mail: each answer from the owner that knows it, as of one instant.
#include "watch/remembered_mail.hpp"

#include <catch2/catch.hpp>

#include "watch/event_stream_facts.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

struct Fixture : StreamFixture {
  using Replies = notify::MailView::Replies;

  /// Asks as of now.
  template <class Question>
  auto ask(Question question) {
    const EventStreamFacts stream(events(), owners().statistics(), owners().causes(), config);
    const RememberedMail mail(owners(), stream, clock.now());
    return question(static_cast<const notify::MailView&>(mail));
  }
  std::vector<std::pair<std::string, std::int64_t>> breakdown(Dimension dimension, Duration window,
                                                              const std::string& account = "main") {
    std::vector<std::pair<std::string, std::int64_t>> rows;
    for (const auto& [subject, counts] :
         ask([&](const auto& mail) { return mail.breakdown(account, dimension, window); }))
      rows.emplace_back(subject.name, counts[Metric::delivered]);
    return rows;
  }
  void categorySays(const std::string& name, std::int64_t count) {
    const Subject subject{"main", Dimension::category, name};
    delivery::Read read{{"main", Dimension::category}, clock.now(), Date{}, Date{}, {}, true};
    read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
    delivery::SubjectTotals totals{subject, {{read.firstDay, {}}}};
    totals.days[0].counts[Metric::delivered] = count;
    read.totals.push_back(totals);
    REQUIRE(owners().statistics().apply(read));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "before anything is known, nothing is said: unknown is not zero") {
  CHECK_FALSE(ask([](const auto& mail) { return mail.streamAlive("main"); }));
  CHECK_FALSE(ask([&](const auto& mail) { return mail.knownFor(whole); }));
  const auto buckets = ask([&](const auto& mail) { return mail.buckets(whole, 5min, 3); });
  REQUIRE(buckets.size() == 3);
  for (const auto& bucket : buckets) CHECK_FALSE(bucket);
  CHECK(breakdown(Dimension::domainGroup, 1h).empty());
  CHECK(ask([](const auto& mail) { return mail.listCauses("main", "", {.window = 1h}); }).replies == 0);
  CHECK(ask([](const auto& mail) { return mail.failedMail("main"); }).empty());
  CHECK_FALSE(ask([&](const auto& mail) { return mail.waiting(whole, 5min, 1h); }));
  CHECK_FALSE(ask([](const auto& mail) { return mail.statusReport(); }));
}

TEST_CASE_METHOD(Fixture, "a subject is known for as long as its numbers reach back") {
  statisticsSay(Metric::delivered, 10);
  clock.advance(40min);
  statisticsSay(Metric::delivered, 20);
  CHECK(ask([&](const auto& mail) { return mail.knownFor(whole); }) == Duration(40min));
}

TEST_CASE_METHOD(Fixture, "buckets adjoin, oldest first, and are absent where nothing was read") {
  statisticsSay(Metric::delivered, 10);
  for (const std::int64_t total : {11, 13, 17}) {
    clock.advance(5min);
    statisticsSay(Metric::delivered, total);
  }
  const auto buckets = ask([&](const auto& mail) { return mail.buckets(whole, 5min, 4); });
  REQUIRE(buckets.size() == 4);
  CHECK_FALSE(buckets[0]);
  std::vector<std::int64_t> counts;
  for (const auto* bucket : {&buckets[1], &buckets[2], &buckets[3]}) {
    REQUIRE(*bucket);
    counts.push_back((**bucket)[Metric::delivered]);
  }
  CHECK(counts == std::vector<std::int64_t>{1, 2, 4});
}

TEST_CASE_METHOD(Fixture, "groups of receivers are broken down by the stream, of one account") {
  for (int minute = 0; minute < 6; ++minute) {
    const auto message = "p" + std::to_string(minute);
    CHECK(post("[" + event("processed", "a@docomo.ne.jp", message, 1s) + "," +
               event("processed", "a@gmail.com", message, 1s) + "]") == 204);
    minutePasses();
  }
  CHECK(post("[" + event("delivered", "a@docomo.ne.jp", "m1", 1s) + "," +
             event("delivered", "b@docomo.ne.jp", "m2", 1s) + "," +
             event("delivered", "a@gmail.com", "m3", 1s) + "]") == 204);
  minutePasses();
  using Rows = std::vector<std::pair<std::string, std::int64_t>>;
  CHECK(breakdown(Dimension::domainGroup, 5min) == Rows{{"Gmail", 1}, {"docomo", 2}});
  CHECK(breakdown(Dimension::domainGroup, 5min, "other").empty());
  CHECK(breakdown(Dimension::category, 5min).empty());
}

TEST_CASE_METHOD(Fixture, "other breakdowns are the statistics', without subjects whose window is unknown") {
  config.accounts[0].categories.names = {"notice"};
  reload();
  categorySays("notice", 10);
  clock.advance(10min);
  categorySays("notice", 14);
  using Rows = std::vector<std::pair<std::string, std::int64_t>>;
  CHECK(breakdown(Dimension::category, 10min) == Rows{{"notice", 4}});
  CHECK(breakdown(Dimension::category, 30min).empty());  // reaches back to before the first reading
  clock.advance(16min);                                  // not read for more than a quarter of an hour
  CHECK(breakdown(Dimension::category, 10min).empty());
}

TEST_CASE_METHOD(Fixture, "causes are those of the lists or of the events, as asked") {
  suppression::Entry entry;
  entry.email = "hanako@docomo.ne.jp";
  entry.created = clock.now() - 1min;
  entry.reason = "550 5.1.1 <hanako@docomo.ne.jp> User unknown";
  owners().causes().note("main", suppression::List::bounces, entry, clock.now());
  CHECK(post("[" + event("bounce", "a@docomo.ne.jp", "m1", 1s, ",\"reason\":\"552 5.2.2 Mailbox full\"") +
             "," +
             event("deferred", "b@docomo.ne.jp", "m2", 1s, ",\"response\":\"421 4.7.0 Try again later\"") +
             "]") == 204);
  const auto listed = ask([](const auto& mail) { return mail.listCauses("main", "", {.window = 1h}); });
  REQUIRE(listed.counts.size() == 1);
  CHECK(listed.replies == 1);
  CHECK(listed.counts[0].causeClass == causes::Class::noAddress);
  REQUIRE(listed.samples.size() == 1);
  CHECK_THAT(listed.samples[0], !Catch::Contains("hanako"));
  const auto failed =
      ask([](const auto& mail) { return mail.streamCauses("main", "docomo", {Replies::failed, 1h, {}}); });
  REQUIRE(failed.counts.size() == 1);
  CHECK(failed.counts[0].causeClass == causes::Class::mailboxFull);
  CHECK(failed.counts[0].replies == 1);
  const auto deferred =
      ask([](const auto& mail) { return mail.streamCauses("main", "", {Replies::deferred, 1h, {}}); });
  REQUIRE(deferred.counts.size() == 1);
  CHECK(deferred.counts[0].causeClass != causes::Class::mailboxFull);
  CHECK(ask([](const auto& mail) {
          return mail.streamCauses("main", "Gmail", {Replies::failed, 1h, {}});
        }).replies == 0);
}

TEST_CASE_METHOD(Fixture, "failed mail is told with its receiver, code and time") {
  for (int i = 0; i < 5; ++i)
    CHECK(post(one("bounce", "a@docomo.ne.jp", "m" + std::to_string(i), 60s,
                   ",\"reason\":\"550 5.7.26 unauthenticated\"")) == 204);
  const auto failed = ask([](const auto& mail) { return mail.failedMail("main"); });
  REQUIRE(failed.size() == 5);
  CHECK(failed[0].code == "550 5.7.26");
  CHECK(failed[0].group == "docomo");
  CHECK(failed[0].at == clock.now() - 60s);
}

TEST_CASE_METHOD(Fixture, "messages in flight are the stream's, while it is alive") {
  CHECK(post(one("processed", "a@docomo.ne.jp", "m1", 10min)) == 204);
  CHECK(ask([](const auto& mail) { return mail.streamAlive("main"); }));
  const auto waiting = ask([&](const auto& mail) { return mail.waiting(whole, 5min, 1h); });
  REQUIRE(waiting);
  CHECK(waiting->messages == 1);
  CHECK(waiting->overdue == 1);
  clock.advance(11min);
  CHECK_FALSE(ask([](const auto& mail) { return mail.streamAlive("main"); }));
  CHECK_FALSE(ask([&](const auto& mail) { return mail.waiting(whole, 5min, 1h); }));
}

TEST_CASE_METHOD(Fixture, "the status page's report says how old it is") {
  statuspage::StatusSummary summary;
  summary.indicator = statuspage::Indicator::major;
  summary.description = "Partial System Outage";
  owners().provider().read(std::move(summary), clock.now());
  clock.advance(3min);
  const auto report = ask([](const auto& mail) { return mail.statusReport(); });
  REQUIRE(report);
  CHECK(report->description == "Partial System Outage");
  CHECK(report->age == Duration(3min));
  CHECK(report->incidents.empty());
}
