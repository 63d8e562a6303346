// What people call a rule, a receiver or an alert.
#include "notify/alert_names.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::notify;
using delivery::Dimension;
using delivery::Subject;

namespace {

const Subject kMain{"main", Dimension::account, ""};
const Subject kGmail{"main", Dimension::mailboxProvider, "Gmail"};
const Subject kGmailGroup{"main", Dimension::domainGroup, "Gmail"};
const Subject kYahooJapan{"main", Dimension::domainGroup, "Yahoo! JAPAN"};
const Subject kYahoo{"main", Dimension::domainGroup, "Yahoo"};
const Subject kDocomo{"main", Dimension::domainGroup, "docomo"};
const Subject kAu{"main", Dimension::mailboxProvider, "au"};
const Subject kTowns{"main", Dimension::domainGroup, "Local governments"};
const Subject kStallMail{"main", Dimension::category, "overdue"};

const AlertNames kNames{{"stall", "delivery-rate", "drop-rate", "overdue"},
                        {kMain, kGmail, kGmailGroup, kYahooJapan, kYahoo, kDocomo, kAu, kTowns, kStallMail},
                        {{"stall", kMain}}};

const auto& kWords = notify::Catalogue::of(Language::english);

std::set<Subject> subjects(std::string_view name) {
  const auto found = selectAlerts(kNames, name, kWords);
  return found ? found->subjects : std::set<Subject>();
}
std::set<std::string> rulesOf(std::string_view name) {
  const auto found = selectAlerts(kNames, name, kWords);
  return found ? found->rules : std::set<std::string>();
}
std::string problem(std::string_view name) {
  const auto found = selectAlerts(kNames, name, kWords);
  return found ? "" : found.error().text;
}

}  // namespace

TEST_CASE(
    "a receiver is found in any spelling, in both languages, by a part, and in both of its dimensions") {
  for (const auto* spelling : {"Gmail", "gmail", "GMAIL", "gma"}) {
    CAPTURE(spelling);
    CHECK(subjects(spelling) == std::set{kGmail, kGmailGroup});
  }
  CHECK(subjects("main/mailbox_provider/gmail") == std::set{kGmail});
  CHECK(subjects("yahoo japan") == std::set{kYahooJapan});
  CHECK(subjects("Yahoo") == std::set{kYahoo});
  CHECK(subjects("自治体") == std::set{kTowns});
  CHECK(subjects("local_governments") == std::set{kTowns});
  CHECK(subjects("MAIN") == std::set{kMain});
  // By the provider's name in either language, its other names and its domains.
  for (const auto* name : {"ドコモ", "NTTドコモ", "Docomo", "NTT docomo", "docomo.ne.jp"}) {
    CAPTURE(name);
    CHECK(subjects(name) == std::set{kDocomo});
  }
  CHECK(subjects("KDDI") == std::set{kAu});
  CHECK(subjects("ezweb.ne.jp") == std::set{kAu});
  CHECK(subjects("googlemail.com") == std::set{kGmail, kGmailGroup});
}

TEST_CASE("a rule, an alert and the id of a notification are found") {
  CHECK(rulesOf("Delivery Rate") == std::set<std::string>{"delivery-rate"});
  CHECK(rulesOf("drop_rate") == std::set<std::string>{"drop-rate"});
  CHECK(rulesOf("drop-rate@gmail") == std::set<std::string>{"drop-rate"});
  CHECK(subjects("drop-rate@gmail") == std::set{kGmail, kGmailGroup});
  CHECK_THAT(problem("dropp@gmail"), Catch::Contains("\"dropp\""));
  for (const auto* id : {"stall@main", "stall@main#1764046800000.2"}) {
    CHECK(rulesOf(id) == std::set<std::string>{"stall"});
    CHECK(subjects(id) == std::set{kMain});
  }
}

TEST_CASE("what is ambiguous or unknown is answered with the candidates") {
  CHECK_THAT(problem("rate"), Catch::Contains("delivery-rate, drop-rate"));
  CHECK_THAT(problem("yah"), Catch::Contains("Yahoo, Yahoo! JAPAN"));
  CHECK_THAT(problem("overdue"), Catch::Contains("--rule or --subject"));
  CHECK_THAT(problem("Hotmail"),
             Catch::Contains("Hotmail") && Catch::Contains("stall") && Catch::Contains("Gmail"));
  CHECK_FALSE(problem("").empty());
  const auto& japanese = notify::Catalogue::of(Language::japanese);
  CHECK_THAT(selectAlerts(kNames, "rate", japanese).error().text,
             Catch::Contains("delivery-rate") && Catch::Contains("いくつもあります"));
}
