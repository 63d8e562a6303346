#include "daemon/dmarc_commands.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "http/url.hpp"

namespace arrivald {

Output dmarcAskOutput(const DmarcAskOptions& options, const config::Environment& environment) {
  auto target = fmt::format("/api/v1/dmarc/{}?days={}&format={}", options.what, options.days,
                            options.json ? "json" : "text");
  if (!options.domain.empty()) target += "&domain=" + http::percentEncode(options.domain);
  if (options.language) target += *options.language == Language::english ? "&lang=en" : "&lang=ja";
  const auto answer = askDaemon(options.config, "GET", target, environment, options.language);
  if (answer.exit != kExitOk) return {answer.exit, "", answer.warning + answer.error};
  const auto body = options.json ? escapeUnprintable(answer.body) : printable(answer.body);
  return warned({kExitOk, body, ""}, answer);
}

}  // namespace arrivald
