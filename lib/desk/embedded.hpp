// The page's style sheet, as it stands in page.css. Made part of the program by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::desk {

std::string_view styleSheet();

}  // namespace arrivald::desk
