// Where the files are that tests read. The paths are compiled into one file only, so that a cache of compiled
// files serves every checkout.
#pragma once

#include <string>
#include <string_view>

namespace arrivald::testing {

/// The file of this checkout at `path`, which begins with a slash: "/tests/config/bad".
std::string inTree(std::string_view path);
/// The file of the data that may lie beside this checkout.
std::string inShared(std::string_view path);

}  // namespace arrivald::testing
