// The commands about incidents: ask the running daemon, which has the words.
#include <fmt/format.h>

#include "base/printable.hpp"
#include "daemon/ask.hpp"
#include "daemon/language.hpp"
#include "http/url.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

Output incidentOutput(const IncidentOptions& options, const config::Environment& environment) {
  auto target = std::string("/api/v1/incidents");
  if (options.number > 0) target += fmt::format("/{}", options.number);
  if (!options.verb.empty()) target += "/" + options.verb;
  const bool isWhich = options.isOne && options.number == 0;
  target += options.json && !isWhich ? "?format=json" : "?format=text";
  for (const auto& [name, value] :
       {std::pair("by", options.by), std::pair("why", options.why), std::pair("for", options.length)})
    if (!value.empty()) target += fmt::format("&{}={}", name, http::percentEncode(value));
  if (options.language) target += *options.language == Language::english ? "&lang=en" : "&lang=ja";
  const auto answer =
      askDaemon(options.config, options.verb.empty() ? "GET" : "POST", target, environment, options.language);
  if (answer.exit != kExitOk) return warned({answer.exit, "", answer.error}, answer);
  if (isWhich) {
    const auto& words = notify::Catalogue::of(commandLanguage(options.language, options.config, environment));
    return warned({kExitUsage, "", words.text("cli.incident.which") + '\n' + printable(answer.body)}, answer);
  }
  // Texts come from receivers and strangers: they must not control the terminal.
  return warned({kExitOk, options.json ? escapeUnprintable(answer.body) : printable(answer.body), ""},
                answer);
}

}  // namespace arrivald
