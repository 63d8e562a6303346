// The content of domain_groups.txt, compiled in by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::stream {

std::string_view domainGroupsTable();

}  // namespace arrivald::stream
