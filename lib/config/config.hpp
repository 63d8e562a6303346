// Config: everything that the YAML says, read, checked and completed by defaults. A plain value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/schedule.hpp"
#include "base/secret.hpp"
#include "base/time_zone.hpp"
#include "delivery/subject.hpp"
#include "rules/rule.hpp"

namespace arrivald::config {

enum class Language { japanese, english };

/// A secret and where it came from; the place is all that is ever shown of it.
struct SecretValue {
  Secret secret;
  std::string place;  ///< "file /etc/arrivald/key", "environment variable SENDGRID_API_KEY", "credential
                      ///< sendgrid-key"
  friend bool operator==(const SecretValue&, const SecretValue&) = default;
};

/// Which subusers or categories to follow.
struct Selection {
  bool discover = false;  ///< all that the provider names, up to `limit`
  std::size_t limit = 50;
  std::vector<std::string> names;  ///< these, in any case
  bool any() const { return discover || !names.empty(); }
  friend bool operator==(const Selection&, const Selection&) = default;
};

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
  friend bool operator==(const PollSchedules&, const PollSchedules&) = default;
};

struct Account {
  std::string name;
  SecretValue key;
  std::string baseUrl = "https://api.sendgrid.com";
  TimeZone zone;  ///< in which the account's calendar days begin
  std::string onBehalfOf;
  Selection subusers;
  Selection categories;
  bool mailboxProviders = true;
  bool suppressions = true;
  PollSchedules poll;
  friend bool operator==(const Account&, const Account&) = default;
};

struct StatusPage {
  std::string url = "https://status.sendgrid.com";
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
  rules::Severity least = rules::Severity::info;
  std::vector<std::string> accounts;  ///< globs; empty: all
  std::vector<std::string> rules;
  std::map<std::string, std::string> labels;
  std::vector<std::string> channels;
  bool goOn = false;
  friend bool operator==(const Route&, const Route&) = default;
};

struct Heartbeat {
  SecretValue url;
  bool post = false;
  Schedule schedule = Schedule::every(std::chrono::minutes(1));
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

struct Http {
  std::optional<SecretValue> proxy;
  std::vector<std::string> noProxy;
  std::string caFile;
  Duration connect = std::chrono::seconds(10);
  Duration read = std::chrono::seconds(30);
  Duration total = std::chrono::seconds(60);
  friend bool operator==(const Http&, const Http&) = default;
};

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 9465;
  std::string certificateFile;
  std::string keyFile;
  std::string user;
  SecretValue password;
  friend bool operator==(const Listen&, const Listen&) = default;
};

struct Log {
  enum class Level { debug, info, warning, error };
  Level level = Level::info;
  bool json = false;
  friend bool operator==(const Log&, const Log&) = default;
};

struct Links {
  std::string dashboard;  ///< shown in every message
  std::string page;       ///< how people reach our page; default: the listening address
  friend bool operator==(const Links&, const Links&) = default;
};

struct Config {
  Language language = Language::japanese;
  TimeZone zone;  ///< for people: messages and the page
  std::vector<Account> accounts;
  std::optional<StatusPage> statusPage = StatusPage{};
  std::vector<Duration> windows;  ///< exposed as metrics and shown on the page, ascending
  std::map<delivery::Dimension, std::size_t> cardinality;
  std::vector<rules::Rule> rules;  ///< the defaults with their changes, and further ones
  std::vector<Duration> reminders;
  std::vector<Channel> channels;
  std::vector<Route> routes;                   ///< at least one if there are channels
  Duration retryFor = std::chrono::hours(24);  ///< how long an undelivered message is tried
  std::optional<Heartbeat> heartbeat;
  Http http;
  Listen listen;
  std::string storePath;
  Log log;
  Links links;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace arrivald::config
