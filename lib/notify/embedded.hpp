// The message catalogues, as they stand in catalogue.*.json. Made part of the program by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::notify {

std::string_view catalogueJapanese();
std::string_view catalogueEnglish();

}  // namespace arrivald::notify
