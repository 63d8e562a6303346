#include "support/paths.hpp"

namespace arrivald::testing {

std::string inTree(std::string_view path) { return std::string(ARRIVALD_SOURCE_DIR).append(path); }
std::string inShared(std::string_view path) { return std::string(ARRIVALD_SHARED_DIR).append(path); }

}  // namespace arrivald::testing
