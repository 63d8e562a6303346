// What is said of an open alert whose condition does not hold at present.
#include "notify/recovering.hpp"

#include <catch2/catch.hpp>

#include "notify/compose.hpp"
#include "notify/fake_mail_view.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using rules::AlertState;

namespace {

const Instant kNow = parseIso("2026-11-24T01:37:00Z").value();
const TimeZone kTokyo = TimeZone::find("Asia/Tokyo").value();

rules::Rule rule() {
  rules::Rule one;
  one.name = "delivery-rate";
  one.keepFiringFor = 5min;
  return one;
}

// 39 % failed at the worst, none does now.
rules::Alert alert(AlertState state) {
  rules::Alert one;
  one.key = {"delivery-rate", {"main", delivery::Dimension::domainGroup, "docomo"}};
  one.state = state;
  one.since = kNow - 2min;
  one.beganAt = kNow - 40min;
  one.lastBad = kNow - 3min;
  one.worst = rules::RateEvidence{.mails = {39, 100}, .threshold = rules::BadShare(0.06)};
  one.evidence = rules::RateEvidence{.mails = {0, 100}, .threshold = rules::BadShare(0.06)};
  return one;
}

std::string said(const rules::Alert& one, Language language) {
  const auto known = rule();
  const auto recovering = recoveringOf(one, &known, kNow);
  return recovering ? recoveringWords(one, *recovering, kTokyo, Catalogue::of(language)) : "";
}

}  // namespace

TEST_CASE("an alert that recovers says what it was, what it is, and until when that has to last") {
  CHECK(said(alert(AlertState::recovering), Language::japanese) ==
        "最も悪いときは61.0 %でしたが、今は100 %です。回復を確認中です(2026-11-24 10:40 "
        "JSTまで続けば解決とします)。");
  CHECK(said(alert(AlertState::recovering), Language::english) ==
        "At its worst it was 61.0 %, now it is 100 %. Its recovery is watched: if it lasts until 2026-11-24 "
        "10:40 JST, it counts as over.");
}

TEST_CASE("one that is neither bad nor clearly well says so") {
  CHECK(
      said(alert(AlertState::firing), Language::japanese) ==
      "最も悪いときは61.0 %でしたが、今は100 %です。はっきり回復したとは、まだ言えないため、続けて見守ってい"
      "ます。");
}

TEST_CASE("one that is bad, of which nothing is known or that is over says nothing of it") {
  auto one = alert(AlertState::firing);
  SECTION("bad at the last evaluation") { one.lastBad = kNow - 50s; }
  SECTION("no data") { one.unknownSince = kNow - 3min; }
  SECTION("too little mail") { one.quietSince = kNow - 3min; }
  SECTION("over") { one.state = AlertState::resolved; }
  SECTION("pending") { one.state = AlertState::pending; }
  CHECK(said(one, Language::english).empty());
}

TEST_CASE("a message about it does not read as a breach of now") {
  rules::Change change;
  change.kind = rules::Change::Kind::reminded;
  change.at = kNow;
  change.alert = alert(AlertState::recovering);
  change.reason.evidence = change.alert.evidence;
  change.reason.worst = change.alert.worst;
  change.reason.since = change.alert.beganAt;
  const auto known = rule();
  const auto context = contextOf(change, &known, {}, kTokyo, testing::FakeMailView(), kNow);
  const auto message = compose(change, context, Language::japanese);
  CHECK(message.title.starts_with("回復を確認中: "));
  CHECK(message.sentence.ends_with(said(change.alert, Language::japanese)));
  CHECK(message.sentence.find("目安") == std::string::npos);
}
