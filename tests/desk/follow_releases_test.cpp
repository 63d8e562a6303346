// What becomes of the mail after a release, and putting an unsubscribe back.
#include "desk/follow_releases.hpp"

#include <catch2/catch.hpp>

#include "desk/fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::suppression;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto kEmail = "taro@x.jp";

struct FakeMail final : LaterMailSource {
  Result<LaterMail> since(const ShownEntry& entry, Instant released) override {
    asked.emplace_back(entry.entry.email, released);
    if (error) return *error;
    return mail;
  }
  LaterMail mail;
  std::optional<Error> error;
  std::vector<std::pair<std::string, Instant>> asked;
};

struct FollowedDesk : Desk {
  FollowedDesk() { mail.mail.covered = true; }
  ReleaseId released(std::string email = kEmail) {
    const auto id = confirmed({list(std::move(email))});
    finish(id);
    return id;
  }
  Done follow() { return followReleases(*releases, mail, clock.now(), 10); }
  FollowUp after(ReleaseId id) { return view(id).items.at(0).after; }
  bool exposes(const std::string& line) { return registry.expose().find(line) != std::string::npos; }
  FakeMail mail;
};

}  // namespace

TEST_CASE("a released address is followed until its next mail arrives, and no longer") {
  FollowedDesk desk;
  const auto id = desk.released();
  REQUIRE(desk.follow().ok());
  CHECK(desk.after(id).aftermath == Aftermath::notSentYet);
  CHECK(desk.mail.asked.at(0).second == kNoon);
  REQUIRE(desk.follow().ok());
  CHECK(desk.mail.asked.size() == 1);
  desk.clock.advance(10min);
  desk.mail.mail.delivered = desk.clock.now() - 1min;
  desk.mail.mail.took = 2100ms;
  REQUIRE(desk.follow().ok());
  CHECK(desk.after(id) == FollowUp{Aftermath::delivered, desk.clock.now() - 1min, 2100ms, true});
  desk.clock.advance(24h);
  REQUIRE(desk.follow().ok());
  CHECK(desk.mail.asked.size() == 2);
  CHECK(desk.acts().back() == "follow");
  CHECK(desk.exposes(
      "arrivald_releases_arrived_total{account=\"main\",cause=\"mailbox_full\",list=\"bounces\"} 1"));
  CHECK(desk.releases->aftermaths(kViewer)->at(Aftermath::delivered) == 1);
}

TEST_CASE("a mail that failed is told once, and counted by list, cause and account") {
  FollowedDesk desk;
  const auto id = desk.released();
  desk.mail.mail.failed = desk.clock.now() + 1min;
  desk.clock.advance(10min);
  REQUIRE(desk.follow().ok());
  REQUIRE(desk.follow().ok());
  CHECK(desk.after(id).aftermath == Aftermath::bouncedAgain);
  CHECK(desk.exposes(
      "arrivald_releases_failed_again_total{account=\"main\",cause=\"mailbox_full\",list=\"bounces\"} 1"));
  store::RecordFilter followed;
  followed.action = "follow";
  CHECK(desk.record->find(kAdmin, followed)->size() == 1);
  CHECK_FALSE(desk.exposes("x.jp"));
}

TEST_CASE("what another list stops is followed further") {
  FollowedDesk desk;
  const auto id = desk.released();
  desk.mail.mail.otherList = kNoon - 24h;
  REQUIRE(desk.follow().ok());
  CHECK(desk.after(id).aftermath == Aftermath::stillDropped);
  desk.mail.mail.otherList.reset();
  desk.mail.mail.delivered = kNoon + 1h;
  desk.clock.advance(2h);
  REQUIRE(desk.follow().ok());
  CHECK(desk.after(id).aftermath == Aftermath::delivered);
}

TEST_CASE("it is looked at every ten minutes on the first day, then hourly, for thirty days") {
  FollowedDesk desk;
  const auto id = desk.released();
  for (int i = 0; i < 100'000 && !desk.after(id).final; ++i) {
    REQUIRE(desk.follow().ok());
    const auto item = desk.view(id).items.at(0);
    if (item.followDue) desk.clock.advance(*item.followDue - desk.clock.now());
  }
  CHECK(desk.after(id).aftermath == Aftermath::unknown);
  CHECK(desk.after(id).final);
  CHECK(desk.clock.now() - kNoon >= kFollowUp);
  CHECK(desk.clock.now() - kNoon < kFollowUp + 1h);
  CHECK(desk.mail.asked.size() < 145 + 24 * 29 + 2);
}

TEST_CASE("an entry that was already gone is followed as well, and one that was not released is not") {
  FollowedDesk desk;
  const auto gone = desk.confirmed({desk.list("gone@x.jp"), desk.list("changed@x.jp")});
  desk.provider.lists.erase({List::bounces, "gone@x.jp"});
  desk.provider.lists[{List::bounces, "changed@x.jp"}].created += 1s;
  desk.finish(gone);
  REQUIRE(desk.follow().ok());
  REQUIRE(desk.mail.asked.size() == 1);
  CHECK(desk.mail.asked[0].first == "gone@x.jp");
}

TEST_CASE("an error of the store leaves everything due") {
  FollowedDesk desk;
  const auto id = desk.released();
  desk.mail.error = Error{Error::Kind::ioError, "disk", Party::storage};
  CHECK_FALSE(desk.follow().ok());
  desk.mail.error.reset();
  desk.mail.mail.delivered = kNoon + 1s;
  desk.restart();
  CHECK(desk.follow().ok());
  CHECK(desk.after(id).aftermath == Aftermath::delivered);
}

TEST_CASE("an admin puts an unsubscribe back, within thirty days") {
  FollowedDesk desk;
  desk.settings.limits.wishes = Wishes::releasedByAdmins;
  desk.releases->use(desk.settings);
  const auto entry = desk.list(kEmail, Advice::adminOnly, List::unsubscribes);
  const auto id = desk.draft({entry}, kAdmin);
  REQUIRE(desk.releases->confirm(kAdmin, desk.form(id, Extent::all)).ok());
  desk.finish(id);
  CHECK_FALSE(desk.provider.has(List::unsubscribes, kEmail));
  const auto undo = [&](const Actor& actor) {
    return runTask(undoRelease(*desk.releases, desk.clients, desk.clock, actor, id, std::nullopt));
  };
  CHECK(contains(undo(kOperator).error(), Refusal::Kind::mayNot));
  SECTION("in time") {
    REQUIRE(undo(kAdmin).ok());
    CHECK(desk.provider.has(List::unsubscribes, kEmail));
    CHECK(desk.after(id).aftermath == Aftermath::undone);
    CHECK(desk.acts().back() == "undo");
    REQUIRE(desk.follow().ok());
    CHECK(desk.mail.asked.empty());
    CHECK(contains(undo(kAdmin).error(), Refusal::Kind::cannotBeUndone));
  }
  SECTION("too late") {
    desk.clock.advance(kFollowUp);
    CHECK(contains(undo(kAdmin).error(), Refusal::Kind::cannotBeUndone));
  }
  SECTION("the provider refuses") {
    desk.transport.clear();
    desk.transport.always(FakeTransport::asked("POST", ""), FakeTransport::reply(403, "{}"));
    const auto refused = undo(kAdmin);
    REQUIRE(contains(refused.error(), Refusal::Kind::provider));
    CHECK(refused.error()[0].error->kind == Error::Kind::forbidden);
    CHECK(desk.after(id).aftermath != Aftermath::undone);
  }
}

TEST_CASE("one of two unsubscribes is put back, the other stays off its list") {
  FollowedDesk desk;
  desk.settings.limits.wishes = Wishes::releasedByAdmins;
  desk.releases->use(desk.settings);
  const std::string other = "other@example.jp";
  const auto id = desk.draft({desk.list(kEmail, Advice::adminOnly, List::unsubscribes),
                              desk.list(other, Advice::adminOnly, List::unsubscribes)},
                             kAdmin);
  REQUIRE(desk.releases->confirm(kAdmin, desk.form(id, Extent::all)).ok());
  desk.finish(id);
  const auto items = desk.view(id).items;
  REQUIRE(items.size() == 2);
  const auto& wanted = items[0].shown.entry.email == other ? items[0] : items[1];
  REQUIRE(runTask(undoRelease(*desk.releases, desk.clients, desk.clock, kAdmin, id, wanted.id)).ok());
  CHECK(desk.provider.has(List::unsubscribes, other));
  CHECK_FALSE(desk.provider.has(List::unsubscribes, kEmail));
  const auto none = runTask(undoRelease(*desk.releases, desk.clients, desk.clock, kAdmin, id, wanted.id));
  CHECK(contains(none.error(), Refusal::Kind::cannotBeUndone));
}

TEST_CASE("a bounce cannot be put back") {
  FollowedDesk desk;
  const auto id = desk.released();
  const auto undone =
      runTask(undoRelease(*desk.releases, desk.clients, desk.clock, kAdmin, id, std::nullopt));
  CHECK(contains(undone.error(), Refusal::Kind::cannotBeUndone));
}

TEST_CASE("the endless tasks release, verify and follow by themselves, and end when they are cancelled") {
  FollowedDesk desk;
  const auto id = desk.draft({desk.list(kEmail)});
  boost::asio::io_context io;
  std::vector<Error> errors;
  const auto report = [&](const Error& error) { errors.push_back(error); };
  RunningTask releasing(io,
                        keepReleasing(*desk.releases, desk.clients, desk.clock, desk.random, [] {}, report));
  RunningTask following(io, keepFollowing(*desk.releases, desk.mail, desk.clock, [] {}, report));
  drain(io);
  CHECK(desk.transport.requests().empty());
  REQUIRE(desk.releases->confirm(kOperator, desk.form(id)).ok());
  drain(io);
  CHECK(desk.only(id).state == ItemState::pending);
  desk.clock.advance(2s);
  drain(io);
  CHECK(desk.only(id).state == ItemState::gone);
  desk.mail.mail.delivered = desk.clock.now();
  desk.clock.advance(5s);
  drain(io);
  CHECK(desk.after(id).aftermath == Aftermath::delivered);
  CHECK(errors.empty());
  releasing.cancel();
  following.cancel();
  REQUIRE(pumpUntil(io, [&] { return releasing.ended() && following.ended(); }));
}
