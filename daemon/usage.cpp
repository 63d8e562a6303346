#include "daemon/usage.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>

#include "base/printable.hpp"
#include "config/problems.hpp"
#include "daemon/commands.hpp"
#include "daemon/language.hpp"
#include "daemon/unit.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {
namespace {

using notify::Catalogue;

// The command that the arguments got as far as.
const CLI::App& reached(const CLI::App& app) {
  const auto* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::vector<std::string> commandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  // One without a group is hidden from --help, too.
  for (const auto* command :
       app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> optionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// "desk list" for "list": a command of a command, of the same name or a similar one.
std::string commandBelow(const CLI::App& app, const std::string& word) {
  for (const auto* command : app.get_subcommands({}))
    if (const auto near = config::nearest(word, commandsOf(*command)); !near.empty())
      return command->get_name() + " " + near;
  return "";
}

std::string wholeName(const CLI::App& app) {
  const auto* parent = app.get_parent();
  return parent ? wholeName(*parent) + " " + app.get_name() : app.get_name();
}

class Words {
 public:
  Words(const CLI::App& at, Language language) : at_(at), catalogue_(Catalogue::of(language)) {}

  std::string text(const char* key, const std::string& word = "", const std::string& quoted = "") const {
    return catalogue_.text(key, {{"command", wholeName(at_)},
                                 {"word", printable(word)},
                                 {"commands", joined(commandsOf(at_))},
                                 {"values", printable(quoted)}});
  }
  std::string meant(const std::string& candidate) const {
    return candidate.empty() ? "" : catalogue_.say(config::meant(candidate));
  }

 private:
  const CLI::App& at_;
  const Catalogue& catalogue_;
};

std::string noCommand(const CLI::App& at, const std::string& word, const Words& words) {
  auto near = config::nearest(word, commandsOf(at));
  if (near.empty()) near = commandBelow(at, word);
  return words.text("usage.no_command", word) + words.meant(near);
}

std::string extra(const CLI::App& at, const std::string& word, const Words& words) {
  if (word.starts_with('-')) {
    const auto name = word.substr(0, word.find('='));
    return words.text("usage.no_option", name) + words.meant(config::nearest(name, optionsOf(at)));
  }
  return words.text("usage.extra", word);
}

const CLI::Option* optionNamed(const CLI::App* at, const std::string& name) {
  for (; at != nullptr; at = at->get_parent())
    if (const auto* option = at->get_option_no_throw(name)) return option;
  return nullptr;
}

// By what --help shows of the values: "TEXT:{ja,en}", "INT in [1 - 90]", "COMMAND".
std::string valueRefused(const CLI::App& at, const std::string& name, const Words& words) {
  const auto* option = optionNamed(&at, name);
  const auto type = option == nullptr ? std::string() : option->get_type_name();
  const auto between = [&](std::string_view begin, std::string_view end) -> std::string {
    const auto from = type.find(begin);
    const auto to = from == std::string::npos ? from : type.find(end, from + begin.size());
    return to == std::string::npos ? std::string()
                                   : type.substr(from + begin.size(), to - from - begin.size());
  };
  if (auto choices = between("{", "}"); !choices.empty()) {
    for (std::size_t comma = 0; (comma = choices.find(',', comma)) != std::string::npos; ++comma)
      choices.insert(comma + 1, " ");
    return words.text("usage.one_of", name, choices);
  }
  constexpr std::size_t kLong = 12;  // digits of a limit that nobody meets
  if (const auto low = between(" in [", " - "), high = between(" - ", "]"); !low.empty() && !high.empty())
    return high.size() > kLong ? words.text("usage.at_least", name, low)
                               : words.text("usage.range", name, low + "–" + high);
  if (type == "INT" || type == "UINT" || type == "FLOAT") return words.text("usage.number", name);
  if (type.ends_with("COMMAND")) return words.text("usage.smtp", name);
  return words.text("usage.value", name);
}

std::string missing(const CLI::App& at, const Words& words) {
  for (const auto* option : at.get_options())
    if (option->get_required() && option->count() == 0)
      return words.text("usage.required", option->get_name());
  return words.text("usage.needs_command");
}

}  // namespace

std::string usageRefused(const CLI::App& app, const CLI::ParseError& error, Language language) {
  const auto& at = reached(app);
  const Words words(at, language);
  const auto rest = app.remaining(true);
  const auto first = std::ranges::find_if(rest, [](const auto& word) { return !word.starts_with('-'); });
  // "--channel: 1 required TEXT missing": the option stands before the colon.
  const std::string what = error.what();
  // "Could not convert: --seed = x": it stands behind it.
  auto option = what.substr(0, what.find(": "));
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    option = what.substr(std::min(what.size(), option.size() + 2));
    option = option.substr(0, option.find(" = "));
  }
  std::string text;
  if (!commandsOf(at).empty() && first != rest.end())
    text = noCommand(at, *first, words);
  else if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && rest.empty())
    text = missing(at, words);
  else if (!rest.empty())
    text = extra(at, rest.front(), words);
  else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    text = words.text("usage.no_value", option);
  else
    text = valueRefused(at, option, words);
  return text + '\n' + words.text("usage.help") + '\n';
}

Language usageLanguage(const std::vector<std::string>& arguments) {
  std::string config = kDefaultConfig;
  std::optional<Language> chosen;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto valueOf = [&](const std::string& option) -> std::optional<std::string> {
      if (arguments[i].starts_with(option + "=")) return arguments[i].substr(option.size() + 1);
      if (arguments[i] == option && i + 1 < arguments.size()) return arguments[i + 1];
      return std::nullopt;
    };
    if (const auto name = valueOf("--lang"); name == "ja" || name == "en")
      chosen = *name == "en" ? Language::english : Language::japanese;
    if (const auto file = valueOf("--config")) config = *file;
    if (arguments[i].ends_with(".yaml") || arguments[i].ends_with(".yml")) config = arguments[i];
  }
  return commandLanguage(chosen, config, operatorsEnvironment());
}

}  // namespace arrivald
