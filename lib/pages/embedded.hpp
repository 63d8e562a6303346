// The content of page.css, compiled in by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::pages {

std::string_view styleSheet();

}  // namespace arrivald::pages
