// Why rules fire or do not fire now, in numbers.
#include "watch/explain_alerts.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  Fixture() {
    rules::RateThreshold kind;
    kind.windows = {30min};
    kind.critical = rules::BadShare(0.1);
    rules::Rule rate{};
    rate.name = "delivery";
    rate.kind = kind;
    rate.holdFor = 2min;
    rules::Rule silent{};
    silent.name = "unread";
    silent.kind = rules::NothingRead{};
    config.rules = {rate, silent};
  }
  std::string explain(const std::string& rule = "", const std::string& subject = "") {
    const auto explained = explainAlerts(owners(), config, rule, subject);
    return explained ? *explained : explained.error().text;
  }
  void halfIsLost() {
    for (int minute = 0; minute <= 40; ++minute) {
      delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
      read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
      delivery::SubjectTotals totals{whole, {{read.firstDay, {}}}};
      auto& counts = totals.days[0].counts;
      counts[delivery::Metric::requests] = counts[delivery::Metric::processed] = 20 * minute;
      counts[delivery::Metric::delivered] = counts[delivery::Metric::blocks] = 10 * minute;
      read.totals.push_back(totals);
      REQUIRE(owners().statistics().apply(read));
      clock.advance(1min);
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "each check is listed with its numbers and whether it holds") {
  halfIsLost();
  const auto text = explain("delivery");
  CHECK_THAT(text, Catch::Contains("delivery on main") && Catch::Contains("bad") && Catch::Contains("yes") &&
                       Catch::Contains("mails") && Catch::Contains("window 30m"));
  CHECK_THAT(text, !Catch::Contains("unread on"));
}

TEST_CASE_METHOD(Fixture, "what is remembered of the alert stands beside it") {
  halfIsLost();
  rules::Alert alert;
  alert.key = {"delivery", whole};
  alert.state = rules::AlertState::pending;
  alert.since = clock.now() - 1min;
  alert.unknownSince = clock.now();
  alert.mutedBy = "unread@main";
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  CHECK_THAT(explain("delivery"),
             Catch::Contains("remembered: pending since") && Catch::Contains("fires after 2m") &&
                 Catch::Contains("data missing since") && Catch::Contains("muted by unread@main"));
}

TEST_CASE_METHOD(Fixture, "without a name every rule is explained; a subject narrows it") {
  halfIsLost();
  const auto subject = delivery::toText(whole);
  CHECK_THAT(explain(), Catch::Contains("delivery on") && Catch::Contains("unread on"));
  CHECK_THAT(explain("", subject), Catch::Contains("delivery on " + subject));
  CHECK_THAT(explain("delivery", "main/category/x"),
             Catch::Contains("does not apply to \"main/category/x\""));
}

TEST_CASE_METHOD(Fixture, "a name that no rule has is answered with those there are") {
  CHECK_THAT(explain("delivry"), Catch::Contains("\"delivry\"") && Catch::Contains("delivery, unread"));
  CHECK(explainAlerts(owners(), config, "delivry", "").error().kind == Error::Kind::notFound);
  config.rules.clear();
  CHECK_THAT(explain(), Catch::Contains("no rules"));
}
