// failures_per_domain_minute: from events to alerts.
#include <catch2/catch.hpp>
#include <set>

#include "watch/evaluate_rules.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture,
                 "of one recipient domain at most so many failures a minute count, where a rule says so") {
  rules::RateThreshold kind;
  kind.windows = {10min, 30min};
  kind.warning = rules::BadShare(0.05);
  config.rules.emplace_back().name = "uncapped";
  config.rules.back().kind = kind;
  config.rules.back().scope.dimensions = {delivery::Dimension::account, delivery::Dimension::domainGroup};
  kind.cap = rules::ClusterCap{3};
  config.rules.push_back(config.rules.back());
  config.rules.back().name = "capped";
  config.rules.back().kind = kind;
  reload();
  std::set<std::string> fired;
  // Of other messages, or they would be taken for the same events again.
  auto next = [number = 0]() mutable { return "capped" + std::to_string(++number); };
  auto minute = [&](int failures, const std::string& domain) {
    std::string batch = "[" + event("open", "a@ok.example", next(), 20s);
    for (int i = 0; i < 20; ++i) batch += "," + event("delivered", "a@ok.example", next(), 20s);
    for (int i = 0; i < failures; ++i)
      batch += "," + event("bounce", "a@" + (domain.empty() ? std::to_string(i) + ".example" : domain),
                           next(), 20s, ",\"reason\":\"550 5.1.1 no such user\"");
    REQUIRE(post(batch + "]") == 204);
    for (int half = 0; half < 2; ++half) {
      clock.advance(30s);
      evaluateRules(owners(), config);
      for (const auto& alert : owners().alerts().all())
        if (active(alert.state)) fired.insert(alert.key.rule);
      if (half == 0) events().tick();
    }
  };
  for (int i = 0; i < 32; ++i) minute(0, "");
  REQUIRE(fired.empty());
  SECTION("one dead domain is no outage, from its minute until it has left every window") {
    minute(100, "dead.example");
    for (int i = 0; i < 40; ++i) minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped"});
  }
  SECTION("nor after a restart") {
    minute(100, "dead.example");
    minute(0, "");
    restart();
    for (int i = 0; i < 40; ++i) minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped"});
  }
  SECTION("nor after the wall clock was set back") {
    minute(100, "dead.example");
    minute(0, "");
    clock.step(-2h);
    for (int i = 0; i < 40; ++i) minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped"});
  }
  SECTION("failures at many domains are one") {
    minute(100, "");
    minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped", "capped"});
  }
}
