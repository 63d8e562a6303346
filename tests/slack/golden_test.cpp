// Whole messages as Slack gets them, in both languages, beside this file in golden/. ARRIVALD_WRITE_GOLDEN=1
// takes what is said as right: read the difference aloud before you commit it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "notify/compose.hpp"
#include "slack/render.hpp"

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
  for (int i = 0; i < 24; ++i) {
    context.delivery.push_back(i < 20 ? std::optional(0.995) : std::optional(0.9 - 0.05 * (i - 20)));
    context.requests.push_back(100 + i);
  }
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

std::vector<std::pair<std::string, std::function<Notification(Language)>>> samples() {
  std::vector<std::pair<std::string, std::function<Notification(Language)>>> all;
  const auto add = [&](const char* name, Change change, Context context) {
    all.emplace_back(name,
                     [change, context](Language language) { return compose(change, context, language); });
  };
  add("delivery_rate_fired_at_one_receiver", deliveryRate(Change::Kind::fired, 100), withLossAtGmail());
  add("delivery_rate_fired_at_gmail",
      deliveryRate(Change::Kind::fired, 245, {"main", delivery::Dimension::mailboxProvider, "Gmail"}),
      around());
  auto spread = around();
  spread.breakdown = {{delivery::Dimension::mailboxProvider, "Gmail", 40, 200},
                      {delivery::Dimension::mailboxProvider, "docomo", 60, 300},
                      {delivery::Dimension::mailboxProvider, "Yahoo", 20, 100}};
  spread.statusPage = StatusSaid{"Partial System Outage", "Delayed delivery to some providers", true, 2min};
  add("delivery_rate_worsened_everywhere", deliveryRate(Change::Kind::worsened, 100), spread);
  auto reminder = deliveryRate(Change::Kind::reminded, 50);
  reminder.reason.reminder = 2;
  reminder.reason.lasted = 12h;
  reminder.reason.since = kNow - 12h;
  add("delivery_rate_reminder", reminder, around());
  auto flapping = deliveryRate(Change::Kind::flapping, 50);
  flapping.reason.why = rules::Reason::Why::changesOften;
  flapping.reason.flips = 4;
  add("delivery_rate_flapping", flapping, around());
  auto resolved = deliveryRate(Change::Kind::resolved, 5097);
  resolved.reason.why = rules::Reason::Why::recovered;
  resolved.reason.worst = rules::RateEvidence{.mails = {245, 500}};
  resolved.reason.affected = 1234;
  resolved.reason.lasted = 95min;
  resolved.reason.since = kNow - 95min;
  add("delivery_rate_resolved", resolved, around());
  auto ended = resolved;
  ended.reason.why = rules::Reason::Why::tooLittleMail;
  add("delivery_rate_ended_for_lack_of_mail", ended, around());
  auto removed = resolved;
  removed.reason.why = rules::Reason::Why::ruleRemoved;
  add("delivery_rate_ended_with_its_rule", removed, around());

  auto stall = changeOf(Change::Kind::fired, "stall");
  stall.reason.evidence = rules::StallEvidence{.requests = 240, .chance = 1e-7, .window = 10min, .lag = 5min};
  add("stall_fired", stall, around());

  auto silent = changeOf(Change::Kind::fired, "not-readable", {"main", delivery::Dimension::account, ""},
                         Severity::warning);
  silent.reason.evidence =
      rules::ReadingEvidence{rules::Source::statistics, 15min, 10min, Party::configuration, "unauthorized"};
  add("not_readable_fired", silent, around());

  all.emplace_back("group_of_five", [reminder](Language language) {
    std::vector<Notification> messages;
    for (const auto* name : {"Gmail", "docomo", "Yahoo", "Outlook"})
      messages.push_back(compose(
          deliveryRate(Change::Kind::fired, 200, {"main", delivery::Dimension::mailboxProvider, name}),
          around(), language));
    messages.insert(messages.begin(), compose(reminder, around(), language));
    return composeGroup(std::move(messages), language);
  });
  all.emplace_back("test", [](Language language) {
    return composeTest("on-call", "test#1", kNow, TimeZone::find("Asia/Tokyo").value(), language);
  });
  all.emplace_back("undeliverable", [](Language language) {
    return composeUndeliverable("on-call", "no_service: the webhook is gone", "undeliverable#1", kNow,
                                TimeZone::find("Asia/Tokyo").value(), language);
  });
  return all;
}

std::string readText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("whole messages match the golden files") {
  const std::filesystem::path folder = ARRIVALD_SOURCE_DIR "/tests/slack/golden";
  for (const auto& [name, make] : samples())
    for (const auto& [suffix, language] : {std::pair{"ja", Language::japanese}, {"en", Language::english}}) {
      const auto said = nlohmann::json::parse(slack::render(make(language), {"here"})).dump(1) + "\n";
      const auto path = folder / (name + "." + suffix + ".json");
      if (std::getenv("ARRIVALD_WRITE_GOLDEN")) {
        std::filesystem::create_directories(folder);
        std::ofstream(path, std::ios::binary) << said;
      }
      INFO(path.filename().string());
      CHECK(said == readText(path));
      CHECK(said.find('{' + std::string("n}")) == std::string::npos);
    }
}

TEST_CASE("an alert that ends without a recovery does not look like one") {
  for (const auto& [name, make] : samples()) {
    if (name == "delivery_rate_ended_for_lack_of_mail" || name == "delivery_rate_ended_with_its_rule") {
      CHECK(make(Language::english).tone == Tone::ended);
      CHECK(make(Language::english).badge == "Ended");
      CHECK(slack::render(make(Language::japanese), {}).find("🟢") == std::string::npos);
    }
    if (name == "delivery_rate_resolved") CHECK(make(Language::english).tone == Tone::good);
  }
}

TEST_CASE("many changes are combined into one message, which mentions if one of them does") {
  for (const auto& [name, make] : samples()) {
    if (name != "group_of_five") continue;
    const auto group = make(Language::english);
    CHECK(group.mention);
    CHECK(group.tone == Tone::critical);
    REQUIRE(group.breakdown.size() == 6);
    for (const auto* receiver : {"Gmail", "docomo", "Yahoo", "Outlook"})
      CHECK(std::count_if(group.breakdown.begin(), group.breakdown.end(), [&](const std::string& row) {
              return row.find(receiver) != std::string::npos;
            }) == 1);
  }
  std::vector<Notification> many(200);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].fallback = "alert " + std::to_string(i);
  const auto group = composeGroup(many, Language::english);
  CHECK(group.breakdown.back() == "180 more; the page shows them");
}
