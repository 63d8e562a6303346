// Config: everything that the YAML says, read, checked and completed by defaults. A plain value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "base/schedule.hpp"
#include "base/secret.hpp"
#include "base/time_zone.hpp"
#include "causes/rule.hpp"
#include "delivery/subject.hpp"
#include "rules/rule.hpp"
#include "stream/domain_groups.hpp"

namespace arrivald::config {

/// A secret and where it came from; the place is all that is ever shown of it.
struct SecretValue {
  Secret secret;
  std::string place;  ///< "file /etc/arrivald/key", "environment variable SENDGRID_API_KEY", "credential
                      ///< sendgrid-key"
  friend bool operator==(const SecretValue&, const SecretValue&) = default;
};

/// Which subusers, categories or mailbox providers of an account to follow.
struct Selection {
  bool discover = false;  ///< all that the provider names, up to `limit`
  std::size_t limit = 50;
  std::vector<std::string> names;  ///< these, in any case; at most kMaxSelectedNames
  bool any() const { return discover || !names.empty(); }
  friend bool operator==(const Selection&, const Selection&) = default;
};

inline constexpr std::size_t kMaxSelectedNames = 1000;

/// When each part of an account is read.
struct PollSchedules {
  Schedule statistics = Schedule::every(std::chrono::minutes(1));
  Schedule mailboxProviders = Schedule::every(std::chrono::minutes(1));
  Schedule categories = Schedule::every(std::chrono::minutes(5));
  Schedule subusers = Schedule::every(std::chrono::minutes(5));
  Schedule suppressions = Schedule::every(std::chrono::minutes(5));
  Schedule crawl = Schedule::every(std::chrono::hours(24));  ///< every entry of every list
  Schedule history =
      Schedule::every(std::chrono::hours(24));  ///< the last 30 days again, for late corrections
  Schedule scopes = Schedule::every(std::chrono::hours(12));
  Schedule eventWebhook =
      Schedule::every(std::chrono::hours(1));  ///< the event stream's settings at SendGrid
  friend bool operator==(const PollSchedules&, const PollSchedules&) = default;
};

enum class Region { global, eu };

/// How an account's event stream is received; the address is /events/NAME.
/// A client that SendGrid is told to be, to fetch a token from /events/ACCOUNT/token.
struct EventOauth {
  std::string clientId;
  SecretValue clientSecret;
  friend bool operator==(const EventOauth&, const EventOauth&) = default;
};

struct AccountEvents {
  std::vector<std::string>
      publicKeys;               ///< SendGrid's verification keys, as it shows them; several during a change
  bool acceptUnsigned = false;  ///< said in so many words; only without keys
  std::string user;             ///< of basic authentication; empty: none is asked
  std::optional<SecretValue> password;
  std::optional<EventOauth> oauth = {};  ///< not beside a password: both come in one header
  std::string url =
      {};  ///< as SendGrid knows it; what the settings there are held against; empty: not checked
  friend bool operator==(const AccountEvents&, const AccountEvents&) = default;
};

struct Account {
  std::string name;  ///< unique; in labels, alerts and the store
  SecretValue key;
  Region region = Region::global;
  std::string baseUrl =
      "https://api.sendgrid.com";  ///< of the region unless given; without a slash at the end
  TimeZone zone;                   ///< in which the account's calendar days begin
  std::string onBehalfOf;          ///< a subuser's name or "account-id …", or empty
  Selection subusers;
  Selection categories;
  Selection mailboxProviders{true, 200, {}};
  bool suppressions = true;  ///< read the five lists
  PollSchedules poll;
  std::optional<AccountEvents> events;
  friend bool operator==(const Account&, const Account&) = default;
};

struct StatusPage {
  std::string url = "https://status.sendgrid.com";  ///< without the path
  /// Component and incident names that concern us, as statuspage::NamePattern reads it.
  std::string match = "mail|smtp|api|event webhook|stat";
  Schedule schedule = Schedule::every(std::chrono::minutes(2));
  friend bool operator==(const StatusPage&, const StatusPage&) = default;
};

/// Where alerts go.
struct Channel {
  std::string name;
  SecretValue webhook;  ///< a Slack incoming webhook's address
  std::optional<Language> language;
  std::vector<std::string> mention;  ///< "here", "channel", "U…", "S…": added to critical messages
  friend bool operator==(const Channel&, const Channel&) = default;
};

/// The first route that matches decides, unless it says to go on.
struct Route {
  rules::Severity minSeverity = rules::Severity::info;
  std::vector<std::string> accounts;  ///< globs; empty: all
  std::vector<std::string> rules;
  std::map<std::string, std::string> labels;
  std::vector<std::string> channels;
  bool continueMatching = false;
  friend bool operator==(const Route&, const Route&) = default;
};

struct Heartbeat {
  SecretValue url;
  bool post = false;
  Schedule schedule = Schedule::every(std::chrono::minutes(1));
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// Of all requests that we make.
struct Http {
  std::optional<SecretValue> proxy;  ///< "http://[user:password@]host:port"
  std::vector<std::string> noProxy;  ///< "localhost", "10.0.0.1", ".example.jp"
  std::string caFile;                ///< PEM; empty: the system's authorities
  Duration connect = std::chrono::seconds(10);
  Duration read = std::chrono::seconds(30);
  Duration total = std::chrono::seconds(60);
  std::size_t maxBodyBytes = 8 << 20;
  friend bool operator==(const Http&, const Http&) = default;
};

/// Where metrics and the page are served.
struct Listen {
  std::string address = "127.0.0.1";  ///< an IP address
  std::uint16_t port = 9465;          ///< 0: any free port
  std::string certificateFile;        ///< PEM chain; given together with keyFile, or neither
  std::string keyFile;
  std::string user;  ///< of basic authentication; empty: none is asked
  SecretValue password;
  friend bool operator==(const Listen&, const Listen&) = default;
};

/// The provider's event stream: what is done with it, whichever account it is of.
/// Somebody else who wants the batches as they came.
struct Forward {
  std::string name;                   ///< unique
  SecretValue url;                    ///< may hold a password
  std::vector<std::string> accounts;  ///< names; empty: all
  Duration retryFor = std::chrono::hours(24);
  std::size_t maxBytes = std::size_t{256} << 20;  ///< waiting; beyond that the oldest are let go
  friend bool operator==(const Forward&, const Forward&) = default;
};

struct EventStream {
  Listen listen{"127.0.0.1", 9466, "", "", "", {}};
  Duration horizon = std::chrono::hours(26);  ///< within which repeated events are found
  Duration keep = std::chrono::hours(24 * 14);
  std::int64_t maxBytes = std::int64_t{2} << 30;  ///< of events in the store
  bool hashAddresses = false;                     ///< keep fingerprints instead of addresses
  Duration overdueAfter = std::chrono::minutes(10);
  std::size_t maxBodyBytes = 4 << 20;
  std::vector<stream::GroupRule> domainGroups;  ///< before the ones that come with the program
  std::size_t maxGroups = 100;                  ///< of registered domains, beyond those
  std::vector<Forward> forward;
  friend bool operator==(const EventStream&, const EventStream&) = default;
};

struct Log {
  enum class Level { debug, info, warning, error };
  Level level = Level::info;
  bool json = false;
  friend bool operator==(const Log&, const Log&) = default;
};

/// An OpenAI-compatible endpoint that may add words to causes which the rules leave open. Off unless given.
struct LanguageModel {
  std::string url;  ///< without a slash at the end; "/chat/completions" is added
  std::string model;
  std::optional<SecretValue> key;
  Duration timeout = std::chrono::seconds(10);
  double below = 0.5;  ///< asked where the cause is unspecified or its confidence is lower than this
  friend bool operator==(const LanguageModel&, const LanguageModel&) = default;
};

/// How replies are explained.
struct Causes {
  std::vector<causes::Rule> rules;  ///< the users' own; they go before the built-in ones
  std::optional<LanguageModel> languageModel;
  friend bool operator==(const Causes&, const Causes&) = default;
};

/// What messages link to; each empty or an absolute address without a slash at the end.
struct Links {
  std::string dashboard;  ///< shown in every message
  std::string page;       ///< how people reach our page; default: the listening address
  std::string runbooks;   ///< a rule without a runbook of its own links to this, a slash, and its name
  friend bool operator==(const Links&, const Links&) = default;
};

struct Config {
  Language language = Language::japanese;
  TimeZone zone;                  ///< for people: messages, the page, cron expressions
  std::set<Date> holidays;        ///< count as Sundays where rules learn what is usual
  std::vector<Account> accounts;  ///< at least one
  std::optional<StatusPage> statusPage = StatusPage{};
  /// Exposed as metrics and shown on the page; ascending, without repetition, from 5 minutes to 30 days.
  std::vector<Duration> windows{
      std::chrono::minutes(5), std::chrono::minutes(30),   std::chrono::hours(1),      std::chrono::hours(6),
      std::chrono::hours(24),  std::chrono::hours(24 * 7), std::chrono::hours(24 * 30)};
  /// How many names of a dimension have series of their own, per account; the rest are counted as "other".
  std::map<delivery::Dimension, std::size_t> cardinality{{delivery::Dimension::subuser, 100},
                                                         {delivery::Dimension::category, 100},
                                                         {delivery::Dimension::mailboxProvider, 60},
                                                         {delivery::Dimension::domainGroup, 200}};
  /// Which of `windows` the metrics of a dimension's subjects show; of a dimension that is not here, all.
  std::map<delivery::Dimension, std::vector<Duration>> exportedWindows;
  /// Of all subjects together.
  std::size_t maxSeries = 100'000;
  std::vector<rules::Rule> rules;  ///< the defaults with their changes, then further ones; enabled ones only
  /// From the moment of firing; the last interval repeats.
  std::vector<Duration> reminders{std::chrono::hours(4), std::chrono::hours(12), std::chrono::hours(24)};
  std::vector<Channel> channels;
  std::vector<Route> routes;  ///< without any in the YAML: one that sends all to all channels
  Duration retryFor = std::chrono::hours(24);  ///< how long an undelivered message is tried
  std::optional<Heartbeat> heartbeat;
  Causes causes;
  Http http;
  Listen listen;
  EventStream eventStream;
  std::string storePath;  ///< of the database file; in $STATE_DIRECTORY unless given
  Log log;
  Links links;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace arrivald::config
