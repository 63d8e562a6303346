// How evidence is spelled where it is stored, and what of it can be read back.
#include <catch2/catch.hpp>

#include "rules/evidence.hpp"

using namespace arrivald;
using namespace arrivald::rules;
using namespace std::chrono_literals;

namespace {

struct Row {
  Evidence evidence;
  const char* json;
};

// Alerts are stored with these: a change here needs a way to read what older programs wrote.
const std::vector<Row> kStored{
    {{}, "{}"},
    {RateEvidence{
         Input::bounceRate, {20, 300}, BadShare(0.25), BadShare(0.125), BadShare(0.5), 30min, Basis::events},
     R"({"bad":20,"basis":"events","bound":0.25,"input":"bounce_rate","kind":"rate_threshold","learning":false,"threshold":0.125,"total":300,"usual":0.5,"window":1800000})"},
    {NumberEvidence{Input::queue, Threshold::Side::below, 5, 10, 7, 1h, "timed_out", Basis::statistics, true,
                    true},
     R"({"basis":"statistics","delivered":7,"error":"timed_out","input":"queue","kind":"threshold","limit":10.0,"side":"below","undelivered":true,"unproven":true,"value":5.0,"window":3600000})"},
    {StallEvidence{100, 3, 0.5, 0.25, 10min, 5min, Basis::statistics},
     R"({"basis":"statistics","chance":0.25,"kind":"stall","lag":300000,"outcomes":3,"requests":100,"usual_share":0.5,"window":600000})"},
    {SilenceEvidence{40min, 20min, 30min, 133.5, 0.25},
     R"({"chance":0.25,"expected":133.5,"kind":"nothing_requested","min_quiet":1200000,"quiet":2400000,"window":1800000})"},
    {ReadingEvidence{Source::lists, 15min, 10min, Party::provider, Error::Kind::forbidden, false, 2, true,
                     true},
     R"({"age":900000,"all":true,"error":"forbidden","ever_read":false,"kind":"nothing_read","limit":600000,"others":2,"source":"lists","streamed":true})"},
    {StreamSilenceEvidence{20min, 15min, 30, "bad_signature", 4},
     R"({"error":"bad_signature","kind":"stream_silent","limit":900000,"outcomes":30,"quiet":1200000,"refused":4})"},
    {OverdueEvidence{20, 100, 25min, 15min, 0.25, 1h},
     R"({"after":900000,"chance":0.25,"kind":"overdue","oldest":1500000,"overdue":20,"processed":100,"window":3600000})"},
    {DriftEvidence{Input::deliveryRate, {60, 3000}, BadShare(0.25), BadShare(0.5), 12.5, 12h},
     R"({"bad":60,"input":"delivery_rate","kind":"slow_drift","score":12.5,"threshold":0.5,"total":3000,"usual":0.25,"window":43200000})"},
    {BurnEvidence{Input::deliveryRate, {150, 1000}, BadShare(0.125), BadShare(0.25), 1h, Basis::best},
     R"({"bad":150,"basis":"best","bound":0.125,"input":"delivery_rate","kind":"burn_rate","threshold":0.25,"total":1000,"window":3600000})"},
    {FirstBlockEvidence{3, 23, 2, 1h, Basis::events},
     R"({"basis":"events","blocks":3,"kind":"first_block","min_mails":2,"outcomes":23,"window":3600000})"},
    {CauseEvidence{7, 5, 1h, {"reputation"}},
     R"({"causes":["reputation"],"kind":"cause_seen","min_mails":5,"replies":7,"window":3600000})"},
    {DifferenceEvidence{10'000, 9'000, 0.25, LackingPart::dayBoundary, "UTC-07:00"},
     R"({"events":9000,"kind":"stream_differs","lacking":"day_boundary","limit":0.25,"statistics":10000,"zone":"UTC-07:00"})"},
    {SettingsEvidence{"disabled"}, R"({"kind":"stream_settings","wrong":"disabled"})"},
    {StatusEvidence{"compliance_ban"}, R"({"kind":"account_suspended","status":"compliance_ban"})"},
    {StandstillEvidence{40min, 20min, 12, 3.5},
     R"({"expected":3.5,"kind":"statistics_still","limit":1200000,"mails":12,"quiet":2400000})"},
    {DmarcEvidence{DmarcSign::newSource, "Mailgun", "none", "2026-09-22", 40, 50, 2, 0.5, 20, 5min, 10min,
                   true, Instant(1s)},
     R"({"before":"none","began":1000,"day":"2026-09-22","kind":"dmarc","limit":20.0,"mails":40,"others":2,"passes":true,"quiet":300000,"quiet_limit":600000,"sign":"new_source","source":"Mailgun","total":50,"usual":0.5})"},
};

}  // namespace

TEST_CASE("the stored form of each kind's evidence is pinned and read back completely") {
  REQUIRE(kStored.size() == std::variant_size_v<Evidence>);
  for (std::size_t i = 0; i < kStored.size(); ++i) {
    CAPTURE(kStored[i].json);
    CHECK(kStored[i].evidence.index() == i);
    CHECK(toJson(kStored[i].evidence) == kStored[i].json);
    CHECK(evidenceFromJson(kStored[i].json) == kStored[i].evidence);
  }
}

TEST_CASE("unknown fields and kinds of stored evidence are ignored") {
  CHECK(evidenceFromJson("") == Evidence{});
  CHECK(evidenceFromJson("[3]") == Evidence{});
  CHECK(evidenceFromJson(R"({"kind":"moon_phase","window":1})") == Evidence{});
  CHECK(evidenceFromJson(R"({"kind":7})") == Evidence{});
  CHECK(evidenceFromJson(R"({"kind":"cause_seen","replies":"many","min_mails":5,"moon":true})") ==
        Evidence{CauseEvidence{0, 5, 0min}});
}

TEST_CASE("evidence is ordered by bad mail, length of silence or distance from the limit") {
  CHECK(badness(RateEvidence{.mails = {20, 100}}) > badness(RateEvidence{.mails = {30, 300}}));
  CHECK(badness(NumberEvidence{.value = 3}) > badness(NumberEvidence{.value = 2}));
  using Side = Threshold::Side;
  CHECK(badness(NumberEvidence{.side = Side::below, .value = 2}) >
        badness(NumberEvidence{.side = Side::below, .value = 3}));
  CHECK(badness(SilenceEvidence{.quiet = 2h, .minQuiet = 1h}) >
        badness(SilenceEvidence{.quiet = 1h, .minQuiet = 1h}));
  CHECK(badness(RateEvidence{}) > badness(Evidence{}));
}

TEST_CASE("a gauge is in the terms of the YAML") {
  CHECK(gaugeOf(RateEvidence{.input = Input::deliveryRate, .mails = {1, 4}, .threshold = BadShare(0.125)}) ==
        Gauge{0.75, 0.875});
  CHECK(gaugeOf(RateEvidence{.input = Input::dropRate, .mails = {1, 4}, .threshold = BadShare(0.125)}) ==
        Gauge{0.25, 0.125});
  CHECK_FALSE(gaugeOf(RateEvidence{}));  // of no mail there is no share
  CHECK(gaugeOf(OverdueEvidence{.oldest = 25min, .after = 15min}) == Gauge{1500, 900});
  CHECK_FALSE(gaugeOf(SettingsEvidence{"disabled"}));
}

TEST_CASE("a threshold that is not the configured one is stored with it") {
  const Evidence evidence = RateEvidence{
      .input = Input::dropRate, .threshold = BadShare(0.25), .configured = BadShare(0.125), .learning = true};
  CHECK(toJson(evidence).find(R"("configured":0.125)") != std::string::npos);
  CHECK(evidenceFromJson(toJson(evidence)) == evidence);
}
