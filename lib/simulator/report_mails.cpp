#include "simulator/report_mails.hpp"

#include <fmt/format.h>

#include "base/instant.hpp"
#include "http/url.hpp"

namespace arrivald::simulator {
namespace {

using namespace std::chrono_literals;

constexpr int kBrokenDay = 8;  // days ago
constexpr std::size_t kLineLength = 76;

enum class Reporter : std::uint8_t { google, microsoft, kddi, docomo };

/// A row as a report states it.
struct Line {
  std::string ip;
  int count = 0;
  bool dkim = true, spf = true;
  std::string signedFor, selector, dkimResult = "pass";
  std::string spfDomain, spfResult = "pass";
  std::string reason = {};
};

std::vector<Line> linesOf(int daysAgo, int share) {
  const std::string town = kReportedDomain;
  const bool isBroken = daysAgo == kBrokenDay;
  std::vector<Line> lines;
  lines.push_back({"192.0.2.17", 4 * share + daysAgo % 5, true, true, town, "s1", "pass", "em4521." + town});
  Line office{"198.51.100.25", share + daysAgo % 3, true, true, town, "office", "pass", town};
  if (isBroken) {
    // The key was changed, and half of the mail leaves by a server that SPF does not know.
    office.dkim = false;
    office.dkimResult = "fail";
    Line second = office;
    second.ip = "198.51.100.26";
    second.spf = false;
    second.spfResult = "softfail";
    second.count = share / 2;
    lines.push_back(second);
  }
  lines.push_back(office);
  lines.push_back({"203.0.113.40", 2, true, false, town, "s1", "pass", "lists.forwarder.example", "pass",
                   "mailing_list"});
  if (daysAgo % 3 == 0)
    lines.push_back({"203.0.113.40", 1, false, false, town, "s1", "fail", "lists.forwarder.example"});
  if (daysAgo % 7 == 2)
    lines.push_back({"198.18.5.9", share / 3, false, false, "mcsv.net", "k1", "pass", "mail99.mcsv.net"});
  lines.push_back({fmt::format("198.19.{}.66", daysAgo % 20), 1 + daysAgo % 4, false, false, "", "", "none",
                   "forger.example", "fail"});
  return lines;
}

std::string recordOf(const Line& line, Reporter reporter, const std::string& recipients) {
  const bool isMicrosoft = reporter == Reporter::microsoft, isDocomo = reporter == Reporter::docomo;
  const auto word = [&](const std::string& result) {
    return isDocomo && result == "fail" ? std::string("hardfail") : result;
  };
  auto xml = fmt::format(
      "<record><row><source_ip>{}</source_ip><count>{}</count><policy_evaluated><disposition>none</"
      "disposition>"
      "<dkim>{}</dkim><spf>{}</spf>",
      line.ip, line.count, line.dkim ? "pass" : "fail", line.spf ? "pass" : "fail");
  if (!line.reason.empty() && reporter == Reporter::google)
    xml += fmt::format("<reason><type>{}</type><comment>looks like a list</comment></reason>", line.reason);
  if (reporter == Reporter::kddi) xml += "<reason><type></type><comment></comment></reason>";
  xml += "</policy_evaluated></row><identifiers>";
  if (isMicrosoft || reporter == Reporter::kddi)
    xml += fmt::format("<envelope_to>{}</envelope_to>", recipients);
  if (isMicrosoft) xml += fmt::format("<envelope_from>{}</envelope_from>", line.spfDomain);
  xml += fmt::format("<header_from>{}</header_from></identifiers><auth_results>", kReportedDomain);
  if (!line.signedFor.empty())
    xml +=
        fmt::format("<dkim><domain>{}</domain><selector>{}</selector><result>{}</result></dkim>",
                    line.signedFor, reporter == Reporter::kddi ? "" : line.selector, word(line.dkimResult));
  return xml + fmt::format("<spf><domain>{}</domain><result>{}</result></spf></auth_results></record>",
                           line.spfDomain, word(line.spfResult));
}

std::string_view nameOf(Reporter reporter) {
  switch (reporter) {
    case Reporter::google:
      return "google.com";
    case Reporter::microsoft:
      return "Enterprise Outlook";
    case Reporter::kddi:
      return "KDDI";
    case Reporter::docomo:
      break;
  }
  return "docomo.ne.jp";
}

std::string reportOf(Reporter reporter, Instant begin, int daysAgo) {
  const int share = reporter == Reporter::google ? 60 : reporter == Reporter::microsoft ? 24 : 30;
  // A day in UTC; KDDI's period is that of the mail it got.
  const auto from = reporter == Reporter::kddi ? begin + 90min : begin;
  const auto to = reporter == Reporter::kddi ? begin + 13h : begin + 24h - 1s;
  auto xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feedback>{}<report_metadata><org_name>{}</org_name>"
      "<email>noreply@receiver.example</email><report_id>{}.{}</report_id><date_range><begin>{}</begin>"
      "<end>{}</end></date_range></report_metadata><policy_published><domain>{}</domain><adkim>r</adkim>"
      "<aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>",
      reporter == Reporter::google ? "" : "<version>1.0</version>", nameOf(reporter),
      static_cast<int>(reporter), unixSeconds(begin), unixSeconds(from), unixSeconds(to), kReportedDomain);
  for (const auto& line : linesOf(daysAgo, share)) {
    if (reporter == Reporter::microsoft) {
      // A record for each domain of recipients.
      auto half = line;
      half.count = line.count / 2;
      if (half.count > 0) xml += recordOf(half, reporter, "outlook.jp");
      half.count = line.count - half.count;
      xml += recordOf(half, reporter, "hotmail.co.jp");
    } else {
      xml += recordOf(line, reporter, "au.com");
    }
  }
  return xml + "</feedback>\n";
}

std::string mailOf(Reporter reporter, const std::string& xml, Instant sent) {
  const auto encoded = http::base64(xml);
  std::string lines;
  for (std::size_t at = 0; at < encoded.size(); at += kLineLength)
    lines += encoded.substr(at, kLineLength) + "\r\n";
  return fmt::format(
      "From: DMARC reports <noreply@receiver.example>\r\nTo: rua@{0}\r\nDate: {1}\r\n"
      "Subject: Report Domain: {0} Submitter: {2}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
      "boundary=\"part\"\r\n\r\n--part\r\nContent-Type: text/plain\r\n\r\nThis is an aggregate report.\r\n"
      "--part\r\nContent-Type: application/xml; name=\"report.xml\"\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"report.xml\"\r\n\r\n{3}--part--\r\n",
      kReportedDomain, toIso(sent), nameOf(reporter), lines);
}

}  // namespace

std::vector<ReportMail> reportMails(Date today, int days) {
  std::vector<ReportMail> mails;
  for (int daysAgo = days; daysAgo > 0; --daysAgo) {
    const auto begin = TimeZone().startOf(today - std::chrono::days(daysAgo));
    for (const auto reporter : {Reporter::google, Reporter::microsoft, Reporter::kddi, Reporter::docomo}) {
      const auto xml = reportOf(reporter, begin, daysAgo);
      mails.push_back({fmt::format("{}.{}.receiver", unixSeconds(begin), static_cast<int>(reporter)),
                       mailOf(reporter, xml, begin + 30h)});
    }
  }
  return mails;
}

}  // namespace arrivald::simulator
