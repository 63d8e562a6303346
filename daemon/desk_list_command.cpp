// `arrivald desk list` and `arrivald desk explain`: asks the running daemon what the desk shows.
#include <fmt/format.h>

#include <cstdio>

#include "base/printable.hpp"
#include "daemon/ask.hpp"
#include "daemon/unit.hpp"
#include "http/url.hpp"

namespace arrivald {
namespace {

std::string parameters(const std::vector<std::pair<std::string, std::string>>& all) {
  std::string query;
  for (const auto& [name, value] : all)
    if (!value.empty()) query += (query.empty() ? "?" : "&") + name + "=" + http::percentEncode(value);
  return query;
}

}  // namespace

Output deskListOutput(const DeskListOptions& options, const config::Environment& environment) {
  auto asked = options.narrowed;
  if (!options.address.empty()) asked = {{"address", options.address}};
  if (options.json) asked.emplace_back("format", "json");
  if (options.language) asked.emplace_back("lang", *options.language == Language::english ? "en" : "ja");
  const auto* path = options.address.empty() ? "/api/desk/list" : "/api/desk/explain";
  const auto answer =
      askDaemon(options.config, "GET", path + parameters(asked), environment, options.language);
  if (answer.exit != kExitOk) return warned({answer.exit, "", answer.error}, answer);
  // Texts come from receivers and strangers: they must not control the terminal.
  return warned({kExitOk, options.json ? escapeUnprintable(answer.body) + '\n' : printable(answer.body), ""},
                answer);
}

int deskList(const DeskListOptions& options) {
  const auto output = deskListOutput(options, operatorsEnvironment());
  std::fputs(output.err.c_str(), stderr);
  std::fputs(output.out.c_str(), stdout);
  return output.exit;
}

}  // namespace arrivald
