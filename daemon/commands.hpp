// commands: one function a sub-command. Each returns the process's exit code.
#pragma once

#include <optional>
#include <string>

namespace arrivald {

/// Exit codes, as sysexits(3) and most tools have them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  ///< the command understood, but what it does failed
inline constexpr int kExitUsage = 2;   ///< wrong words on the command line
inline constexpr int kExitConfig =
    78;  ///< the configuration is wrong (EX_CONFIG); systemd does not restart on it

extern const char* const kVersion;
extern const char* const kRevision;  ///< the commit it was built from, or "unknown"

/// The daemon itself, until SIGTERM or SIGINT; SIGHUP reloads.
int run(const std::string& configPath);

/// Only looks at the configuration and prints what will run when.
int check(const std::string& configPath);

/// Asks the running daemon. `json` prints its answer as it is.
int status(const std::string& configPath, bool json);
int explainAlert(const std::string& configPath, const std::string& rule, const std::string& subject);
/// Stored events; nothing given is true of all.
struct TraceOptions {
  std::string config;
  std::string what;  ///< an address or a message id
  std::string account, group, event;
  std::string from, to;    ///< ISO 8601, or how long ago
  bool malformed = false;  ///< instead: the latest events that could not be understood
  bool json = false;
};
int trace(const TraceOptions& options);

/// The event stream's settings at SendGrid.
struct WebhookOptions {
  std::string what;  ///< "status", "enable" or "test"
  std::string config;
  std::string account;  ///< empty: the only one with events
  std::string keyFrom;  ///< an environment variable that holds another key for this once
};
int webhook(const WebhookOptions& options);
int testAlert(const std::string& configPath, const std::string& channel);

/// One reply for people, or, where `reply` is empty, many from standard input for machines.
struct ExplainOptions {
  std::string reply;
  std::string status;
  std::string recipient;
  std::string recipientDomain;
  std::string remoteHost;
  std::string stage;
  std::string at;    ///< a date or an instant; empty: not known
  std::string list;  ///< the provider's list it stands in
  std::string language = "ja";
  std::string config;  ///< for rules of one's own; empty: the built-in ones only
};
int explain(const ExplainOptions& options);

struct DemoOptions {
  double speed = 60;  ///< simulated seconds a second
  unsigned seed = 1;
  std::string scenario;  ///< empty: the demo's own
  std::string language = "ja";
  std::uint16_t port = 0;  ///< of the page; 0: any free
  bool untilInterrupted = false;
  std::string slackFile;  ///< where the payloads are kept, one a line; empty: nowhere
};
int demo(const DemoOptions& options);

}  // namespace arrivald
