// users: who uses the desk, and as what.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace arrivald::desk {

/// In ascending order of what they may do.
enum class Role : std::uint8_t { viewer, operator_, admin };

/// Who asks, and from where. Every use case that changes something or looks somebody up takes it.
struct Actor {
  std::string user;
  Role role = Role::viewer;
  std::string from;  ///< an address of the network
};

}  // namespace arrivald::desk
