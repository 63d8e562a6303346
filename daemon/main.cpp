// The command line: words in, one command out.
#include <CLI/CLI.hpp>

#include "daemon/commands.hpp"

namespace {

constexpr const char* kAbout =
    "Tells on-call that mail sent through SendGrid stopped arriving: what broke, since when, whose side it "
    "is on, what to do.";
constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 failed; 2 wrong words on the command line; 78 the configuration is wrong.";

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(kAbout, "arrivald");
  app.set_version_flag("--version", std::string("arrivald ") + arrivald::kVersion);
  app.require_subcommand(1);
  app.footer(kExitCodes);
  std::string config = "/etc/arrivald/arrivald.yaml";
  int exit = arrivald::kExitOk;
  const auto addConfig = [&](CLI::App* command) {
    command->add_option("config", config, "The YAML file")->capture_default_str();
    return command;
  };

  auto* run = addConfig(app.add_subcommand("run", "Watch, until SIGTERM; SIGHUP reloads the configuration"));
  run->callback([&] { exit = arrivald::run(config); });

  auto* check = addConfig(
      app.add_subcommand("check", "Look for mistakes in the configuration and print what will run when"));
  check->callback([&] { exit = arrivald::check(config); });

  bool json = false;
  auto* status = addConfig(app.add_subcommand("status", "Ask the running daemon how things stand"));
  status->add_flag("--json", json, "Print the daemon's answer as it is");
  status->callback([&] { exit = arrivald::status(config, json); });

  std::string rule, subject;
  auto* explainAlert = addConfig(
      app.add_subcommand("explain-alert", "Why a rule does or does not fire now, with its numbers"));
  explainAlert->add_option("--rule", rule, "Only the rule of this name");
  explainAlert->add_option("--subject", subject,
                           "Only this subject, such as main or main/mailbox_provider/Gmail");
  explainAlert->callback([&] { exit = arrivald::explainAlert(config, rule, subject); });

  arrivald::TraceOptions traceOptions;
  traceOptions.config = config;
  auto* trace =
      app.add_subcommand("trace", "The events of a message, an address or a group, with their causes");
  trace->add_option("what", traceOptions.what, "An address, or a message id");
  trace->add_option("--account", traceOptions.account, "Only of this account");
  trace->add_option("--group", traceOptions.group, "Only of this group of receivers, or this domain");
  trace->add_option("--event", traceOptions.event,
                    "Only these: processed, deferred, delivered, bounce, blocked, …");
  trace->add_option("--from", traceOptions.from,
                    "From then on: 2026-11-24T09:00:00+09:00, or 2h for two hours ago");
  trace->add_option("--to", traceOptions.to, "Until then");
  trace->add_option("--config", traceOptions.config, "The YAML file")->capture_default_str();
  trace->add_flag("--malformed", traceOptions.malformed,
                  "Instead, the latest events that could not be understood");
  trace->add_flag("--json", traceOptions.json, "Print the daemon's answer as it is");
  trace->callback([&] { exit = arrivald::trace(traceOptions); });

  arrivald::WebhookOptions webhookOptions;
  webhookOptions.config = config;
  auto* webhook = app.add_subcommand("webhook", "The event stream's settings at SendGrid");
  webhook->require_subcommand(1);
  const std::pair<const char*, const char*> webhookCommands[] = {
      {"status", "Show them, and whether they are as they should be"},
      {"enable", "Make or mend the webhook, signed; needs a key that may write"},
      {"test", "Have SendGrid post its test events, and say what arrived"}};
  for (const auto& [verb, about] : webhookCommands) {
    auto* command = webhook->add_subcommand(verb, about);
    command->add_option("config", webhookOptions.config, "The YAML file")->capture_default_str();
    command->add_option("--account", webhookOptions.account, "Of this account");
    command->add_option("--key-from", webhookOptions.keyFrom,
                        "The name of an environment variable with another API key, for this once");
    command->callback([&, chosen = std::string(verb)] {
      webhookOptions.what = chosen;
      exit = arrivald::webhook(webhookOptions);
    });
  }

  std::string channel;
  auto* testAlert =
      addConfig(app.add_subcommand("test-alert", "Send a message marked as a test through every channel"));
  testAlert->add_option("--channel", channel, "Only through the channel of this name");
  testAlert->callback([&] { exit = arrivald::testAlert(config, channel); });

  arrivald::ExplainOptions explainOptions;
  auto* explain = app.add_subcommand(
      "explain", "What a reply of a receiving server means, whose side it is on, and what to do");
  explain->add_option(
      "reply", explainOptions.reply,
      "The reply, in quotation marks; without one, replies are read from standard input as TSV with a header "
      "line or as JSON lines (id, reply_text, status, recipient_domain, remote_host, smtp_stage), and id, "
      "class "
      "letter, verdict, confidence and rule id are written between tabs");
  explain->add_option("--status", explainOptions.status, "Its enhanced status code, such as 5.1.1");
  explain->add_option("--recipient", explainOptions.recipient,
                      "The address written to; tells a failed forward");
  explain->add_option("--recipient-domain", explainOptions.recipientDomain, "The domain written to");
  explain->add_option("--remote-host", explainOptions.remoteHost, "The server that answered");
  explain->add_option("--stage", explainOptions.stage, "The command it answered")
      ->check(CLI::IsMember({"CONNECT", "HELO", "MAIL", "RCPT", "DATA"}, CLI::ignore_case));
  explain->add_option("--at", explainOptions.at, "When: 2025-03-12 or 2025-03-12T09:00:00Z");
  explain->add_option("--list", explainOptions.list, "The provider's list it stands in")
      ->check(CLI::IsMember({"bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes"}));
  explain->add_option("--lang", explainOptions.language, "ja or en")
      ->check(CLI::IsMember({"ja", "en"}))
      ->capture_default_str();
  explain->add_option("--config", explainOptions.config, "A configuration with rules of your own");
  explain->callback([&] { exit = arrivald::explain(explainOptions); });

  arrivald::DemoOptions demoOptions;
  auto* demo = app.add_subcommand("demo", "Watch a simulated account on this machine: no key, no network");
  demo->add_option("--scenario", demoOptions.scenario,
                   "What goes wrong: demo, quiet, total_stall, blocks_at_one, … (a wrong name lists them)");
  demo->add_option("--speed", demoOptions.speed, "Simulated seconds a second")
      ->check(CLI::Range(1.0, 600.0))
      ->capture_default_str();
  demo->add_option("--seed", demoOptions.seed, "The same seed gives the same town")->capture_default_str();
  demo->add_option("--lang", demoOptions.language, "ja or en")
      ->check(CLI::IsMember({"ja", "en"}))
      ->capture_default_str();
  demo->add_option("--port", demoOptions.port, "Port of the page; 0: any that is free")
      ->capture_default_str();
  demo->add_flag("--until-interrupted", demoOptions.untilInterrupted,
                 "Go on after the scenario until Ctrl-C");
  demo->add_option("--keep-messages", demoOptions.slackFile,
                   "Append what Slack would get to this file, one JSON object a line");
  demo->callback([&] { exit = arrivald::demo(demoOptions); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? arrivald::kExitOk : arrivald::kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arrivald: %s\n", error.what());
    return arrivald::kExitFailed;
  }
  return exit;
}
