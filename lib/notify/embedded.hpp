// The texts of catalogue.*.json, commands.*.json, incidents.*.json and phrases.ja.json, compiled into the
// program by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::notify {

std::string_view catalogueJapanese();
std::string_view catalogueEnglish();
std::string_view commandsJapanese();
std::string_view commandsEnglish();
std::string_view deskJapanese();
std::string_view deskEnglish();
std::string_view incidentsJapanese();
std::string_view incidentsEnglish();
std::string_view phrasesJapanese();

}  // namespace arrivald::notify
