// How fast DMARC reports are read, as ratios of CPU in one run: bench_dmarc [FOLDER]
// XML to merged rows beside bare expat with empty handlers; whole mails beside what their floors add up to:
// base64, inflate and expat; a report of 100 MB. Without a folder of reports (plain XML), reports of the
// sizes that are usual.
#include <expat.h>
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "aggregate/input_reader.hpp"
#include "aggregate/report_reader.hpp"
#include "bench/measure.hpp"
#include "dmarc/days.hpp"
#include "dmarc/identity.hpp"
#include "mime/transfer_encoding.hpp"
#include "support/pack.hpp"

using namespace arrivald;
using bench::milliseconds;

namespace {

const Instant kNow = fromUnixSeconds(1'790'700'000);

// As Microsoft writes them: a record for each recipient's domain.
std::string reportOf(int records, int id, std::size_t padding = 0) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\"?>\n<feedback xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\n  "
      "<version>1.0</version>\n"
      "  <report_metadata>\n    <org_name>reporter.example.net</org_name>\n    "
      "<email>dmarc@reporter.example.net</email>\n"
      "    <report_id>{}</report_id>\n    <date_range>\n      <begin>1789862400</begin>\n      "
      "<end>1789948800</end>\n"
      "    </date_range>\n  </report_metadata>\n  <policy_published>\n    <domain>example.jp</domain>\n    "
      "<adkim>r</adkim>\n"
      "    <aspf>r</aspf>\n    <p>none</p>\n    <sp>none</sp>\n    <pct>100</pct>\n    <fo>0</fo>\n  "
      "</policy_published>\n",
      id);
  for (int i = 0; i < records; ++i)
    text += fmt::format(
        "  <record>\n    <row>\n      <source_ip>192.0.{}.{}</source_ip>\n      <count>{}</count>\n      "
        "<policy_evaluated>\n"
        "        <disposition>none</disposition>\n        <dkim>pass</dkim>\n        <spf>{}</spf>\n      "
        "</policy_evaluated>\n"
        "    </row>\n    <identifiers>\n      <envelope_to>city{}.example.jp</envelope_to>\n"
        "      <envelope_from>em1234.example.jp</envelope_from>\n      "
        "<header_from>example.jp</header_from>\n"
        "    </identifiers>\n    <auth_results>\n      <dkim>\n        <domain>example.jp</domain>\n"
        "        <selector>s1</selector>\n        <result>pass</result>\n      </dkim>\n      <spf>\n"
        "        <domain>em1234.example.jp</domain>\n        <scope>mfrom</scope>\n        "
        "<result>{}</result>\n"
        "      </spf>\n    </auth_results>\n{}  </record>\n",
        i % 7, i % 200, 1 + i % 13, i % 9 == 0 ? "fail" : "pass", i % 1700, i % 9 == 0 ? "softfail" : "pass",
        std::string(padding, ' '));
  return text + "</feedback>\n";
}

// Records a report of real ones: median 1, nine of ten up to 8, one of a hundred up to 130.
std::vector<std::string> usualReports() {
  std::vector<std::string> reports;
  for (int i = 0; i < 200; ++i)
    reports.push_back(reportOf(i % 100 == 99 ? 130 : i % 10 == 9 ? 8 : 1 + i % 3, i));
  return reports;
}

std::vector<std::string> reportsIn(const char* folder) {
  std::vector<std::string> reports;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (aggregate::readReport(bytes, kNow)) reports.push_back(std::move(bytes));
  }
  return reports;
}

std::size_t events = 0;

void bareExpat(std::string_view xml) {
  auto* parser = XML_ParserCreate(nullptr);
  XML_SetElementHandler(
      parser, [](void*, const XML_Char*, const XML_Char**) { ++events; },
      [](void*, const XML_Char*) { ++events; });
  XML_SetCharacterDataHandler(parser, [](void*, const XML_Char*, int) { ++events; });
  for (std::size_t at = 0; at < xml.size(); at += aggregate::kPieceBytes) {
    const auto piece = xml.substr(at, aggregate::kPieceBytes);
    XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), at + piece.size() == xml.size() ? 1 : 0);
  }
  XML_ParserFree(parser);
}

std::string mailOf(const std::string& gzip) {
  return "Received: from mail.reporter.example.net by mx.example.jp; Mon, 21 Sep 2026 03:00:00 +0000\r\n"
         "From: DMARC <dmarc@reporter.example.net>\r\nTo: rua@dmarc.example.jp\r\nSubject: Report Domain: "
         "example.jp\r\n"
         "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: "
         "text/plain\r\n\r\n"
         "This is an aggregate report.\r\n--=_b\r\nContent-Type: application/gzip; name=\"r.xml.gz\"\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\n" +
         testing::base64Of(gzip) + "\r\n--=_b--\r\n";
}

void bareInflate(const std::string& packed, std::vector<char>& room) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
  } while (inflate(&stream, Z_NO_FLUSH) == Z_OK);
  inflateEnd(&stream);
}

struct Pair {
  double floor = 1e9, work = 1e9;
};
// The best of several turns each, so that what else the machine does meets both alike.
template <class Floor, class Work>
Pair measured(Floor floor, Work work) {
  Pair best;
  for (int turn = 0; turn < 5; ++turn) {
    best.floor = std::min(best.floor, milliseconds(floor));
    best.work = std::min(best.work, milliseconds(work));
  }
  return best;
}

std::size_t readInput(std::string_view bytes) {
  aggregate::InputReader reader(bytes, kNow);
  std::size_t rows = 0;
  for (bool more = true; more;) {
    more = reader.step();
    for (const auto& report : reader.takeReports()) rows += report.rows.size();
  }
  return rows;
}

void benchXml(const std::vector<std::string>& reports) {
  std::size_t bytes = 0, rows = 0;
  for (const auto& report : reports) bytes += report.size();
  const auto [floor, read] = measured(
      [&] {
        for (const auto& report : reports) bareExpat(report);
      },
      [&] {
        for (const auto& report : reports) rows += aggregate::readReport(report, kNow)->rows.size();
      });
  const auto identified = milliseconds([&] {
    for (const auto& report : reports)
      rows += dmarc::fingerprintOf(*aggregate::readReport(report, kNow)).rows & 1U;
  });
  const auto n = static_cast<double>(reports.size());
  fmt::print(
      "XML to merged rows, {} reports of {:.0f} bytes: {:.0f} reports/s, {:.0f} MB/s; bare expat {:.0f} "
      "reports/s; {:.2f} of it\n",
      reports.size(), static_cast<double>(bytes) / n, n / read * 1000,
      static_cast<double>(bytes) / read / 1000, n / floor * 1000, floor / read);
  fmt::print("  with its fingerprint: {:.0f} reports/s\n", n / identified * 1000);
  if (rows == 0) fmt::print("no rows\n");
}

void benchMails(const std::vector<std::string>& reports) {
  std::vector<std::string> gzips, mails, bodies;
  for (const auto& report : reports) {
    gzips.push_back(testing::gzipped(report));
    bodies.push_back(testing::base64Of(gzips.back()));
    mails.push_back(mailOf(gzips.back()));
  }
  std::vector<char> room(aggregate::kPieceBytes);
  std::size_t sum = 0;
  const auto [floor, read] = measured(
      [&] {
        for (std::size_t i = 0; i < reports.size(); ++i) {
          sum += mime::decoded(bodies[i], mime::TransferEncoding::base64).size();
          bareInflate(gzips[i], room);
          bareExpat(reports[i]);
        }
      },
      [&] {
        for (const auto& mail : mails) sum += readInput(mail);
      });
  const auto n = static_cast<double>(reports.size());
  fmt::print("whole mails to rows: {:.0f} mails/s; base64, inflate and bare expat {:.0f}/s; {:.2f} of it\n",
             n / read * 1000, n / floor * 1000, floor / read);
  if (sum == 0) fmt::print("nothing read\n");
}

void benchLarge() {
  auto xml = reportOf(115'681, 1);
  const auto floor = milliseconds([&] { bareExpat(xml); });
  const auto size = static_cast<double>(xml.size()) / 1e6;
  const auto gzip = testing::gzipped(xml);
  std::string().swap(xml);
  double longest = 0;
  std::size_t rows = 0;
  const auto resident = bench::statusKilobytes("VmRSS");
  std::ofstream("/proc/self/clear_refs") << "5";
  const auto begin = bench::cpuSeconds();
  aggregate::InputReader reader(gzip, kNow);
  for (bool more = true; more;) {
    const auto step = bench::cpuSeconds();
    more = reader.step();
    longest = std::max(longest, bench::cpuSeconds() - step);
  }
  for (const auto& report : reader.takeReports()) rows += report.rows.size();
  const auto spent = 1000 * (bench::cpuSeconds() - begin);
  fmt::print(
      "a report of {:.0f} MB in gzip, {} rows: {:.0f} ms, {:.2f} of bare expat's {:.0f} ms; longest step "
      "{:.1f} ms; {:.1f} MiB more memory\n",
      size, rows, spent, spent / floor, floor, 1000 * longest,
      static_cast<double>(bench::statusKilobytes("VmHWM") - resident) / 1024);
}

}  // namespace

int main(int count, char** words) {
  const auto reports = count > 1 ? reportsIn(words[1]) : usualReports();
  if (reports.empty()) {
    fmt::print(stderr, "no reports found\n");
    return 1;
  }
  benchXml(reports);
  benchXml({reportOf(3555, 1)});
  benchMails(reports);
  benchLarge();
  return events == 0 ? 1 : 0;
}
