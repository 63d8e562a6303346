#include "suppression/release.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace arrivald;
using namespace arrivald::suppression;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-25T05:51:00Z").value();
const Entry kShown{"taro@town.example.lg.jp", kNow - 48h, "552 5.2.2 mailbox full", "5.2.2", "", 0};

Attempt failedBy(Error::Kind kind, int status, Attempt::Of of = Attempt::Of::read) {
  return {of, Error{kind, "scripted", Party::provider}, status, 0.5};
}

ItemProgress asked() { return asking(afterRead({}, Reading::same, kNow), kNow); }
ItemProgress pending() { return afterRemoval(asked(), Removal::taken, kNow); }

}  // namespace

TEST_CASE("a request goes from the draft to done, and ends otherwise only as a draft") {
  using enum ReleaseState;
  const std::vector<std::pair<ReleaseState, ReleaseState>> allowed = {
      {draft, confirmed},   {draft, cancelled}, {draft, expired},
      {confirmed, running}, {confirmed, done},  {running, done}};
  for (const auto before : kReleaseStates)
    for (const auto after : kReleaseStates) {
      const bool may = std::ranges::find(allowed, std::pair(before, after)) != allowed.end();
      INFO(name(before) << " to " << name(after));
      CHECK(canFollow(before, after) == may);
    }
  for (const auto state : kReleaseStates)
    CHECK(isOpen(state) == (state == draft || state == confirmed || state == running));
}

TEST_CASE("an entry is the one that was shown if its time and its reason are the same") {
  CHECK(compare(kShown, {}) == Reading::absent);
  CHECK(compare(kShown, std::vector{kShown}) == Reading::same);
  auto later = kShown;
  later.created += 1s;
  CHECK(compare(kShown, std::vector{later}) == Reading::other);
  auto other = kShown;
  other.reason = "550 no such user";
  CHECK(compare(kShown, std::vector{other}) == Reading::other);
  CHECK(compare(kShown, std::vector{kShown, other}) == Reading::other);
  const Entry untold{kShown.email, {}, "", "", "", 0};
  CHECK(compare(kShown, std::vector{untold}) == Reading::same);
}

TEST_CASE("before anything is asked, an absent entry was already gone and another one is left alone") {
  CHECK(afterRead({}, Reading::absent, kNow).state == ItemState::alreadyGone);
  CHECK(afterRead({}, Reading::other, kNow).state == ItemState::changed);
  const auto same = afterRead({}, Reading::same, kNow);
  CHECK(same.state == ItemState::waiting);
  CHECK_FALSE(same.settled);
}

TEST_CASE("a call that may have been carried out is judged by a read") {
  CHECK(afterRead(asked(), Reading::absent, kNow).state == ItemState::gone);
  CHECK(afterRead(asked(), Reading::other, kNow).state == ItemState::changed);
  CHECK(afterRead(asked(), Reading::same, kNow).state == ItemState::asked);
}

TEST_CASE("a call that was taken is pending until a read shows that the entry is gone") {
  auto item = pending();
  CHECK(item.state == ItemState::pending);
  CHECK(item.due == kNow + 2s);
  item = afterRead(item, Reading::same, kNow + 2s);
  CHECK(item.state == ItemState::pending);
  CHECK(item.due == kNow + 5s);
  item = afterRead(item, Reading::absent, kNow + 5s);
  CHECK(item.state == ItemState::gone);
  CHECK(item.settled == kNow + 5s);
}

TEST_CASE("a newer entry of the address while a taken call is verified means that the old one is gone") {
  CHECK(afterRead(pending(), Reading::other, kNow + 15s).state == ItemState::gone);
}

TEST_CASE("reads follow after 2, 5, 15 and 60 seconds, 5 minutes, then hourly for a day") {
  std::vector<Duration> waits;
  for (auto at = nextVerification(kNow, kNow); at; at = nextVerification(kNow, *at))
    waits.push_back(*at - kNow);
  REQUIRE(waits.size() == 5 + 24);
  CHECK(std::vector<Duration>(waits.begin(), waits.begin() + 7) ==
        std::vector<Duration>{2s, 5s, 15s, 60s, 5min, 1h, 2h});
  CHECK(waits.back() == 24h);
}

TEST_CASE("an entry that reads still show after a day is reported as still listed") {
  const auto item = afterRead(pending(), Reading::same, kNow + 24h);
  CHECK(item.state == ItemState::failed);
  CHECK(item.problem == Problem::stillListed);
}

TEST_CASE("not listed, and a read agrees: it was gone before the only call, or by an earlier one") {
  const auto once = afterRemoval(asked(), Removal::notListed, kNow);
  CHECK(isOpen(once.state));
  CHECK(once.due == kNow + 2s);
  CHECK(afterRead(once, Reading::absent, kNow + 2s).state == ItemState::alreadyGone);
  const auto twice = afterRemoval(asking(asked(), kNow + 10s), Removal::notListed, kNow + 10s);
  CHECK(isOpen(twice.state));
  CHECK(afterRead(twice, Reading::absent, kNow + 15s).state == ItemState::gone);
}

TEST_CASE("not listed, and reads go on showing it: it is asked for again for a day, then still listed") {
  ItemProgress item;
  auto at = kNow;
  int calls = 0;
  while (isOpen(item.state)) {
    at = std::max(at, item.due);
    item = asking(afterRead(item, Reading::same, at), at);
    item = afterRemoval(item, Removal::notListed, at);
    ++calls;
  }
  CHECK(item.state == ItemState::failed);
  CHECK(item.problem == Problem::stillListed);
  CHECK(calls == 30);
}

TEST_CASE("a missing scope refuses at once, a refused key after three times in a row") {
  const auto forbidden = afterFailure({}, failedBy(Error::Kind::forbidden, 403), kNow);
  CHECK(forbidden.state == ItemState::refused);
  CHECK(forbidden.problem == Problem::keyRefused);
  CHECK(forbidden.httpStatus == 403);
  ItemProgress item;
  for (int i = 0; i < 2; ++i) {
    item = afterFailure(item, failedBy(Error::Kind::unauthorized, 401), kNow);
    CHECK(item.state == ItemState::waiting);
    CHECK(item.due > kNow);
  }
  item = afterFailure(item, failedBy(Error::Kind::unauthorized, 401), kNow);
  CHECK(item.state == ItemState::refused);
}

TEST_CASE("a call that was refused was not carried out") {
  auto item = afterFailure(asked(), failedBy(Error::Kind::unauthorized, 401, Attempt::Of::call), kNow);
  CHECK(item.state == ItemState::waiting);
  CHECK(item.calls == 0);
  item = afterFailure(asked(), failedBy(Error::Kind::forbidden, 403, Attempt::Of::call), kNow);
  CHECK(item.state == ItemState::refused);
}

TEST_CASE("what may have been carried out is never called refused") {
  auto item = afterFailure(asked(), failedBy(Error::Kind::timedOut, 0, Attempt::Of::call), kNow);
  CHECK(item.state == ItemState::asked);
  item = afterFailure(item, failedBy(Error::Kind::forbidden, 403), kNow);
  CHECK(item.state == ItemState::failed);
  CHECK(item.problem == Problem::keyRefused);
}

TEST_CASE("a busy or silent provider is asked again for a day, with growing waits") {
  for (const auto kind : {Error::Kind::throttled, Error::Kind::serverError, Error::Kind::html,
                          Error::Kind::timedOut, Error::Kind::unreachable, Error::Kind::malformed}) {
    INFO(name(kind));
    ItemProgress item;
    auto at = kNow;
    int tries = 0;
    for (; isOpen(item.state); ++tries) {
      item = afterFailure(item, failedBy(kind, kind == Error::Kind::throttled ? 429 : 503), at);
      CHECK(item.due - at <= 10min);
      if (isOpen(item.state)) at = item.due;
    }
    CHECK(item.state == ItemState::failed);
    CHECK(item.problem == (kind == Error::Kind::throttled ? Problem::busy : Problem::noAnswer));
    CHECK(at - kNow >= 24h);
    CHECK(tries < 300);
  }
}

TEST_CASE("the wait that the provider asks for is kept") {
  auto attempt = failedBy(Error::Kind::throttled, 429);
  attempt.error.retryAfter = 90s;
  CHECK(afterFailure({}, attempt, kNow).due >= kNow + 90s);
}

TEST_CASE("a read that fails while a call is verified waits for the next one") {
  const auto item = afterFailure(pending(), failedBy(Error::Kind::unauthorized, 401), kNow + 2s);
  CHECK(item.state == ItemState::pending);
  CHECK(item.due == kNow + 5s);
}

TEST_CASE("property: every sequence of answers keeps to the states' order, and a settled item stays") {
  std::mt19937 random(7);
  const auto draw = [&](unsigned below) { return static_cast<unsigned>(random()) % below; };
  constexpr std::array kKinds = {
      Error::Kind::unauthorized, Error::Kind::forbidden, Error::Kind::notAcceptable, Error::Kind::throttled,
      Error::Kind::serverError,  Error::Kind::html,      Error::Kind::timedOut};
  for (int run = 0; run < 3'000; ++run) {
    ItemProgress item;
    auto at = kNow;
    int steps = 0;
    while (isOpen(item.state) && ++steps < 500) {
      const auto before = item;
      at = std::max(at, item.due);
      const auto reading = static_cast<Reading>(draw(3) == 0 ? draw(3) : 1);
      const bool fails = draw(3) == 0;
      if (fails) {
        item = afterFailure(item, failedBy(kKinds[draw(7)], 500), at);
      } else {
        item = afterRead(item, reading, at);
        const bool mayCall =
            reading == Reading::same && isOpen(item.state) && item.state != ItemState::pending;
        if (mayCall) {
          item = asking(item, at);
          if (draw(2) == 0) item = afterRemoval(item, static_cast<Removal>(draw(2)), at);
        }
      }
      // Several steps at once are a path of allowed ones.
      const bool viaAsked = before.state == ItemState::waiting && item.calls > 0;
      const bool same = item.state == before.state;
      CHECK((same || canFollow(before.state, item.state) ||
             (viaAsked && canFollow(ItemState::asked, item.state))));
      CHECK(item.settled.has_value() == !isOpen(item.state));
      // Nothing is released that was never asked for.
      if (item.state == ItemState::gone) CHECK(item.calls > 0);
      if (item.state == ItemState::refused) CHECK(item.calls == 0);
    }
    CHECK_FALSE(isOpen(item.state));
    for (const auto next : kItemStates) CHECK_FALSE(canFollow(item.state, next));
  }
}

TEST_CASE("the first mail after a release decides what became of it") {
  const auto at = [](Duration after) { return kNow + after; };
  LaterMail mail;
  mail.covered = true;
  CHECK(followUp(mail, kNow, at(1h)) == FollowUp{Aftermath::notSentYet, {}, {}, false});
  mail.delivered = at(2h);
  mail.took = 2100ms;
  CHECK(followUp(mail, kNow, at(3h)) == FollowUp{Aftermath::delivered, at(2h), 2100ms, true});
  mail.failed = at(90min);
  CHECK(followUp(mail, kNow, at(3h)) == FollowUp{Aftermath::bouncedAgain, at(90min), {}, true});
}

TEST_CASE("another list that stops the mail is told, and it is looked at further") {
  LaterMail mail;
  mail.covered = true;
  mail.dropped = kNow + 1h;
  CHECK(followUp(mail, kNow, kNow + 2h) == FollowUp{Aftermath::stillDropped, kNow + 1h, {}, false});
  mail.delivered = kNow + 5h;
  CHECK(followUp(mail, kNow, kNow + 6h).aftermath == Aftermath::delivered);
}

TEST_CASE("without a source that sees every mail, silence is unknown and not called unsent") {
  CHECK(followUp({}, kNow, kNow + 1h) == FollowUp{Aftermath::unknown, {}, {}, false});
}

TEST_CASE("after thirty days of silence it is unknown for good") {
  LaterMail mail;
  mail.covered = true;
  CHECK(followUp(mail, kNow, kNow + kFollowUp) == FollowUp{Aftermath::unknown, {}, {}, true});
}
