#include "daemon/ask.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/printable.hpp"
#include "daemon/json_answer.hpp"
#include "daemon/language.hpp"
#include "daemon/listener.hpp"
#include "daemon/status_text.hpp"
#include "daemon/unit.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "notify/catalogue.hpp"
#include "notify/channel_answer.hpp"

namespace arrivald {

using json_answer::languageOf;
using nlohmann::ordered_json;

namespace {

constexpr std::chrono::milliseconds kLookEvery{300};
constexpr int kCheckCritical = 2, kCheckUnknown = 3;  // of monitoring plugins

// Sends one request on an event loop of its own.
DaemonAnswer askAt(const Listener& listener, http::Request request) {
  boost::asio::io_context io(1);
  SystemClock clock;
  http::ClientOptions options;
  // Only its own certificate is to be trusted here; names and issuers say nothing about one's own file.
  options.pinnedCertificate = listener.listen.certificateFile;
  http::Client client(io.get_executor(), clock, options);
  const auto& words = notify::Catalogue::of(listener.language);
  DaemonAnswer answer;
  auto conversation = [&]() -> runtime::Task<> {
    auto response = co_await client.send(std::move(request));
    if (response) {
      answer.status = response->status;
      answer.body = std::move(response->body);
    } else {
      answer.exit = kExitFailed;
      answer.error = fmt::format("{}\n{}\n",
                                 words.text("ask.no_answer", {{"error", words.say(response.error().said())}}),
                                 remedyOf(response.error(), listener));
    }
    client.closeIdle();
  };
  boost::asio::co_spawn(io, conversation(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  return answer;
}

Output failed(const DaemonAnswer& answer) { return {answer.exit, "", answer.warning + answer.error}; }

std::string languageParameter(const std::optional<Language>& language) {
  if (!language) return "";
  return *language == Language::english ? "&lang=en" : "&lang=ja";
}

const notify::Catalogue& wordsFor(const std::optional<Language>& chosen, const std::string& config,
                                  const config::Environment& environment) {
  return notify::Catalogue::of(commandLanguage(chosen, config, environment));
}

template <class Options>
DaemonAnswer ask(const Options& options, const std::string& method, const std::string& target,
                 const config::Environment& environment) {
  return askDaemon(options.config, method, target, environment, options.language);
}

// The daemon's answer is not what this version expects.
template <class Options>
std::string malformed(const Options& options, const config::Environment& environment) {
  return wordsFor(options.language, options.config, environment).text("ask.malformed") + '\n';
}

}  // namespace

int print(const Output& output) {
  std::fputs(output.err.c_str(), stderr);
  std::fputs(output.out.c_str(), stdout);
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return output.exit;
  std::fprintf(stderr, "standard output: %s\n", std::strerror(errno));
  return output.exit == kExitOk ? kExitFailed : output.exit;
}

DaemonAnswer askDaemon(const std::string& configPath, const std::string& method, const std::string& target,
                       const config::Environment& environment, const std::optional<Language>& language) {
  const auto listener = findListener(configPath, environment, language);
  if (!listener) return {kExitConfig, 0, "", listener.error().text + '\n', ""};
  auto answer = askAt(*listener, requestTo(listener->listen, method, target));
  answer.warning = listener->warning;
  if (answer.exit == kExitOk && answer.status / 100 != 2) {
    // What the daemon does not understand was written on the command line.
    answer.exit = answer.status == 400 ? kExitUsage : kExitFailed;
    answer.error = printable(answer.body);
    if (answer.status == 401)
      answer.error = notify::Catalogue::of(listener->language).text("ask.password") + '\n';
  }
  return answer;
}

Output warned(Output output, const DaemonAnswer& answer) {
  output.err = answer.warning + output.err;
  return output;
}

namespace {

Output statusOf(const StatusOptions& options, const config::Environment& environment,
                const DaemonAnswer& answer) {
  if (answer.exit != kExitOk) {
    if (!options.check) return failed(answer);
    // Where nobody could be asked nothing is known; a daemon that is down is what monitoring is for.
    const bool asked = answer.exit != kExitConfig && answer.status == 0;
    return {asked ? kCheckCritical : kCheckUnknown,
            monitoringLine(asked ? "critical" : "unknown", answer.error, "") + '\n', ""};
  }
  const auto root = ordered_json::parse(answer.body, nullptr, false);
  if (!isStatus(root))
    return {options.check ? kCheckUnknown : kExitFailed, "", malformed(options, environment)};
  if (options.check) return {checkExit(root), checkLine(root) + '\n', ""};
  const int exit = checkExit(root) == 0 ? kExitOk : kExitFailed;
  if (options.json) return {exit, escapeUnprintable(answer.body) + '\n', ""};
  return {exit, statusText(root), ""};
}

}  // namespace

Output statusOutput(const StatusOptions& options, const config::Environment& environment) {
  const auto answer = ask(options, "GET", "/api/status?" + languageParameter(options.language), environment);
  return warned(statusOf(options, environment, answer), answer);
}

Output explainAlertOutput(const ExplainAlertOptions& options, const config::Environment& environment) {
  const auto target = fmt::format("/api/explain-alert?name={}&rule={}&subject={}{}",
                                  http::percentEncode(options.name), http::percentEncode(options.rule),
                                  http::percentEncode(options.subject), languageParameter(options.language));
  const auto answer = ask(options, "GET", target, environment);
  if (answer.exit != kExitOk) return failed(answer);
  return warned({kExitOk, printable(answer.body), ""}, answer);
}

namespace {

// A time of the answer in the zone of the configuration.
std::string timeOf(const ordered_json& row, const char* key, const TimeZone& zone) {
  const auto at = parseIso(json_answer::text(row, key));
  return at ? zone.minuteText(*at) : "?";
}

Output traceMalformed(const TraceOptions& options, const config::Environment& environment) {
  const auto answer =
      ask(options, "GET", "/api/malformed-events?" + languageParameter(options.language), environment);
  if (answer.exit != kExitOk) return failed(answer);
  if (options.json) return {kExitOk, escapeUnprintable(answer.body) + '\n', ""};
  const auto parsed = ordered_json::parse(answer.body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("malformed_events") || !parsed["malformed_events"].is_array())
    return {kExitFailed, "", malformed(options, environment)};
  Output output;
  if (parsed["malformed_events"].empty())
    output.out = wordsFor(options.language, options.config, environment).text("ask.no_malformed") + '\n';
  const auto listener = findListener(options.config, environment, options.language);
  const auto zone = listener ? listener->zone : TimeZone();
  if (!parsed["malformed_events"].empty())
    output.out = wordsFor(options.language, options.config, environment)
                     .text("cli.trace.zone", {{"zone", zone.name()}}) +
                 '\n';
  for (const auto& event : parsed["malformed_events"])
    output.out += fmt::format("{}  {}: {}\n    {}\n", timeOf(event, "received", zone),
                              json_answer::text(event, "account"), json_answer::text(event, "why"),
                              json_answer::text(event, "raw"));
  return warned(std::move(output), answer);
}

std::string traceTarget(const TraceOptions& options) {
  std::string target = "/api/trace?of=" + http::percentEncode(options.what);
  const std::pair<const char*, const std::string*> narrower[] = {{"account", &options.account},
                                                                 {"group", &options.group},
                                                                 {"event", &options.event},
                                                                 {"from", &options.from},
                                                                 {"to", &options.to}};
  for (const auto& [name, value] : narrower)
    if (!value->empty()) target += fmt::format("&{}={}", name, http::percentEncode(*value));
  return target + languageParameter(options.language);
}

class TraceText {
 public:
  TraceText(const ordered_json& answer, const TimeZone& zone)
      : answer_(answer), zone_(zone), words_(notify::Catalogue::of(languageOf(answer))) {}

  std::string text() {
    if (const auto error = json_answer::text(answer_, "error"); !error.empty())
      out_ += words_.text("cli.trace.failed", {{"error", error}}) + '\n';
    for (const auto& entry : answer_["lists"]) addListed(entry);
    for (const auto& event : answer_["events"]) addEvent(event);
    const bool others = answer_.contains("other_events");
    if (answer_["events"].empty() && answer_["lists"].empty() && !others) {
      out_ += words_.text("cli.trace.nothing") + '\n';
    } else {
      out_ = words_.text("cli.trace.zone", {{"zone", zone_.name()}}) + '\n' + out_;
      if (answer_["events"].empty())
        out_ += words_.text(others ? "cli.trace.no_such_events" : "cli.trace.no_events") + '\n';
    }
    for (const auto& note : answer_["not_searched"])
      if (note.is_string()) out_ += "- " + printable(note.get<std::string>()) + '\n';
    return std::move(out_);
  }

 private:
  void addReply(const ordered_json& row) {
    if (const auto reply = json_answer::text(row, "reply"); !reply.empty()) out_ += "    " + reply + '\n';
    const auto cause =
        json_answer::text(row, languageOf(answer_) == Language::english ? "cause_en" : "cause_ja");
    // Of what came during an outage its words are no verdict.
    const auto doubt = json_answer::text(row, "doubt");
    if (!doubt.empty() || !cause.empty()) out_ += "    → " + (doubt.empty() ? cause : doubt) + '\n';
    if (const auto follows = json_answer::text(row, "follows"); !follows.empty())
      out_ += "    → " + follows + '\n';
  }
  void addListed(const ordered_json& entry) {
    out_ += words_.text(entry.contains("removed") ? "cli.trace.was_listed" : "cli.trace.listed",
                        {{"list", json_answer::text(entry, "title")},
                         {"account", json_answer::text(entry, "account")},
                         {"email", json_answer::text(entry, "email")},
                         {"at", timeOf(entry, "created", zone_)},
                         {"removed", timeOf(entry, "removed", zone_)}}) +
            '\n';
    addReply(entry);
  }
  void addEvent(const ordered_json& event) {
    const auto title = json_answer::text(event, "title");
    out_ += fmt::format("{}  {:<10} {} {}\n", timeOf(event, "at", zone_),
                        title.empty() ? json_answer::text(event, "event") : title,
                        json_answer::text(event, "email"), json_answer::text(event, "message_id"));
    addReply(event);
  }

  const ordered_json& answer_;
  const TimeZone& zone_;
  const notify::Catalogue& words_;
  std::string out_;
};

}  // namespace

Output traceOutput(const TraceOptions& options, const config::Environment& environment) {
  if (options.malformed) return traceMalformed(options, environment);
  const auto answer = ask(options, "GET", traceTarget(options), environment);
  if (answer.exit != kExitOk) return failed(answer);
  if (options.json) return {kExitOk, escapeUnprintable(answer.body) + '\n', ""};
  const auto parsed = ordered_json::parse(answer.body, nullptr, false);
  for (const auto* part : {"events", "lists", "not_searched"})
    if (!parsed.is_object() || !parsed.contains(part) || !parsed[part].is_array())
      return {kExitFailed, "", malformed(options, environment)};
  const auto listener = findListener(options.config, environment, options.language);
  const int exit = parsed.contains("error") ? kExitFailed : kExitOk;
  return warned({exit, TraceText(parsed, listener ? listener->zone : TimeZone()).text(), ""}, answer);
}

namespace {

// The test of a channel in the answer about all of them; null if it is another one.
const ordered_json* outcomeOf(const ordered_json& outcomes, const ordered_json& test) {
  for (const auto& one : outcomes["tests"])
    if (json_answer::text(one, "channel") == json_answer::text(test, "channel") &&
        json_answer::text(one, "id") == json_answer::text(test, "id"))
      return &one;
  return nullptr;
}

bool isOver(const ordered_json* outcome) {
  return outcome && json_answer::text(*outcome, "state") != "waiting";
}

std::string outcomeText(const ordered_json& test, const ordered_json* outcome, Duration within,
                        const notify::Catalogue& words) {
  const auto state = outcome ? json_answer::text(*outcome, "state") : "waiting";
  const auto before = outcome ? outcome->value("waiting_before", std::int64_t{0}) : std::int64_t{0};
  const auto answer = outcome ? json_answer::text(*outcome, "answer") : "";
  std::string key = "cli.test." + state;
  if (state == "waiting" && before > 0) key = "cli.test.behind";
  auto text = words.text(key, {{"channel", json_answer::text(test, "channel")},
                               {"answer", answer.empty() ? "-" : notify::answerWords(words, answer)},
                               {"remedy", outcome ? json_answer::text(*outcome, "remedy") : ""},
                               {"n", words.number(static_cast<double>(before))},
                               {"span", words.duration(within)}});
  if (test.value("repeated", false)) text += words.text("cli.test.repeated");
  return text + '\n';
}

// The outcomes, once all are known or `within` has passed.
Result<ordered_json> waitForOutcomes(const TestAlertOptions& options, const config::Environment& environment,
                                     const ordered_json& tests) {
  const auto end = std::chrono::steady_clock::now() + options.within;
  for (;;) {
    const auto answer =
        ask(options, "GET", "/api/test-alert?" + languageParameter(options.language), environment);
    if (answer.exit != kExitOk) return Error{Error::Kind::unavailable, answer.error};
    auto outcomes = ordered_json::parse(answer.body, nullptr, false);
    if (!outcomes.is_object() || !outcomes.contains("tests"))
      return Error{Error::Kind::invalid, malformed(options, environment)};
    const bool all = std::all_of(tests.begin(), tests.end(),
                                 [&](const auto& test) { return isOver(outcomeOf(outcomes, test)); });
    if (all || std::chrono::steady_clock::now() >= end) return outcomes;
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace

Output testAlertOutput(const TestAlertOptions& options, const config::Environment& environment) {
  const auto target = fmt::format("/api/test-alert?channel={}{}{}", http::percentEncode(options.channel),
                                  options.again ? "&again=1" : "", languageParameter(options.language));
  const auto answer = ask(options, "POST", target, environment);
  if (answer.exit != kExitOk) return failed(answer);
  const auto queued = ordered_json::parse(answer.body, nullptr, false);
  if (!queued.is_object() || !queued.contains("tests") || !queued["tests"].is_array())
    return {kExitFailed, "", malformed(options, environment)};
  const auto& tests = queued["tests"];
  const auto outcomes = waitForOutcomes(options, environment, tests);
  if (!outcomes) return {kExitFailed, "", outcomes.error().text};
  const auto& words = wordsFor(options.language, options.config, environment);
  Output output;
  for (const auto& test : tests) {
    const auto* outcome = outcomeOf(*outcomes, test);
    const bool delivered = outcome && json_answer::text(*outcome, "state") == "delivered";
    (delivered ? output.out : output.err) += outcomeText(test, outcome, options.within, words);
    if (!delivered) output.exit = kExitFailed;
  }
  return warned(std::move(output), answer);
}

int status(const StatusOptions& options) { return print(statusOutput(options, operatorsEnvironment())); }

int explainAlert(const ExplainAlertOptions& options) {
  return print(explainAlertOutput(options, operatorsEnvironment()));
}

int trace(const TraceOptions& options) { return print(traceOutput(options, operatorsEnvironment())); }

int testAlert(const TestAlertOptions& options) {
  return print(testAlertOutput(options, operatorsEnvironment()));
}

}  // namespace arrivald
