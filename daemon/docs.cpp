#include "daemon/docs.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace arrivald {
namespace {

// A command as people type it, and what may follow it.
struct Command {
  std::string path;  // "arrivald desk list"
  const CLI::App* app;
};

// In the order of --help; what --help hides is hidden here, too.
std::vector<Command> commandsOf(const CLI::App& app, const std::string& above = "") {
  const auto path = above.empty() ? app.get_name() : above + " " + app.get_name();
  std::vector<Command> all{{path, &app}};
  for (const auto* command :
       app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); }))
    for (auto& one : commandsOf(*command, path)) all.push_back(std::move(one));
  return all;
}

std::vector<const CLI::App*> shownBelow(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

bool takesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// "{ja,en}" among the checks of an option are all the values that it takes.
std::vector<std::string> choicesOf(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  std::vector<std::string> choices;
  for (std::size_t at = begin + 1; at < end;) {
    const auto comma = std::min(type.find(',', at), end);
    choices.push_back(type.substr(at, comma - at));
    at = comma + 1;
  }
  return choices;
}

// "--lang ja|en", "-h, --help", "--keep NUMBER".
std::string namesOf(const CLI::Option& option) {
  std::string names;
  const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
  for (const auto& name : option.get_snames()) add("-" + name);
  for (const auto& name : option.get_lnames()) add("--" + name);
  if (!takesValue(option)) return names;
  std::string value;
  for (const auto& choice : choicesOf(option)) value += (value.empty() ? "" : "|") + choice;
  if (value.empty()) value = option.get_type_name().starts_with("TEXT") ? "TEXT" : "NUMBER";
  return names + " " + value;
}

// What roff would take for its own.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool begins = escaped.empty() || escaped.back() == '\n';
    if (begins && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
  }
  return escaped;
}

std::string heading(std::string_view name, char section, std::string_view version, std::string_view title) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return ".TH " + upper + " " + section + " \"\" \"arrivald " + std::string(version) + "\" \"" +
         std::string(title) + "\"\n";
}

std::string optionsManual(const CLI::App& app) {
  std::string text;
  for (const auto* option : app.get_options()) {
    const auto name = option->get_positional() ? option->get_name(true) : namesOf(*option);
    text += ".TP\n\\fB" + roff(name) + "\\fR\n" + roff(option->get_description());
    if (option->get_positional() && option->get_required()) text += " (required)";
    if (!option->get_default_str().empty()) text += " (default: " + roff(option->get_default_str()) + ")";
    text += '\n';
  }
  return text;
}

std::string usageOf(const Command& command) {
  std::string usage = command.path + " [options]";
  for (const auto* option : command.app->get_options())
    if (option->get_positional())
      usage += option->get_required() ? " " + option->get_name(true) : " [" + option->get_name(true) + "]";
  return shownBelow(*command.app).empty() ? usage : usage + " command";
}

// A line between two settings belongs to that below it.
bool isComment(std::string_view line) {
  const auto at = line.find_first_not_of(' ');
  return at != std::string_view::npos && line[at] == '#' && (at + 1 == line.size() || line[at + 1] == ' ');
}

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Comments that are laid out, such as a list of forms, keep their lines.
std::string commentText(std::string_view line) {
  auto text = line.substr(line.find('#') + 1);
  const auto blanks = text.find_first_not_of(' ');
  if (blanks == std::string_view::npos) return ".PP\n";
  text.remove_prefix(blanks);
  const bool isLaidOut = blanks > 1 || text.find("  ") != std::string_view::npos;
  return (isLaidOut ? ".br\n" : "") + roff(text) + '\n';
}

// The words that may follow each command.
std::string wordsAfter(const CLI::App& app) {
  std::string words;
  const auto add = [&](const std::string& word) { words += (words.empty() ? "" : " ") + word; };
  for (const auto* command : shownBelow(app)) add(command->get_name());
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) add("--" + name);
  return words;
}

// Operands and values that name a file.
constexpr std::string_view kFileNames[] = {"config", "file", "copy", "keep-messages"};
bool takesFile(const CLI::Option& option) {
  const auto isFileName = [](const std::string& name) {
    return std::ranges::find(kFileNames, name) != std::end(kFileNames);
  };
  return option.get_positional() ? isFileName(option.get_name(true))
                                 : std::ranges::any_of(option.get_lnames(), isFileName);
}
bool hasFileOperand(const CLI::App& app) {
  return std::ranges::any_of(app.get_options(), [](const CLI::Option* option) {
    return option->get_positional() && takesFile(*option);
  });
}

// '--config'|'--keep-messages': options whose value is a file.
std::string fileOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto& command : commandsOf(app))
    for (const auto* option : command.app->get_options())
      if (!option->get_positional() && takesFile(*option))
        for (const auto& name : option->get_lnames())
          if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  std::string pattern;
  for (const auto& name : names) pattern += (pattern.empty() ? "'--" : "|'--") + name + "'";
  return pattern;
}

// The options with choices, each once: one name means one thing in every command.
std::vector<std::pair<std::string, std::string>> choices(const CLI::App& app) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& command : commandsOf(app))
    for (const auto* option : command.app->get_options()) {
      std::string values;
      for (const auto& choice : choicesOf(*option)) values += (values.empty() ? "" : " ") + choice;
      if (values.empty() || option->get_lnames().empty()) continue;
      std::pair one(command.path + " --" + option->get_lnames().front(), values);
      if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
    }
  return all;
}

// "a"|"b": the paths that are commands.
std::string pathPattern(const CLI::App& app, std::string_view between) {
  std::string pattern;
  for (const auto& command : commandsOf(app))
    if (command.app != &app)
      pattern += (pattern.empty() ? "" : std::string(between)) + "'" + command.path + "'";
  return pattern;
}

std::string bash(const CLI::App& app) {
  std::string script =
      "# bash completion for arrivald\n"
      "_arrivald() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path=arrivald words= "
      "files= i\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case \"$path ${COMP_WORDS[i]}\" in\n      " +
      pathPattern(app, "|") +
      ") path=\"$path ${COMP_WORDS[i]}\" ;;\n    esac\n  done\n  case \"$path $previous\" in\n";
  for (const auto& [option, values] : choices(app))
    script += "    '" + option + "') COMPREPLY=($(compgen -W '" + values + "' -- \"$current\")); return ;;\n";
  script += "  esac\n  case \"$previous\" in\n    " + fileOptions(app) +
            ") files=1 ;;\n  esac\n  case \"$path\" in\n";
  for (const auto& command : commandsOf(app))
    script += "    '" + command.path + "') words='" + wordsAfter(*command.app) + "'" +
              (hasFileOperand(*command.app) ? " files=1" : "") + " ;;\n";
  return script +
         "  esac\n"
         "  if [[ $files && $current != -* ]]; then\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "    return\n  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
         "complete -o default -F _arrivald arrivald\n";
}

// In single quotes a shell reads nothing; zsh's lists end a name at a colon.
std::string shellQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '\n')
      out += ' ';
    else
      out += c;
  }
  return out + "'";
}

// A dot within, as of "2.42", or behind "e.g.", ends none: a capital must follow.
std::string firstSentence(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool isEnd =
        text[i] == '\n' ||
        (text[i] == '.' && (i + 1 == text.size() || (i + 2 < text.size() && text[i + 1] == ' ' &&
                                                     text[i + 2] >= 'A' && text[i + 2] <= 'Z')));
    if (isEnd) return text.substr(0, i);
  }
  return text;
}

std::string zsh(const CLI::App& app) {
  std::string script =
      "#compdef arrivald\n"
      "_arrivald() {\n"
      "  local route=arrivald i\n  local -a known\n"
      "  for ((i = 2; i < CURRENT; ++i)); do\n"
      "    case \"$route ${words[i]}\" in\n      (" +
      pathPattern(app, "|") +
      ") route=\"$route ${words[i]}\" ;;\n    esac\n  done\n  case \"$route ${words[CURRENT-1]}\" in\n";
  for (const auto& [option, values] : choices(app))
    script += "    ('" + option + "') known=(" + values + "); _describe value known; return ;;\n";
  script += "  esac\n  case \"$route\" in\n";
  for (const auto& command : commandsOf(app)) {
    script += "    ('" + command.path + "') known=(\n";
    for (const auto* one : shownBelow(*command.app))
      script += "      " + shellQuoted(one->get_name() + ":" + firstSentence(one->get_description())) + "\n";
    for (const auto* option : command.app->get_options())
      for (const auto& name : option->get_lnames())
        script += "      " + shellQuoted("--" + name + ":" + firstSentence(option->get_description())) + "\n";
    script += "    ) ;;\n";
  }
  return script + "  esac\n  _describe word known\n  _files\n}\n_arrivald \"$@\"\n";
}

std::string fish(const CLI::App& app) {
  std::string script =
      "# fish completion for arrivald\n"
      "function __arrivald_path\n  set -l path arrivald\n"
      "  for word in (commandline -opc)[2..-1]\n    switch \"$path $word\"\n      case " +
      pathPattern(app, " ") + "\n        set path \"$path $word\"\n    end\n  end\n  echo $path\nend\n";
  for (const auto& command : commandsOf(app)) {
    const auto at =
        "complete -c arrivald -n " + shellQuoted("test (__arrivald_path) = \"" + command.path + "\"");
    for (const auto* one : shownBelow(*command.app))
      script += at + " -f -a " + one->get_name() + " -d " +
                shellQuoted(firstSentence(one->get_description())) + "\n";
    for (const auto* option : command.app->get_options())
      for (const auto& name : option->get_lnames()) {
        std::string values;
        for (const auto& choice : choicesOf(*option)) values += (values.empty() ? "" : " ") + choice;
        script += at + " -l " + name + (takesValue(*option) ? " -r" : "") +
                  (values.empty() ? "" : " -f -a " + shellQuoted(values)) + " -d " +
                  shellQuoted(firstSentence(option->get_description())) + "\n";
      }
  }
  return script;
}

}  // namespace

std::string manual(const CLI::App& app, std::string_view version) {
  std::string text = heading("arrivald", '1', version, "User commands");
  text +=
      ".SH NAME\narrivald \\- alerts on\\-call when mail sent through SendGrid stops arriving\n.SH "
      "SYNOPSIS\n";
  for (const auto* command : shownBelow(app))
    text += ".br\n\\fBarrivald " + roff(command->get_name()) + "\\fR [options]\n";
  text += ".SH DESCRIPTION\n" + roff(app.get_description()) + "\n.SH OPTIONS\n" + optionsManual(app);
  text += ".SH COMMANDS\n";
  for (const auto& command : commandsOf(app)) {
    if (command.app == &app) continue;
    text += ".SS \"" + roff(usageOf(command)) + "\"\n" + roff(command.app->get_description()) + "\n" +
            optionsManual(*command.app);
  }
  text += ".SH \"EXIT STATUS AND LANGUAGE\"\n";
  const auto footer = app.get_footer();
  for (const auto line : linesOf(footer)) text += line.empty() ? ".PP\n" : roff(line) + '\n';
  return text +
         ".SH FILES\n.TP\n\\fI/etc/arrivald/arrivald.yaml\\fR\nthe configuration\n.TP\n"
         "\\fI/var/lib/arrivald\\fR\nthe store, with copies of it in the folder backups\n"
         ".SH \"SEE ALSO\"\n\\fBarrivald.yaml\\fR(5), \\fBsystemctl\\fR(1), \\fBjournalctl\\fR(1)\n";
}

std::string configManual(std::string_view example, std::string_view version) {
  std::string text = heading("arrivald.yaml", '5', version, "Configuration files");
  text += ".SH NAME\narrivald.yaml \\- configuration of arrivald(1)\n.SH DESCRIPTION\n";
  bool inSettings = false;
  const auto settings = [&](bool are) {
    if (are != inSettings) text += are ? ".PP\n.nf\n.ft B\n" : ".ft R\n.fi\n.PP\n";
    inSettings = are;
  };
  for (const auto line : linesOf(example)) {
    if (line.starts_with("# --- ")) {
      settings(false);
      const auto title = line.substr(6, line.find(" ---", 6) - 6);
      text += ".SH \"" + roff(title) + "\"\n";
    } else if (line.find_first_not_of(' ') == std::string_view::npos) {
      settings(false);
      if (!text.ends_with(".PP\n")) text += ".PP\n";
    } else if (isComment(line)) {
      settings(false);
      text += commentText(line);
    } else {
      settings(true);
      text += roff(line) + '\n';
    }
  }
  settings(false);
  return text + ".SH \"SEE ALSO\"\n\\fBarrivald\\fR(1)\n";
}

std::string completion(const CLI::App& app, std::string_view shell) {
  if (shell == "zsh") return zsh(app);
  return shell == "fish" ? fish(app) : bash(app);
}

}  // namespace arrivald
