// report_mails: the DMARC reports about the simulated town's domain, as receivers mail them.
#pragma once

#include <string>
#include <vector>

#include "base/time_zone.hpp"

namespace arrivald::simulator {

inline constexpr const char* kReportedDomain = "city.example.lg.jp";

struct ReportMail {
  std::string name;  ///< of a file in a Maildir
  std::string mail;
};

/// Of the `days` days before `today`: Google, Microsoft, KDDI and docomo with their habits. The town sends by
/// SendGrid and by a server of its own, whose signature breaks on one day; a mailing list forwards its mail,
/// a department uses a newsletter tool without domain authentication, and somebody forges.
std::vector<ReportMail> reportMails(Date today, int days);

}  // namespace arrivald::simulator
