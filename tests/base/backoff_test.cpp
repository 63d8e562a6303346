#include "base/backoff.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

using namespace arrivald;
using namespace std::chrono_literals;

namespace {

Error error(Error::Kind kind) { return Error{kind, "text", Party::provider}; }

std::vector<Duration> waits(Backoff backoff, Error::Kind kind, int times) {
  std::vector<Duration> all;
  for (int i = 0; i < times; ++i) all.push_back(backoff.failed(error(kind), 1.0).wait);
  return all;
}

}  // namespace

TEST_CASE("a wait doubles with each failure in a row, jittered between half and all, up to the most") {
  const BackoffLimits limits{5s, 60s, 1h};
  const std::vector<Duration> spans = {5s, 10s, 20s, 40s, 60s, 60s};
  for (std::size_t i = 0; i < spans.size(); ++i) {
    CHECK(waitAfter(limits, static_cast<int>(i) + 1, 1.0) == spans[i]);
    CHECK(waitAfter(limits, static_cast<int>(i) + 1, 0.0) == spans[i] / 2);
    CHECK(waitAfter(limits, static_cast<int>(i) + 1, 0.5) == spans[i] * 3 / 4);
  }
  CHECK(waitAfter(limits, 1'000'000'000, 1.0) == 60s);
  CHECK(waitAfter(limits, 0, 1.0) == 5s);
  CHECK(waitAfter({1min, 5s, 1h}, 1, 1.0) == 5s);
}

TEST_CASE("a requested delay is respected up to the limit, spread by up to a second") {
  const BackoffLimits limits{5s, 60s, 2min};
  CHECK(waitAfter(limits, 1, 0.0, 17s) == 17s);
  CHECK(waitAfter(limits, 1, 0.5, 17s) == 17'500ms);
  CHECK(waitAfter(limits, 1, 0.0, 24h) == 2min);
  CHECK(waitAfter(limits, 6, 1.0, 17s) == 60s);
  CHECK(waitAfter(limits, 1, 0.0, -5s) == 2'500ms);
}

TEST_CASE("one refusal is retried soon; what has been refused three times in a row waits up to 15 minutes") {
  for (const auto kind :
       {Error::Kind::badRequest, Error::Kind::forbidden, Error::Kind::notFound, Error::Kind::notAcceptable}) {
    INFO(name(kind));
    const auto all = waits(Backoff({5s, 2min, 1h}), kind, 12);
    CHECK(all[0] == 5s);
    CHECK(all[1] == 10s);
    CHECK(all[2] == 20s);
    CHECK(all[6] == 320s);
    CHECK(all[11] == 15min);
  }
  // A refusal between others proves nothing.
  Backoff mixed({5s, 2min, 1h});
  for (int i = 0; i < 20; ++i) {
    CHECK(mixed.failed(error(Error::Kind::notFound), 1.0).wait <= 2min);
    CHECK_FALSE(mixed.failed(error(Error::Kind::serverError), 1.0).needsPeople);
  }
}

TEST_CASE("a refused key is tried at the usual interval, and needs somebody to act from the third time") {
  Backoff backoff({5s, 2min, 1h});
  const auto refused = error(Error::Kind::unauthorized);
  CHECK_FALSE(backoff.failed(refused, 0.5).needsPeople);
  CHECK_FALSE(backoff.failed(refused, 0.5).needsPeople);
  SECTION("the third settles it") {
    CHECK(backoff.failed(refused, 0.5).needsPeople);
    CHECK(backoff.failuresInARow() == 3);
    CHECK(waits(backoff, Error::Kind::unauthorized, 20).back() == 2min);
    backoff.succeeded();
    CHECK(backoff.failuresInARow() == 0);
    CHECK_FALSE(backoff.failed(refused, 0.5).needsPeople);
  }
  SECTION("another failure between starts the count anew") {
    CHECK_FALSE(backoff.failed(error(Error::Kind::serverError), 0.5).needsPeople);
    CHECK_FALSE(backoff.failed(refused, 0.5).needsPeople);
  }
}

TEST_CASE("every kind and party has a name of its own") {
  std::set<std::string_view> kinds, parties;
  for (std::size_t i = 0; i < Error::kKindCount; ++i) kinds.insert(name(static_cast<Error::Kind>(i)));
  for (std::size_t i = 0; i < kPartyCount; ++i) parties.insert(name(static_cast<Party>(i)));
  CHECK(kinds.size() == Error::kKindCount);
  CHECK(parties.size() == kPartyCount);
  CHECK(name(Error::Kind::emptyAnswer) == "empty_answer");
  CHECK(name(Error::Kind::diskFull) == "disk_full");
  CHECK(name(Party::thirdParty) == "third_party");
}
