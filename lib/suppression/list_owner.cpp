#include "suppression/list_owner.hpp"

namespace arrivald::suppression {

std::string ownerName(std::string_view account, std::string_view subuser) {
  std::string owner(account);
  if (!subuser.empty()) owner.append("/").append(subuser);
  return owner;
}

std::string_view accountOf(std::string_view owner) { return owner.substr(0, owner.find('/')); }

std::string_view subuserOf(std::string_view owner) {
  const auto slash = owner.find('/');
  return slash == std::string_view::npos ? std::string_view() : owner.substr(slash + 1);
}

}  // namespace arrivald::suppression
