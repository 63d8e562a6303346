// earlier_mail: looks up whether addresses that receivers call unknown took mail before, in the stored
// events. It tells a receiver's mistake, which refuses people who were reached last week, from an old or
// wrong list.
#pragma once

#include <string>

#include "watch/owners.hpp"

namespace arrivald::watch {

/// Looks up the latest addresses of that kind of the account, and, for comparison, others of the same
/// category at the same receiver to which mail was delivered last; RecentCauses keeps the answers. Does
/// nothing where all are known. One pass over the search keys of the account's latest million events, some 20
/// ms at the most. What the store cannot read stays unknown. Loop thread only.
void lookUpEarlierMail(Owners& owners, const std::string& account);

}  // namespace arrivald::watch
