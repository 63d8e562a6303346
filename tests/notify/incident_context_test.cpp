// What is asked around an incident.
#include "notify/incident_context.hpp"

#include <catch2/catch.hpp>

#include "notify/advice.hpp"
#include "notify/fake_mail_view.hpp"
#include "notify/incident_side.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using incidents::Family;
using incidents::Kind;
using testing::FakeMailView;

namespace {

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

incidents::Incident incident(incidents::Root root) {
  incidents::Incident one;
  one.number = 128;
  one.account = "main";
  one.root = std::move(root);
  one.began = kNow - 10min;
  one.window = 10min;
  one.numbers = {31, 6, 0.2};
  return one;
}

IncidentContext around(const incidents::Incident& one, const FakeMailView& mail) {
  Links links;
  links.page = "https://arrivald.example.jp/";
  return incidentContextOf(one, links, TimeZone{}, mail, kNow);
}

// A trend that can be shown.
void showTrend(FakeMailView& mail) {
  mail.known = 48h;
  delivery::Counts counts;
  counts[delivery::Metric::delivered] = 100;
  mail.shown.assign(kTrendBuckets, counts);
}

}  // namespace

TEST_CASE("the replies around an incident are those to the root's own mail, in its window") {
  FakeMailView mail;
  mail.alive = true;
  const auto context = around(
      incident({.categories = {"notice"}, .receivers = {"Gmail", "docomo"}, .kinds = {Kind::authentication}}),
      mail);
  CHECK(mail.askedReceivers == std::vector<std::string>{"Gmail", "docomo"});
  CHECK(mail.askedCategories == std::vector<std::string>{"notice"});
  CHECK(context.around.causes.window == 10min);
  CHECK_FALSE(context.statisticsOnly);
  CHECK(context.around.page == "https://arrivald.example.jp/incident/128");
}

TEST_CASE(
    "without the event stream a receiver is one of the statistics, and its replies come from the lists") {
  FakeMailView mail;
  const auto context = around(incident({.receivers = {"Gmail"}}), mail);
  CHECK(mail.askedCauses == "lists failed Gmail 1h");
  CHECK(mail.askedBreakdown == "mailbox_provider 5m");
  CHECK(context.statisticsOnly);
}

TEST_CASE("what is a part of the mail is not explained by all replies, nor by all receivers") {
  FakeMailView mail;
  CHECK(around(incident({.categories = {"notice"}}), mail).around.causes.replies == 0);
  CHECK(around(incident({.receivers = {"Gmail", "docomo"}}), mail).around.causes.replies == 0);
  mail.alive = true;
  // A drift of a category, whose receivers are not counted: that the account fails at Gmail says nothing of
  // it.
  auto one = incident({.categories = {"notice"}});
  one.slow = true;
  one.numbers = {400, 60, 8};
  auto context = around(one, mail);
  context.around.causes = {};
  context.around.breakdown = {{delivery::Dimension::domainGroup, "Gmail", 60, 400},
                              {delivery::Dimension::domainGroup, "docomo", 1, 4000}};
  CHECK(sideOf(one, context).kind == Side::Kind::unclear);
  CHECK(sideOf(one, context).name.empty());
  // Its own replies do.
  context.around.causes.counts = {{causes::Class::authentication, 50}};
  context.around.causes.replies = 55;
  CHECK(sideOf(one, context).kind == Side::Kind::cause);
}

TEST_CASE("a trend is shown where it is of the root's mail") {
  FakeMailView mail;
  mail.alive = true;
  showTrend(mail);
  CHECK(around(incident({}), mail).around.trend.size() == kTrendBuckets);
  CHECK(around(incident({.receivers = {"Gmail"}}), mail).around.trend.size() == kTrendBuckets);
  CHECK(around(incident({.categories = {"notice"}}), mail).around.trend.size() == kTrendBuckets);
  CHECK(around(incident({.receivers = {"Gmail", "docomo"}}), mail).around.trend.empty());
  CHECK(around(incident({.categories = {"notice"}, .receivers = {"Gmail"}}), mail).around.trend.empty());
}

TEST_CASE("of mail that waits the longest wait is known, and whether it was tried") {
  FakeMailView mail;
  mail.alive = true;
  mail.late = rules::StreamFacts::Waiting{20, 40, 30, 24min, {}};
  const auto context =
      around(incident({.family = Family::waiting, .receivers = {"lg.jp"}, .kinds = {Kind::deferred}}), mail);
  CHECK(context.longestWait == Duration(24min));
  CHECK_FALSE(context.around.heldByProvider);
}

TEST_CASE("a named cause decides whose side it is, however few or unclear the replies") {
  FakeMailView mail;
  mail.alive = true;
  const auto one = incident({.receivers = {"Gmail"}, .kinds = {Kind::authentication}});
  auto context = around(one, mail);
  context.around.causes.replies = 6;
  context.around.causes.counts = {{causes::Class::authentication, 4}, {causes::Class::unspecified, 2}};
  const auto side = sideOf(one, context);
  CHECK(side.kind == Side::Kind::cause);
  REQUIRE(side.cause);
  CHECK(side.cause->cause.verdict == causes::Verdict::senderMustFix);
}

TEST_CASE("addresses that took mail before are not blamed on the list, though the root names them") {
  FakeMailView mail;
  mail.alive = true;
  auto one = incident({.receivers = {"docomo"}, .kinds = {Kind::noAddress}});
  one.numbers = {31, 30, 0.2};
  auto context = around(one, mail);
  BreakdownRow docomo{delivery::Dimension::domainGroup, "docomo", 30, 31};
  docomo.since = {30, 31};
  docomo.before = rules::BadMail{1, 400};
  context.around.whole = Whole{{docomo, {delivery::Dimension::domainGroup, "Gmail", 1, 150}}, {}};
  context.around.causes.counts = {{causes::Class::noAddress, 30}};
  context.around.causes.replies = 30;
  context.around.causes.earlier = {{20, 17}, {50, 30}};
  CHECK(sideOf(one, context).kind == Side::Kind::receiverFails);
  context.around.causes.earlier = {{20, 0}, {50, 30}};
  CHECK(sideOf(one, context).kind == Side::Kind::cause);
}

TEST_CASE("of several receivers none is blamed alone, though most of it gathers at one") {
  FakeMailView mail;
  mail.alive = true;
  auto one = incident({.receivers = {"lg.jp", "Yahoo! JAPAN"}});
  one.affected.receivers = {{"lg.jp", {40, 40, 0.2}}, {"Yahoo! JAPAN", {40, 4, 0.2}}};
  one.numbers = {80, 44, 0.4};
  auto context = around(one, mail);
  context.around.causes.counts = {{causes::Class::noAddress, 40}};
  context.around.causes.replies = 40;
  CHECK(sideOf(one, context).kind == Side::Kind::unclear);
  one.root.receivers = {"lg.jp"};
  one.affected.receivers.pop_back();
  context.around.whole = Whole{{{delivery::Dimension::domainGroup, "lg.jp", 40, 40},
                                {delivery::Dimension::domainGroup, "Yahoo! JAPAN", 4, 400}},
                               {}};
  CHECK(sideOf(one, context).name == "lg.jp");
}

TEST_CASE("another text of the same cause is another step, but that the replies share no text is none") {
  FakeMailView mail;
  mail.alive = true;
  auto one = incident({.receivers = {"Gmail"}, .kinds = {Kind::senderBlocked}});
  auto context = around(one, mail);
  context.around.causes.replies = 20;
  const auto keyWith = [&](const std::string& text) {
    context.around.causes.counts = {{causes::Class::senderBlocked, 20, causes::Verdict::senderMustFix, text}};
    return adviceOf(one, context).key;
  };
  const auto delist = keyWith("blocklist.spamhaus"), generic = keyWith("");
  CHECK(delist != generic);
  CHECK(delist != keyWith("blocklist.microsoft"));
  one.notified.emplace().advised.told = delist;
  CHECK(keyWith("") == delist);
  CHECK(keyWith("blocklist.microsoft") != delist);
  CHECK(sideOfAdvice(delist).cause.value().cause.causeClass == causes::Class::senderBlocked);
}

TEST_CASE("of a drift it is known how its mail does by now") {
  FakeMailView mail;
  mail.alive = true;
  delivery::Counts hour;
  hour[delivery::Metric::delivered] = 95;
  hour[delivery::Metric::bounces] = 5;
  mail.shown.assign(24, hour);
  auto one = incident({});
  CHECK_FALSE(around(one, mail).lately);
  one.slow = true;
  CHECK(around(one, mail).lately == rules::BadMail{24 * 5, 24 * 100});
  one.root.receivers = {"Gmail", "docomo"};
  CHECK_FALSE(around(one, mail).lately);
}
