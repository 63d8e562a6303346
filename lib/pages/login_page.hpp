// LoginPage and ProblemPage: the door, and what is said when a page cannot be shown. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pages/shell.hpp"

namespace arrivald::pages {

struct LoginPage {
  Shell shell;
  std::optional<Message> note;
  std::string user;      ///< as typed before
  std::string returnTo;  ///< a path of this desk
  std::string kept;      ///< the key of ticks to be joined after the log-in; empty: none
};

struct ProblemPage {
  Shell shell;
  std::string heading, text;
  /// A form that can be sent again as it came.
  struct Again {
    std::string action;  ///< empty: there is none
    std::vector<std::pair<std::string, std::string>> fields;
  } again{};
};

std::string render(const LoginPage& page);
std::string render(const ProblemPage& page);

}  // namespace arrivald::pages
