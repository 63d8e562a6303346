// The command explain: one reply as text, or many as TSV.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/mask.hpp"
#include "base/utf8.hpp"
#include "causes/explain.hpp"
#include "causes/texts.hpp"
#include "config/load.hpp"
#include "daemon/commands.hpp"
#include "daemon/language.hpp"
#include "daemon/limited_transport.hpp"
#include "http/client.hpp"
#include "languagemodel/language_model.hpp"
#include "notify/catalogue.hpp"
#include "suppression/advice.hpp"
#include "suppression/entry.hpp"

namespace arrivald {
namespace {

constexpr std::size_t kMaxFieldBytes = 1 << 20;

void complain(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

// The configuration, or the defaults if `path` is empty. Nothing after an error, which is printed; sets
// `exit`.
std::optional<config::Config> configOf(const std::string& path, const notify::Catalogue& words, int& exit) {
  if (path.empty()) return config::Config{};
  auto environment = config::Environment::ofProcess();
  environment.credentialsComeLater = true;
  auto loaded = config::loadFile(path, environment);
  if (loaded.config) return std::move(loaded.config);
  for (const auto& problem : loaded.problems) complain(words.say(config::said(problem, path)));
  exit = kExitConfig;
  return std::nullopt;
}

std::optional<causes::Explainer> explainerOf(const config::Config& config, const std::string& path,
                                             const notify::Catalogue& words, int& exit) {
  auto made = causes::Explainer::make(config.causes.rules);
  if (made) return std::move(made).value();
  complain(fmt::format("{}: causes.rules: {}", path, words.say(made.error().said())));
  exit = kExitConfig;
  return std::nullopt;
}

// Asks the configured language model, if any; it answers only where the rules are not sure.
void printGuess(const config::Config& config, const causes::Reply& reply, const causes::Cause& cause,
                Language language) {
  if (!config.causes.languageModel) return;
  const auto& settings = *config.causes.languageModel;
  boost::asio::io_context io(1);
  SystemClock clock;
  http::Client client(io.get_executor(), clock, clientOptions(config.http));
  std::optional<Secret> key;
  if (settings.key) key = settings.key->secret;
  languagemodel::LanguageModel model(
      client, {settings.url, settings.model, key, settings.timeout, settings.below, language});
  std::optional<languagemodel::Guess> guess;
  auto conversation = [&]() -> runtime::Task<> {
    guess = co_await model.guess(reply, cause);
    client.closeIdle();
  };
  boost::asio::co_spawn(io, conversation(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  if (guess) std::cout << fmt::format("\n{}: {}\n", guess->mark, guess->text);
  if (!model.lastTrouble().empty()) std::fprintf(stderr, "%s\n", model.lastTrouble().c_str());
}

void print(std::string_view label, std::string_view text) {
  std::cout << fmt::format("{:<12}{}\n", label, text);
}

void printForPeople(const causes::Cause& cause, const ExplainOptions& options, Language language) {
  const auto& words = notify::Catalogue::of(language);
  const auto text = causes::describe(cause, language, {options.recipient, options.list});
  std::cout << text.headline << '\n' << text.detail << "\n\n";
  const auto labelled = [&](const char* key, std::string_view what) {
    std::cout << words.text(key) << what << '\n';
  };
  labelled("explain.side", text.side);
  labelled("explain.next", text.next);
  labelled("explain.whom", text.whom);
  labelled("explain.remove", text.remove);
  labelled("explain.resend", text.resend);
  for (const auto& note : text.notes) std::cout << "- " << note << '\n';
  std::cout << '\n';
  print("class", fmt::format("{} {}", causes::letter(cause.causeClass), causes::name(cause.causeClass)));
  print("verdict", causes::name(cause.verdict));
  print("confidence", fmt::format("{:.2f}", cause.confidence));
  print("rule", cause.ruleId);
  if (!cause.provider.empty()) print("provider", cause.provider);
  if (!cause.details.blocklist.empty()) print("blocklist", cause.details.blocklist);
  if (!cause.details.forwardedTo.empty()) print("forwarded", maskAddress(cause.details.forwardedTo));
  if (!options.reply.empty()) print("reply", oneLine(options.reply, 2000));
}

// For people who review or translate the texts: each with its key and what becomes of the mail.
void printTexts(Language language) {
  const auto& words = notify::Catalogue::of(language);
  for (const auto& [key, outcome, text] : causes::allTexts(language)) {
    std::cout << key;
    if (outcome == causes::Outcome::retried) std::cout << words.text("explain.retried");
    if (outcome == causes::Outcome::ended) std::cout << words.text("explain.ended");
    std::cout << '\n';
    const auto row = [&](std::string_view label, std::string_view what) {
      std::cout << "  " << (label.empty() ? std::string() : words.text(label)) << what << '\n';
    };
    row("explain.side", text.side);
    row("", text.headline);
    row("", text.detail);
    row("explain.next", text.next);
    row("explain.whom", text.whom);
    row("explain.remove", text.remove);
    row("explain.resend", text.resend);
    for (const auto& note : text.notes) row("", "- " + note);
    std::cout << '\n';
  }
  std::cout << words.text("explain.notes") << '\n';
  for (const auto& [key, text] : causes::allNotes(language)) std::cout << key << "\n  - " << text << '\n';
}

// One row of TSV or JSON lines, by column name.
using Fields = std::map<std::string, std::string, std::less<>>;

void writeRow(const causes::Explainer& explainer, const Fields& fields) {
  const auto field = [&](std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
  };
  causes::Reply reply;
  reply.text = field("reply_text");
  reply.status = field("status");
  reply.recipientDomain = field("recipient_domain");
  reply.remoteHost = field("remote_host");
  reply.recipient = field("recipient");
  reply.stage = causes::stageNamed(field("smtp_stage"));
  reply.outcome = causes::outcomeNamed(field("event"), field("list"));
  if (const auto at = parseIso(std::string(field("at")))) reply.at = *at;
  const auto cause = explainer.explain(reply);
  std::string id = oneLine(field("id"), 200);
  std::cout << fmt::format("{}\t{}\t{}\t{:.3f}\t{}\n", id, causes::letter(cause.causeClass),
                           causes::name(cause.verdict), cause.confidence, cause.ruleId);
}

// Reads a row of tab-separated fields; a backslash escapes the next character, also a line break. False at
// the end.
bool readFields(std::istream& in, std::vector<std::string>& fields) {
  fields.assign(1, "");
  bool any = false;
  const auto append = [&](int c) {
    if (fields.back().size() < kMaxFieldBytes) fields.back() += static_cast<char>(c);
  };
  for (int c; (c = in.get()) != EOF;) {
    any = true;
    if (c == '\\') {
      if ((c = in.get()) != EOF) append(c);
    } else if (c == '\t') {
      fields.emplace_back();
    } else if (c == '\n') {
      return true;
    } else if (c != '\r') {
      append(c);
    }
  }
  return any;
}

int explainTsv(const causes::Explainer& explainer, const notify::Catalogue& words) {
  std::vector<std::string> header, row;
  if (!readFields(std::cin, header)) return kExitOk;
  if (std::find(header.begin(), header.end(), "reply_text") == header.end()) {
    complain(words.text("explain.no_column"));
    return kExitFailed;
  }
  Fields fields;
  while (readFields(std::cin, row)) {
    if (row.size() == 1 && row[0].empty()) continue;
    fields.clear();
    for (std::size_t i = 0; i < header.size() && i < row.size(); ++i) fields[header[i]] = std::move(row[i]);
    writeRow(explainer, fields);
  }
  return kExitOk;
}

int explainJsonLines(const causes::Explainer& explainer, const notify::Catalogue& words) {
  int exit = kExitOk;
  int number = 0;
  Fields fields;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) {
      complain(words.text("explain.no_object", {{"n", std::to_string(number)}}));
      exit = kExitFailed;
      continue;
    }
    fields.clear();
    for (const auto& [key, value] : json.items()) {
      if (value.is_string()) {
        fields[key] = value.get<std::string>();
      } else if (!value.is_null()) {
        fields[key] = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      }
    }
    writeRow(explainer, fields);
  }
  return exit;
}

int explainOne(const causes::Explainer& explainer, const config::Config& config,
               const ExplainOptions& options, Language language) {
  causes::Reply reply;
  reply.text = options.reply;
  reply.status = options.status;
  reply.recipient = options.recipient;
  reply.recipientDomain = options.recipientDomain;
  if (const auto at = options.recipient.rfind('@'); reply.recipientDomain.empty() && at != std::string::npos)
    reply.recipientDomain = std::string_view(options.recipient).substr(at + 1);
  reply.remoteHost = options.remoteHost;
  reply.stage = causes::stageNamed(options.stage);
  reply.outcome = causes::outcomeNamed(options.event, options.list);
  if (!options.at.empty()) {
    auto at = parseIso(options.at);
    if (!at)
      if (const auto date = parseDate(options.at))
        at = Instant(std::chrono::duration_cast<Duration>(date->time_since_epoch()));
    if (!at) {
      complain(notify::Catalogue::of(language).text("explain.bad_time"));
      return kExitUsage;
    }
    reply.at = *at;
  }
  // A wish needs no reply: these lists hold none.
  const auto list = suppression::listNamed(options.list);
  const bool isWish = list && suppression::isWish(*list) && options.reply.empty();
  const auto cause = isWish ? suppression::wishCause(*list) : explainer.explain(reply);
  printForPeople(cause, options, language);
  if (!options.reply.empty()) printGuess(config, reply, cause, language);
  return kExitOk;
}

}  // namespace

int explain(const ExplainOptions& options) {
  int exit = kExitOk;
  const auto language =
      commandLanguage(options.language, options.config.empty() ? kDefaultConfig : options.config,
                      config::Environment::ofProcess());
  const auto& words = notify::Catalogue::of(language);
  const auto config = configOf(options.config, words, exit);
  if (!config) return exit;
  if (options.texts) {
    printTexts(language);
    return kExitOk;
  }
  const auto explainer = explainerOf(*config, options.config, words, exit);
  if (!explainer) return exit;
  // What else is known can be all there is: a spam report holds no reply.
  const bool isOne = !options.list.empty() || !options.event.empty() || !options.status.empty();
  if (!options.reply.empty() || isOne) return explainOne(*explainer, *config, options, language);
  std::ios::sync_with_stdio(false);
  if (::isatty(STDIN_FILENO) != 0 || std::cin.peek() == std::istream::traits_type::eof()) {
    complain(words.text("explain.no_reply"));
    return kExitUsage;
  }
  const int first = std::cin.peek();
  const int result = first == '{' ? explainJsonLines(*explainer, words) : explainTsv(*explainer, words);
  std::cout.flush();
  return std::cout ? result : kExitFailed;
}

}  // namespace arrivald
