// commands: one function per sub-command. Each returns the exit code of the process.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/language.hpp"

namespace arrivald {

/// Exit codes; kExitConfig is that of sysexits(3).
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  ///< the command is valid, but failed
inline constexpr int kExitUsage = 2;   ///< invalid command line
inline constexpr int kExitConfig =
    78;  ///< invalid configuration (EX_CONFIG); systemd does not restart the service then

/// Where the configuration is unless a command line names another file.
inline constexpr const char* kDefaultConfig = "/etc/arrivald/arrivald.yaml";

extern const char* const kVersion;
extern const char* const kRevision;  ///< the commit of the build, or "unknown"

/// Runs the daemon until SIGTERM or SIGINT; SIGHUP reloads the configuration.
int run(const std::string& configPath);

struct CheckOptions {
  std::string config;
  std::optional<Language> language;  ///< nothing, here and below: see commandLanguage()
  bool online = false;               ///< also ask SendGrid and Slack whether key and webhook work
};
/// Checks the configuration, what the service can read of it, and whether an alert can reach somebody; prints
/// what will run when.
int check(const CheckOptions& options);

// Commands that ask the running daemon. None guesses where it listens.

struct StatusOptions {
  std::string config;
  std::optional<Language> language;
  bool json = false;   ///< print the daemon's answer unchanged
  bool check = false;  ///< one line and the exit codes of monitoring plugins
};
/// kExitFailed also if something is wrong: not ready, failing, firing.
int status(const StatusOptions& options);

struct ExplainAlertOptions {
  std::string config;
  std::string name;  ///< of anything; empty: all
  std::string rule, subject;
  std::optional<Language> language;
};
int explainAlert(const ExplainAlertOptions& options);

/// Selects stored events; an empty member selects all.
struct TraceOptions {
  std::string config;
  std::string what;  ///< an address or a message id
  std::string account, group, event;
  std::string from, to;    ///< ISO 8601, or a duration before now
  bool malformed = false;  ///< list the latest malformed events instead
  bool json = false;       ///< print the daemon's answer unchanged
  std::optional<Language> language;
};
int trace(const TraceOptions& options);

/// What the desk shows: the entries of the suppression lists, or why one address gets no mail.
struct DeskListOptions {
  std::string config;
  std::string address;  ///< explain this one; empty: the list
  /// Parameters of the list, by the names in the desk's URLs; empty ones are left out.
  std::vector<std::pair<std::string, std::string>> narrowed;
  bool json = false;
  std::optional<Language> language;  ///< nothing: that of the configuration
};
int deskList(const DeskListOptions& options);

struct TestAlertOptions {
  std::string config;
  std::optional<Language> language;            ///< of the answer, not of the notification
  std::string channel;                         ///< empty: all
  bool again = false;                          ///< even if one was delivered within the last minute
  Duration within = std::chrono::seconds(75);  ///< how long the outcome is waited for
};
/// kExitOk only if each channel has taken its test.
int testAlert(const TestAlertOptions& options);

/// The incidents, one of them, or that somebody takes care of one.
struct IncidentOptions {
  std::string config;
  std::optional<Language> language;
  std::string verb;         ///< "ack", "unack"; empty: only shown
  std::int64_t number = 0;  ///< 0: all
  bool isOne = false;       ///< one is asked for: without a number it is said which there are
  std::string by, why, length;
  bool json = false;
};

/// What is silenced, that something is, or that it is not any more.
struct SilenceOptions {
  std::string config;
  std::optional<Language> language;
  std::string verb;     ///< "add", "end"; empty: listed
  std::int64_t id = 0;  ///< of what is ended
  /// Of what is added, by the names of the interface; empty ones are left out.
  std::vector<std::pair<std::string, std::string>> asked;
  bool json = false;
};

/// The event webhook's settings in SendGrid.
struct WebhookOptions {
  std::string what;  ///< "status", "enable" or "test"
  std::string config;
  std::optional<Language> language;
  std::string account;  ///< empty: the only one with events
  std::string keyFrom;  ///< environment variable with another API key; empty: that of the account
};
int webhook(const WebhookOptions& options);

/// Explains one reply as text, or, where neither it nor what reported it is given, many from standard input.
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
  std::optional<Language> language;
  bool texts = false;  ///< print the table of all texts instead
  std::string config;  ///< a configuration with further rules; empty: the built-in rules only
};
int explain(const ExplainOptions& options);

struct DeskPasswordOptions {
  std::optional<Language> language;
};
/// `arrivald desk password`: reads a password from the terminal or standard input and prints its hash.
int deskPassword(const DeskPasswordOptions& options);

struct DemoOptions {
  double speed = 60;  ///< simulated seconds per second
  unsigned seed = 1;
  std::string scenario;  ///< empty: the default scenario
  std::optional<Language> language;
  std::uint16_t port = 0;  ///< of the page; 0: any free port
  bool untilInterrupted = false;
  std::string slackFile;  ///< receives the Slack payloads, one per line; empty: none
};
int demo(const DemoOptions& options);

}  // namespace arrivald
