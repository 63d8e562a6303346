// The description of /api/v1, compiled into the program by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::desk {

std::string_view openApiDocument();

}  // namespace arrivald::desk
