#include "notify/catalogue.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "notify/compose.hpp"
#include "notify/kind_words.hpp"
#include "notify/message_parts.hpp"
#include "notify/retry.hpp"
#include "notify/route.hpp"
#include "rules/defaults.hpp"

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

TEST_CASE("every kind of rule has its texts") {
  const auto texts = [](std::string_view kind) {
    return std::vector{fmt::format("{}.title", kind), fmt::format("{}.short", kind),
                       fmt::format("{}.sentence", kind), fmt::format("what.{}", kind)};
  };
  const auto& c = Catalogue::of(Language::english);
  const auto check = [&](const auto& self, auto index) -> void {
    if constexpr (index.value < std::variant_size_v<rules::Evidence>) {
      const rules::Evidence evidence(std::in_place_index<index.value>);
      CAPTURE(rules::kindName(evidence));
      for (const auto& key : texts(rules::kindName(evidence))) {
        CAPTURE(key);
        CHECK(c.has(key));
      }
      CHECK(c.has(nextStepKey(evidence)));
      auto brief = change(rules::Change::Kind::fired, "r");
      brief.reason.evidence = evidence;
      auto around = context();
      around.brief = true;
      const auto next = compose(brief, around, Language::english).next.value().value;
      CHECK(next.find_first_of("{}") == std::string::npos);
      CHECK(next.find("  ") == std::string::npos);
      CHECK(next.find("below") == std::string::npos);
      self(self, std::integral_constant<std::size_t, index.value + 1>{});
    }
  };
  check(check, std::integral_constant<std::size_t, 1>{});
}

TEST_CASE("a list of alerts shows each kind's number in its unit") {
  const auto& c = Catalogue::of(Language::english);
  CHECK(valueLine(rules::RateEvidence{.mails = {9, 100}, .threshold = rules::BadShare(0.02)}, c) ==
        "91.0 % (limit: at least 98.0 %)");
  CHECK(valueLine(rules::FirstBlockEvidence{.blocks = 7, .outcomes = 90}, c) == "7 of 90 mails");
  CHECK(valueLine(rules::SilenceEvidence{.quiet = 90min}, c) == "1 h 30 min");
  CHECK(valueLine(rules::StallEvidence{.requests = 240, .outcomes = 3}, c) == "3 outcomes for 240 requests");
  CHECK(valueLine(rules::SettingsEvidence{"disabled"}, c).empty());
  CHECK(valueLine({}, c).empty());
}

TEST_CASE("an alert with unreadable evidence still has a sentence when it resolves") {
  auto resolved = change(rules::Change::Kind::resolved, "moon");
  resolved.reason.why = rules::Reason::Why::ruleRemoved;
  const auto message = compose(resolved, context(), Language::english);
  CHECK(message.sentence.find('[') == std::string::npos);
  CHECK(message.title.find('[') == std::string::npos);
}

TEST_CASE("a fired alert names what, where, since when, how bad, whose side and the next step") {
  auto fired = change(rules::Change::Kind::fired, "stall");
  fired.reason.evidence = rules::StallEvidence{.requests = 240, .chance = 1e-7, .window = 10min, .lag = 5min};
  for (const auto language : {Language::japanese, Language::english}) {
    const auto message = compose(fired, context(), language);
    CHECK(message.tone == Tone::critical);
    CHECK(message.mention);
    CHECK(message.sentence.find("2026-11-24 10:10 JST") != std::string::npos);
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

TEST_CASE("a message names the beginning as its time, and at its foot when that was detected") {
  auto fired = change(rules::Change::Kind::fired, "stall");
  fired.reason.evidence = rules::StallEvidence{.requests = 240, .chance = 1e-7, .window = 10min, .lag = 5min};
  fired.reason.detected = kNow;
  const auto english = compose(fired, context(), Language::english);
  CHECK(english.sentence.find("Since 2026-11-24 10:10 JST") != std::string::npos);
  CHECK(english.footer.find("· detected 2026-11-24 10:30 JST ·") != std::string::npos);
  CHECK(compose(fired, context(), Language::japanese).footer.find("· 検知 2026-11-24 10:30 JST ·") !=
        std::string::npos);
  // Within the minute that the message shows there is nothing to tell apart.
  fired.reason.detected = fired.reason.since + 20s;
  CHECK(compose(fired, context(), Language::english).footer.find("detected") == std::string::npos);
}

TEST_CASE("what could not be stored is our own side's fault, with its remedy, and not SendGrid's") {
  using Kind = Error::Kind;
  for (const auto kind :
       {Kind::diskFull, Kind::readOnly, Kind::ioError, Kind::damaged, Kind::locked, Kind::storage}) {
    auto fired = change(rules::Change::Kind::fired, "nothing-read");
    fired.reason.evidence =
        rules::ReadingEvidence{rules::Source::statistics, 15min, 10min, Party::storage, kind};
    CAPTURE(name(kind));
    const auto english = compose(fired, context(), Language::english);
    CHECK(english.title.find("This host cannot store") != std::string::npos);
    CHECK(english.fallback.find("arrivald's") != std::string::npos);
    CHECK(english.sentence.find("SendGrid answers as usual") != std::string::npos);
    CHECK(english.next->value.find("arrivald could not store it") != std::string::npos);
    const auto japanese = compose(fired, context(), Language::japanese);
    CHECK(japanese.title.find("保存できません") != std::string::npos);
    CHECK(japanese.title.find("SendGrid") == std::string::npos);
    CHECK(japanese.next->value.find("SendGridは応答しています") != std::string::npos);
  }
}

TEST_CASE("while the event stream tells of mail, it is not said that nothing is known") {
  auto fired = change(rules::Change::Kind::fired, "not-readable");
  rules::ReadingEvidence evidence{rules::Source::statistics, 15min, 10min, Party::provider,
                                  Error::Kind::serverError};
  evidence.streamed = evidence.all = true;
  evidence.others = 2;
  for (const bool everRead : {true, false}) {
    evidence.everRead = everRead;
    fired.reason.evidence = evidence;
    const auto english = compose(fired, context(), Language::english);
    CHECK_THAT(english.sentence, Catch::Contains("statistics of every kind") &&
                                     Catch::Contains("watched by the event stream") &&
                                     !Catch::Contains("unknown") && !Catch::Contains("not known"));
    CHECK_THAT(english.side->value, Catch::StartsWith("SendGrid's: its API fails"));
    CHECK_THAT(compose(fired, context(), Language::japanese).sentence, Catch::Contains("イベント通知"));
  }
}

TEST_CASE("the receiver with most of the failures is named") {
  auto fired = change(rules::Change::Kind::fired, "delivery-rate");
  fired.reason.evidence = rules::RateEvidence{.mails = {9, 100}, .threshold = rules::BadShare(0.02)};
  auto around = context();
  around.breakdown = {{delivery::Dimension::mailboxProvider, "Gmail", 98, 200},
                      {delivery::Dimension::mailboxProvider, "docomo", 2, 300}};
  const auto message = compose(fired, around, Language::english);
  CHECK(message.side->value ==
        "Not known yet. It happens with mail to Gmail only; other mail goes as usual. Whether Gmail is in "
        "trouble or refuses us, the replies tell.");
  REQUIRE(message.breakdown.size() == 3);
  CHECK(message.breakdown[0] == "98.0 % of the failures are at Gmail.");
  CHECK(message.breakdown[1] == "Gmail: 98 of 200 failed (49.0 %)");
}

TEST_CASE("a resolution can be understood without the earlier notifications") {
  auto resolved = change(rules::Change::Kind::resolved, "stall");
  resolved.reason.why = rules::Reason::Why::recovered;
  resolved.reason.evidence = rules::StallEvidence{};
  resolved.reason.worst = rules::StallEvidence{.requests = 100, .outcomes = 2};
  resolved.reason.lasted = 95min;
  resolved.reason.since = kNow - 95min;
  resolved.reason.affected = 1234;
  const auto message = compose(resolved, context(), Language::english);
  CHECK(message.tone == Tone::good);
  CHECK(message.sentence ==
        "Stalled mail: the whole account \"main\". It lasted 1 h 35 min, from 2026-11-24 08:55 JST to "
        "2026-11-24 10:30 JST. At its worst there were 2 outcomes for 100 requests. "
        "About 1,234 mails were affected.");
  CHECK(message.title == "Stalled mail moves again: the whole account \"main\"");
}

TEST_CASE(
    "an attempt is made again after passing trouble, with patience, and given up after permanent trouble") {
  const Error passing{Error::Kind::serverError, "503", Party::thirdParty};
  const Error permanent{Error::Kind::notFound, "404 no_team", Party::configuration};
  Error throttled{Error::Kind::throttled, "429", Party::thirdParty};
  throttled.retryAfter = 30s;
  CHECK(nextAttempt(passing, 1, kNow, kNow, 1, 24h) == kNow + 2s);
  CHECK(nextAttempt(passing, 3, kNow, kNow, 1, 24h) == kNow + 8s);
  CHECK(nextAttempt(passing, 3, kNow, kNow, 0.5, 24h) == kNow + 6s);
  CHECK(nextAttempt(passing, 50, kNow, kNow, 1, 24h) == kNow + 5min);
  CHECK(nextAttempt(throttled, 1, kNow, kNow, 0, 24h) == kNow + 30s);
  CHECK_FALSE(nextAttempt(permanent, 1, kNow, kNow, 0, 24h).has_value());
  CHECK_FALSE(nextAttempt(passing, 9, kNow - 24h, kNow, 0, 24h).has_value());
}

TEST_CASE("the first matching route decides unless it continues") {
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

TEST_CASE("numbers are formatted for people") {
  const auto& c = Catalogue::of(Language::japanese);
  CHECK(c.percent(0.9996) == "99.96 %");
  CHECK(c.percent(1) == "100 %");
  CHECK(c.percentBeside(0.97996, 0.98) == "97.996 %");
  CHECK(c.percentBeside(0.979, 0.98) == "97.9 %");
  CHECK(c.percentBeside(0.98, 0.98) == "98.0 %");
  CHECK(c.percent(0.913) == "91.3 %");
  CHECK(c.number(1234567) == "1,234,567");
  CHECK(c.duration(125min) == "2時間5分");
  CHECK(c.duration(72h) == "3日");
  CHECK(c.duration(24h * 115740) == "10年以上");
}

TEST_CASE("each rule that is on by default has a name that people read") {
  auto all = rules::defaults();
  for (const auto& rule : rules::deskDefaults()) all.push_back(rule);
  for (const auto& rule : rules::dmarcDefaults()) all.push_back(rule);
  for (const auto language : {Language::japanese, Language::english})
    for (const auto& rule : all) {
      CAPTURE(rule.name);
      CHECK(Catalogue::of(language).texts().contains(fmt::format("page.rule.{}", rule.name)));
    }
}

TEST_CASE("a rule has one name in messages and on the page") {
  using namespace rules;
  const auto number = [](Input input) { return NumberEvidence{.input = input}; };
  const std::vector<std::pair<const char*, Evidence>> rows = {
      {"stall", StallEvidence{}},
      {"nothing-requested", SilenceEvidence{}},
      {"not-readable", ReadingEvidence{.source = Source::statistics}},
      {"lists-not-readable", ReadingEvidence{.source = Source::lists}},
      {"stream-silent", StreamSilenceEvidence{}},
      {"overdue", OverdueEvidence{}},
      {"stream-differs", DifferenceEvidence{}},
      {"stream-settings", SettingsEvidence{}},
      {"account-suspended", StatusEvidence{}},
      {"events-malformed", number(Input::malformedEvents)},
      {"credits-used-up", number(Input::creditsLeft)},
      {"credits-running-out", number(Input::creditsLast)},
      {"reputation-falling", number(Input::reputationFall)},
      {"statistics-still", StandstillEvidence{}},
      {"statistics-contradict", number(Input::statisticsContradictory)},
      {"dmarc-own-mail", DmarcEvidence{.sign = DmarcSign::ownMail}},
      {"dmarc-own-mail-refused", DmarcEvidence{.sign = DmarcSign::ownMailRefused}},
      {"dmarc-new-source", DmarcEvidence{.sign = DmarcSign::newSource}},
      {"dmarc-spoofing", DmarcEvidence{.sign = DmarcSign::spoofing}},
      {"dmarc-reports-stopped", DmarcEvidence{.sign = DmarcSign::reportsStopped}},
      {"dmarc-reporter-silent", DmarcEvidence{.sign = DmarcSign::reporterSilent}},
      {"dmarc-policy-changed", DmarcEvidence{.sign = DmarcSign::policyChanged}},
      {"dmarc-unreadable", DmarcEvidence{.sign = DmarcSign::unreadable}}};
  for (const auto language : {Language::japanese, Language::english}) {
    const auto& c = Catalogue::of(language);
    for (const auto& [rule, evidence] : rows)
      CHECK(c.text(fmt::format("page.rule.{}", rule)) == what(evidence, c));
  }
  // The stall's name is that of its headline and its short text, too.
  const auto stalled = change(Change::Kind::fired, "stall");
  auto message = stalled;
  message.reason.evidence = StallEvidence{};
  const auto japanese = compose(message, context(), Language::japanese);
  CHECK(japanese.title.find("配信が停滞") != std::string::npos);
  CHECK(japanese.fallback.find("配信の停滞") != std::string::npos);
}

TEST_CASE("a chance is said as a person says it") {
  const auto& c = Catalogue::of(Language::english);
  CHECK(chanceWords(1e-6, c) == "once in 1,000,000");
  CHECK(chanceWords(0.000312, c) == "once in 3,200");
  CHECK(chanceWords(0.05, c) == "once in 20");
  CHECK(chanceWords(0.5, c) == "50 %");
  CHECK(chanceWords(0, c) == "once in 1,000,000,000");
  CHECK(chanceWords(1e-6, Catalogue::of(Language::japanese)) == "1,000,000回に1回");
}

TEST_CASE("what lasts is as long as its times say") {
  const auto at = [](const char* text) { return parseIso(text).value(); };
  CHECK(betweenMinutes(at("2026-11-24T01:10:40Z"), at("2026-11-24T02:08:10Z")) == 58min);
  CHECK(betweenMinutes(at("2026-11-24T01:10:40Z"), at("2026-11-24T01:11:10Z")) == 30s);
}

TEST_CASE("a command that gets no answer ends its sentence before the remedy") {
  for (const auto& [language, end] : {std::pair{Language::japanese, "。"}, std::pair{Language::english, "."}})
    CHECK(Catalogue::of(language).text("ask.no_answer", {{"error", "x"}}).ends_with(end));
}

TEST_CASE("a threshold that is not the configured one says so, and why") {
  const rules::RateEvidence plain{.mails = {20, 100}, .threshold = rules::BadShare(0.06), .window = 10min};
  auto eased = plain;
  eased.configured = rules::BadShare(0.02);
  auto learning = eased;
  learning.learning = true;
  const auto& c = Catalogue::of(Language::english);
  CHECK(valueLine(plain, c) == "80.0 % (limit: at least 94.0 %)");
  CHECK(valueLine(learning, c) ==
        "80.0 % (limit: at least 94.0 %, eased from the configured 98.0 % during the first week)");
  CHECK(valueLine(eased, c) ==
        "80.0 % (limit: at least 94.0 %, eased from the configured 98.0 % to what is usual)");
  auto fired = change(rules::Change::Kind::fired, "delivery-rate");
  fired.reason.evidence = learning;
  const auto said = compose(fired, context(), Language::english).sentence;
  CHECK(said.find("The limit of 94.0 % is eased from the configured 98.0 %") != std::string::npos);
  fired.reason.evidence = plain;
  CHECK(compose(fired, context(), Language::english).sentence.find("configured") == std::string::npos);
}

TEST_CASE("what is over says what becomes of its mail, and what never came is said to be missing") {
  using namespace rules;
  const auto after = [](Evidence worst) {
    auto over = change(Change::Kind::resolved, "x");
    over.reason.why = Reason::Why::recovered;
    over.reason.worst = std::move(worst);
    const auto next = compose(over, context(), Language::english).next;
    return next ? next->value : std::string();
  };
  CHECK_THAT(after(RateEvidence{.input = Input::deliveryRate}), Catch::Contains("sent again"));
  CHECK_THAT(after(RateEvidence{.input = Input::dropRate}), Catch::Contains("suppression list"));
  CHECK_THAT(after(StallEvidence{}), Catch::Contains("Do not send it again"));
  CHECK_THAT(after(OverdueEvidence{}), Catch::Contains("Do not send it again"));
  CHECK_THAT(after(NumberEvidence{.input = Input::creditsLeft}),
             Catch::Contains("does not arrive by itself"));
  CHECK_THAT(after(SilenceEvidence{}), Catch::Contains("made up for"));
  CHECK_THAT(after(ReadingEvidence{}), Catch::Contains("Nothing more is to be done"));
  CHECK_THAT(after(StandstillEvidence{}), Catch::Contains("Nothing more is to be done"));
  CHECK_THAT(after(ReadingEvidence{.error = Error::Kind::unauthorized}), Catch::Contains("the old one"));
  CHECK_THAT(after(ReadingEvidence{.error = Error::Kind::throttled}), Catch::Contains("a key of its own"));
  CHECK(after(RateEvidence{.input = Input::spamReportRate}).empty());
}

TEST_CASE("what was over before its events came is told as that, from when to when, and nobody is called") {
  auto late = change(rules::Change::Kind::resolved, "delivery-rate");
  late.reason.why = rules::Reason::Why::cameLate;
  late.reason.worst = rules::RateEvidence{.mails = {100, 200}, .threshold = rules::BadShare(0.1)};
  late.reason.lasted = 19min;
  late.reason.affected = 200;
  for (const auto language : {Language::japanese, Language::english}) {
    const auto message = compose(late, context(), language);
    CHECK(message.tone == Tone::ended);
    CHECK_FALSE(message.mention);
    for (const auto& text : {message.title, message.fallback, message.sentence}) {
      CAPTURE(text);
      CHECK(text.find('{') == std::string::npos);
      CHECK(text.find("ended.") == std::string::npos);
    }
    CHECK_THAT(message.sentence, Catch::Contains("10:10") && Catch::Contains("10:29") &&
                                     Catch::Contains("200") &&
                                     Catch::Contains(language == Language::english ? "came late" : "遅れて"));
    REQUIRE(message.next);
  }
}

TEST_CASE("used up credits while mail is taken say so, and that nothing was refused") {
  using namespace rules;
  const NumberEvidence doubtful{
      .input = Input::creditsLeft, .value = 0, .limit = 1, .delivered = 1'234, .window = 20min};
  const auto fired = [](const NumberEvidence& evidence) {
    auto one = change(Change::Kind::fired, "x");
    one.alert.evidence = one.reason.evidence = evidence;
    return compose(one, context(), Language::english);
  };
  CHECK_THAT(fired(doubtful).title, Catch::Contains("takes mail"));
  CHECK_THAT(fired(doubtful).sentence, Catch::Contains("1,234 in the last 20"));
  CHECK_THAT(fired({.input = Input::creditsLeft, .value = 0, .limit = 1}).sentence,
             Catch::Contains("refuses every further mail"));
  CHECK(stepAfterKey(Evidence{doubtful}).empty());
  const NumberEvidence unproven{.input = Input::creditsLeft, .value = 0, .limit = 1, .unproven = true};
  CHECK_THAT(fired(unproven).sentence, Catch::Contains("Whether mail still goes is not known yet"));
  CHECK(stepAfterKey(Evidence{unproven}).empty());
  const NumberEvidence stuck{.input = Input::creditsLeft,
                             .value = 0,
                             .limit = 1,
                             .delivered = 60,
                             .window = 1h,
                             .undelivered = true};
  CHECK_THAT(fired(stuck).sentence, Catch::Contains("(60) none was delivered"));
  CHECK_FALSE(stepAfterKey(Evidence{stuck}).empty());
}

TEST_CASE("a key that is not accepted reads nothing, whatever was tried first") {
  rules::ReadingEvidence evidence;
  evidence.source = rules::Source::providerStatistics;
  evidence.others = 1;
  evidence.error = Error::Kind::unauthorized;
  const auto& c = Catalogue::of(Language::japanese);
  CHECK(wordsOf(evidence, c).source == "統計");
  evidence.error = Error::Kind::forbidden;
  CHECK_THAT(wordsOf(evidence, c).source, Catch::Contains("など2種類のデータ"));
}

TEST_CASE("an answer that is none of SendGrid's is not told to be the watching's own fault") {
  auto fired = change(rules::Change::Kind::fired, "not-readable");
  const auto sideOf = [&](Error::Kind error) {
    rules::ReadingEvidence evidence;
    evidence.source = rules::Source::statistics;
    evidence.error = error;
    fired.reason.evidence = evidence;
    return compose(fired, context(), Language::english).side->value;
  };
  for (const auto error : {Error::Kind::malformed, Error::Kind::html, Error::Kind::timedOut})
    CHECK_THAT(sideOf(error), Catch::StartsWith("Not known yet: SendGrid's API, or the network"));
  CHECK_THAT(sideOf(Error::Kind::serverError), !Catch::Contains("or a proxy"));
}

TEST_CASE("whether mail arrives is called unknown only where the event stream does not tell it") {
  auto fired = change(rules::Change::Kind::fired, "not-readable");
  rules::ReadingEvidence evidence;
  evidence.source = rules::Source::statistics;
  evidence.error = Error::Kind::unauthorized;
  for (const bool streamed : {true, false}) {
    evidence.streamed = streamed;
    fired.reason.evidence = evidence;
    const auto message = compose(fired, context(), Language::english);
    const bool unknown = message.side->value.find("cannot be told from this") != std::string::npos;
    CHECK(unknown == !streamed);
    CHECK((message.sentence.find("watched by the event stream") != std::string::npos ||
           message.sentence.find("event webhook") != std::string::npos ||
           message.sentence.find("Event Webhook") != std::string::npos) == streamed);
  }
}

TEST_CASE("a row of a list of alerts names the account of what it is about") {
  auto fired = change(rules::Change::Kind::fired, "delivery-rate");
  fired.alert.key.subject = {"second", delivery::Dimension::domainGroup, "Gmail"};
  fired.reason.evidence = rules::RateEvidence{.input = rules::Input::deliveryRate};
  for (const auto language : {Language::japanese, Language::english}) {
    const auto message = compose(fired, context(), language);
    CHECK_THAT(message.row, Catch::Contains("Gmail") && Catch::Contains("second"));
    CHECK_THAT(message.fallback, !Catch::Contains("second"));
  }
}
