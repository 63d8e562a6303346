#include "sendgrid/backoff.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sendgrid/scopes.hpp"

using namespace arrivald;
using namespace arrivald::sendgrid;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-23T05:00:00Z").value();

Failure failure(Failure::Kind kind) {
  Failure made{kind, "text"};
  return made;
}

}  // namespace

TEST_CASE("a passing failure waits twice as long each time, jittered between half and all, up to the most") {
  Backoff max(5s, 60s);
  Backoff min(5s, 60s);
  const std::vector<Duration> spans = {5s, 10s, 20s, 40s, 60s, 60s};
  for (const auto span : spans) {
    CHECK(max.failed(failure(Failure::Kind::serverError), kNow, 1.0).wait == span);
    CHECK(min.failed(failure(Failure::Kind::timedOut), kNow, 0.0).wait == span / 2);
  }
  CHECK(max.failuresInARow() == 6);
  max.succeeded();
  CHECK(max.failuresInARow() == 0);
  CHECK(max.failed(failure(Failure::Kind::html), kNow, 1.0).wait == 5s);
}

TEST_CASE("a key counts as refused only from the third 401 in a row") {
  Backoff backoff;
  CHECK_FALSE(backoff.failed(failure(Failure::Kind::unauthorized), kNow, 0.5).needsPeople);
  CHECK_FALSE(backoff.failed(failure(Failure::Kind::unauthorized), kNow, 0.5).needsPeople);
  CHECK_FALSE(backoff.keyRefused());
  SECTION("the third settles it") {
    CHECK(backoff.failed(failure(Failure::Kind::unauthorized), kNow, 0.5).needsPeople);
    CHECK(backoff.keyRefused());
    backoff.succeeded();
    CHECK_FALSE(backoff.keyRefused());
  }
  SECTION("another failure between starts the count anew") {
    CHECK_FALSE(backoff.failed(failure(Failure::Kind::serverError), kNow, 0.5).needsPeople);
    CHECK_FALSE(backoff.failed(failure(Failure::Kind::unauthorized), kNow, 0.5).needsPeople);
    CHECK_FALSE(backoff.keyRefused());
  }
}

TEST_CASE("what a request will not get by waiting is asked for hourly and needs people") {
  for (const auto kind : {Failure::Kind::forbidden, Failure::Kind::notFound, Failure::Kind::badRequest,
                          Failure::Kind::notAcceptable}) {
    Backoff backoff;
    const auto next = backoff.failed(failure(kind), kNow, 1.0);
    CHECK(next.wait == 1h);
    CHECK(next.needsPeople);
    CHECK(backoff.failed(failure(kind), kNow, 0.0).wait == 54min);
  }
}

TEST_CASE("throttling waits for the reset, between 1 and 120 s whatever the header says") {
  Failure throttled = failure(Failure::Kind::throttled);
  const auto wait = [&](double random) { return Backoff().failed(throttled, kNow, random).wait; };

  throttled.rateLimit.reset = kNow + 17s;
  CHECK(wait(0) == 17s);
  CHECK(wait(0.5) == 17'500ms);
  throttled.rateLimit.reset = kNow - 300s;
  CHECK(wait(0) == 1s);
  throttled.rateLimit.reset = kNow + 24h;
  CHECK(wait(0) == 120s);
  throttled.rateLimit.reset = Instant::max();
  CHECK(wait(0) == 120s);
  throttled.rateLimit.reset = Instant::min();
  CHECK(wait(0) == 1s);

  throttled.rateLimit.reset = std::nullopt;
  CHECK(wait(0) == 2'500ms);  // the usual wait of a first failure
  throttled.retryAfter = 30s;
  CHECK(wait(0) == 30s);
  throttled.retryAfter = 24h;
  CHECK(wait(0) == 120s);
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

TEST_CASE("a wide scope stands in for a narrow one where the reference names both") {
  CHECK(missingScopes({"stats.global.read"}, {Feature::statistics}, Language::english).empty());
  CHECK(missingScopes({"suppression.read"}, {Feature::spamReports, Feature::unsubscribes}, Language::english)
            .empty());
  CHECK(missingScopes({"suppression.read"}, {Feature::mailboxProviders}, Language::english).size() == 1);
}

TEST_CASE("every feature has a scope and a text in both languages") {
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    const auto feature = static_cast<Feature>(i);
    CHECK_FALSE(scopesFor({feature}).empty());
    const auto english = missingScopes({}, {feature}, Language::english);
    const auto japanese = missingScopes({}, {feature}, Language::japanese);
    REQUIRE_FALSE(english.empty());
    CHECK(english[0].loss.size() > 10);
    CHECK(japanese[0].loss != english[0].loss);
  }
  CHECK(scopesFor({Feature::bounces, Feature::classifications, Feature::statistics}) ==
        std::vector<std::string>{"stats.read", "suppression.bounces.read"});
}

TEST_CASE("each kind of failure has its own name and a kind that others understand") {
  std::vector<std::string_view> seen;
  for (std::size_t i = 0; i < kFailureKindCount; ++i) {
    const auto kind = static_cast<Failure::Kind>(i);
    CHECK(std::find(seen.begin(), seen.end(), name(kind)) == seen.end());
    seen.push_back(name(kind));
    CHECK(toError(Failure{kind, "why"}).text == "why");
  }
  CHECK(name(Failure::Kind::cancelled) == "cancelled");
  CHECK(name(Failure::Kind::emptyAnswer) == "empty_answer");
  CHECK(toError(Failure{Failure::Kind::throttled, ""}).kind == Error::Kind::throttled);
}
