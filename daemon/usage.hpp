// usage: what is said to a command line that cannot be understood.
#pragma once

#include <string>
#include <vector>

#include "base/language.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace arrivald {

/// What is wrong with the arguments, with the command or option that was probably meant, in `language`. Lines
/// that end in a line break. `app` has just refused them with `error`.
std::string usageRefused(const CLI::App& app, const CLI::ParseError& error, Language language);

/// The language that the arguments ask for by --lang, wherever it stands, or that of the configuration that
/// they name, by default of the usual one: for arguments that could not be understood.
Language usageLanguage(const std::vector<std::string>& arguments);

}  // namespace arrivald
