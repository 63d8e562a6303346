// The content of page.css, compiled in by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::desk {

std::string_view styleSheet();

}  // namespace arrivald::desk
