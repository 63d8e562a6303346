// Whose a suppression list is: that of an account, or of one of its subusers, who each have lists of their
// own. Where lists and entries name an account, they name "ACCOUNT" or "ACCOUNT/SUBUSER". No account's own
// name has a slash. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arrivald::suppression {

/// "ACCOUNT/SUBUSER"; without a subuser the account.
std::string ownerName(std::string_view account, std::string_view subuser);
/// The account of the YAML.
std::string_view accountOf(std::string_view owner);
/// Empty: the lists are the account's own.
std::string_view subuserOf(std::string_view owner);

}  // namespace arrivald::suppression
