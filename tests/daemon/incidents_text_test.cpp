// What `arrivald incidents` and `arrivald incident N` print.
#include "daemon/incidents_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace arrivald;
using nlohmann::ordered_json;

namespace {

ordered_json answer(const char* language) {
  return {{"language", language}, {"time_zone", "Asia/Tokyo"}, {"now", "2026-11-24T02:06:00Z"}};
}

ordered_json listIn(const char* language) {
  auto list = answer(language);
  const bool english = std::string_view(language) == "en";
  list["incidents"] = {
      {{"number", 128},
       {"open", true},
       {"state", english ? "Critical" : "緊急"},
       {"headline", english ? "28 % of mail to Gmail is refused" : "Gmail宛てのメールの28 %が断られています"},
       {"since", "2026-11-24T01:46:00Z"},
       {"next", english ? "Give the reply to whoever runs our domain." : "応答文をDNS担当に渡してください。"},
       {"side", english ? "Probably ours." : "こちら側とみられます。"},
       {"acknowledged", english ? "On-call until 13:30 JST" : "当番が対応中(13:30 JSTまで)"}},
      {{"number", 127},
       {"open", false},
       {"state", english ? "Resolved" : "回復"},
       {"headline",
        english ? "Over: mail to docomo is back to usual" : "docomo宛てのメールは、ふだんどおりに戻りました"},
       {"since", "2026-11-23T13:05:00Z"},
       {"until", "2026-11-23T13:40:00Z"}}};
  return list;
}

}  // namespace

TEST_CASE("incidents are listed with what to do, those that are over in a line each") {
  CHECK(incidentsText(listIn("en")) ==
        "[Critical · #128] 28 % of mail to Gmail is refused\n"
        "  What to do next: Give the reply to whoever runs our domain.\n"
        "  Whose side: Probably ours.\n"
        "  Acknowledged: On-call until 13:30 JST\n"
        "  Since: 2026-11-24 10:46 JST\n"
        "\n"
        "Over lately\n"
        "  [Resolved · #127] Over: mail to docomo is back to usual (2026-11-23 22:05 JST to 2026-11-23 22:40 "
        "JST)\n");
  CHECK(incidentsText(listIn("ja")) ==
        "[緊急・事案128] Gmail宛てのメールの28 %が断られています\n"
        "  次にすること: 応答文をDNS担当に渡してください。\n"
        "  どちら側の問題か: こちら側とみられます。\n"
        "  対応: 当番が対応中(13:30 JSTまで)\n"
        "  発生: 2026-11-24 10:46 JST\n"
        "\n"
        "最近終わったもの\n"
        "  [回復・事案127] docomo宛てのメールは、ふだんどおりに戻りました(2026-11-23 22:05 JSTから2026-11-23 "
        "22:40 JSTまで)\n");
}

TEST_CASE("without incidents it is said that there are none") {
  auto none = answer("en");
  none["incidents"] = ordered_json::array();
  CHECK(incidentsText(none) == "There are no current or recent incidents.\n");
  none["language"] = "ja";
  CHECK(incidentsText(none) == "発生中・最近の事案はありません。\n");
}

TEST_CASE("one incident is printed with its course, who is hit, its alerts and messages") {
  auto one = answer("en");
  one["incident"] = listIn("en")["incidents"][0];
  auto& incident = one["incident"];
  incident["account"] = "main";
  incident["sentence"] = "Since 10:46 JST some mail to Gmail is refused.";
  incident["replies"] = {"550 5.7.26 Unauthenticated"};
  incident["bad"] = "failed";
  incident["seconds_each"] = 300;
  incident["course"] = {{{"begin", "2026-11-24T01:41:00Z"}, {"mails", 10}, {"bad", 0}},
                        {{"begin", "2026-11-24T01:46:00Z"}, {"mails", 10}, {"bad", 5}},
                        {{"begin", "2026-11-24T01:51:00Z"}, {"mails", 0}, {"bad", 0}}};
  incident["categories"] = {{{"name", "notice"}, {"mails", 60}, {"bad", 19}}};
  incident["receivers"] = {{{"name", "Gmail"}, {"mails", 155}, {"bad", 37}}};
  incident["members"] = {
      {{"rule", "delivery-rate"}, {"subject", "mail to Gmail (main)"}, {"value", "71.8 %"}}};
  incident["messages"] = {{{"at", "2026-11-24T01:56:00Z"},
                           {"channel", "on-call"},
                           {"text", "[Critical · #128] …"},
                           {"state", "delivered"}}};
  CHECK(incidentText(one) ==
        "[Critical · #128] 28 % of mail to Gmail is refused\n"
        "  Since 10:46 JST some mail to Gmail is refused.\n"
        "  What to do next: Give the reply to whoever runs our domain.\n"
        "  Whose side: Probably ours.\n"
        "  Acknowledged: On-call until 13:30 JST\n"
        "  Since: 2026-11-24 10:46 JST\n"
        "  Account: main\n"
        "  > 550 5.7.26 Unauthenticated\n"
        "\n"
        "  Share of mail that fails, 5 min each\n"
        "    2026-11-24 10:41 JST  0 of 10 (0 %)\n"
        "    2026-11-24 10:46 JST  5 of 10 (50.0 %)  ██████████\n"
        "    2026-11-24 10:51 JST  0 of 0 (—)\n"
        "\n"
        "  By kind of mail\n"
        "    notice  19 of 60 (31.7 %)\n"
        "\n"
        "  By receiver\n"
        "    Gmail  37 of 155 (23.9 %)\n"
        "\n"
        "  Alerts that it explains\n"
        "    delivery-rate  mail to Gmail (main)  71.8 %\n"
        "\n"
        "  Messages sent\n"
        "    2026-11-24 10:56 JST  on-call  [Critical · #128] …  delivered\n");
}

TEST_CASE("what strangers wrote does not control the terminal") {
  auto one = answer("ja");
  one["incident"] = {{"number", 1}, {"open", true}, {"headline", "\x1b[31m"}, {"replies", {"\x1b]0;x\x07"}}};
  CHECK(incidentText(one).find('\x1b') == std::string::npos);
  CHECK(incidentsText(ordered_json::object()) == "発生中・最近の事案はありません。\n");
}
