// The table of domain groups, as it stands in domain_groups.txt. Made part of the program by
// lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::stream {

std::string_view domainGroupsTable();

}  // namespace arrivald::stream
