// The command line: words in, one command out.
#include <CLI/CLI.hpp>

#include "daemon/commands.hpp"

namespace {

constexpr const char* kAbout =
    "Tells on-call that mail sent through SendGrid stopped arriving: what broke, since when, whose side it "
    "is on, what to do.";
constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 failed; 2 wrong words on the command line; 78 the configuration is wrong.";

constexpr const char* kDefaultConfig = "/etc/arrivald/arrivald.yaml";

// What the words set. Each command takes its own part, and leaves its exit code.
struct Words {
  std::string config = kDefaultConfig;
  bool json = false;
  std::string rule, subject;
  std::string channel;
  arrivald::TraceOptions trace;
  arrivald::WebhookOptions webhook;
  arrivald::ExplainOptions explain;
  arrivald::DemoOptions demo;
  int exit = arrivald::kExitOk;
};

CLI::App* addWithConfig(CLI::App& app, Words& words, const char* name, const char* about) {
  auto* command = app.add_subcommand(name, about);
  command->add_option("config", words.config, "The YAML file")->capture_default_str();
  return command;
}

void addRun(CLI::App& app, Words& words) {
  auto* run = addWithConfig(app, words, "run", "Watch, until SIGTERM; SIGHUP reloads the configuration");
  run->callback([&] { words.exit = arrivald::run(words.config); });
  auto* check = addWithConfig(app, words, "check",
                              "Look for mistakes in the configuration and print what will run when");
  check->callback([&] { words.exit = arrivald::check(words.config); });
}

// The commands that ask the running daemon, but for trace.
void addQuestions(CLI::App& app, Words& words) {
  auto* status = addWithConfig(app, words, "status", "Ask the running daemon how things stand");
  status->add_flag("--json", words.json, "Print the daemon's answer as it is");
  status->callback([&] { words.exit = arrivald::status(words.config, words.json); });

  auto* explainAlert =
      addWithConfig(app, words, "explain-alert", "Why a rule does or does not fire now, with its numbers");
  explainAlert->add_option("--rule", words.rule, "Only the rule of this name");
  explainAlert->add_option("--subject", words.subject,
                           "Only this subject, such as main or main/mailbox_provider/Gmail");
  explainAlert->callback(
      [&] { words.exit = arrivald::explainAlert(words.config, words.rule, words.subject); });

  auto* testAlert =
      addWithConfig(app, words, "test-alert", "Send a message marked as a test through every channel");
  testAlert->add_option("--channel", words.channel, "Only through the channel of this name");
  testAlert->callback([&] { words.exit = arrivald::testAlert(words.config, words.channel); });
}

void addTrace(CLI::App& app, Words& words) {
  auto& options = words.trace;
  options.config = kDefaultConfig;
  auto* trace =
      app.add_subcommand("trace", "The events of a message, an address or a group, with their causes");
  trace->add_option("what", options.what, "An address, or a message id");
  trace->add_option("--account", options.account, "Only of this account");
  trace->add_option("--group", options.group, "Only of this group of receivers, or this domain");
  trace->add_option("--event", options.event,
                    "Only these: processed, deferred, delivered, bounce, blocked, …");
  trace->add_option("--from", options.from,
                    "From then on: 2026-11-24T09:00:00+09:00, or 2h for two hours ago");
  trace->add_option("--to", options.to, "Until then");
  trace->add_option("--config", options.config, "The YAML file")->capture_default_str();
  trace->add_flag("--malformed", options.malformed,
                  "Instead, the latest events that could not be understood");
  trace->add_flag("--json", options.json, "Print the daemon's answer as it is");
  trace->callback([&] { words.exit = arrivald::trace(options); });
}

void addWebhook(CLI::App& app, Words& words) {
  auto& options = words.webhook;
  options.config = kDefaultConfig;
  auto* webhook = app.add_subcommand("webhook", "The event stream's settings at SendGrid");
  webhook->require_subcommand(1);
  const std::pair<const char*, const char*> webhookCommands[] = {
      {"status", "Show them, and whether they are as they should be"},
      {"enable", "Make or mend the webhook, signed; needs a key that may write"},
      {"test", "Have SendGrid post its test events, and say what arrived"}};
  for (const auto& [verb, about] : webhookCommands) {
    auto* command = webhook->add_subcommand(verb, about);
    command->add_option("config", options.config, "The YAML file")->capture_default_str();
    command->add_option("--account", options.account, "Of this account");
    command->add_option("--key-from", options.keyFrom,
                        "The name of an environment variable with another API key, for this once");
    command->callback([&, chosen = std::string(verb)] {
      options.what = chosen;
      words.exit = arrivald::webhook(options);
    });
  }
}

void addExplain(CLI::App& app, Words& words) {
  auto& options = words.explain;
  auto* explain = app.add_subcommand(
      "explain", "What a reply of a receiving server means, whose side it is on, and what to do");
  explain->add_option(
      "reply", options.reply,
      "The reply, in quotation marks; without one, replies are read from standard input as TSV with a header "
      "line or as JSON lines (id, reply_text, status, recipient_domain, remote_host, smtp_stage), and id, "
      "class "
      "letter, verdict, confidence and rule id are written between tabs");
  explain->add_option("--status", options.status, "Its enhanced status code, such as 5.1.1");
  explain->add_option("--recipient", options.recipient, "The address written to; tells a failed forward");
  explain->add_option("--recipient-domain", options.recipientDomain, "The domain written to");
  explain->add_option("--remote-host", options.remoteHost, "The server that answered");
  explain->add_option("--stage", options.stage, "The command it answered")
      ->check(CLI::IsMember({"CONNECT", "HELO", "MAIL", "RCPT", "DATA"}, CLI::ignore_case));
  explain->add_option("--at", options.at, "When: 2025-03-12 or 2025-03-12T09:00:00Z");
  explain->add_option("--list", options.list, "The provider's list it stands in")
      ->check(CLI::IsMember({"bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes"}));
  explain->add_option("--lang", options.language, "ja or en")
      ->check(CLI::IsMember({"ja", "en"}))
      ->capture_default_str();
  explain->add_option("--config", options.config, "A configuration with rules of your own");
  explain->callback([&] { words.exit = arrivald::explain(options); });
}

void addDemo(CLI::App& app, Words& words) {
  auto& options = words.demo;
  auto* demo = app.add_subcommand("demo", "Watch a simulated account on this machine: no key, no network");
  demo->add_option("--scenario", options.scenario,
                   "What goes wrong: demo, quiet, total_stall, blocks_at_one, … (a wrong name lists them)");
  demo->add_option("--speed", options.speed, "Simulated seconds a second")
      ->check(CLI::Range(1.0, 600.0))
      ->capture_default_str();
  demo->add_option("--seed", options.seed, "The same seed gives the same town")->capture_default_str();
  demo->add_option("--lang", options.language, "ja or en")
      ->check(CLI::IsMember({"ja", "en"}))
      ->capture_default_str();
  demo->add_option("--port", options.port, "Port of the page; 0: any that is free")->capture_default_str();
  demo->add_flag("--until-interrupted", options.untilInterrupted, "Go on after the scenario until Ctrl-C");
  demo->add_option("--keep-messages", options.slackFile,
                   "Append what Slack would get to this file, one JSON object a line");
  demo->callback([&] { words.exit = arrivald::demo(options); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(kAbout, "arrivald");
  app.set_version_flag("--version",
                       std::string("arrivald ") + arrivald::kVersion + " (" + arrivald::kRevision + ")");
  app.require_subcommand(1);
  app.footer(kExitCodes);
  Words words;
  addRun(app, words);
  addQuestions(app, words);
  addTrace(app, words);
  addWebhook(app, words);
  addExplain(app, words);
  addDemo(app, words);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? arrivald::kExitOk : arrivald::kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arrivald: %s\n", error.what());
    return arrivald::kExitFailed;
  }
  return words.exit;
}
