// Whatever comes in: containers in each other, what is told of them, and that attacks cost little.
#include "aggregate/input_reader.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>
#include <fstream>
#include <random>

#include "aggregate/report_text.hpp"
#include "mime/message.hpp"
#include "support/pack.hpp"

using namespace arrivald;
using namespace arrivald::aggregate;
using namespace arrivald::aggregate::testing;
using arrivald::testing::base64Of;
using arrivald::testing::gzipped;
using arrivald::testing::zipped;

namespace {

// "2 reports; not_a_report; tls", with the warnings of each report.
std::string saidOf(const std::string& bytes) {
  InputReader reader(bytes, kNow);
  std::string warnings;
  std::size_t taken = 0;
  for (bool more = true; more;) {
    more = reader.step();
    for (const auto& report : reader.takeReports()) {
      ++taken;
      for (std::size_t i = 0; i < kWarningCount; ++i)
        if (const auto one = static_cast<Warning>(i); report.warnings.has(one))
          warnings += "; " + std::string(name(one));
    }
  }
  const auto& findings = reader.findings();
  CHECK(findings.reports == taken);
  auto said = std::to_string(taken) + (taken == 1 ? " report" : " reports") + warnings;
  for (const auto refusal : findings.refused) said += "; " + std::string(name(refusal));
  if (findings.tlsReport) said += "; tls";
  if (findings.failureReport) said += "; failure";
  return said;
}

std::string reportNamed(const std::string& id) {
  ReportText text;
  text.id = "<report_id>" + id + "</report_id>";
  return text.text();
}

struct PartText {
  std::string header, body;
};
std::string mailOf(const std::vector<PartText>& parts) {
  std::string mail =
      "From: dmarc@reporter.example.net\r\nSubject: Report\r\nContent-Type: multipart/mixed; "
      "boundary=\"=_b\"\r\n\r\n";
  for (const auto& part : parts) mail += "--=_b\r\n" + part.header + "\r\n" + part.body + "\r\n";
  return mail + "--=_b--\r\n";
}
PartText attachment(const std::string& bytes, const std::string& type = "application/octet-stream") {
  return {"Content-Type: " + type + "\r\nContent-Transfer-Encoding: base64\r\n", base64Of(bytes)};
}

const std::string kReport = reportNamed("1"), kOther = reportNamed("2");
const std::string kCut = kReport.substr(0, kReport.size() - 20);
const std::string kTls = "{\"organization-name\":\"x\",\"policies\":[]}";

struct Cost {
  double seconds;
  long kilobytes;
};

long statusOf(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  return 0;
}

template <class Work>
Cost costOf(Work work) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const auto before = statusOf("VmRSS");
  const auto begin = std::clock();
  work();
  return {static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, statusOf("VmHWM") - before};
}

#if defined(__SANITIZE_ADDRESS__)
[[maybe_unused]] constexpr bool kSanitized = true;
#elif defined(__has_feature)
[[maybe_unused]] constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
[[maybe_unused]] constexpr bool kSanitized = false;
#endif

}  // namespace

TEST_CASE("a report is found in whatever it is packed") {
  const std::vector<std::string> inputs = {
      kReport,
      gzipped(kReport),
      gzipped(gzipped(kReport)),
      zipped({{"r.xml", kReport}}),
      zipped({{"r.xml.gz", gzipped(kReport)}}),
      gzipped(zipped({{"r.xml", kReport}})),
      zipped({{"r.zip", zipped({{"", kReport}})}}),
      mailOf({attachment(kReport, "text/xml")}),
      mailOf({attachment(gzipped(kReport))}),
      mailOf({{"Content-Type: text/plain\r\n", "A report.\r\n"},
              attachment(zipped({{"r.xml", kReport}}), "application/gzip")}),
      mailOf({attachment(mailOf({attachment(gzipped(kReport))}), "message/rfc822")}),
      gzipped(mailOf({attachment(gzipped(kReport))})),
      zipped({{"mail.eml", mailOf({attachment(kReport)})}}),
      mailOf({{"Content-Type: application/gzip\r\n", base64Of(gzipped(kReport))}}),  // says nothing of base64
      mailOf({{"Content-Transfer-Encoding: base64\r\n", kReport}}),  // says base64, and is not
      "Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
          base64Of(gzipped(kReport)),
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CAPTURE(i);
    CHECK(saidOf(inputs[i]) == "1 report");
  }
}

TEST_CASE("several reports are each found") {
  CHECK(saidOf(gzipped(kReport) + gzipped(kOther)) == "2 reports");
  CHECK(saidOf(gzipped(gzipped(kReport) + gzipped(kOther))) == "2 reports");
  CHECK(saidOf(zipped({{"a", kReport}, {"b", kOther}})) == "2 reports");
  CHECK(saidOf(mailOf({attachment(kReport), attachment(gzipped(kOther))})) == "2 reports");
  // One report whose gzip has several members.
  CHECK(saidOf(gzipped(kReport.substr(0, 300)) + gzipped(kReport.substr(300))) == "1 report");
}

TEST_CASE("every mail of an mbox is read") {
  const std::string line = "From dmarc@reporter.example.net Mon Sep 21 03:00:00 2026\n";
  const auto first = mailOf(
      {attachment(kReport), {"Content-Type: text/plain\r\n", "x\r\n\r\nFrom here on: it is text\r\n"}});
  CHECK(saidOf(line + first + "\n" + line + mailOf({attachment(kOther)})) == "2 reports");
  std::string many;
  for (std::size_t i = 0; i < 2 * mime::kMaxParts; ++i)
    many += line + mailOf({attachment(kReport), attachment(kOther)}) + "\n";
  CHECK(saidOf(many) == "400 reports");
  for (std::size_t i = 0; i <= mime::kMaxMails; ++i) many += line + "Subject: x\n\ntext\n\n";
  CHECK(saidOf(many) == "400 reports; too_many_parts");
}

TEST_CASE("one that is refused does not take the others with it") {
  CHECK(saidOf(zipped({{"a", kCut}, {"b", kOther}})) == "1 report; xml_truncated");
  CHECK(saidOf(gzipped(kReport) + gzipped("UNUSED")) == "1 report; not_a_report");
  CHECK(saidOf(gzipped("UNUSED") + gzipped("UNUSED") + gzipped(kReport)) == "1 report; prolog_skipped");
  CHECK(saidOf(gzipped(kReport.substr(0, 200) + "</x>") + gzipped(kReport)) ==
        "1 report; xml_not_well_formed");
  CHECK(saidOf(mailOf({attachment(gzipped("UNUSED")), attachment(kReport)})) == "1 report; not_a_report");
  CHECK(saidOf(mailOf({attachment(gzipped(kReport).substr(0, 100)), attachment(kReport)})) ==
        "1 report; archive_truncated");
}

TEST_CASE("a report is repaired wherever it is") {
  const auto broken = [](const std::string& report) {
    auto text = report;
    return text.replace(text.find("<email>") + 7, 0, "a & <b");
  };
  CHECK(saidOf(gzipped(broken(kReport))) == "1 report; text_escaped");
  CHECK(saidOf(mailOf({attachment(zipped({{"a", broken(kReport)}, {"b", kOther}}))})) ==
        "2 reports; text_escaped");
  CHECK(saidOf(gzipped(kOther) + gzipped(broken(kReport)) + gzipped(kCut)) ==
        "2 reports; text_escaped; xml_truncated");
  // One that is repaired gives back what its first reading took.
  auto large = broken(kReport), later = kOther;
  large.insert(large.find("<record>"), std::string(120 << 20, ' '));
  later.insert(later.find("<record>"), std::string(40 << 20, ' '));
  CHECK(saidOf(gzipped(large) + gzipped(later)) == "2 reports; text_escaped");
}

TEST_CASE("what is no report is told apart from what is wrong") {
  CHECK(saidOf("") == "0 reports; empty");
  CHECK(saidOf(gzipped("")) == "0 reports; empty");
  CHECK(saidOf("UNUSED") == "0 reports; not_a_report");
  CHECK(saidOf("<html><body>x</body></html>") == "0 reports; not_a_report");
  CHECK(saidOf(zipped({{"readme.txt", "hello"}})) == "0 reports; not_a_report");
  CHECK(saidOf(zipped({})) == "0 reports; not_a_report");
  CHECK(saidOf(zipped({{"readme.txt", "hello"}, {"r.xml", kReport}})) == "1 report");
  CHECK(saidOf(kTls) == "0 reports; tls");
  CHECK(saidOf(gzipped(kTls)) == "0 reports; tls");
  CHECK(saidOf("{\"some\":\"json\"}") == "0 reports; not_a_report");
  CHECK(saidOf(mailOf({{"Content-Type: text/html\r\n", "<!DOCTYPE html><html><p>Out of office</p></html>"},
                       attachment("\x89PNG\r\n"),
                       attachment("%PDF-1.4 your feedback")})) == "0 reports");
  CHECK(saidOf(mailOf({{"Content-Type: text/plain\r\n", "Subject: quoted\r\n\r\n" + kReport}})) ==
        "0 reports");
  CHECK(saidOf("From: a\r\n\r\n") == "0 reports");
  CHECK(saidOf("From: a\r\nContent-Type: multipart/report; report-type=feedback-report; "
               "boundary=b\r\n\r\n--b\r\n\r\n" +
               kReport + "\r\n--b--\r\n") == "0 reports; failure");
}

TEST_CASE("a report among other bytes is found") {
  CHECK(saidOf("garbage\n" + kReport) == "1 report; prolog_skipped");
  CHECK(saidOf(std::string(3, '\0') + kReport) == "1 report; prolog_skipped");
  CHECK(saidOf(gzipped(kReport) + "\r\n") == "1 report; trailing_bytes");
}

TEST_CASE("a form of Inbound Parse is read in either of its modes") {
  const auto field = [](const std::string& name, const std::string& value, const std::string& type = "") {
    return "--xYzZY\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n" +
           (type.empty() ? "" : "Content-Type: " + type + "\r\n") + "\r\n" + value + "\r\n";
  };
  const std::string end = "--xYzZY--\r\n";
  CHECK(saidOf(field("to", "x") + field("email", mailOf({attachment(kReport)})) + end) == "1 report");
  CHECK(saidOf(field("attachment-info", kTls) + field("attachments", "2") +
               field("attachment1", gzipped(kReport)) +
               field("attachment2", zipped({{"a", kOther}}), "application/zip") + end) == "2 reports");
  CHECK(saidOf(field("text", kReport) + end) == "0 reports");
  CHECK(saidOf(field("file", kReport, "application/octet-stream") + end) == "1 report");
}

TEST_CASE("containers in each other are limited") {
  auto nested = kReport;
  for (int i = 0; i < kMaxContainers; ++i) nested = i % 2 == 0 ? gzipped(nested) : zipped({{"a", nested}});
  CHECK(saidOf(nested) == "1 report");
  CHECK(saidOf(gzipped(nested)) == "0 reports; nested_too_deep");
  CHECK(saidOf(zipped({{"a", nested}})) == "0 reports; nested_too_deep");
  auto mail = mailOf({attachment(kReport)});
  for (int i = 0; i < 7; ++i) mail = mailOf({attachment(mail, "message/rfc822")});
  CHECK(saidOf(mail) == "1 report");
  CHECK(saidOf(mailOf({attachment(mail, "message/rfc822")})) == "0 reports; nested_too_deep");
}

TEST_CASE("members and parts are limited") {
  std::string members;
  for (int i = 0; i < 70; ++i) members += gzipped(reportNamed(std::to_string(i)));
  CHECK(saidOf(members) == "64 reports; too_many_members");
  std::vector<PartText> parts(101, PartText{"Content-Type: text/plain\r\n", "x"});
  parts.front() = attachment(kReport);
  CHECK(saidOf(mailOf(parts)) == "1 report; too_many_parts");
  auto mail = mailOf({attachment(kReport)});
  mail.resize(kMaxMailBytes + 1, '\n');
  CHECK(saidOf(mail) == "0 reports; too_large");
}

TEST_CASE("bombs are refused within 16 MiB and a second") {
  const auto bombOf = [&](int mebibytes, const std::string& begin, const std::string& filling = " ") {
    std::string blank;
    while (blank.size() < 1 << 20) blank += filling;
    // Members are one text, so that the bomb can be made of one that is packed.
    auto bomb = gzipped(begin);
    const auto piece = gzipped(blank);
    for (int i = 0; i < mebibytes; ++i) bomb += piece;
    return bomb;
  };
  const std::string open = "<feedback>";
  std::string deep = open;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  const std::vector<std::pair<std::string, std::string>> bombs = {
      {bombOf(300, open), "0 reports; too_large"},
      {gzipped(bombOf(1024, open)), "0 reports; too_large"},
      {zipped({{"a", std::string(open) + std::string(140 << 20, ' '), false, 0, 0, 1024}}),
       "0 reports; too_large"},
      {bombOf(300, deep), "0 reports; xml_too_deep"},
      {bombOf(300, "<feedback a=\""), "0 reports; too_large"},
      {bombOf(300, "<feedback><email>&"), "0 reports; too_large"},
      {bombOf(300, "<feedback></x>"), "0 reports; xml_not_well_formed"},
      {bombOf(300, "From: a\n\n"), "0 reports; too_large"},
      {bombOf(300, "PK\x03\x04"), "0 reports; too_large"},
      {bombOf(300, "nothing"), "0 reports; not_a_report"},
      {bombOf(126, "<feedback><report_metadata><org_name>", "<"), "0 reports; xml_not_well_formed"},
      {bombOf(126, "<feedback><report_metadata><org_name>", "&"), "0 reports; xml_not_well_formed"},
      {bombOf(126, "<feedback><report_metadata><org_name>", ">"), "0 reports; xml_truncated"},
      {bombOf(126, "<", "<"), "0 reports; not_a_report"},
      {bombOf(126, "<", "?<"), "0 reports; not_a_report"},
      {bombOf(126, "<", "!--<"), "0 reports; not_a_report"},
  };
  for (std::size_t i = 0; i < bombs.size(); ++i) {
    std::string said;
    const auto cost = costOf([&] { said = saidOf(bombs[i].first); });
    CAPTURE(i, cost.seconds, cost.kilobytes);
    CHECK(said == bombs[i].second);
#ifdef NDEBUG
    if (!kSanitized) {
      CHECK(cost.seconds < 1);
      CHECK(cost.kilobytes < 16 * 1024);
    }
#endif
  }
}

TEST_CASE("a report of 100 MB is read in small steps and in little memory") {
  std::string text = kReport.substr(0, kReport.find("<record>"));
  const auto bytes = [&] {
    RecordText record;
    for (int i = 0; text.size() < 100'000'000; ++i) {
      record.ip = "10." + std::to_string(i >> 14 & 63) + "." + std::to_string(i >> 7 & 127) + "." +
                  std::to_string(i & 127);
      record.identifiers = "<identifiers><envelope_to>city" + std::to_string(i % 1700) +
                           ".example.jp</envelope_to><envelope_from>em1234.example.jp</envelope_from>"
                           "<header_from>example.jp</header_from></identifiers>" +
                           std::string(400, ' ');
      text += record.text();
    }
    return gzipped(text + "</feedback>");
  }();
  text = {};
  std::size_t records = 0;
  const auto cost = costOf([&] {
    InputReader reader(bytes, kNow);
    while (reader.step()) continue;
    const auto reports = reader.takeReports();
    REQUIRE(reports.size() == 1);
    records = reports[0].records;
  });
  CAPTURE(cost.seconds, cost.kilobytes);
  CHECK(records > 100'000);
#ifdef NDEBUG
  if (!kSanitized) CHECK(cost.kilobytes < 32 * 1024);
#endif
}

TEST_CASE("no bytes make it fail, and it always ends") {
  std::mt19937 random(1);
  const std::vector<std::string> seeds = {
      kReport,
      gzipped(kReport) + gzipped(kOther),
      zipped({{"a", kReport}, {"b/", ""}, {"c", gzipped(kOther)}}),
      mailOf({attachment(gzipped(kReport)), attachment(zipped({{"a", kOther}}))}),
      gzipped(gzipped(kReport)),
  };
  for (int round = 0; round < 1500; ++round) {
    auto bytes = seeds[random() % seeds.size()];
    for (auto changes = 1 + random() % 5; changes > 0; --changes) {
      const auto at = random() % bytes.size();
      if (random() % 4 == 0)
        bytes.erase(at, random() % 100);
      else
        bytes[at] = static_cast<char>(random());
      if (bytes.empty()) break;
    }
    CAPTURE(round);
    CHECK(saidOf(bytes).size() < 500);
  }
}
