// report: what the state says, for people and for the other commands of the program.
#pragma once

#include <string>

#include "config/config.hpp"
#include "desk/page.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

desk::PageModel pageModelOf(State& state, const config::Config& config, const std::string& version);

/// One JSON object: what `arrivald status` prints.
std::string statusJson(State& state, const config::Config& config, const std::string& version);

/// Why the rules of that name (all, if empty) do or do not fire now, with their numbers, as text; for one
/// subject if `subject` is not empty. Error::Kind::notFound names what there is.
Result<std::string> explainAlerts(State& state, const config::Config& config, const std::string& rule,
                                  const std::string& subject);

/// One line for the service manager: "2 accounts, 1 alert firing, last read 34 s ago".
std::string statusLine(const State& state, const config::Config& config);

/// Nothing, or why the daemon is not ready.
std::optional<std::string> notReady(const State& state, const config::Config& config);

}  // namespace arrivald::watch
