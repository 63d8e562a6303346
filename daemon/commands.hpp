// commands: one function per sub-command. Each returns the exit code of the process.
#pragma once

#include <optional>
#include <string>

#include "base/language.hpp"

namespace arrivald {

/// Exit codes; kExitConfig is that of sysexits(3).
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  ///< the command is valid, but failed
inline constexpr int kExitUsage = 2;   ///< invalid command line
inline constexpr int kExitConfig =
    78;  ///< invalid configuration (EX_CONFIG); systemd does not restart the service then

extern const char* const kVersion;
extern const char* const kRevision;  ///< the commit of the build, or "unknown"

/// Runs the daemon until SIGTERM or SIGINT; SIGHUP reloads the configuration.
int run(const std::string& configPath);

/// Checks the configuration and prints what will run when.
int check(const std::string& configPath);

/// Asks the running daemon. With `json` its answer is printed unchanged.
int status(const std::string& configPath, bool json);
int explainAlert(const std::string& configPath, const std::string& rule, const std::string& subject);
/// Selects stored events; an empty member selects all.
struct TraceOptions {
  std::string config;
  std::string what;  ///< an address or a message id
  std::string account, group, event;
  std::string from, to;    ///< ISO 8601, or a duration before now
  bool malformed = false;  ///< list the latest malformed events instead
  bool json = false;
};
int trace(const TraceOptions& options);

/// The event webhook's settings in SendGrid.
struct WebhookOptions {
  std::string what;  ///< "status", "enable" or "test"
  std::string config;
  std::string account;  ///< empty: the only one with events
  std::string keyFrom;  ///< environment variable with another API key; empty: that of the account
};
int webhook(const WebhookOptions& options);
int testAlert(const std::string& configPath, const std::string& channel);

/// Explains one reply as text, or, where `reply` is empty, many from standard input as TSV.
struct ExplainOptions {
  std::string reply;
  std::string status;
  std::string recipient;
  std::string recipientDomain;
  std::string remoteHost;
  std::string stage;
  std::string at;     ///< a date or an instant; empty: unknown
  std::string list;   ///< the suppression list that contains the reply
  std::string event;  ///< the event that reported it: "deferred", "bounce", "blocked", "dropped"
  std::optional<Language> language;  ///< nothing: that of the configuration
  bool texts = false;                ///< print the table of all texts instead
  std::string config;                ///< a configuration with further rules; empty: the built-in rules only
};
int explain(const ExplainOptions& options);

struct DemoOptions {
  double speed = 60;  ///< simulated seconds per second
  unsigned seed = 1;
  std::string scenario;  ///< empty: the default scenario
  Language language = Language::japanese;
  std::uint16_t port = 0;  ///< of the page; 0: any free port
  bool untilInterrupted = false;
  std::string slackFile;  ///< receives the Slack payloads, one per line; empty: none
};
int demo(const DemoOptions& options);

}  // namespace arrivald
