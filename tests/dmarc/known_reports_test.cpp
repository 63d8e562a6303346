// Reports that come again, by another way, on another day, fuller or emptier; held against a plain model.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <tuple>

#include "aggregate/report_reader.hpp"
#include "aggregate/report_text.hpp"
#include "dmarc/alignment.hpp"
#include "dmarc/days.hpp"
#include "dmarc/identity.hpp"
#include "dmarc/verdict.hpp"

using namespace arrivald;
using namespace arrivald::dmarc;
using aggregate::testing::kNow;
using aggregate::testing::RecordText;
using aggregate::testing::ReportText;

namespace {

aggregate::Report read(const ReportText& text) {
  auto report = aggregate::readReport(text.text(), kNow);
  REQUIRE(report.ok());
  return std::move(report).value();
}
Fingerprint printOf(const ReportText& text) { return fingerprintOf(read(text)); }

ReportText firstReport() {
  ReportText first;
  first.records.assign(3, RecordText{});
  first.records[1].ip = "192.0.2.11";
  first.records[2].count = "7";
  return first;
}

Standing standingAfterFirst(const ReportText& second) {
  KnownReports known;
  REQUIRE(known.meet(printOf(firstReport())) == Standing::fresh);
  return known.meet(printOf(second));
}

}  // namespace

TEST_CASE("the same report is known again, in any order and spelling") {
  auto again = firstReport();
  CHECK(standingAfterFirst(again) == Standing::same);
  std::ranges::reverse(again.records);
  CHECK(standingAfterFirst(again) == Standing::same);
  again.org = "<org_name>Reporter.Example.NET</org_name>";
  again.id = "<report_id>&lt;id-1&gt;</report_id>";
  again.policy = "<policy_published><domain>EXAMPLE.jp.</domain></policy_published>";
  CHECK(standingAfterFirst(again) == Standing::same);
  // Records that are counted together are the same rows.
  again.records[0].count = "3";
  again.records.push_back(RecordText{});
  again.records.back().count = "4";
  CHECK(standingAfterFirst(again) == Standing::same);
}

TEST_CASE("an id that is used again is another report") {
  auto other = firstReport();
  other.begin = "1789948800";  // Google and Mimecast: on the next day
  other.end = "1790035199";
  CHECK(standingAfterFirst(other) == Standing::fresh);
  other = firstReport();
  other.org = "<org_name>other.example.net</org_name>";  // OpenDMARC: by every reporter
  CHECK(standingAfterFirst(other) == Standing::fresh);
  other = firstReport();
  other.policy = "<policy_published><domain>example.com</domain></policy_published>";
  CHECK(standingAfterFirst(other) == Standing::fresh);
}

TEST_CASE("rspamd: of two reports with one id the one with more messages stays") {
  auto fewer = firstReport();
  fewer.records.pop_back();
  CHECK(standingAfterFirst(fewer) == Standing::differsAndStays);
  auto asMany = firstReport();
  asMany.records[0].ip = "192.0.2.77";
  CHECK(standingAfterFirst(asMany) == Standing::differsAndStays);
  auto more = firstReport();
  more.records[0].count = "1000";
  CHECK(standingAfterFirst(more) == Standing::replaces);
}

TEST_CASE("reports without an id are told apart by their content") {
  auto first = firstReport(), other = firstReport();
  first.id = other.id = "";
  other.records[0].count = "2";
  KnownReports known;
  CHECK(known.meet(printOf(first)) == Standing::fresh);
  CHECK(known.meet(printOf(other)) == Standing::fresh);
  CHECK(known.meet(printOf(first)) == Standing::same);
}

TEST_CASE("fingerprints are stored and do not change") {
  const auto print = printOf(firstReport());
  CHECK(print.messages == 9);
  CHECK(print.key == 0x33df48cf85157f6e);
  CHECK(print.rows == 0x123d4869f7a6d41e);
}

TEST_CASE("what passed is the receiver's word, and each failure has one cause") {
  const auto causeOf = [](const std::string& auth) {
    ReportText text;
    text.records[0].dkim = text.records[0].spf = "fail";
    text.records[0].auth = "<auth_results>" + auth + "</auth_results>";
    const auto report = read(text);
    CHECK(alignedOf(report.rows[0]) == Aligned::none);
    return std::string(name(failureCauseOf(report, report.rows[0]).value()));
  };
  const std::string dkim =
                        "<dkim><domain>esp.example</domain><result>fail</result></dkim>"
                        "<dkim><domain>other.example</domain><result>pass</result></dkim>",
                    spf = "<spf><domain>esp.example</domain><result>pass</result></spf>",
                    soft = "<spf><domain>esp.example</domain><result>softfail</result></spf>";
  CHECK(causeOf("") == "nothing_passed");
  CHECK(causeOf(soft) == "nothing_passed");
  CHECK(causeOf(dkim + soft) == "dkim_for_another");  // the second signature counts as well
  CHECK(causeOf(spf) == "spf_for_another");
  CHECK(causeOf(dkim + spf) == "both_for_others");
  const auto passed = read(ReportText{});
  CHECK(alignedOf(passed.rows[0]) == Aligned::both);
  CHECK_FALSE(failureCauseOf(passed, passed.rows[0]).has_value());
}

namespace {

// The plain model: the text of every report is kept, and the days are added up anew from those that count.
struct Model {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  std::map<Key, ReportText> kept;

  static std::uint64_t messagesOf(const ReportText& text) {
    std::uint64_t sum = 0;
    for (const auto& record : text.records) sum += std::stoull(record.count);
    return sum;
  }
  void meet(const ReportText& text) {
    const Key key = {text.org, text.id, text.policy, text.begin + "-" + text.end};
    const auto found = kept.find(key);
    if (found == kept.end() || messagesOf(text) > messagesOf(found->second)) kept.insert_or_assign(key, text);
  }
  // Day, source and what passed: the messages.
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> days() const {
    std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> sums;
    for (const auto& [key, text] : kept) {
      const auto middle = (std::stoll(text.begin) + std::stoll(text.end)) / 2 + 9 * 3600;
      const auto day = toText(Date(std::chrono::days(middle / 86'400)));
      for (const auto& record : text.records)
        sums[{day, record.ip, record.dkim + record.spf}] += std::stoull(record.count);
    }
    std::erase_if(sums, [](const auto& sum) { return sum.second == 0; });
    return sums;
  }
};

// As the store does it: days are sums, from which a report that is replaced is taken away.
struct Sums {
  TimeZone zone = TimeZone::find("Asia/Tokyo").value();
  KnownReports known;
  std::map<std::uint64_t, DayCounts> counted;  // of each report that counts
  DayCounts days;

  Standing meet(const ReportText& text) {
    const auto report = read(text);
    const auto print = fingerprintOf(report);
    const auto standing = known.meet(print);
    if (standing == Standing::same || standing == Standing::differsAndStays) return standing;
    for (const auto& [key, count] : counted[print.key])
      if ((days[key] -= count) == 0) days.erase(key);
    counted[print.key] = dayCountsOf(report, zone);
    for (const auto& [key, count] : counted[print.key]) days[key] += count;
    return standing;
  }
};

}  // namespace

TEST_CASE("whatever comes in whatever order, the days are those of the reports that count") {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    Model model;
    Sums sums;
    std::vector<ReportText> sent;
    for (int step = 0; step < 60; ++step) {
      ReportText text;
      if (!sent.empty() && random() % 3 == 0) {
        text = sent[random() % sent.size()];
        if (random() % 2 == 0) std::ranges::shuffle(text.records, random);
      } else {
        text.org = "<org_name>r" + std::to_string(random() % 2) + "</org_name>";
        text.id = "<report_id>" + std::to_string(random() % 2) + "</report_id>";
        const auto begin = 1'789'830'000 + 43'200 * static_cast<int>(random() % 4);
        text.begin = std::to_string(begin);
        text.end = std::to_string(begin + static_cast<int>(random() % 129'600));
        if (random() % 2 == 0) text.end = std::to_string(begin + 86'399);
        text.records.resize(random() % 4);
        for (auto& record : text.records) {
          record.ip = "192.0." + std::to_string(random() % 3) + ".0";
          record.count = std::to_string(random() % 5);
          record.dkim = random() % 2 == 0 ? "pass" : "fail";
        }
      }
      sent.push_back(text);
      model.meet(text);
      sums.meet(text);
      std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> days;
      for (const auto& [key, count] : sums.days) {
        const bool dkim = key.fate.aligned == Aligned::dkim || key.fate.aligned == Aligned::both;
        const bool spf = key.fate.aligned == Aligned::spf || key.fate.aligned == Aligned::both;
        days[{toText(key.day), key.sender.network.text(),
              std::string(dkim ? "pass" : "fail") + (spf ? "pass" : "fail")}] += count;
      }
      REQUIRE(days == model.days());
    }
  }
}
