// ask: the commands that ask the running daemon, up to what they print.
#pragma once

#include <string>

#include "config/load.hpp"
#include "daemon/commands.hpp"

namespace arrivald {

struct DaemonAnswer {
  int exit = kExitOk;
  unsigned status = 0;
  std::string body;
  std::string error;    ///< where exit is not kExitOk: what is wrong, and the remedy
  std::string warning;  ///< what is wrong with the configuration's file, in lines; mostly empty
};

/// Sends one request to the listener of the configuration. `language`: of the error, see commandLanguage().
DaemonAnswer askDaemon(const std::string& configPath, const std::string& method, const std::string& target,
                       const config::Environment& environment, const std::optional<Language>& language);

/// What a command prints.
struct Output {
  int exit = kExitOk;
  std::string out, err;
};
/// Writes it to standard error and output. Its exit code, or kExitFailed if it could not be written.
int print(const Output& output);
/// With the answer's warning before what went wrong.
Output warned(Output output, const DaemonAnswer& answer);
Output statusOutput(const StatusOptions& options, const config::Environment& environment);
Output explainAlertOutput(const ExplainAlertOptions& options, const config::Environment& environment);
Output traceOutput(const TraceOptions& options, const config::Environment& environment);
Output deskListOutput(const DeskListOptions& options, const config::Environment& environment);
Output incidentOutput(const IncidentOptions& options, const config::Environment& environment);
Output silenceOutput(const SilenceOptions& options, const config::Environment& environment);
Output testAlertOutput(const TestAlertOptions& options, const config::Environment& environment);

}  // namespace arrivald
