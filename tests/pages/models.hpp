// Pages on which everything stands that can, for the golden files and for hostile data.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/language.hpp"

namespace arrivald::pages {

struct Rendered {
  std::string name;  ///< "list-operator"
  std::string html;
};

/// Every page as each role that sees it differently. Texts from outside are `address`, `reply` and `name`.
struct Outside {
  std::string address = "hanako@mobile.example.jp";
  std::string reply = "552 5.2.2 <hanako@mobile.example.jp>: mailbox full";
  std::string name = "main";
};
std::vector<Rendered> allPages(Language language, const Outside& outside);

}  // namespace arrivald::pages
