// Whether an incident that goes on explains an entry.
#include "desk/ongoing.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::desk;
using namespace std::chrono_literals;
using suppression::List;

namespace {

const Instant kNoon = parseIso("2026-11-25T03:00:00Z").value();

// Mail to docomo that fails since noon, of which people know.
incidents::Incident failing() {
  incidents::Incident incident;
  incident.number = 12;
  incident.account = "main";
  incident.root = {.receivers = {"docomo"}, .kinds = {incidents::Kind::network}};
  incident.began = incident.openedAt = kNoon;
  incident.notified.emplace();
  return incident;
}

ListedEntry entry() {
  ListedEntry one;
  one.account = "main";
  one.entry.email = "taro@docomo.ne.jp";
  one.entry.created = kNoon + 20min;
  one.domain = "docomo.ne.jp";
  one.group = "docomo";
  one.cause.causeClass = causes::Class::network;
  return one;
}

std::int64_t explaining(const incidents::Incident& incident, const ListedEntry& one) {
  incidents::Followed followed;
  followed.incidents.push_back(incident);
  return ongoingIncident(followed, one);
}

}  // namespace

TEST_CASE("an open incident of its receivers and cause explains an entry") {
  CHECK(explaining(failing(), entry()) == 12);
  auto whole = failing();
  whole.root = {};
  CHECK(explaining(whole, entry()) == 12);
  auto ofSubuser = entry();
  ofSubuser.account = "main/shop";
  CHECK(explaining(failing(), ofSubuser) == 12);
  auto looksOver = failing();
  looksOver.state = incidents::State::quiet;
  CHECK(explaining(looksOver, entry()) == 12);
}

TEST_CASE("no other incident does") {
  auto incident = failing();
  auto one = entry();
  SECTION("one that is over") { incident.state = incidents::State::resolved; }
  SECTION("one that nobody was notified of") { incident.notified.reset(); }
  SECTION("of other receivers") { incident.root.receivers = {"Gmail"}; }
  SECTION("of another cause") { incident.root.kinds = {incidents::Kind::authentication}; }
  SECTION("of another account") { incident.account = "other"; }
  SECTION("of one category") { incident.root = {.categories = {"notice"}}; }
  SECTION("of mail that waits") { incident.root.family = incidents::Family::waiting; }
  SECTION("that began later") { one.entry.created = kNoon - 1h; }
  SECTION("of what the recipient asked for") { one.list = List::unsubscribes; }
  SECTION("of an entry that has gone") { one.removed = kNoon + 30min; }
  CHECK(explaining(incident, one) == 0);
}

TEST_CASE("what is advised first names the receiver and the incident, and waits") {
  auto one = entry();
  CHECK(afterOngoing(one, "相手側の復旧を待つ。", Language::japanese) == "相手側の復旧を待つ。");
  one.incident = 12;
  CHECK(ongoingText(one, Language::japanese) ==
        "現在、docomo宛てのメールが届かない問題が続いています(事案12)。解除は、回復してからにしてください。");
  CHECK(afterOngoing(one, "Wait.", Language::english) ==
        "Mail to docomo is failing at present (incident 12). Release it only once that is over. Then: Wait.");
  one.list = List::blocks;
  CHECK(ongoingText(one, Language::english) ==
        "Mail to docomo is failing at present (incident 12). Send again only once that is over.");
}
