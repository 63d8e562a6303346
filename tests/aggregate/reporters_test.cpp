// How reporters write their reports: one case for each habit that is known.
#include <catch2/catch.hpp>
#include <numeric>

#include "aggregate/report_reader.hpp"
#include "aggregate/report_text.hpp"

using namespace arrivald;
using namespace arrivald::aggregate;
using namespace arrivald::aggregate::testing;

namespace {

Report read(const std::string& text) {
  auto report = readReport(text, kNow);
  INFO(text);
  REQUIRE(report.ok());
  return std::move(report).value();
}
Report read(const ReportText& text) { return read(text.text()); }

std::uint64_t messagesOf(const Report& report) {
  return std::accumulate(report.rows.begin(), report.rows.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Row& row) { return sum + row.count; });
}

std::string namesOf(const Warnings& warnings) {
  std::string names;
  for (std::size_t i = 0; i < kWarningCount; ++i)
    if (const auto one = static_cast<Warning>(i); warnings.has(one))
      names += std::string(names.empty() ? "" : " ") + std::string(name(one));
  return names;
}

// "DKIM example.jp/s1 pass; SPF em1.example.jp/mfrom pass"
std::string authOf(const Report& report, std::size_t row = 0) {
  std::string text;
  for (const auto& result : report.authOf(report.rows.at(row))) {
    text += text.empty() ? "" : "; ";
    text += result.method == Method::dkim ? "DKIM " : "SPF ";
    text += std::string(report.words[result.domain]);
    if (result.detail != 0) text += "/" + std::string(report.words[result.detail]);
    text += " " + std::string(name(result.outcome));
  }
  return text;
}

}  // namespace

TEST_CASE("an ordinary report says what it says") {
  const auto report = read(ReportText{});
  CHECK(report.reporter == "reporter.example.net");
  CHECK(report.reportId == "id-1");
  CHECK(toIso(report.period.begin) == "2026-09-20T00:00:00Z");
  CHECK(toIso(report.period.end) == "2026-09-20T23:59:59Z");
  CHECK(report.policy.domain == "example.jp");
  CHECK(report.policy.p == "none");
  CHECK(report.policy.pct == "100");
  REQUIRE(report.rows.size() == 1);
  CHECK(report.rows[0].source.text() == "192.0.2.10");
  CHECK(report.rows[0].dkim);
  CHECK(report.rows[0].spf);
  CHECK(report.words[report.rows[0].headerFrom] == "example.jp");
  CHECK(authOf(report) == "DKIM example.jp/s1 pass; SPF em1.example.jp/mfrom pass");
  CHECK(report.warnings.empty());
}

TEST_CASE("Google and Yahoo: no version, no scope, no envelope_from") {
  ReportText text;
  text.root = "<feedback>";
  text.records[0].auth =
      "<auth_results><spf><domain>example.jp</domain><result>pass</result></spf></auth_results>";
  const auto report = read(text);
  CHECK(authOf(report) == "SPF example.jp pass");
  CHECK(report.rows[0].envelopeFrom == Words::kEmpty);
  CHECK(report.warnings.empty());
}

TEST_CASE("Google: fields of RFC 9990 without its namespace") {
  ReportText text;
  text.policy =
      "<policy_published><domain>example.jp</domain><p>reject</p><np>reject</np><testing>y</testing>"
      "<discovery_method>treewalk</discovery_method></policy_published>";
  const auto report = read(text);
  CHECK(report.policy.np == "reject");
  CHECK(report.policy.testing == "y");
  CHECK(report.policy.discoveryMethod == "treewalk");
  CHECK(report.policy.sp.empty());
}

TEST_CASE("Microsoft: namespaces on the root, a record for each recipient's domain") {
  ReportText text;
  text.root =
      "<feedback xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><version>1.0</version>";
  text.records.clear();
  for (int i = 0; i < 300; ++i) {
    RecordText record;
    record.identifiers = "<identifiers><envelope_to>city" + std::to_string(i % 100) +
                         ".example.jp</envelope_to><envelope_from>em1.example.jp</envelope_from>"
                         "<header_from>example.jp</header_from></identifiers>";
    text.records.push_back(record);
  }
  const auto report = read(text);
  CHECK(report.records == 300);
  CHECK(report.rows.size() == 100);
  CHECK(messagesOf(report) == 300);
  CHECK(report.words[report.rows[42].envelopeTo] == "city42.example.jp");
}

TEST_CASE("KDDI: from the first mail to the last, empty reason and selector") {
  ReportText text;
  text.begin = "1789884017";
  text.end = "1789887601";
  text.records[0].reasons = "<reason><type></type><comment/></reason>";
  text.records[0].auth =
      "<auth_results><dkim><domain>example.jp</domain><selector>\n</selector><result>pass</result></dkim></"
      "auth_results>";
  const auto report = read(text);
  CHECK(authOf(report) == "DKIM example.jp pass");
  REQUIRE(report.reasonsOf(report.rows[0]).size() == 1);
  CHECK(report.reasonsOf(report.rows[0])[0].type == Override::other);
}

TEST_CASE("docomo: all in one line, hardfail") {
  ReportText text;
  text.records[0].spf = "fail";
  text.records[0].auth =
      "<auth_results><spf><domain>a.example</domain><result>hardfail</result></spf></auth_results>";
  auto line = text.text();
  std::erase(line, '\n');
  CHECK(authOf(read(line)) == "SPF a.example fail");
}

TEST_CASE("GoDaddy: begin is end, a message a record, rows without an address") {
  ReportText text;
  text.end = text.begin;
  RecordText without;
  without.ip = "";
  text.records = {RecordText{}, without, RecordText{}};
  const auto report = read(text);
  CHECK(report.records == 2);
  CHECK(report.recordsWithoutIp == 1);
  CHECK(namesOf(report.warnings) == "record_without_ip");
  CHECK(report.period.begin == report.period.end);
}

TEST_CASE("Cisco ESA: a day and some seconds, empty sp") {
  ReportText text;
  text.begin = "1789923621";
  text.end = "1790010081";
  text.policy = "<policy_published><domain>example.jp</domain><p>none</p><sp></sp></policy_published>";
  const auto report = read(text);
  CHECK(report.policy.sp.empty());
  CHECK(report.warnings.empty());
}

TEST_CASE("GoSecure: empty dkim elements, the result of SPF twice") {
  ReportText text;
  text.records[0].auth =
      "<auth_results><dkim><domain/><result/></dkim><dkim/><spf><domain>a.example</domain><result>pass</"
      "result></spf>"
      "<spf><domain>a.example</domain><result>pass</result></spf></auth_results>";
  CHECK(authOf(read(text)) == "SPF a.example pass");
}

TEST_CASE("Amazon SES: version 0.1") {
  ReportText text;
  text.root = "<feedback><version>0.1</version>";
  CHECK(read(text).records == 1);
}

TEST_CASE("GMX: the namespace of RFC 9990, and the draft's namespace with prefixes") {
  ReportText text;
  text.root = "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"><version>1.0</version>";
  CHECK(read(text).records == 1);
  auto prefixed = ReportText{}.text();
  for (const std::string sign : {"</", "<"})
    for (std::size_t at = 0; (at = prefixed.find(sign, at)) != std::string::npos; at += 2)
      if (const auto next = prefixed[at + sign.size()]; next != '?' && next != '/')
        prefixed.insert(at + sign.size(), "d:");
  CHECK(read(prefixed).records == 1);
}

TEST_CASE("wp.pl: no records") {
  ReportText text;
  text.records.clear();
  const auto report = read(text);
  CHECK(report.records == 0);
  CHECK(namesOf(report.warnings) == "no_records");
}

TEST_CASE("Trustwave: three weeks in one report") {
  ReportText text;
  text.begin = "1788102000";
  text.end = "1789916400";
  CHECK(namesOf(read(text).warnings) == "long_period");
}

TEST_CASE("OpenDMARC: a record a message, which come to one row") {
  ReportText text;
  text.id = "<report_id>example.jp:1789862400</report_id>";
  text.records.assign(1000, RecordText{});
  const auto report = read(text);
  CHECK(report.records == 1000);
  REQUIRE(report.rows.size() == 1);
  CHECK(report.rows[0].count == 1000);
}

TEST_CASE("RFC 9990: extensions whose elements are called as those of a report change nothing") {
  ReportText text;
  text.policy +=
      "<extension><x:record><x:row><x:count>7</x:count></x:row></x:record><record><row/></record></"
      "extension>";
  text.records[0].auth += "<x:arc><x:row><x:source_ip>192.0.2.99</x:source_ip></x:row></x:arc>";
  text.records[0].disposition = "pass";
  const auto report = read(text);
  CHECK(report.records == 1);
  CHECK(messagesOf(report) == 1);
  CHECK(report.warnings.empty());
}

TEST_CASE("two mail systems write identities for identifiers") {
  ReportText text;
  text.records[0].identifiers = "<identities><header_from>news.example.jp</header_from></identities>";
  const auto report = read(text);
  CHECK(report.words[report.rows[0].headerFrom] == "news.example.jp");
}

TEST_CASE("words are folded, and only pass is a pass") {
  const std::vector<std::pair<std::string, bool>> results = {
      {"pass", true}, {"PASS", true},  {" Pass\n", true}, {"none", false}, {"softfail", false},
      {"", false},    {"fail", false}, {"passed", false}, {"true", false}};
  for (const auto& [word, passed] : results) {
    ReportText text;
    text.records[0].dkim = word;
    CAPTURE(word);
    CHECK(read(text).rows[0].dkim == passed);
  }
  const std::vector<std::pair<std::string, std::string>> outcomes = {
      {"Pass", "pass"},         {"hardfail", "fail"}, {"unknown", "temperror"}, {"error", "permerror"},
      {"SoftFail", "softfail"}, {"invalid", "other"}, {"policy", "policy"},     {"bestguesspass", "other"}};
  for (const auto& [word, outcome] : outcomes) {
    ReportText text;
    text.records[0].auth =
        "<auth_results><spf><domain>a.example</domain><result>" + word + "</result></spf></auth_results>";
    CHECK(authOf(read(text)) == "SPF a.example " + outcome);
  }
}

TEST_CASE("a disposition that contradicts the result is told, and the result is believed") {
  const auto warned = [](const char* dkim, const char* disposition) {
    ReportText text;
    text.records[0].dkim = dkim;
    text.records[0].spf = "fail";
    text.records[0].disposition = disposition;
    return namesOf(read(text).warnings) == "disposition_contradicts";
  };
  CHECK(warned("pass", "quarantine"));
  CHECK(warned("pass", "Reject"));
  CHECK(warned("fail", "pass"));
  CHECK_FALSE(warned("fail", "reject"));
  CHECK_FALSE(warned("pass", "none"));
  CHECK_FALSE(warned("pass", "pass"));
}

TEST_CASE("domains are folded, and of an address only the domain is kept") {
  ReportText text;
  text.policy = "<policy_published><domain> Example.JP. </domain></policy_published>";
  text.records[0].identifiers =
      "<identifiers><header_from>EXAMPLE.jp.</header_from><envelope_from>&lt;taro@Em1.example.jp&gt;</"
      "envelope_from>"
      "<envelope_to>hanako@au.example</envelope_to></identifiers>";
  const auto report = read(text);
  CHECK(report.policy.domain == "example.jp");
  CHECK(report.words[report.rows[0].headerFrom] == "example.jp");
  CHECK(report.words[report.rows[0].envelopeFrom] == "em1.example.jp");
  CHECK(report.words[report.rows[0].envelopeTo] == "au.example");
}

TEST_CASE("the null sender is no domain") {
  ReportText text;
  text.records[0].identifiers =
      "<identifiers><envelope_from>&lt;&gt;</envelope_from><header_from>example.jp</header_from></"
      "identifiers>";
  CHECK(read(text).rows[0].envelopeFrom == Words::kEmpty);
}

TEST_CASE("a reporter without a name is called by its address, and an id may be missing") {
  ReportText text;
  text.org = "<org_name> </org_name>";
  text.email = "<email>DMARC &lt;dmarc@Reporter.example.net&gt;</email>";
  text.id = "";
  const auto report = read(text);
  CHECK(report.reporter == "reporter.example.net");
  CHECK(namesOf(report.warnings) == "org_from_email no_report_id");
}

TEST_CASE("a second policy is not believed, nor a second count") {
  ReportText text;
  text.policy += "<policy_published><domain>evil.example</domain><p>reject</p></policy_published>";
  text.records[0].count = "3</count><count>9";
  const auto report = read(text);
  CHECK(report.policy.domain == "example.jp");
  CHECK(report.policy.p == "none");
  CHECK(report.rows[0].count == 3);
  CHECK(namesOf(report.warnings) == "policy_twice");
}
