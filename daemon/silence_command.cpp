// The commands about silences: ask the running daemon, which has the words.
#include <fmt/format.h>

#include "base/printable.hpp"
#include "daemon/ask.hpp"
#include "http/url.hpp"

namespace arrivald {

Output silenceOutput(const SilenceOptions& options, const config::Environment& environment) {
  auto target = std::string("/api/v1/silences");
  if (options.verb == "end") target += fmt::format("/{}/end", options.id);
  target += options.json ? "?format=json" : "?format=text";
  for (const auto& [name, value] : options.asked)
    target += fmt::format("&{}={}", name, http::percentEncode(value));
  if (options.language) target += *options.language == Language::english ? "&lang=en" : "&lang=ja";
  const auto answer =
      askDaemon(options.config, options.verb.empty() ? "GET" : "POST", target, environment, options.language);
  if (answer.exit != kExitOk) return warned({answer.exit, "", answer.error}, answer);
  return warned({kExitOk, options.json ? escapeUnprintable(answer.body) : printable(answer.body), ""},
                answer);
}

}  // namespace arrivald
