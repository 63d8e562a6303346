// Whole messages as Slack gets them, in both languages, beside this file in golden/: one file for each state
// of a message, and all kinds of alerts as text in kinds.*.txt. ARRIVALD_WRITE_GOLDEN=1 takes what is said as
// right: read the difference aloud before you commit it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "notify/compose.hpp"
#include "slack/render.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using rules::Change;
using rules::Severity;

namespace {

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

Change changeOf(Change::Kind kind, const char* rule,
                delivery::Subject subject = {"main", delivery::Dimension::account, ""},
                Severity severity = Severity::critical) {
  Change change;
  change.id = std::string(rule) + "@main#1795484000000.1";
  change.kind = kind;
  change.at = kNow;
  change.alert.key = {rule, std::move(subject)};
  change.alert.severity = severity;
  change.reason.since = kNow - 20min;
  change.reason.lasted = 20min;
  return change;
}

Change deliveryRate(Change::Kind kind, std::int64_t failures,
                    delivery::Subject subject = {"main", delivery::Dimension::account, ""}) {
  auto change = changeOf(kind, "delivery-rate", std::move(subject));
  const rules::BadMail mails{failures, 500};
  change.reason.evidence = rules::RateEvidence{.mails = mails,
                                               .bound = rules::BadShare(mails.share()->value() - 0.02),
                                               .threshold = rules::BadShare(0.05),
                                               .window = 10min};
  change.reason.worst = change.reason.evidence;
  return change;
}

Context around() {
  Context context;
  context.zone = TimeZone::find("Asia/Tokyo").value();
  context.now = kNow;
  context.page = "https://arrivald.example.jp";
  context.dashboard = "https://grafana.example.jp/d/mail";
  context.runbook = "https://wiki.example.jp/delivery-rate";
  context.statusPageUrl = "https://status.sendgrid.com";
  context.statusPage = StatusSaid{"All Systems Operational", "", false, 40s};
  for (int i = 0; i < 24; ++i)
    context.trend.push_back(i < 20 ? std::optional(0.995) : std::optional(0.9 - 0.05 * (i - 20)));
  context.bucket = 5min;
  return context;
}

Context withLossAtGmail() {
  auto context = around();
  context.breakdown = {{delivery::Dimension::mailboxProvider, "Gmail", 98, 200},
                       {delivery::Dimension::mailboxProvider, "docomo", 2, 300}};
  context.causes.window = 1h;
  context.causes.replies = 100;
  context.causes.counts = {{causes::Class::authentication, 98}, {causes::Class::noAddress, 2}};
  context.causes.samples = {
      "550 5.7.26 Unauthenticated email from example.jp is not accepted due to domain's DMARC policy.",
      "550 5.7.26 <t…@gmail.com>: blocked"};
  return context;
}

using Make = std::function<Notification(Language)>;
struct Sample {
  std::string name;
  Make make;
};

Context spread() {
  auto context = around();
  context.breakdown = {{delivery::Dimension::mailboxProvider, "Gmail", 40, 200},
                       {delivery::Dimension::mailboxProvider, "docomo", 60, 300},
                       {delivery::Dimension::mailboxProvider, "Yahoo", 20, 100}};
  return context;
}

Change resolvedBy(rules::Reason::Why why) {
  auto resolved = deliveryRate(Change::Kind::resolved, 5);
  resolved.reason.why = why;
  resolved.reason.worst = rules::RateEvidence{.mails = {245, 500}, .threshold = rules::BadShare(0.05)};
  resolved.reason.affected = 1234;
  resolved.reason.lasted = 95min;
  resolved.reason.since = kNow - 95min;
  return resolved;
}

Change firedBecause(rules::Reason::Why why) {
  auto fired = deliveryRate(Change::Kind::fired, 100);
  fired.reason.why = why;
  return fired;
}

void addChanges(std::vector<Sample>& all) {
  using Why = rules::Reason::Why;
  const auto add = [&](const char* name, Change change, Context context) {
    all.push_back(
        {name, [change, context](Language language) { return compose(change, context, language); }});
  };
  add("fired", firedBecause(Why::condition), withLossAtGmail());
  add("fired_unmuted", firedBecause(Why::unmuted), spread());
  add("fired_steady", firedBecause(Why::steady), spread());
  add("fired_at_receiver",
      deliveryRate(Change::Kind::fired, 245, {"main", delivery::Dimension::mailboxProvider, "Gmail"}),
      around());
  auto part = around();
  part.whole = Whole{spread().breakdown, {}};
  add("fired_at_receiver_of_all",
      deliveryRate(Change::Kind::fired, 40, {"main", delivery::Dimension::domainGroup, "Local governments"}),
      part);
  auto close = deliveryRate(Change::Kind::fired, 0);
  close.reason.evidence = rules::RateEvidence{.mails = {2004, 100'000},
                                              .bound = rules::BadShare(0.02002),
                                              .threshold = rules::BadShare(0.02),
                                              .window = 30min};
  add("fired_near_limit", close, around());
  auto troubled = spread();
  troubled.statusPage = StatusSaid{"Partial System Outage", "Delayed delivery to some providers", true, 2min};
  add("worsened", deliveryRate(Change::Kind::worsened, 100), troubled);
  auto reminder = deliveryRate(Change::Kind::reminded, 50);
  reminder.reason.reminder = 2;
  reminder.reason.lasted = 12h;
  reminder.reason.since = kNow - 12h;
  add("reminded", reminder, around());
  auto flapping = deliveryRate(Change::Kind::flapping, 50);
  flapping.reason.why = Why::changesOften;
  flapping.reason.flips = 5;  // begun three times, ended twice
  add("flapping", flapping, around());
  add("resolved", resolvedBy(Why::recovered), around());
  add("resolved_steady", resolvedBy(Why::steady), around());
  add("ended_for_lack_of_mail", resolvedBy(Why::tooLittleMail), around());
  add("ended_with_its_rule", resolvedBy(Why::ruleRemoved), around());
  add("ended_with_its_subject", resolvedBy(Why::subjectRemoved), around());
}

void addGroups(std::vector<Sample>& all) {
  const auto group = [](std::vector<std::pair<Change, Context>> changes) {
    return [changes = std::move(changes)](Language language) {
      std::vector<Notification> messages;
      for (const auto& [change, context] : changes) messages.push_back(compose(change, context, language));
      return composeGroup(std::move(messages), kNow, around().zone, language);
    };
  };
  auto reminder = deliveryRate(Change::Kind::reminded, 50);
  reminder.reason.reminder = 2;
  std::vector<std::pair<Change, Context>> changes{{reminder, around()}};
  for (const auto* name : {"Gmail", "docomo", "Yahoo", "Outlook"})
    changes.push_back(
        {deliveryRate(Change::Kind::fired, 200, {"main", delivery::Dimension::mailboxProvider, name}),
         around()});
  auto unread = changeOf(Change::Kind::fired, "not-readable", {"main", delivery::Dimension::account, ""},
                         Severity::warning);
  unread.reason.evidence = rules::ReadingEvidence{rules::Source::lists,   2h,  1h, Party::configuration,
                                                  Error::Kind::forbidden, true};
  changes.push_back({unread, around()});
  all.push_back({"grouped", group(std::move(changes))});
  std::vector<std::pair<Change, Context>> over;
  for (const auto* name : {"Gmail", "docomo", "Yahoo", "Outlook"}) {
    over.push_back({resolvedBy(rules::Reason::Why::recovered), around()});
    over.back().first.alert.key.subject = {"main", delivery::Dimension::mailboxProvider, name};
  }
  all.push_back({"grouped_resolved", group(std::move(over))});
}

void addOthers(std::vector<Sample>& all) {
  const auto zone = around().zone;
  const auto late = [](Change change, Context context) {
    return [change, context](Language language) {
      auto message = compose(change, context, language);
      markLate(message, kNow, context.zone, language);
      return message;
    };
  };
  all.push_back({"late", late(deliveryRate(Change::Kind::fired, 100), around())});
  all.push_back({"late_resolved", late(resolvedBy(rules::Reason::Why::recovered), around())});
  all.push_back(
      {"test", [zone](Language language) { return composeTest("on-call", "test#1", kNow, zone, language); }});
  for (const auto& [name, reason] : {std::pair{"undeliverable", "404 no_service"},
                                     {"undeliverable_payload", "400 invalid_payload"},
                                     {"undeliverable_network", "unreachable (no route to host)"}})
    all.push_back({name, [zone, why = std::string(reason)](Language language) {
                     return composeUndeliverable("on-call", why, "undeliverable#1", kNow, zone, language);
                   }});
  all.push_back({"store_full", [zone](Language language) {
                   const StoreTrouble trouble{{Error::Kind::diskFull, "disk I/O error: no space left"},
                                              "/var/lib/arrivald/state.db",
                                              kNow - 5min};
                   return composeStoreTrouble(trouble, "store@1", kNow, zone, language);
                 }});
  all.push_back({"store_works", [zone](Language language) {
                   return composeStoreWorks("/var/lib/arrivald/state.db", kNow - 2h, kNow, "store@1", kNow,
                                            zone, language);
                 }});
  all.push_back({"unreadable", [zone](Language language) {
                   return composeUnreadable("not JSON", "stall@main#1.1", kNow, zone, language);
                 }});
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  addChanges(all);
  addGroups(all);
  addOthers(all);
  return all;
}

// Evidence of every kind, and of each kind's variants that have words of their own: fired, and at its worst.
std::vector<std::pair<const char*, rules::Evidence>> kinds() {
  using namespace rules;
  const auto number = [](Input input, double value, double limit, Threshold::Side side, Duration window) {
    return NumberEvidence{.input = input, .side = side, .value = value, .limit = limit, .window = window};
  };
  constexpr auto kAbove = Threshold::Side::above, kBelow = Threshold::Side::below;
  const auto rate = [](Input input, double bound) {
    return RateEvidence{.input = input,
                        .mails = {120, 400},
                        .bound = BadShare(bound),
                        .threshold = BadShare(0.1),
                        .window = 1h};
  };
  const auto reading = [](Source source, Error::Kind error, bool everRead = true) {
    return ReadingEvidence{source, 2h, 10min, Party::provider, error, everRead};
  };
  return {
      {"delivery-rate", rate(Input::deliveryRate, 0.25)},
      {"bounce-rate", rate(Input::bounceRate, 0.25)},
      {"block-rate", rate(Input::blockRate, 0.25)},
      {"drop-rate", rate(Input::dropRate, 0.25)},
      {"spam-report-rate", rate(Input::spamReportRate, 0.25)},
      {"queue", number(Input::queue, 1200, 500, kAbove, 1h)},
      {"few-requests", number(Input::requests, 3, 50, kBelow, 1h)},
      {"slow", number(Input::latencyP95, 900, 300, kAbove, 1h)},
      {"new-blocks", number(Input::blocksListGrowth, 80, 20, kAbove, 1h)},
      {"events-malformed", number(Input::malformedEvents, 25, 10, kAbove, 1h)},
      {"credits-used-up", number(Input::creditsLeft, 0, 1, kBelow, 0min)},
      {"credits-running-out", number(Input::creditsLast, 3 * 86400, 7 * 86400, kBelow, 168h)},
      {"reputation", number(Input::reputation, 62, 80, kBelow, 0min)},
      {"reputation-falling", number(Input::reputationFall, 9, 5, kAbove, 168h)},
      {"stall", StallEvidence{.requests = 240, .outcomes = 2, .chance = 1e-7, .window = 10min, .lag = 5min}},
      {"nothing-requested", SilenceEvidence{3h, 1h, 2h, 133.5, 1e-6}},
      {"nothing-requested-unknown", SilenceEvidence{3h, 1h, 2h, {}, {}}},
      {"not-readable", reading(Source::statistics, Error::Kind::unauthorized)},
      {"lists-never-read", reading(Source::lists, Error::Kind::forbidden, false)},
      {"not-storable", reading(Source::statistics, Error::Kind::diskFull)},
      {"stream-silent", StreamSilenceEvidence{40min, 15min, 312, "", 0}},
      {"stream-refused", StreamSilenceEvidence{40min, 15min, 312, "bad_signature", 38}},
      {"overdue", OverdueEvidence{20, 100, 25min, 15min, 1e-7, 1h}},
      {"drift", DriftEvidence{Input::deliveryRate, {60, 3000}, BadShare(0.005), BadShare(0.01), 12.5, 12h}},
      {"objective", BurnEvidence{Input::deliveryRate, {150, 1000}, BadShare(0.125), BadShare(0.06), 1h}},
      {"first-block", FirstBlockEvidence{3, 23, 2, 1h}},
      {"bad-causes", CauseEvidence{7, 5, 1h}},
      {"stream-differs", DifferenceEvidence{10'000, 9'000, 0.05}},
      {"stream-lacks", DifferenceEvidence{10'000, 0, 0.05, LackingPart::delivered}},
      {"stream-zone", DifferenceEvidence{10'000, 9'000, 0.05, LackingPart::dayBoundary, "UTC-07:00"}},
      {"stream-settings", SettingsEvidence{"disabled,bounce"}},
      {"account-suspended", StatusEvidence{"compliance_suspend"}},
      {"statistics-still", StandstillEvidence{20min, 20min, 12, {}}},
      {"statistics-still-alone", StandstillEvidence{20min, 20min, {}, 24}}};
}

Notification messageOf(Change::Kind kind, const char* rule, const rules::Evidence& evidence,
                       Language language) {
  auto change = changeOf(kind, rule);
  change.reason.evidence = change.reason.worst = evidence;
  if (kind == Change::Kind::resolved) change.reason.why = rules::Reason::Why::recovered;
  if (kind == Change::Kind::reminded) change.reason.reminder = 1;
  auto context = around();
  context.statusPage.reset();
  context.trend.clear();
  return compose(change, context, language);
}

std::string readText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

constexpr std::pair<const char*, Language> kLanguages[] = {{"ja", Language::japanese},
                                                           {"en", Language::english}};

void checkGolden(const std::string& file, const std::string& said) {
  const auto path = std::filesystem::path(testing::inTree("/tests/slack/golden")) / file;
  if (std::getenv("ARRIVALD_WRITE_GOLDEN")) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << said;
  }
  INFO(file);
  CHECK(said == readText(path));
}

/// Everything of a message that people read.
std::string allText(const Notification& message) {
  std::string text = message.badge + "\n" + message.title + "\n" + message.fallback + "\n" +
                     message.sentence + "\n" + message.footer + "\n";
  for (const auto* field : {&message.side, &message.next, &message.statusPage})
    if (*field) text += (*field)->label + "\n" + (*field)->value + "\n";
  for (const auto& field : message.fields) text += field.label + "\n" + field.value + "\n";
  for (const auto& row : message.breakdown) text += row + "\n";
  for (const auto& row : message.causes) text += row + "\n";
  return text;
}

std::vector<std::pair<std::string, Notification>> allMessages(Language language) {
  std::vector<std::pair<std::string, Notification>> all;
  for (const auto& [name, make] : samples()) all.emplace_back(name, make(language));
  for (const auto& [rule, evidence] : kinds())
    for (const auto kind : {Change::Kind::fired, Change::Kind::reminded, Change::Kind::resolved})
      all.emplace_back(rule, messageOf(kind, rule, evidence, language));
  return all;
}

}  // namespace

TEST_CASE("whole messages match the golden files") {
  for (const auto& [name, make] : samples())
    for (const auto& [suffix, language] : kLanguages)
      checkGolden(name + "." + suffix + ".json",
                  nlohmann::json::parse(slack::render(make(language), {"here"})).dump(1) + "\n");
}

TEST_CASE("every state of a message has its golden files") {
  using Why = rules::Reason::Why;
  // One sample of each reason for which a change is notified: a new one fails here.
  std::set<Why> reasons;
  for (int why = 0; why <= static_cast<int>(Why::steady); ++why) reasons.insert(static_cast<Why>(why));
  CHECK(reasons.size() == 11);
  const std::set<std::string> states = {"fired",
                                        "fired_unmuted",
                                        "fired_steady",
                                        "fired_at_receiver",
                                        "fired_at_receiver_of_all",
                                        "worsened",
                                        "reminded",
                                        "flapping",
                                        "resolved",
                                        "resolved_steady",
                                        "grouped",
                                        "grouped_resolved",
                                        "late",
                                        "late_resolved",
                                        "ended_for_lack_of_mail",
                                        "test",
                                        "undeliverable",
                                        "store_full",
                                        "store_works",
                                        "ended_with_its_rule",
                                        "unreadable",
                                        "fired_near_limit",
                                        "ended_with_its_subject",
                                        "undeliverable_payload",
                                        "undeliverable_network"};
  std::set<std::string> shown, files;
  for (const auto& sample : samples()) shown.insert(sample.name);
  CHECK(shown == states);
  for (const auto& file : std::filesystem::directory_iterator(testing::inTree("/tests/slack/golden")))
    files.insert(file.path().filename().string());
  CHECK(files.size() == 2 * states.size() + 2);  // and kinds.*.txt
}

TEST_CASE("every kind of alert is worded, when it fires and when it is over") {
  std::set<std::size_t> seen{0};  // no evidence
  for (const auto& [rule, evidence] : kinds()) seen.insert(evidence.index());
  CHECK(seen.size() == std::variant_size_v<rules::Evidence>);
  for (const auto& [suffix, language] : kLanguages) {
    std::string text;
    for (const auto& [rule, evidence] : kinds())
      for (const auto kind : {Change::Kind::fired, Change::Kind::resolved})
        text += slack::previewOfPayload(slack::render(messageOf(kind, rule, evidence, language), {}),
                                        slack::Preview::plain) +
                "\n";
    checkGolden(std::string("kinds.") + suffix + ".txt", text);
  }
}

TEST_CASE("no message has a hole, a missing text, a doubled word or a number without meaning") {
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& [name, message] : allMessages(language)) {
      const auto text = allText(message);
      CAPTURE(name, suffix, text);
      CHECK(text.find_first_of("{}") == std::string::npos);
      CHECK(text.find('?') == std::string::npos);
      CHECK_FALSE(std::regex_search(text, std::regex("\\[[a-z_]+\\.[a-z_.]+\\]")));
      CHECK_FALSE(std::regex_search(text, std::regex("(Resolved|Test|Ended|回復|テスト|終了)\\S* ?\\1")));
      CHECK_FALSE(message.title.starts_with(message.badge));
      // What the badge says is not said again in the title.
      CHECK(message.title.find(language == Language::japanese ? "回復しました:" : "Resolved:") ==
            std::string::npos);
      CHECK(text.find("  ") == std::string::npos);
    }
}

TEST_CASE("every time in a message names its zone") {
  const std::regex time("[0-9]{2}:[0-9]{2}(?! JST)");
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& [name, message] : allMessages(language)) {
      CAPTURE(name, suffix);
      // The zone that a day is cut at is no time of the day.
      const auto text = std::regex_replace(allText(message), std::regex("UTC-07:00"), "");
      std::smatch found;
      const bool bare = std::regex_search(text, found, time);
      INFO((bare ? found.prefix().str().substr(std::max<std::size_t>(found.prefix().str().size(), 60) - 60) +
                       found.str()
                 : std::string()));
      CHECK_FALSE(bare);
    }
}

TEST_CASE("the next step stands right under the headline, and refers only to what the message shows") {
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& [name, message] : allMessages(language)) {
      CAPTURE(name, suffix);
      const bool open =
          message.tone != Tone::good && message.tone != Tone::ended && message.tone != Tone::test;
      REQUIRE(message.next.has_value() == open);
      if (!open) continue;
      const auto blocks = nlohmann::json::parse(slack::render(message, {"here"}))["attachments"][0]["blocks"];
      CHECK(blocks[0]["type"] == "header");
      CHECK(blocks[1]["text"]["text"].get<std::string>().find(message.next->label) != std::string::npos);
      const auto& next = message.next->value;
      CAPTURE(next);
      const bool japanese = language == Language::japanese;
      if (next.find(japanese ? "下の内訳" : "breakdown below") != std::string::npos)
        CHECK_FALSE(message.breakdown.empty());
      if (next.find(japanese ? "下の応答" : "replies below") != std::string::npos)
        CHECK_FALSE(message.samples.empty());
      CHECK(next.find(japanese ? "上の応答" : "above") == std::string::npos);
    }
}

TEST_CASE("a share beside its threshold reads as the breach that it is") {
  for (const auto& [name, make] : samples()) {
    if (name != "fired_near_limit") continue;
    const auto message = make(Language::english);
    CHECK(message.sentence.find("is 97.996 %; it should be at least 98.0 %") != std::string::npos);
    CHECK(message.footer.find("at best 97.998 %") != std::string::npos);
  }
}

TEST_CASE("how often an alert came and went counts its beginnings, not its ends") {
  for (const auto& [name, make] : samples())
    if (name == "flapping") {
      CHECK(make(Language::english).sentence.find("has begun 3 times") != std::string::npos);
      CHECK(make(Language::japanese).sentence.find("3回始まって") != std::string::npos);
    }
}

TEST_CASE("an alert that ends without a recovery does not look like one") {
  for (const auto& [name, make] : samples()) {
    if (name.starts_with("ended_")) {
      CHECK(make(Language::english).tone == Tone::ended);
      CHECK(make(Language::english).badge == "Ended");
      CHECK(slack::render(make(Language::japanese), {}).find("🟢") == std::string::npos);
    }
    if (name == "resolved") CHECK(make(Language::english).tone == Tone::good);
  }
}

TEST_CASE("many changes are combined into one message, which mentions if one of them does") {
  for (const auto& [name, make] : samples()) {
    if (name != "grouped") continue;
    const auto group = make(Language::english);
    CHECK(group.mention);
    CHECK(group.tone == Tone::critical);
    REQUIRE(group.breakdown.size() == 7);
    for (const auto* receiver : {"Gmail", "docomo", "Yahoo", "Outlook"})
      CHECK(std::count_if(group.breakdown.begin(), group.breakdown.end(), [&](const std::string& row) {
              return row.find(receiver) != std::string::npos;
            }) == 1);
    // The step of each, with the numbers of its rows: not the worst alert's for all.
    REQUIRE(group.next);
    CHECK(group.next->value.find("API key may not read") != std::string::npos);
    CHECK(group.next->value.find("\n6: ") != std::string::npos);
    CHECK_FALSE(group.side);  // they differ
    for (const auto& link : group.links) CHECK(link.label != "Runbook");
  }
  std::vector<Notification> many(200);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].fallback = "alert " + std::to_string(i);
  const auto group = composeGroup(many, kNow, around().zone, Language::english);
  CHECK(group.breakdown.back() == "180 more; the page shows them");
}

TEST_CASE("a channel that refuses messages gets the remedy that its own words name") {
  const auto next = [](const char* reason) {
    return composeUndeliverable("on-call", reason, "u#1", kNow, around().zone, Language::english).next->value;
  };
  CHECK(next("400 invalid_payload").find("a fault of arrivald") != std::string::npos);
  CHECK(next("404 no_service").find("Create a new one") != std::string::npos);
  CHECK(next("403 invalid_token").find("Create a new one") != std::string::npos);
  CHECK(next("403 action_prohibited").find("administrator") != std::string::npos);
  CHECK(next("410 channel_is_archived").find("archived") != std::string::npos);
  CHECK(next("400 user_not_found").find("mentions") != std::string::npos);
  CHECK(next("timed_out (connect)").find("this host's way") != std::string::npos);
}
