// The command line: parses the arguments and runs one command.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "causes/reply.hpp"
#include "daemon/backup_command.hpp"
#include "daemon/commands.hpp"
#include "daemon/desk_release_command.hpp"
#include "daemon/dmarc_commands.hpp"
#include "daemon/dmarc_read_command.hpp"
#include "daemon/docs.hpp"
#include "daemon/doctor.hpp"
#include "daemon/export_rules.hpp"
#include "daemon/unit.hpp"
#include "daemon/usage.hpp"
#include "simulator/scenario.hpp"
#include "suppression/entry.hpp"

namespace {

constexpr const char* kAbout =
    "Alerts on-call when mail sent through SendGrid stops arriving: what broke, since when, on whose side "
    "the "
    "cause lies and what to do.";
constexpr const char* kExitCodes =
    "Exit codes: 0 success; 1 failure, or an incident, a silence or a channel of that name does not exist; 2 "
    "invalid command line; 78 invalid configuration. `status --check` has those of monitoring plugins, and "
    "`doctor` has 2 where nothing is to be done as far as it could look.\n\nLanguage: every command answers "
    "in the language of its configuration "
    "(by "
    "default /etc/arrivald/arrivald.yaml), or, where that cannot be read, in that of LC_ALL, LC_MESSAGES or "
    "LANG; --lang ja and --lang en, before the command or behind it, go before (run has none: its log is in "
    "English, like this help).";

// Those of the commands below `desk`.
struct DeskArguments {
  arrivald::DeskListOptions list;
  arrivald::DeskReleaseOptions release;
  arrivald::DeskFollowupOptions followup;
  arrivald::DeskAuditOptions audit;
  arrivald::DeskUnlockOptions unlock;
  arrivald::DeskPasswordOptions password;
};

// Those of the commands that explain.
struct ExplainArguments {
  arrivald::ExplainAlertOptions alert;
  arrivald::ExplainOptions reply;
};

// Those of the commands about the service as a whole.
struct ServiceArguments {
  arrivald::CheckOptions check;
  arrivald::DoctorOptions doctor;
  arrivald::ExportOptions exported;
  arrivald::StatusOptions status;
};

// Those of the commands that copy the store, and put a copy back.
struct StoreArguments {
  arrivald::BackupOptions backup;
  arrivald::RestoreOptions restore;
};

// Those of the commands about what people are notified of.
struct NotifiedArguments {
  arrivald::TestAlertOptions testAlert;
  arrivald::IncidentOptions incident;
  arrivald::SilenceOptions silence;
};

// Those of the commands below `dmarc`.
struct DmarcArguments {
  arrivald::DmarcReadOptions read;
  arrivald::DmarcAskOptions ask;
};

// The parsed arguments of all commands. A command's callback reads its own and sets the exit code.
struct Arguments {
  std::string config = arrivald::kDefaultConfig;
  ServiceArguments service;
  NotifiedArguments notified;
  arrivald::TraceOptions trace;
  arrivald::WebhookOptions webhook;
  ExplainArguments explain;
  arrivald::DemoOptions demo;
  StoreArguments store;
  DmarcArguments dmarc;
  DeskArguments desk;
  std::vector<std::optional<arrivald::Language>*> languages;  // of all commands
  int exit = arrivald::kExitOk;
};

CLI::App* addWithConfig(CLI::App& app, Arguments& arguments, const char* name, const char* about) {
  auto* command = app.add_subcommand(name, about);
  command->add_option("config", arguments.config, "The YAML file")->capture_default_str();
  return command;
}

void addLanguageOption(CLI::App& command, std::function<void(arrivald::Language)> choose) {
  static const std::map<std::string, arrivald::Language> names = {{"ja", arrivald::Language::japanese},
                                                                  {"en", arrivald::Language::english}};
  command
      .add_option_function<std::string>(
          "--lang", [choose = std::move(choose)](const std::string& name) { choose(names.at(name)); },
          "The language of the answer, ja or en")
      ->check(CLI::IsMember({"ja", "en"}));
}

// Every command that answers people has it.
template <class Options>
void addLanguage(CLI::App& command, Arguments& arguments, Options& options) {
  arguments.languages.push_back(&options.language);
  addLanguageOption(command, [&options](arrivald::Language language) { options.language = language; });
}

// Before the command it is that of whichever command follows; behind it, it is read later and prevails.
void addLanguageOfAll(CLI::App& app, Arguments& arguments) {
  addLanguageOption(app, [&arguments](arrivald::Language language) {
    for (auto* chosen : arguments.languages) *chosen = language;
  });
}

void addRun(CLI::App& app, Arguments& arguments) {
  auto* run =
      addWithConfig(app, arguments, "run", "Run the daemon until SIGTERM; SIGHUP reloads the configuration");
  run->callback([&] { arguments.exit = arrivald::run(arguments.config); });
  auto* check = addWithConfig(app, arguments, "check",
                              "Check the configuration, the unit that runs it and whether an alert can reach "
                              "somebody; print what will run when");
  check->add_flag(
      "--online", arguments.service.check.online,
      "Also ask SendGrid whether the keys work, and the webhooks by an empty message, which nobody sees");
  addLanguage(*check, arguments, arguments.service.check);
  check->callback([&] {
    arguments.service.check.config = arguments.config;
    arguments.exit = arrivald::check(arguments.service.check);
  });
}

void addDoctor(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.service.doctor;
  auto* doctor = addWithConfig(
      app, arguments, "doctor",
      "Look at everything that arrivald needs: configuration, secrets, SendGrid, channels, this machine, the "
      "service, the domains; say what to do about what is wrong. Changes nothing. Exit code 0: sound; 1: "
      "something is to be done; 2: nothing is, as far as could be looked");
  doctor->add_flag("--json", options.json, "Print the findings as JSON");
  doctor->add_flag("--offline", options.offline, "Ask nobody outside this machine");
  addLanguage(*doctor, arguments, options);
  doctor->callback([&] {
    options.config = arguments.config;
    const auto output = arrivald::doctorOutput(options, arrivald::doctorEnvironment(options));
    arguments.exit = print(output);
  });
}

void addExport(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.service.exported;
  auto* exported = app.add_subcommand("export", "Print what other programs need to know");
  exported->require_subcommand(1);
  auto* rules = addWithConfig(
      *exported, arguments, "rules",
      "Print alerts for Prometheus: that arrivald is down or cannot work, and each of its own alerts");
  rules->add_flag(
      "--full", options.full,
      "Rules that Prometheus judges by itself by arrivald's counters, as far as it can, instead of "
      "those that pass on what arrivald judges");
  rules->add_flag_callback(
      "--no-keep-firing", [&options] { options.keepFiring = false; },
      "Leave out keep_firing_for, which Prometheus before 2.42 and old vmalert refuse");
  addLanguage(*rules, arguments, options);
  rules->callback([&] {
    options.config = arguments.config;
    arguments.exit = print(arrivald::exportRulesOutput(options, arrivald::operatorsEnvironment()));
  });
}

void addStatus(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.service.status;
  auto* status = addWithConfig(
      app, arguments, "status",
      "Show the state of the running daemon, what is wrong first. Exit code 0: all is well; 1: not ready, "
      "failing or firing, or nobody answers");
  status->add_flag("--json", options.json, "Print the daemon's answer as JSON");
  status->add_flag("--check", options.check,
                   "For monitoring: one line, and exit code 0 ok, 1 warning, 2 critical (also if the daemon "
                   "does not answer), 3 unknown");
  addLanguage(*status, arguments, options);
  status->callback([&] {
    options.config = arguments.config;
    arguments.exit = arrivald::status(options);
  });
}

// The options of explain-alert and test-alert that name what is meant.
void addAlerts(CLI::App& app, Arguments& arguments) {
  auto& explained = arguments.explain.alert;
  explained.config = arrivald::kDefaultConfig;
  auto* explainAlert = app.add_subcommand(
      "explain-alert",
      "Say why rules fire or do not fire now, why one cannot be judged, and what the present "
      "or last alert was");
  explainAlert->add_option("name", explained.name,
                           "What to explain, in any spelling: a receiver, an account, a category, a rule, or "
                           "the id of an alert. Without it, everything");
  explainAlert->add_option("--rule", explained.rule, "Only the rule of this name");
  explainAlert->add_option("--subject", explained.subject,
                           "Only this subject, such as main, Gmail or main/mailbox_provider/Gmail");
  explainAlert->add_option("--config", explained.config, "The YAML file")->capture_default_str();
  addLanguage(*explainAlert, arguments, explained);
  explainAlert->callback([&] {
    // As of the other commands, the one word may be the file.
    if (explained.name.ends_with(".yaml") || explained.name.ends_with(".yml"))
      explained.config = std::exchange(explained.name, "");
    arguments.exit = arrivald::explainAlert(explained);
  });

  auto& tested = arguments.notified.testAlert;
  auto* testAlert = addWithConfig(app, arguments, "test-alert",
                                  "Send a test notification through every channel and wait for its outcome. "
                                  "Exit code 0: each channel has taken it");
  testAlert->add_option("--channel", tested.channel, "Only through the channel of this name");
  testAlert->add_flag("--again", tested.again, "Also if one was delivered within the last minute");
  addLanguage(*testAlert, arguments, tested);
  testAlert->callback([&] {
    tested.config = arguments.config;
    arguments.exit = arrivald::testAlert(tested);
  });
}

void addBackup(CLI::App& app, Arguments& arguments) {
  auto& made = arguments.store.backup;
  auto* backup = addWithConfig(app, arguments, "backup",
                               "Have the running daemon copy its store, into the folder backups beside it");
  backup->add_option("--keep", made.keep, "How many copies to keep; older ones are deleted")
      ->check(CLI::Range(std::size_t{1}, arrivald::store::kMaxCopiesKept))
      ->capture_default_str();
  addLanguage(*backup, arguments, made);
  backup->callback([&] {
    made.config = arguments.config;
    arguments.exit = print(arrivald::backupOutput(made, arrivald::operatorsEnvironment()));
  });

  auto& restored = arguments.store.restore;
  restored.config = arrivald::kDefaultConfig;
  auto* restore = app.add_subcommand(
      "restore", "Put a copy of the store in its place, while the daemon is stopped; what was there is kept");
  restore->add_option("copy", restored.copy, "The copy, as arrivald backup made it")->required();
  restore->add_option("--config", restored.config, "The YAML file")->capture_default_str();
  addLanguage(*restore, arguments, restored);
  restore->callback([&] {
    arguments.exit = print(
        arrivald::restoreOutput(restored, arrivald::operatorsEnvironment(), arrivald::systemdFolders()));
  });
}

CLI::App* addIncident(CLI::App& app, Arguments& arguments, const char* name, const char* about) {
  auto& options = arguments.notified.incident;
  options.config = arrivald::kDefaultConfig;
  auto* command = app.add_subcommand(name, about);
  command->add_option("--config", options.config, "The YAML file")->capture_default_str();
  addLanguage(*command, arguments, options);
  command->callback([&arguments, verb = std::string(name)] {
    if (verb.ends_with("ack")) arguments.notified.incident.verb = verb;
    arguments.notified.incident.isOne = verb == "incident";
    arguments.exit =
        print(arrivald::incidentOutput(arguments.notified.incident, arrivald::operatorsEnvironment()));
  });
  return command;
}

void addIncidents(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.notified.incident;
  auto* all = addIncident(app, arguments, "incidents", "List the incidents, those that go on first");
  auto* one = addIncident(app, arguments, "incident", "Show one incident");
  for (auto* command : {all, one}) command->add_flag("--json", options.json, "Print the answer as JSON");
  auto* ack = addIncident(app, arguments, "ack",
                          "Say that somebody takes care of an incident: no reminders until then, unless it "
                          "becomes graver or spreads");
  ack->add_option("--by", options.by, "Who takes care of it")->required();
  ack->add_option("--why", options.why, "What is being done")->required();
  ack->add_option("--for", options.length, "For how long, such as 2h; without it 4h");
  auto* unack = addIncident(app, arguments, "unack", "Say that nobody takes care of an incident any more");
  for (auto* command : {one, ack, unack}) {
    auto* number = command->add_option("number", options.number, "The number of the incident")
                       ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53));
    // Which numbers there are is answered by the daemon.
    if (command != one) number->required();
  }
}

CLI::App* addSilenceVerb(CLI::App& silence, Arguments& arguments, const char* name, const char* about) {
  auto* command = silence.add_subcommand(name, about);
  auto& options = arguments.notified.silence;
  command->add_option("--config", options.config, "The YAML file")->capture_default_str();
  addLanguage(*command, arguments, options);
  command->callback([&arguments, verb = std::string(name)] {
    auto& chosen = arguments.notified.silence;
    if (verb != "list") chosen.verb = verb;
    arguments.exit = print(arrivald::silenceOutput(chosen, arrivald::operatorsEnvironment()));
  });
  return command;
}

void addSilence(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.notified.silence;
  options.config = arrivald::kDefaultConfig;
  auto* silence = app.add_subcommand(
      "silence", "Silence what is known or planned: it is watched and shown, but nobody is notified");
  silence->require_subcommand(1);
  addLanguageOfAll(*silence, arguments);
  auto* add = addSilenceVerb(*silence, arguments, "add", "Silence one incident, or what matches");
  const std::pair<const char*, const char*> asked[] = {
      {"incident", "One incident, by its number"},
      {"account", "An account; here and below * and ? stand for anything"},
      {"rule", "A rule, such as overdue"},
      {"receiver", "A group of receivers, such as Gmail"},
      {"category", "A category of mail"},
      {"cause", "A cause, such as auth_failure"},
      {"subject", "What an alert is about, as explain-alert names it"},
      {"for", "For how long, such as 8h; at most 30d"},
      {"until", "Until when: 18:00, \"2026-11-28 18:00\", or over, of one incident"},
      {"from", "From when, for what is planned; without it, from now"},
      {"by", "Who silences it"},
      {"why", "Why"}};
  for (const auto& [name, about] : asked) {
    auto* option = add->add_option_function<std::string>(
        std::string("--") + name,
        [&options, key = std::string(name)](const std::string& value) {
          options.asked.emplace_back(key, value);
        },
        about);
    if (std::string_view(name) == "by" || std::string_view(name) == "why") option->required();
  }
  auto* list = addSilenceVerb(*silence, arguments, "list",
                              "List silences and maintenance windows that are on or planned");
  list->add_flag("--json", options.json, "Print the answer as JSON");
  auto* end = addSilenceVerb(*silence, arguments, "end", "End a silence: what is still bad is notified");
  end->alias("expire");
  end->add_option("id", options.id, "The number of the silence, as list shows it")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53))
      ->required();
}

void addTrace(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.trace;
  options.config = arrivald::kDefaultConfig;
  auto* trace = app.add_subcommand(
      "trace",
      "Show what is stored of a message, a mailbox or a group of receivers: events and entries on "
      "suppression lists, with their causes; and what was not searched");
  trace->add_option("what", options.what, "An address in any spelling, a message id or an smtp-id");
  trace->add_option("--account", options.account, "Only events of this account");
  trace->add_option("--group", options.group,
                    "Only events of this group of receivers, in any spelling, or this domain");
  trace->add_option("--event", options.event,
                    "Only events of this kind: processed, deferred, delivered, bounce, blocked, …");
  trace->add_option("--from", options.from,
                    "Only events from this time on: 2026-11-24T09:00:00+09:00, or 2h for two hours ago");
  trace->add_option("--to", options.to, "Only events until this time");
  trace->add_option("--config", options.config, "The YAML file")->capture_default_str();
  trace->add_flag("--malformed", options.malformed, "Show the latest malformed events instead");
  trace->add_flag("--json", options.json, "Print the daemon's answer as JSON");
  addLanguage(*trace, arguments, options);
  trace->callback([&] {
    // As of the other commands, the one word may be the file.
    if (options.what.ends_with(".yaml") || options.what.ends_with(".yml"))
      options.config = std::exchange(options.what, "");
    arguments.exit = arrivald::trace(options);
  });
}

void addDeskEntries(CLI::App& desk, Arguments& arguments) {
  auto& options = arguments.desk.list;
  options.config = arrivald::kDefaultConfig;
  auto* list = desk.add_subcommand("list", "Show the entries of the suppression lists, newest first");
  options.narrowed = {{"period", ""},  {"from", ""},  {"to", ""},    {"list", ""},
                      {"side", ""},    {"cause", ""}, {"group", ""}, {"domain", ""},
                      {"account", ""}, {"sort", ""},  {"after", ""}, {"gone", ""}};
  const std::map<std::string, const char*> abouts = {
      {"period", "today, yesterday, 7d (default) or month"},
      {"from", "The first day: 2026-11-19, 2026/11/19, 20261119 or 11/19"},
      {"to", "The last day"},
      {"list", "bounces, blocks, invalid_emails, spam_reports, unsubscribes or group_unsubscribes"},
      {"side", "ours, theirs, wrong_address, temporary or unknown"},
      {"cause", "no_address, mailbox_full, …"},
      {"group", "Only this group of receivers"},
      {"domain", "Only addresses of this domain"},
      {"account", "Only this account"},
      {"sort", "stopped: most stopped sends first"},
      {"after", "Where the page before ended"},
      {"gone", "1: entries that are not on their list any more"}};
  for (auto& [name, value] : options.narrowed) list->add_option("--" + name, value, abouts.at(name));
  auto* explain = desk.add_subcommand("explain", "Show why an address gets no mail");
  explain->add_option("address", options.address, "An address in any spelling")->required();
  for (auto* command : {list, explain}) {
    command->add_option("--config", options.config, "The YAML file")->capture_default_str();
    command->add_flag("--json", options.json, "Print the daemon's answer as JSON");
    addLanguage(*command, arguments, options);
    command->callback([&] { arguments.exit = arrivald::deskList(options); });
  }
}

void addWebhook(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.webhook;
  options.config = arrivald::kDefaultConfig;
  auto* webhook = app.add_subcommand("webhook", "Show or set up the event webhook in SendGrid");
  webhook->require_subcommand(1);
  addLanguageOfAll(*webhook, arguments);
  const std::pair<const char*, const char*> webhookCommands[] = {
      {"status", "Show the settings and whether they are correct"},
      {"enable", "Create or correct the webhook and sign it; needs a key with write access"},
      {"test", "Have SendGrid post its test events and report whether they arrive"}};
  for (const auto& [verb, about] : webhookCommands) {
    auto* command = webhook->add_subcommand(verb, about);
    command->add_option("config", options.config, "The YAML file")->capture_default_str();
    command->add_option("--account", options.account, "The account; required if several have events");
    command->add_option("--key-from", options.keyFrom,
                        "The environment variable that holds another API key for this call");
    addLanguage(*command, arguments, options);
    command->callback([&, chosen = std::string(verb)] {
      options.what = chosen;
      arguments.exit = arrivald::webhook(options);
    });
  }
}

std::vector<std::string> listNames() {
  std::vector<std::string> names;
  for (const auto list : arrivald::suppression::kLists) names.emplace_back(name(list));
  return names;
}

void addExplain(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.explain.reply;
  auto* explain = app.add_subcommand(
      "explain", "Explain a receiving server's reply: its meaning, on whose side the cause lies, what to do");
  explain->add_option(
      "reply", options.reply,
      "The reply, in quotation marks; empty if only --list, --event or --status is known. Without any, "
      "replies are read from standard input, as TSV with a header "
      "line or as JSON lines (id, reply_text, status, recipient_domain, remote_host, smtp_stage); the output "
      "is id, class letter, verdict, confidence and rule id, separated by tabs");
  explain->add_option("--status", options.status, "The enhanced status code, such as 5.1.1");
  explain->add_option("--recipient", options.recipient,
                      "The recipient's address; helps to recognise a failed forward");
  explain->add_option("--recipient-domain", options.recipientDomain, "The recipient's domain");
  explain->add_option("--remote-host", options.remoteHost, "The server that replied");
  explain->add_option("--stage", options.stage, "The SMTP command that it replied to")
      ->check(CLI::Validator(
          [](std::string& text) {
            return arrivald::causes::stageNamed(text) != arrivald::causes::Stage::unknown
                       ? std::string()
                       : "no SMTP command is called \"" + text +
                             "\"; expected such as CONNECT, HELO, MAIL FROM, RCPT TO or end of DATA";
          },
          "COMMAND"));
  explain->add_option("--at", options.at, "The time of the reply: 2025-03-12 or 2025-03-12T09:00:00Z");
  explain->add_option("--list", options.list, "The suppression list that contains it")
      ->check(CLI::IsMember(listNames()));
  explain->add_option("--event", options.event, "The event that reported it")
      ->check(CLI::IsMember({"deferred", "bounce", "blocked", "dropped"}));
  addLanguage(*explain, arguments, options);
  explain->add_option("--config", options.config, "A configuration with your own rules and language");
  explain->add_flag("--texts", options.texts, "Print all texts as a table instead");
  explain->callback([&] { arguments.exit = arrivald::explain(options); });
}

void addDeskPassword(CLI::App& desk, Arguments& arguments) {
  auto* password = desk.add_subcommand(
      "password",
      "Make the hash of a password for desk.users; it is read from the terminal or standard input");
  addLanguage(*password, arguments, arguments.desk.password);
  password->callback([&] { arguments.exit = arrivald::deskPassword(arguments.desk.password); });
}

void addDemo(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.demo;
  auto* demo = app.add_subcommand("demo", "Watch a simulated account; needs no key and no network");
  demo->add_option("--scenario", options.scenario, "The incident")
      ->check(CLI::IsMember(arrivald::simulator::Scenario::names()));
  demo->add_option("--speed", options.speed, "Simulated seconds per second")
      ->check(CLI::Range(1.0, 600.0))
      ->capture_default_str();
  demo->add_option("--seed", options.seed, "The seed of the simulated traffic")->capture_default_str();
  addLanguage(*demo, arguments, options);
  demo->add_option("--port", options.port, "The port of the page; 0 chooses a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  demo->add_flag("--until-interrupted", options.untilInterrupted, "Continue after the scenario until Ctrl-C");
  demo->add_option("--keep-messages", options.slackFile,
                   "Append the messages for Slack to this file, one JSON object per line");
  demo->callback([&] { arguments.exit = arrivald::demo(options); });
}

void addDeskRelease(CLI::App& desk, Arguments& arguments) {
  auto& options = arguments.desk.release;
  options.config = arrivald::kDefaultConfig;
  auto* release = desk.add_subcommand(
      "release", "Read the entries of an address again and say what a release would do; releases nothing");
  release->add_option("address", options.address, "The address")->required();
  release->add_flag("--dry-run", options.dryRun, "Required: real releases are made on the desk's pages");
  release->add_option("--account", options.account, "Only entries of this account");
  release->add_option("--list", options.list, "Only entries of this list")->check(CLI::IsMember(listNames()));
  release->add_option("--config", options.config, "The YAML file")->capture_default_str();
  release->add_flag("--json", options.json, "Print the daemon's answer as JSON");
  addLanguage(*release, arguments, options);
  release->callback([&] {
    arguments.exit = print(arrivald::deskReleaseOutput(options, arrivald::operatorsEnvironment()));
  });
}

void addDeskFollowup(CLI::App& desk, Arguments& arguments) {
  auto& options = arguments.desk.followup;
  options.config = arrivald::kDefaultConfig;
  auto* followup = desk.add_subcommand(
      "followup", "Show what was released, and whether the next mail arrived, newest first");
  followup->add_option("address", options.address, "Only this address");
  followup->add_option("--outcome", options.outcome, "Only releases with this outcome")
      ->check(CLI::IsMember(
          {"delivered", "bounced_again", "not_sent_yet", "still_dropped", "undone", "unknown"}));
  followup->add_option("--max", options.max, "How many")->check(CLI::Range(1, 1'000))->capture_default_str();
  followup->add_option("--config", options.config, "The YAML file")->capture_default_str();
  followup->add_flag("--json", options.json, "Print the daemon's answer as JSON");
  addLanguage(*followup, arguments, options);
  followup->callback([&] {
    arguments.exit = print(arrivald::deskFollowupOutput(options, arrivald::operatorsEnvironment()));
  });
}

void addDeskAudit(CLI::App& desk, Arguments& arguments) {
  auto& options = arguments.desk.audit;
  options.config = arrivald::kDefaultConfig;
  auto* audit = desk.add_subcommand(
      "audit", "Show who did what at the desk, newest first, and whether the record is as it was written");
  audit->add_option("--user", options.user, "Only what this person did");
  audit->add_option("--address", options.address, "Only what was about this address");
  audit->add_option("--action", options.action, "Only this act: confirm, ask, settle, refuse, log_in, …");
  audit->add_option("--max", options.max, "How many")->check(CLI::Range(1, 1'000))->capture_default_str();
  audit->add_option("--config", options.config, "The YAML file")->capture_default_str();
  audit->add_flag("--json", options.json, "Print the daemon's answer as JSON");
  addLanguage(*audit, arguments, options);
  audit->callback(
      [&] { arguments.exit = print(arrivald::deskAuditOutput(options, arrivald::operatorsEnvironment())); });
}

void addDeskUnlock(CLI::App& desk, Arguments& arguments) {
  auto& options = arguments.desk.unlock;
  options.config = arrivald::kDefaultConfig;
  auto* unlock = desk.add_subcommand(
      "unlock", "Let a user log in again at once who has to wait after wrong passwords; this is recorded");
  unlock->add_option("user", options.user, "The user, as in desk.users")->required();
  unlock->add_option("--config", options.config, "The YAML file")->capture_default_str();
  addLanguage(*unlock, arguments, options);
  unlock->callback(
      [&] { arguments.exit = print(arrivald::deskUnlockOutput(options, arrivald::operatorsEnvironment())); });
}

void addDesk(CLI::App& app, Arguments& arguments) {
  auto* desk = app.add_subcommand("desk", "The suppression lists, releases and their record");
  desk->require_subcommand(1);
  addLanguageOfAll(*desk, arguments);
  addDeskEntries(*desk, arguments);
  addDeskPassword(*desk, arguments);
  addDeskRelease(*desk, arguments);
  addDeskFollowup(*desk, arguments);
  addDeskAudit(*desk, arguments);
  addDeskUnlock(*desk, arguments);
}

// The commands below `dmarc` that ask the daemon.
void addDmarcAsk(CLI::App& dmarc, Arguments& arguments) {
  auto& options = arguments.dmarc.ask;
  options.config = arrivald::kDefaultConfig;
  const std::pair<const char*, const char*> verbs[] = {
      {"summary", "Show what reports tell of each domain: messages, what passed, and what to do first"},
      {"sources", "Show who sends as a domain, whose mail it is and why that is thought"},
      {"ready", "Show whether a domain may go to p=quarantine or p=reject, condition by condition"},
      {"refused", "Show what came in and is not counted, with the reason"}};
  for (const auto& [verb, about] : verbs) {
    auto* command = dmarc.add_subcommand(verb, about);
    if (std::string_view(verb) != "refused") {
      command->add_option("domain", options.domain,
                          "The domain; without it all, or the first of the configuration");
      command->add_option("--days", options.days, "How many days back")
          ->check(CLI::Range(1, 90))
          ->capture_default_str();
    }
    command->add_option("--config", options.config, "The YAML file")->capture_default_str();
    command->add_flag("--json", options.json, "Print the daemon's answer as JSON");
    addLanguage(*command, arguments, options);
    command->callback([&, chosen = std::string(verb)] {
      options.what = chosen;
      arguments.exit = print(arrivald::dmarcAskOutput(options, arrivald::operatorsEnvironment()));
    });
  }
}

void addDmarc(CLI::App& app, Arguments& arguments) {
  auto* dmarc = app.add_subcommand("dmarc", "Reports about who sends mail as your domains");
  dmarc->require_subcommand(1);
  addLanguageOfAll(*dmarc, arguments);
  addDmarcAsk(*dmarc, arguments);
  auto& options = arguments.dmarc.read;
  options.config = arrivald::kDefaultConfig;
  auto* read = dmarc->add_subcommand(
      "read",
      "Say what files of DMARC reports say, or why one is refused; stores nothing. A file may be a report, "
      "an "
      "archive, a mail or all of them in each other. Exit code 1: a file is refused, read in part only, or "
      "cannot be read");
  read->add_option("file", options.files, "The files; - is standard input")->required();
  read->add_option("--config", options.config, "The YAML file, for language and time zone")
      ->capture_default_str();
  read->add_flag("--json", options.json, "Print everything that was read as JSON");
  addLanguage(*read, arguments, options);
  read->callback([&] {
    arguments.exit = print(arrivald::dmarcReadOutput(options, arrivald::operatorsEnvironment(),
                                                     arrivald::SystemClock().now(), std::cin));
  });
}

void addDocsPart(CLI::App& docs, Arguments& arguments, const char* name, const char* about,
                 std::function<std::string()> make) {
  docs.add_subcommand(name, about)->callback([&arguments, make = std::move(make)] {
    arguments.exit = print(arrivald::Output{arrivald::kExitOk, make(), ""});
  });
}

// For the package, and for whoever installs without it.
void addDocs(CLI::App& app, Arguments& arguments) {
  auto* docs = app.add_subcommand("docs", "Print a manual page or a completion for a shell");
  docs->require_subcommand(1);
  addDocsPart(*docs, arguments, "man", "arrivald(1)",
              [&app] { return arrivald::manual(app, arrivald::kVersion); });
  addDocsPart(*docs, arguments, "config", "arrivald.yaml(5)",
              [] { return arrivald::configManual(arrivald::exampleConfig(), arrivald::kVersion); });
  auto* completion = docs->add_subcommand("completion", "Completion for a shell");
  completion->require_subcommand(1);
  for (const auto* shell : {"bash", "zsh", "fish"})
    addDocsPart(*completion, arguments, shell, "For this shell",
                [&app, shell] { return arrivald::completion(app, shell); });
}

// A request to reload that comes before `run` listens to it would end the process; it waits until then. Other
// commands end with their terminal.
void holdReloadSignal(int argc, char** argv) {
  if (std::find(argv, argv + argc, std::string_view("run")) == argv + argc) return;
  sigset_t reload;
  sigemptyset(&reload);
  sigaddset(&reload, SIGHUP);
  sigprocmask(SIG_BLOCK, &reload, nullptr);
}

// A monitoring system takes 2 for critical: what it asks wrongly is unknown. Of `status --check` only, whose
// exit codes are those of monitoring plugins.
int usageExit(int argc, char** argv) {
  constexpr int kUnknown = 3;
  const auto given = [&](std::string_view word) {
    return std::find(argv + 1, argv + argc, word) != argv + argc;
  };
  return given("status") && given("--check") ? kUnknown : arrivald::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  holdReloadSignal(argc, argv);
  CLI::App app(kAbout, "arrivald");
  app.set_version_flag("--version",
                       std::string("arrivald ") + arrivald::kVersion + " (" + arrivald::kRevision + ")");
  app.require_subcommand(1);
  app.footer(kExitCodes);
  Arguments arguments;
  addLanguageOfAll(app, arguments);
  addRun(app, arguments);
  addDoctor(app, arguments);
  addStatus(app, arguments);
  addAlerts(app, arguments);
  addIncidents(app, arguments);
  addSilence(app, arguments);
  addTrace(app, arguments);
  addBackup(app, arguments);
  addWebhook(app, arguments);
  addExplain(app, arguments);
  addDemo(app, arguments);
  addDesk(app, arguments);
  addDmarc(app, arguments);
  addExport(app, arguments);
  addDocs(app, arguments);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {  // --help and --version
    app.exit(help);
    return arrivald::kExitOk;
  } catch (const CLI::ParseError& error) {
    const auto language = arrivald::usageLanguage({argv + 1, argv + argc});
    std::fputs(arrivald::usageRefused(app, error, language).c_str(), stderr);
    return usageExit(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arrivald: %s\n", error.what());
    return arrivald::kExitFailed;
  }
  return arguments.exit;
}
