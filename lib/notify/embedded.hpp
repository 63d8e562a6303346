// The texts of catalogue.*.json, compiled into the program by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::notify {

std::string_view catalogueJapanese();
std::string_view catalogueEnglish();

}  // namespace arrivald::notify
