// language: which language a command answers in. One rule for all of them.
#pragma once

#include <optional>
#include <string>

#include "base/language.hpp"
#include "config/load.hpp"

namespace arrivald {

/// `chosen` by --lang; else that of the configuration at `path`, which is Japanese unless it says otherwise;
/// else, where that file cannot be read, that of the environment.
Language commandLanguage(const std::optional<Language>& chosen, const std::string& path,
                         const config::Environment& environment);

/// That of LC_ALL, LC_MESSAGES or LANG, the first that is set: Japanese of "ja…", else English.
Language localeLanguage(const config::Environment& environment);

}  // namespace arrivald
