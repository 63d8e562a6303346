// Config: the whole configuration, parsed from the YAML, validated and completed by defaults. A plain value.
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
#include "calendar/hours.hpp"
#include "causes/rule.hpp"
#include "delivery/subject.hpp"
#include "rules/matcher.hpp"
#include "rules/rule.hpp"
#include "stream/domain_groups.hpp"

namespace arrivald::config {

/// A secret and where it came from. Only the place is ever shown.
struct SecretValue {
  Secret secret;
  std::string place;  ///< "file /etc/arrivald/key", "environment variable SENDGRID_API_KEY", "credential
                      ///< sendgrid-key"
  friend bool operator==(const SecretValue&, const SecretValue&) = default;
};

/// The subusers, categories or mailbox providers of an account to follow.
struct Selection {
  bool discover = false;  ///< all that SendGrid lists, up to `limit`
  std::size_t limit = 50;
  std::vector<std::string> names;  ///< always followed; at most kMaxSelectedNames
  bool any() const { return discover || !names.empty(); }
  friend bool operator==(const Selection&, const Selection&) = default;
};

inline constexpr std::size_t kMaxSelectedNames = 1000;

/// When each kind of an account's data is read.
struct PollSchedules {
  Schedule statistics = Schedule::every(std::chrono::minutes(1));
  Schedule mailboxProviders = Schedule::every(std::chrono::minutes(1));
  Schedule categories = Schedule::every(std::chrono::minutes(5));
  Schedule subusers = Schedule::every(std::chrono::minutes(5));
  Schedule suppressions = Schedule::every(std::chrono::minutes(5));
  Schedule crawl = Schedule::every(std::chrono::hours(24));  ///< all entries of all suppression lists
  Schedule history =
      Schedule::every(std::chrono::hours(24));  ///< re-read of the last 30 days, for late corrections
  Schedule scopes = Schedule::every(std::chrono::hours(12));
  Schedule eventWebhook =
      Schedule::every(std::chrono::hours(1));                 ///< the event webhook's settings in SendGrid
  Schedule credits = Schedule::every(std::chrono::hours(1));  ///< the plan's credits and the reputation
  friend bool operator==(const PollSchedules&, const PollSchedules&) = default;
};

enum class Region { global, eu };

/// OAuth client credentials that are entered at SendGrid, which then fetches a token from
/// /events/ACCOUNT/token.
struct EventOauth {
  std::string clientId;
  SecretValue clientSecret;
  friend bool operator==(const EventOauth&, const EventOauth&) = default;
};

/// How an account's event webhook is authenticated; it posts to /events/ACCOUNT.
struct AccountEvents {
  std::vector<std::string>
      publicKeys;               ///< SendGrid's verification keys, as it shows them; several during a rotation
  bool acceptUnsigned = false;  ///< must be set explicitly, and only without keys
  std::string user;             ///< for basic authentication; empty: not required
  std::optional<SecretValue> password;
  std::optional<EventOauth> oauth = {};  ///< excludes a password: both use the Authorization header
  std::string url = {};  ///< the URL entered at SendGrid, compared with its settings; empty: not checked
  friend bool operator==(const AccountEvents&, const AccountEvents&) = default;
};

struct Account {
  std::string name;  ///< unique; used in labels, alerts and the store
  SecretValue key;
  Region region = Region::global;
  std::string baseUrl =
      "https://api.sendgrid.com";  ///< that of the region unless given; without a trailing slash
  TimeZone zone;                   ///< defines the account's calendar days
  std::string onBehalfOf;          ///< a subuser's name or "account-id …", or empty
  Selection subusers;
  Selection categories;
  Selection mailboxProviders{true, 200, {}};
  bool suppressions = true;  ///< whether the suppression lists are read
  bool zoneGiven = false;    ///< whether `zone` is named in the file
  bool credits = true;       ///< whether the plan's credits and the reputation are read
  PollSchedules poll;
  std::optional<AccountEvents> events;

  /// The dimensions whose statistics are read, besides the account itself.
  std::set<delivery::Dimension> dimensions() const {
    std::set<delivery::Dimension> read;
    if (subusers.any()) read.insert(delivery::Dimension::subuser);
    if (categories.any()) read.insert(delivery::Dimension::category);
    if (mailboxProviders.any()) read.insert(delivery::Dimension::mailboxProvider);
    return read;
  }
  friend bool operator==(const Account&, const Account&) = default;
};

struct StatusPage {
  std::string url = "https://status.sendgrid.com";  ///< without the path
  /// The components and incidents that are relevant, in the syntax of statuspage::NamePattern.
  std::string match = "mail|smtp|api|event webhook|stat";
  Schedule schedule = Schedule::every(std::chrono::minutes(2));
  friend bool operator==(const StatusPage&, const StatusPage&) = default;
};

enum class ChannelType : std::uint8_t { slack, webhook, pagerduty, teams, chatwork };

/// A destination of notifications.
struct Channel {
  std::string name;
  SecretValue webhook;  ///< the URL of a Slack incoming webhook, of a workflow of teams, or of one's own
  std::optional<Language> language;
  /// Added to critical notifications: "here", "channel", "U…", "S…"; of chatwork "all" and numbers.
  std::vector<std::string> mention;
  ChannelType type = ChannelType::slack;
  /// What a webhook of one's own is signed by, pagerduty's key, the token of chatwork or of a bot of Slack.
  SecretValue key;
  std::string room = {};  ///< of chatwork, a number; of a bot of Slack the channel's id
  std::string url = {};   ///< of the interface of pagerduty, where it is not the usual one
  rules::Severity minSeverity = rules::Severity::info;
  /// Of Slack: posts as an app by its token, and can edit what it posted; else by an incoming webhook.
  bool isBot() const { return type == ChannelType::slack && !room.empty(); }
  friend bool operator==(const Channel&, const Channel&) = default;
};

/// Selects channels for an alert. The first matching route decides, unless continueMatching is set.
struct Route {
  rules::Severity minSeverity = rules::Severity::info;
  std::vector<std::string> accounts;  ///< globs; empty: all
  std::vector<std::string> rules;
  std::map<std::string, std::string> labels;
  std::vector<std::string> channels;
  bool continueMatching = false;
  std::string hours;  ///< by name; empty: at all times
  /// Outside them: empty waits until they begin; critical ones are never held unless holdCritical is set.
  std::vector<std::string> otherwise;
  bool holdCritical = false;
  friend bool operator==(const Route&, const Route&) = default;
};

/// Planned work: what it matches is not notified meanwhile. Either once, or whenever `begin` says.
struct Maintenance {
  std::string name;  ///< unique
  rules::Matcher match;
  std::string why;
  std::optional<Instant> from, to;
  std::optional<Schedule> begin;
  Duration length{0};  ///< from each `begin`
  friend bool operator==(const Maintenance&, const Maintenance&) = default;
};

/// The dead man's switch that is pinged while all polls succeed.
struct Heartbeat {
  SecretValue url;
  bool post = false;
  Schedule schedule = Schedule::every(std::chrono::minutes(1));
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// Prometheus' Alertmanager, which is told of the incidents that go on.
struct Alertmanager {
  std::vector<std::string> urls;  ///< of the pages of all members of its cluster
  std::string user;               ///< for basic authentication; empty: none
  SecretValue password;
  std::optional<Language> language;
  std::map<std::string, std::string> labels;  ///< added to each alert
  friend bool operator==(const Alertmanager&, const Alertmanager&) = default;
};

/// Settings of all outgoing requests.
struct Http {
  std::optional<SecretValue> proxy;  ///< "http://[user:password@]host:port"
  std::vector<std::string> noProxy;  ///< "localhost", "10.0.0.1", ".example.jp"
  std::string caFile;                ///< PEM; empty: the system's certificate authorities
  Duration connect = std::chrono::seconds(10);
  Duration read = std::chrono::seconds(30);
  Duration total = std::chrono::seconds(60);
  std::size_t maxBodyBytes = 8 << 20;
  friend bool operator==(const Http&, const Http&) = default;
};

/// A listener: address, TLS and basic authentication.
struct Listen {
  std::string address = "127.0.0.1";  ///< an IP address
  std::uint16_t port = 9465;          ///< 0: any free port
  std::string certificateFile;        ///< PEM chain; given together with keyFile, or neither
  std::string keyFile;
  std::string user;  ///< for basic authentication; empty: not required
  SecretValue password;
  friend bool operator==(const Listen&, const Listen&) = default;
};

/// A target that receives a copy of each batch, byte for byte.
struct Forward {
  std::string name;                   ///< unique
  SecretValue url;                    ///< may contain a password
  std::vector<std::string> accounts;  ///< names; empty: all
  Duration retryFor = std::chrono::hours(24);
  std::size_t maxBytes = std::size_t{256} << 20;  ///< of waiting batches; beyond it the oldest are discarded
  friend bool operator==(const Forward&, const Forward&) = default;
};

/// The event stream of all accounts: listener, storage, grouping and forwarding.
struct EventStream {
  Listen listen{"127.0.0.1", 9466, "", "", "", {}};
  Duration horizon = std::chrono::hours(26);         ///< within which repeated events are recognised
  Duration keep = std::chrono::hours(24 * 14);       ///< how long events are stored
  std::int64_t maxBytes = std::int64_t{2} << 30;     ///< of events in the store
  bool hashAddresses = false;                        ///< store fingerprints instead of addresses
  Duration overdueAfter = std::chrono::minutes(10);  ///< messages in flight for longer count as overdue
  std::size_t maxBodyBytes = 4 << 20;
  std::vector<stream::GroupRule> domainGroups;  ///< these precede the built-in ones
  std::size_t maxGroups = 100;                  ///< further groups, one per registrable domain
  std::vector<Forward> forward;
  friend bool operator==(const EventStream&, const EventStream&) = default;
};

struct Log {
  enum class Level { debug, info, warning, error };
  Level level = Level::info;
  bool json = false;
  friend bool operator==(const Log&, const Log&) = default;
};

/// An OpenAI-compatible endpoint that may describe replies whose cause the rules do not determine. Off unless
/// configured.
struct LanguageModel {
  std::string url;  ///< without a trailing slash; "/chat/completions" is appended
  std::string model;
  std::optional<SecretValue> key;
  Duration timeout = std::chrono::seconds(10);
  double below = 0.5;  ///< used if the cause is unspecified or its confidence (0 to 1) is lower than this
  friend bool operator==(const LanguageModel&, const LanguageModel&) = default;
};

/// How replies are explained.
struct Causes {
  std::vector<causes::Rule> rules;  ///< the operator's own; they precede the built-in ones
  std::optional<LanguageModel> languageModel;
  friend bool operator==(const Causes&, const Causes&) = default;
};

/// What notifications link to; each is empty or an absolute URL without a trailing slash.
struct Links {
  std::string dashboard;  ///< shown in every notification
  std::string page;       ///< the public URL of arrivald's page; default: the listening address
  std::string runbooks;   ///< a rule without a runbook links to this, a slash and its name
  friend bool operator==(const Links&, const Links&) = default;
};

/// In ascending order of what they may do.
enum class DeskRole : std::uint8_t { viewer, operator_, admin };

struct DeskUser {
  std::string name;  ///< unique
  DeskRole role = DeskRole::viewer;
  Secret passwordHash;  ///< argon2id; empty where a proxy logs in
  friend bool operator==(const DeskUser&, const DeskUser&) = default;
};

/// A company's proxy in front of the desk.
struct DeskProxy {
  std::vector<std::string> peers;  ///< IP addresses from which its headers are believed
  std::string header;              ///< holds the name of the user; empty: the desk logs in by itself
  friend bool operator==(const DeskProxy&, const DeskProxy&) = default;
};

/// News of the suppression lists, now and then.
struct DeskDigest {
  Schedule schedule;
  std::vector<std::string> channels;  ///< by name
  friend bool operator==(const DeskDigest&, const DeskDigest&) = default;
};

/// How long the desk keeps what is over.
struct DeskKeep {
  Duration record = std::chrono::days(2 * 365);
  Duration releases = std::chrono::days(2 * 365);  ///< also how long a second release is known to be one
  Duration removed = std::chrono::days(2 * 365);   ///< entries that are on no list any more
  friend bool operator==(const DeskKeep&, const DeskKeep&) = default;
};

/// A program that uses the desk's interface in the name of a user.
struct DeskToken {
  std::string user;  ///< one of Desk::users
  SecretValue token;
  friend bool operator==(const DeskToken&, const DeskToken&) = default;
};

/// The desk: who may see the suppression lists and release entries.
struct Desk {
  Listen listen{"127.0.0.1", 9467, "", "", "", {}};
  std::string url;  ///< by which people reach it; empty: only by loopback names
  TimeZone zone;    ///< of its days
  std::vector<DeskUser> users;
  DeskProxy proxy;
  Duration idle = std::chrono::minutes(60);  ///< a session without use ends
  Duration maxSession = std::chrono::hours(12);
  bool allowPlainHttp = false;
  std::map<std::string, SecretValue> deleteKeys;  ///< by account; one without a key can only be read
  std::size_t perRequest = 20;                    ///< entries that may be released at a time
  std::size_t perDay = 50;                        ///< and by a user a day
  bool releaseUnsubscribes = false;               ///< also spam reports, by admins
  bool dryRun = false;                            ///< nothing is deleted
  DeskKeep keep = {};
  std::optional<DeskDigest> digest;  ///< empty: none
  std::vector<DeskToken> tokens;
  friend bool operator==(const Desk&, const Desk&) = default;
};

/// A domain that mail is sent as.
struct DmarcDomain {
  std::string name;                         ///< in lower case
  std::vector<std::string> accounts;        ///< whose mail it is; empty: unknown
  std::vector<std::string> selectors = {};  ///< of DKIM keys that must stand in DNS; empty: the usual ones
  friend bool operator==(const DmarcDomain&, const DmarcDomain&) = default;
};

enum class DmarcSourceKind : std::uint8_t { ours, forwarder, notOurs };

/// Who sends, by what stands in reports.
struct DmarcSource {
  std::string name;
  DmarcSourceKind kind = DmarcSourceKind::ours;
  std::vector<std::string> networks;  ///< "192.0.2.0/24" or an address
  std::vector<std::string> domains;   ///< that SPF or DKIM passes for, or above it
  friend bool operator==(const DmarcSource&, const DmarcSource&) = default;
};

/// DMARC reports: how they come in, and what they are about.
struct Dmarc {
  std::vector<DmarcDomain> domains;  ///< at least one; reports about others are set aside
  std::string directory;             ///< a folder or a Maildir; empty: none
  std::string user;                  ///< of POST /dmarc; empty: nobody may post
  std::optional<SecretValue> password;
  std::vector<DmarcSource> sources;
  bool checksDns = true;  ///< whether the domains' records are looked at
  friend bool operator==(const Dmarc&, const Dmarc&) = default;
};

struct Config {
  Language language = Language::japanese;
  TimeZone zone;                ///< for notifications, the page and cron expressions
  bool zoneGiven = false;       ///< whether `zone` is named in the file
  std::set<Date> holidays;      ///< treated as Sundays by rules that learn what is usual
  std::set<Date> yearEnd = {};  ///< of these, those around the turn of a year
  std::map<std::string, calendar::Hours> hours = {};  ///< by name, for routes
  std::vector<Account> accounts;                      ///< at least one
  std::optional<StatusPage> statusPage = StatusPage{};
  /// Exposed as metrics and shown on the page; ascending, without repetition, from 5 minutes to 30 days.
  std::vector<Duration> windows{
      std::chrono::minutes(5), std::chrono::minutes(30),   std::chrono::hours(1),      std::chrono::hours(6),
      std::chrono::hours(24),  std::chrono::hours(24 * 7), std::chrono::hours(24 * 30)};
  /// How many names of a dimension have series of their own, per account; the rest are folded into "other".
  std::map<delivery::Dimension, std::size_t> cardinality{{delivery::Dimension::subuser, 100},
                                                         {delivery::Dimension::category, 100},
                                                         {delivery::Dimension::mailboxProvider, 60},
                                                         {delivery::Dimension::domainGroup, 200}};
  /// The subset of `windows` that is exported for a dimension; all windows if the dimension is not listed.
  std::map<delivery::Dimension, std::vector<Duration>> exportedWindows;
  /// Limit of series of all subjects together.
  std::size_t maxSeries = 100'000;
  std::vector<rules::Rule> rules;  ///< the default rules as changed by the YAML, then its own; enabled only
  /// Measured from the moment of firing; the last interval repeats.
  std::vector<Duration> reminders{std::chrono::hours(4), std::chrono::hours(12), std::chrono::hours(24)};
  std::vector<Channel> channels;
  std::vector<Route> routes;  ///< default: one route that sends all alerts to all channels
  std::vector<Maintenance> maintenance = {};
  Duration retryFor = std::chrono::hours(24);  ///< how long the delivery of a notification is retried
  std::optional<Heartbeat> heartbeat;
  std::optional<Alertmanager> alertmanager;
  Causes causes;
  Http http;
  Listen listen;
  EventStream eventStream;
  std::optional<Desk> desk;
  std::optional<Dmarc> dmarc;
  std::string storePath;  ///< the database file; in $STATE_DIRECTORY unless given
  Log log;
  Links links;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace arrivald::config
