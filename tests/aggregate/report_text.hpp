// Reports as text, for tests: an ordinary one, of which a test says what is different.
#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::aggregate::testing {

inline const Instant kNow = parseIso("2026-09-30T00:00:00Z").value();

struct RecordText {
  std::string ip = "192.0.2.10", count = "1", disposition = "none", dkim = "pass", spf = "pass", reasons;
  std::string identifiers = "<identifiers><header_from>example.jp</header_from></identifiers>";
  std::string auth =
      "<auth_results><dkim><domain>example.jp</domain><selector>s1</selector><result>pass</result></dkim>"
      "<spf><domain>em1.example.jp</domain><scope>mfrom</scope><result>pass</result></spf></auth_results>";

  std::string text() const {
    return "<record><row><source_ip>" + ip + "</source_ip><count>" + count +
           "</count><policy_evaluated><disposition>" + disposition + "</disposition><dkim>" + dkim +
           "</dkim><spf>" + spf + "</spf>" + reasons + "</policy_evaluated></row>" + identifiers + auth +
           "</record>\n";
  }
};

struct ReportText {
  std::string declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::string root = "<feedback>\n<version>1.0</version>\n";
  std::string org = "<org_name>reporter.example.net</org_name>",
              email = "<email>dmarc@reporter.example.net</email>", id = "<report_id>id-1</report_id>",
              begin = "1789862400", end = "1789948799";
  std::string policy =
      "<policy_published><domain>example.jp</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</"
      "sp><pct>100</pct>"
      "</policy_published>\n";
  std::vector<RecordText> records = {RecordText{}};
  std::string last = "</feedback>\n";

  std::string text() const {
    auto all = declaration + root + "<report_metadata>" + org + email + id + "<date_range><begin>" + begin +
               "</begin><end>" + end + "</end></date_range></report_metadata>\n" + policy;
    for (const auto& record : records) all += record.text();
    return all + last;
  }
};

}  // namespace arrivald::aggregate::testing
