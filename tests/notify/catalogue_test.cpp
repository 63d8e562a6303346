#include "notify/catalogue.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "notify/compose.hpp"
#include "notify/retry.hpp"
#include "notify/route.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;

namespace {

std::multiset<std::string> placeholdersOf(const std::string& text) {
  std::multiset<std::string> names;
  for (auto open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1))
    names.insert(text.substr(open, text.find('}', open) - open));
  return names;
}

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

rules::Change change(rules::Change::Kind kind, const char* rule) {
  rules::Change change;
  change.id = std::string(rule) + "@main#1.1";
  change.kind = kind;
  change.at = kNow;
  change.alert.key = {rule, {"main", delivery::Dimension::account, ""}};
  change.alert.severity = rules::Severity::critical;
  change.reason.since = kNow - 20min;
  change.reason.lasted = 20min;
  return change;
}

Context context() {
  Context context;
  context.zone = TimeZone::find("Asia/Tokyo").value();
  context.now = kNow;
  return context;
}

}  // namespace

TEST_CASE("both languages have the same texts with the same placeholders") {
  const auto& japanese = Catalogue::of(Language::japanese).texts();
  const auto& english = Catalogue::of(Language::english).texts();
  for (const auto& [key, text] : japanese) {
    CAPTURE(key);
    REQUIRE(english.count(key) == 1);
    const auto ours = placeholdersOf(text), theirs = placeholdersOf(english.at(key));
    CHECK(std::set<std::string>(ours.begin(), ours.end()) ==
          std::set<std::string>(theirs.begin(), theirs.end()));
  }
  CHECK(japanese.size() == english.size());
}

TEST_CASE("a fired alert says what, where, since when, how bad, whose side and what to do") {
  auto fired = change(rules::Change::Kind::fired, "stall");
  fired.reason.evidence.kind = "stall";
  fired.reason.evidence.n = 240;
  fired.reason.evidence.failures = 240;
  fired.reason.evidence.window = 10min;
  fired.reason.evidence.lag = 5min;
  fired.reason.evidence.chance = 1e-7;
  for (const auto language : {Language::japanese, Language::english}) {
    const auto message = compose(fired, context(), language);
    CHECK(message.tone == Tone::critical);
    CHECK(message.mention);
    CHECK(message.sentence.find("2026-11-24 10:10") != std::string::npos);
    CHECK(message.sentence.find("240") != std::string::npos);
    CHECK(message.side.has_value());
    CHECK(message.next.has_value());
    CHECK(message.footer.find(fired.id) != std::string::npos);
    for (const auto& text : {message.title, message.fallback, message.sentence, message.footer}) {
      CAPTURE(text);
      CHECK(text.find('[' + std::string("stall.")) == std::string::npos);
      CHECK(text.find('{') == std::string::npos);
    }
  }
}

TEST_CASE("what could not be stored is our own side's fault, with its remedy, and not SendGrid's") {
  for (const auto* kind : {"disk_full", "read_only", "io_error", "damaged", "locked", "storage"}) {
    auto fired = change(rules::Change::Kind::fired, "nothing-read");
    fired.reason.evidence.kind = "nothing_read";
    fired.reason.evidence.source = rules::Source::statistics;
    fired.reason.evidence.party = Party::storage;
    fired.reason.evidence.error = kind;
    CAPTURE(kind);
    const auto english = compose(fired, context(), Language::english);
    CHECK(english.fallback.find("arrivald's") != std::string::npos);
    CHECK(english.sentence.find("SendGrid fails") == std::string::npos);
    CHECK(english.next->value.find("arrivald could not store it") != std::string::npos);
    const auto japanese = compose(fired, context(), Language::japanese);
    CHECK(japanese.sentence.find("arrivald") != std::string::npos);
    CHECK(japanese.next->value.find("SendGridは応答しています") != std::string::npos);
  }
}

TEST_CASE("the loss is laid at the receiver where it gathers") {
  auto fired = change(rules::Change::Kind::fired, "delivery-rate");
  fired.reason.evidence.kind = "rate_threshold";
  fired.reason.evidence.input = rules::Input::deliveryRate;
  fired.reason.evidence.value = 0.91;
  fired.reason.evidence.threshold = 0.98;
  auto around = context();
  around.breakdown = {{delivery::Dimension::mailboxProvider, "Gmail", 98, 200},
                      {delivery::Dimension::mailboxProvider, "docomo", 2, 300}};
  const auto message = compose(fired, around, Language::english);
  CHECK(message.side->value == "Probably the receiver's (Gmail). Mail elsewhere goes as usual.");
  REQUIRE(message.breakdown.size() == 3);
  CHECK(message.breakdown[0] == "98.0 % of the failures are at Gmail.");
  CHECK(message.breakdown[1] == "Gmail: 98 of 200 failed (49.0 %)");
}

TEST_CASE("a resolve message stands alone") {
  auto resolved = change(rules::Change::Kind::resolved, "stall");
  resolved.reason.why = rules::Reason::Why::recovered;
  resolved.reason.evidence.kind = "stall";
  resolved.reason.worst.kind = "stall";
  resolved.reason.worst.value = 0.02;
  resolved.reason.lasted = 95min;
  resolved.reason.since = kNow - 95min;
  resolved.reason.affected = 1234;
  const auto message = compose(resolved, context(), Language::english);
  CHECK(message.tone == Tone::good);
  CHECK(message.sentence ==
        "The stalled mail of the whole account \"main\" is over. It lasted 1 h 35 min, from 2026-11-24 08:55 "
        "to "
        "2026-11-24 10:30. At its worst it was 2.0 %. "
        "About 1,234 mails were affected.");
}

TEST_CASE(
    "an attempt is made again after passing trouble, with patience, and given up after permanent trouble") {
  const DeliveryOutcome passing{DeliveryOutcome::Kind::passing, "503", {}},
      permanent{DeliveryOutcome::Kind::permanent, "no_team", {}};
  const DeliveryOutcome throttled{DeliveryOutcome::Kind::passing, "429", Duration(30s)};
  CHECK(nextAttempt(passing, 1, kNow, kNow, 0, 24h) == kNow + 2s);
  CHECK(nextAttempt(passing, 3, kNow, kNow, 0, 24h) == kNow + 8s);
  CHECK(nextAttempt(passing, 3, kNow, kNow, 0.5, 24h) == kNow + 6s);
  CHECK(nextAttempt(passing, 50, kNow, kNow, 0, 24h) == kNow + 5min);
  CHECK(nextAttempt(throttled, 1, kNow, kNow, 0, 24h) == kNow + 30s);
  CHECK_FALSE(nextAttempt(permanent, 1, kNow, kNow, 0, 24h).has_value());
  CHECK_FALSE(nextAttempt(passing, 9, kNow - 24h, kNow, 0, 24h).has_value());
}

TEST_CASE("the first route that matches decides, unless it says to go on") {
  Route pager, team, rest;
  pager.minSeverity = rules::Severity::critical;
  pager.channels = {"pager"};
  pager.continueMatching = true;
  team.labels = {{"team", "mail"}};
  team.channels = {"mail"};
  rest.channels = {"ops", "pager"};
  const std::vector<Route> routes{pager, team, rest};
  CHECK(route(routes, {rules::Severity::critical, "main", "stall", {{"team", "mail"}}}) ==
        std::vector<std::string>{"pager", "mail"});
  CHECK(route(routes, {rules::Severity::warning, "main", "stall", {}}) ==
        std::vector<std::string>{"ops", "pager"});
}

TEST_CASE("numbers read as people write them") {
  const auto& c = Catalogue::of(Language::japanese);
  CHECK(c.percent(0.9996) == "99.96 %");
  CHECK(c.percent(1) == "100 %");
  CHECK(c.percent(0.913) == "91.3 %");
  CHECK(c.number(1234567) == "1,234,567");
  CHECK(c.duration(125min) == "2時間5分");
  CHECK(c.duration(72h) == "3日");
}
