// Why mail did not arrive within the last day, from the provider's lists and from its event stream.
#include "watch/recent_causes.hpp"

#include <catch2/catch.hpp>

#include "watch/logged_lines.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using causes::Class;
using stream::EventKind;
using suppression::List;
using Replies = notify::MailView::Replies;

namespace {

constexpr const char* kUnknown = "550 5.1.1 User unknown";
constexpr const char* kFull = "552 5.2.2 Mailbox full";
constexpr const char* kSpf = "550 5.7.26 This mail is unauthenticated";

struct Fixture {
  RecentCauses causes;
  Instant now = parseIso("2026-11-10T03:00:00Z").value();

  std::optional<causes::Cause> listed(const std::string& reason, Duration ago, List list = List::bounces,
                                      const std::string& email = "a@example.jp") {
    suppression::Entry entry;
    entry.email = email;
    entry.created = now - ago;
    entry.reason = reason;
    return causes.note("main", list, entry, now);
  }
  struct Event {
    const char* account = "main";
    const char* group = "docomo";
    EventKind kind = EventKind::bounce;
    const char* status = "";
  };
  void streamed(const std::string& reason, Duration ago, const Event& event) {
    stream::Record record;
    record.kind = event.kind;
    record.at = now - ago;
    record.email = "a@docomo.ne.jp";
    record.domain = "docomo.ne.jp";
    record.reason = reason;
    record.status = event.status;
    causes.noteEvent(event.account, event.group, record, now);
  }
  void streamed(const std::string& reason, Duration ago) { streamed(reason, ago, Event()); }
  void streamed(int times, const std::string& reason, const Event& event) {
    for (int i = 0; i < times; ++i) streamed(reason, 1min, event);
  }

  std::size_t listEntries(Duration window) const {
    return causes.summary("main", "", {.window = window}, now).entries;
  }
  std::size_t failures(Duration window) const {
    return causes.ofEvents("main", "", {Replies::failed, window, {}}, now).entries;
  }
};

std::vector<std::pair<Class, std::size_t>> classesOf(const RecentCauses::Summary& summary) {
  std::vector<std::pair<Class, std::size_t>> all;
  for (const auto& one : summary.classes) all.emplace_back(one.causeClass, one.entries);
  return all;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an entry of a list that holds replies is explained; other lists hold none") {
  for (const auto list : {List::bounces, List::blocks, List::invalidEmails})
    CHECK(listed(kUnknown, 1min, list)->causeClass == Class::noAddress);
  for (const auto list : {List::spamReports, List::unsubscribes}) CHECK_FALSE(listed(kUnknown, 1min, list));
  CHECK(listEntries(1h) == 3);
}

TEST_CASE_METHOD(Fixture, "an old entry is explained and not remembered, nor is one of the future") {
  CHECK(listed(kFull, 24h)->causeClass == Class::mailboxFull);
  CHECK(listed(kFull, -6min)->causeClass == Class::mailboxFull);
  CHECK(listEntries(48h) == 0);
  listed(kFull, 24h - 1s);
  CHECK(listEntries(48h) == 1);
}

TEST_CASE_METHOD(Fixture, "an event older than a day is not remembered; one of the future counts as of now") {
  streamed(kFull, 24h);
  CHECK(failures(48h) == 0);
  streamed(kFull, -1h);
  CHECK(failures(1s) == 1);
}

TEST_CASE_METHOD(Fixture, "a summary counts the classes of a window, most first, of one account") {
  listed(kFull, 50min);
  listed(kUnknown, 10min);
  listed(kUnknown, 20min);
  listed(kUnknown, 60min);  // the window excludes its beginning
  using Counts = std::vector<std::pair<Class, std::size_t>>;
  CHECK(classesOf(causes.summary("main", "", {.window = 1h}, now)) ==
        Counts{{Class::noAddress, 2}, {Class::mailboxFull, 1}});
  CHECK(classesOf(causes.summary("main", "", {.window = 15min}, now)) == Counts{{Class::noAddress, 1}});
  CHECK(causes.summary("other", "", {.window = 1h}, now).entries == 0);
  CHECK(causes.summary("main", "", {.window = 1min}, now).samples.empty());
}

TEST_CASE_METHOD(Fixture,
                 "a summary names the recipients' domains of the commonest class, most replies first") {
  for (int i = 0; i < 3; ++i) listed(kUnknown, 1min, List::bounces, "a@Kyu-machi.example.jp");
  listed(kUnknown, 1min, List::bounces, "a@example.jp");
  listed(kFull, 1min, List::bounces, "a@full.example.jp");
  using Domains = std::vector<notify::Causes::Domain>;
  CHECK(causes.summary("main", "", {.window = 1h}, now).domains ==
        Domains{{"kyu-machi.example.jp", 3}, {"example.jp", 1}});
  for (int i = 0; i < 8; ++i) listed(kUnknown, 1min, List::bounces, "a@" + std::to_string(i) + ".example.jp");
  CHECK(causes.summary("main", "", {.window = 1h}, now).domains.size() == notify::Causes::kMaxDomains);
  streamed(kUnknown, 1min);
  CHECK(causes.ofEvents("main", "", {.window = 1h}, now).domains == Domains{{"docomo.ne.jp", 1}});
}

TEST_CASE_METHOD(Fixture, "a summary of one mailbox provider takes the name as the statistics spell it") {
  listed("550-5.1.1 The email account that you tried to reach does not exist. gsmtp", 1min, List::bounces,
         "a@gmail.com");
  listed(kUnknown, 1min, List::bounces, "a@docomo.ne.jp");
  for (const auto* name : {"Gmail", "gmail", "Google", "Google Apps"})
    CHECK(causes.summary("main", name, {.window = 1h}, now).entries == 1);
  CHECK(causes.summary("main", "Yahoo", {.window = 1h}, now).entries == 0);
  CHECK(causes.summary("main", "", {.window = 1h}, now).entries == 2);
}

TEST_CASE_METHOD(Fixture, "samples are three different replies of the commonest class, the latest first") {
  listed(kFull, 1min);
  for (int i = 1; i <= 4; ++i) listed("550 5.1.1 User unknown, no. " + std::to_string(i), i * 1min);
  listed("550 5.1.1 User unknown, no. 1", 5min);
  const auto samples = causes.summary("main", "", {.window = 1h}, now).samples;
  REQUIRE(samples.size() == 3);
  CHECK(samples[0] == "550 5.1.1 User unknown, no. 1");
  CHECK(samples[1] == "550 5.1.1 User unknown, no. 2");
  CHECK(samples[2] == "550 5.1.1 User unknown, no. 3");
}

TEST_CASE_METHOD(Fixture, "a sample is one line of limited length without an address") {
  listed("550 5.1.1 <hanako@example.jp>\r\nUser unknown " + std::string(500, 'x'), 1min);
  streamed("550 5.1.1 <hanako@example.jp>\r\nUser unknown", 1min);
  for (const auto& sample : {causes.summary("main", "", {.window = 1h}, now).samples.at(0),
                             causes.ofEvents("main", "", {Replies::failed, 1h, {}}, now).samples.at(0)}) {
    CHECK_THAT(sample, !Catch::Contains("hanako") && Catch::Contains("@example.jp"));
    CHECK(sample.find_first_of("\r\n") == std::string::npos);
    CHECK(sample.size() <= 210);
  }
}

TEST_CASE_METHOD(Fixture,
                 "replies of events are told apart by account, group, and whether mail was put off") {
  streamed(kUnknown, 1min);
  streamed(kUnknown, 1min, {"main", "gmail", EventKind::bounce});
  streamed("452 4.2.2 Mailbox full", 1min, {"main", "docomo", EventKind::deferred});
  streamed(kUnknown, 1min, {"other", "docomo", EventKind::bounce});
  CHECK(causes.ofEvents("main", "", {Replies::failed, 1h, {}}, now).entries == 2);
  CHECK(causes.ofEvents("main", "docomo", {Replies::failed, 1h, {}}, now).entries == 1);
  const auto deferred = causes.ofEvents("main", "docomo", {Replies::deferred, 1h, {}}, now);
  REQUIRE(deferred.classes.size() == 1);
  CHECK(deferred.classes[0].causeClass == Class::mailboxFull);
  CHECK(causes.ofEvents("main", "", {Replies::failed, 1min, {}}, now).entries == 0);
  CHECK(listEntries(1h) == 0);  // lists and events are two sources of the same mail
}

TEST_CASE_METHOD(Fixture, "events of given causes are counted, whether they failed or were put off") {
  streamed(kFull, 30min);
  streamed("452 4.2.2 Mailbox full", 30min, {"main", "docomo", EventKind::deferred});
  streamed(kUnknown, 30min, {"main", "gmail", EventKind::bounce});
  const auto count = [&](const std::string& group, const std::vector<std::string>& of, Duration window) {
    return causes.countOfEvents("main", group, of, window, now);
  };
  CHECK(count("", {"mailbox_full"}, 1h) == 2);
  CHECK(count("", {"mailbox_full", "no_address"}, 1h) == 3);
  CHECK(count("gmail", {"mailbox_full", "no_address"}, 1h) == 1);
  CHECK(count("", {"mailbox_full"}, 30min) == 0);
  CHECK(count("", {}, 1h) == 0);
  CHECK(causes.countOfEvents("other", "", {"mailbox_full"}, 1h, now) == 0);
}

TEST_CASE_METHOD(Fixture,
                 "failed mail is told with its code, oldest first; what is put off or dropped is not") {
  streamed(kSpf, 1min, {"main", "gmail", EventKind::bounce});
  streamed(kSpf, 3min, {"main", "gmail", EventKind::blocked});
  streamed(kSpf, 2min, {"main", "gmail", EventKind::deferred});
  streamed("Bounced Address", 2min, {"main", "gmail", EventKind::dropped});
  streamed(kSpf, 2min, {"other", "gmail", EventKind::bounce});
  const auto failed = causes.failedMail("main");
  REQUIRE(failed.size() == 2);
  CHECK(failed[0].at == now - 3min);
  CHECK(failed[1].at == now - 1min);
  for (const auto& one : failed) {
    CHECK(one.group == "gmail");
    CHECK(one.code == "550 5.7.26");
  }
}

TEST_CASE_METHOD(Fixture, "bounces and blocks are told apart, in lists and in events") {
  listed(kUnknown, 1min);
  listed(kSpf, 1min, List::blocks);
  listed(kUnknown, 1min, List::invalidEmails);
  streamed(kUnknown, 1min);
  streamed(kSpf, 1min, {"main", "gmail", EventKind::blocked});
  const auto inLists = [&](Replies replies) {
    return causes.summary("main", "", {replies, 1h, {}}, now).entries;
  };
  const auto inEvents = [&](Replies replies) {
    return causes.ofEvents("main", "", {replies, 1h, {}}, now).entries;
  };
  CHECK(inLists(Replies::bounced) == 2);
  CHECK(inLists(Replies::blocked) == 1);
  CHECK(inLists(Replies::failed) == 3);
  CHECK(inEvents(Replies::bounced) == 1);
  CHECK(inEvents(Replies::blocked) == 1);
  CHECK(inEvents(Replies::answered) == 2);
  CHECK(causes.ofEvents("main", "", {Replies::answered, 1h, {"auth_failure"}}, now).entries == 1);
}

TEST_CASE_METHOD(Fixture, "the text of the commonest class is named where most of its replies share it") {
  for (int i = 0; i < 3; ++i) listed("550 5.7.1 Client host blocked using Spamhaus", 1min, List::blocks);
  const auto text = [&] { return causes.summary("main", "", {.window = 1h}, now).classes.at(0).textKey; };
  CHECK(text() == "blocked.list");
  for (int i = 0; i < 3; ++i)
    listed("550 5.7.1 Your server sends too much spam, blocked", 1min, List::blocks);
  CHECK(text() != "blocked.list");
}

TEST_CASE_METHOD(Fixture, "a code is the reply's own; what the provider adds fills in where it has none") {
  struct Case {
    const char* reply;
    const char* status;
    const char* code;
  };
  const auto [reply, status, code] =
      GENERATE(Case{"550 5.7.26 unauthenticated", "5.0.0", "550 5.7.26"},
               Case{"550-5.7.26 unauthenticated", "", "550 5.7.26"},
               Case{"550 #5.1.0 Address rejected.", "", "550 5.1.0"},
               Case{"550 unauthenticated", "5.7.1", "550 5.7.1"}, Case{"550", "", "550"},
               Case{"550 5.7 no", "", "550"}, Case{"unauthenticated", "5.7.1", "5.7.1"},
               Case{"unauthenticated", "", ""}, Case{"5500 5.7.1", "", ""}, Case{"250 2.0.0 ok", "", ""},
               Case{"", "unknown", ""}, Case{"550 5.123456.78901 no", "", "550"});
  INFO(reply << " | " << status);
  streamed(5, reply, {"main", "docomo", EventKind::bounce, status});
  CHECK(causes.failedMail("main").back().code == code);
}

TEST_CASE_METHOD(Fixture, "of each source the latest 5,000 replies are kept, in whatever order they come") {
  const bool latestFirst = GENERATE(false, true);
  for (int i = 0; i < 5100; ++i) {
    const auto ago = std::chrono::seconds(latestFirst ? i : 5099 - i);
    const auto* reply = ago < 5000s ? "" : kUnknown;
    listed(reply, ago);
    streamed(reply, ago);
  }
  using Counts = std::vector<std::pair<Class, std::size_t>>;
  CHECK(classesOf(causes.summary("main", "", {.window = 24h}, now)) == Counts{{Class::unspecified, 5000}});
  CHECK(classesOf(causes.ofEvents("main", "", {Replies::failed, 24h, {}}, now)) ==
        Counts{{Class::unspecified, 5000}});
}

TEST_CASE_METHOD(Fixture, "replies are forgotten after a day") {
  listed(kFull, 1min);
  streamed(kFull, 1min);
  now += 24h;
  listed(kUnknown, 1min);
  streamed(kUnknown, 1min);
  CHECK(listEntries(48h) == 1);
  CHECK(failures(48h) == 1);
}

TEST_CASE_METHOD(Fixture, "the ages of replies stay when the clock is set") {
  listed(kFull, 10min);
  streamed(kFull, 10min);
  for (const auto step : {Duration(-3h), Duration(30h)}) {
    now += step;
    causes.shift(step);
    CHECK(listEntries(11min) == 1);
    CHECK(listEntries(10min) == 0);
    CHECK(failures(11min) == 1);
  }
}

TEST_CASE_METHOD(Fixture, "the operator's rules precede the built-in ones, from the next reply on") {
  config::Config config;
  causes::Rule rule;
  rule.id = "ours";
  rule.causeClass = Class::content;
  rule.weight = causes::Weight::certain;
  rule.when = {"user unknown"};
  config.causes.rules = {rule};
  listed(kUnknown, 1min);
  causes.retain(config);
  CHECK(listed(kUnknown, 1min)->ruleId == "ours");
  CHECK(causes.summary("main", "", {.window = 1h}, now).classes.size() == 2);
  config.causes.rules.clear();
  causes.retain(config);
  CHECK(listed(kUnknown, 1min)->causeClass == Class::noAddress);
}

TEST_CASE_METHOD(Fixture, "rules that cannot be used leave those before in force, and the log says so") {
  config::Config config;
  causes::Rule rule;
  rule.id = "ours";
  rule.causeClass = Class::content;
  rule.weight = causes::Weight::certain;
  rule.when = {"user unknown"};
  config.causes.rules = {rule};
  causes.retain(config);
  config.causes.rules.push_back(rule);  // the same id again
  const LoggedLines log;
  causes.retain(config);
  CHECK(log.count("error causes.rules are not used") == 1);
  CHECK(listed(kUnknown, 1min)->ruleId == "ours");
}

TEST_CASE_METHOD(Fixture, "an account that is removed and configured again continues with its replies") {
  config::Config config;
  config.accounts.emplace_back().name = "main";
  causes.retain(config);
  listed(kFull, 10min);
  streamed(kFull, 10min);
  causes.retain(config::Config());
  causes.retain(config);
  CHECK(listEntries(1h) == 1);
  CHECK(failures(1h) == 1);
}
