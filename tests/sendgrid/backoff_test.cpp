#include "sendgrid/rate_budget.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "sendgrid/answer.hpp"
#include "sendgrid/scopes.hpp"

using namespace arrivald;
using namespace arrivald::sendgrid;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-23T05:00:00Z").value();

Failure failure(Failure::Kind kind) { return Failure{kind, "text"}; }

}  // namespace

TEST_CASE("throttling waits for the reset, between 1 and 120 s whatever the header says") {
  Failure throttled = failure(Failure::Kind::throttled);
  const auto asked = [&] { return toError(throttled, kNow).retryAfter; };

  CHECK_FALSE(asked());
  throttled.rateLimit.reset = kNow + 17s;
  CHECK(asked() == 17s);
  throttled.rateLimit.reset = kNow + 3ms;
  CHECK(asked() == 1s);
  throttled.rateLimit.reset = kNow + 24h;
  CHECK(asked() == 120s);
  throttled.rateLimit.reset = Instant::max();
  CHECK(asked() == 120s);
  throttled.retryAfter = 30s;
  CHECK(asked() == 120s);

  throttled.rateLimit.reset = std::nullopt;
  CHECK(asked() == 30s);
  throttled.retryAfter = 24h;
  CHECK(asked() == 120s);
}

// F12: this machine's clock is 15 minutes ahead of the provider's.
TEST_CASE("a reset in the past is ignored: the delay grows as without one") {
  Backoff backoff({5s, 2min, 1h});
  Duration waited{};
  int requests = 1;
  while (waited < 75s) {
    const http::Headers headers = {{"X-Ratelimit-Limit", "600"},
                                   {"X-Ratelimit-Remaining", "0"},
                                   {"X-Ratelimit-Reset", std::to_string(unixSeconds(kNow + waited) - 860)}};
    const auto refused = failureOf(http::Response{429, headers, "{}"}, kNow + waited);
    REQUIRE(refused.has_value());
    waited += backoff.failed(toError(*refused, kNow + waited), 0.0).wait;
    ++requests;
  }
  CHECK(requests <= 7);
  CHECK_FALSE(untilReset(kNow, kNow));
  CHECK_FALSE(untilReset(Instant::min(), kNow));
}

TEST_CASE("a reset given in seconds is counted from now") {
  CHECK(rateLimitOf({{"X-RateLimit-Reset", "42"}}, kNow).reset == kNow + 42s);
  CHECK(rateLimitOf({{"X-RateLimit-Reset", "999999999"}}, kNow).reset == kNow + 999'999'999s);
  CHECK(rateLimitOf({{"X-RateLimit-Reset", "1000000000"}}, kNow).reset == fromUnixSeconds(1'000'000'000));
  const auto refused = failureOf(http::Response{429, {{"X-RateLimit-Reset", "42"}}, "{}"}, kNow);
  CHECK(toError(*refused, kNow).retryAfter == 42s);
  const auto now = failureOf(http::Response{429, {{"X-RateLimit-Reset", "0"}}, "{}"}, kNow);
  CHECK_FALSE(toError(*now, kNow).retryAfter);
}

TEST_CASE("each failure has a party") {
  CHECK(toError(failure(Failure::Kind::unauthorized), kNow).party == Party::configuration);
  CHECK(toError(failure(Failure::Kind::forbidden), kNow).party == Party::configuration);
  CHECK(toError(failure(Failure::Kind::unreachable), kNow).party == Party::network);
  CHECK(toError(failure(Failure::Kind::tls), kNow).party == Party::network);
  CHECK(toError(failure(Failure::Kind::serverError), kNow).party == Party::provider);
  CHECK(toError(failure(Failure::Kind::throttled), kNow).party == Party::provider);
  CHECK(toError(failure(Failure::Kind::timedOut), kNow).party == Party::provider);
  // A connection that does not come about is the network's, a server that then says nothing the provider's.
  http::Failure timedOut{http::Failure::Kind::timedOut, "text"};
  CHECK(toError(failureOf(timedOut), kNow).kind == Error::Kind::timedOut);
  timedOut.connecting = true;
  CHECK(toError(failureOf(timedOut), kNow).kind == Error::Kind::unreachable);
  CHECK(toError(failureOf(timedOut), kNow).party == Party::network);
  CHECK(toError(failure(Failure::Kind::redirected), kNow).party == Party::network);
  CHECK(toError(failure(Failure::Kind::tooLarge), kNow).party == Party::configuration);
  CHECK(toError(failure(Failure::Kind::html), kNow).party == Party::network);  // a proxy's page
  CHECK(toError(failure(Failure::Kind::cancelled), kNow).party == Party::internal);
  for (const auto kind : failureKinds()) {
    CHECK(toError(failure(kind), kNow).kind == kind);
    CHECK(toError(failure(kind), kNow).text == "text");
    CHECK(toError(failure(kind), kNow).party != Party::storage);
    CHECK(toError(failure(kind), kNow).party != Party::thirdParty);
  }
}

TEST_CASE("jobs that share an endpoint slow down when little of its allowance is left") {
  RateBudget budget;
  CHECK(budget.pause(kNow) == 0ms);
  CHECK_FALSE(budget.remaining(kNow).has_value());

  budget.saw(RateLimit{600, 500, kNow + 60s}, kNow);
  CHECK(budget.pause(kNow) == 0ms);
  CHECK(budget.remaining(kNow) == 500);

  budget.saw(RateLimit{600, 120, kNow + 60s}, kNow);
  CHECK(budget.pause(kNow) == Duration(60'000 / 121));
  CHECK(budget.pause(kNow + 30s) == Duration(30'000 / 121));

  budget.saw(RateLimit{600, 0, kNow + 60s}, kNow);
  CHECK(budget.pause(kNow) == 60s);

  SECTION("an answer that was overtaken does not raise what is left") {
    budget.saw(RateLimit{600, 3, kNow + 60s}, kNow);
    CHECK(budget.remaining(kNow) == 0);
  }
  SECTION("an answer without headers changes nothing") {
    budget.saw(RateLimit{}, kNow);
    CHECK(budget.remaining(kNow) == 0);
  }
  SECTION("a reset years ahead delays requests for two minutes, not for years") {
    budget.saw(RateLimit{600, 0, kNow + 24h * 365}, kNow);
    CHECK(budget.pause(kNow) == 120s);
    budget.saw(RateLimit{}, kNow + 60s);
    CHECK(budget.pause(kNow + 60s) == 60s);
    CHECK(budget.pause(kNow + 120s) == 0ms);
  }
  SECTION("a new period begins full") {
    CHECK(budget.pause(kNow + 60s) == 0ms);
    CHECK_FALSE(budget.remaining(kNow + 60s).has_value());
    budget.saw(RateLimit{600, 599, kNow + 120s}, kNow + 60s);
    CHECK(budget.remaining(kNow + 60s) == 599);
  }
  SECTION("a reset in the far future stops nobody for longer than two minutes") {
    budget.saw(RateLimit{600, 0, Instant::max()}, kNow);
    CHECK(budget.pause(kNow) == 120s);
  }
  SECTION("headers that lack the limit or the reset do not slow anyone down") {
    RateBudget partial;
    partial.saw(RateLimit{std::nullopt, 1, kNow + 60s}, kNow);
    CHECK(partial.pause(kNow) == 0ms);
    partial.saw(RateLimit{600, 1, std::nullopt}, kNow);
    CHECK(partial.pause(kNow) == 0ms);
  }
}

TEST_CASE("missing scopes are named with what stops working without them") {
  const std::vector<Feature> wanted = {Feature::statistics, Feature::categories, Feature::bounces};
  CHECK(missingScopes({"stats.read", "categories.read", "categories.stats.read", "suppression.bounces.read"},
                      wanted, Language::english)
            .empty());

  const auto missing = missingScopes({"stats.read", "categories.read"}, wanted, Language::english);
  REQUIRE(missing.size() == 2);
  CHECK(missing[0].scope == "categories.stats.read");
  CHECK(missing[0].feature == Feature::categories);
  CHECK(missing[0].loss == "Rates and alerts by category are missing.");
  CHECK(missing[1].scope == "suppression.bounces.read");

  CHECK(missingScopes({}, {Feature::categories}, Language::japanese)[0].loss ==
        "カテゴリごとの到達率とアラートが出ません。");
}

TEST_CASE("a wide scope includes the narrow one where the reference names both") {
  CHECK(missingScopes({"stats.global.read"}, {Feature::statistics}, Language::english).empty());
  CHECK(missingScopes({"suppression.read"}, {Feature::spamReports, Feature::unsubscribes}, Language::english)
            .empty());
  CHECK(missingScopes({"suppression.read"}, {Feature::mailboxProviders}, Language::english).size() == 1);
}

TEST_CASE("every feature has a scope and a text in both languages") {
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    const auto feature = static_cast<Feature>(i);
    const auto english = missingScopes({}, {feature}, Language::english);
    const auto japanese = missingScopes({}, {feature}, Language::japanese);
    REQUIRE_FALSE(english.empty());
    CHECK(english[0].loss.size() > 10);
    CHECK(japanese[0].loss != english[0].loss);
  }
}
