// What waits until the office opens, and what is said then.
#include "notify/hold.hpp"

#include <catch2/catch.hpp>

#include "notify/notification_json.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using rules::Severity;

namespace {

// A Tuesday; the office is open from 8:30 to 17:30.
const Instant kEvening = parseIso("2026-11-24T18:10:00+09:00").value();
const Instant kOpening = parseIso("2026-11-25T08:30:00+09:00").value();

PlanSettings settings(std::vector<std::string> otherwise = {}) {
  PlanSettings all;
  all.zone = TimeZone::find("Asia/Tokyo").value();
  all.channels = {{"team", Language::english}, {"on-call", Language::english}};
  Route route;
  route.channels = {"team"};
  route.hours = calendar::Hours();
  route.otherwise = std::move(otherwise);
  all.routes = {route};
  return all;
}

std::vector<Destination> routed(const PlanSettings& all, Severity severity, Instant now) {
  return route(all.routes, {severity, "main", "stall", {}}, all.zone, now);
}

PlannedNotification planned(const std::string& change, Tone tone, bool held, const std::string& title = "x") {
  Notification one;
  one.id = change;
  one.tone = tone;
  one.title = title;
  one.fallback = "[Warning] " + title;
  one.sentence = "Since 18:10.";
  one.next = Field{"Next", "Look"};
  return {change, "team", one, held};
}

using Held = std::vector<incidents::Held>;

}  // namespace

TEST_CASE("outside the hours what is not critical waits, and what is critical never does unless it is said") {
  auto all = settings();
  using To = std::vector<Destination>;
  CHECK(routed(all, Severity::warning, kEvening) == To{{"team", true}});
  CHECK(routed(all, Severity::warning, kOpening) == To{{"team", false}});
  CHECK(routed(all, Severity::critical, kEvening) == To{{"team", false}});
  all.routes[0].holdCritical = true;
  CHECK(routed(all, Severity::critical, kEvening) == To{{"team", true}});
}

TEST_CASE("outside the hours a route may lead elsewhere") {
  const auto all = settings({"on-call"});
  using To = std::vector<Destination>;
  CHECK(routed(all, Severity::warning, kEvening) == To{{"on-call", false}});
  CHECK(routed(all, Severity::warning, kOpening) == To{{"team", false}});
}

TEST_CASE("a channel that another route leads to does not wait") {
  auto all = settings();
  all.routes[0].continueMatching = true;
  Route other;
  other.channels = {"team"};
  all.routes.push_back(other);
  CHECK(routed(all, Severity::warning, kEvening) == std::vector<Destination>{{"team", false}});
}

TEST_CASE("what waits is said in one message when the office opens, what goes on first") {
  const auto all = settings();
  Held held;
  CHECK(holdBack({planned("incident-130@main#1.2-opened", Tone::warning, true, "docomo refuses")}, held, all,
                 kEvening)
            .empty());
  CHECK(holdBack({planned("stall@main#5.1", Tone::warning, true, "Mail stands still")}, held, all,
                 kEvening + 1h)
            .empty());
  CHECK(holdBack({planned("incident-130@main#1.3-resolved", Tone::good, true, "docomo is over")}, held, all,
                 kEvening + 2h)
            .empty());
  REQUIRE(held.size() == 2);
  CHECK(holdBack({}, held, all, kOpening - 1min).empty());
  const auto said = holdBack({}, held, all, kOpening);
  REQUIRE(said.size() == 1);
  CHECK(held.empty());
  CHECK(said[0].channel == "team");
  const auto& message = said[0].notification;
  CHECK(message.title == "2 waited for office hours, 1 still on");
  CHECK(message.tone == Tone::warning);
  CHECK_FALSE(message.mention);
  REQUIRE(message.breakdown.size() == 2);
  CHECK(message.breakdown[0] == "[Warning] Mail stands still Since 18:10. Next: Look");
  CHECK(message.breakdown[1] == "[Warning] docomo is over");
  CHECK(holdBack({}, held, all, kOpening + 1min).empty());
}

TEST_CASE("one alone that goes on is said as it is, and one that is over in a line") {
  const auto all = settings();
  Held held;
  static_cast<void>(holdBack({planned("stall@main#5.1", Tone::warning, true, "still")}, held, all, kEvening));
  auto said = holdBack({}, held, all, kOpening);
  REQUIRE(said.size() == 1);
  CHECK(said[0].notification.title == "still");
  static_cast<void>(holdBack({planned("stall@main#5.2", Tone::good, true, "over")}, held, all, kEvening));
  said = holdBack({}, held, all, kOpening);
  REQUIRE(said.size() == 1);
  CHECK(said[0].notification.title == "1 came and went outside office hours");
  CHECK(said[0].notification.tone == Tone::ended);
}

TEST_CASE("what turns critical at night is said at once, and not again in the morning") {
  const auto all = settings();
  Held held;
  static_cast<void>(
      holdBack({planned("incident-130@main#1.2-opened", Tone::warning, true)}, held, all, kEvening));
  const auto said =
      holdBack({planned("incident-130@main#1.3-critical", Tone::critical, false)}, held, all, kEvening + 1h);
  CHECK(said.size() == 1);
  CHECK(held.empty());
  CHECK(holdBack({}, held, all, kOpening).empty());
}

TEST_CASE("what no route makes wait any more is said, and that of a channel that is removed is not") {
  auto all = settings();
  Held held;
  static_cast<void>(holdBack({planned("stall@main#5.1", Tone::warning, true)}, held, all, kEvening));
  SECTION("without hours") {
    all.routes[0].hours.reset();
    CHECK(holdBack({}, held, all, kEvening + 1min).size() == 1);
  }
  SECTION("without its channel") {
    all.channels.erase(all.channels.begin());
    CHECK(holdBack({}, held, all, kEvening + 1min).empty());
  }
  CHECK(held.empty());
}

TEST_CASE("beyond the limit nothing waits") {
  const auto all = settings();
  Held held(incidents::kMaxHeld, {"on-call", "x", "{}", kEvening});
  CHECK(holdBack({planned("stall@main#5.1", Tone::warning, true)}, held, all, kEvening).size() >= 1);
}
