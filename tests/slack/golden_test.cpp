// Whole messages as Slack gets them, in both languages, beside this file in
// golden/: one file for each state of a message, and all kinds of alerts as
// text in kinds.*.txt. ARRIVALD_WRITE_GOLDEN=1 takes what is said as right:
// read the difference aloud before you commit it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

#include "notify/compose.hpp"
#include "notify/digest.hpp"
#include "notify/side.hpp"
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
                    delivery::Subject subject = {"main", delivery::Dimension::account, ""},
                    std::int64_t total = 500) {
  auto change = changeOf(kind, "delivery-rate", std::move(subject));
  const rules::BadMail mails{failures, total};
  change.reason.evidence = rules::RateEvidence{.mails = mails,
                                               .bound = rules::BadShare(mails.share()->value() - 0.02),
                                               .threshold = rules::BadShare(0.05),
                                               .window = 10min};
  change.reason.worst = change.reason.evidence;
  return change;
}

// The rate of two hours in buckets of five minutes: usual, then since `begun`
// buckets at `bad`, and usual again in the last `over`.
std::vector<std::optional<double>> trendOf(double bad, int begun, int over = 0) {
  std::vector<std::optional<double>> trend;
  for (int left = 24; left > 0; --left)
    trend.emplace_back(left > begun || left <= over ? 0.995 : left % 2 == 0 ? bad + 0.004 : bad - 0.004);
  return trend;
}

// Of an alert about a delivery rate of `rate`, for 20 minutes now.
Context around(double rate = 0.8) {
  Context context;
  context.zone = TimeZone::find("Asia/Tokyo").value();
  context.now = kNow;
  context.page = "https://arrivald.example.jp";
  context.dashboard = "https://grafana.example.jp/d/mail";
  context.runbook = "https://wiki.example.jp/delivery-rate";
  context.statusPageUrl = "https://status.sendgrid.com";
  context.statusPage = StatusSaid{"All Systems Operational", "", false, 40s};
  context.trend = trendOf(rate, 4);
  context.bucket = 5min;
  return context;
}

Context withTrend(std::vector<std::optional<double>> trend) {
  auto context = around();
  context.trend = std::move(trend);
  return context;
}

Context withoutPage() {
  auto context = around(0.9);
  context.page.clear();
  return context;
}

Context withLossAtGmail() {
  auto context = around();
  context.breakdown = {{delivery::Dimension::mailboxProvider, "Gmail", 98, 200},
                       {delivery::Dimension::mailboxProvider, "docomo", 2, 300}};
  context.causes.window = 10min;
  context.causes.replies = 100;
  context.causes.counts = {{causes::Class::authentication, 98}, {causes::Class::noAddress, 2}};
  context.causes.samples = {
      "550 5.7.26 Unauthenticated email from example.jp "
      "is not accepted due to domain's DMARC policy.",
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
                       {delivery::Dimension::mailboxProvider, "docomo", 40, 200},
                       {delivery::Dimension::mailboxProvider, "Yahoo", 20, 100}};
  return context;
}

// Nearly all mail to docomo fails, which took it until now; the replies are about single addresses.
Context withDocomoFailing() {
  auto context = around(0.09);
  BreakdownRow docomo{delivery::Dimension::domainGroup, "docomo", 20, 22};
  docomo.since = {30, 31};
  docomo.before = rules::BadMail{1, 400};
  context.whole = Whole{{docomo, {delivery::Dimension::domainGroup, "Gmail", 1, 150}}, {}};
  context.causes.window = 10min;
  context.causes.replies = 20;
  context.causes.counts = {{causes::Class::noAddress, 12}, {causes::Class::mailboxFull, 8}};
  context.causes.samples = {"550 Unknown user"};
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
      around(0.51));
  auto part = around(0.92);
  part.whole = Whole{{{delivery::Dimension::domainGroup, "Local governments", 40, 500},
                      {delivery::Dimension::domainGroup, "docomo", 24, 300},
                      {delivery::Dimension::domainGroup, "Yahoo", 16, 200}},
                     {}};
  add("fired_at_receiver_of_all",
      deliveryRate(Change::Kind::fired, 40, {"main", delivery::Dimension::domainGroup, "Local governments"}),
      part);
  add("fired_at_receiver_that_fails",
      deliveryRate(Change::Kind::fired, 20, {"main", delivery::Dimension::domainGroup, "docomo"}, 22),
      withDocomoFailing());
  auto mistaken = withDocomoFailing(), old = withDocomoFailing();
  mistaken.causes.earlier = {{20, 17}, {50, 30}};
  old.causes.earlier = {{20, 0}, {50, 30}};
  old.causes.counts = {{causes::Class::noAddress, 18}, {causes::Class::mailboxFull, 2}};
  for (const auto& [name, context] :
       {std::pair("fired_at_receiver_by_mistake", mistaken), std::pair("fired_by_old_list", old)})
    add(name, deliveryRate(Change::Kind::fired, 20, {"main", delivery::Dimension::domainGroup, "docomo"}, 22),
        context);
  auto category = withDocomoFailing();
  category.whole->causes = std::exchange(category.causes, {});
  add("fired_at_category",
      deliveryRate(Change::Kind::fired, 12, {"main", delivery::Dimension::category, "notice"}, 100),
      category);
  auto learning = deliveryRate(Change::Kind::fired, 100);
  auto& rate = std::get<rules::RateEvidence>(learning.reason.evidence);
  rate.configured = rules::BadShare(0.02);
  rate.learning = true;
  add("fired_in_first_week", learning, spread());
  auto close = deliveryRate(Change::Kind::fired, 0);
  close.reason.evidence = rules::RateEvidence{.mails = {2004, 100'000},
                                              .bound = rules::BadShare(0.02002),
                                              .threshold = rules::BadShare(0.02),
                                              .window = 30min};
  add("fired_near_limit", close, around(0.97996));
  auto troubled = spread();
  troubled.statusPage = StatusSaid{"Partial System Outage", "Delayed delivery to some providers", true, 2min};
  auto worsened = deliveryRate(Change::Kind::worsened, 100);
  worsened.reason.before = Severity::warning;
  worsened.reason.formerly = deliveryRate(Change::Kind::fired, 40).reason.evidence;
  add("worsened", worsened, troubled);
  auto reminder = deliveryRate(Change::Kind::reminded, 50);
  reminder.reason.reminder = 2;
  reminder.reason.lasted = 12h;
  reminder.reason.since = kNow - 12h;
  add("reminded", reminder, withTrend(trendOf(0.9, 24)));
  auto flapping = deliveryRate(Change::Kind::flapping, 50);
  flapping.reason.why = Why::changesOften;
  flapping.reason.flips = 5;  // begun three times, ended twice
  add("flapping", flapping, around(0.9));
  add("flapping_without_page", flapping, withoutPage());
  const auto over = withTrend(trendOf(0.51, 19, 2));
  add("resolved", resolvedBy(Why::recovered), over);
  add("resolved_steady", resolvedBy(Why::steady), over);
  auto unknown = trendOf(0.51, 19);
  unknown[22].reset();
  unknown[23].reset();
  add("ended_for_lack_of_mail", resolvedBy(Why::tooLittleMail), withTrend(unknown));
  add("ended_with_its_rule", resolvedBy(Why::ruleRemoved), withTrend(trendOf(0.51, 19)));
  add("ended_with_its_subject", resolvedBy(Why::subjectRemoved), withTrend(trendOf(0.51, 19)));
}

void addGroups(std::vector<Sample>& all) {
  const auto group = [](std::vector<std::pair<Change, Context>> changes) {
    return [changes = std::move(changes)](Language language) {
      std::vector<Notification> messages;
      for (const auto& [change, context] : changes) messages.push_back(compose(change, context, language));
      return composeGroup(std::move(messages), kNow, around().zone, language);
    };
  };
  auto reminder = deliveryRate(Change::Kind::reminded, 100);
  reminder.reason.reminder = 2;
  reminder.reason.since = kNow - 12h;
  // All of the account's mail, and its failures, are at these four.
  const std::tuple<const char*, int, int> receivers[] = {
      {"Gmail", 40, 200}, {"docomo", 30, 150}, {"Yahoo", 20, 100}, {"Outlook", 10, 50}};
  std::vector<std::pair<Change, Context>> changes{{reminder, withTrend(trendOf(0.8, 24))}};
  for (const auto& [name, failures, total] : receivers)
    changes.push_back({deliveryRate(Change::Kind::fired, failures,
                                    {"main", delivery::Dimension::mailboxProvider, name}, total),
                       around()});
  auto unread = changeOf(Change::Kind::fired, "not-readable", {"main", delivery::Dimension::account, ""},
                         Severity::warning);
  unread.reason.evidence = rules::ReadingEvidence{rules::Source::lists,   2h,  1h, Party::configuration,
                                                  Error::Kind::forbidden, true};
  changes.push_back({unread, around()});
  all.push_back({"grouped", group(std::move(changes))});
  std::vector<std::pair<Change, Context>> over;
  for (const auto* name : {"Gmail", "docomo", "Yahoo", "Outlook"}) {
    over.push_back({resolvedBy(rules::Reason::Why::recovered), withTrend(trendOf(0.51, 19, 2))});
    over.back().first.alert.key.subject = {"main", delivery::Dimension::mailboxProvider, name};
  }
  all.push_back({"grouped_resolved", group(std::move(over))});
}

// Of a weekend: more causes and groups than are shown one by one.
Digest news() {
  using causes::Class;
  Digest digest;
  digest.from = kNow - 64h;
  digest.to = kNow;
  digest.entries = 1'204;
  digest.sides = {{"theirs", 700}, {"wrong_address", 404}, {"ours", 60}};
  digest.causes = {{"", Class::mailboxFull, 700},
                   {"", Class::noAddress, 404},
                   {"", Class::senderBlocked, 60},
                   {"unsubscribes", Class::unspecified, 40}};
  digest.groups = {{"docomo", 600},      {"Gmail", 300}, {"au", 100},       {"SoftBank", 80},
                   {"Yahoo! JAPAN", 50}, {"iCloud", 30}, {"Microsoft", 20}, {"partner", 14},
                   {"other", 6},         {"Rakuten", 4}};
  digest.first = {{Class::senderBlocked, "Gmail", 58,
                   "https://desk.example.co.jp/"
                   "?from=2026-11-21&to=2026-11-24&cause=sender_blocked&group=Gmail"}};
  digest.url = "https://desk.example.co.jp/?from=2026-11-21&to=2026-11-24";
  return digest;
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
  all.push_back(
      {"late_resolved", late(resolvedBy(rules::Reason::Why::recovered), withTrend(trendOf(0.51, 19, 2)))});
  all.push_back({"late_without_page", late(deliveryRate(Change::Kind::fired, 50), withoutPage())});
  all.push_back(
      {"test", [zone](Language language) { return composeTest("on-call", "test#1", kNow, zone, language); }});
  all.push_back(
      {"digest", [zone](Language language) { return composeDigest(news(), "digest#1", zone, language); }});
  for (const auto& [name, reason] :
       {std::pair{"undeliverable", "404 no_service"},
        {"undeliverable_payload", "400 invalid_payload"},
        {"undeliverable_network", "connect (hooks.slack.com:443: no connection (No route to host))"}})
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
                   return composeStoreWorks({"/var/lib/arrivald/state.db", kNow - 2h, kNow}, "store@1", kNow,
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

// Evidence of every kind, and of each kind's variants that have words of their
// own: fired, and at its worst.
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
  const auto dmarc = [](DmarcSign sign, const char* source, std::int64_t mails, std::int64_t total) {
    return DmarcEvidence{.sign = sign,
                         .source = source,
                         .before = "reject",
                         .day = "2026-11-21",
                         .mails = mails,
                         .total = total,
                         .usual = sign == DmarcSign::spoofing ? 800.0 : 0.001,
                         .limit = 0.005,
                         .quiet = 75h,
                         .quietLimit = 72h};
  };
  const auto passing = [](DmarcEvidence evidence) {
    evidence.passes = true;
    evidence.others = 2;
    return evidence;
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
      {"statistics-contradict", number(Input::statisticsContradictory, 2400, 1800, kAbove, 0min)},
      {"stall", StallEvidence{.requests = 240, .outcomes = 2, .chance = 1e-7, .window = 10min, .lag = 5min}},
      {"nothing-requested", SilenceEvidence{3h, 1h, 3h, 133.5, 1e-6}},
      {"nothing-requested-unknown", SilenceEvidence{3h, 1h, 3h, {}, {}}},
      {"not-readable", reading(Source::statistics, Error::Kind::unauthorized)},
      {"never-read", reading(Source::statistics, Error::Kind::forbidden, false)},
      {"lists-not-readable", reading(Source::lists, Error::Kind::unreachable)},
      {"lists-never-read", reading(Source::lists, Error::Kind::forbidden, false)},
      {"not-storable", reading(Source::statistics, Error::Kind::diskFull)},
      {"stream-silent", StreamSilenceEvidence{40min, 15min, 312, "", 0}},
      {"stream-refused", StreamSilenceEvidence{40min, 15min, 312, "bad_signature", 38}},
      {"overdue", OverdueEvidence{20, 100, 25min, 15min, 1e-7, 1h}},
      {"drift", DriftEvidence{Input::deliveryRate, {60, 3000}, BadShare(0.005), BadShare(0.01), 12.5, 12h}},
      {"objective", BurnEvidence{Input::deliveryRate, {150, 1000}, BadShare(0.125), BadShare(0.06), 1h}},
      {"first-block", FirstBlockEvidence{3, 23, 2, 1h}},
      {"first-block-listed", FirstBlockEvidence{1, 0, 1, 1h}},
      {"bad-causes", CauseEvidence{7, 5, 1h, {"auth_failure", "sender_blocked"}}},
      {"stream-differs", DifferenceEvidence{10'000, 9'000, 0.05}},
      {"stream-lacks", DifferenceEvidence{10'000, 0, 0.05, LackingPart::delivered}},
      {"stream-zone", DifferenceEvidence{10'000, 9'000, 0.05, LackingPart::dayBoundary, "UTC-07:00"}},
      {"stream-settings", SettingsEvidence{"disabled,bounce"}},
      {"account-suspended", StatusEvidence{"compliance_suspend"}},
      {"statistics-still", StandstillEvidence{20min, 20min, 12, {}}},
      {"statistics-still-alone", StandstillEvidence{20min, 20min, {}, 24}},
      {"dmarc-own-mail", dmarc(DmarcSign::ownMail, "SendGrid", 120, 4000)},
      {"dmarc-own-mail-refused", dmarc(DmarcSign::ownMailRefused, "reject", 120, 4000)},
      {"dmarc-new-source", dmarc(DmarcSign::newSource, "Mailgun", 340, 340)},
      {"dmarc-new-source-passes", passing(dmarc(DmarcSign::newSource, "Mailgun", 340, 340))},
      {"dmarc-spoofing", dmarc(DmarcSign::spoofing, "", 25'000, 0)},
      {"dmarc-reports-stopped", dmarc(DmarcSign::reportsStopped, "", 0, 0)},
      {"dmarc-reporter-silent", dmarc(DmarcSign::reporterSilent, "google.com", 0, 0)},
      {"dmarc-policy-changed", dmarc(DmarcSign::policyChanged, "none", 0, 0)},
      {"dmarc-unreadable", dmarc(DmarcSign::unreadable, "", 4, 0)}};
}

// For how long the evidence says that it lasts.
Duration lengthOf(const rules::Evidence& evidence) {
  if (const auto* silence = std::get_if<rules::SilenceEvidence>(&evidence)) return silence->quiet;
  if (const auto* reading = std::get_if<rules::ReadingEvidence>(&evidence)) return reading->age;
  if (const auto* stream = std::get_if<rules::StreamSilenceEvidence>(&evidence)) return stream->quiet;
  if (const auto* late = std::get_if<rules::OverdueEvidence>(&evidence)) return late->oldest;
  if (const auto* drift = std::get_if<rules::DriftEvidence>(&evidence)) return drift->window;
  return {};
}

Notification messageOf(Change::Kind kind, const char* rule, const rules::Evidence& evidence,
                       Language language) {
  const bool ofDomain = std::holds_alternative<rules::DmarcEvidence>(evidence);
  auto change = ofDomain ? changeOf(kind, rule, {"main", delivery::Dimension::sendingDomain, "example.jp"})
                         : changeOf(kind, rule);
  change.reason.evidence = change.reason.worst = evidence;
  // The numbers of an alert began with it.
  change.reason.lasted = std::max<Duration>(20min, lengthOf(evidence));
  change.reason.since = kNow - change.reason.lasted;
  if (kind == Change::Kind::resolved) change.reason.why = rules::Reason::Why::recovered;
  if (kind == Change::Kind::reminded) change.reason.reminder = 1;
  auto context = around();
  context.statusPage.reset();
  context.trend.clear();
  if (traitsOf(evidence).concern == Concern::plan) context.creditsRenewed = parseDate("2026-12-01").value();
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

BreakdownRow at(const char* receiver, std::int64_t failed, std::int64_t outcomes) {
  return {delivery::Dimension::domainGroup, receiver, failed, outcomes};
}

// The replies of an incident: all of one cause.
Causes replies(causes::Class causeClass, std::size_t count, const char* sample) {
  Causes causes;
  causes.window = 10min;
  causes.replies = count;
  causes.counts = {{causeClass, count}};
  causes.samples = {sample};
  return causes;
}

Context during(std::vector<BreakdownRow> breakdown, Causes causes) {
  auto context = around(0.8);
  context.breakdown = std::move(breakdown);
  context.causes = std::move(causes);
  return context;
}

struct Incident {
  const char* name;
  rules::Evidence evidence;
  Context context;
};

rules::Evidence failing(rules::Input input, std::int64_t bad, std::int64_t total) {
  return rules::RateEvidence{
      .input = input,
      .mails = {bad, total},
      .bound = rules::BadShare(0.9 * static_cast<double>(bad) / static_cast<double>(total)),
      .threshold = rules::BadShare(0.05),
      .window = 10min};
}

// Ten that happen, with what is known around each.
std::vector<Incident> incidents() {
  using Class = causes::Class;
  using rules::Input;
  const auto all = rules::Input::deliveryRate;
  auto outage = around();
  outage.trend.clear();
  outage.statusPage = StatusSaid{"Partial System Outage", "Delayed mail delivery", true, 1min};
  auto quiet = around();
  quiet.trend.clear();
  auto renewed = quiet;
  renewed.creditsRenewed = parseDate("2026-12-01").value();
  auto late = during({}, replies(Class::temporaryLimit, 20, "421 4.7.0 Try again later"));
  late.trend.clear();
  late.causes.receiver = "docomo";
  return {
      {"our DMARC fails at Gmail", failing(all, 100, 500),
       during({at("Gmail", 98, 200), at("docomo", 2, 300)},
              replies(Class::authentication, 98, "550 5.7.26 Unauthenticated email is not accepted"))},
      {"an old list of recipients", failing(Input::bounceRate, 100, 500),
       during({at("docomo", 60, 300), at("Gmail", 40, 200)},
              replies(Class::noAddress, 100, "550 5.1.1 <t…@docomo.ne.jp>: User unknown"))},
      {"our IP address is on a blocklist", failing(Input::blockRate, 100, 500),
       during({at("Outlook", 50, 200), at("Yahoo", 30, 180), at("docomo", 20, 120)},
              replies(Class::senderBlocked, 90, "554 5.7.1 Client host blocked using zen.spamhaus.org"))},
      {"one receiver is down", failing(all, 100, 500),
       during({at("example.lg.jp", 99, 100), at("Gmail", 1, 400)},
              replies(Class::network, 90, "451 4.4.1 [203.0.113.20] Connection timed out"))},
      {"a receiver puts our mail off", rules::OverdueEvidence{20, 100, 25min, 15min, 1e-7, 1h}, late},
      {"SendGrid stalls, and says so",
       rules::StallEvidence{.requests = 240, .outcomes = 2, .chance = 1e-7, .window = 10min, .lag = 5min},
       outage},
      {"SendGrid stops the account", rules::StatusEvidence{"compliance_suspend"}, quiet},
      {"the credits are used up",
       rules::NumberEvidence{.input = Input::creditsLeft, .side = rules::Threshold::Side::below, .limit = 1},
       renewed},
      {"the sending system stops", rules::SilenceEvidence{3h, 1h, 3h, 133.5, 1e-6}, quiet},
      {"people report a mailing as spam", failing(Input::spamReportRate, 30, 500),
       during({at("Gmail", 30, 500)}, {})}};
}

Change changeOf(const Incident& incident) {
  auto change = changeOf(Change::Kind::fired, "incident");
  change.reason.evidence = change.reason.worst = incident.evidence;
  change.reason.lasted = std::max<Duration>(20min, lengthOf(incident.evidence));
  change.reason.since = kNow - change.reason.lasted;
  return change;
}

Notification messageOf(const Incident& incident, Language language) {
  const auto change = changeOf(incident);
  auto context = incident.context;
  // Made of delivery rates.
  const auto* rate = std::get_if<rules::RateEvidence>(&incident.evidence);
  if (rate && !rules::lowIsBad(rate->input)) context.trend.clear();
  return compose(change, context, language);
}

}  // namespace

TEST_CASE(
    "of ten incidents each message tells what happened, on whose side, "
    "and what to do") {
  const auto all = incidents();
  REQUIRE(all.size() == 10);
  for (const auto& [suffix, language] : kLanguages) {
    const auto& c = Catalogue::of(language);
    std::string text;
    std::set<std::string> steps;
    for (const auto& incident : all) {
      const auto message = messageOf(incident, language);
      CAPTURE(incident.name, suffix);
      REQUIRE(message.side);
      REQUIRE(message.next);
      CHECK(message.side->value != c.text("side.unclear"));
      CHECK(message.side->value != c.text("side.watch"));
      // Where it gathers at one receiver, the headline names it.
      const auto place = placeOf(changeOf(incident), incident.context);
      CHECK(message.title.find(place) != std::string::npos);
      CHECK(message.fallback.find(place) != std::string::npos);
      CHECK(message.sentence.find("JST") != std::string::npos);
      steps.insert(message.next->value);
      text += std::string("# ") + incident.name + "\n" +
              slack::previewOfPayload(slack::render(message, {}), slack::Preview::plain) + "\n";
    }
    CHECK(steps.size() == all.size());  // no two of them call for the same
    checkGolden(std::string("incidents.") + suffix + ".txt", text);
  }
}

TEST_CASE("whole messages match the golden files") {
  for (const auto& [name, make] : samples())
    for (const auto& [suffix, language] : kLanguages)
      checkGolden(name + "." + suffix + ".json",
                  nlohmann::json::parse(slack::render(make(language), {"here"})).dump(1) + "\n");
}

TEST_CASE("every state of a message has its golden files") {
  using Why = rules::Reason::Why;
  // One sample of each reason for which a change is notified: a new one fails
  // here.
  std::set<Why> reasons;
  for (int why = 0; why <= static_cast<int>(Why::steady); ++why) reasons.insert(static_cast<Why>(why));
  CHECK(reasons.size() == 11);
  const std::set<std::string> states = {"fired",
                                        "fired_unmuted",
                                        "fired_steady",
                                        "fired_at_receiver",
                                        "fired_at_receiver_of_all",
                                        "fired_at_receiver_that_fails",
                                        "fired_at_receiver_by_mistake",
                                        "fired_by_old_list",
                                        "fired_at_category",
                                        "fired_in_first_week",
                                        "worsened",
                                        "reminded",
                                        "flapping",
                                        "resolved",
                                        "resolved_steady",
                                        "grouped",
                                        "grouped_resolved",
                                        "late",
                                        "late_resolved",
                                        "late_without_page",
                                        "flapping_without_page",
                                        "ended_for_lack_of_mail",
                                        "test",
                                        "digest",
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
  CHECK(files.size() == 2 * states.size() + 4);  // and kinds.*.txt, incidents.*.txt
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

TEST_CASE(
    "no message has a hole, a missing text, a doubled word or a number "
    "without meaning") {
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

TEST_CASE(
    "the next step stands right under the headline, and refers only to "
    "what the message shows") {
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& [name, message] : allMessages(language)) {
      CAPTURE(name, suffix);
      const bool open =
          message.tone != Tone::good && message.tone != Tone::ended && message.tone != Tone::test;
      if (open) REQUIRE(message.next.has_value());
      if (!message.next) continue;
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

TEST_CASE(
    "many changes are combined into one message, which mentions if one "
    "of them does") {
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
    // The step of each, with the numbers of its rows: not the worst alert's for
    // all.
    REQUIRE(group.next);
    CHECK(group.next->value.find("API key may not read") != std::string::npos);
    CHECK(group.next->value.find("\n6: ") != std::string::npos);
    CHECK_FALSE(group.side);  // they differ
    for (const auto& link : group.links) CHECK(link.label != "Runbook");
  }
  std::vector<Notification> many(200);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].fallback = "alert " + std::to_string(i);
  const auto group = composeGroup(many, kNow, around().zone, Language::english);
  CHECK(group.breakdown.back() == "180 more: see the output of \"arrivald status\"");
}

TEST_CASE(
    "each line of a group names its beginning and whose side it is, and "
    "its end once it is over") {
  for (const auto& [name, make] : samples()) {
    if (name != "grouped" && name != "grouped_resolved") continue;
    const auto rows = make(Language::japanese).breakdown;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      CAPTURE(rows[i]);
      CHECK(rows[i].find("JSTから") != std::string::npos);
      const bool over = name == "grouped_resolved";
      CHECK((rows[i].find("JSTまで") != std::string::npos) == over);
      if (!over)
        CHECK(std::regex_search(rows[i], std::regex("(相手側|SendGrid側|こちら側|システム|監視の側|不明)")));
    }
  }
}

TEST_CASE("messages about channels and the store name a side, too") {
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& [name, message] : allMessages(language)) {
      CAPTURE(name, suffix);
      const bool over = message.tone == Tone::good || message.tone == Tone::ended;
      const bool judged =
          message.next && !over && !name.starts_with("flapping") && !name.starts_with("grouped");
      CHECK(message.side.has_value() == judged);
    }
}

TEST_CASE(
    "a late message says that its numbers are of then, and to look first "
    "whether it goes on") {
  for (const auto& [name, make] : samples()) {
    if (!name.starts_with("late")) continue;
    const auto message = make(Language::japanese);
    CAPTURE(name);
    REQUIRE(message.trend);
    CHECK(message.trend->label.starts_with("当時の"));
    CHECK(message.statusPage->label.starts_with("当時の"));
    if (name == "late_resolved") continue;
    CHECK(message.fields.front().label == "当時の測定値");
    CHECK(message.next->value.starts_with(name == "late" ? "まず、今も続いているかを下の「現在の状況」で"
                                                         : "まず、今も続いているかをarrivald status の"));
  }
}

TEST_CASE("when the status page was read is a time, which stays true however late the message is read") {
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& [name, message] : allMessages(language)) {
      if (!message.statusPage) continue;
      CAPTURE(name, suffix, message.statusPage->value);
      CHECK(message.statusPage->value.find(" JST") != std::string::npos);
      CHECK(message.statusPage->value.find("前に") == std::string::npos);
      CHECK(message.statusPage->value.find(" ago") == std::string::npos);
    }
}

TEST_CASE("a Japanese headline as long as Slack allows is not cut") {
  Notification message;
  message.badge = "緊急";
  for (int i = 0; i < 120; ++i) message.title += "長";
  const auto blocks = nlohmann::json::parse(slack::render(message, {}))["attachments"][0]["blocks"];
  CHECK(blocks[0]["text"]["text"].get<std::string>().find(message.title) != std::string::npos);
}

TEST_CASE("why a channel does not take messages is told without English sentences in Japanese") {
  for (const auto& [name, make] : samples())
    if (name == "undeliverable_network") {
      CHECK(make(Language::japanese).sentence.find("接続できません(hooks.slack.com:443)") !=
            std::string::npos);
      CHECK(make(Language::japanese).sentence.find("No route") == std::string::npos);
    }
}

TEST_CASE("what got worse is told beside what was notified before") {
  for (const auto& [name, make] : samples())
    if (name == "worsened")
      CHECK(make(Language::japanese).sentence.starts_with("さらに悪くなりました(これまで: 警告、92.0 %)。"));
}

TEST_CASE("no message refers to a page that it does not link") {
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& [name, message] : allMessages(language)) {
      if (!message.next || message.id.starts_with("undeliverable") || message.id.starts_with("stall"))
        continue;
      CAPTURE(name, suffix, message.next->value);
      const auto& next = message.next->value;
      const bool refers = next.find("現在の状況」") != std::string::npos ||
                          next.find("How it stands now") != std::string::npos;
      const bool linked = std::ranges::any_of(message.links, [](const Link& link) {
        return link.label == "現在の状況" || link.label == "How it stands now";
      });
      if (refers) CHECK(linked);
      CHECK(next.find("画面の「") == std::string::npos);
      CHECK(next.find("the page") == std::string::npos);
    }
}

TEST_CASE(
    "where only side, cause and step are shown, the step refers to "
    "nothing below") {
  for (const auto& [suffix, language] : kLanguages)
    for (const auto& incident : incidents()) {
      auto brief = incident;
      brief.context.brief = true;
      const auto next = messageOf(brief, language).next->value;
      CAPTURE(incident.name, suffix, next);
      CHECK(next.find(language == Language::japanese ? "下の" : "below") == std::string::npos);
    }
  auto spreadWide = spread();
  spreadWide.brief = true;
  const auto everywhere = compose(deliveryRate(Change::Kind::fired, 20), spreadWide, Language::japanese);
  CHECK(everywhere.next->value.find("下の") == std::string::npos);
}

TEST_CASE(
    "commands in a message can be copied: no character stands in for a "
    "backtick") {
  for (const auto& [name, message] : allMessages(Language::english)) {
    CAPTURE(name);
    CHECK(slack::render(message, {}).find("\xE2\x80\x8B`") == std::string::npos);
  }
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
