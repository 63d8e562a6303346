// dmarc_read_command: `arrivald dmarc read`, up to what it prints: what files of DMARC reports say. Stores
// nothing and asks nobody.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/language.hpp"
#include "config/load.hpp"
#include "daemon/ask.hpp"

namespace arrivald {

struct DmarcReadOptions {
  std::vector<std::string> files;  ///< "-" is standard input
  std::string config;              ///< for language and time zone; may be missing
  bool json = false;
  std::optional<Language> language;  ///< nothing: see commandLanguage()
};

/// kExitFailed if a file cannot be read, or is refused. A report that is in several of the files counts once.
Output dmarcReadOutput(const DmarcReadOptions& options, const config::Environment& environment, Instant now,
                       std::istream& standardInput);

}  // namespace arrivald
