// dmarc_commands: `arrivald dmarc summary` and the others below it that ask the running daemon, up to what
// they print.
#pragma once

#include <optional>
#include <string>

#include "daemon/ask.hpp"

namespace arrivald {

struct DmarcAskOptions {
  std::string what;    ///< "summary", "sources", "ready" or "refused"
  std::string domain;  ///< empty: all, or the first one configured
  int days = 28;
  std::string config;
  bool json = false;
  std::optional<Language> language;  ///< nothing: see commandLanguage()
};

Output dmarcAskOutput(const DmarcAskOptions& options, const config::Environment& environment);

}  // namespace arrivald
